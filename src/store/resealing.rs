//! Which master key each sealed value is under, and how all of them move to the newest one while the broker works.
//!
//! [`COLUMNS`] names every sealed column there is; a test holds it to the schema. A value is moved by compare-and-swap
//! on the value itself: one that was written meanwhile is left alone, and was sealed with the newest key anyway.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{Store, StoreError, environment, flows, grants, providers, revocations, sso, user_values};
use crate::seal::{KeyId, MasterKey, Place};

/// How many values are moved in one transaction; nobody else writes meanwhile.
const BATCH: usize = 100;

/// How many values are under each master key.
pub(crate) type KeyCounts = BTreeMap<KeyId, i64>;

/// One sealed column.
struct Column {
    table: &'static str,
    sealed: &'static str,
    /// The columns that make up the primary key.
    key: &'static [&'static str],
    /// Others that tell where a value belongs, each behind a comma.
    more: &'static str,
    place: fn(&AnyRow) -> Result<OwnPlace, StoreError>,
}

const COLUMNS: [Column; 8] = [
    Column {
        table: "providers",
        sealed: "sealed",
        key: &["id"],
        more: ", version",
        place: |row| {
            let id = row.try_get::<String, _>("id")?.into();
            Ok(providers::secret_place(&id, row.try_get("version")?).into())
        },
    },
    Column {
        table: "grant_tokens",
        sealed: "sealed",
        key: &["grant_id"],
        more: ", version",
        place: |row| {
            let id = row.try_get::<String, _>("grant_id")?.into();
            Ok(grants::place(&id, row.try_get("version")?).into())
        },
    },
    Column {
        table: "flows",
        sealed: "sealed",
        key: &["hash"],
        more: "",
        place: |row| Ok(flows::place(&row.try_get::<String, _>("hash")?).into()),
    },
    Column {
        table: "flows",
        sealed: "pending",
        key: &["hash"],
        more: "",
        place: |row| Ok(flows::pending_place(&row.try_get::<String, _>("hash")?).into()),
    },
    Column {
        table: "revocations",
        sealed: "sealed",
        key: &["id"],
        more: "",
        place: |row| Ok(revocations::place(&row.try_get::<String, _>("id")?).into()),
    },
    Column {
        table: "environment",
        sealed: "sealed",
        key: &["connector_id", "version", "name"],
        more: ", kind",
        place: environment::place_of,
    },
    Column {
        table: "user_values",
        sealed: "sealed",
        key: &["connector_id", "user_id", "name"],
        more: ", version",
        place: user_values::place_of,
    },
    Column {
        table: "sso",
        sealed: "sealed",
        key: &["id"],
        more: ", version",
        place: |row| Ok(sso::place(row.try_get("version")?).into()),
    },
];

/// A [`Place`] that owns its words.
pub(super) struct OwnPlace {
    row: String,
    field: String,
    version: i64,
}

impl From<Place<'_>> for OwnPlace {
    fn from(place: Place<'_>) -> Self {
        Self {
            row: place.row.to_owned(),
            field: place.field.to_owned(),
            version: place.version,
        }
    }
}

impl OwnPlace {
    fn borrowed(&self) -> Place<'_> {
        Place {
            row: &self.row,
            field: &self.field,
            version: self.version,
        }
    }
}

/// What a walk through every sealed value did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Resealed {
    pub(crate) moved: u64,
    /// Values that no key opens where they are.
    pub(crate) stuck: u64,
}

/// A value of a primary key.
#[derive(Debug, Clone)]
enum Cell {
    Text(String),
    Number(i64),
}

impl Store {
    /// How many values are under each master key.
    pub(crate) async fn key_counts(&self) -> Result<KeyCounts, StoreError> {
        let mut connection = self.pool().acquire().await?;
        count(&mut connection).await
    }

    /// The keys that seal and open from now on. The caller has seen to it that they are kept somewhere.
    pub(crate) async fn change_keys(
        &self,
        newest: &MasterKey,
        older: &[MasterKey],
    ) -> Result<(), StoreError> {
        self.sealer().change(newest, older);
        note_key(&mut *self.pool().acquire().await?, newest.id).await
    }

