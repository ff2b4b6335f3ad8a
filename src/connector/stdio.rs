//! A connector on its standard input and output: newline-delimited JSON-RPC, shared by several sessions.
//!
//! One task writes and one reads. What keeps sessions apart is the [`Table`]: a request goes out under a number
//! that no other request of this process has, and comes back under the id that its session chose.

mod table;

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::table::{Cancelled, Table, Undelivered};
use super::life::Call;
use super::{
    ConnectorError, Gone, LONGEST_MESSAGE, Life, Lines, Messages, Overlong, Reply, bridge::Bridge,
    lines::LineError, reply::initialized,
};
use crate::mcp::{self, ClientSide, Kind, Malformed, Message};

/// How many messages may wait for a slow process before senders wait too.
const OUTBOX: usize = 64;

/// How much is gathered into one write, in bytes.
const WRITE_AT_ONCE: usize = 64 * 1024;

/// One process, spoken to over its pipes.
#[derive(Clone)]
pub(crate) struct Stdio(Arc<Process>);

pub(super) struct Process {
    life: Arc<Life>,
    table: Table,
    outbox: mpsc::Sender<Bytes>,
    /// Set when the process is to see the end of its input.
    input_closed: CancellationToken,
    /// Set when the pipes are of no more use: the end of its output, a broken input, a message over the limit.
    broken: CancellationToken,
    sessions: AtomicU64,
    /// For whom it is asked, where it knows no sessions.
    modern: OnceLock<ClientSide>,
    tasks: TaskTracker,
}

/// One session's share of the process.
#[derive(Debug)]
pub(crate) struct Session {
    process: Arc<Process>,
    number: u64,
    bridge: Option<Arc<Bridge>>,
}

/// A call in flight: dropping this before the response came cancels it at the process.
#[derive(Debug)]
pub(super) struct Flight {
    process: Arc<Process>,
    number: u64,
}

impl Stdio {
    /// Starts the reader and the writer. `noise` gets each line of output that is not a message.
    pub(crate) fn connect(
        stdin: impl AsyncWrite + Send + Unpin + 'static,
        stdout: impl AsyncRead + Send + Unpin + 'static,
        life: Arc<Life>,
        noise: impl Fn(&[u8]) + Send + 'static,
        tasks: &TaskTracker,
    ) -> Self {
        let (outbox, lines) = mpsc::channel(OUTBOX);
        let process = Arc::new(Process {
            life,
            table: Table::default(),
            outbox,
            input_closed: CancellationToken::new(),
            broken: CancellationToken::new(),
            sessions: AtomicU64::new(0),
            modern: OnceLock::new(),
            tasks: tasks.clone(),
        });
        tasks.spawn(write(stdin, lines, Arc::clone(&process)));
        tasks.spawn(read(stdout, noise, Arc::clone(&process)));
        Self(process)
    }

    pub(crate) fn session(&self) -> Session {
        Session {
            process: Arc::clone(&self.0),
            number: self.0.sessions.fetch_add(1, Ordering::Relaxed),
            bridge: self.0.modern.get().cloned().map(Bridge::new),
        }
    }

    /// Asks a process that knows no handshake what it is, as an `initialize` result.
    async fn discover(&self, client: &ClientSide) -> Option<Arc<RawValue>> {
        let ask = mcp::request("0", "server/discover", &serde_json::Map::new());
        let ask = mcp::modern::with_meta(&ask, client, None);
        let answer = self.session().call(&ask).await.ok()?.response().await.ok()?;
        let found = mcp::modern::initialize_result(answer.outcome()?)?;
        _ = self.0.modern.set(client.clone());
        RawValue::from_string(found).ok().map(Arc::from)
    }

    /// Initialises the process for `client`, and returns its `initialize` result as it wrote it. To be done once,
    /// before anything else. No deadline is set here.
    pub(crate) async fn initialize(&self, client: &ClientSide) -> Result<Arc<RawValue>, ConnectorError> {
        let session = self.session();
        let request = mcp::request("0", "initialize", &client.initialize_params());
        let answer = async { session.call(&request).await?.response().await }.await;
        let ended = match &answer {
            Ok(_) => self.0.life.gone(),
            Err(_) => self.0.life.gone_soon().await,
        };
        if let Some(gone) = ended {
            return Err(gone.into());
        }
        let answer = answer?;
        let (result, _version) = match initialized(&answer) {
            Ok(initialized) => initialized,
            // It may speak the revision that has no handshake.
            Err(error) => return self.discover(client).await.ok_or(error),
        };
        session
            .post(&mcp::notification(
                "notifications/initialized",
                &serde_json::Map::new(),
            ))
            .await?;
        Ok(result)
    }

