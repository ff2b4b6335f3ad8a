//! A minimal MCP client over Streamable HTTP (revision 2025-11-25): what alice's and bob's editors are in the demo.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context as _, bail};
use reqwest::{Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::mcp::{self, Kind, Message};

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";
/// The demo's answers are a few hundred bytes.
const LARGEST_ANSWER: usize = 1 << 20;

/// What the client says it can do when a person has to be sent to a web page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elicitation {
    /// Nothing: most clients today.
    None,
    /// `elicitation.url`: the call may be held while the person is in the browser.
    Url,
}

/// One session with one connector.
pub(crate) struct Client {
    http: reqwest::Client,
    endpoint: String,
    token: String,
    session: Option<String>,
    next_id: AtomicU64,
}

/// A call that is not answered yet.
pub(crate) struct Pending<'a> {
    client: &'a Client,
    id: String,
    stream: Stream,
}

/// What comes back on a call.
pub(crate) enum Event {
    /// The server asks to send the person to a page; the call goes on by itself.
    OpenUrl { id: String, url: Url },
    /// The tool's result; nothing comes after it.
    Done(ToolResult),
}

/// A tool's result, as far as the demo looks at it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToolResult {
    content: Vec<Content>,
    #[serde(default)]
    pub(crate) is_error: bool,
}

#[derive(Debug, Deserialize)]
struct Content {
    #[serde(default)]
    text: String,
}

impl ToolResult {
    pub(crate) fn text(&self) -> &str {
        self.content
            .first()
            .map(|content| content.text.as_str())
            .unwrap_or_default()
    }
}

impl Client {
    /// Does the `initialize` handshake.
    pub(crate) async fn connect(
        endpoint: &str,
        token: &str,
        elicitation: Elicitation,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(50))
            .build()
            .context("could not make an HTTP client")?;
        let mut client = Self {
            http,
            endpoint: endpoint.to_owned(),
            token: token.to_owned(),
            session: None,
            next_id: AtomicU64::new(1),
        };
        let capabilities = match elicitation {
            Elicitation::None => json!({}),
            Elicitation::Url => json!({ "elicitation": { "url": {} } }),
        };
        let params = json!({
            "protocolVersion": mcp::LATEST.as_str(),
            "capabilities": capabilities,
            "clientInfo": { "name": "berth demo", "version": env!("CARGO_PKG_VERSION") },
        });
        let answer = client.post(&mcp::request("0", "initialize", &params)).await?;
        client.session = answer
            .headers()
            .get(SESSION)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        Stream::new(answer)?.response("0").await?;
        let ready = mcp::notification("notifications/initialized", &json!({}));
        client.post(&ready).await?;
        Ok(client)
    }

    /// The names of the tools.
    pub(crate) async fn tools(&self) -> anyhow::Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Listed {
            tools: Vec<Tool>,
        }
        #[derive(Deserialize)]
        struct Tool {
            name: String,
        }
        let (id, stream) = self.request("tools/list", &json!({})).await?;
        let listed: Listed = serde_json::from_value(stream.response(&id).await?)?;
        Ok(listed.tools.into_iter().map(|tool| tool.name).collect())
    }

    /// Calls a tool without arguments, up to its result.
    pub(crate) async fn call(&self, tool: &str) -> anyhow::Result<ToolResult> {
        match self.start(tool).await?.next().await? {
            Event::Done(result) => Ok(result),
            Event::OpenUrl { .. } => {
                bail!("the broker asked to open a page, which this client never declared")
            }
        }
    }

    /// Calls a tool; what happens meanwhile comes with [`Pending::next`].
    pub(crate) async fn start(&self, tool: &str) -> anyhow::Result<Pending<'_>> {
        let params = json!({ "name": tool, "arguments": {} });
        let (id, stream) = self.request("tools/call", &params).await?;
        let client = self;
        Ok(Pending { client, id, stream })
    }

    /// Tells the server that the person agreed to go to the page (not that they are through with it).
    pub(crate) async fn accept(&self, id: &str) -> anyhow::Result<()> {
        let accepted = mcp::result(id, &json!({ "action": "accept" }));
        self.post(&accepted).await.map(drop)
    }

    async fn request(&self, method: &str, params: &Value) -> anyhow::Result<(String, Stream)> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed).to_string();
        let answer = self.post(&mcp::request(&id, method, params)).await?;
        Ok((id, Stream::new(answer)?))
    }

    async fn post(&self, message: &Message) -> anyhow::Result<Response> {
        let mut request = self
            .http
            .post(&self.endpoint)
            .bearer_auth(&self.token)
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(header::CONTENT_TYPE, "application/json")
            .header(VERSION, mcp::LATEST.as_str())
            .body(message.bytes().clone());
        if let Some(session) = &self.session {
            request = request.header(SESSION, session);
        }
        let answer = request.send().await.context("the MCP client got no answer")?;
        match answer.status() {
            StatusCode::OK | StatusCode::ACCEPTED => Ok(answer),
            status => {
                let text = answer.text().await.unwrap_or_default();
                bail!("the MCP endpoint answered {status}: {}", text.trim())
            }
        }
    }
}

