//! What the provider has given out: codes, families of refresh tokens, access tokens. No I/O and no clock of its
//! own, so that expiry is tested without waiting.
//!
//! It is strict where real providers are: a code works once and its second use kills what the first one gave; every
//! refresh gives a new refresh token, and showing an old one kills the whole family (RFC 9700 §4.14.2).

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// How long an access token works: short, so that the demo sees it expire.
pub(crate) const ACCESS_LIFETIME: Duration = Duration::from_secs(10);
const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// A checked authorization request, and who allowed it.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    /// `code_challenge` with the method S256 (RFC 7636 §4.2).
    pub(crate) challenge: String,
    pub(crate) subject: &'static str,
}

/// A token reply's contents.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) scope: String,
}

/// How often each thing happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) authorizations: u32,
    pub(crate) refreshes: u32,
    /// Families killed because a code or a refresh token was shown twice.
    pub(crate) reuses: u32,
}

#[derive(Default)]
pub(crate) struct Ledger {
    codes: HashMap<String, Code>,
    families: Vec<Family>,
    /// Every refresh token ever given, also the used ones: that is how reuse is seen.
    refresh: HashMap<String, usize>,
    access: HashMap<String, (usize, Instant)>,
    counters: Counters,
}

struct Code {
    allowed: Allowed,
    expires: Instant,
    /// The family that its one use made.
    spent: Option<usize>,
}

struct Family {
    client: String,
    subject: &'static str,
    scope: String,
    /// The one refresh token that works; none when the family was killed.
    current: Option<String>,
}

/// RFC 6749 §5.2 `invalid_grant`, with what was wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidGrant(pub(crate) &'static str);

impl Ledger {
    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// Gives a code for what a person allowed.
    pub(crate) fn allow(&mut self, allowed: Allowed, now: Instant) -> String {
        let code = random("code_");
        let expires = now + CODE_LIFETIME;
        let spent = None;
        self.counters.authorizations += 1;
        self.codes.insert(
            code.clone(),
            Code {
                allowed,
                expires,
                spent,
            },
        );
        code
    }

    /// RFC 6749 §4.1.3 with RFC 7636 §4.6.
    pub(crate) fn exchange(
        &mut self,
        client: &str,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        now: Instant,
    ) -> Result<Tokens, InvalidGrant> {
        let code = self.codes.get_mut(code).ok_or(InvalidGrant("unknown code"))?;
        if let Some(family) = code.spent {
            self.kill(family);
            return Err(InvalidGrant("the code was used before; what it gave is revoked"));
        }
        if now >= code.expires {
            return Err(InvalidGrant("the code has expired"));
        }
        if code.allowed.client != client || code.allowed.redirect_uri != redirect_uri {
            return Err(InvalidGrant("the code belongs to another client or redirect URI"));
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.allowed.challenge {
            return Err(InvalidGrant("the code verifier does not match the challenge"));
        }
        let family = self.families.len();
        code.spent = Some(family);
        self.families.push(Family {
            client: code.allowed.client.clone(),
            subject: code.allowed.subject,
            scope: code.allowed.scope.clone(),
            current: None,
        });
        Ok(self.issue(family, now))
    }

    /// RFC 6749 §6, with rotation.
    pub(crate) fn redeem(&mut self, client: &str, token: &str, now: Instant) -> Result<Tokens, InvalidGrant> {
        let family = *self
            .refresh
            .get(token)
            .ok_or(InvalidGrant("unknown refresh token"))?;
        if self.families[family].client != client {
            return Err(InvalidGrant("the refresh token belongs to another client"));
        }
        match self.families[family].current.as_deref() {
            None => Err(InvalidGrant("the grant was revoked")),
            Some(current) if current == token => {
                self.counters.refreshes += 1;
                Ok(self.issue(family, now))
            }
            Some(_) => {
                self.kill(family);
                Err(InvalidGrant(
                    "the refresh token was used before; the grant is revoked",
                ))
            }
        }
    }

    /// The subject that an access token speaks for, if it still works.
    pub(crate) fn subject(&self, access: &str, now: Instant) -> Option<&'static str> {
        let (family, expires) = self.access.get(access)?;
        let family = &self.families[*family];
        (now < *expires && family.current.is_some()).then_some(family.subject)
    }

    fn issue(&mut self, family: usize, now: Instant) -> Tokens {
        let (access, refresh) = (random("at_"), random("rt_"));
        // What has expired is dropped here, so a demo that is kept up for days does not grow.
        self.access.retain(|_, (_, expires)| *expires > now);
        self.access
            .insert(access.clone(), (family, now + ACCESS_LIFETIME));
        self.refresh.insert(refresh.clone(), family);
        let family = &mut self.families[family];
        family.current = Some(refresh.clone());
        let scope = family.scope.clone();
        Tokens {
            access,
            refresh,
            scope,
        }
    }

    fn kill(&mut self, family: usize) {
        self.counters.reuses += 1;
        self.families[family].current = None;
    }
}

/// An unguessable value: 128 random bits in base64url behind `prefix`.
pub(crate) fn random(prefix: &str) -> String {
    let mut bytes = [0u8; 16];
    #[allow(
        clippy::expect_used,
        reason = "a machine without randomness can run no OAuth provider"
    )]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    /// RFC 7636 appendix B.
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn code(ledger: &mut Ledger, now: Instant) -> String {
        let allowed = Allowed {
            client: "c".into(),
            redirect_uri: "http://b/cb".into(),
            scope: "profile".into(),
            challenge: CHALLENGE.into(),
            subject: "1001",
        };
        ledger.allow(allowed, now)
    }

    #[test]
    fn a_code_works_once_and_its_second_use_kills_what_it_gave() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        let code = code(&mut ledger, now);
        let tokens = ledger.exchange("c", &code, "http://b/cb", VERIFIER, now).unwrap();
        assert_eq!(ledger.subject(&tokens.access, now), Some("1001"));
        assert!(ledger.exchange("c", &code, "http://b/cb", VERIFIER, now).is_err());
        assert_eq!(ledger.subject(&tokens.access, now), None);
        assert!(ledger.redeem("c", &tokens.refresh, now).is_err());
        assert_eq!(ledger.counters().reuses, 1);
    }

    #[test]
    fn a_code_is_bound_to_client_address_verifier_and_time() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        let code = code(&mut ledger, now);
        let late = now + CODE_LIFETIME;
        for (client, uri, verifier, at) in [
            ("other", "http://b/cb", VERIFIER, now),
            ("c", "http://b/cb/", VERIFIER, now),
            ("c", "http://b/cb", "wrong", now),
            ("c", "http://b/cb", VERIFIER, late),
        ] {
            assert!(ledger.exchange(client, &code, uri, verifier, at).is_err());
        }
        assert!(ledger.exchange("c", &code, "http://b/cb", VERIFIER, now).is_ok());
    }

    #[test]
    fn refresh_tokens_rotate_and_reuse_kills_the_family() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        let code = code(&mut ledger, now);
        let first = ledger.exchange("c", &code, "http://b/cb", VERIFIER, now).unwrap();
        let later = now + ACCESS_LIFETIME;
        assert_eq!(ledger.subject(&first.access, later), None);
        let second = ledger.redeem("c", &first.refresh, later).unwrap();
        assert_eq!(ledger.subject(&second.access, later), Some("1001"));
        assert!(ledger.redeem("c", &first.refresh, later).is_err());
        assert_eq!(ledger.subject(&second.access, later), None);
        assert!(ledger.redeem("c", &second.refresh, later).is_err());
        let counted = ledger.counters();
        assert_eq!((counted.refreshes, counted.reuses), (1, 1));
    }
}
