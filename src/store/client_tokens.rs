//! Codes and tokens of MCP clients, by their hashes.
//!
//! All that comes of one authorization code is a family: a code or a refresh token that is used when it must not be
//! any more was in two hands, and ends its family.

use sqlx::{AnyConnection, Row as _};

use super::{Store, StoreError, Transaction, User, users};
use crate::model::{ConnectorName, ConsentId, Digest, Millis};

/// How long a used code is known.
const KNOWN: Millis = 24 * 3600 * 1000;
/// How many unused tokens of a kind a family may have; the oldest make room.
const SIBLINGS: i64 = 32;

#[derive(Debug)]
pub(crate) struct NewCode<'a> {
    pub(crate) hash: &'a Digest,
    pub(crate) consent: &'a ConsentId,
    pub(crate) redirect_uri: &'a str,
    /// Of PKCE, with S256.
    pub(crate) challenge: &'a str,
    pub(crate) scope: &'a str,
    pub(crate) now: Millis,
    pub(crate) expires_at: Millis,
}

/// A code that was given out, used or not.
#[derive(Debug)]
pub(crate) struct CodeRecord {
    pub(crate) client: String,
    pub(crate) connector: ConnectorName,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) scope: String,
    pub(crate) expires_at: Millis,
}

/// A refresh token that was given out, used or not.
#[derive(Debug)]
pub(crate) struct RefreshRecord {
    pub(crate) client: String,
    pub(crate) connector: ConnectorName,
    pub(crate) scope: String,
    pub(crate) expires_at: Millis,
}

/// Tokens to be given out: hashes and when they end.
#[derive(Debug)]
pub(crate) struct Issue {
    pub(crate) access: (Digest, Millis),
    pub(crate) refresh: Option<(Digest, Millis)>,
    pub(crate) now: Millis,
}

/// Whose an access token is, and what it is good for.
#[derive(Debug)]
pub(crate) struct ClientToken {
    pub(crate) user: User,
    pub(crate) consent: ConsentId,
    pub(crate) connector: ConnectorName,
    pub(crate) scope: String,
    pub(crate) expires_at: Millis,
}

