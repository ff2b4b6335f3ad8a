//! MCP clients, and which of them each user has let in.

use serde::{Deserialize, Serialize};
use sqlx::{Row as _, any::AnyRow};

use super::{Store, StoreError};
use crate::model::{self, ConnectorId, ConnectorName, ConsentId, Millis, UserId, UserName};

/// An MCP client as the store keeps one.
#[derive(Debug, Clone)]
pub(crate) struct ClientRecord {
    pub(crate) id: String,
    /// What it calls itself.
    pub(crate) name: String,
    pub(crate) metadata: ClientMetadata,
    /// SHA-256 of its secret; absent for a public client.
    pub(crate) secret_hash: Option<String>,
}

/// What a client said of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClientMetadata {
    pub(crate) redirect_uris: Vec<String>,
    /// Whether it wants refresh tokens.
    pub(crate) refreshes: bool,
}

/// A user's word for a client and a connector.
#[derive(Debug)]
pub(crate) struct NewConsent<'a> {
    pub(crate) client: &'a ClientRecord,
    pub(crate) user: &'a UserId,
    pub(crate) connector: &'a ConnectorId,
    pub(crate) redirect_uri: &'a str,
    pub(crate) scope: &'a str,
}

/// The same, as it stands.
#[derive(Debug, Clone)]
pub(crate) struct ConsentRecord {
    pub(crate) id: ConsentId,
    pub(crate) client: String,
    pub(crate) client_name: String,
    pub(crate) user: UserName,
    pub(crate) connector: ConnectorName,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) created_at: Millis,
    /// When it last led to a token.
    pub(crate) used_at: Millis,
}

const CONSENTS: &str =
    "SELECT s.id, s.client_id, c.name AS client_name, u.name AS user_name, n.name AS connector_name,
            s.redirect_uri, s.scope, s.created_at, s.used_at
     FROM consents s JOIN clients c ON c.id = s.client_id JOIN users u ON u.id = s.user_id
     JOIN connectors n ON n.id = s.connector_id";

impl Store {
    /// Adds a client that registered itself. Those that nobody let in go when they are older than `unused_since`, and
    /// the oldest of them when there are more than `most`: registering costs nothing, and must not fill the disk.
    pub(crate) async fn add_client(
        &self,
        client: &ClientRecord,
        unused_since: Millis,
        most: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM clients WHERE used_at IS NULL AND created_at < $1")
            .bind(unused_since)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "DELETE FROM clients WHERE used_at IS NULL AND id NOT IN (
                 SELECT id FROM clients WHERE used_at IS NULL ORDER BY created_at DESC, id LIMIT $1)",
        )
        .bind(most - 1)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO clients (id, name, metadata, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&client.id)
        .bind(&client.name)
        .bind(serde_json::to_string(&client.metadata).map_err(StoreError::corrupt)?)
        .bind(client.secret_hash.as_deref())
        .bind(model::now())
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn client(&self, id: &str) -> Result<Option<ClientRecord>, StoreError> {
        let row = sqlx::query("SELECT id, name, metadata, secret_hash FROM clients WHERE id = $1")
            .bind(id)
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| {
            let metadata: String = row.try_get("metadata")?;
            Ok(ClientRecord {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                metadata: serde_json::from_str(&metadata).map_err(StoreError::corrupt)?,
                secret_hash: row.try_get("secret_hash")?,
            })
        })
        .transpose()
    }

    /// Notes that a user lets a client in, and what the client says of itself now. Whoever does it again keeps the id.
    pub(crate) async fn put_consent(&self, new: &NewConsent<'_>) -> Result<ConsentId, StoreError> {
        let now = model::now();
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO clients (id, name, metadata, secret_hash, created_at, used_at)
             VALUES ($1, $2, $3, $4, $5, $5)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, metadata = excluded.metadata,
                 used_at = excluded.used_at",
        )
        .bind(&new.client.id)
        .bind(&new.client.name)
        .bind(serde_json::to_string(&new.client.metadata).map_err(StoreError::corrupt)?)
        .bind(new.client.secret_hash.as_deref())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let id: String = sqlx::query_scalar(
            "INSERT INTO consents
                 (id, client_id, user_id, connector_id, redirect_uri, scope, created_at, used_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (client_id, user_id, connector_id) DO UPDATE SET
                 redirect_uri = excluded.redirect_uri, scope = excluded.scope, used_at = excluded.used_at
             RETURNING id",
        )
        .bind(ConsentId::random().as_str())
        .bind(&new.client.id)
        .bind(new.user.as_str())
        .bind(new.connector.as_str())
        .bind(new.redirect_uri)
        .bind(new.scope)
        .bind(now)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id.into())
    }

    /// What a user said of a client and a connector before.
    pub(crate) async fn consent(
        &self,
        client: &str,
        user: &UserId,
        connector: &ConnectorId,
    ) -> Result<Option<ConsentRecord>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "{CONSENTS} WHERE s.client_id = $1 AND s.user_id = $2 AND s.connector_id = $3"
        )))
        .bind(client)
        .bind(user.as_str())
        .bind(connector.as_str())
        .fetch_optional(self.pool())
        .await?
        .map(|row| read(&row))
        .transpose()
    }

    /// Whom one user has let in, or everybody has; the last used first.
    pub(crate) async fn consents(&self, user: Option<&UserId>) -> Result<Vec<ConsentRecord>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "{CONSENTS} WHERE $1 = '' OR s.user_id = $1 ORDER BY s.used_at DESC, s.id"
        )))
        .bind(user.map_or("", UserId::as_str))
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// Takes a consent back, with every code and token that came of it; only that of `user` where one is named.
    pub(crate) async fn remove_consent(
        &self,
        id: &ConsentId,
        user: Option<&UserId>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM consents WHERE id = $1 AND ($2 = '' OR user_id = $2)")
            .bind(id.as_str())
            .bind(user.map_or("", UserId::as_str))
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

fn read(row: &AnyRow) -> Result<ConsentRecord, StoreError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    Ok(ConsentRecord {
        id: text("id")?.into(),
        client: text("client_id")?,
        client_name: text("client_name")?,
        user: text("user_name")?.parse().map_err(StoreError::corrupt)?,
        connector: text("connector_name")?.parse().map_err(StoreError::corrupt)?,
        redirect_uri: text("redirect_uri")?,
        scope: text("scope")?,
        created_at: row.try_get("created_at")?,
        used_at: row.try_get("used_at")?,
    })
}
