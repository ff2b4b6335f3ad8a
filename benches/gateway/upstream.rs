//! The tiny MCP server behind every target: Streamable HTTP, JSON answers but for `stream`, no sessions.

use std::{convert::Infallible, net::Ipv4Addr, path::Path, process::Command};

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::process::{Process, free_port, wait_for_port};

pub(crate) struct Upstream {
    pub(crate) port: u16,
    _process: Process,
}

impl Upstream {
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// Starts this program as the server, in a process of its own.
pub(crate) async fn start(folder: &Path) -> anyhow::Result<Upstream> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("--upstream")
        .env("PORT", port.to_string())
        .current_dir(folder);
    let process = Process::start(command).context("could not start the MCP server")?;
    wait_for_port(port).await?;
    Ok(Upstream {
        port,
        _process: process,
    })
}

/// Is the server, until it is killed.
pub(crate) async fn serve() -> anyhow::Result<()> {
    let port: u16 = std::env::var("PORT").context("PORT is not set")?.parse()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
    }
}

type Answer = UnsyncBoxBody<Bytes, Infallible>;

async fn answer(request: Request<Incoming>) -> Result<Response<Answer>, Infallible> {
    let authorization = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("none")
        .to_owned();
    let status = |status| {
        let mut answer = Response::new(Full::default().boxed_unsync());
        *answer.status_mut() = status;
        Ok(answer)
    };
    let Ok(body) = request.into_body().collect().await else {
        return status(StatusCode::BAD_REQUEST);
    };
    let Ok(message) = serde_json::from_slice::<Value>(&body.to_bytes()) else {
        return status(StatusCode::BAD_REQUEST);
    };
    if message["id"].is_null() {
        return status(StatusCode::ACCEPTED);
    }
    let result = result(&message, &authorization);
    let last = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string();
    let (kind, body) = if message["params"]["name"] == "stream" {
        let number = |name: &str| message["params"]["arguments"][name].as_u64().unwrap_or_default();
        (
            "text/event-stream",
            events(number("events"), number("bytes"), &last),
        )
    } else {
        ("application/json", Full::from(last).boxed_unsync())
    };
    let mut answer = Response::new(body);
    let kind = header::HeaderValue::from_static(kind);
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(answer)
}

/// `count` messages of `bytes` each, and the response.
fn events(count: u64, bytes: u64, last: &str) -> Answer {
    let text = "x".repeat(usize::try_from(bytes).unwrap_or_default());
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": { "level": "info", "data": text } });
    let event = |message: &str| Bytes::from(format!("data: {message}\n\n"));
    let (note, last) = (event(&note.to_string()), event(last));
    let events = (0..=count).map(move |number| {
        if number < count {
            note.clone()
        } else {
            last.clone()
        }
    });
    StreamBody::new(stream::iter(events.map(|event| Ok(Frame::data(event))))).boxed_unsync()
}

fn result(message: &Value, authorization: &str) -> Value {
    let params = &message["params"];
    match message["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": params["protocolVersion"],
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "bench", "version": "1" },
        }),
        Some("tools/list") => {
            let tool = |name: &str| json!({ "name": name, "inputSchema": { "type": "object" } });
            json!({ "tools": [tool("echo"), tool("authorization"), tool("stream")] })
        }
        Some("tools/call") => {
            let text = match params["name"].as_str() {
                Some("authorization") => authorization,
                _ => params["arguments"]["text"].as_str().unwrap_or_default(),
            };
            json!({ "content": [{ "type": "text", "text": text }], "isError": false })
        }
        _ => json!({}),
    }
}
