//! A provider that says yes to everything: what it costs to authorize is not what is measured.

use std::{convert::Infallible, net::Ipv4Addr};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use url::{Url, form_urlencoded};

/// The token that it gives to everyone, and that has to arrive at the connector.
pub(crate) const TOKEN: &str = "bench-access-token-0123456789012345678901234567890";

pub(crate) struct Provider {
    pub(crate) url: String,
}

/// Serves for as long as the program runs.
pub(crate) async fn start() -> anyhow::Result<Provider> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
        }
    });
    Ok(Provider { url })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut answer = Response::new(Full::default());
    if request.uri().path() == "/token" {
        let body = format!(
            r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":86400,"refresh_token":"r"}}"#
        );
        *answer.body_mut() = Full::from(body);
        return Ok(answer);
    }
    match back(request.uri().query().unwrap_or_default()) {
        Some(location) => {
            *answer.status_mut() = StatusCode::SEE_OTHER;
            answer.headers_mut().insert(header::LOCATION, location);
        }
        None => *answer.status_mut() = StatusCode::BAD_REQUEST,
    }
    Ok(answer)
}

fn back(query: &str) -> Option<header::HeaderValue> {
    let get = |wanted: &str| {
        let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    let mut url = Url::parse(&get("redirect_uri")?).ok()?;
    url.query_pairs_mut()
        .append_pair("code", "c")
        .append_pair("state", &get("state")?);
    header::HeaderValue::from_str(url.as_str()).ok()
}
