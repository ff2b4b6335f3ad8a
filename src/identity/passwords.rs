//! Passwords of local users: Argon2id (RFC 9106), tried at a limited pace, and at the same cost for names that nobody has.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use serde_json::json;
use std::{net::IpAddr, time::Duration};
use tokio::sync::Semaphore;

use super::{Identity, IdentityError, Rate, SignIn};
use crate::{
    model::{Digest, Invalid, Operator, UserId, UserName},
    secret::{self, Secret},
};

const SHORTEST: usize = 10;
/// In bytes: hashing more would cost more.
const LONGEST: usize = 1024;
/// How long attempts count.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// How many hashes are computed at a time: each takes 19 MiB for some 20 ms.
const AT_ONCE: usize = 2;

/// What a wrong name is tried against.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(secret::generate("").expose()));

/// Who tries how often; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Attempts {
    by_user: Rate<String>,
    by_address: Rate,
    turns: Arc<Semaphore>,
}

/// What became of an attempt.
#[derive(Debug)]
pub(crate) enum Attempt {
    Right(SignIn),
    /// The name or the password; which of them is nobody's business.
    Wrong,
    TooMany,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            by_user: Rate::new(20, WINDOW),
            by_address: Rate::new(60, WINDOW),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Identity {
    /// Signs a browser in with a name and a password; `from` is whom the attempt is counted for.
    pub(crate) async fn sign_in_with_password(
        &self,
        name: &str,
        password: &Secret<String>,
        from: IpAddr,
    ) -> Result<Attempt, IdentityError> {
        let name = name.trim().to_ascii_lowercase();
        let key: String = name.chars().take(64).collect();
        if !self.attempts.by_address.admit(from) || !self.attempts.by_user.admit(key.clone()) {
            return Ok(Attempt::TooMany);
        }
        let known = match name.parse::<UserName>() {
            Ok(name) => self.store.password(&name).await?,
            Err(_) => None,
        };
        let (user, hash) = match known {
            Some((user, Some(hash))) => (Some(user), hash),
            _ => (None, NOBODY.clone()),
        };
        let right = self.is_right(password, hash).await;
        let Some(user) = user.filter(|_| right) else {
            return Ok(Attempt::Wrong);
        };
        self.attempts.by_user.forgive(&key);
        Ok(Attempt::Right(self.sign_in(&user.id).await?))
    }

    /// Whether a user has a password, and whether `password` is it.
    pub(crate) async fn knows_password(
        &self,
        person: &Operator,
        password: &Secret<String>,
    ) -> Result<Option<bool>, IdentityError> {
        let Some((_, Some(hash))) = self.store.password(&person.name).await? else {
            return Ok(None);
        };
        if !self.attempts.by_user.admit(person.name.to_string()) {
            return Ok(Some(false));
        }
        Ok(Some(self.is_right(password, hash).await))
    }

    pub(crate) async fn has_password(&self, name: &UserName) -> Result<bool, IdentityError> {
        let found = self.store.password(name).await?;
        Ok(found.is_some_and(|(_, hash)| hash.is_some()))
    }

    /// Sets a user's password, or takes it away. All of their browsers are signed out but the one with `cookie`.
    pub(crate) async fn set_password(
        &self,
        actor: &Operator,
        user: &UserId,
        password: Option<&Secret<String>>,
        cookie: Option<&Secret<String>>,
    ) -> Result<(), IdentityError> {
        let hash = match password {
            Some(password) => Some(self.hashed(password).await),
            None => None,
        };
        let but = cookie.map(|cookie| Digest::of(cookie.expose().as_bytes()));
        self.store
            .set_password(user, hash.as_deref(), but.as_ref())
            .await?;
        self.attempts.by_user.forgive(&actor.name.to_string());
        let action = if hash.is_some() {
            "password.set"
        } else {
            "password.removed"
        };
        self.audit
            .record(actor.user.as_str(), action, user.as_str(), json!({}));
        Ok(())
    }

    async fn hashed(&self, password: &Secret<String>) -> String {
        let password = password.clone();
        self.in_turn(move || hash(password.expose())).await
    }

    async fn is_right(&self, password: &Secret<String>, hash: String) -> bool {
        let password = password.clone();
        self.in_turn(move || is_right(password.expose(), &hash)).await
    }

    /// On a thread where it holds nobody up, a few at a time.
    async fn in_turn<T: Default + Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let _turn = self.attempts.turns.acquire().await;
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "a password could not be hashed");
                T::default()
            }
        }
    }
}

/// Checks a password that somebody wants.
pub(crate) fn check_password(password: &Secret<String>) -> Result<(), Invalid> {
    let text = password.expose();
    if text.chars().count() < SHORTEST {
        return Err(Invalid(format!("a password has at least {SHORTEST} characters")));
    }
    if text.len() > LONGEST {
        return Err(Invalid(format!("a password has at most {LONGEST} bytes")));
    }
    Ok(())
}

/// In PHC form.
fn hash(password: &str) -> String {
    let mut salt = [0; 16];
    secret::fill_random(&mut salt);
    let hashed: Result<PasswordHash, _> =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    #[allow(
        clippy::expect_used,
        reason = "it fails for parameters alone, which are the crate's own"
    )]
    hashed.expect("the default parameters are right").to_string()
}

fn is_right(password: &str, hash: &str) -> bool {
    password.len() <= LONGEST
        && PasswordHash::new(hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_its_password_alone_and_never_the_same() {
        let (one, two) = (hash("correct horse"), hash("correct horse"));
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
        assert!(is_right("correct horse", &one) && is_right("correct horse", &two));
        assert!(!is_right("correct horsf", &one) && !is_right("", &one) && !is_right("x", "nonsense"));
    }
}
