//! Everything that must survive a restart, in SQLite or PostgreSQL. The only place with SQL.
//!
//! There is one text of each statement for both databases (`$1`, `BIGINT`, `TEXT`, `RETURNING`). Rows are private
//! to the files below; what goes in and out are the words of `model` and the records that each file declares.
//! Callers branch on [`StoreError`]: a conflict and a newer folder are theirs to explain, the rest is a fault.

mod access;
mod audit;
mod client_tokens;
mod clients;
mod connections;
mod connectors;
mod devices;
mod environment;
mod flows;
mod grants;
mod leases;
mod leaving;
mod manifests;
#[cfg(test)]
mod older;
mod passwords;
mod providers;
mod releases;
mod resealing;
mod revocations;
mod sessions;
mod sso;
#[cfg(test)]
mod story;
mod tokens;
mod tool_rules;
mod trusts;
mod upgrades;
mod user_values;
mod users;

pub(crate) use access::Rule;
pub(crate) use audit::{AuditEntry, AuditQuery, AuditRow};
pub(crate) use client_tokens::{CodeRecord, Issue, NewCode};
pub(crate) use clients::{ClientMetadata, ClientRecord, ConsentRecord, NewConsent};
pub(crate) use connectors::ConnectorRecord;
pub(crate) use devices::{Device, LoginCode, Poll};
pub(crate) use environment::{Secrets, Value, Values};
pub(crate) use flows::{Away, Departing, Flow, FlowOutcome, NewFlow, Pending};
pub(crate) use grants::{Grant, GrantState, GrantsOf, NewGrant, TokenSet};
pub(crate) use leases::{Attempt, InDoubt, Sending};
pub(crate) use leaving::{Passed, Removed};
pub(crate) use manifests::{ManifestRecord, StoredManifest};
pub(crate) use providers::{Connection, Provider};
pub(crate) use releases::{ReleaseRecord, Revalued};
pub(crate) use revocations::Revocation;
pub(crate) use sso::SsoAccount;
pub(crate) use tokens::TokenRecord;
pub(crate) use trusts::TrustRecord;
pub(crate) use user_values::UserValues;
pub(crate) use users::User;

use std::{path::Path, time::Duration};

use sqlx::{
    AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Executor as _,
    any::{AnyConnectOptions, AnyPoolOptions},
};

use crate::seal::{SealError, Sealer};

/// The shape of the tables that this berth reads and writes. A database with a higher one is of a newer berth.
const SCHEMA_VERSION: i64 = 5;

/// How long a statement waits for another writer of the same SQLite file.
const BUSY: Duration = Duration::from_secs(10);

