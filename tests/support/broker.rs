//! The real broker, in a folder of its own, and the CLI beside it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, process::Command};

use super::{
    images::Engine,
    mcp::Mcp,
    processes,
    program::{Output, PATIENCE, Program, fixture},
};

/// `berth serve` on a free port of loopback. It is killed when this is dropped, and what it started with it.
pub(crate) struct Broker {
    program: Program,
    /// Where it listens, which is its public URL too: `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    folder: TempDir,
    /// What `serve` is given besides, at the next start too.
    pub(crate) arguments: Vec<String>,
    surroundings: Surroundings,
}

/// What else its process has, besides what the test's own process has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// All of PATH.
    pub(crate) path: Option<PathBuf>,
    pub(crate) variables: Vec<(&'static str, String)>,
    /// The user that it runs as, and the CLI too; for tests that run as root.
    pub(crate) user: Option<u32>,
    /// The groups that this user is in.
    pub(crate) groups: Vec<u32>,
    /// Whether the kernel lets it make no namespaces, as in many a container.
    pub(crate) confined: bool,
    /// Where it listens, if not on loopback.
    pub(crate) listen: Option<&'static str>,
}

/// Runs its arguments where nobody can make a namespace of users: in one that allows for none, as the same user.
const CONFINED: &str =
    "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps -all --inh-caps -all \"$@\"";

/// The setting with which the tests' connector writes down what happens to it, in its own home.
pub(crate) const EVENTS: &str = "EVENTS=events";

impl Broker {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// On a machine where `path` is all of PATH.
    pub(crate) async fn start_in_path(path: &Path) -> Self {
        let surroundings = Surroundings {
            path: Some(path.to_owned()),
            ..Surroundings::default()
        };
        Self::start_in(&[], surroundings).await
    }

