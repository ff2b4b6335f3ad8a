//! A user's consent: the link, and the way to the provider.
//!
//! A link leads to berth's own page and holds nothing but an opaque handle; knowing it does not make anybody its
//! user. The state that the provider sends back counts once, for ten minutes, in the browser that left with it, and for
//! the user who started it (RFC 9700 §4.7, RFC 6749 §10.12). Each provider has a redirect URI of its own, so that an
//! answer of one is never taken for another's (RFC 9700 §4.4.2.2). PKCE is S256 (RFC 7636), or not at all where the
//! admin says that the provider does not stand it.

use std::{collections::HashMap, time::Duration};

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast::error::RecvError;
use url::Url;

use super::{
    Inner, OAuth,
    access::Standing,
    answer::Finished,
    authorize::{Asking, given, location},
    endpoint::bound_to,
    error::{FlowError, OAuthError, scrub},
    scopes::{is_behind, missing},
};
use crate::{
    model::{
        self, Caller, ConnectorId, ConnectorName, Millis, Owner, ProviderId, ProviderName, Role, UserId,
        Values, VariableName,
    },
    secret::{self, Secret},
    store::{Away, Connection, Departing, Flow, GrantState, NewFlow, StoreError},
};

/// How long a link is good, and after it was followed, how long the provider may take.
const LIFETIME: Duration = Duration::from_secs(600);
/// A link that is good for at least this long is given again to the same user for the same connector.
const WORTH_REPEATING: Duration = Duration::from_secs(180);
/// How many links of one user are remembered; as many as the store keeps flows.
const LINKS: usize = 32;
/// How often `granted` looks for itself, in case another broker on the same store took the answer.
const LOOK: Duration = Duration::from_secs(2);

/// A link to send a user to.
#[derive(Debug, Clone)]
pub(crate) struct Consent {
    pub(crate) url: Url,
    pub(crate) provider_host: String,
    pub(crate) expires_at: Millis,
}

/// What the consent page shows.
#[derive(Debug, Clone)]
pub(crate) struct ConsentView {
    pub(crate) connector: ConnectorName,
    /// What the user's MCP client calls itself.
    pub(crate) client: String,
    pub(crate) scopes: Vec<String>,
    /// For whoever has authorized before, and goes on with that if they want: what of the scopes is new.
    pub(crate) added: Option<Vec<String>>,
    pub(crate) provider_host: String,
    /// Whether what is granted here serves everybody who uses the connector.
    pub(crate) for_all: bool,
    /// What the person has to give before the provider can be known.
    pub(crate) asked: Vec<AskedVariable>,
}

/// A variable of the provider's that each user is asked for.
#[derive(Debug, Clone)]
pub(crate) struct AskedVariable {
    pub(crate) name: VariableName,
    /// A regular expression that the whole value matches.
    pub(crate) pattern: String,
    /// What the same user gave before.
    pub(crate) before: String,
}

/// The way to the provider.
#[derive(Debug)]
pub(crate) struct Departure {
    pub(crate) location: Url,
    /// The cookie that binds the flow to this browser; one for each flow, so that two can run side by side.
    pub(crate) cookie_name: String,
    pub(crate) cookie: Secret<String>,
}

/// One of a user's own grants.
#[derive(Debug, Clone)]
pub(crate) struct OwnConnection {
    pub(crate) connector: ConnectorName,
    pub(crate) provider: ProviderName,
    /// What was granted, separated by spaces.
    pub(crate) scope: String,
    /// What the connector wants and was not granted.
    pub(crate) missing: Vec<String>,
    /// The provider's account, as far as that is known.
    pub(crate) account: Option<String>,
    /// False when the user has to authorize again.
    pub(crate) usable: bool,
}

/// The links that were given out lately. Only this process can give one again: the store knows hashes alone.
#[derive(Debug, Default)]
pub(super) struct OpenLinks(Mutex<HashMap<LinkKey, OpenLink>>);

