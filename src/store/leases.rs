//! Who may refresh a grant's tokens, and what is known of those that were sent.
//!
//! The row of the tokens has a version, and is written by compare-and-swap on it and by nothing else: the version is the
//! fencing number of the lease. Whoever refreshes holds the lease first, and notes its intent before the refresh token
//! leaves; the intent stays until an answer is stored, whatever becomes of whoever noted it.

use super::{
    Grant, Store, StoreError, TokenSet,
    grants::{place, seal},
};
use crate::model::{self, GrantId, Millis, ProviderId, Trouble};

/// Whether a refresh token may have been used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InDoubt {
    Yes,
    No,
}

/// A refresh token that was sent without an answer that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) sending: Sending,
    /// When it was first sent so.
    pub(crate) at: Millis,
}

/// How often a refresh token has been sent that may be good for once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    /// The first time, or again where the provider minds nothing.
    First,
    /// Once more after its answer was lost, when there was nothing to lose by it.
    Late,
}

const LATE: &str = "late ";

impl Attempt {
    pub(super) fn read(intent: &str, at: Option<Millis>) -> Self {
        Self {
            sending: if intent.starts_with(LATE) {
                Sending::Late
            } else {
                Sending::First
            },
            at: at.unwrap_or(0),
        }
    }
}

impl Store {
    /// Gives every lease back. For a broker that starts on a folder that is its alone: whoever held one was killed.
    pub(crate) async fn clear_leases(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE grant_tokens SET lease = NULL, lease_until = NULL WHERE lease IS NOT NULL")
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Takes the lease on a grant's tokens for `owner` until `until`, unless another holds it.
    pub(crate) async fn lease_tokens(
        &self,
        grant: &GrantId,
        owner: &str,
        until: Millis,
    ) -> Result<bool, StoreError> {
        let taken = sqlx::query(
            "UPDATE grant_tokens SET lease = $1, lease_until = $2
             WHERE grant_id = $3 AND (lease IS NULL OR lease = $1 OR lease_until < $4)",
        )
        .bind(owner)
        .bind(until)
        .bind(grant.as_str())
        .bind(model::now())
        .execute(self.pool())
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Gives the lease back. Where the refresh token may be used up after all, the intent stays.
    pub(crate) async fn release_tokens(
        &self,
        grant: &GrantId,
        owner: &str,
        in_doubt: InDoubt,
    ) -> Result<(), StoreError> {
        let statement = match in_doubt {
            InDoubt::Yes => {
                "UPDATE grant_tokens SET lease = NULL, lease_until = NULL WHERE grant_id = $1 AND lease = $2"
            }
            InDoubt::No => {
                "UPDATE grant_tokens SET lease = NULL, lease_until = NULL, intent = NULL, attempted_at = NULL
                 WHERE grant_id = $1 AND lease = $2"
            }
        };
        sqlx::query(statement)
            .bind(grant.as_str())
            .bind(owner)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Notes that the refresh token is about to be sent. False when the lease or the version is another's by now.
    pub(crate) async fn note_intent(
        &self,
        grant: &Grant,
        owner: &str,
        sending: Sending,
    ) -> Result<bool, StoreError> {
        let intent = match sending {
            Sending::First => owner.to_owned(),
            Sending::Late => format!("{LATE}{owner}"),
        };
        // How long ago the first one left is what tells whether a provider still takes it.
        let noted = sqlx::query(
            "UPDATE grant_tokens SET intent = $1, attempted_at = COALESCE(attempted_at, $2)
             WHERE grant_id = $3 AND lease = $4 AND version = $5",
        )
        .bind(intent)
        .bind(model::now())
        .bind(grant.id.as_str())
        .bind(owner)
        .bind(grant.version)
        .execute(self.pool())
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Takes the note of a late attempt back to that of a first one: the provider said that it did nothing with it.
    pub(crate) async fn note_unanswered(&self, grant: &Grant, owner: &str) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE grant_tokens SET intent = $1 WHERE grant_id = $2 AND lease = $1 AND version = $3",
        )
        .bind(owner)
        .bind(grant.id.as_str())
        .bind(grant.version)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Writes what a refresh of `grant` brought and ends its lease. False when the tokens have another version by
    /// now, or are gone.
    pub(crate) async fn save_tokens(&self, grant: &Grant, tokens: &TokenSet) -> Result<bool, StoreError> {
        let sealed = self.sealed(grant, tokens)?;
        self.write_tokens(&grant.id, grant.version + 1, &sealed, tokens)
            .await
    }

    /// The tokens that follow those of `grant`, in the form that only [`save_sealed`](Self::save_sealed) can use.
    pub(crate) fn sealed(&self, grant: &Grant, tokens: &TokenSet) -> Result<Vec<u8>, StoreError> {
        seal(&grant.id, grant.version + 1, tokens, self.sealer())
    }

    /// [`save_tokens`](Self::save_tokens) of what was sealed before as `version`.
    pub(crate) async fn save_sealed(
        &self,
        grant: &GrantId,
        version: i64,
        sealed: &[u8],
    ) -> Result<bool, StoreError> {
        let plain = self.sealer().open(place(grant, version), sealed)?;
        let tokens: TokenSet = serde_json::from_slice(plain.expose())
            .map_err(|_| StoreError::corrupt("the tokens of a grant"))?;
        self.write_tokens(grant, version, sealed, &tokens).await
    }

    async fn write_tokens(
        &self,
        grant: &GrantId,
        version: i64,
        sealed: &[u8],
        tokens: &TokenSet,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let saved = sqlx::query(
            "UPDATE grant_tokens SET version = $1, sealed = $2, expires_at = $3,
                 lease = NULL, lease_until = NULL, intent = NULL, attempted_at = NULL
             WHERE grant_id = $4 AND version = $5",
        )
        .bind(version)
        .bind(sealed)
        .bind(tokens.expires_at())
        .bind(grant.as_str())
        .bind(version - 1)
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if saved {
            sqlx::query("UPDATE grants SET refreshed_at = $1, trouble = NULL WHERE id = $2")
                .bind(tokens.asked_at)
                .bind(grant.as_str())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(saved)
    }

    /// Notes why a grant is not refreshed.
    pub(crate) async fn note_trouble(&self, grant: &GrantId, trouble: &Trouble) -> Result<(), StoreError> {
        sqlx::query("UPDATE grants SET trouble = $1 WHERE id = $2")
            .bind(serde_json::to_string(trouble).map_err(StoreError::corrupt)?)
            .bind(grant.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Notes that a grant's token is given to its connector. True for whoever is the first to do so.
    pub(crate) async fn note_use(&self, grant: &GrantId) -> Result<bool, StoreError> {
        let noted = sqlx::query("UPDATE grants SET used_at = $1 WHERE id = $2 AND used_at IS NULL")
            .bind(model::now())
            .bind(grant.as_str())
            .execute(self.pool())
            .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Active grants at `provider` that were made or refreshed before `before`, the longest ago first.
    pub(crate) async fn grants_idle_since(
        &self,
        provider: &ProviderId,
        before: Millis,
        limit: i64,
    ) -> Result<Vec<GrantId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM grants WHERE provider_id = $1 AND state = 'active'
             AND COALESCE(refreshed_at, created_at) < $2 ORDER BY COALESCE(refreshed_at, created_at) LIMIT $3",
        )
        .bind(provider.as_str())
        .bind(before)
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        Ok(ids.into_iter().map(GrantId::from).collect())
    }
}
