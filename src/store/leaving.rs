//! Users who leave, and what becomes of what they authorized.

use sqlx::{Row as _, any::AnyRow};

use super::{Grant, Store, StoreError, grants::GRANT, revocations::queue};
use crate::model::{ConnectorId, GrantId, Owner, UserId};

/// What was a user's, who is gone.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    /// Gone with the user.
    pub(crate) grants: Vec<Grant>,
    /// In the care of somebody else from now on.
    pub(crate) passed: Vec<Passed>,
}

/// A grant that serves everybody, and has another admin.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) grant: GrantId,
    pub(crate) connector: ConnectorId,
    pub(crate) to: UserId,
}

impl Passed {
    fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            grant: GrantId::from(row.try_get::<String, _>("id")?),
            connector: ConnectorId::from(row.try_get::<String, _>("connector_id")?),
            to: UserId::from(row.try_get::<String, _>("user_id")?),
        })
    }
}

impl Store {
    /// Erases a user and, with the row, all that is the user's: tokens, links, browsers, grants, flows. What they made
    /// for a connector passes to the admin who has been there longest. `None` when there was no such user.
    pub(crate) async fn remove_user(&self, id: &UserId) -> Result<Option<Removed>, StoreError> {
        let mut tx = self.begin().await?;
        // A consent that is storing its grant has a hold on the row: it comes before, and its grant is seen below, or
        // finds no user.
        let lock = self.row_lock("FOR UPDATE");
        let user = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT id FROM users WHERE id = $1 {lock}"
        )))
        .bind(id.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        if user.is_none() {
            return Ok(None);
        }
        // What serves everybody goes on without whoever made it, in the care of another admin.
        let passed = sqlx::query(
            "UPDATE grants SET user_id = (
                 SELECT id FROM users WHERE id <> $1 AND roles LIKE '%admin%' ORDER BY created_at, id LIMIT 1)
             WHERE user_id = $1 AND owner = $2
                 AND EXISTS (SELECT 1 FROM users WHERE id <> $1 AND roles LIKE '%admin%')
             RETURNING id, connector_id, user_id",
        )
        .bind(id.as_str())
        .bind(Owner::Connector.as_str())
        .fetch_all(&mut *tx)
        .await?;
        let passed = passed.iter().map(Passed::read).collect::<Result<_, _>>()?;
        let lock = self.row_lock("FOR UPDATE OF g, t");
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {GRANT} WHERE g.user_id = $1 {lock}"
        )))
        .bind(id.as_str())
        .fetch_all(&mut *tx)
        .await?;
        let grants = self.readable(&rows);
        queue(&mut tx, &grants, self.sealer()).await?;
        sqlx::query("DELETE FROM users WHERE id = $1")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Some(Removed { grants, passed }))
    }
}
