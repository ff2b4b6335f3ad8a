//! Releases and the states that they pass through.

use serde::{Serialize, de::DeserializeOwned};
use sqlx::Row as _;

use super::{
    ConnectorRecord, Secrets, Store, StoreError, Transaction, Value, Values, connectors, environment,
};
use crate::model::{
    self, ConnectorId, ConnectorName, Failure, Millis, Probe, ReleaseId, Spec, State, UserId,
};

/// A release as the store keeps one.
#[derive(Debug, Clone)]
pub(crate) struct ReleaseRecord {
    pub(crate) id: ReleaseId,
    pub(crate) connector: ConnectorId,
    /// 1 for a connector's first.
    pub(crate) number: i64,
    pub(crate) state: State,
    pub(crate) spec: Spec,
    /// The version of the environment that it was deployed with.
    pub(crate) environment: i64,
    /// What the spec was resolved to, as `resolve` wrote it.
    pub(crate) resolved: Option<String>,
    pub(crate) probe: Option<Probe>,
    pub(crate) failure: Option<Failure>,
    /// The number of the release that a rollback went back to.
    pub(crate) repeats: Option<i64>,
    /// The number of the release that it is but for the connector's values.
    pub(crate) revalues: Option<i64>,
    pub(crate) created_at: Millis,
}

/// What became of a change of values.
#[derive(Debug)]
pub(crate) enum Revalued {
    /// There is no such connector any more.
    Gone,
    /// They are what was asked for already.
    Unchanged,
    /// Nothing serves yet: the first release that does will have them.
    Kept,
    Recorded(Box<ReleaseRecord>),
}

const BY_ID: &str =
    "SELECT id, connector_id, number, state, spec, environment, resolved, probe, failure, repeats, revalues, created_at
     FROM releases WHERE id = $1";
const BY_NUMBER: &str =
    "SELECT id, connector_id, number, state, spec, environment, resolved, probe, failure, repeats, revalues, created_at
     FROM releases WHERE connector_id = $1 AND number = $2";
const NEWEST: &str =
    "SELECT id, connector_id, number, state, spec, environment, resolved, probe, failure, repeats, revalues, created_at
     FROM releases WHERE connector_id = $1 ORDER BY number DESC LIMIT 1";
const ALL: &str =
    "SELECT id, connector_id, number, state, spec, environment, resolved, probe, failure, repeats, revalues, created_at
     FROM releases WHERE connector_id = $1 ORDER BY number DESC";
const UNSETTLED: &str =
    "SELECT id, connector_id, number, state, spec, environment, resolved, probe, failure, repeats, revalues, created_at
     FROM releases WHERE state IN ('pending', 'starting') ORDER BY number, created_at";

const LIVE: &str =
    "SELECT id, connector_id, number, state, spec, environment, resolved, probe, failure, repeats, revalues, created_at
     FROM releases WHERE connector_id = $1 AND state = 'live'";
/// What a change of values starts from: those of the newest release under way, else those that calls get.
const NEWEST_VALUES: &str = "SELECT COALESCE(
         (SELECT environment FROM releases
          WHERE connector_id = $1 AND state IN ('pending', 'starting') ORDER BY number DESC LIMIT 1),
         (SELECT environment FROM connectors WHERE id = $1)
     ) AS environment";

const LIVE_AFTER: &str =
    "SELECT COUNT(*) FROM releases WHERE connector_id = $1 AND state = 'live' AND number > $2";

