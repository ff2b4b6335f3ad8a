//! A small MCP client over Streamable HTTP that shows everything as it came.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use super::{processes, program::PATIENCE};

/// One session.
pub(crate) struct Mcp {
    url: String,
    token: String,
    pub(crate) session: Option<String>,
    /// The result of `initialize`.
    pub(crate) server: Value,
    last: AtomicI64,
}

/// An answer whose body has not been read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    response: reqwest::Response,
    buffered: Vec<u8>,
}

pub(crate) const REVISION: &str = "2025-11-25";

/// A client with no redirects and no proxy, which takes any certificate.
pub(crate) fn http() -> reqwest::Client {
    // One a thread, which is one a test: a client is slow to make, and its connections end with the test's runtime.
    thread_local! {
        static CLIENT: reqwest::Client = {
            // Two tests may come here at once; whoever is second finds the provider there.
            let _ = rustls::crypto::ring::default_provider().install_default();
            reqwest::Client::builder()
                .no_proxy()
                .tls_danger_accept_invalid_certs(true)
                .redirect(reqwest::redirect::Policy::none())
                .timeout(PATIENCE + Duration::from_secs(60))
                .build()
                .unwrap()
        };
    }
    CLIENT.with(Clone::clone)
}

impl Mcp {
    /// Opens a session: `initialize`, then `notifications/initialized`.
    pub(crate) async fn connect(url: &str, token: &str, capabilities: Value) -> Self {
        Self::connect_as(url, token, capabilities, REVISION).await
    }

    pub(crate) async fn connect_as(url: &str, token: &str, capabilities: Value, revision: &str) -> Self {
        let mut mcp = Self {
            url: url.to_owned(),
            token: token.to_owned(),
            session: None,
            server: Value::Null,
            last: AtomicI64::new(0),
        };
        let answer = mcp
            .post(
                &json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
                    "protocolVersion": revision,
                    "capabilities": capabilities,
                    "clientInfo": {"name": "the tests", "version": "1"},
                }})
                .to_string(),
            )
            .await;
        let session = answer.header("mcp-session-id");
        let (status, reply) = (answer.status, answer.message().await);
        assert_eq!(status, 200, "{reply}");
        mcp.server = reply["result"].clone();
        assert!(mcp.server.is_object(), "{reply}");
        mcp.session = session;
        let initialized = mcp
            .post(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
            .await;
        assert_eq!(initialized.status, 202);
        mcp
    }

    /// Sends `body` as it is.
    pub(crate) async fn post(&self, body: &str) -> Answer {
        self.post_accepting(body, "application/json, text/event-stream")
            .await
    }

    /// The same, as a client that takes only the media types in `accept`.
    pub(crate) async fn post_accepting(&self, body: &str, accept: &str) -> Answer {
        let mut request = http()
            .post(&self.url)
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .header("accept", accept)
            .body(body.to_owned());
        if let Some(session) = &self.session {
            request = request
                .header("mcp-session-id", session)
                .header("mcp-protocol-version", REVISION);
        }
        Answer::of(request.send().await.unwrap())
    }

    pub(crate) fn next_id(&self) -> i64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Sends a request and gives the answer unread, with the request's id.
    pub(crate) async fn send(&self, method: &str, params: Value) -> (i64, Answer) {
        let id = self.next_id();
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        (id, self.post(&body.to_string()).await)
    }

    /// A request's whole answer: the object with `result` or `error`.
    pub(crate) async fn request(&self, method: &str, params: Value) -> Value {
        let (id, answer) = self.send(method, params).await;
        let status = answer.status;
        let message = answer.message().await;
        assert_eq!(message["id"], id, "status {status}: {message}");
        message
    }

    pub(crate) async fn tools(&self) -> Vec<String> {
        let answer = self.request("tools/list", json!({})).await;
        answer["result"]["tools"]
            .as_array()
            .unwrap_or_else(|| panic!("no tools: {answer}"))
            .iter()
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A tool call's whole answer.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        self.request("tools/call", json!({"name": tool, "arguments": arguments}))
            .await
    }

    /// The text of a tool call that must succeed.
    pub(crate) async fn text(&self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments).await;
        assert_ne!(answer["result"]["isError"], true, "{answer}");
        text_of(&answer)
    }

    /// The process of the tests' connector that answers, by its id on this machine.
    pub(crate) async fn process(&self) -> u32 {
        let named = self.text("pid", json!({})).await;
        processes::outside(&named).unwrap_or_else(|| panic!("no process {named}"))
    }

    /// Ends the session.
    pub(crate) async fn delete(&self) -> u16 {
        http()
            .delete(&self.url)
            .bearer_auth(&self.token)
            .header("mcp-session-id", self.session.as_deref().unwrap_or_default())
            .header("mcp-protocol-version", REVISION)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }
}

/// The text of a tool's result.
pub(crate) fn text_of(answer: &Value) -> String {
    answer["result"]["content"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("no text: {answer}"))
        .to_owned()
}

impl Answer {
    pub(crate) fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            response,
            buffered: Vec::new(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().unwrap().to_owned())
    }

    pub(crate) fn streams(&self) -> bool {
        self.header("content-type")
            .is_some_and(|kind| kind.starts_with("text/event-stream"))
    }

    pub(crate) async fn body(self) -> String {
        self.response.text().await.unwrap()
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Option<Vec<u8>> {
        self.try_chunk().await.unwrap()
    }

    /// The same for a body that may break off.
    pub(crate) async fn try_chunk(&mut self) -> reqwest::Result<Option<Vec<u8>>> {
        Ok(self.response.chunk().await?.map(|chunk| chunk.to_vec()))
    }

    /// The next message of an event stream; `None` at its end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        Some(self.next_with_id().await?.1)
    }

    /// The same, with the id of its event.
    pub(crate) async fn next_with_id(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(end) = self.buffered.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.buffered.drain(..end + 2).collect();
                let event = String::from_utf8(event).unwrap();
                let data: String = event
                    .lines()
                    .filter_map(|line| line.strip_prefix("data:"))
                    .map(str::trim_start)
                    .collect();
                if data.is_empty() {
                    continue;
                }
                let mut ids = event.lines().filter_map(|line| line.strip_prefix("id:"));
                let id = ids.next().unwrap_or_default().trim().to_owned();
                let message = serde_json::from_str(&data).unwrap_or_else(|error| panic!("{error}: {data}"));
                return Some((id, message));
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.buffered.extend(chunk.iter().filter(|byte| **byte != b'\r'));
        }
    }

    /// The one message of a JSON body, or the response that ends an event stream.
    pub(crate) async fn message(mut self) -> Value {
        if self.streams() {
            loop {
                let message = self.next().await.expect("a response before the stream's end");
                if message.get("method").is_none() {
                    return message;
                }
            }
        }
        let status = self.status;
        let body = self.body().await;
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("status {status}, {error}: {body:?}"))
    }
}
