//! Programs that tests start, read line by line, and that end with the test.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
    time::timeout,
};

/// The longest that any single thing in a test may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running program; it is killed when this is dropped.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) stdout: Lines,
    pub(crate) stderr: Lines,
}

/// What a program has written so far, growing.
#[derive(Clone)]
pub(crate) struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    /// How many lines there are; closed at the end of the stream.
    count: watch::Receiver<usize>,
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = Lines::of(child.stdout.take().unwrap());
        let stderr = Lines::of(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("the program still runs")
    }

    /// Waits until it ends by itself.
    pub(crate) async fn finish(mut self) -> Output {
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .unwrap_or_else(|_| {
                panic!(
                    "the program does not end\nstdout: {}\nstderr: {}",
                    self.stdout.text(),
                    self.stderr.text()
                )
            })
            .unwrap();
        self.stdout.ended().await;
        self.stderr.ended().await;
        Output {
            status: status.code(),
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
        }
    }
}

impl Lines {
    fn of(stream: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (sender, count) = watch::channel(0);
        let written = lines.clone();
        tokio::spawn(async move {
            let mut reader = BufReader::new(stream).split(b'\n');
            while let Ok(Some(line)) = reader.next_segment().await {
                let mut all = written.lock();
                all.push(String::from_utf8_lossy(&line).into_owned());
                sender.send_replace(all.len());
            }
        });
        Self { lines, count }
    }

    pub(crate) fn text(&self) -> String {
        self.lines.lock().join("\n")
    }

    /// Waits for a line that `find` makes something of.
    pub(crate) async fn wait_for<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let mut count = self.count.clone();
        let search = async {
            let mut seen = 0;
            loop {
                let found = {
                    let lines = self.lines.lock();
                    let found = lines[seen..].iter().find_map(|line| find(line));
                    seen = lines.len();
                    found
                };
                if let Some(found) = found {
                    return Some(found);
                }
                count.wait_for(|count| *count > seen).await.ok()?;
            }
        };
        match timeout(PATIENCE, search).await {
            Ok(Some(found)) => found,
            Ok(None) => panic!("the program ended without {what}; it wrote:\n{}", self.text()),
            Err(_) => panic!("waited too long for {what}; the program wrote:\n{}", self.text()),
        }
    }

    /// Waits for the next line of JSON that has `field`.
    pub(crate) async fn json_with(&self, field: &str) -> Value {
        self.wait_for(field, |line| {
            serde_json::from_str::<Value>(line)
                .ok()
                .filter(|value| value.get(field).is_some())
        })
        .await
    }

    async fn ended(&self) {
        let mut count = self.count.clone();
        // A grandchild may hold the stream open; what is there after the program's end is what counts then.
        let _ = timeout(Duration::from_secs(2), async {
            while count.changed().await.is_ok() {}
        })
        .await;
    }
}

impl Output {
    /// Its standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("not JSON ({error}): {self:#?}"))
    }

    /// Panics unless the program ended with 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:#?}");
        self
    }

    /// Panics unless the program ended with `status` and said each of `parts` on standard error.
    #[track_caller]
    pub(crate) fn fails(self, status: i32, parts: &[&str]) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in {self:#?}");
        }
        self
    }
}

/// A file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// `node` with a script of `tests/fixtures`.
pub(crate) fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(fixture(script)).stdin(Stdio::null());
    command
}

/// The files of a certificate that nobody vouches for, and of its key.
pub(crate) async fn certificate(folder: &Path) -> [String; 2] {
    let files = ["cert.pem", "key.pem"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let [cert, key] = &files;
    let mut command = Command::new("openssl");
    command
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:prime256v1", "-nodes"])
        .args([
            "-subj",
            "/CN=127.0.0.1",
            "-days",
            "2",
            "-out",
            cert,
            "-keyout",
            key,
        ]);
    Program::start(&mut command).finish().await.ok();
    files
}

/// Waits until `condition` holds, for what no stream tells.
pub(crate) async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(PATIENCE, wait).await.is_ok(), "waited too long: {what}");
}
