//! Signing in at an OpenID provider (OpenID Connect Core 1.0, with PKCE).
//!
//! Whoever signs in is known by issuer and subject alone: an e-mail address or a name that somebody here has too makes
//! nobody that person. What the provider says of groups and domains decides who gets in; a user is made for whoever
//! comes first. Callers branch on [`SsoError`].

mod answer;
mod provider;
mod settings;

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope,
    core::{CoreProviderMetadata, CoreResponseType},
};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use url::Url;

pub(crate) use settings::{SsoChange, SsoSettings};

use super::{Identity, IdentityError, SignIn};
use crate::{
    model::{Digest, Operator},
    net::{Http, NetError},
    secret::{self, Secret},
    store::{SsoAccount, StoreError},
};

/// How long a person may take at the provider.
const FLOW: Duration = Duration::from_secs(600);
/// How many may be there at a time; the oldest make room.
const FLOWS: u64 = 10_000;
/// How long what the provider says of itself is kept.
const KEPT: Duration = Duration::from_secs(600);

/// Why nobody is signed in; the text is for whoever tried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SsoError {
    #[error("there is no single sign-on here")]
    NotConfigured,
    #[error("this sign-in was not started in this browser, or too long ago")]
    Stale,
    /// The provider vouches for somebody who is not to come in.
    #[error("{0}")]
    Refused(String),
    #[error("the provider {0}")]
    Provider(String),
    #[error("the provider can't be asked")]
    Net(#[source] NetError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<IdentityError> for SsoError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => Self::Store(error),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// The single sign-on; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sso {
    identity: Identity,
    http: Http,
    redirect_uri: String,
    flows: Cache<Digest, Arc<Flow>>,
    /// By the version of the settings.
    providers: Cache<i64, Arc<CoreProviderMetadata>>,
}

/// Somebody who is at the provider.
#[derive(Debug)]
struct Flow {
    /// SHA-256 of the cookie that binds it to a browser.
    browser: Digest,
    verifier: Secret<String>,
    nonce: Secret<String>,
    return_to: String,
    version: i64,
}

/// Where a browser goes, and the cookie that it brings back.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) location: Url,
    pub(crate) cookie: Secret<String>,
}

/// What the provider sends a browser back with.
#[derive(Debug, Default)]
pub(crate) struct Back {
    pub(crate) code: Option<Secret<String>>,
    pub(crate) state: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) iss: Option<String>,
}

impl Sso {
    pub(crate) fn new(identity: Identity, http: Http, public_url: &Url) -> Self {
        let base = public_url.as_str().trim_end_matches('/');
        Self {
            identity,
            http,
            redirect_uri: format!("{base}/login/sso/callback"),
            flows: Cache::builder().max_capacity(FLOWS).time_to_live(FLOW).build(),
            providers: Cache::builder().max_capacity(4).time_to_live(KEPT).build(),
        }
    }

