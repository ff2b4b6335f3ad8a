//! Authorizations under way.
//!
//! A flow is found by the hash of the handle in its link, later by the hash of the state that the provider sends
//! back; both are only ever known to the people whose flow it is.

use serde::{Deserialize, Serialize};
use sqlx::{Row as _, any::AnyRow};

use super::{Revocation, Store, StoreError, TokenSet, revocations::insert};
use crate::{
    model::{self, ConnectorId, ConnectorName, GrantId, Millis, ProviderId, ProviderName, UserId, Values},
    seal::Place,
    secret::{self, Secret},
};

/// A flow as it starts.
#[derive(Debug)]
pub(crate) struct NewFlow<'a> {
    /// SHA-256 of the handle.
    pub(crate) hash: &'a str,
    pub(crate) connector: &'a ConnectorId,
    pub(crate) provider: &'a ProviderId,
    pub(crate) user: &'a UserId,
    /// What the user's MCP client calls itself.
    pub(crate) client: &'a str,
    pub(crate) expires_at: Millis,
}

/// A flow that has not expired.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) hash: String,
    pub(crate) connector: ConnectorId,
    pub(crate) connector_name: ConnectorName,
    pub(crate) provider: ProviderId,
    pub(crate) provider_name: ProviderName,
    pub(crate) user: UserId,
    pub(crate) client: String,
    /// SHA-256 of the cookie that binds it to a browser.
    pub(crate) browser_hash: Option<String>,
    /// Since the person went on to the provider.
    pub(crate) away: Option<Away>,
    /// Where its code may be sent.
    pub(crate) bound_to: Option<String>,
    pub(crate) outcome: Option<FlowOutcome>,
}

/// What is noted when a person goes on to the provider.
#[derive(Debug)]
pub(crate) struct Departing<'a> {
    pub(crate) state_hash: &'a str,
    pub(crate) browser_hash: &'a str,
    pub(crate) away: &'a Away,
    pub(crate) bound_to: &'a str,
    pub(crate) expires_at: Millis,
}

/// What a flow keeps to itself until the provider answers. Sealed as a whole.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Away {
    /// The PKCE verifier; absent where the authorization goes without.
    #[serde(default, serialize_with = "secret::expose_option")]
    pub(crate) verifier: Option<Secret<String>>,
    /// What the person gave for the provider's variables.
    #[serde(default)]
    pub(crate) vars: Values,
}

/// How far the dealing with a provider's answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowOutcome {
    /// Somebody deals with it, or stopped in the middle.
    Taken,
    /// Tokens of another account came, and the person has to say which one counts.
    Asking,
    Granted,
    /// The person kept the account of before.
    Kept,
}

/// Tokens that came and wait for a word of the person before they replace others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Under which the same tokens are queued to be revoked, should no word come.
    pub(crate) revocation: GrantId,
    /// What their grant would be bound to.
    pub(crate) bound_to: String,
    pub(crate) tokens: TokenSet,
    pub(crate) account: Option<String>,
    /// The scopes that were asked for, separated by spaces.
    pub(crate) asked: String,
}

/// How long the person may take for it.
const HELD: Millis = 600_000;

impl FlowOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Asking => "asking",
            Self::Granted => "granted",
            Self::Kept => "kept",
        }
    }

    fn read(text: &str) -> Result<Self, StoreError> {
        [Self::Taken, Self::Asking, Self::Granted, Self::Kept]
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| StoreError::corrupt(format!("flow outcome {text:?}")))
    }
}

/// How many unfinished flows one user may have; the oldest make room.
const PENDING: i64 = 32;

