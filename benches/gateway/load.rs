//! The load: sessions that each make one call after the other on a connection of their own.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

use crate::process::cpu_seconds;

/// Where calls are sent.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    pub(crate) path: String,
    /// The MCP client's bearer token; every target is sent one, so that all read the same requests.
    pub(crate) token: String,
    /// Whose CPU time counts, together with its children that run the same program.
    pub(crate) pid: Option<u32>,
}

/// What came of one or more rounds.
#[derive(Default)]
pub(crate) struct Measured {
    seconds: f64,
    cpu: Option<f64>,
    /// Microseconds.
    pub(crate) latencies: Vec<u32>,
}

impl Measured {
    pub(crate) fn add(&mut self, more: Self) {
        self.seconds += more.seconds;
        self.cpu = match (self.cpu, more.cpu) {
            (Some(before), Some(more)) => Some(before + more),
            (before, more) => before.or(more),
        };
        self.latencies.extend(more.latencies);
    }

    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// CPU seconds for a thousand calls.
    pub(crate) fn cpu_per_thousand(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu * 1000.0 / self.latencies.len() as f64)
    }

    /// Microseconds; the latencies are sorted by then.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = (last as f64 * part).round() as usize;
        self.latencies.get(at).copied().unwrap_or_default().into()
    }
}

/// Opens the sessions, lets them get warm, then measures for `time`.
pub(crate) async fn run(
    target: &Target,
    sessions: usize,
    bytes: usize,
    time: Duration,
) -> anyhow::Result<Measured> {
    let mut open = Vec::with_capacity(sessions);
    for _ in 0..sessions {
        let mut session = Session::open(target).await?;
        session.call(bytes).await?;
        open.push(session);
    }
    let cpu = target.pid.map(cpu_seconds).transpose()?;
    let began = Instant::now();
    let mut running = JoinSet::new();
    for mut session in open {
        running.spawn(async move {
            let mut latencies = Vec::with_capacity(1 << 14);
            while began.elapsed() < time {
                let sent = Instant::now();
                session.call(bytes).await?;
                latencies.push(u32::try_from(sent.elapsed().as_micros())?);
            }
            anyhow::Ok(latencies)
        });
    }
    let mut measured = Measured::default();
    while let Some(latencies) = running.join_next().await {
        measured.latencies.extend(latencies??);
    }
    measured.seconds = began.elapsed().as_secs_f64();
    if let (Some(pid), Some(before)) = (target.pid, cpu) {
        measured.cpu = Some(cpu_seconds(pid)? - before);
    }
    Ok(measured)
}

/// An MCP session on one connection.
pub(crate) struct Session {
    connection: SendRequest<Full<Bytes>>,
    target: Target,
    id: Option<http::HeaderValue>,
    calls: u64,
}

impl Session {
    pub(crate) async fn open(target: &Target) -> anyhow::Result<Self> {
        let mut session = Self::connect(target).await?;
        session.id = session.initialize().await?;
        let ready = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        session.post(ready.into()).await?.into_body().collect().await?;
        Ok(session)
    }

    /// A connection without a session.
    pub(crate) async fn connect(target: &Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(&target.address)
            .await
            .with_context(|| format!("could not connect to {}", target.address))?;
        stream.set_nodelay(true)?;
        let (connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        let (target, id) = (target.clone(), None);
        Ok(Self {
            connection,
            target,
            id,
            calls: 0,
        })
    }

    /// Begins a session and leaves it at that; gives what it is called.
    pub(crate) async fn initialize(&mut self) -> anyhow::Result<Option<http::HeaderValue>> {
        let initialize = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#;
        let answer = self.post(initialize.into()).await?;
        ensure!(
            answer.status() == StatusCode::OK,
            "initialize: {}",
            answer.status()
        );
        let id = answer.headers().get("mcp-session-id").cloned();
        answer.into_body().collect().await?;
        Ok(id)
    }

    /// One `tools/call` with `bytes` of text, up to the end of its answer.
    pub(crate) async fn call(&mut self, bytes: usize) -> anyhow::Result<()> {
        let answer = self.tool("echo", &"x".repeat(bytes)).await?;
        // Looked for and not parsed: the generator's own work must stay small.
        if !contains(&answer, b"\"isError\":false") {
            bail!("a call failed: {}", String::from_utf8_lossy(&answer));
        }
        Ok(())
    }

    /// Calls `tool`; what comes back is the body of its answer.
    pub(crate) async fn tool(&mut self, tool: &str, text: &str) -> anyhow::Result<Bytes> {
        let answer = self.begin(tool, &format!(r#"{{"text":"{text}"}}"#)).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(
            status == StatusCode::OK,
            "{status}: {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }

    /// Calls `tool` with an object of arguments; the answer's body is yet to be read.
    pub(crate) async fn begin(&mut self, tool: &str, arguments: &str) -> anyhow::Result<Response<Incoming>> {
        self.calls += 1;
        let id = self.calls;
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
        );
        self.post(body).await
    }

    async fn post(&mut self, body: String) -> anyhow::Result<Response<Incoming>> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&self.target.path)
            .header(header::HOST, &self.target.address)
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.target.token))
            .header("mcp-protocol-version", "2025-11-25");
        if let Some(id) = &self.id {
            request = request.header("mcp-session-id", id);
        }
        self.connection.ready().await?;
        Ok(self
            .connection
            .send_request(request.body(Full::new(body.into()))?)
            .await?)
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