type LinkKey = (UserId, ConnectorId, ProviderId, String);

#[derive(Debug, Clone)]
struct OpenLink {
    handle: Secret<String>,
    expires_at: Millis,
}

impl OpenLinks {
    fn get(&self, key: &LinkKey) -> Option<OpenLink> {
        self.0
            .lock()
            .get(key)
            .filter(|link| link.expires_at > model::now() + millis(WORTH_REPEATING))
            .cloned()
    }

    fn put(&self, key: LinkKey, link: OpenLink) {
        let mut links = self.0.lock();
        let now = model::now();
        links.retain(|_, link| link.expires_at > now);
        let of_user = || links.iter().filter(|(other, _)| other.0 == key.0);
        if of_user().count() >= LINKS {
            // A client may call itself anything, and each name has a link of its own.
            let oldest = of_user().min_by_key(|(_, link)| link.expires_at);
            if let Some(oldest) = oldest.map(|(oldest, _)| oldest.clone()) {
                links.remove(&oldest);
            }
        }
        links.insert(key, link);
    }
}

/// The name of the cookie that belongs to a state.
pub(crate) fn flow_cookie(state: &str) -> String {
    format!("berth-connect-{}", &hash(state)[..16])
}

impl OAuth {
    /// A link for `caller` to authorize a connector, at the first of its providers where they have not; the same one for a
    /// few minutes.
    pub(crate) async fn start_consent(
        &self,
        caller: &Caller,
        (connector, _): (&ConnectorId, &ConnectorName),
        client_name: &str,
    ) -> Result<Consent, OAuthError> {
        let inner = &self.0;
        let connections = inner.connections_of(inner.cache.epoch(), connector).await?;
        let lacking = match &*connections {
            [_] => None,
            several => inner.first_lacking(&caller.user, connector, several).await?,
        };
        // Whoever has all by now may do the first one again.
        let connection = lacking.as_ref().or(connections.first());
        let connection = connection.ok_or(OAuthError::NotConfigured)?;
        inner.link(&caller.user, connector, connection, client_name).await
    }

    /// Completes when `user` has a usable grant for `connector` at each of its providers. The caller puts the deadline.
    pub(crate) async fn granted(&self, user: &UserId, connector: &ConnectorId) {
        let inner = &self.0;
        // Listening starts before looking, so that nothing falls in between.
        let mut news = inner.news.subscribe();
        loop {
            if inner.is_granted(user, connector).await {
                return;
            }
            let mine = async {
                loop {
                    match news.recv().await {
                        Ok((who, what)) if who == *user && what == *connector => return,
                        Ok(_) => {}
                        Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                    }
                }
            };
            let _ = tokio::time::timeout(LOOK, mine).await;
        }
    }

    /// What `user` has authorized, by connector.
    pub(crate) async fn connections(&self, user: &UserId) -> Result<Vec<OwnConnection>, OAuthError> {
        let inner = &self.0;
        let mut own = Vec::new();
        for (connector, grant) in inner.store.grants_of_user(user).await? {
            let connections = inner
                .connections_of(inner.cache.epoch(), &grant.connector)
                .await?;
            let is_its = |connection: &&Connection| connection.provider.id == grant.provider;
            if let Some(connection) = connections.iter().find(is_its) {
                let provider = &connection.provider;
                own.push(OwnConnection {
                    connector,
                    provider: provider.name.clone(),
                    usable: grant.state == GrantState::Active
                        && inner.standing(&grant, provider) != Standing::Over,
                    missing: missing(&connection.scopes, &grant.tokens),
                    scope: grant.tokens.scope,
                    account: grant.account,
                });
            }
        }
        Ok(own)
    }

