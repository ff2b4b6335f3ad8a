//! Pipelines that show who they are with a token of their own issuer, and get one of berth's for it (RFC 8693).
//!
//! No secret is kept in a pipeline: an admin says which issuer's word counts, and what it has to say. A name can be
//! given to somebody else some day, so the first token that comes by a repository's name binds the trust to the
//! repository's id as well. Callers branch on [`TrustError`].

mod jwt;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use moka::sync::Cache;
use openidconnect::core::CoreJsonWebKey;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Identity, IdentityError, NewToken, Rate};
use crate::{
    model::{self, Operator, TokenScope, TrustId, UserId},
    net::{Http, NetError},
    secret::Secret,
    store::{StoreError, TrustRecord, User},
};
use jwt::{Broken, Claims, Unverified};

/// GitHub's issuer for its Actions.
const GITHUB: &str = "https://token.actions.githubusercontent.com";
const GITLAB: &str = "https://gitlab.com";

/// How long a pipeline's token is good.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long an issuer's keys are kept.
const KEPT: Duration = Duration::from_secs(600);
/// What names somebody, and the id behind the name, which stays theirs.
const PINS: [(&str, &str); 2] = [("repository", "repository_id"), ("project_path", "project_id")];
/// Claims of which one at least says whose pipeline it is, where an issuer signs for everybody.
const WHOSE: [(&str, &[&str]); 2] = [
    (
        GITHUB,
        &["repository", "repository_id", "repository_owner_id", "sub"],
    ),
    (GITLAB, &["project_path", "project_id", "namespace_id", "sub"]),
];
/// What the audit trail keeps of a token.
const KEEPSAKES: [&str; 11] = [
    "iss",
    "sub",
    "jti",
    "repository",
    "ref",
    "environment",
    "event_name",
    "run_id",
    "project_path",
    "pipeline_id",
    "sha",
];
const LONGEST_CLAIM: usize = 1000;
/// How often a token is looked at again because its trust was changed meanwhile.
const TRIES: usize = 3;

/// Why a pipeline gets nothing, or a trust can't be added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustError {
    /// The text is for whoever tried.
    #[error("{0}")]
    Refused(String),
    #[error("the issuer {0}")]
    Issuer(String),
    #[error("the issuer can't be asked")]
    Net(#[source] NetError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<IdentityError> for TrustError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => Self::Store(error),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<Broken> for TrustError {
    fn from(broken: Broken) -> Self {
        Self::Refused(broken.to_string())
    }
}

/// Knows which pipelines are trusted; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Trusts {
    identity: Identity,
    http: Http,
    /// Whom tokens are for that no trust says otherwise of: the public URL without a slash at its end.
    audience: String,
    /// The keys of each issuer.
    issuers: Cache<String, Arc<Vec<CoreJsonWebKey>>>,
    /// How often an issuer is asked again for a key that it did not have.
    again: Rate<String>,
}

/// A trust to be added.
#[derive(Debug)]
pub(crate) struct NewTrust {
    /// Whom its pipelines act as.
    pub(crate) user: UserId,
    pub(crate) issuer: String,
    pub(crate) audience: Option<String>,
    pub(crate) claims: BTreeMap<String, String>,
    pub(crate) scope: TokenScope,
}

/// What a pipeline gets.
#[derive(Debug)]
pub(crate) struct Exchanged {
    pub(crate) token: Secret<String>,
    pub(crate) scope: TokenScope,
    pub(crate) lifetime: Duration,
}

