//! A broker that runs a malicious connector, and what that one manages to do.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    broker::{Broker, Surroundings},
    mcp::{Mcp, text_of},
    program::fixture,
};

/// Whose rights the broker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    Root,
    Ordinary,
}

impl Account {
    /// Those that this test's process can run a broker as. Under CI=true that has to be both.
    pub(crate) fn all() -> Vec<Self> {
        if rustix::process::geteuid().is_root() {
            return vec![Self::Root, Self::Ordinary];
        }
        let why = "skipped: a broker that runs as root (run the tests as root, too)";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
        eprintln!("{why}");
        vec![Self::Ordinary]
    }

    /// A user id that nobody has, and no other test of this run.
    pub(crate) fn user(self) -> Option<u32> {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let other = self == Self::Ordinary && rustix::process::geteuid().is_root();
        other.then(|| 61_000 + std::process::id() % 1000 * 4 + LAST.fetch_add(1, Ordering::Relaxed))
    }
}

/// The broker, with the attacker deployed as `attacker`, and a session of the admin with it.
pub(crate) struct Attacker {
    pub(crate) broker: Broker,
    pub(crate) mcp: Mcp,
    /// The home of the account that the broker runs as, with a key in it.
    pub(crate) account_home: PathBuf,
    /// Where its script and its program are.
    pub(crate) files: Files,
    _home: TempDir,
}

/// The attacker's own files.
pub(crate) struct Files {
    pub(crate) script: PathBuf,
    pub(crate) program: PathBuf,
    _copies: Option<TempDir>,
}

/// What is in the environment of the broker and nowhere else.
pub(crate) const CANARY: &str = "canary-of-the-broker";

impl Attacker {
    pub(crate) async fn start(account: Account) -> Self {
        Self::start_with(account, &[], &[]).await
    }

    /// With more arguments to `serve`, and to the deploy.
    pub(crate) async fn start_with(account: Account, serve: &[&str], deploy: &[&str]) -> Self {
        let surroundings = Surroundings {
            user: account.user(),
            ..Surroundings::default()
        };
        Self::start_in(surroundings, serve, deploy).await
    }

    /// The same where the broker has more around it than its user.
    pub(crate) async fn start_in(surroundings: Surroundings, serve: &[&str], deploy: &[&str]) -> Self {
        let user = surroundings.user;
        let home = tempfile::tempdir().unwrap();
        let keys = home.path().join(".ssh");
        fs::create_dir(&keys).unwrap();
        fs::write(keys.join("id_ed25519"), "key of the account").unwrap();
        fs::write(home.path().join("notes.txt"), "notes of the account").unwrap();
        for path in [
            home.path(),
            &keys,
            &keys.join("id_ed25519"),
            &home.path().join("notes.txt"),
        ] {
            std::os::unix::fs::chown(path, user, user).unwrap();
        }
        let surroundings = Surroundings {
            variables: vec![
                ("BERTH_CANARY", CANARY.to_owned()),
                ("HOME", home.path().display().to_string()),
            ],
            ..surroundings
        };
        let broker = Broker::start_in(serve, surroundings).await;
        let files = Files::for_user(user);
        let attacker = files.arguments();
        let arguments = [
            &["deploy", "--name", "attacker", "--transport", "stdio", "--yes"],
            deploy,
            &["--"],
            &attacker.iter().map(String::as_str).collect::<Vec<_>>(),
        ];
        // By where it listens, whatever its public URL is.
        let token = broker.first_token();
        broker.cli_with_token(&token, &arguments.concat()).await.ok();
        let mcp = broker.mcp("attacker", &token).await;
        Self {
            broker,
            mcp,
            account_home: home.path().to_owned(),
            files,
            _home: home,
        }
    }

    /// What an attempt led to.
    pub(crate) async fn tries(&self, tool: &str, arguments: Value) -> Value {
        tries(&self.mcp, tool, arguments).await
    }

    /// What the native program writes for an attempt.
    pub(crate) async fn native(&self, arguments: &[&str]) -> String {
        let ran = self.tries("native", json!({ "args": arguments })).await;
        ran["stdout"].as_str().expect("text").to_owned()
    }

    pub(crate) async fn home(&self) -> PathBuf {
        PathBuf::from(self.tries("env", json!({})).await["HOME"].as_str().unwrap())
    }

    /// Whether calls are answered again, by a new instance where that is needed.
    pub(crate) async fn is_well(&self) -> bool {
        let answer = self.mcp.call("slow", json!({ "ms": 0 })).await;
        answer["result"]["content"][0]["text"] == "\"honest\""
    }

    /// What the attacker's process has as its id on this machine.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let mut below = super::processes::descendants(self.broker.pid());
        let program = |line: &str| {
            line.split(' ')
                .next()
                .is_some_and(|program| program.ends_with("node"))
        };
        below.retain(|pid| program(&super::processes::command_line(*pid)));
        below
    }
}

/// What an attempt in this session led to.
pub(crate) async fn tries(mcp: &Mcp, tool: &str, arguments: Value) -> Value {
    let answer = mcp.call(tool, arguments).await;
    serde_json::from_str(&text_of(&answer)).unwrap()
}

/// `value` as a map of texts.
pub(crate) fn texts(value: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), ToOwned::to_owned)
    };
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    object
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

impl Files {
    fn for_user(user: Option<u32>) -> Self {
        let (script, program) = (fixture("attacker.mjs"), program());
        if user.is_none() || (is_open(&script) && is_open(program)) {
            return Self {
                script,
                program: program.to_owned(),
                _copies: None,
            };
        }
        let copies = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(copies.path(), user, user).unwrap();
        let copy = |from: &Path| {
            let to = copies.path().join(from.file_name().unwrap());
            fs::copy(from, &to).unwrap();
            to
        };
        Self {
            script: copy(&script),
            program: copy(program),
            _copies: Some(copies),
        }
    }

    fn arguments(&self) -> Vec<String> {
        let text = |path: &Path| path.display().to_string();
        vec!["node".into(), text(&self.script), text(&self.program)]
    }
}

/// Whether everybody can read it.
fn is_open(file: &Path) -> bool {
    let open = |path: &Path, mode: u32| fs::metadata(path).is_ok_and(|meta| meta.mode() & mode == mode);
    open(file, 0o004) && file.ancestors().skip(1).all(|folder| open(folder, 0o001))
}

/// The native program, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attack");
        fs::create_dir_all(&folder).unwrap();
        let (made, program) = (
            folder.join(format!("new-{}", std::process::id())),
            folder.join("attack"),
        );
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let compiled = Command::new(rustc)
            .args(["--edition", "2024", "-O", "-o"])
            .arg(&made)
            .arg(fixture("attack.rs"))
            .output()
            .unwrap();
        assert!(
            compiled.status.success(),
            "{}",
            String::from_utf8_lossy(&compiled.stderr)
        );
        // Nobody who runs the one before is disturbed.
        fs::rename(made, &program).unwrap();
        program
    })
}
