//! Command lines that are signing in: by a code that their browser brings back, or by one that somebody types.

use sqlx::Row as _;

use super::{Store, StoreError};
use crate::model::{Digest, Millis, UserId};

/// A code that a browser brings to a command line.
#[derive(Debug)]
pub(crate) struct LoginCode {
    pub(crate) user: UserId,
    pub(crate) host: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) expires_at: Millis,
}

/// A command line that waits until its code is typed.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) user_code: String,
    pub(crate) host: String,
    /// Where it asks from; empty where that is not known.
    pub(crate) address: String,
    pub(crate) created_at: Millis,
    pub(crate) expires_at: Millis,
}

/// What a command line that asks is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Poll {
    Unknown,
    Expired,
    Pending,
    /// It asked too early; it has to leave so many milliseconds from now on.
    Early(Millis),
    Denied,
    /// This once.
    Allowed {
        user: UserId,
        host: String,
    },
}

/// How much longer the pause gets for one that asks too early (RFC 8628 §3.5).
const SLOWER: Millis = 5_000;

impl Store {
    pub(crate) async fn add_login_code(&self, hash: &Digest, code: &LoginCode) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO login_codes (hash, user_id, host, redirect_uri, challenge, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(hash.as_str())
        .bind(code.user.as_str())
        .bind(&code.host)
        .bind(&code.redirect_uri)
        .bind(&code.challenge)
        .bind(code.expires_at)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Uses a code up; expired ones go too.
    pub(crate) async fn take_login_code(
        &self,
        hash: &Digest,
        now: Millis,
    ) -> Result<Option<LoginCode>, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM login_codes WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *tx)
            .await?;
        let row = sqlx::query(
            "DELETE FROM login_codes WHERE hash = $1
             RETURNING user_id, host, redirect_uri, challenge, expires_at",
        )
        .bind(hash.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let code = row
            .map(|row| {
                Ok::<_, StoreError>(LoginCode {
                    user: row.try_get::<String, _>("user_id")?.into(),
                    host: row.try_get("host")?,
                    redirect_uri: row.try_get("redirect_uri")?,
                    challenge: row.try_get("challenge")?,
                    expires_at: row.try_get("expires_at")?,
                })
            })
            .transpose()?;
        tx.commit().await?;
        Ok(code)
    }

    /// Adds one that may ask every `pause` milliseconds, and lets go of those that ended before `gone`. False when
    /// there are `most` already; [`StoreError::Conflict`] when the code is taken.
    pub(crate) async fn add_device(
        &self,
        hash: &Digest,
        device: &Device,
        pause: Millis,
        gone: Millis,
        most: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM devices WHERE expires_at <= $1")
            .bind(gone)
            .execute(&mut *tx)
            .await?;
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM devices")
            .fetch_one(&mut *tx)
            .await?;
        if count >= most {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO devices (hash, user_code, host, address, state, pause, polled_at, created_at, expires_at)
             VALUES ($1, $2, $3, $4, 'asked', $5, $6, $6, $7)",
        )
        .bind(hash.as_str())
        .bind(&device.user_code)
        .bind(&device.host)
        .bind(&device.address)
        .bind(pause)
        .bind(device.created_at)
        .bind(device.expires_at)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The one whose code was typed, as long as nobody has answered it.
    pub(crate) async fn device(&self, user_code: &str, now: Millis) -> Result<Option<Device>, StoreError> {
        let row = sqlx::query(
            "SELECT user_code, host, address, created_at, expires_at FROM devices
             WHERE user_code = $1 AND state = 'asked' AND expires_at > $2",
        )
        .bind(user_code)
        .bind(now)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(Device {
                user_code: row.try_get("user_code")?,
                host: row.try_get("host")?,
                address: row.try_get("address")?,
                created_at: row.try_get("created_at")?,
                expires_at: row.try_get("expires_at")?,
            })
        })
        .transpose()
    }

    /// Notes a person's answer, `None` being a no; false when somebody was before them.
    pub(crate) async fn settle_device(
        &self,
        user_code: &str,
        user: Option<&UserId>,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let state = if user.is_some() { "allowed" } else { "denied" };
        let done = sqlx::query(
            "UPDATE devices SET state = $2, user_id = $3
             WHERE user_code = $1 AND state = 'asked' AND expires_at > $4",
        )
        .bind(user_code)
        .bind(state)
        .bind(user.map(UserId::as_str))
        .bind(now)
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// What the one with this device code is told; a yes or a no, once.
    pub(crate) async fn poll_device(&self, hash: &Digest, now: Millis) -> Result<Poll, StoreError> {
        let mut tx = self.begin().await?;
        let lock = self.row_lock(" FOR UPDATE");
        let sql = format!(
            "SELECT state, user_id, host, pause, polled_at, expires_at FROM devices WHERE hash = $1{lock}"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(hash.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(Poll::Unknown) };
        if row.try_get::<Millis, _>("expires_at")? <= now {
            return Ok(Poll::Expired);
        }
        let state: String = row.try_get("state")?;
        let user: Option<String> = row.try_get("user_id")?;
        if state == "asked" {
            let pause: Millis = row.try_get("pause")?;
            let early = row.try_get::<Millis, _>("polled_at")? + pause > now;
            let pause = if early { pause + SLOWER } else { pause };
            sqlx::query("UPDATE devices SET polled_at = $2, pause = $3 WHERE hash = $1")
                .bind(hash.as_str())
                .bind(now)
                .bind(pause)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            return Ok(if early { Poll::Early(pause) } else { Poll::Pending });
        }
        sqlx::query("DELETE FROM devices WHERE hash = $1")
            .bind(hash.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(match user {
            Some(user) if state == "allowed" => Poll::Allowed {
                user: user.into(),
                host: row.try_get("host")?,
            },
            _ => Poll::Denied,
        })
    }
}