    /// What is registered at the provider.
    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Sends a browser to the provider, to come back to `return_to` in the end.
    pub(crate) async fn begin(&self, return_to: &str) -> Result<Leaving, SsoError> {
        let configured = self.configured().await?;
        let provider = self.provider(&configured).await?;
        let client = self.client(&configured, &provider)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        // The crate asks for openid by itself.
        for scope in configured
            .settings
            .scopes
            .iter()
            .filter(|scope| *scope != "openid")
        {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (location, state, nonce) = request.url();
        let cookie = secret::generate("");
        let flow = Flow {
            browser: Digest::of(cookie.expose().as_bytes()),
            verifier: Secret::new(verifier.secret().clone()),
            nonce: Secret::new(nonce.secret().clone()),
            return_to: return_to.to_owned(),
            version: configured.version,
        };
        self.flows
            .insert(Digest::of(state.secret().as_bytes()), Arc::new(flow));
        Ok(Leaving { location, cookie })
    }

    /// Signs in whoever comes back with `cookie`; gives where they wanted to go, too.
    pub(crate) async fn finish(
        &self,
        back: &Back,
        cookie: Option<&str>,
    ) -> Result<(SignIn, String), SsoError> {
        let state = back.state.as_deref().unwrap_or_default();
        // Once, whatever comes of it.
        let flow = self
            .flows
            .remove(&Digest::of(state.as_bytes()))
            .ok_or(SsoError::Stale)?;
        let brought = Digest::of(cookie.unwrap_or_default().as_bytes());
        if !bool::from(
            flow.browser
                .as_str()
                .as_bytes()
                .ct_eq(brought.as_str().as_bytes()),
        ) {
            return Err(SsoError::Stale);
        }
        let configured = self.configured().await?;
        if configured.version != flow.version {
            return Err(SsoError::Stale);
        }
        // RFC 9207, where the provider does it: before its word counts for anything.
        if back
            .iss
            .as_ref()
            .is_some_and(|iss| *iss != configured.settings.issuer)
        {
            return Err(SsoError::Provider("is not the one that was asked".to_owned()));
        }
        if let Some(error) = &back.error {
            let error: String = error.chars().filter(|c| c.is_ascii_graphic()).take(60).collect();
            return Err(SsoError::Refused(format!(
                "the provider did not let you in ({error})"
            )));
        }
        let Some(code) = &back.code else {
            return Err(SsoError::Provider("sent no code".to_owned()));
        };
        let code = AuthorizationCode::new(code.expose().clone());
        let verifier = PkceCodeVerifier::new(flow.verifier.expose().clone());
        let nonce = Nonce::new(flow.nonce.expose().clone());
        let claims = self.claims(&configured, code, verifier, &nonce).await?;
        configured.settings.admit(&claims)?;
        let account = SsoAccount {
            issuer: &configured.settings.issuer,
            subject: &claims.subject,
            email: claims.email.as_deref().unwrap_or_default(),
            names: &claims.names(),
            groups: &claims.groups,
        };
        let (user, is_new) = self.identity.store.sso_user(&account).await?;
        self.identity.forget();
        if is_new {
            let detail = json!({ "issuer": account.issuer, "subject": account.subject });
            self.identity
                .audit
                .record(user.id.as_str(), "user.joined", user.id.as_str(), detail);
        }
        let sign_in = self.identity.sign_in(&user.id).await?;
        Ok((sign_in, flow.return_to.clone()))
    }

    /// The provider's host, where there is one.
    pub(crate) async fn host(&self) -> Result<Option<String>, StoreError> {
        let Some(record) = self.identity.store.sso().await? else {
            return Ok(None);
        };
        let settings = SsoSettings::read(&record.settings)?;
        let url: Option<Url> = settings.issuer.parse().ok();
        Ok(url.and_then(|url| url.host_str().map(str::to_owned)))
    }

    /// The settings, and whether there is a client secret.
    pub(crate) async fn settings(&self) -> Result<Option<(SsoSettings, bool)>, StoreError> {
        let Some(record) = self.identity.store.sso().await? else {
            return Ok(None);
        };
        let settings = SsoSettings::read(&record.settings)?;
        Ok(Some((settings, record.secret.is_some())))
    }

    /// Replaces the settings, once the provider has been asked who it is. A secret that is not given stays, where the
    /// issuer and the client stay.
    pub(crate) async fn set(&self, actor: &Operator, change: SsoChange) -> Result<SsoSettings, SsoError> {
        let SsoChange { settings, secret } = change;
        settings.check()?;
        provider::discover(&self.http, &settings.issuer).await?;
        let before = self.identity.store.sso().await?;
        let kept = match before {
            Some(before) => {
                let old = SsoSettings::read(&before.settings)?;
                let is_same = old.issuer == settings.issuer && old.client_id == settings.client_id;
                before.secret.filter(|_| is_same)
            }
            None => None,
        };
        let secret = secret.or(kept);
        let text = serde_json::to_string(&settings).map_err(StoreError::corrupt)?;
        self.identity
            .store
            .set_sso(Some((&text, secret.as_ref())))
            .await?;
        self.providers.invalidate_all();
        let detail = json!({ "issuer": settings.issuer, "client_id": settings.client_id });
        self.identity
            .audit
            .record(actor.user.as_str(), "sso.set", "sso", detail);
        Ok(settings)
    }

    /// Takes the settings away; users who came by them stay. False when there were none.
    pub(crate) async fn unset(&self, actor: &Operator) -> Result<bool, StoreError> {
        if self.identity.store.sso().await?.is_none() {
            return Ok(false);
        }
        self.identity.store.set_sso(None).await?;
        self.identity
            .audit
            .record(actor.user.as_str(), "sso.unset", "sso", json!({}));
        Ok(true)
    }
}
