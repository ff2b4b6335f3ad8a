//! Third-party OAuth settings, and which connector uses which of them.

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{Store, StoreError};
use crate::{
    model::{
        self, ClientAuth, ConnectorId, ConnectorName, Discovered, GrantType, Mapping, Millis, Owner,
        ProviderId, ProviderName, ProviderSettings, Rotation, Trouble,
    },
    seal::{Place, Sealer},
    secret::Secret,
};

/// One registration at a third party.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    pub(crate) id: ProviderId,
    pub(crate) name: ProviderName,
    pub(crate) version: i64,
    pub(crate) settings: ProviderSettings,
    /// `None` for a public client.
    pub(crate) client_secret: Option<Secret<String>>,
    /// The way that worked; `None` until one did.
    pub(crate) client_auth: Option<ClientAuth>,
    /// What the provider has against the client.
    pub(crate) trouble: Option<Trouble>,
    /// What its issuer said of itself when it was set.
    pub(crate) discovered: Option<Discovered>,
}

impl Provider {
    /// What becomes of what a refresh sends.
    pub(crate) fn rotation(&self) -> Rotation {
        match self.settings.grant {
            GrantType::AuthorizationCode => self.settings.rotation,
            // There is no refresh token to use up.
            GrantType::ClientCredentials => Rotation::None,
        }
    }

    /// How the client authenticates: as its admin says, else as it was found out.
    pub(crate) fn auth(&self) -> Option<ClientAuth> {
        self.settings.client_auth.or(match self.client_secret {
            None => Some(ClientAuth::None),
            Some(_) => self.client_auth,
        })
    }
}

/// As the registry of RFC 8414 §2 names it.
fn auth_name(auth: ClientAuth) -> &'static str {
    match auth {
        ClientAuth::Basic => "client_secret_basic",
        ClientAuth::Post => "client_secret_post",
        ClientAuth::None => "none",
    }
}

fn read_auth(text: &str) -> Result<ClientAuth, StoreError> {
    [ClientAuth::Basic, ClientAuth::Post, ClientAuth::None]
        .into_iter()
        .find(|known| auth_name(*known) == text)
        .ok_or_else(|| StoreError::corrupt(format!("client authentication {text:?}")))
}

/// A connector's use of a provider.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) provider: Provider,
    pub(crate) mapping: Mapping,
    pub(crate) scopes: Vec<String>,
    /// As the admin says; what counts is [`owner`](Self::owner).
    pub(crate) owner: Owner,
    /// Grows with every change of the mapping or the scopes.
    pub(crate) version: i64,
}

impl Connection {
    /// Whose grants are used. A client's own belong to nobody.
    pub(crate) fn owner(&self) -> Owner {
        match self.provider.settings.grant {
            GrantType::ClientCredentials => Owner::Connector,
            GrantType::AuthorizationCode => self.owner,
        }
    }
}

const PROVIDER: &str =
    "p.id, p.name, p.version, p.settings, p.sealed, p.client_auth, p.trouble, p.discovered";
const CONNECTION: &str =
    "p.id, p.name, p.version, p.settings, p.sealed, p.client_auth, p.trouble, p.discovered,
    c.mapping, c.scope, c.owner, c.version AS connection_version
    FROM connections c JOIN providers p ON p.id = c.provider_id";