    /// What the page behind a link shows to `user`.
    pub(crate) async fn consent(&self, handle: &str, user: &UserId) -> Result<ConsentView, FlowError> {
        let (flow, connection) = self.0.open_flow(handle, user).await?;
        let grant = self
            .0
            .store
            .grant_at(user, &flow.connector, &flow.provider)
            .await?;
        let behind = grant.filter(|grant| is_behind(grant, &connection));
        Ok(ConsentView {
            added: behind.map(|grant| missing(&connection.scopes, &grant.tokens)),
            provider_host: host(&connection),
            for_all: connection.owner() == Owner::Connector,
            asked: self.0.asked(&connection, &flow).await?,
            connector: flow.connector_name,
            client: flow.client,
            scopes: connection.scopes,
        })
    }

    /// The user goes on with what was granted before.
    pub(crate) async fn stay(&self, handle: &str, user: &UserId) -> Result<Finished, FlowError> {
        let (flow, _) = self.0.open_flow(handle, user).await?;
        self.0.leave_as_it_is(&flow).await?;
        Ok(Finished {
            next: self.0.next_after(&flow).await,
            connector: flow.connector_name,
        })
    }

    /// The user agreed on berth's page and `entered` what it asks for: the way to the provider.
    pub(crate) async fn continue_to_provider(
        &self,
        handle: &str,
        user: &UserId,
        entered: &Values,
    ) -> Result<Departure, FlowError> {
        let inner = &self.0;
        let (flow, connection) = inner.open_flow(handle, user).await?;
        let settings = &connection.provider.settings;
        let vars = given(settings, entered).map_err(FlowError::Value)?;
        let auth_url = settings.auth_url.as_ref().ok_or(FlowError::Unknown)?;
        let auth_url = settings.fill(auth_url, &vars).map_err(FlowError::Value)?;
        // What a person entered may have made it another place.
        let checked = inner.http.check(&auth_url);
        checked.map_err(|source| OAuthError::Address {
            what: "the authorization URL",
            source,
        })?;
        let state = secret::generate("");
        let cookie = secret::generate("");
        let away = Away {
            verifier: (!settings.no_pkce).then(|| secret::generate("")),
            vars,
        };
        let departing = Departing {
            state_hash: &hash(state.expose()),
            browser_hash: &hash(cookie.expose()),
            away: &away,
            bound_to: &bound_to(settings, &away.vars),
            expires_at: model::now() + millis(LIFETIME),
        };
        if !inner.store.depart(&flow.hash, &departing).await? {
            return Err(FlowError::Unknown);
        }
        let asking = Asking {
            redirect_uri: &self.redirect_uri(&flow.provider_name),
            state: &state,
            verifier: away.verifier.as_ref(),
            scopes: &connection.scopes,
        };
        Ok(Departure {
            location: location(settings, auth_url, &asking),
            cookie_name: flow_cookie(state.expose()),
            cookie,
        })
    }
}

impl Inner {
    /// A link for `user` to authorize a connector at the provider of `connection`.
    pub(super) async fn link(
        &self,
        user: &UserId,
        connector: &ConnectorId,
        connection: &Connection,
        client_name: &str,
    ) -> Result<Consent, OAuthError> {
        self.check_owner(connection, user).await?;
        let provider = &connection.provider.id;
        let client = scrub(client_name);
        let key = (user.clone(), connector.clone(), provider.clone(), client.clone());
        let consent = |link: &OpenLink| Consent {
            url: self.address(&["connect", link.handle.expose()]),
            provider_host: host(connection),
            expires_at: link.expires_at,
        };
        if let Some(link) = self.open_links.get(&key) {
            let flow = self.store.flow(&hash(link.handle.expose())).await?;
            if flow.is_some_and(|flow| flow.outcome.is_none()) {
                return Ok(consent(&link));
            }
        }
        let link = OpenLink {
            handle: secret::generate(""),
            expires_at: model::now() + millis(LIFETIME),
        };
        let flow = NewFlow {
            hash: &hash(link.handle.expose()),
            connector,
            provider,
            user,
            client: &client,
            expires_at: link.expires_at,
        };
        self.store.put_flow(&flow).await?;
        self.metrics.consents.inc();
        let consent = consent(&link);
        self.open_links.put(key, link);
        Ok(consent)
    }