    /// Closes the process's standard input: the first, polite way to ask it to end.
    pub(crate) fn close_input(&self) {
        self.0.input_closed.cancel();
    }

    /// Completes when the pipes are of no more use.
    pub(crate) async fn broken(&self) {
        self.0.broken.cancelled().await;
    }

    /// Answers every call in flight with an error that says how the process ended, and lets none start any more.
    pub(crate) fn end(&self, gone: Gone) {
        let text = format!("the connector {} before it answered", gone.status);
        self.0.life.end(gone);
        self.0
            .table
            .end(|id| mcp::error(Some(id), mcp::code::CONNECTOR_UNAVAILABLE, &text));
        self.0.input_closed.cancel();
        self.0.broken.cancel();
    }
}

/// A session that hears what belongs to no call; it does so until this is dropped.
#[derive(Debug)]
pub(super) struct Ear {
    process: Arc<Process>,
    number: u64,
}

impl Session {
    pub(super) fn listen(&self, to: mpsc::Sender<Message>) -> Ear {
        self.process.table.listen(self.number, to);
        Ear {
            process: Arc::clone(&self.process),
            number: self.number,
        }
    }

    /// The process knows one client, whose sessions are berth's to tell apart.
    fn subscription(&self, request: &Message) -> Option<Reply> {
        #[derive(Deserialize)]
        struct Resource {
            uri: String,
        }
        let table = &self.process.table;
        match (request.method()?, request.params_as::<Resource>()) {
            ("resources/subscribe", Ok(resource)) => table.subscribe(self.number, &resource.uri),
            ("resources/unsubscribe", Ok(resource)) if !table.unsubscribe(self.number, &resource.uri) => {
                let done = mcp::result(request.id().unwrap_or("null"), &serde_json::Map::new());
                return Some(Reply::whole(&done));
            }
            _ => {}
        }
        None
    }

    pub(super) async fn call(&self, request: &Message) -> Result<Reply, ConnectorError> {
        if let Some(done) = self.subscription(request) {
            return Ok(done);
        }
        let call = self.process.life.begin()?;
        self.enter(request, Some(call)).await
    }

    /// The same for a request that stays open and keeps the process from nothing.
    pub(super) async fn follow(&self, request: &Message) -> Result<Reply, ConnectorError> {
        self.enter(request, None).await
    }

    async fn enter(&self, request: &Message, call: Option<Call>) -> Result<Reply, ConnectorError> {
        let Some(entered) = self.process.table.enter(self.number, request, call) else {
            return Err(ConnectorError::Stopped);
        };
        // From here on, leaving in any way takes the call out of the table again.
        let flight = Flight {
            process: Arc::clone(&self.process),
            number: entered.number,
        };
        self.process.send(entered.request.bytes()).await?;
        Ok(Reply::Messages(Messages::new(entered.messages, flight)))
    }

    pub(super) async fn post(&self, message: &Message) -> Result<(), ConnectorError> {
        if message.is_response() {
            return match self.process.table.answered(self.number, message) {
                Some(answer) => self.process.send(answer.bytes()).await,
                // Nobody asked, or the call that it belonged to is over: nothing waits for it.
                None => Ok(()),
            };
        }
        if message.method() == Some("notifications/cancelled") {
            let Ok(cancelled) = message.params_as::<Cancelled<'_>>() else {
                return Ok(());
            };
            let Some(number) = self.process.table.cancelled(self.number, &cancelled) else {
                return Ok(());
            };
            let message = cancellation(number, cancelled.reason);
            return self.process.send(message.bytes()).await;
        }
        self.process.send(message.bytes()).await
    }

    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.process.tasks
    }

    pub(super) fn bridge(&self) -> Option<&Arc<Bridge>> {
        self.bridge.as_ref()
    }

    pub(super) fn is_open(&self) -> bool {
        self.process.life.is_open()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.process.table.is_busy(self.number)
    }
}

impl Process {
    /// Fails before anything was sent.
    async fn send(&self, message: &Bytes) -> Result<(), ConnectorError> {
        let sent = self.outbox.send(one_line(message)).await;
        sent.map_err(|_| ConnectorError::Stopped)
    }