/// What went wrong with the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the data was written by a newer berth (its schema is {found}, this berth knows {known})")]
    Newer { found: i64, known: i64 },
    #[error(
        "the data was sealed with another master key (key id {found}; given: {given}): restore that one from a backup, or name where it is with another --master-key"
    )]
    OtherKey { found: String, given: String },
    /// A unique name or number is taken already.
    #[error("it exists already")]
    Conflict,
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    #[error("a sealed value can't be opened")]
    Sealed(#[from] SealError),
    #[error("a stored value is not what this berth writes: {0}")]
    Corrupt(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(db) if db.is_unique_violation() => Self::Conflict,
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// Whether the database itself failed, which may pass.
    pub(crate) fn is_of_database(&self) -> bool {
        matches!(self, Self::Database(_))
    }

    /// For a value in a row that can't be read as what was written there.
    pub(crate) fn corrupt(error: impl std::fmt::Display) -> Self {
        Self::Corrupt(error.to_string())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

/// The store: a pool of connections, and the sealer for the columns that hold secrets.
#[derive(Debug)]
pub(crate) struct Store {
    pool: AnyPool,
    dialect: Dialect,
    sealer: Sealer,
}

/// A transaction under way; undone unless it is committed.
pub(crate) type Transaction = sqlx::Transaction<'static, sqlx::Any>;

impl Store {
    /// Opens, or makes, the SQLite database at `path`.
    pub(crate) async fn open_file(path: &Path, sealer: Sealer) -> Result<Self, StoreError> {
        let mut url = url::Url::from_file_path(path)
            .map_err(|()| StoreError::corrupt("the database's path is not absolute"))?;
        url.set_query(Some("mode=rwc"));
        Self::open(&url.as_str().replacen("file://", "sqlite://", 1), sealer).await
    }

    /// Opens the database at `url` (`sqlite://…`, `postgres://…`), makes its tables when it has none.
    pub(crate) async fn open(url: &str, sealer: Sealer) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = if url.starts_with("sqlite:") {
            Dialect::Sqlite
        } else {
            Dialect::Postgres
        };
        let options = url.parse::<AnyConnectOptions>()?.disable_statement_logging();
        // A pool would try a database that can't be used again and again, and then say only that it timed out.
        let mut first = AnyConnection::connect_with(&options).await?;
        prepare(&mut first, dialect).await?;
        first.close().await?;
        let pool = AnyPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(30))
            .after_connect(move |connection, _| Box::pin(prepare(connection, dialect)))
            .connect_with(options)
            .await?;
        let store = Self {
            pool,
            dialect,
            sealer,
        };
        store.migrate().await?;
        Ok(store)
    }

    /// Writes a copy of the database as it is now to the new file `path`. What was erased is not in it.
    pub(crate) async fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let path = path
            .to_str()
            .ok_or_else(|| StoreError::corrupt("the path of the copy is not UTF-8"))?;
        sqlx::query("VACUUM INTO $1")
            .bind(path)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends every connection; what was written is on the disk.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.pool.acquire().await?;
        Ok(connection.ping().await?)
    }

    fn pool(&self) -> &AnyPool {
        &self.pool
    }

    fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// A transaction that writes. On SQLite it takes the write lock at once: one that took it later could be
    /// refused halfway.
    async fn begin(&self) -> Result<Transaction, StoreError> {
        let begin = match self.dialect {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        };
        Ok(self.pool.begin_with(begin).await?)
    }

    /// `clause` where rows are locked one by one; a transaction on SQLite has the whole database.
    fn row_lock(&self, clause: &'static str) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => clause,
        }
    }

    /// For tests of other modules that need rows of tables that are not theirs.
    #[cfg(test)]
    pub(crate) async fn execute(&self, sql: &str) {
        self.pool
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())))
            .await
            .expect("a test's own statement");
    }

    /// The same for a value of one row.
    #[cfg(test)]
    pub(crate) async fn fetch_bytes(&self, sql: &str) -> Vec<u8> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.pool)
            .await
            .expect("a test's own statement")
    }

    #[cfg(test)]
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.pool)
            .await
            .expect("a test's own statement")
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if self.dialect == Dialect::Postgres {
            // Two brokers that start at once on one new database: the second waits and finds the tables.
            tx.execute("SELECT pg_advisory_xact_lock(7205759403)").await?;
        }
        match self.schema_version(&mut tx).await? {
            None => {
                let schema = self.spelled(include_str!("store/schema.sql"));
                tx.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(schema))).await?;
                sqlx::query("INSERT INTO meta (key, value) VALUES ('schema', $1)")
                    .bind(SCHEMA_VERSION.to_string())
                    .execute(&mut *tx)
                    .await?;
            }
            Some(found) if found > SCHEMA_VERSION => {
                return Err(StoreError::Newer {
                    found,
                    known: SCHEMA_VERSION,
                });
            }
            Some(found) => {
                let done = usize::try_from(found - 1).unwrap_or(0);
                for upgrade in upgrades::UPGRADES.iter().skip(done) {
                    let upgrade = self.spelled(upgrade);
                    tx.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(upgrade))).await?;
                }
                sqlx::query("UPDATE meta SET value = $1 WHERE key = 'schema'")
                    .bind(SCHEMA_VERSION.to_string())
                    .execute(&mut *tx)
                    .await?;
            }
        }
        resealing::check_keys(self, &mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// A definition of tables as the database writes its types.
    fn spelled(&self, definition: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => definition.to_owned(),
            Dialect::Postgres => definition.replace(" BLOB", " BYTEA"),
        }
    }

    async fn schema_version(&self, tx: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
        let tables = match self.dialect {
            Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'",
            Dialect::Postgres => {
                "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = 'meta'"
            }
        };
        let count: i64 = sqlx::query_scalar(tables).fetch_one(&mut *tx).await?;
        if count == 0 {
            return Ok(None);
        }
        let value: String = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'schema'")
            .fetch_one(tx)
            .await?;
        value.parse().map(Some).map_err(StoreError::corrupt)
    }
}

