//! A small MCP client without sessions (2026-07-28) that shows everything as it came.

use serde_json::{Value, json};

use super::mcp::{Answer, http};

pub(crate) const MODERN: &str = "2026-07-28";

/// A client, of which each request stands for itself.
pub(crate) struct Modern {
    url: String,
    token: String,
    capabilities: Value,
}

impl Modern {
    pub(crate) fn new(url: &str, token: &str, capabilities: Value) -> Self {
        Self {
            url: url.to_owned(),
            token: token.to_owned(),
            capabilities,
        }
    }

    /// Sends `body` as it is, with `headers` beside those that every request has.
    pub(crate) async fn send(&self, body: &str, headers: &[(&str, &str)]) -> Answer {
        self.send_as(MODERN, body, headers).await
    }

    /// The same with another version in the header.
    pub(crate) async fn send_as(&self, version: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = http()
            .post(&self.url)
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", version)
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.unwrap())
    }

    /// Sends a request with all that it needs.
    pub(crate) async fn post_as(&self, id: i64, method: &str, mut params: Value) -> Answer {
        let name = params.get("name").or(params.get("uri")).cloned();
        let mut meta = json!({
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": {"name": "the tests", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": self.capabilities,
        });
        if let Some(own) = params["_meta"].as_object() {
            meta.as_object_mut().unwrap().extend(own.clone());
        }
        params["_meta"] = meta;
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string();
        let mut headers = vec![("mcp-method", method)];
        if let Some(name) = name.as_ref().and_then(Value::as_str) {
            headers.push(("mcp-name", name));
        }
        self.send(&body, &headers).await
    }

    /// A request's result.
    pub(crate) async fn result(&self, method: &str, params: Value) -> Value {
        let answer = self.post_as(1, method, params).await;
        let status = answer.status;
        let message = answer.message().await;
        assert_eq!(status, 200, "{message}");
        assert!(message["result"].is_object(), "{message}");
        message["result"].clone()
    }

    /// A tool call's whole answer.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        self.post_as(1, "tools/call", params).await.message().await
    }

    /// The status of a request without a body.
    pub(crate) async fn ask(&self, method: &str) -> u16 {
        let method = method.parse().unwrap();
        let request = http().request(method, &self.url).bearer_auth(&self.token);
        let request = request
            .header("accept", "text/event-stream")
            .header("mcp-protocol-version", MODERN);
        request.send().await.unwrap().status().as_u16()
    }
}