impl Store {
    pub(crate) async fn add_code(&self, code: &NewCode<'_>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM codes WHERE expires_at < $1")
            .bind(code.now - KNOWN)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO codes (hash, consent_id, redirect_uri, challenge, scope, family, expires_at)
             VALUES ($1, $2, $3, $4, $5, $1, $6)",
        )
        .bind(code.hash.as_str())
        .bind(code.consent.as_str())
        .bind(code.redirect_uri)
        .bind(code.challenge)
        .bind(code.scope)
        .bind(code.expires_at)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn code(&self, hash: &Digest) -> Result<Option<CodeRecord>, StoreError> {
        let row = sqlx::query(
            "SELECT d.redirect_uri, d.challenge, d.scope, d.expires_at, s.client_id, n.name
             FROM codes d JOIN consents s ON s.id = d.consent_id JOIN connectors n ON n.id = s.connector_id
             WHERE d.hash = $1",
        )
        .bind(hash.as_str())
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(CodeRecord {
                client: row.try_get("client_id")?,
                connector: row
                    .try_get::<String, _>("name")?
                    .parse()
                    .map_err(StoreError::corrupt)?,
                redirect_uri: row.try_get("redirect_uri")?,
                challenge: row.try_get("challenge")?,
                scope: row.try_get("scope")?,
                expires_at: row.try_get("expires_at")?,
            })
        })
        .transpose()
    }

    /// Uses a code up and stores what it gives. False when it was used before: then what it gave is gone. With nothing
    /// to issue, a code that was brought wrongly is used up all the same.
    pub(crate) async fn redeem_code(
        &self,
        hash: &Digest,
        now: Millis,
        issue: Option<&Issue>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "UPDATE codes SET used_at = $1 WHERE hash = $2 AND used_at IS NULL
             RETURNING consent_id, family, scope",
        )
        .bind(now)
        .bind(hash.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            let family: Option<String> = sqlx::query_scalar("SELECT family FROM codes WHERE hash = $1")
                .bind(hash.as_str())
                .fetch_optional(&mut *tx)
                .await?;
            end_family(&mut tx, &family.unwrap_or_default()).await?;
            tx.commit().await?;
            return Ok(false);
        };
        if let Some(issue) = issue {
            let family = Family {
                consent: row.try_get("consent_id")?,
                id: row.try_get("family")?,
                scope: row.try_get("scope")?,
            };
            add(&mut tx, &family, issue).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    pub(crate) async fn refresh_token(&self, hash: &Digest) -> Result<Option<RefreshRecord>, StoreError> {
        let row = sqlx::query(
            "SELECT t.scope, t.expires_at, s.client_id, n.name
             FROM client_tokens t JOIN consents s ON s.id = t.consent_id
             JOIN connectors n ON n.id = s.connector_id
             WHERE t.hash = $1 AND t.kind = 'refresh'",
        )
        .bind(hash.as_str())
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(RefreshRecord {
                client: row.try_get("client_id")?,
                connector: row
                    .try_get::<String, _>("name")?
                    .parse()
                    .map_err(StoreError::corrupt)?,
                scope: row.try_get("scope")?,
                expires_at: row.try_get("expires_at")?,
            })
        })
        .transpose()
    }

    /// Takes a refresh token for new ones. It counts for `grace` more, since clients refresh in parallel; false when it
    /// was first used longer ago: then its family is gone.
    pub(crate) async fn rotate(
        &self,
        hash: &Digest,
        issue: &Issue,
        grace: Millis,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "UPDATE client_tokens SET used_at = COALESCE(used_at, $1) WHERE hash = $2 AND kind = 'refresh'
             RETURNING consent_id, family, scope, used_at",
        )
        .bind(issue.now)
        .bind(hash.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Ok(false);
        };
        let family = Family {
            consent: row.try_get("consent_id")?,
            id: row.try_get("family")?,
            scope: row.try_get("scope")?,
        };
        let first: Millis = row.try_get("used_at")?;
        let good = issue.now - first <= grace;
        if good {
            add(&mut tx, &family, issue).await?;
        } else {
            end_family(&mut tx, &family.id).await?;
        }
        tx.commit().await?;
        Ok(good)
    }

    /// Whose access token this is; `None` when there is none or it has expired.
    pub(crate) async fn client_token(
        &self,
        hash: &Digest,
        now: Millis,
    ) -> Result<Option<ClientToken>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {}, n.name AS connector_name, t.consent_id, t.scope, t.expires_at
             FROM client_tokens t JOIN consents s ON s.id = t.consent_id
             JOIN users ON users.id = s.user_id JOIN connectors n ON n.id = s.connector_id
             WHERE t.hash = $1 AND t.kind = 'access' AND t.expires_at > $2",
            users::COLUMNS
        )))
        .bind(hash.as_str())
        .bind(now)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(ClientToken {
                user: users::read(&row)?,
                consent: row.try_get::<String, _>("consent_id")?.into(),
                connector: row
                    .try_get::<String, _>("connector_name")?
                    .parse()
                    .map_err(StoreError::corrupt)?,
                scope: row.try_get("scope")?,
                expires_at: row.try_get("expires_at")?,
            })
        })
        .transpose()
    }

    /// Ends a token of `client`: an access token alone, a refresh token with its family (RFC 7009 §2.1).
    pub(crate) async fn revoke_client_token(&self, hash: &Digest, client: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "DELETE FROM client_tokens WHERE hash = $1
             AND consent_id IN (SELECT id FROM consents WHERE client_id = $2) RETURNING kind, family",
        )
        .bind(hash.as_str())
        .bind(client)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(false) };
        if row.try_get::<String, _>("kind")? == "refresh" {
            end_family(&mut tx, &row.try_get::<String, _>("family")?).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// What the tokens of one code have in common.
struct Family {
    consent: String,
    id: String,
    scope: String,
}

async fn add(tx: &mut Transaction, family: &Family, issue: &Issue) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM client_tokens WHERE expires_at < $1")
        .bind(issue.now)
        .execute(&mut **tx)
        .await?;
    let tokens = [
        ("access", Some(&issue.access)),
        ("refresh", issue.refresh.as_ref()),
    ];
    for (kind, token) in tokens {
        let Some((hash, expires_at)) = token else { continue };
        sqlx::query(
            "DELETE FROM client_tokens WHERE family = $1 AND kind = $2 AND used_at IS NULL AND hash NOT IN (
                 SELECT hash FROM client_tokens WHERE family = $1 AND kind = $2 AND used_at IS NULL
                 ORDER BY created_at DESC, hash LIMIT $3)",
        )
        .bind(&family.id)
        .bind(kind)
        .bind(SIBLINGS - 1)
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "INSERT INTO client_tokens (hash, kind, consent_id, family, scope, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(hash.as_str())
        .bind(kind)
        .bind(&family.consent)
        .bind(&family.id)
        .bind(&family.scope)
        .bind(issue.now)
        .bind(expires_at)
        .execute(&mut **tx)
        .await?;
    }
    sqlx::query("UPDATE consents SET used_at = $1 WHERE id = $2")
        .bind(issue.now)
        .bind(&family.consent)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn end_family(connection: &mut AnyConnection, family: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM client_tokens WHERE family = $1")
        .bind(family)
        .execute(connection)
        .await?;
    Ok(())
}
