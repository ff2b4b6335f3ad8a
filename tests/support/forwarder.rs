//! A small proxy that changes one header of each request and nothing else: the Host that the client named is passed on
//! too.

use std::convert::Infallible;

use http::{HeaderName, HeaderValue, Request, Response, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::{net::TcpListener, task::JoinSet};

/// It listens until this is dropped.
pub(crate) struct Forwarder {
    /// `http://127.0.0.1:PORT`, in the place of the target's.
    pub(crate) url: String,
    _listener: JoinSet<()>,
}

impl Forwarder {
    /// In front of `target`, an `http://…` without a path, it adds a bearer token, for clients that can't be given one.
    pub(crate) async fn adding_token(target: &str, token: &str) -> Self {
        Self::setting(target, header::AUTHORIZATION, &format!("Bearer {token}")).await
    }

    /// It takes away that the client takes streams.
    pub(crate) async fn without_streams(target: &str) -> Self {
        Self::setting(target, header::ACCEPT, "application/json").await
    }

    async fn setting(target: &str, name: HeaderName, value: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (target, value) = (target.to_owned(), HeaderValue::from_str(value).unwrap());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let (client, target) = (client.clone(), target.clone());
                let (name, value) = (name.clone(), value.clone());
                let service = service_fn(move |mut request: Request<Incoming>| {
                    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
                    *request.uri_mut() = format!("{target}{path}").parse().unwrap();
                    request.headers_mut().insert(name.clone(), value.clone());
                    send(client.clone(), request)
                });
                connections.spawn(async move {
                    // An error here is a client that went away.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { url, _listener: task }
    }
}

async fn send(
    client: Client<HttpConnector, Incoming>,
    request: Request<Incoming>,
) -> Result<Response<Incoming>, Infallible> {
    Ok(client
        .request(request)
        .await
        .expect("what it stands before answers"))
}