    /// The keys in use, the one that seals first.
    pub(crate) fn key_ids(&self) -> Vec<KeyId> {
        self.sealer().key_ids()
    }

    /// Walks through every sealed value and puts it under the newest key where it is not.
    pub(crate) async fn reseal(&self) -> Result<Resealed, StoreError> {
        let mut all = Resealed::default();
        for column in &COLUMNS {
            let mut after: Option<Vec<Cell>> = None;
            loop {
                let (done, last) = self.reseal_batch(column, after.as_deref()).await?;
                all.moved += done.moved;
                all.stuck += done.stuck;
                match last {
                    Some(last) => after = Some(last),
                    None => break,
                }
            }
        }
        Ok(all)
    }

    /// Moves what needs it of the next rows; gives the last one's key, or `None` at the end.
    async fn reseal_batch(
        &self,
        column: &Column,
        after: Option<&[Cell]>,
    ) -> Result<(Resealed, Option<Vec<Cell>>), StoreError> {
        let Column {
            table, sealed, more, ..
        } = column;
        let key = column.key.join(", ");
        let beyond = match after {
            Some(_) => format!("AND ({key}) > ({})", parameters(1, column.key.len())),
            None => String::new(),
        };
        let select = format!(
            "SELECT {key}{more}, {sealed} AS value FROM {table} WHERE {sealed} IS NOT NULL {beyond}
             ORDER BY {key} LIMIT {BATCH}"
        );
        let rows = bind(
            sqlx::query(sqlx::AssertSqlSafe(select)),
            after.unwrap_or_default(),
        )
        .fetch_all(self.pool())
        .await?;
        let mut done = Resealed::default();
        let mut moves = Vec::new();
        for row in &rows {
            let old: Vec<u8> = row.try_get("value")?;
            match self.sealer().rewrap((column.place)(row)?.borrowed(), &old) {
                Ok(Some(new)) => moves.push((key_of(column, row)?, old, new)),
                Ok(None) => {}
                Err(_) => done.stuck += 1,
            }
        }
        if !moves.is_empty() {
            let fits: Vec<String> = (column.key.iter().zip(3..))
                .map(|(name, number)| format!("{name} = ${number}"))
                .collect();
            let update = format!(
                "UPDATE {table} SET {sealed} = $1 WHERE {sealed} = $2 AND {}",
                fits.join(" AND ")
            );
            let mut tx = self.begin().await?;
            for (key, old, new) in moves {
                let query = sqlx::query(sqlx::AssertSqlSafe(update.clone()))
                    .bind(new)
                    .bind(old);
                done.moved += bind(query, &key).execute(&mut *tx).await?.rows_affected();
            }
            tx.commit().await?;
        }
        let last = match rows.last() {
            Some(row) if rows.len() == BATCH => Some(key_of(column, row)?),
            _ => None,
        };
        Ok((done, last))
    }
}

/// Refuses to go on without the key that sealed last or with values that no key of the ring opens: now, instead of at
/// somebody's call.
pub(super) async fn check_keys(store: &Store, tx: &mut AnyConnection) -> Result<(), StoreError> {
    let known = store.key_ids();
    let names = |ids: &[KeyId]| ids.iter().map(KeyId::to_string).collect::<Vec<_>>().join(", ");
    let refused = |found: String| StoreError::OtherKey {
        found,
        given: names(&known),
    };
    let noted: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'master key'")
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(noted) = noted
        && !known.iter().any(|id| id.to_string() == noted)
    {
        return Err(refused(noted));
    }
    let unknown: Vec<KeyId> = count(tx)
        .await?
        .into_keys()
        .filter(|id| !known.contains(id))
        .collect();
    if !unknown.is_empty() {
        return Err(refused(names(&unknown)));
    }
    note_key(tx, store.sealer().newest()).await
}

