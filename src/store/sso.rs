//! The OpenID provider that people sign in at, and who is whom there.

use sqlx::Row as _;

use super::{Store, StoreError, User, users};
use crate::{
    model::{self, GroupName, Role, Roles, UserId, UserName},
    seal::Place,
    secret::Secret,
};

/// The one row's id.
const ID: &str = "sso";

/// The settings as they stand.
#[derive(Debug, Clone)]
pub(crate) struct SsoRecord {
    /// JSON.
    pub(crate) settings: String,
    pub(crate) secret: Option<Secret<String>>,
    pub(crate) version: i64,
}

/// Somebody whom the provider vouches for.
#[derive(Debug)]
pub(crate) struct SsoAccount<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) email: &'a str,
    /// What a new user would like to be called; one that is free is taken.
    pub(crate) names: &'a [UserName],
    pub(crate) groups: &'a [GroupName],
}

impl Store {
    pub(crate) async fn sso(&self) -> Result<Option<SsoRecord>, StoreError> {
        let row = sqlx::query("SELECT settings, sealed, version FROM sso WHERE id = $1")
            .bind(ID)
            .fetch_optional(self.pool())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let version: i64 = row.try_get("version")?;
        let sealed: Option<Vec<u8>> = row.try_get("sealed")?;
        let secret = sealed
            .map(|sealed| -> Result<_, StoreError> {
                let plain = self.sealer().open(place(version), &sealed)?;
                let text = String::from_utf8(plain.expose().clone());
                text.map(Secret::new)
                    .map_err(|_| StoreError::corrupt("a client secret"))
            })
            .transpose()?;
        Ok(Some(SsoRecord {
            settings: row.try_get("settings")?,
            secret,
            version,
        }))
    }

    /// Replaces the settings; `None` takes them away.
    pub(crate) async fn set_sso(
        &self,
        settings: Option<(&str, Option<&Secret<String>>)>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let before: Option<i64> = sqlx::query_scalar("SELECT version FROM sso WHERE id = $1")
            .bind(ID)
            .fetch_optional(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM sso WHERE id = $1")
            .bind(ID)
            .execute(&mut *tx)
            .await?;
        if let Some((settings, secret)) = settings {
            let version = before.unwrap_or_default() + 1;
            let sealed = secret.map(|secret| self.sealer().seal(place(version), secret.expose().as_bytes()));
            sqlx::query("INSERT INTO sso (id, settings, sealed, version) VALUES ($1, $2, $3, $4)")
                .bind(ID)
                .bind(settings)
                .bind(sealed)
                .bind(version)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// The user whom an account belongs to, with the groups that it says; made where there is none. The second says
    /// whether it was.
    pub(crate) async fn sso_user(&self, account: &SsoAccount<'_>) -> Result<(User, bool), StoreError> {
        let (user, is_new) = match self.known_sso_user(account).await? {
            Some(user) => (user, false),
            None => match self.add_sso_user(account).await {
                Ok(user) => (user, true),
                // They have come twice at once.
                Err(StoreError::Conflict) => {
                    let known = self.known_sso_user(account).await?;
                    (known.ok_or(StoreError::Conflict)?, false)
                }
                Err(error) => return Err(error),
            },
        };
        self.set_groups(&user.id, ID, account.groups).await?;
        Ok((user, is_new))
    }

    async fn known_sso_user(&self, account: &SsoAccount<'_>) -> Result<Option<User>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {} FROM users JOIN sso_accounts s ON s.user_id = users.id
             WHERE s.issuer = $1 AND s.subject = $2",
            users::COLUMNS
        )))
        .bind(account.issuer)
        .bind(account.subject)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| users::read(&row)).transpose()
    }

    async fn add_sso_user(&self, account: &SsoAccount<'_>) -> Result<User, StoreError> {
        let mut tx = self.begin().await?;
        let mut added = None;
        for name in account.names {
            let row = sqlx::query(sqlx::AssertSqlSafe(format!(
                "INSERT INTO users (id, name, roles, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (name) DO NOTHING RETURNING {}",
                users::COLUMNS
            )))
            .bind(UserId::random().as_str())
            .bind(name.as_str())
            .bind(Roles::new([Role::Member]).to_string())
            .bind(model::now())
            .fetch_optional(&mut *tx)
            .await?;
            if let Some(row) = row {
                added = Some(users::read(&row)?);
                break;
            }
        }
        let user = added.ok_or(StoreError::Conflict)?;
        sqlx::query("INSERT INTO sso_accounts (issuer, subject, user_id, email) VALUES ($1, $2, $3, $4)")
            .bind(account.issuer)
            .bind(account.subject)
            .bind(user.id.as_str())
            .bind(account.email)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(user)
    }
}

/// Where the client secret is sealed.
pub(super) fn place(version: i64) -> Place<'static> {
    Place {
        row: ID,
        field: "client secret",
        version,
    }
}