    /// With more arguments to `serve`.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        Self::start_in(arguments, Surroundings::default()).await
    }

    /// The same in other surroundings than the test's own.
    pub(crate) async fn start_in(arguments: &[&str], surroundings: Surroundings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some(user) = surroundings.user {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(user)).unwrap();
        }
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let listen = surroundings.listen.unwrap_or("127.0.0.1:0");
        let (program, url) = serve(folder.path(), listen, &arguments, &surroundings).await;
        Self {
            program,
            url,
            folder,
            arguments,
            surroundings,
        }
    }

    /// Starts it again on the same folder and address, after it was stopped or killed.
    pub(crate) async fn start_again(&mut self) {
        self.start_again_where(self.surroundings.clone()).await;
    }

    /// The same on a machine where `path` is all of PATH.
    pub(crate) async fn start_again_in_path(&mut self, path: &Path) {
        let surroundings = Surroundings {
            path: Some(path.to_owned()),
            ..self.surroundings.clone()
        };
        self.start_again_where(surroundings).await;
    }

    async fn start_again_where(&mut self, surroundings: Surroundings) {
        let address = self.url.trim_start_matches("http://").to_owned();
        let (program, url) = serve(self.folder.path(), &address, &self.arguments, &surroundings).await;
        assert_eq!(url, self.url);
        self.program = program;
    }

    /// `kill -9`, and waits for its end.
    pub(crate) async fn kill(&mut self) {
        self.program.child.start_kill().unwrap();
        self.program.child.wait().await.unwrap();
    }

    /// SIGTERM; waits for the exit code.
    pub(crate) async fn stop(&mut self) -> Option<i32> {
        processes::terminate(self.pid());
        tokio::time::timeout(PATIENCE, self.program.child.wait())
            .await
            .expect("the broker ends after SIGTERM")
            .unwrap()
            .code()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// The processes of the tests' connectors that it runs.
    pub(crate) fn connectors(&self) -> Vec<u32> {
        let mut below = processes::descendants(self.pid());
        below.retain(|pid| processes::command_line(*pid).contains("connector.mjs"));
        below
    }

    /// What it has logged since it was started.
    pub(crate) fn log(&self) -> String {
        self.program.stderr.text()
    }

    /// Waits until a line that says `what` has been logged too that `fits`.
    pub(crate) async fn logged(&self, what: &str, fits: impl Fn(&str) -> bool) {
        let wanted = |line: &str| (line.contains(what) && fits(line)).then_some(());
        self.program.stderr.wait_for(what, wanted).await;
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What happened to the tests' connectors that were deployed with [`EVENTS`]: JSON lines, those of each user and
    /// connector in their order.
    pub(crate) fn events(&self) -> String {
        let below = |folder: PathBuf| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path())
        };
        let homes = below(self.data().join("runtime/homes")).flat_map(below);
        homes
            .filter_map(|home| fs::read_to_string(home.join("events")).ok())
            .collect()
    }

    /// A folder for whatever the test needs.
    pub(crate) fn scratch(&self) -> PathBuf {
        let scratch = self.folder.path().join("scratch");
        fs::create_dir_all(&scratch).unwrap();
        if let Some(user) = self.surroundings.user {
            std::os::unix::fs::chown(&scratch, Some(user), Some(user)).unwrap();
        }
        scratch
    }

    pub(crate) fn endpoint(&self, connector: &str) -> String {
        format!("{}/mcp/{connector}", self.url)
    }

    pub(crate) fn callback(&self, provider: &str) -> String {
        format!("{}/oauth/callback/{provider}", self.url)
    }

    /// `berth` as a command to be filled in, with the profile that the broker's first start left.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.surroundings.berth();
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path())
            .env("BERTH_CONFIG_DIR", self.folder.path().join("config"))
            .current_dir(self.scratch())
            .stdin(Stdio::null());
        command
    }

    /// `berth ARGUMENTS` as the broker's first admin.
    pub(crate) async fn cli(&self, arguments: &[&str]) -> Output {
        Program::start(self.command().args(arguments)).finish().await
    }

    /// The same with something on standard input.
    pub(crate) async fn cli_reading(&self, input: &str, arguments: &[&str]) -> Output {
        let mut program = Program::start(self.command().args(arguments).stdin(Stdio::piped()));
        let mut stdin = program.child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).await.unwrap();
        drop(stdin);
        program.finish().await
    }

    /// `berth ARGUMENTS` with a token from the environment, as in CI, and no profile.
    pub(crate) async fn cli_with_token(&self, token: &str, arguments: &[&str]) -> Output {
        let mut command = self.command();
        command
            .env("BERTH_CONFIG_DIR", self.folder.path().join("no-config"))
            .env("BERTH_URL", &self.url)
            .env("BERTH_TOKEN", token)
            .args(arguments);
        Program::start(&mut command).finish().await
    }

    /// The token that the first start stored for the admin.
    pub(crate) fn first_token(&self) -> String {
        let stored = fs::read_to_string(self.folder.path().join("config/credentials.toml")).unwrap();
        let stored: toml::Table = stored.parse().unwrap();
        let profiles = stored["profiles"].as_table().unwrap();
        let (_, profile) = profiles.iter().next().expect("a profile");
        profile["token"].as_str().unwrap().to_owned()
    }

    /// `berth --output json ARGUMENTS`, which must succeed.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--output", "json"];
        all.extend(arguments);
        self.cli(&all).await.ok().json()
    }

    /// A new user's one-time sign-in link.
    pub(crate) async fn add_user(&self, name: &str) -> String {
        let added = self.json(&["users", "add", name]).await;
        added["link"].as_str().expect("a link").to_owned()
    }

    /// A new bearer token of `user`.
    pub(crate) async fn token(&self, user: &str) -> String {
        let created = self.json(&["token", "create", "--user", user]).await;
        created["token"].as_str().expect("a token").to_owned()
    }

    /// Deploys the tests' connector by a plain command; `more` goes before its `--`.
    pub(crate) async fn deploy(&self, name: &str, transport: Transport, more: &[&str]) {
        let script = fixture("connector.mjs");
        let mut arguments = vec![
            "deploy",
            "--name",
            name,
            "--transport",
            transport.as_str(),
            "--yes",
        ];
        arguments.extend(more);
        arguments.extend(["--", "node", script.to_str().unwrap()]);
        if transport == Transport::Http {
            arguments.push("--http");
        }
        self.cli(&arguments).await.ok();
    }

    /// Deploys one of the tests' programs, which takes `--http` where it is to speak that.
    pub(crate) async fn deploy_program(&self, name: &str, program: &str, transport: Transport) {
        let script = fixture(program);
        let script = script.to_str().unwrap();
        let transport = transport.as_str();
        let mut arguments = vec!["deploy", "--name", name, "--transport", transport, "--yes"];
        arguments.extend(["--", "node", script]);
        if transport == "http" {
            arguments.push("--http");
        }
        self.cli(&arguments).await.ok();
    }

    /// An MCP session of whoever holds `token`, with no capabilities.
    pub(crate) async fn mcp(&self, connector: &str, token: &str) -> Mcp {
        Mcp::connect(&self.endpoint(connector), token, serde_json::json!({})).await
    }
}