async fn note_key(connection: &mut AnyConnection, id: KeyId) -> Result<(), StoreError> {
    let noted = "INSERT INTO meta (key, value) VALUES ('master key', $1)
        ON CONFLICT (key) DO UPDATE SET value = $1";
    sqlx::query(noted)
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

async fn count(connection: &mut AnyConnection) -> Result<KeyCounts, StoreError> {
    let mut counts = KeyCounts::new();
    for Column { table, sealed, .. } in &COLUMNS {
        // Behind the byte that says the format.
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT SUBSTR({sealed}, 2, {}) AS master, COUNT(*) AS number FROM {table}
             WHERE {sealed} IS NOT NULL GROUP BY 1",
            KeyId::LENGTH
        )))
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            let id = KeyId::read(&row.try_get::<Vec<u8>, _>("master")?)
                .ok_or_else(|| StoreError::corrupt(format!("a sealed value in {table}")))?;
            *counts.entry(id).or_default() += row.try_get::<i64, _>("number")?;
        }
    }
    Ok(counts)
}

fn key_of(column: &Column, row: &AnyRow) -> Result<Vec<Cell>, StoreError> {
    let cell = |name: &&str| match *name {
        "version" => row.try_get(*name).map(Cell::Number),
        name => row.try_get(name).map(Cell::Text),
    };
    Ok(column.key.iter().map(cell).collect::<Result<_, _>>()?)
}

fn parameters(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count)
        .map(|number| format!("${number}"))
        .collect();
    names.join(", ")
}

type Query<'a> = sqlx::query::Query<'a, sqlx::Any, sqlx::any::AnyArguments>;

fn bind<'a>(query: Query<'a>, cells: &[Cell]) -> Query<'a> {
    cells.iter().fold(query, |query, cell| match cell {
        Cell::Text(text) => query.bind(text.clone()),
        Cell::Number(number) => query.bind(*number),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::EnvName, seal::Sealer, secret::Secret};

    #[tokio::test]
    async fn what_is_written_meanwhile_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_file(&dir.path().join("berth.db"), Sealer::new([1; 32]))
            .await
            .unwrap();
        store
            .execute(
                "INSERT INTO users (id, name, roles, created_at) VALUES ('usr_a', 'alice', 'member', 0);
                 INSERT INTO connectors (id, name, created_at, environment) VALUES ('con_1', 'crm', 0, 0)",
            )
            .await;
        let (connector, user) = ("con_1".to_owned().into(), "usr_a".to_owned().into());
        let name: EnvName = "KEY".parse().unwrap();
        let others = (0..50).map(|number| {
            let name = format!("OTHER_{number}").parse().unwrap();
            (name, Secret::new("stays".to_owned()))
        });
        let others = others.collect();
        store
            .change_user_values(&connector, &user, &others, &[])
            .await
            .unwrap();
        let write = async {
            for number in 0..60 {
                let given = [(name.clone(), Secret::new(number.to_string()))].into();
                let written = store.change_user_values(&connector, &user, &given, &[]).await;
                assert!(written.unwrap());
                // A value of before under the version of now would not open.
                let values = store.user_values(&connector, &user).await.unwrap();
                assert_eq!(*values[&name].text.expose(), number.to_string());
            }
        };
        let written = std::cell::Cell::new(false);
        let mut moved = 0;
        let to_and_fro = async {
            let mut turn = 0_u8;
            while !written.get() {
                let (new, old) = (MasterKey::new([turn + 1; 32]), MasterKey::new([2 - turn; 32]));
                store.change_keys(&new, &[old]).await.unwrap();
                let done = store.reseal().await.unwrap();
                assert_eq!(done.stuck, 0);
                moved += done.moved;
                turn = 1 - turn;
            }
        };
        tokio::join!(
            async {
                write.await;
                written.set(true);
            },
            to_and_fro
        );
        assert_ne!(moved, 0, "some were moved in between");
    }

    #[test]
    fn every_sealed_column_is_known() {
        let mut table = "";
        let mut found = Vec::new();
        let lines = include_str!("schema.sql").lines();
        for line in lines.filter(|line| !line.trim().starts_with("--")) {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                table = rest.split_whitespace().next().unwrap();
            } else if let Some((name, _)) = line.trim().split_once(" BLOB") {
                found.push((table, name));
            }
        }
        let mut known: Vec<_> = COLUMNS
            .iter()
            .map(|column| (column.table, column.sealed))
            .collect();
        found.sort_unstable();
        known.sort_unstable();
        assert_eq!(known, found);
    }
}
