//! The one HTTP client for addresses that admins, users or documents name.
//!
//! It speaks https to public addresses. A name is resolved once and the connection goes to an address that was
//! checked, so that a name can't change its meaning in between; redirects are not followed, since they could carry
//! a secret elsewhere; answers have a cap and a deadline. Callers branch on [`NetError`].

mod address;
mod trace;

pub(crate) use trace::Trace;

use std::{error::Error, io, net::IpAddr, net::SocketAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// What may be reached besides https at public addresses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    /// The broker's own public URL is loopback: loopback and private addresses, and plain http, are fine too.
    pub(crate) allow_loopback: bool,
    /// Hosts that may be private or plain http wherever they are.
    pub(crate) allow_private: Vec<String>,
}

/// How long and how much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    /// From the start of a request to the last byte of its answer.
    pub(crate) total: Duration,
    /// Longest body of an answer, in bytes.
    pub(crate) body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(20),
            body: 1 << 20,
        }
    }
}

/// Why an address was refused, or why it gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum NetError {
    #[error("{0} is not an http or https address with a host")]
    NotHttp(String),
    #[error("the address of {0} carries a user name or password")]
    Credentials(String),
    #[error("the address of {0} has a fragment (#…)")]
    Fragment(String),
    #[error("the address of {0} is plain http, over which secrets would travel in the clear")]
    Plain(String),
    #[error("{host} is the private address {address}")]
    Private { host: String, address: IpAddr },
    #[error("the name {host} can't be resolved")]
    Resolve {
        host: String,
        #[source]
        source: Arc<io::Error>,
    },
    #[error("no connection to {host}")]
    Connect {
        host: String,
        #[source]
        source: Arc<reqwest::Error>,
    },
    #[error("{host} did not answer within {} s", after.as_secs())]
    TimedOut { host: String, after: Duration },
    #[error("the answer of {host} is longer than {limit} bytes")]
    TooLarge { host: String, limit: usize },
    #[error("the exchange with {host} broke off")]
    Broken {
        host: String,
        #[source]
        source: Arc<reqwest::Error>,
    },
}

impl NetError {
    /// Whether the request can't have reached the other side: nothing there has changed.
    pub(crate) fn is_unsent(&self) -> bool {
        !matches!(
            self,
            Self::TimedOut { .. } | Self::TooLarge { .. } | Self::Broken { .. }
        )
    }

    /// What to do about it; empty when there is nothing but to wait.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NotHttp(_) => "write it as https://HOST/PATH".to_owned(),
            Self::Credentials(_) | Self::Fragment(_) => "write it without that part".to_owned(),
            Self::Plain(host) | Self::Private { host, .. } => {
                format!("if it is meant to be reached, start the broker with --allow-private {host}")
            }
            Self::Resolve { .. } => "check the host's spelling, and the broker's DNS".to_owned(),
            Self::Connect { .. } | Self::TimedOut { .. } | Self::TooLarge { .. } | Self::Broken { .. } => {
                String::new()
            }
        }
    }
}

impl Policy {
    fn names(&self, host: &str) -> bool {
        self.allow_private.iter().any(|named| {
            named
                .trim_matches(['[', ']'])
                .eq_ignore_ascii_case(host.trim_matches(['[', ']']))
        })
    }

    fn admit(&self, host: &str, address: IpAddr) -> Result<(), NetError> {
        if address::is_public(address)
            || self.names(host)
            || (self.allow_loopback && address::is_local(address))
        {
            return Ok(());
        }
        Err(NetError::Private {
            host: host.to_owned(),
            address,
        })
    }

    /// Checks everything about `url` that can be seen without resolving its host.
    fn check(&self, url: &Url) -> Result<(), NetError> {
        let (Some(host), true) = (url.host(), matches!(url.scheme(), "http" | "https")) else {
            return Err(NetError::NotHttp(url.scheme().to_owned() + ":…"));
        };
        let name = host.to_string();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NetError::Credentials(name));
        }
        if url.fragment().is_some() {
            return Err(NetError::Fragment(name));
        }
        if url.scheme() == "http" && !self.allow_loopback && !self.names(&name) {
            return Err(NetError::Plain(name));
        }
        match host {
            Host::Ipv4(address) => self.admit(&name, address.into()),
            Host::Ipv6(address) => self.admit(&name, address.into()),
            Host::Domain(_) => Ok(()),
        }
    }

    async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, NetError> {
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, 0))
            .await
            .map_err(|source| NetError::Resolve {
                host: host.to_owned(),
                source: Arc::new(source),
            })?
            .collect();
        // One private address among public ones is refused too: which one is connected to is not ours to choose.
        for address in &addresses {
            self.admit(host, address.ip())?;
        }
        Ok(addresses)
    }
}

