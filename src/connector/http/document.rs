//! Documents of a connector that anybody may read.

use std::time::Duration;

use ::http::{HeaderValue, Method, Request, Response, header::ACCEPT, uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};

use super::{Http, in_time};
use crate::connector::ConnectorError;

/// How long one may take, and its length in bytes.
const DEADLINE: Duration = Duration::from_secs(10);
const LONGEST: usize = 1 << 20;

impl Http {
    /// What it has at `path`, asked with nothing that would tell who asks. A redirect is an answer like any other.
    pub(crate) async fn document(&self, path: &str) -> Result<Response<Bytes>, ConnectorError> {
        let refuse = |error: ::http::Error| ConnectorError::Io(error.into());
        let upstream = &self.0;
        let mut parts = upstream.uri.clone().into_parts();
        let path: Result<uri::PathAndQuery, _> = path.parse();
        parts.path_and_query = Some(path.map_err(|error| refuse(error.into()))?);
        let address = ::http::Uri::from_parts(parts).map_err(|error| refuse(error.into()))?;
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.method_mut() = Method::GET;
        *request.uri_mut() = address;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(ACCEPT, json);
        let asked = async {
            let answer = upstream.client.request(request).await;
            let answer = answer.map_err(|error| ConnectorError::Io(error.into()))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, LONGEST).collect().await;
            let body = body.map_err(ConnectorError::Io)?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        in_time(Some(DEADLINE), asked).await
    }
}