    async fn is_granted(&self, user: &UserId, connector: &ConnectorId) -> bool {
        let look = async {
            let connections = self.store.connections_of(connector).await?;
            let lacking = self.first_lacking(user, connector, &connections).await?;
            Ok::<_, StoreError>(!connections.is_empty() && lacking.is_none())
        };
        match look.await {
            Ok(granted) => granted,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "looking for a grant failed"
                );
                false
            }
        }
    }

    /// Refuses to let anybody but an admin make a grant that serves everybody.
    pub(super) async fn check_owner(&self, connection: &Connection, user: &UserId) -> Result<(), OAuthError> {
        if connection.owner() == Owner::User {
            return Ok(());
        }
        let roles = self.store.roles_of(user).await?;
        match roles.is_some_and(|roles| roles.allow(Role::Admin)) {
            true => Ok(()),
            false => Err(OAuthError::ForAdmins),
        }
    }

    /// What the person of `flow` is asked for, with what they gave the last time.
    async fn asked(&self, connection: &Connection, flow: &Flow) -> Result<Vec<AskedVariable>, StoreError> {
        let variables = &connection.provider.settings.user_vars;
        if variables.is_empty() {
            return Ok(Vec::new());
        }
        let before = self
            .store
            .grant_at(&flow.user, &flow.connector, &flow.provider)
            .await?;
        let before = before.map(|grant| grant.tokens.vars).unwrap_or_default();
        let asked = variables.iter().map(|variable| AskedVariable {
            name: variable.name.clone(),
            pattern: variable.pattern_text().to_owned(),
            before: before.get(&variable.name).cloned().unwrap_or_default(),
        });
        Ok(asked.collect())
    }

    /// The flow behind a handle, for its own user, while its connector still uses the provider.
    async fn open_flow(&self, handle: &str, user: &UserId) -> Result<(Flow, Connection), FlowError> {
        let flow = self.store.flow(&hash(handle)).await?.ok_or(FlowError::Unknown)?;
        if flow.user != *user {
            return Err(FlowError::OtherUser);
        }
        let connection = self.store.connection(&flow.connector, &flow.provider).await?;
        match connection {
            Some(connection) if flow.outcome.is_none() => Ok((flow, connection)),
            _ => Err(FlowError::Unknown),
        }
    }
}

/// Where the person will be sent; with its variables as long as they have no values.
fn host(connection: &Connection) -> String {
    let settings = &connection.provider.settings;
    let Some(address) = &settings.auth_url else {
        return String::new();
    };
    let Ok(url) = settings.fill(address, &Values::new()) else {
        let text = address.as_str();
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        return text.split('/').next().unwrap_or_default().to_owned();
    };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    }
}

/// SHA-256 in hexadecimal: how handles, states and cookies are looked up.
pub(super) fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn millis(duration: Duration) -> Millis {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembered_links_are_bounded_for_each_user() {
        let links = OpenLinks::default();
        let connector = ConnectorId::random();
        let (user, other) = (UserId::random(), UserId::random());
        let later = model::now() + millis(LIFETIME);
        let provider = ProviderId::random();
        let key = |user: &UserId, name: String| (user.clone(), connector.clone(), provider.clone(), name);
        let link = |expires_at| OpenLink {
            handle: secret::generate(""),
            expires_at,
        };
        links.put(key(&other, "kept".to_owned()), link(later));
        for (n, expires_at) in (0..100).zip(later..) {
            links.put(key(&user, n.to_string()), link(expires_at));
        }
        assert_eq!(links.0.lock().len(), LINKS + 1);
        for (of, name, known) in [(&user, "67", false), (&user, "68", true), (&other, "kept", true)] {
            assert_eq!(links.get(&key(of, name.to_owned())).is_some(), known, "{name}");
        }
    }
}