impl Store {
    /// Records a deploy, whole or not at all: the connector (made where there is none), its secrets, the release.
    pub(crate) async fn add_release(
        &self,
        name: &ConnectorName,
        spec: &Spec,
        secrets: &Secrets,
        actor: &UserId,
    ) -> Result<(ConnectorRecord, ReleaseRecord), StoreError> {
        let mut tx = self.begin().await?;
        let connector = connectors::ensure(&mut tx, name).await?;
        // Secrets of a deploy that is still under way are not lost when this one overtakes it. Those of one that
        // failed are not taken over, nor are the old ones that a rollback brings back.
        let under_way: Option<i64> = sqlx::query_scalar(
            "SELECT environment FROM releases
             WHERE connector_id = $1 AND state IN ('pending', 'starting') AND repeats IS NULL
             ORDER BY number DESC LIMIT 1",
        )
        .bind(connector.id.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let base = under_way.unwrap_or(connector.environment);
        let extend = |values: &Values| -> Result<Values, StoreError> {
            let given = secrets.iter();
            let given = given.map(|(name, secret)| (name.clone(), Value::Secret(secret.clone())));
            Ok(values.clone().into_iter().chain(given).collect())
        };
        let environment = self
            .next_environment(&mut tx, &connector.id, base, extend)
            .await?;
        let release = ReleaseRecord {
            id: ReleaseId::random(),
            number: next_number(&mut tx, &connector.id).await?,
            connector: connector.id.clone(),
            state: State::Pending,
            spec: spec.clone(),
            environment,
            resolved: None,
            probe: None,
            failure: None,
            repeats: None,
            revalues: None,
            created_at: model::now(),
        };
        insert(&mut tx, &release, actor).await?;
        tx.commit().await?;
        Ok((connector, release))
    }

    /// Records a release that is what release `number` was: its spec, its environment, what it was resolved to.
    /// `None`, and nothing recorded, when the connector has no retired release of that number.
    pub(crate) async fn repeat_release(
        &self,
        connector: &ConnectorId,
        number: i64,
        actor: &UserId,
    ) -> Result<Option<ReleaseRecord>, StoreError> {
        let mut tx = self.begin().await?;
        if !connectors::lock(&mut tx, connector).await? {
            return Ok(None);
        }
        let old = sqlx::query(BY_NUMBER)
            .bind(connector.as_str())
            .bind(number)
            .fetch_optional(&mut *tx)
            .await?
            .map(|row| read(&row))
            .transpose()?;
        let Some(old) = old.filter(|old| old.state == State::Retired) else {
            return Ok(None);
        };
        let release = ReleaseRecord {
            id: ReleaseId::random(),
            number: next_number(&mut tx, connector).await?,
            state: State::Pending,
            probe: None,
            repeats: Some(number),
            revalues: None,
            created_at: model::now(),
            ..old
        };
        insert(&mut tx, &release, actor).await?;
        tx.commit().await?;
        Ok(Some(release))
    }

    /// Records a change of the connector's values: a release that is the one that serves but for them, or, where none
    /// serves, the values alone, for the first that will.
    pub(crate) async fn revalue<E: From<StoreError>>(
        &self,
        connector: &ConnectorId,
        actor: &UserId,
        change: impl FnOnce(&Values) -> Result<Values, E>,
    ) -> Result<Revalued, E> {
        let mut tx = self.begin().await?;
        if !connectors::lock(&mut tx, connector).await? {
            return Ok(Revalued::Gone);
        }
        // Another broker on the same database may be at work on this connector, too.
        let newest = sqlx::query(NEWEST_VALUES)
            .bind(connector.as_str())
            .fetch_one(&mut *tx)
            .await
            .map_err(StoreError::from)?;
        let base: i64 = newest.try_get("environment").map_err(StoreError::from)?;
        let version = self.next_environment(&mut tx, connector, base, change).await?;
        if version == base {
            return Ok(Revalued::Unchanged);
        }
        let recorded = self.record_revalued(&mut tx, connector, version, actor).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(recorded)
    }

    async fn record_revalued(
        &self,
        tx: &mut Transaction,
        connector: &ConnectorId,
        version: i64,
        actor: &UserId,
    ) -> Result<Revalued, StoreError> {
        let live = sqlx::query(LIVE)
            .bind(connector.as_str())
            .fetch_optional(&mut **tx)
            .await?
            .map(|row| read(&row))
            .transpose()?;
        let Some(live) = live else {
            sqlx::query("UPDATE connectors SET environment = $2 WHERE id = $1")
                .bind(connector.as_str())
                .bind(version)
                .execute(&mut **tx)
                .await?;
            return Ok(Revalued::Kept);
        };
        let release = ReleaseRecord {
            id: ReleaseId::random(),
            number: next_number(tx, connector).await?,
            state: State::Pending,
            environment: version,
            probe: None,
            repeats: None,
            revalues: Some(live.number),
            created_at: model::now(),
            ..live
        };
        insert(tx, &release, actor).await?;
        Ok(Revalued::Recorded(Box::new(release)))
    }

    pub(crate) async fn release(&self, id: &ReleaseId) -> Result<Option<ReleaseRecord>, StoreError> {
        sqlx::query(BY_ID)
            .bind(id.as_str())
            .fetch_optional(self.pool())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    pub(crate) async fn release_numbered(
        &self,
        connector: &ConnectorId,
        number: i64,
    ) -> Result<Option<ReleaseRecord>, StoreError> {
        sqlx::query(BY_NUMBER)
            .bind(connector.as_str())
            .bind(number)
            .fetch_optional(self.pool())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    pub(crate) async fn newest_release(
        &self,
        connector: &ConnectorId,
    ) -> Result<Option<ReleaseRecord>, StoreError> {
        sqlx::query(NEWEST)
            .bind(connector.as_str())
            .fetch_optional(self.pool())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// Every release of the connector, newest first.
    pub(crate) async fn releases(&self, connector: &ConnectorId) -> Result<Vec<ReleaseRecord>, StoreError> {
        sqlx::query(ALL)
            .bind(connector.as_str())
            .fetch_all(self.pool())
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// What each release of every connector runs: its spec, and what that was resolved to.
    pub(crate) async fn release_sources(&self) -> Result<Vec<(Spec, Option<String>)>, StoreError> {
        let rows = sqlx::query("SELECT spec, resolved FROM releases")
            .fetch_all(self.pool())
            .await?;
        let source = |row: &sqlx::any::AnyRow| {
            let spec = from_json(&row.try_get::<String, _>("spec")?)?;
            Ok((spec, row.try_get("resolved")?))
        };
        rows.iter().map(source).collect()
    }

    /// The releases whose deploy was under way when the broker stopped; of each connector the oldest first.
    pub(crate) async fn unsettled_releases(&self) -> Result<Vec<ReleaseRecord>, StoreError> {
        sqlx::query(UNSETTLED)
            .fetch_all(self.pool())
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Whether a later release of its connector serves.
    pub(crate) async fn is_overtaken(&self, release: &ReleaseRecord) -> Result<bool, StoreError> {
        let later: i64 = sqlx::query_scalar(LIVE_AFTER)
            .bind(release.connector.as_str())
            .bind(release.number)
            .fetch_one(self.pool())
            .await?;
        Ok(later > 0)
    }

    pub(crate) async fn mark_starting(&self, id: &ReleaseId) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE releases SET state = 'starting' WHERE id = $1 AND state IN ('pending', 'starting')",
        )
        .bind(id.as_str())
        .execute(self.pool())
        .await?;
        Ok(())
    }

    pub(crate) async fn mark_failed(&self, id: &ReleaseId, failure: &Failure) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE releases SET state = 'failed', failure = $2 WHERE id = $1 AND state IN ('pending', 'starting')",
        )
        .bind(id.as_str())
        .bind(to_json(failure)?)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Makes a probed release the one that serves and retires the one that did, in one step. Returns false, and
    /// changes nothing, when the connector is gone or a later release serves already.
    pub(crate) async fn promote(
        &self,
        release: &ReleaseRecord,
        resolved: &str,
        probe: &Probe,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        // First, since this locks the connector's row: what is counted next can't change before the commit.
        let connector = sqlx::query("UPDATE connectors SET live = $2, environment = $3 WHERE id = $1")
            .bind(release.connector.as_str())
            .bind(release.id.as_str())
            .bind(release.environment)
            .execute(&mut *tx)
            .await?;
        let later: i64 = sqlx::query_scalar(LIVE_AFTER)
            .bind(release.connector.as_str())
            .bind(release.number)
            .fetch_one(&mut *tx)
            .await?;
        if later > 0 || connector.rows_affected() == 0 {
            // Dropping the transaction undoes it.
            return Ok(false);
        }
        sqlx::query("UPDATE releases SET state = 'retired' WHERE connector_id = $1 AND state = 'live'")
            .bind(release.connector.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE releases SET state = 'live', resolved = $2, probe = $3 WHERE id = $1")
            .bind(release.id.as_str())
            .bind(resolved)
            .bind(to_json(probe)?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// What new instances of a live release said of themselves.
    pub(crate) async fn set_probe(&self, id: &ReleaseId, probe: &Probe) -> Result<(), StoreError> {
        sqlx::query("UPDATE releases SET probe = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(to_json(probe)?)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Erases the releases that nobody needs any more, and the secrets that went with none but them. Of each connector
    /// stay: the one that serves, those under way, the `keep` newest that have served, which a rollback goes back to,
    /// and the `keep` newest that failed. Returns the connector and the number of each one that went.
    pub(crate) async fn prune_releases(&self, keep: usize) -> Result<Vec<(ConnectorName, i64)>, StoreError> {
        let mut tx = self.begin().await?;
        // Each of the two for itself: failures in a row must not take away what can be gone back to.
        let gone = sqlx::query(
            "SELECT ranked.id, connectors.name, ranked.number FROM (
                 SELECT id, connector_id, number,
                     ROW_NUMBER() OVER (PARTITION BY connector_id, state ORDER BY number DESC) AS place
                 FROM releases WHERE state IN ('retired', 'failed')
             ) ranked JOIN connectors ON connectors.id = ranked.connector_id
             WHERE place > $1
             ORDER BY connectors.name, ranked.number",
        )
        .bind(i64::try_from(keep).unwrap_or(i64::MAX))
        .fetch_all(&mut *tx)
        .await?;
        for row in &gone {
            sqlx::query("DELETE FROM releases WHERE id = $1")
                .bind(row.try_get::<String, _>("id")?)
                .execute(&mut *tx)
                .await?;
        }
        environment::prune(&mut tx).await?;
        tx.commit().await?;
        let named = |row: &sqlx::any::AnyRow| {
            let name: String = row.try_get("name")?;
            Ok((name.parse().map_err(StoreError::corrupt)?, row.try_get("number")?))
        };
        gone.iter().map(named).collect()
    }

    /// What a live release was resolved to anew, after its files were lost.
    pub(crate) async fn set_resolved(&self, id: &ReleaseId, resolved: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE releases SET resolved = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(resolved)
            .execute(self.pool())
            .await?;
        Ok(())
    }
}

/// The number of the connector's next release. Its row is locked by the transaction.
async fn next_number(tx: &mut Transaction, connector: &ConnectorId) -> Result<i64, StoreError> {
    let newest: Option<i64> = sqlx::query_scalar("SELECT MAX(number) FROM releases WHERE connector_id = $1")
        .bind(connector.as_str())
        .fetch_one(&mut **tx)
        .await?;
    Ok(newest.unwrap_or(0) + 1)
}

/// Writes a release that is only just recorded.
async fn insert(tx: &mut Transaction, release: &ReleaseRecord, actor: &UserId) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO releases
             (id, connector_id, number, state, spec, environment, resolved, repeats, revalues, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(release.id.as_str())
    .bind(release.connector.as_str())
    .bind(release.number)
    .bind(release.state.as_str())
    .bind(to_json(&release.spec)?)
    .bind(release.environment)
    .bind(release.resolved.as_deref())
    .bind(release.repeats)
    .bind(release.revalues)
    .bind(actor.as_str())
    .bind(release.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn read(row: &sqlx::any::AnyRow) -> Result<ReleaseRecord, StoreError> {
    let state: String = row.try_get("state")?;
    Ok(ReleaseRecord {
        id: row.try_get::<String, _>("id")?.into(),
        connector: row.try_get::<String, _>("connector_id")?.into(),
        number: row.try_get("number")?,
        state: State::parse(&state).ok_or_else(|| StoreError::corrupt(&state))?,
        spec: from_json(&row.try_get::<String, _>("spec")?)?,
        environment: row.try_get("environment")?,
        resolved: row.try_get("resolved")?,
        probe: optional(row.try_get("probe")?)?,
        failure: optional(row.try_get("failure")?)?,
        repeats: row.try_get("repeats")?,
        revalues: row.try_get("revalues")?,
        created_at: row.try_get("created_at")?,
    })
}

fn optional<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>, StoreError> {
    text.as_deref().map(from_json).transpose()
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(StoreError::corrupt)
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::corrupt)
}