/// The client; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
    policy: Arc<Policy>,
    limits: Limits,
    trace: Option<Trace>,
}

impl Http {
    pub(crate) fn new(policy: Policy) -> anyhow::Result<Self> {
        Self::with_limits(policy, Limits::default())
    }

    pub(crate) fn with_limits(policy: Policy, limits: Limits) -> anyhow::Result<Self> {
        // Another part of the program may have chosen the same provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = Arc::new(policy);
        let client = reqwest::Client::builder()
            .user_agent(concat!("berth/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            // A kept connection that the other side closed can't be told from an answer that was lost, and a
            // refresh token must not be sent twice.
            .pool_max_idle_per_host(0)
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .dns_resolver(Arc::new(Guard(Arc::clone(&policy))))
            .build()?;
        Ok(Self {
            client,
            policy,
            limits,
            trace: None,
        })
    }

    /// How long a request and its answer may take.
    pub(crate) fn deadline(&self) -> Duration {
        self.limits.total
    }

    /// The same client, and what goes over its lines from now on.
    pub(crate) fn traced(&self) -> (Self, Trace) {
        let trace = Trace::default();
        let traced = Self {
            trace: Some(trace.clone()),
            ..self.clone()
        };
        (traced, trace)
    }

    /// Refuses an address that could never be sent to, by its text alone.
    pub(crate) fn check(&self, url: &Url) -> Result<(), NetError> {
        self.policy.check(url)
    }

    /// [`check`](Self::check), and what the host's name stands for now. A name that can't be resolved passes: it
    /// may be known later, and every request checks again.
    pub(crate) async fn check_resolved(&self, url: &Url) -> Result<(), NetError> {
        self.policy.check(url)?;
        let Some(Host::Domain(host)) = url.host() else {
            return Ok(());
        };
        match self.policy.resolve(host).await {
            Ok(_) | Err(NetError::Resolve { .. }) => Ok(()),
            Err(refused) => Err(refused),
        }
    }

    /// Sends `request` and reads the whole answer, whatever its status; a redirect is an answer like any other.
    pub(crate) async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Bytes>, NetError> {
        let shown = || request.uri().host().unwrap_or("?").to_owned();
        let url: Url = request
            .uri()
            .to_string()
            .parse()
            .map_err(|_| NetError::NotHttp(shown()))?;
        let Some(trace) = &self.trace else {
            return self.exchange(request, &url).await;
        };
        trace.request(&request, &url);
        let answer = self.exchange(request, &url).await;
        trace.answer(&answer);
        answer
    }

    async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        url: &Url,
    ) -> Result<http::Response<Bytes>, NetError> {
        self.policy.check(url)?;
        let host = request.uri().host().unwrap_or("?").to_owned();
        let explain = |error: reqwest::Error| self.explain(&host, error);
        let request = reqwest::Request::try_from(request).map_err(explain)?;
        let mut answer = self.client.execute(request).await.map_err(explain)?;
        let too_large = || NetError::TooLarge {
            host: host.clone(),
            limit: self.limits.body,
        };
        if answer
            .content_length()
            .is_some_and(|length| length > self.limits.body as u64)
        {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(explain)? {
            if body.len() + chunk.len() > self.limits.body {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = http::Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }

    fn explain(&self, host: &str, error: reqwest::Error) -> NetError {
        // Our own refusal, when it came from the resolver below.
        let mut cause = error.source();
        while let Some(inner) = cause {
            if let Some(refused) = inner.downcast_ref::<NetError>() {
                return refused.clone();
            }
            cause = inner.source();
        }
        let host = host.to_owned();
        // The address may hold what is not for logs.
        let source = |error: reqwest::Error| Arc::new(error.without_url());
        if error.is_connect() || error.is_builder() {
            NetError::Connect {
                host,
                source: source(error),
            }
        } else if error.is_timeout() {
            NetError::TimedOut {
                host,
                after: self.limits.total,
            }
        } else {
            NetError::Broken {
                host,
                source: source(error),
            }
        }
    }
}

/// Gives the client only addresses that the policy admits.
struct Guard(Arc<Policy>);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.0);
        Box::pin(async move {
            let addresses = policy.resolve(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
