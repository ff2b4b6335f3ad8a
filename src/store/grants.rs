//! Users' authorizations and their tokens.
//!
//! A grant's tokens stand in a row of their own with a version; `leases` says who may write it.

use serde::{Deserialize, Serialize};
use sqlx::{Row as _, any::AnyRow};

use super::{Attempt, Store, StoreError, revocations::queue};
use crate::{
    model::{
        self, ConnectorId, ConnectorName, GrantId, Millis, Owner, ProviderId, ProviderName, Trouble, UserId,
        Values,
    },
    seal::{Place, Sealer},
    secret::{self, Secret},
};

/// One user's authorization for one connector at one provider.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) id: GrantId,
    pub(crate) connector: ConnectorId,
    pub(crate) provider: ProviderId,
    pub(crate) provider_name: ProviderName,
    /// Whose it is; whoever made it, when it is the connector's.
    pub(crate) user: UserId,
    pub(crate) owner: Owner,
    pub(crate) state: GrantState,
    /// The token endpoint's origin and the client: the refresh token goes nowhere else.
    pub(crate) bound_to: String,
    /// The version of the tokens.
    pub(crate) version: i64,
    pub(crate) tokens: TokenSet,
    /// A refresh token was sent and no answer was stored: it may be used up.
    pub(crate) attempt: Option<Attempt>,
    /// Until when whoever refreshes it has the lease.
    pub(crate) leased_until: Option<Millis>,
    /// Why its last refresh failed, or why it ended.
    pub(crate) trouble: Option<Trouble>,
    /// The scopes that its person was asked for, separated by spaces.
    pub(crate) asked: String,
    /// Which account of the provider it is, as far as that is known.
    pub(crate) account: Option<String>,
    pub(crate) created_at: Millis,
    pub(crate) refreshed_at: Option<Millis>,
    /// When its token was first given to the connector.
    pub(crate) used_at: Option<Millis>,
}

/// Whether a grant is good for anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantState {
    Active,
    /// The provider takes its refresh token no more: the user has to authorize again when the access token ends.
    NeedsReauth,
    /// The access token is taken no more either.
    Refused,
}

impl GrantState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NeedsReauth => "needs_reauth",
            Self::Refused => "refused",
        }
    }
}

/// What a provider gave. Sealed as a whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TokenSet {
    #[serde(serialize_with = "secret::expose")]
    pub(crate) access_token: Secret<String>,
    #[serde(default, serialize_with = "secret::expose_option")]
    pub(crate) refresh_token: Option<Secret<String>>,
    #[serde(default, serialize_with = "secret::expose_option")]
    pub(crate) id_token: Option<Secret<String>>,
    pub(crate) token_type: String,
    /// What was granted, separated by spaces.
    pub(crate) scope: String,
    /// The lifetime that the provider stated last, in seconds.
    #[serde(default)]
    pub(crate) lifetime: Option<u64>,
    /// When the request that brought the access token was sent: its lifetime counts from there.
    pub(crate) asked_at: Millis,
    /// The origin of the revocation URL at the time of the consent; besides the token endpoint's, the only one where
    /// the tokens may be revoked.
    #[serde(default)]
    pub(crate) revoke_origin: Option<String>,
    /// What was captured of the provider's answers, and what the user gave for its variables.
    #[serde(default)]
    pub(crate) vars: Values,
}

/// A grant as consent makes it.
#[derive(Debug)]
pub(crate) struct NewGrant<'a> {
    pub(crate) connector: &'a ConnectorId,
    pub(crate) provider: &'a ProviderId,
    pub(crate) user: &'a UserId,
    pub(crate) owner: Owner,
    pub(crate) bound_to: &'a str,
    pub(crate) tokens: &'a TokenSet,
    /// The scopes that were asked for, separated by spaces.
    pub(crate) asked: &'a str,
    pub(crate) account: Option<&'a str>,
}