impl Store {
    pub(crate) async fn put_flow(&self, flow: &NewFlow<'_>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM flows WHERE expires_at < $1")
            .bind(model::now())
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "DELETE FROM flows WHERE user_id = $1 AND hash NOT IN (
                 SELECT hash FROM flows WHERE user_id = $1 ORDER BY expires_at DESC LIMIT $2)",
        )
        .bind(flow.user.as_str())
        .bind(PENDING - 1)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO flows (hash, connector_id, provider_id, user_id, client, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(flow.hash)
        .bind(flow.connector.as_str())
        .bind(flow.provider.as_str())
        .bind(flow.user.as_str())
        .bind(flow.client)
        .bind(flow.expires_at)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// The flow behind a handle.
    pub(crate) async fn flow(&self, hash: &str) -> Result<Option<Flow>, StoreError> {
        self.find_flow("hash", hash).await
    }

    /// The flow that a provider answers to.
    pub(crate) async fn flow_by_state(&self, state_hash: &str) -> Result<Option<Flow>, StoreError> {
        self.find_flow("state_hash", state_hash).await
    }

    async fn find_flow(&self, column: &str, hash: &str) -> Result<Option<Flow>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT f.hash, f.connector_id, n.name AS connector_name, f.provider_id, p.name AS provider_name,
                 f.user_id, f.client, f.browser_hash, f.sealed, f.bound_to, f.outcome
             FROM flows f JOIN connectors n ON n.id = f.connector_id JOIN providers p ON p.id = f.provider_id
             WHERE f.{column} = $1 AND f.expires_at >= $2"
        )))
        .bind(hash)
        .bind(model::now())
        .fetch_optional(self.pool())
        .await?
        .map(|row| self.read_flow(&row))
        .transpose()
    }

    /// Notes that the person of flow `hash` goes on to the provider; an earlier departure of the same flow counts no
    /// more. False when the flow is over.
    pub(crate) async fn depart(&self, hash: &str, departing: &Departing<'_>) -> Result<bool, StoreError> {
        let plain = Secret::new(serde_json::to_vec(departing.away).map_err(StoreError::corrupt)?);
        let sealed = self.sealer().seal(place(hash), plain.expose());
        let changed = sqlx::query(
            "UPDATE flows SET state_hash = $1, browser_hash = $2, sealed = $3, bound_to = $4, expires_at = $5
             WHERE hash = $6 AND outcome IS NULL",
        )
        .bind(departing.state_hash)
        .bind(departing.browser_hash)
        .bind(sealed)
        .bind(departing.bound_to)
        .bind(departing.expires_at)
        .bind(hash)
        .execute(self.pool())
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// Takes the flow for dealing with the provider's answer to `state_hash`. Only the first gets true.
    pub(crate) async fn take_flow(&self, hash: &str, state_hash: &str) -> Result<bool, StoreError> {
        let taken = sqlx::query(
            "UPDATE flows SET outcome = $1, sealed = NULL
             WHERE hash = $2 AND state_hash = $3 AND outcome IS NULL",
        )
        .bind(FlowOutcome::Taken.as_str())
        .bind(hash)
        .bind(state_hash)
        .execute(self.pool())
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Notes that the flow led to a grant.
    pub(crate) async fn end_flow(&self, hash: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE flows SET outcome = $1 WHERE hash = $2")
            .bind(FlowOutcome::Granted.as_str())
            .bind(hash)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Lets the person of a flow whose departure came to nothing start over from its link.
    pub(crate) async fn reopen_flow(&self, hash: &str, state_hash: &str) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE flows SET state_hash = NULL, browser_hash = NULL, sealed = NULL, bound_to = NULL, outcome = NULL
             WHERE hash = $1 AND state_hash = $2 AND (outcome IS NULL OR outcome = $3)",
        )
        .bind(hash)
        .bind(state_hash)
        .bind(FlowOutcome::Taken.as_str())
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Keeps tokens with a flow that is being dealt with, until its person has said what becomes of them. False when the
    /// flow is over. Otherwise they are revoked in the end, by `otherwise`.
    pub(crate) async fn hold_flow(
        &self,
        hash: &str,
        pending: &Pending,
        otherwise: &Revocation,
    ) -> Result<bool, StoreError> {
        let plain = Secret::new(serde_json::to_vec(pending).map_err(StoreError::corrupt)?);
        let until = model::now() + HELD;
        let mut tx = self.begin().await?;
        let held = sqlx::query(
            "UPDATE flows SET outcome = $1, pending = $2, expires_at = $3 WHERE hash = $4 AND outcome = $5",
        )
        .bind(FlowOutcome::Asking.as_str())
        .bind(self.sealer().seal(pending_place(hash), plain.expose()))
        .bind(until)
        .bind(hash)
        .bind(FlowOutcome::Taken.as_str())
        .execute(&mut *tx)
        .await?;
        if held.rows_affected() == 0 {
            return Ok(false);
        }
        insert(&mut tx, otherwise, until, self.sealer()).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The newest flow of a user for a connector that waits for their word, and what it keeps.
    pub(crate) async fn held_flow(
        &self,
        user: &UserId,
        connector: &ConnectorName,
    ) -> Result<Option<(Flow, Pending)>, StoreError> {
        let row = sqlx::query(
            "SELECT f.hash, f.pending FROM flows f JOIN connectors n ON n.id = f.connector_id
             WHERE f.user_id = $1 AND n.name = $2 AND f.outcome = $3 AND f.expires_at >= $4
             ORDER BY f.expires_at DESC LIMIT 1",
        )
        .bind(user.as_str())
        .bind(connector.as_str())
        .bind(FlowOutcome::Asking.as_str())
        .bind(model::now())
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let hash: String = row.try_get("hash")?;
        let sealed: Vec<u8> = row.try_get("pending")?;
        let plain = self.sealer().open(pending_place(&hash), &sealed)?;
        // The parser's own message could show a piece of a token.
        let pending = serde_json::from_slice(plain.expose())
            .map_err(|_| StoreError::corrupt("the tokens of a flow"))?;
        Ok(self.flow(&hash).await?.map(|flow| (flow, pending)))
    }

    /// Ends a flow that waits for its person's word, and forgets its tokens. Only the first gets true.
    pub(crate) async fn settle_flow(&self, hash: &str, outcome: FlowOutcome) -> Result<bool, StoreError> {
        let settled =
            sqlx::query("UPDATE flows SET outcome = $1, pending = NULL WHERE hash = $2 AND outcome = $3")
                .bind(outcome.as_str())
                .bind(hash)
                .bind(FlowOutcome::Asking.as_str())
                .execute(self.pool())
                .await?;
        Ok(settled.rows_affected() == 1)
    }

    fn read_flow(&self, row: &AnyRow) -> Result<Flow, StoreError> {
        let text = |column: &str| row.try_get::<String, _>(column);
        let hash = text("hash")?;
        let sealed: Option<Vec<u8>> = row.try_get("sealed")?;
        let outcome: Option<String> = row.try_get("outcome")?;
        Ok(Flow {
            connector: text("connector_id")?.into(),
            connector_name: text("connector_name")?.parse().map_err(StoreError::corrupt)?,
            provider: text("provider_id")?.into(),
            provider_name: text("provider_name")?.parse().map_err(StoreError::corrupt)?,
            user: text("user_id")?.into(),
            client: text("client")?,
            browser_hash: row.try_get("browser_hash")?,
            away: sealed
                .map(|sealed| {
                    let plain = self.sealer().open(place(&hash), &sealed)?;
                    // The parser's own message could show a piece of it.
                    serde_json::from_slice(plain.expose())
                        .map_err(|_| StoreError::corrupt("what a flow keeps to itself"))
                })
                .transpose()?,
            bound_to: row.try_get("bound_to")?,
            outcome: outcome.as_deref().map(FlowOutcome::read).transpose()?,
            hash,
        })
    }
}

pub(super) fn place(hash: &str) -> Place<'_> {
    Place {
        row: hash,
        field: "away",
        version: 0,
    }
}

pub(super) fn pending_place(hash: &str) -> Place<'_> {
    Place {
        row: hash,
        field: "pending",
        version: 0,
    }
}
