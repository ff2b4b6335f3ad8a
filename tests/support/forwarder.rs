//! A small proxy that adds a bearer token to each request, for clients that can't be given one, and changes nothing
//! else: the Host that the client named is passed on too.

use std::convert::Infallible;

use http::{Request, Response, header};
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
    /// In front of `target`, an `http://…` without a path.
    pub(crate) async fn start(target: &str, token: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (target, bearer) = (target.to_owned(), format!("Bearer {token}"));
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let (client, target, bearer) = (client.clone(), target.clone(), bearer.clone());
                let service = service_fn(move |request| {
                    let request = readdressed(request, &target, &bearer);
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

fn readdressed(mut request: Request<Incoming>, target: &str, bearer: &str) -> Request<Incoming> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = format!("{target}{path}").parse().unwrap();
    request
        .headers_mut()
        .insert(header::AUTHORIZATION, bearer.parse().unwrap());
    request
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