/// Whose grants to take.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GrantsOf<'a> {
    Connector(&'a ConnectorId),
    /// Those that were made at one provider.
    ConnectorAt(&'a ConnectorId, &'a ProviderId),
    /// Those of one user.
    UserAt(&'a ConnectorId, &'a UserId),
    /// That of one user at one provider.
    Only(&'a ConnectorId, &'a ProviderId, &'a UserId),
}

pub(super) const GRANT: &str = "g.id, g.connector_id, g.provider_id, g.user_id, g.owner, g.state, g.bound_to,
    g.scope, g.trouble, g.account, g.created_at, g.refreshed_at, g.used_at,
    t.version, t.sealed, t.intent, t.attempted_at, t.lease_until, p.name AS provider_name
    FROM grants g JOIN grant_tokens t ON t.grant_id = g.id JOIN providers p ON p.id = g.provider_id";

impl Store {
    /// The grant of a user for a connector at a provider, whatever its state.
    pub(crate) async fn grant_at(
        &self,
        user: &UserId,
        connector: &ConnectorId,
        provider: &ProviderId,
    ) -> Result<Option<Grant>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {GRANT} WHERE g.user_id = $1 AND g.connector_id = $2 AND g.provider_id = $3"
        )))
        .bind(user.as_str())
        .bind(connector.as_str())
        .bind(provider.as_str())
        .fetch_optional(self.pool())
        .await?
        .map(|row| read(&row, self.sealer()))
        .transpose()
    }

    /// For tests of connectors that use one provider.
    #[cfg(test)]
    pub(crate) async fn grant_of(
        &self,
        user: &UserId,
        connector: &ConnectorId,
    ) -> Result<Option<Grant>, StoreError> {
        let grants = self.grants_of_user(user).await?;
        let mut grants = grants.into_iter().map(|(_, grant)| grant);
        Ok(grants.find(|grant| grant.connector == *connector))
    }

    /// The grant at a provider that serves a user's calls of a connector: their own, or the connector's.
    pub(crate) async fn grant_for(
        &self,
        user: &UserId,
        connector: &ConnectorId,
        (provider, owner): (&ProviderId, Owner),
    ) -> Result<Option<Grant>, StoreError> {
        if owner == Owner::User {
            let own = self.grant_at(user, connector, provider).await?;
            return Ok(own.filter(|grant| grant.owner == Owner::User));
        }
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {GRANT} WHERE g.connector_id = $1 AND g.provider_id = $2 AND g.owner = $3"
        )))
        .bind(connector.as_str())
        .bind(provider.as_str())
        .bind(owner.as_str())
        .fetch_optional(self.pool())
        .await?
        .map(|row| read(&row, self.sealer()))
        .transpose()
    }

    /// All of a user's grants, by the names of their connector and provider.
    pub(crate) async fn grants_of_user(
        &self,
        user: &UserId,
    ) -> Result<Vec<(ConnectorName, Grant)>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT n.name AS connector_name, {GRANT} JOIN connectors n ON n.id = g.connector_id
             WHERE g.user_id = $1 ORDER BY n.name, p.name"
        )))
        .bind(user.as_str())
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                let name: String = row.try_get("connector_name")?;
                Ok((
                    name.parse().map_err(StoreError::corrupt)?,
                    read(row, self.sealer())?,
                ))
            })
            .collect()
    }

    pub(crate) async fn grant(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {GRANT} WHERE g.id = $1")))
            .bind(id.as_str())
            .fetch_optional(self.pool())
            .await?
            .map(|row| read(&row, self.sealer()))
            .transpose()
    }

    /// Stores a new grant in place of the one that the user may have had for this connector there. Gives `None` when the
    /// connector no longer uses the provider, or the connector or the user is gone.
    pub(crate) async fn put_grant(&self, new: &NewGrant<'_>) -> Result<Option<GrantId>, StoreError> {
        let id = GrantId::random();
        let (connector, user) = (new.connector.as_str(), new.user.as_str());
        let mut tx = self.begin().await?;
        // Whoever takes the connection or the user away waits, and then sees this grant.
        let lock = self.row_lock("FOR SHARE");
        let both = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT u.id FROM connections c, users u
             WHERE c.connector_id = $1 AND c.provider_id = $2 AND u.id = $3 {lock}"
        )))
        .bind(connector)
        .bind(new.provider.as_str())
        .bind(user)
        .fetch_optional(&mut *tx)
        .await?;
        if both.is_none() {
            return Ok(None);
        }
        // One that serves everybody stands alone.
        sqlx::query(
            "DELETE FROM grants WHERE connector_id = $1 AND provider_id = $2 AND (user_id = $3 OR $4 = $5)",
        )
        .bind(connector)
        .bind(new.provider.as_str())
        .bind(user)
        .bind(new.owner.as_str())
        .bind(Owner::Connector.as_str())
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO grants (id, connector_id, provider_id, user_id, state, bound_to, scope, account,
                 created_at, owner)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(id.as_str())
        .bind(connector)
        .bind(new.provider.as_str())
        .bind(user)
        .bind(GrantState::Active.as_str())
        .bind(new.bound_to)
        .bind(new.asked)
        .bind(new.account)
        .bind(model::now())
        .bind(new.owner.as_str())
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO grant_tokens (grant_id, version, sealed, expires_at) VALUES ($1, 1, $2, $3)",
        )
        .bind(id.as_str())
        .bind(seal(&id, 1, new.tokens, self.sealer())?)
        .bind(new.tokens.expires_at())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Gives a grant another state. False when its tokens have another version by now.
    pub(crate) async fn end_grant(&self, grant: &Grant, state: GrantState) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE grants SET state = $1 WHERE id = $2
             AND EXISTS (SELECT 1 FROM grant_tokens t WHERE t.grant_id = $2 AND t.version = $3)",
        )
        .bind(state.as_str())
        .bind(grant.id.as_str())
        .bind(grant.version)
        .execute(self.pool())
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// Notes which scopes the person of a grant was asked for by now, and did not want to give.
    pub(crate) async fn note_asked(&self, grant: &GrantId, asked: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE grants SET scope = $1 WHERE id = $2")
            .bind(asked)
            .bind(grant.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Deletes grants and flows, and queues what is to be revoked. Gives the grants for what is left to do with them.
    pub(crate) async fn take_grants(&self, of: GrantsOf<'_>) -> Result<Vec<Grant>, StoreError> {
        let (connector, provider, user) = match of {
            GrantsOf::Connector(connector) => (connector, None, None),
            GrantsOf::ConnectorAt(connector, provider) => (connector, Some(provider.as_str()), None),
            GrantsOf::UserAt(connector, user) => (connector, None, Some(user.as_str())),
            GrantsOf::Only(connector, provider, user) => {
                (connector, Some(provider.as_str()), Some(user.as_str()))
            }
        };
        let mut tx = self.begin().await?;
        let lock = self.row_lock("FOR UPDATE OF g, t");
        // A parameter that may be NULL has no type of its own on PostgreSQL.
        let which = "connector_id = $1 AND provider_id = COALESCE(CAST($2 AS TEXT), provider_id)
            AND user_id = COALESCE(CAST($3 AS TEXT), user_id)";
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {GRANT} WHERE g.id IN (SELECT id FROM grants WHERE {which}) {lock}"
        )))
        .bind(connector.as_str())
        .bind(provider)
        .bind(user)
        .fetch_all(&mut *tx)
        .await?;
        let grants = self.readable(&rows);
        queue(&mut tx, &grants, self.sealer()).await?;
        for table in ["flows", "grants"] {
            sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE {which}")))
                .bind(connector.as_str())
                .bind(provider)
                .bind(user)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(grants)
    }

    /// Grants that are gone; one that can't be opened is gone all the same.
    pub(super) fn readable(&self, rows: &[AnyRow]) -> Vec<Grant> {
        rows.iter()
            .filter_map(|row| read(row, self.sealer()).ok())
            .collect()
    }

    /// Whether the user has any grant that was made with this client, whatever the connector.
    pub(crate) async fn has_grant_at(&self, user: &UserId, bound_to: &str) -> Result<bool, StoreError> {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM grants WHERE user_id = $1 AND bound_to = $2")
                .bind(user.as_str())
                .bind(bound_to)
                .fetch_one(self.pool())
                .await?;
        Ok(count > 0)
    }

    /// How many users have authorized a connector at a provider.
    pub(crate) async fn count_grants(
        &self,
        connector: &ConnectorId,
        provider: &ProviderId,
    ) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT COUNT(*) FROM grants WHERE connector_id = $1 AND provider_id = $2 AND state = $3",
        )
        .bind(connector.as_str())
        .bind(provider.as_str())
        .bind(GrantState::Active.as_str())
        .fetch_one(self.pool())
        .await?)
    }
}