    /// Sends without waiting. The reader must not wait for the writer: a process that writes before it reads on
    /// would then wait for berth, and berth for it.
    fn send_now(&self, message: &Message) {
        if self.outbox.try_send(one_line(message.bytes())).is_err() {
            tracing::debug!(
                method = message.method(),
                "the connector takes no input: message dropped"
            );
        }
    }

    fn take(&self, line: Bytes, noise: &impl Fn(&[u8])) {
        match Message::parse(line.clone()) {
            Ok(message) => self.route(message),
            // MCP 2025-03-26 let a server send several messages as one.
            Err(Malformed::Batch) => match serde_json::from_slice::<Vec<&RawValue>>(&line) {
                Ok(parts) => parts
                    .into_iter()
                    .filter_map(|part| Message::parse(line.slice_ref(part.get().as_bytes())).ok())
                    .for_each(|message| self.route(message)),
                Err(_) => noise(&line),
            },
            Err(_) => noise(&line),
        }
    }

    fn route(&self, message: Message) {
        match message.kind() {
            Kind::Result | Kind::Error => self.table.respond(message),
            Kind::Notification => self.table.notify(message),
            Kind::Request => {
                let id = message.id().unwrap_or("null").to_owned();
                if message.method() == Some("ping") {
                    // This asks whether the peer of the process is there, and that is berth.
                    self.send_now(&mcp::result(&id, &serde_json::Map::new()));
                } else if let Err(Undelivered) = self.table.ask(message) {
                    let text = "no client is there to answer: no call is in flight";
                    self.send_now(&mcp::error(Some(&id), mcp::code::METHOD_NOT_FOUND, text));
                }
            }
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.process.table.leave(self.number) {
            self.process.send_now(&cancellation(self.number, None));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.process.table.leave_all(self.number);
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        for id in self.process.table.unlisten(self.number) {
            let text = "the client that was asked has left";
            self.process
                .send_now(&mcp::error(Some(&id), mcp::code::METHOD_NOT_FOUND, text));
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Process")
    }
}

fn cancellation(number: u64, reason: Option<&RawValue>) -> Message {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Params<'a> {
        request_id: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a RawValue>,
    }
    let params = Params {
        request_id: number,
        reason,
    };
    mcp::notification("notifications/cancelled", &params)
}

/// A message as one line. Newlines in JSON are white space wherever they may stand, so a space says the same.
fn one_line(message: &Bytes) -> Bytes {
    if !message.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return message.clone();
    }
    message
        .iter()
        .map(|byte| {
            if matches!(byte, b'\n' | b'\r') {
                b' '
            } else {
                *byte
            }
        })
        .collect()
}

async fn write(mut stdin: impl AsyncWrite + Unpin, mut lines: mpsc::Receiver<Bytes>, process: Arc<Process>) {
    let mut buffer = Vec::new();
    let closed = process.input_closed.clone();
    loop {
        let line = tokio::select! {
            biased;
            () = closed.cancelled() => return,
            Some(line) = lines.recv() => line,
        };
        let mut next = Some(line);
        while let Some(line) = next {
            buffer.extend_from_slice(&line);
            buffer.push(b'\n');
            next = if buffer.len() < WRITE_AT_ONCE {
                lines.try_recv().ok()
            } else {
                None
            };
        }
        let written = tokio::select! {
            biased;
            () = closed.cancelled() => return,
            written = stdin.write_all(&buffer) => written,
        };
        if written.is_err() {
            process.broken.cancel();
            return;
        }
        // Nothing is kept while the process has nothing to do.
        buffer = Vec::new();
    }
}

async fn read(stdout: impl AsyncRead + Unpin, noise: impl Fn(&[u8]), process: Arc<Process>) {
    let mut lines = Lines::new(stdout, LONGEST_MESSAGE, Overlong::Fail);
    loop {
        match lines.next().await {
            Ok(Some(line)) if line.iter().all(u8::is_ascii_whitespace) => {}
            Ok(Some(line)) => process.take(line, &noise),
            Err(LineError::TooLong(_)) => {
                // First, so that a call which is repeated at once gets another instance.
                process.life.close();
                let text = ConnectorError::TooLarge.to_string();
                process
                    .table
                    .end(|id| mcp::error(Some(id), mcp::code::CONNECTOR_UNAVAILABLE, &text));
                break;
            }
            Ok(None) | Err(LineError::Io(_)) => break,
        }
    }
    process.broken.cancel();
}