/// As much of an issuer's description of itself as counts (OpenID Connect Discovery §3).
#[derive(Deserialize)]
struct Description {
    issuer: String,
    jwks_uri: Url,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Trusts {
    pub(crate) fn new(identity: Identity, http: Http, public_url: &Url) -> Self {
        Self {
            identity,
            http,
            audience: public_url.as_str().trim_end_matches('/').to_owned(),
            issuers: Cache::builder().max_capacity(100).time_to_live(KEPT).build(),
            again: Rate::new(2, Duration::from_secs(60)),
        }
    }

    /// Whom the tokens of pipelines are for, where a trust does not say.
    pub(crate) fn audience(&self) -> &str {
        &self.audience
    }

    /// Every trust with its user, oldest first.
    pub(crate) async fn all(&self) -> Result<Vec<(TrustRecord, User)>, StoreError> {
        self.identity.store.trusts().await
    }

    /// Adds one, once its issuer has shown its keys.
    pub(crate) async fn add(&self, actor: &Operator, new: NewTrust) -> Result<TrustRecord, TrustError> {
        check(&new)?;
        self.fetch(&new.issuer).await?;
        let known = self.all().await?;
        // The ids that were added since are no difference.
        let is_pin = |claim: &String| PINS.iter().any(|(_, id)| id == claim);
        let same = known.iter().find(|(trust, _)| {
            (&trust.user, &trust.issuer, &trust.audience) == (&new.user, &new.issuer, &new.audience)
                && new
                    .claims
                    .iter()
                    .all(|(name, value)| trust.claims.get(name) == Some(value))
                && trust
                    .claims
                    .keys()
                    .all(|name| new.claims.contains_key(name) || is_pin(name))
        });
        if let Some((trust, _)) = same {
            let text = format!(
                "these pipelines are trusted already ({}, for {}): remove that first, then add it with all that they may do",
                trust.id, trust.scope
            );
            return Err(TrustError::Refused(text));
        }
        let trust = TrustRecord {
            id: TrustId::random(),
            user: new.user,
            issuer: new.issuer,
            audience: new.audience,
            claims: new.claims,
            scope: new.scope,
            created_at: model::now(),
            used_at: None,
        };
        self.identity.store.add_trust(&trust).await?;
        let detail = json!({
            "user": trust.user, "issuer": trust.issuer, "claims": trust.claims, "scope": trust.scope,
        });
        let actor = actor.user.as_str();
        self.identity
            .audit
            .record(actor, "trust.added", trust.id.as_str(), detail);
        Ok(trust)
    }

    /// Removes one, and ends what pipelines got by it. False when there was none.
    pub(crate) async fn remove(&self, actor: &Operator, id: &TrustId) -> Result<bool, StoreError> {
        let removed = self.identity.store.remove_trust(id, model::now()).await?;
        if removed {
            self.identity.forget();
            let actor = actor.user.as_str();
            self.identity
                .audit
                .record(actor, "trust.removed", id.as_str(), json!({}));
        }
        Ok(removed)
    }

    /// Gives a pipeline a token of berth's for its own. The same one may come again, as long as it is good: a job
    /// that runs several commands has no other. Each time is in the audit trail.
    pub(crate) async fn exchange(&self, token: &str) -> Result<Exchanged, TrustError> {
        let unverified = Unverified::read(token)?;
        let issuer = unverified.issuer().unwrap_or_default().to_owned();
        // Nobody else's address is asked for keys: whoever sends a token chooses what stands in it.
        if self.of(&issuer).await?.is_empty() {
            let text = "no pipelines of the token's issuer are trusted here";
            return Err(TrustError::Refused(text.to_owned()));
        }
        let claims = self.verified(&issuer, unverified).await?;
        for _ in 0..TRIES {
            if let Some(exchanged) = self.granted(&issuer, &claims).await? {
                return Ok(exchanged);
            }
        }
        Err(TrustError::Refused(
            "the trust is being changed: try again".to_owned(),
        ))
    }

    async fn of(&self, issuer: &str) -> Result<Vec<(TrustRecord, User)>, StoreError> {
        let mut trusts = self.all().await?;
        trusts.retain(|(trust, _)| trust.issuer == issuer);
        Ok(trusts)
    }

    /// What a token that is true gets; `None` when a trust was changed meanwhile.
    async fn granted(&self, issuer: &str, claims: &Claims) -> Result<Option<Exchanged>, TrustError> {
        let trusts = self.of(issuer).await?;
        let seen = Value::Object(claims.excerpt(&KEEPSAKES));
        let matching = trusts.iter().filter(|(trust, _)| self.fits(trust, claims));
        let matching: Vec<&(TrustRecord, User)> = matching.collect();
        let audit = &self.identity.audit;
        let Some((first, user)) = matching.first() else {
            // Not in the audit trail: on an issuer for everybody, everybody could fill the disk.
            tracing::info!(issuer, %seen, "a pipeline that no trust fits was refused");
            return Err(TrustError::Refused(self.unfit(&trusts, claims)));
        };
        if claims.text("event_name") == Some("pull_request_target") {
            audit.record("berth", "trust.refused", first.id.as_str(), seen);
            let text =
                "pipelines of pull_request_target run for whoever opens a pull request: none is trusted";
            return Err(TrustError::Refused(text.to_owned()));
        }
        // All that this user's trusts allow, in one token.
        let own: Vec<&TrustRecord> = matching
            .iter()
            .map(|(trust, _)| trust)
            .filter(|trust| trust.user == user.id)
            .collect();
        for trust in &own {
            if !self.pin(trust, claims).await? {
                return Ok(None);
            }
        }
        let scope = TokenScope::joined(own.iter().map(|trust| trust.scope.clone()));
        let new = NewToken {
            user: &user.id,
            label: &label(claims),
            lifetime: Some(LIFETIME),
            scope: scope.clone(),
            trust: Some(own.iter().map(|trust| trust.id.clone()).collect()),
        };
        let (record, token) = match self.identity.make_token(first.id.as_str(), new).await {
            Ok(made) => made,
            // It was removed at this moment.
            Err(IdentityError::Store(StoreError::Conflict)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let detail = json!({ "token": record.id, "user": user.id, "scope": scope, "of": seen });
        audit.record(first.id.as_str(), "trust.exchanged", first.id.as_str(), detail);
        Ok(Some(Exchanged {
            token,
            scope,
            lifetime: LIFETIME,
        }))
    }

    async fn verified(&self, issuer: &str, token: Unverified<'_>) -> Result<Claims, TrustError> {
        let now = model::now() / 1000;
        let (keys, is_fresh) = match self.issuers.get(issuer) {
            Some(keys) => (keys, false),
            None => (self.fetch(issuer).await?, true),
        };
        // It may have changed its keys since it was last asked for them.
        if !is_fresh && !token.has_key(&keys) && self.again.admit(issuer.to_owned()) {
            let keys = self.fetch(issuer).await?;
            return Ok(token.verified(&keys, now)?);
        }
        Ok(token.verified(&keys, now)?)
    }

    fn fits(&self, trust: &TrustRecord, claims: &Claims) -> bool {
        let audience = trust.audience.as_deref().unwrap_or(&self.audience);
        let says = |(name, value): (&String, &String)| claims.written(name).as_ref() == Some(value);
        claims.is_for(audience) && trust.claims.iter().all(says)
    }

    /// Why none fits, in what the token says itself: what others have to say is not told.
    fn unfit(&self, trusts: &[(TrustRecord, User)], claims: &Claims) -> String {
        let is_for = |(trust, _): &(TrustRecord, User)| {
            claims.is_for(trust.audience.as_deref().unwrap_or(&self.audience))
        };
        if !trusts.iter().any(is_for) {
            return format!(
                "the token is for somebody else (aud): ask for one whose audience is {}",
                self.audience
            );
        }
        let names = ["repository", "project_path", "ref", "environment", "sub"];
        let said: Vec<String> = claims
            .excerpt(&names)
            .iter()
            .map(|(name, value)| format!("{name} {}", value.as_str().unwrap_or_default()))
            .collect();
        format!("no trust fits this pipeline: its token says {}", said.join(", "))
    }

    /// Notes the use, and binds the trust to the ids behind the names that it has. False when it was changed, as by
    /// another job of the same pipeline that came first.
    async fn pin(&self, trust: &TrustRecord, claims: &Claims) -> Result<bool, StoreError> {
        let mut pinned = trust.claims.clone();
        for (name, id) in PINS {
            if let (true, false, Some(value)) = (
                pinned.contains_key(name),
                pinned.contains_key(id),
                claims.written(id),
            ) {
                pinned.insert(id.to_owned(), value);
            }
        }
        self.identity.store.use_trust(trust, &pinned, model::now()).await
    }

    /// Asks an issuer for its keys.
    async fn fetch(&self, issuer: &str) -> Result<Arc<Vec<CoreJsonWebKey>>, TrustError> {
        let at = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let description: Description = self.document(&at).await?;
        if description.issuer != issuer {
            return Err(TrustError::Issuer("says that it is another one".to_owned()));
        }
        let set: KeySet = self.document(description.jwks_uri.as_str()).await?;
        // Keys of kinds that nobody knows here are no mistake (RFC 7517 §5).
        let keys: Vec<CoreJsonWebKey> = set
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok())
            .collect();
        if keys.is_empty() {
            return Err(TrustError::Issuer("has no keys that berth can use".to_owned()));
        }
        let keys = Arc::new(keys);
        self.issuers.insert(issuer.to_owned(), Arc::clone(&keys));
        Ok(keys)
    }

    async fn document<T: serde::de::DeserializeOwned>(&self, url: &str) -> Result<T, TrustError> {
        let request = http::Request::get(url)
            .header(http::header::ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|_| TrustError::Issuer("is no URL".to_owned()))?;
        let answer = self.http.send(request).await.map_err(TrustError::Net)?;
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            return Err(TrustError::Issuer(format!(
                "answers with status {status} where it should describe itself"
            )));
        }
        serde_json::from_slice(answer.body()).map_err(|_| {
            TrustError::Issuer("does not describe itself as OpenID Connect Discovery wants it".to_owned())
        })
    }
}

fn check(new: &NewTrust) -> Result<(), TrustError> {
    let refused = |text: String| Err(TrustError::Refused(text));
    if new.scope.is_everything() {
        return refused("say what its pipelines may do: deploy:NAME or configure:NAME".to_owned());
    }
    if new.claims.is_empty() {
        return refused(
            "say what its tokens have to say: without that, everybody there may deploy".to_owned(),
        );
    }
    for (issuer, whose) in WHOSE {
        if new.issuer == issuer && !whose.iter().any(|claim| new.claims.contains_key(*claim)) {
            return refused(format!(
                "{issuer} signs for everybody: say whose pipelines are meant, with one of {}",
                whose.join(", ")
            ));
        }
    }
    for (name, value) in &new.claims {
        if name.is_empty() || value.is_empty() || name.len() + value.len() > LONGEST_CLAIM {
            return refused(format!("the claim {name:.60} is empty, or too long"));
        }
    }
    Ok(())
}

/// What a pipeline's token is called in lists.
fn label(claims: &Claims) -> String {
    let names = ["repository", "project_path", "ref", "run_id", "pipeline_id"];
    let said: Vec<String> = names.iter().filter_map(|name| claims.written(name)).collect();
    let words = match said.as_slice() {
        [] => claims.text("sub").unwrap_or_default().to_owned(),
        said => said.join(" "),
    };
    let plain: String = words.chars().filter(|c| !c.is_control()).take(150).collect();
    format!("pipeline {plain}")
}
