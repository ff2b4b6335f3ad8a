//! Users.

use sqlx::Row as _;

use super::{Store, StoreError};
use crate::model::{self, Millis, Roles, UserId, UserName};

/// A user as the store keeps one.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) name: UserName,
    pub(crate) roles: Roles,
    pub(crate) created_at: Millis,
}

/// The columns of a user, for [`read`].
pub(super) const COLUMNS: &str = "users.id, users.name, users.roles, users.created_at";

impl Store {
    /// Fails with [`StoreError::Conflict`] when the name is taken.
    pub(crate) async fn add_user(&self, name: &UserName, roles: &Roles) -> Result<User, StoreError> {
        let user = User {
            id: UserId::random(),
            name: name.clone(),
            roles: roles.clone(),
            created_at: model::now(),
        };
        sqlx::query("INSERT INTO users (id, name, roles, created_at) VALUES ($1, $2, $3, $4)")
            .bind(user.id.as_str())
            .bind(user.name.as_str())
            .bind(user.roles.to_string())
            .bind(user.created_at)
            .execute(self.pool())
            .await?;
        Ok(user)
    }

    pub(crate) async fn user_named(&self, name: &UserName) -> Result<Option<User>, StoreError> {
        sqlx::query("SELECT id, name, roles, created_at FROM users WHERE name = $1")
            .bind(name.as_str())
            .fetch_optional(self.pool())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// What a user may do; `None` when there is no such user.
    pub(crate) async fn roles_of(&self, id: &UserId) -> Result<Option<Roles>, StoreError> {
        sqlx::query("SELECT id, name, roles, created_at FROM users WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(self.pool())
            .await?
            .map(|row| read(&row).map(|user| user.roles))
            .transpose()
    }

    /// Every user, by name.
    pub(crate) async fn users(&self) -> Result<Vec<User>, StoreError> {
        sqlx::query("SELECT id, name, roles, created_at FROM users ORDER BY name")
            .fetch_all(self.pool())
            .await?
            .iter()
            .map(read)
            .collect()
    }
}

/// Reads a row that has a user's columns.
pub(super) fn read(row: &sqlx::any::AnyRow) -> Result<User, StoreError> {
    Ok(User {
        id: row.try_get::<String, _>("id")?.into(),
        name: row
            .try_get::<String, _>("name")?
            .parse()
            .map_err(StoreError::corrupt)?,
        roles: row
            .try_get::<String, _>("roles")?
            .parse()
            .map_err(StoreError::corrupt)?,
        created_at: row.try_get("created_at")?,
    })
}
