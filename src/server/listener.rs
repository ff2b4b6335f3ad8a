//! Accepting connections, with or without TLS, and letting them finish.

use std::{net::IpAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::Router;
use hyper::server::conn::http1;
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
use tokio_util::task::TaskTracker;

use super::config::Tls;

/// How long a client may take for a TLS handshake, and for the head of a request.
const HELLO: Duration = Duration::from_secs(15);

pub(super) struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    /// Where plain connections from other machines are taken from.
    trusted_proxy: Vec<IpAddr>,
}

impl Listener {
    pub(super) fn new(
        socket: TcpListener,
        tls: Option<&Tls>,
        trusted_proxy: Vec<IpAddr>,
    ) -> anyhow::Result<Self> {
        let tls = tls
            .map(acceptor)
            .transpose()
            .context("HTTPS can't be served with this certificate and key")?;
        Ok(Self {
            socket,
            tls,
            trusted_proxy,
        })
    }

    /// Serves `app` until `until` completes; then calls `draining`, takes nothing new and lets what is under way
    /// finish, up to `deadline`.
    pub(super) async fn serve(
        &self,
        app: Router,
        tasks: &TaskTracker,
        until: impl Future<Output = ()>,
        draining: impl FnOnce(),
        deadline: Duration,
    ) {
        let graceful = GracefulShutdown::new();
        let mut until = std::pin::pin!(until);
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = &mut until => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    if self.tls.is_none()
                        && !peer.ip().is_loopback()
                        && !self.trusted_proxy.contains(&peer.ip())
                    {
                        tracing::debug!(%peer, "a plain connection that is not the proxy's was refused");
                        continue;
                    }
                    // Without it small messages of a stream wait for acknowledgements.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%peer, %error, "a connection broke at once");
                        continue;
                    }
                    tasks.spawn(connection(
                        stream,
                        self.tls.clone(),
                        app.clone(),
                        graceful.watcher(),
                    ));
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
        }
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, app: Router, watcher: Watcher) {
    let Some(tls) = tls else {
        return serve(stream, app, watcher).await;
    };
    match tokio::time::timeout(HELLO, tls.accept(stream)).await {
        Ok(Ok(stream)) => serve(stream, app, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn serve<S>(stream: S, app: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HELLO)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "a connection broke");
    }
}

fn acceptor(tls: &Tls) -> anyhow::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_slice_iter(&tls.cert)
        .collect::<Result<Vec<_>, _>>()
        .context("the certificate is not PEM")?;
    let key = PrivateKeyDer::from_pem_slice(&tls.key).context("the key is not PEM")?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
