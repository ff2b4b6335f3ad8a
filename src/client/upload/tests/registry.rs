//! A registry for tests that keeps unfinished uploads, and that misbehaves when it is told to.

use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use url::Url;

use crate::{
    client::{Client, Credential, Origin},
    model::Digest,
    secret::Secret,
};

/// Runs until it is dropped.
pub(super) struct Registry {
    pub(super) url: Url,
    pub(super) state: Arc<Mutex<State>>,
    _server: JoinSet<()>,
}

/// What it holds, and how it behaves.
#[derive(Default)]
pub(super) struct State {
    pub(super) blobs: HashMap<String, Vec<u8>>,
    pub(super) manifests: HashMap<String, Vec<u8>>,
    /// Unfinished uploads by the digest that they were begun with.
    pub(super) unfinished: HashMap<String, Vec<u8>>,
    /// `METHOD /path?query content-range`, without the repository's address.
    pub(super) seen: Vec<String>,
    pub(super) tokens: Vec<String>,
    /// Bytes of blobs that arrived.
    pub(super) received: u64,
    /// The connection that brings the byte of this number is closed; the next of them is the last.
    pub(super) cuts: Vec<u64>,
    /// Whether an upload that has nothing yet says `Range: 0-0`, as many registries do, instead of nothing.
    pub(super) says_zero: bool,
    /// Whether `?resume` is unknown to it.
    pub(super) forgets: bool,
    /// Largest body that gets through, as if there were a proxy in front of it.
    pub(super) largest_body: Option<usize>,
    /// How many more requests with a large body are neither read to their end nor answered.
    pub(super) stalls: usize,
    /// Answers that are given once each, the last first, to requests that begin like this.
    pub(super) answers: Vec<(&'static str, String)>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    range: Option<String>,
}

impl Registry {
    pub(super) async fn start(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let state = Arc::new(Mutex::new(state));
        let mut server = JoinSet::new();
        let shared = Arc::clone(&state);
        server.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = Arc::clone(&shared);
                connections.spawn(async move { serve(stream, &shared).await });
            }
        });
        Self {
            url,
            state,
            _server: server,
        }
    }

    /// A client of it with the token `berth_test`.
    pub(super) fn client(&self) -> Client {
        let credential = Credential {
            token: Secret::new("berth_test".to_owned()),
            origin: Origin {
                place: "the test".to_owned(),
                remedy: String::new(),
            },
            renewal: None,
        };
        Client::new(self.url.clone(), Some(credential)).unwrap()
    }

    /// How many requests began like this.
    pub(super) fn count(&self, start: &str) -> usize {
        let state = self.state.lock();
        state.seen.iter().filter(|line| line.starts_with(start)).count()
    }
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes).unwrap();
    let field = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = field("content-length").map_or(0, |length| length.parse().unwrap());
    let mut line = head.lines().next()?.split(' ');
    let (method, target) = (line.next()?.to_owned(), line.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let request = Request {
        method,
        path: path.strip_prefix("/v2/gong-crm/")?.to_owned(),
        query: query.replace("%3A", ":"),
        range: field("content-range"),
    };
    let told = {
        let mut state = state.lock();
        state.tokens.push(field("authorization").unwrap_or_default());
        let line = format!(
            "{} {}?{} {}",
            request.method,
            request.path,
            request.query,
            request.range.as_deref().unwrap_or_default()
        );
        let wanted = state
            .answers
            .last()
            .is_some_and(|(start, _)| line.starts_with(start));
        state.seen.push(line);
        let told = wanted.then(|| state.answers.pop()).flatten();
        let too_large = state.largest_body.is_some_and(|most| length > most);
        let refusal = "413 Too Large\r\ncontent-type: text/html\r\n\r\n<html>413</html>".to_owned();
        told.map(|(_, answer)| answer).or(too_large.then_some(refusal))
    };
    if length > 100_000 && stalls(state) {
        std::future::pending::<()>().await;
    }
    let mut cut = count(state, &request, body.len());
    while body.len() < length && !cut {
        let before = body.len();
        cut = stream.read_buf(&mut body).await.ok()? == 0;
        cut |= count(state, &request, body.len() - before);
    }
    let answer = match told {
        Some(answer) => answer,
        None => {
            let answer = state.lock().answer(&request, body, cut);
            match answer {
                ControlFlow::Continue(answer) if !cut => answer,
                _ => return None,
            }
        }
    };
    let answer = match answer.contains("\r\n\r\n") {
        true => answer.replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1),
        false => format!("{answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    };
    stream
        .write_all(format!("HTTP/1.1 {answer}").as_bytes())
        .await
        .ok()
}

fn stalls(state: &Mutex<State>) -> bool {
    let mut state = state.lock();
    let left = state.stalls.checked_sub(1);
    state.stalls = left.unwrap_or_default();
    left.is_some()
}

/// Counts a blob's bytes; whether the connection is to be cut.
fn count(state: &Mutex<State>, request: &Request, bytes: usize) -> bool {
    let mut state = state.lock();
    if request.path.starts_with("blobs/") {
        state.received += bytes as u64;
    }
    let received = state.received;
    let is_due = state.cuts.last().is_some_and(|at| received >= *at);
    if is_due {
        state.cuts.pop();
    }
    is_due
}

impl State {
    fn answer(&mut self, request: &Request, body: Vec<u8>, cut: bool) -> ControlFlow<(), String> {
        let parameter = |name: &str| {
            let mut pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        let (kind, rest) = request.path.split_once('/').unwrap();
        let answer = match (request.method.as_str(), kind, rest) {
            ("HEAD", "manifests", digest) => found(self.manifests.contains_key(digest)),
            ("HEAD", "blobs", digest) => found(self.blobs.contains_key(digest)),
            ("PUT", "manifests", digest) => {
                self.manifests.insert(digest.to_owned(), body);
                "201 Created".to_owned()
            }
            ("POST", _, _) if parameter("digest").is_some() => {
                if cut {
                    return ControlFlow::Break(());
                }
                self.store(&parameter("digest").unwrap(), body)
            }
            ("POST", _, _) => {
                let id = parameter("resume").unwrap_or_default();
                if self.forgets {
                    self.unfinished.remove(&id);
                }
                self.unfinished.entry(id.clone()).or_default();
                self.standing("202 Accepted", &id)
            }
            (method, _, place) => {
                let id = place.strip_prefix("uploads/").unwrap().to_owned();
                let Some(has) = self.unfinished.get_mut(&id) else {
                    return ControlFlow::Continue("404 Not Found".to_owned());
                };
                let range = request.range.as_deref().and_then(|range| range.split_once('-'));
                if range.is_some_and(|(start, _)| start != has.len().to_string()) {
                    return ControlFlow::Continue("416 Range Not Satisfiable".to_owned());
                }
                has.extend(body);
                if cut {
                    return ControlFlow::Break(());
                }
                match method {
                    "GET" => self.standing("204 No Content", &id),
                    "PATCH" => self.standing("202 Accepted", &id),
                    _ => {
                        let whole = self.unfinished.remove(&id).unwrap();
                        self.store(&parameter("digest").unwrap(), whole)
                    }
                }
            }
        };
        ControlFlow::Continue(answer)
    }

    fn store(&mut self, digest: &str, bytes: Vec<u8>) -> String {
        if Digest::of(&bytes).as_str() != digest {
            let body = r#"{"errors":[{"code":"DIGEST_INVALID","message":"another"}]}"#;
            return format!("400 Bad Request\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        }
        assert!(
            self.blobs.insert(digest.to_owned(), bytes).is_none(),
            "{digest} came twice"
        );
        "201 Created".to_owned()
    }

    /// Spells its address otherwise than it is reached: only the path counts.
    fn standing(&self, status: &str, id: &str) -> String {
        let has = self.unfinished[id].len();
        let range = match has {
            0 if !self.says_zero => String::new(),
            _ => format!("\r\nrange: 0-{}", has.saturating_sub(1)),
        };
        let location = format!("https://elsewhere.example/v2/gong-crm/blobs/uploads/{id}?a=b");
        format!("{status}\r\nlocation: {location}{range}")
    }
}

fn found(is_there: bool) -> String {
    let status = if is_there { "200 OK" } else { "404 Not Found" };
    status.to_owned()
}