impl Store {
    pub(crate) async fn provider(&self, name: &ProviderName) -> Result<Option<Provider>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {PROVIDER} FROM providers p WHERE p.name = $1"
        )))
        .bind(name.as_str())
        .fetch_optional(self.pool())
        .await?
        .map(|row| read_provider(&row, self.sealer()))
        .transpose()
    }

    pub(crate) async fn providers(&self) -> Result<Vec<Provider>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {PROVIDER} FROM providers p ORDER BY p.name"
        )))
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(|row| read_provider(row, self.sealer())).collect()
    }

    /// What a connector uses, by the providers' names.
    pub(crate) async fn connections_of(
        &self,
        connector: &ConnectorId,
    ) -> Result<Vec<Connection>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {CONNECTION} WHERE c.connector_id = $1 ORDER BY p.name"
        )))
        .bind(connector.as_str())
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| read_connection(row, self.sealer()))
            .collect()
    }

    /// How a connector uses a provider, if it does.
    pub(crate) async fn connection(
        &self,
        connector: &ConnectorId,
        provider: &ProviderId,
    ) -> Result<Option<Connection>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {CONNECTION} WHERE c.connector_id = $1 AND c.provider_id = $2"
        )))
        .bind(connector.as_str())
        .bind(provider.as_str())
        .fetch_optional(self.pool())
        .await?
        .map(|row| read_connection(&row, self.sealer()))
        .transpose()
    }

    /// Writes one of a connector's connections together with its provider, which is found by its id or made; both
    /// versions must be the ones that were read (0 for new ones), and the connector must use the providers `beside` in the
    /// same versions still, else it is a conflict: what they put where was looked at together.
    pub(crate) async fn put_connection(
        &self,
        connector: &ConnectorId,
        connection: &Connection,
        beside: &[Connection],
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let provider = &connection.provider;
        // Whoever sets another provider of the same connector waits.
        let lock = self.row_lock("FOR UPDATE");
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT id FROM connectors WHERE id = $1 {lock}"
        )))
        .bind(connector.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let others: Vec<(String, i64)> = sqlx::query_as(
            "SELECT provider_id, version FROM connections WHERE connector_id = $1 AND provider_id <> $2",
        )
        .bind(connector.as_str())
        .bind(provider.id.as_str())
        .fetch_all(&mut *tx)
        .await?;
        let is_known = |(id, version): &(String, i64)| {
            beside
                .iter()
                .any(|known| known.provider.id.as_str() == id && known.version == *version)
        };
        if others.len() != beside.len() || !others.iter().all(is_known) {
            return Err(StoreError::Conflict);
        }
        put_provider(&mut tx, provider, self.sealer()).await?;
        let written = sqlx::query(
            "INSERT INTO connections (connector_id, provider_id, mapping, scope, version, owner)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (connector_id, provider_id) DO UPDATE
             SET mapping = $3, scope = $4, version = $5, owner = $6
             WHERE connections.version = $5 - 1",
        )
        .bind(connector.as_str())
        .bind(provider.id.as_str())
        .bind(serde_json::to_string(&connection.mapping).map_err(StoreError::corrupt)?)
        .bind(connection.scopes.join(" "))
        .bind(connection.version + 1)
        .bind(connection.owner.as_str())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if written == 0 {
            return Err(StoreError::Conflict);
        }
        Ok(tx.commit().await?)
    }

    /// Forgets a connector's connection with a provider; from then on no grant is stored for it. False when it had none.
    pub(crate) async fn drop_connection(
        &self,
        connector: &ConnectorId,
        provider: &ProviderId,
    ) -> Result<bool, StoreError> {
        let dropped = sqlx::query("DELETE FROM connections WHERE connector_id = $1 AND provider_id = $2")
            .bind(connector.as_str())
            .bind(provider.as_str())
            .execute(self.pool())
            .await?;
        Ok(dropped.rows_affected() == 1)
    }

    /// The same with all of its connections.
    pub(crate) async fn drop_connections(&self, connector: &ConnectorId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM connections WHERE connector_id = $1")
            .bind(connector.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Drops the providers that no connector uses and no grant was made at.
    pub(crate) async fn drop_unused_providers(&self) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM providers WHERE id NOT IN (SELECT provider_id FROM connections)
             AND id NOT IN (SELECT provider_id FROM grants)",
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// The connectors that use a provider, by name, each with the scopes that it asks for.
    pub(crate) async fn connectors_of(
        &self,
        provider: &ProviderId,
    ) -> Result<Vec<(ConnectorName, Vec<String>)>, StoreError> {
        let rows = sqlx::query(
            "SELECT n.name, c.scope FROM connections c JOIN connectors n ON n.id = c.connector_id
             WHERE c.provider_id = $1 ORDER BY n.name",
        )
        .bind(provider.as_str())
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                let name: String = row.try_get(0)?;
                let scope: String = row.try_get(1)?;
                Ok((
                    name.parse().map_err(StoreError::corrupt)?,
                    scope.split_whitespace().map(str::to_owned).collect(),
                ))
            })
            .collect()
    }

    /// The providers whose issuers' documents were last read before `instant`.
    pub(crate) async fn providers_read_before(&self, instant: Millis) -> Result<Vec<Provider>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {PROVIDER} FROM providers p WHERE p.discovered IS NOT NULL"
        )))
        .fetch_all(self.pool())
        .await?;
        let mut due = Vec::new();
        for row in &rows {
            let provider = read_provider(row, self.sealer())?;
            if provider
                .discovered
                .as_ref()
                .is_some_and(|pinned| pinned.read_at < instant)
            {
                due.push(provider);
            }
        }
        Ok(due)
    }

    /// Notes what a provider's issuer says of itself by now, unless the settings have changed since.
    pub(crate) async fn note_discovered(
        &self,
        provider: &Provider,
        discovered: &Discovered,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE providers SET discovered = $1 WHERE id = $2 AND version = $3")
            .bind(serde_json::to_string(discovered).map_err(StoreError::corrupt)?)
            .bind(provider.id.as_str())
            .bind(provider.version)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Remembers how the provider takes the client's secret, unless its settings have changed since.
    pub(crate) async fn note_client_auth(
        &self,
        provider: &Provider,
        auth: ClientAuth,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE providers SET client_auth = $1 WHERE id = $2 AND version = $3")
            .bind(auth_name(auth))
            .bind(provider.id.as_str())
            .bind(provider.version)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Notes what a provider has against the client of these settings. True for whoever is the first to say so.
    pub(crate) async fn note_client_trouble(
        &self,
        provider: &Provider,
        trouble: &Trouble,
    ) -> Result<bool, StoreError> {
        let noted = sqlx::query(
            "UPDATE providers SET trouble = $1 WHERE id = $2 AND version = $3 AND trouble IS NULL",
        )
        .bind(serde_json::to_string(trouble).map_err(StoreError::corrupt)?)
        .bind(provider.id.as_str())
        .bind(provider.version)
        .execute(self.pool())
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Takes such a note back. True for whoever is the first to do so.
    pub(crate) async fn end_client_trouble(&self, provider: &Provider) -> Result<bool, StoreError> {
        let ended = sqlx::query("UPDATE providers SET trouble = NULL WHERE id = $1 AND trouble IS NOT NULL")
            .bind(provider.id.as_str())
            .execute(self.pool())
            .await?;
        Ok(ended.rows_affected() == 1)
    }
}

/// A provider as a transaction sees it.
pub(super) async fn provider_in(
    tx: &mut AnyConnection,
    id: &ProviderId,
    sealer: &Sealer,
) -> Result<Option<Provider>, StoreError> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {PROVIDER} FROM providers p WHERE p.id = $1"
    )))
    .bind(id.as_str())
    .fetch_optional(tx)
    .await?
    .map(|row| read_provider(&row, sealer))
    .transpose()
}