/// What each new connection is told first.
async fn prepare(connection: &mut AnyConnection, dialect: Dialect) -> Result<(), sqlx::Error> {
    if dialect == Dialect::Sqlite {
        // FULL: a refresh token that was rotated must not be lost to a power cut.
        let pragmas = format!(
            "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
            BUSY.as_millis()
        );
        connection
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(pragmas)))
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What version 5 has more than version 4, taken back.
    pub(super) const FIFTH: &str = "DROP TABLE login_codes; DROP TABLE devices; DROP TABLE trusts;
        ALTER TABLE tokens DROP COLUMN revoked_at; ALTER TABLE tokens DROP COLUMN trust;
        ALTER TABLE tokens DROP COLUMN scope";

    /// What version 4 has more than version 3, taken back; for connections and grants see [`older`].
    pub(super) const FOURTH: &str = "DROP TABLE access; DROP TABLE user_groups; DROP TABLE passwords; DROP TABLE sso;
        DROP TABLE sso_accounts; DROP TABLE client_tokens; DROP TABLE codes; DROP TABLE consents; DROP TABLE clients;
        DROP TABLE revocations; DROP INDEX grant_tokens_expiry;
        ALTER TABLE flows DROP COLUMN pending;
        ALTER TABLE providers DROP COLUMN trouble; ALTER TABLE providers DROP COLUMN discovered;
        ALTER TABLE connectors DROP COLUMN tools";

    #[tokio::test]
    async fn a_folder_of_a_newer_berth_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("odd name? #%.db");
        let store = Store::open_file(&path, Sealer::new([1; 32])).await.unwrap();
        assert!(path.exists());
        sqlx::query("UPDATE meta SET value = '99' WHERE key = 'schema'")
            .execute(store.pool())
            .await
            .unwrap();
        store.close().await;
        let error = Store::open_file(&path, Sealer::new([1; 32])).await.unwrap_err();
        assert!(matches!(
            error,
            StoreError::Newer {
                found: 99,
                known: SCHEMA_VERSION
            }
        ));
    }

    #[tokio::test]
    async fn what_is_no_database_is_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("berth.db");
        std::fs::write(&path, "garbage! ".repeat(1000)).unwrap();
        let opening = Store::open_file(&path, Sealer::new([1; 32]));
        let error = tokio::time::timeout(Duration::from_secs(5), opening).await;
        assert!(matches!(error, Ok(Err(StoreError::Database(_)))), "{error:?}");
    }

    #[tokio::test]
    async fn a_folder_of_an_older_berth_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("berth.db");
        let open = async || Store::open_file(&path, Sealer::new([1; 32])).await.unwrap();
        let name = "time".parse().unwrap();
        let key: crate::model::EnvName = "K".parse().unwrap();
        let spec = serde_json::from_str(
            r#"{"source":{"kind":"command","command":["x"]},"transport":{"kind":"stdio"}}"#,
        )
        .unwrap();
        let secrets = [(key.clone(), crate::secret::Secret::new("canary".to_owned()))].into();
        let actor = crate::model::UserId::random();
        let store = open().await;
        let (connector, release) = store.add_release(&name, &spec, &secrets, &actor).await.unwrap();
        store.execute(FIFTH).await;
        store.execute(FOURTH).await;
        store.execute(older::ONE_PROVIDER).await;
        let back = "ALTER TABLE environment DROP COLUMN kind; ALTER TABLE releases DROP COLUMN revalues;
            DROP TABLE user_values; UPDATE meta SET value = '2' WHERE key = 'schema'";
        store.execute(back).await;
        store.close().await;
        let store = open().await;
        let values = store
            .environment(&connector.id, release.environment)
            .await
            .unwrap();
        assert!(matches!(&values[&key], Value::Secret(secret) if secret.expose() == "canary"));
        assert_eq!(store.release(&release.id).await.unwrap().unwrap().revalues, None);
        assert!(store.user_values(&connector.id, &actor).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn another_master_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("berth.db");
        for key in [1, 1] {
            let store = Store::open_file(&path, Sealer::new([key; 32])).await.unwrap();
            store.close().await;
        }
        let error = Store::open_file(&path, Sealer::new([2; 32])).await.unwrap_err();
        assert!(matches!(error, StoreError::OtherKey { .. }), "{error}");
    }
}
