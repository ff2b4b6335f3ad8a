//! What the stories share.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::{
    connector::{Link, Reply},
    mcp::{ClientSide, Message},
    model::{ConnectorId, ReleaseId, Run, Transport, UserId},
    runtime::{
        Instance, InstanceKey, Launch, LogLine, LogQuery, Runtime, RuntimeConfig, SandboxPolicy, Share,
        StartError, TokenFiles,
    },
    secret::Secret,
};

/// A runtime in a temporary folder, and a connector to start in it.
pub(super) struct Fixture {
    pub(super) directory: TempDir,
    pub(super) runtime: Runtime,
    pub(super) connector: ConnectorId,
    pub(super) release: ReleaseId,
    pub(super) user: UserId,
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// What the connector wrote, oldest first.
    pub(super) fn logged(&self) -> Vec<LogLine> {
        self.runtime.logs(&self.connector, &LogQuery::default()).lines
    }

    pub(super) fn with(change: impl FnOnce(&mut RuntimeConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let helper = script("helper.sh").into();
        #[allow(
            clippy::disallowed_methods,
            reason = "tests find node where the machine has it"
        )]
        let path = std::env::var_os("PATH").unwrap();
        let mut config = RuntimeConfig::new(directory.path().join("run"), helper, path);
        // The helper here is a script, which makes no sandbox.
        config.sandbox = SandboxPolicy::Off;
        config.stop.input = Duration::from_millis(500);
        config.stop.term = Duration::from_millis(200);
        change(&mut config);
        let runtime = Runtime::new(config, TaskTracker::new()).unwrap();
        Self {
            directory,
            runtime,
            connector: ConnectorId::random(),
            release: ReleaseId::random(),
            user: UserId::random(),
        }
    }

    pub(super) fn key(&self, generation: u64) -> InstanceKey {
        InstanceKey {
            release: self.release.clone(),
            epoch: 0,
            share: Share::User {
                user: self.user.clone(),
                generation,
                client: 0,
            },
        }
    }

    pub(super) fn shared(&self, generation: u64) -> InstanceKey {
        InstanceKey {
            release: self.release.clone(),
            epoch: 0,
            share: Share::Shared { generation },
        }
    }

    pub(super) fn launch(&self, habit: &str) -> Launch {
        Launch {
            connector: self.connector.clone(),
            name: "test".parse().unwrap(),
            release: self.release.clone(),
            number: 1,
            argv: vec!["node".into(), script("stdio.cjs"), habit.into()],
            image: None,
            artifact: None,
            root: None,
            directory: None,
            env: vec![("ACCESS_TOKEN".into(), Secret::new("canary-token".into()))],
            transport: Transport::Stdio,
            run: Run::default(),
            tokens: TokenFiles::default(),
            client: client(),
        }
    }

    pub(super) async fn start(&self, habit: &str) -> Result<Arc<Instance>, Arc<StartError>> {
        self.runtime.ensure(&self.key(1), || self.launch(habit)).await
    }
}

/// A program of this folder.
pub(super) fn script(name: &str) -> String {
    format!("{}/src/runtime/tests/{name}", env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn client() -> ClientSide {
    ClientSide::berth()
}

pub(super) fn request(id: &str, tool: &str, arguments: &str) -> Message {
    let text = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},"_meta":{{"progressToken":{id}}}}}}}"#
    );
    Message::parse(text.into()).unwrap()
}

pub(super) fn parse(text: &str) -> Message {
    Message::parse(text.to_owned().into()).unwrap()
}

/// An http connector on a port that the broker picks.
pub(super) fn http_launch(fixture: &Fixture, habit: &str) -> Launch {
    Launch {
        argv: vec!["node".into(), script("http.cjs"), "{port}".into(), habit.into()],
        transport: Transport::Http {
            port: None,
            path: "/mcp".into(),
        },
        ..fixture.launch(habit)
    }
}

/// A port of `host` that nobody gets who asks for any port, as tests beside this one do.
pub(super) fn quiet_port(host: &str) -> Option<std::net::TcpListener> {
    (0..100).find_map(|_| {
        let port = 10_000 + u16::try_from(getrandom::u32().unwrap() % 10_000).unwrap();
        std::net::TcpListener::bind((host, port)).ok()
    })
}

/// Everything that comes back for a request, its response last.
pub(super) async fn messages(link: &Link, request: Message) -> Vec<Message> {
    let reply = link.call(request, &HeaderMap::new()).await.unwrap();
    let Reply::Messages(mut reply) = reply else {
        panic!("{reply:?}")
    };
    let mut all = Vec::new();
    while let Some(message) = reply.next().await {
        all.push(message);
    }
    all
}

pub(super) async fn call_with(link: &Link, request: Message, headers: &HeaderMap) -> Message {
    let reply = link.call(request, headers).await.unwrap();
    reply.response().await.unwrap()
}

pub(super) async fn call(link: &Link, id: &str, tool: &str, arguments: &str) -> Message {
    call_with(link, request(id, tool, arguments), &HeaderMap::new()).await
}

pub(super) fn text(message: &Message) -> &str {
    std::str::from_utf8(message.bytes()).unwrap()
}

pub(super) fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