pub(super) fn secret_place(id: &ProviderId, version: i64) -> Place<'_> {
    Place {
        row: id.as_str(),
        field: "client_secret",
        version,
    }
}

async fn put_provider(
    tx: &mut AnyConnection,
    provider: &Provider,
    sealer: &Sealer,
) -> Result<(), StoreError> {
    // The sealed secret is bound to the version, so every write seals it again.
    let version = provider.version + 1;
    let sealed = provider
        .client_secret
        .as_ref()
        .map(|secret| sealer.seal(secret_place(&provider.id, version), secret.expose().as_bytes()));
    let discovered = provider.discovered.as_ref().map(serde_json::to_string);
    let discovered = discovered.transpose().map_err(StoreError::corrupt)?;
    let written = sqlx::query(
        "INSERT INTO providers (id, name, version, settings, sealed, client_auth, created_at, discovered)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET version = $3, settings = $4, sealed = $5, client_auth = $6,
             trouble = NULL, discovered = $8
         WHERE providers.version = $3 - 1",
    )
    .bind(provider.id.as_str())
    .bind(provider.name.as_str())
    .bind(version)
    .bind(serde_json::to_string(&provider.settings).map_err(StoreError::corrupt)?)
    .bind(sealed)
    .bind(provider.client_auth.map(auth_name))
    .bind(model::now())
    .bind(discovered)
    .execute(tx)
    .await?
    .rows_affected();
    if written == 0 {
        return Err(StoreError::Conflict);
    }
    Ok(())
}

fn read_connection(row: &AnyRow, sealer: &Sealer) -> Result<Connection, StoreError> {
    let mapping: String = row.try_get("mapping")?;
    let scope: String = row.try_get("scope")?;
    let owner: String = row.try_get("owner")?;
    Ok(Connection {
        owner: owner.parse().map_err(StoreError::corrupt)?,
        provider: read_provider(row, sealer)?,
        mapping: serde_json::from_str(&mapping).map_err(StoreError::corrupt)?,
        scopes: scope.split_whitespace().map(str::to_owned).collect(),
        version: row.try_get("connection_version")?,
    })
}

fn read_provider(row: &AnyRow, sealer: &Sealer) -> Result<Provider, StoreError> {
    let id = ProviderId::from(row.try_get::<String, _>("id")?);
    let version: i64 = row.try_get("version")?;
    let name: String = row.try_get("name")?;
    let settings: String = row.try_get("settings")?;
    let sealed: Option<Vec<u8>> = row.try_get("sealed")?;
    let client_auth: Option<String> = row.try_get("client_auth")?;
    let trouble: Option<String> = row.try_get("trouble")?;
    let discovered: Option<String> = row.try_get("discovered")?;
    Ok(Provider {
        client_secret: sealed
            .map(|sealed| sealer.open_text(secret_place(&id, version), &sealed))
            .transpose()?,
        name: name.parse().map_err(StoreError::corrupt)?,
        settings: serde_json::from_str(&settings).map_err(StoreError::corrupt)?,
        client_auth: client_auth.as_deref().map(read_auth).transpose()?,
        trouble: trouble
            .map(|trouble| serde_json::from_str(&trouble).map_err(StoreError::corrupt))
            .transpose()?,
        discovered: discovered
            .map(|text| serde_json::from_str(&text).map_err(StoreError::corrupt))
            .transpose()?,
        id,
        version,
    })
}