impl Pending<'_> {
    /// Waits for what comes next. Progress and other notifications are passed over.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Event> {
        loop {
            let message = self.stream.next().await?;
            match (message.kind(), message.method()) {
                (Kind::Request, Some("elicitation/create")) => return asked(&message),
                (Kind::Request, Some(method)) => bail!("the server asked for {method}"),
                (Kind::Result | Kind::Error, _) => {
                    let result = outcome(&message, &self.id)?;
                    return Ok(Event::Done(serde_json::from_value(result)?));
                }
                _ => {}
            }
        }
    }

    pub(crate) async fn accept(&self, id: &str) -> anyhow::Result<()> {
        self.client.accept(id).await
    }
}

fn asked(message: &Message) -> anyhow::Result<Event> {
    #[derive(Deserialize)]
    struct Elicit {
        mode: String,
        url: Url,
    }
    let params: Elicit = message.params_as().context("an elicitation that can't be read")?;
    if params.mode != "url" {
        bail!("an elicitation of mode {:?}", params.mode);
    }
    let id = message.id().unwrap_or_default().to_owned();
    Ok(Event::OpenUrl { id, url: params.url })
}

/// The result in a response to the request with `id`.
fn outcome(message: &Message, id: &str) -> anyhow::Result<Value> {
    if message.id().is_some_and(|answered| answered != id) {
        bail!(
            "an answer to {} came on the stream of {id}",
            message.id().unwrap_or_default()
        );
    }
    let outcome = message.outcome().unwrap_or_default();
    match message.kind() {
        Kind::Result => Ok(serde_json::from_str(outcome)?),
        _ => bail!("the server answered with an error: {outcome}"),
    }
}

/// The messages in an answer's body: one as JSON, or several as an event stream.
struct Stream {
    answer: Response,
    events: bool,
    buffer: Vec<u8>,
    ready: VecDeque<Message>,
}

impl Stream {
    fn new(answer: Response) -> anyhow::Result<Self> {
        let kind = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let events = kind.starts_with("text/event-stream");
        if !events && !kind.starts_with("application/json") {
            bail!("an answer of type {kind:?}");
        }
        Ok(Self {
            answer,
            events,
            buffer: Vec::new(),
            ready: VecDeque::new(),
        })
    }

    /// Reads up to the response, and ignores what comes before it.
    async fn response(mut self, id: &str) -> anyhow::Result<Value> {
        loop {
            let message = self.next().await?;
            if message.is_response() {
                return outcome(&message, id);
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Message> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(message);
            }
            match self.answer.chunk().await.context("the answer broke off")? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk),
                None if self.events || self.buffer.is_empty() => {
                    bail!("the answer ended before its response")
                }
                None => return Ok(Message::parse(std::mem::take(&mut self.buffer).into())?),
            }
            if self.buffer.len() > LARGEST_ANSWER {
                bail!("an answer of more than 1 MiB");
            }
            while self.events
                && let Some(data) = take_event(&mut self.buffer)
            {
                // An event without data is a heartbeat or tells where to resume.
                if !data.is_empty() {
                    self.ready.push_back(Message::parse(data.into())?);
                }
            }
        }
    }
}

/// Cuts one whole event off the front of `buffer`; what comes back is its data.
fn take_event(buffer: &mut Vec<u8>) -> Option<String> {
    let text = std::str::from_utf8(buffer).ok()?;
    let normal = text.replace("\r\n", "\n");
    let (event, rest) = normal.split_once("\n\n")?;
    let data: Vec<&str> = event
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(|data| data.strip_prefix(' ').unwrap_or(data))
        .collect();
    let data = data.join("\n");
    *buffer = rest.as_bytes().to_vec();
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_cut_off_one_by_one() {
        let mut buffer =
            b": hi\n\nid: 1\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\nevent: message\ndata:x\n\ndata: half"
                .to_vec();
        assert_eq!(take_event(&mut buffer).as_deref(), Some(""));
        assert_eq!(take_event(&mut buffer).as_deref(), Some("{\"a\":\n1}"));
        assert_eq!(take_event(&mut buffer).as_deref(), Some("x"));
        assert_eq!(take_event(&mut buffer), None);
        assert_eq!(buffer, b"data: half");
    }
}
