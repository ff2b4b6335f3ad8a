//! Third-party authorization: an admin's settings, users' consent, and tokens that are always fresh.
//!
//! A connector's [`Connection`](crate::store::Connection) names a provider and how a token reaches the connector; it may
//! have several, whose tokens go along together.
//! A user's consent makes a grant. [`OAuth::token_for`] gives its token, from memory while it is live; when it is
//! about to end, one refresh is made however many calls wait. What a refresh must never do is lose the grant:
//!
//! - it runs on a task of its own, so that no caller who leaves can stop it halfway;
//! - it holds the lease on the tokens' row, renews it while the provider takes its time, and reads the row again under
//!   it; the row's version is the fencing number of whoever was held up for longer;
//! - it notes its intent before the refresh token leaves. One that may be used up is sent again only as far as its
//!   provider's rotation lets it: strict ones end the whole grant when they see one twice;
//! - its answer is stored by one compare-and-swap write, which is tried until it succeeds, and is kept sealed in a file
//!   meanwhile;
//! - only an exact `invalid_grant` ends a grant, or its connector, which refuses the token and the refreshed one too, or
//!   an answer that was lost twice. Everything else is somebody's outage, or the admin's to mend: what a provider has
//!   against the client is told once and costs no user anything.
//!
//! A grant is a user's own, or serves everybody: then an admin made it, or the client got it for itself, which no user
//! consents to. Where a provider strays from the standards is told by its settings, and dealt with in `params`
//! (requests), `authorize` (the way there and back) and `reply` (answers).
//!
//! A grant is bound to the token endpoint's origin and the client id that it was made with, so that new settings
//! never send an old refresh token to a new place.

mod access;
mod account;
mod answer;
mod authorize;
mod backoff;
mod cache;
mod care;
mod challenge;
mod client;
mod connections;
mod consent;
mod discovery;
mod doubt;
mod endpoint;
mod error;
mod events;
mod flight;
mod found;
mod given;
mod hosts;
mod metrics;
mod params;
mod refresh;
mod refused;
mod reply;
mod revoke;
mod scopes;
mod search;
mod settings;
mod settle;
mod several;
mod spill;
#[cfg(test)]
pub(crate) mod tests;
mod trial;

pub(crate) use access::{Access, Token};
pub(crate) use account::{Choice, Question};
pub(crate) use answer::Finished;
pub(crate) use connections::Listed;
pub(crate) use consent::{ConsentView, flow_cookie};
pub(crate) use error::{FlowError, OAuthError};
pub(crate) use revoke::Revoked;
pub(crate) use search::{Search, resource_places};
pub(crate) use settings::{Change, Settings};
pub(crate) use trial::Progress;

use std::{path::PathBuf, sync::Arc};

use prometheus_client::registry::Registry;
use tokio::sync::broadcast;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::{
    audit::Audit,
    model::{ConnectorId, GrantId, ProviderId, ProviderName, UserId},
    net,
    store::{Grant, Store},
};

/// How many news of stored grants a slow listener may be behind before it has to look for itself.
const NEWS: usize = 256;

/// The OAuth broker; cheap to clone.
#[derive(Clone)]
pub(crate) struct OAuth(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    http: net::Http,
    audit: Audit,
    public_url: Url,
    tasks: TaskTracker,
    /// Who this process is towards other replicas.
    owner: String,
    cache: cache::Cache,
    refreshes: flight::Flights<GrantId, refresh::Refreshed>,
    /// Tokens that clients get for themselves.
    own_grants: flight::Flights<(ConnectorId, ProviderId), Result<Arc<Grant>, OAuthError>>,
    exchanges: flight::Flights<String, Result<answer::Redeemed, Arc<FlowError>>>,
    backoff: backoff::Backoff<GrantId>,
    /// The same for what providers have against a client, by the version of its settings.
    clients: backoff::Backoff<(ProviderId, i64)>,
    hosts: hosts::Hosts,
    pace: refresh::Pace,
    spill: spill::Spill,
    refusals: refused::Refusals,
    open_links: consent::OpenLinks,
    trials: trial::Trials,
    news: broadcast::Sender<(UserId, ConnectorId)>,
    metrics: metrics::Metrics,
}

impl OAuth {
    /// `public_url` is the broker's own: redirect URIs and links start with it. `spill` is a folder for refreshed tokens
    /// that the store does not take.
    pub(crate) fn new(
        store: Arc<Store>,
        http: net::Http,
        audit: Audit,
        public_url: Url,
        tasks: TaskTracker,
        spill: PathBuf,
    ) -> Self {
        let (pace, spill) = (refresh::Pace::default(), spill::Spill::at(spill));
        Self(Arc::new(Inner {
            store,
            http,
            audit,
            public_url,
            tasks,
            owner: crate::secret::generate("broker_").expose().clone(),
            cache: cache::Cache::default(),
            refreshes: flight::Flights::default(),
            own_grants: flight::Flights::default(),
            exchanges: flight::Flights::default(),
            backoff: backoff::Backoff::default(),
            clients: backoff::Backoff::default(),
            hosts: hosts::Hosts::default(),
            pace,
            spill,
            refusals: refused::Refusals::default(),
            open_links: consent::OpenLinks::default(),
            trials: trial::Trials::default(),
            news: broadcast::channel(NEWS).0,
            metrics: metrics::Metrics::default(),
        }))
    }

    /// What an admin registers at the provider.
    pub(crate) fn redirect_uri(&self, provider: &ProviderName) -> Url {
        self.0.address(&["oauth", "callback", provider.as_str()])
    }

    pub(crate) fn register_metrics(&self, registry: &mut Registry) {
        self.0.metrics.register(registry);
    }
}

impl Inner {
    /// An address below the public URL, which may have a path of its own.
    fn address(&self, path: &[&str]) -> Url {
        let mut url = self.public_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}