impl Drop for Broker {
    /// One that is killed with its test leaves its containers to its next start, which does not come.
    fn drop(&mut self) {
        let has_containers = self.arguments.iter().any(|argument| argument == "--docker-host");
        let engine = std::env::var("BERTH_TEST_DOCKER").map(|host| Engine { host });
        if let (true, Ok(engine), false) = (has_containers, engine, std::thread::panicking()) {
            // It may have ended already.
            _ = self.program.child.start_kill();
            engine.forget(&self.data());
        }
    }
}

/// How berth talks to the tests' connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Stdio,
    Http,
}

impl Transport {
    pub(crate) const BOTH: [Self; 2] = [Self::Stdio, Self::Http];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
        }
    }
}

impl Surroundings {
    /// `berth` as a command to be filled in.
    pub(crate) fn berth(&self) -> Command {
        let mut words: Vec<String> = Vec::new();
        if let (Some(user), false) = (self.user, self.groups.is_empty()) {
            let groups: Vec<String> = self.groups.iter().map(u32::to_string).collect();
            let (user, groups) = (user.to_string(), groups.join(","));
            words.extend(
                ["setpriv", "--reuid", &user, "--regid", &user, "--groups", &groups].map(String::from),
            );
        }
        if self.confined && self.user.is_none() && rustix::process::geteuid().is_root() {
            words.extend(["setpriv", "--bounding-set", "-sys_admin"].map(String::from));
        } else if self.confined {
            let apart = ["unshare", "--user", "--map-current-user", "--keep-caps"];
            words.extend(apart.map(String::from));
            words.extend(["sh", "-c", CONFINED, "sh"].map(String::from));
        }
        words.push(env!("CARGO_BIN_EXE_berth").to_owned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        if let (Some(user), true) = (self.user, self.groups.is_empty()) {
            // Leaves root's other groups behind, too.
            command.uid(user).gid(user);
        }
        command
    }
}

async fn serve(
    folder: &Path,
    listen: &str,
    arguments: &[String],
    surroundings: &Surroundings,
) -> (Program, String) {
    let mut command = surroundings.berth();
    command
        .args(["serve", "--listen", listen, "--data-dir"])
        .arg(folder.join("data"))
        .args(arguments)
        .env("BERTH_CONFIG_DIR", folder.join("config"))
        .env_remove("BERTH_URL")
        .env_remove("BERTH_TOKEN")
        .stdin(Stdio::null());
    if let Some(path) = &surroundings.path {
        command.env("PATH", path);
    }
    command.envs(surroundings.variables.iter().map(|(name, value)| (name, value)));
    let program = Program::start(&mut command);
    let url = program
        .stderr
        .wait_for("where it listens", |line| {
            let at = line.find("listening on http")? + "listening on ".len();
            Some(line[at..].split_whitespace().next()?.to_owned())
        })
        .await;
    (program, url)
}