impl TokenSet {
    /// When the access token dies, if its provider stated that.
    pub(crate) fn expires_at(&self) -> Option<Millis> {
        let lifetime = i64::try_from(self.lifetime?).ok()?.checked_mul(1000)?;
        self.asked_at.checked_add(lifetime)
    }
}

pub(super) fn place(id: &GrantId, version: i64) -> Place<'_> {
    Place {
        row: id.as_str(),
        field: "tokens",
        version,
    }
}

pub(super) fn seal(
    id: &GrantId,
    version: i64,
    tokens: &TokenSet,
    sealer: &Sealer,
) -> Result<Vec<u8>, StoreError> {
    let plain = Secret::new(serde_json::to_vec(tokens).map_err(StoreError::corrupt)?);
    Ok(sealer.seal(place(id, version), plain.expose()))
}

pub(super) fn read(row: &AnyRow, sealer: &Sealer) -> Result<Grant, StoreError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let id = GrantId::from(text("id")?);
    let version: i64 = row.try_get("version")?;
    let sealed: Vec<u8> = row.try_get("sealed")?;
    let plain = sealer.open(place(&id, version), &sealed)?;
    let state = text("state")?;
    Ok(Grant {
        connector: text("connector_id")?.into(),
        provider: text("provider_id")?.into(),
        provider_name: text("provider_name")?.parse().map_err(StoreError::corrupt)?,
        user: text("user_id")?.into(),
        owner: text("owner")?.parse().map_err(StoreError::corrupt)?,
        state: [GrantState::Active, GrantState::NeedsReauth, GrantState::Refused]
            .into_iter()
            .find(|known| known.as_str() == state)
            .ok_or_else(|| StoreError::corrupt(format!("grant state {state:?}")))?,
        bound_to: text("bound_to")?,
        // The parser's own message could show a piece of a token.
        tokens: serde_json::from_slice(plain.expose())
            .map_err(|_| StoreError::corrupt("the tokens of a grant"))?,
        attempt: row
            .try_get::<Option<String>, _>("intent")?
            .map(|intent| {
                let at: Option<Millis> = row.try_get("attempted_at")?;
                Ok::<_, StoreError>(Attempt::read(&intent, at))
            })
            .transpose()?,
        leased_until: row.try_get("lease_until")?,
        trouble: row
            .try_get::<Option<String>, _>("trouble")?
            .map(|trouble| serde_json::from_str(&trouble).map_err(StoreError::corrupt))
            .transpose()?,
        asked: text("scope")?,
        account: row.try_get("account")?,
        created_at: row.try_get("created_at")?,
        refreshed_at: row.try_get("refreshed_at")?,
        used_at: row.try_get("used_at")?,
        id,
        version,
    })
}
