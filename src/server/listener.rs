//! Accepting connections, with or without TLS, and letting them finish.

use std::{net::IpAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::Router;
use http::HeaderMap;
use hyper::{
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::model::Peer;

/// How long a client may take for a TLS handshake.
const HELLO: Duration = Duration::from_secs(15);
/// How long a client may take for the head of a request. It counts between two requests of one connection as well,
/// and must be longer than proxies keep theirs (nginx: 60 s), or they send into a connection that closes.
const HEAD: Duration = Duration::from_secs(75);

pub(super) struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    /// Where plain connections from other machines are taken from.
    trusted_proxy: Vec<IpAddr>,
}

impl Listener {
    pub(super) fn new(socket: TcpListener, tls: Option<TlsAcceptor>, trusted_proxy: Vec<IpAddr>) -> Self {
        Self {
            socket,
            tls,
            trusted_proxy,
        }
    }

    /// Serves `app` to all but those that `is_unwelcome` until `until` completes; then calls `draining`, takes nothing new and lets what is under way
    /// finish, up to `deadline`.
    pub(super) async fn serve(
        &self,
        app: Router,
        tasks: &TaskTracker,
        is_unwelcome: impl Fn(IpAddr) -> bool,
        until: impl Future<Output = ()>,
        draining: impl FnOnce(),
        deadline: Duration,
    ) {
        let (graceful, cut) = (GracefulShutdown::new(), CancellationToken::new());
        let mut until = std::pin::pin!(until);
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = &mut until => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // A listener on both families sees an IPv4 peer as ::ffff:a.b.c.d.
                    let from = peer.ip().to_canonical();
                    if is_unwelcome(from) {
                        tracing::warn!(%from, "a connector's connection to the broker was refused");
                        continue;
                    }
                    if self.tls.is_none() && !from.is_loopback() && !self.trusted_proxy.contains(&from) {
                        tracing::warn!(%from, "a plain connection that is not the proxy's was refused");
                        continue;
                    }
                    // Without it small messages of a stream wait for acknowledgements.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%peer, %error, "a connection broke at once");
                        continue;
                    }
                    let from = OtherSide {
                        peer: from,
                        is_proxy: self.trusted_proxy.contains(&from),
                    };
                    let connection =
                        connection(stream, from, self.tls.clone(), app.clone(), graceful.watcher());
                    let cut = cut.clone();
                    tasks.spawn(async move {
                        tokio::select! {
                            () = connection => {}
                            () = cut.cancelled() => {}
                        }
                    });
                }
                Err(error) => {
                    // Mostly too many open files: the listener must outlive it without spinning.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        draining();
        tracing::info!(connections = graceful.count(), "draining");
        if tokio::time::timeout(deadline, graceful.shutdown()).await.is_err() {
            tracing::warn!("connections were cut: they did not finish in time");
            cut.cancel();
        }
    }
}

/// The other side of a connection.
#[derive(Debug, Clone, Copy)]
struct OtherSide {
    peer: IpAddr,
    /// It is named as a proxy, whose word on who asks counts.
    is_proxy: bool,
}

impl OtherSide {
    /// Who sent a request: behind the proxy whoever came to it last, whom it has added to what was there.
    fn sender(self, headers: &HeaderMap) -> Peer {
        let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
        let last = || forwarded?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok();
        Peer(self.is_proxy.then(last).flatten().unwrap_or(self.peer))
    }
}

async fn connection(
    stream: TcpStream,
    from: OtherSide,
    tls: Option<TlsAcceptor>,
    app: Router,
    watcher: Watcher,
) {
    let Some(tls) = tls else {
        return serve(stream, from, app, watcher).await;
    };
    match tokio::time::timeout(HELLO, tls.accept(stream)).await {
        Ok(Ok(stream)) => serve(stream, from, app, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn serve<S>(stream: S, from: OtherSide, app: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let app = TowerToHyperService::new(app);
    let app = service_fn(move |mut request: hyper::Request<_>| {
        let sender = from.sender(request.headers());
        request.extensions_mut().insert(sender);
        app.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), app);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "a connection broke");
    }
}

/// What HTTPS is served with; fails when the certificate chain and the key, both PEM, do not belong together.
pub(super) fn acceptor(cert: &[u8], key: &[u8]) -> anyhow::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_slice_iter(cert)
        .collect::<Result<Vec<_>, _>>()
        .context("the certificate is not PEM")?;
    let key = PrivateKeyDer::from_pem_slice(key).context("the key is not PEM")?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
