//! Tokens of grants that are gone here and still to be revoked at their provider.
//!
//! They are queued in the step that deletes the grant, with all that revoking takes, so that neither a crash nor the end
//! of the provider's settings leaves an access alive that nobody sees any more.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{Grant, Provider, Store, StoreError, TokenSet, providers::provider_in};
use crate::{
    model::{self, ClientAuth, GrantId, Millis, ProviderId, ProviderName, ProviderSettings, UserId},
    seal::{Place, Sealer},
    secret::{self, Secret},
};

/// What is to be revoked.
#[derive(Debug, Clone)]
pub(crate) struct Revocation {
    /// The grant that it was; another id where its tokens were never stored.
    pub(crate) id: GrantId,
    pub(crate) user: UserId,
    pub(crate) bound_to: String,
    /// As it was when the grant went.
    pub(crate) provider: Provider,
    pub(crate) tokens: TokenSet,
    /// How often it was tried.
    pub(crate) tries: i64,
}

/// What is sealed of it.
#[derive(Serialize, Deserialize)]
struct Record {
    user: UserId,
    bound_to: String,
    provider: ProviderId,
    name: ProviderName,
    version: i64,
    settings: ProviderSettings,
    #[serde(default, serialize_with = "secret::expose_option")]
    client_secret: Option<Secret<String>>,
    client_auth: Option<ClientAuth>,
    tokens: TokenSet,
}

impl Store {
    /// Queues one whose grant is not in the store. Due at once.
    pub(crate) async fn queue_revocation(&self, revocation: &Revocation) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        insert(&mut tx, revocation, model::now(), self.sealer()).await?;
        Ok(tx.commit().await?)
    }

    /// Takes one off the queue that nobody has begun with. False when it is too late for that.
    pub(crate) async fn withdraw_revocation(&self, id: &GrantId) -> Result<bool, StoreError> {
        let withdrawn = sqlx::query("DELETE FROM revocations WHERE id = $1 AND tries = 0")
            .bind(id.as_str())
            .execute(self.pool())
            .await?;
        Ok(withdrawn.rows_affected() == 1)
    }

    /// Those that are due, the longest first.
    pub(crate) async fn due_revocations(&self, limit: i64) -> Result<Vec<GrantId>, StoreError> {
        let ids: Vec<String> =
            sqlx::query_scalar("SELECT id FROM revocations WHERE next_at <= $1 ORDER BY next_at LIMIT $2")
                .bind(model::now())
                .bind(limit)
                .fetch_all(self.pool())
                .await?;
        Ok(ids.into_iter().map(GrantId::from).collect())
    }

    /// Takes one that is due, until `until`: nobody else has it meanwhile. `None` when it is done, or another's.
    pub(crate) async fn take_revocation(
        &self,
        id: &GrantId,
        until: Millis,
    ) -> Result<Option<Revocation>, StoreError> {
        sqlx::query(
            "UPDATE revocations SET next_at = $1, tries = tries + 1 WHERE id = $2 AND next_at <= $3
             RETURNING id, sealed, tries",
        )
        .bind(until)
        .bind(id.as_str())
        .bind(model::now())
        .fetch_optional(self.pool())
        .await?
        .map(|row| read(&row, self.sealer()))
        .transpose()
    }

    pub(crate) async fn put_revocation_off(&self, id: &GrantId, until: Millis) -> Result<(), StoreError> {
        sqlx::query("UPDATE revocations SET next_at = $1 WHERE id = $2")
            .bind(until)
            .bind(id.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Erases one that is done or given up.
    pub(crate) async fn drop_revocation(&self, id: &GrantId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM revocations WHERE id = $1")
            .bind(id.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
    }
}

/// Queues those of `grants` whose provider has a way to revoke them, before they and perhaps it are deleted.
pub(super) async fn queue(
    tx: &mut AnyConnection,
    grants: &[Grant],
    sealer: &Sealer,
) -> Result<(), StoreError> {
    let mut providers: HashMap<ProviderId, Option<Provider>> = HashMap::new();
    for grant in grants {
        if !providers.contains_key(&grant.provider) {
            let found = provider_in(tx, &grant.provider, sealer).await?;
            providers.insert(grant.provider.clone(), found);
        }
        let provider = providers.get(&grant.provider).cloned().flatten();
        let Some(provider) = provider.filter(|provider| provider.settings.revoke_url.is_some()) else {
            continue;
        };
        let revocation = Revocation {
            id: grant.id.clone(),
            user: grant.user.clone(),
            bound_to: grant.bound_to.clone(),
            provider,
            tokens: grant.tokens.clone(),
            tries: 0,
        };
        insert(tx, &revocation, model::now(), sealer).await?;
    }
    Ok(())
}

pub(super) fn place(id: &str) -> Place<'_> {
    Place {
        row: id,
        field: "revocation",
        version: 1,
    }
}

/// `due` is when it is begun with.
pub(super) async fn insert(
    tx: &mut AnyConnection,
    revocation: &Revocation,
    due: Millis,
    sealer: &Sealer,
) -> Result<(), StoreError> {
    let Revocation { provider, .. } = revocation;
    let record = Record {
        user: revocation.user.clone(),
        bound_to: revocation.bound_to.clone(),
        provider: provider.id.clone(),
        name: provider.name.clone(),
        version: provider.version,
        settings: provider.settings.clone(),
        client_secret: provider.client_secret.clone(),
        client_auth: provider.client_auth,
        tokens: revocation.tokens.clone(),
    };
    let plain = Secret::new(serde_json::to_vec(&record).map_err(StoreError::corrupt)?);
    sqlx::query("INSERT INTO revocations (id, sealed, tries, next_at) VALUES ($1, $2, 0, $3)")
        .bind(revocation.id.as_str())
        .bind(sealer.seal(place(revocation.id.as_str()), plain.expose()))
        .bind(due)
        .execute(tx)
        .await?;
    Ok(())
}

fn read(row: &AnyRow, sealer: &Sealer) -> Result<Revocation, StoreError> {
    let id: String = row.try_get("id")?;
    let sealed: Vec<u8> = row.try_get("sealed")?;
    let plain = sealer.open(place(&id), &sealed)?;
    // The parser's own message could show a piece of a token.
    let record: Record = serde_json::from_slice(plain.expose())
        .map_err(|_| StoreError::corrupt("the tokens of a grant that is gone"))?;
    Ok(Revocation {
        user: record.user,
        bound_to: record.bound_to,
        provider: Provider {
            id: record.provider,
            name: record.name,
            version: record.version,
            settings: record.settings,
            client_secret: record.client_secret,
            client_auth: record.client_auth,
            trouble: None,
            discovered: None,
        },
        tokens: record.tokens,
        tries: row.try_get("tries")?,
        id: id.into(),
    })
}
