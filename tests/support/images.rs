//! Images of the tests' own, built on a real Docker Engine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    needs,
    program::{PATIENCE, fixture},
};

/// A Docker Engine, spoken to with Docker's own client.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    /// As `DOCKER_HOST` has it.
    pub(crate) host: String,
}

/// An image by a name that no other test uses; the name is removed with this.
#[derive(Debug)]
pub(crate) struct Image {
    engine: Engine,
    pub(crate) reference: String,
}

impl Engine {
    /// The engine of the tests; `None` where there is none.
    pub(crate) fn of_the_tests() -> Option<Self> {
        needs::docker().map(|host| Self { host })
    }

    /// What `docker ARGUMENTS` prints; it must succeed.
    pub(crate) fn docker(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The containers, running or not, of the broker with the data folder `data`.
    pub(crate) fn containers_of(&self, data: &Path) -> Vec<String> {
        let id = fs::read_to_string(data.join("runtime/id")).unwrap();
        let filter = format!("label=dev.berth.broker={id}");
        let listed = self.docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]);
        listed.lines().map(ToOwned::to_owned).collect()
    }

    /// The networks of the broker with the data folder `data`.
    pub(crate) fn networks_of(&self, data: &Path) -> Vec<String> {
        let id = fs::read_to_string(data.join("runtime/id")).unwrap();
        let filter = format!("label=dev.berth.broker={id}");
        let listed = self.docker(&["network", "ls", "--quiet", "--no-trunc", "--filter", &filter]);
        listed.lines().map(ToOwned::to_owned).collect()
    }

    /// Removes what the broker with the data folder `data` has in the engine.
    pub(crate) fn forget(&self, data: &Path) {
        if !data.join("runtime/id").exists() {
            return;
        }
        for container in self.containers_of(data) {
            // It is refused where the broker asked for the same before it was killed; the end is the same.
            self.command()
                .args(["rm", "--force", &container])
                .output()
                .unwrap();
        }
        let since = Instant::now();
        while !self.containers_of(data).is_empty() {
            assert!(
                since.elapsed() < PATIENCE,
                "containers are left: {:?}",
                self.containers_of(data)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        for network in self.networks_of(data) {
            self.docker(&["network", "rm", &network]);
        }
        for name in self.images_of(data) {
            self.docker(&["rmi", "--force", &name]);
        }
    }

    /// The images that the broker with the data folder `data` keeps in the engine.
    pub(crate) fn images_of(&self, data: &Path) -> Vec<String> {
        let id = fs::read_to_string(data.join("runtime/id")).unwrap();
        let filter = format!("reference=berth/{}/*", &id[..12]);
        let format = "{{.Repository}}:{{.Tag}}";
        let names = self.docker(&["images", "--format", format, "--filter", &filter]);
        names.lines().map(ToOwned::to_owned).collect()
    }

    /// `docker` as a command to be filled in.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("docker");
        // The classic builder: the other one is not part of Debian's package.
        command.args(["--host", &self.host]).env("DOCKER_BUILDKIT", "0");
        command
    }

    /// Builds the tests' connector FROM scratch, with `more` lines at the end of its Dockerfile.
    pub(crate) fn build(&self, more: &str) -> Image {
        self.build_with(more, &[])
    }

    /// The same, marked as an image for another platform.
    pub(crate) fn build_for(&self, platform: &str, more: &str) -> Image {
        self.build_with(more, &["--platform", platform])
    }

    fn build_with(&self, more: &str, flags: &[&str]) -> Image {
        let folder = tempfile::tempdir().unwrap();
        let context = context(folder.path());
        let dockerfile = context.join("Dockerfile");
        let text = fs::read_to_string(&dockerfile).unwrap();
        fs::write(&dockerfile, format!("{text}{more}\n")).unwrap();
        let image = self.name();
        let mut arguments = vec![
            "build",
            "--quiet",
            // The cache of the classic builder takes an image for one platform for one of any other.
            "--no-cache",
            "--tag",
            &image.reference,
            context.to_str().unwrap(),
        ];
        arguments.extend(flags);
        self.docker(&arguments);
        image
    }

    /// A name for an image that is still to be made.
    pub(crate) fn name(&self) -> Image {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        Image {
            engine: self.clone(),
            reference: format!("berth-tests-{}-{number}:1", std::process::id()),
        }
    }
}

/// A way to an engine that can be cut, so that it is gone for one broker alone.
pub(crate) struct Cable {
    /// As `DOCKER_HOST` has it.
    pub(crate) host: String,
    socket: PathBuf,
    engine: PathBuf,
    plugged: Option<tokio::task::JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Cable {
    /// `None` for an engine that is not on a socket of this machine.
    pub(crate) fn to(engine: &Engine) -> Option<Self> {
        let engine = PathBuf::from(engine.host.strip_prefix("unix://")?);
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("docker.sock");
        let mut cable = Self {
            host: format!("unix://{}", socket.display()),
            socket,
            engine,
            plugged: None,
            _folder: folder,
        };
        cable.plug();
        Some(cable)
    }

    pub(crate) fn plug(&mut self) {
        let listener = tokio::net::UnixListener::bind(&self.socket).unwrap();
        let engine = self.engine.clone();
        self.plugged = Some(tokio::spawn(async move {
            // Aborted with the task that holds it.
            let mut ways = tokio::task::JoinSet::new();
            while let Ok((mut here, _)) = listener.accept().await {
                let engine = engine.clone();
                ways.spawn(async move {
                    let mut there = tokio::net::UnixStream::connect(engine).await?;
                    tokio::io::copy_bidirectional(&mut here, &mut there).await
                });
            }
        }));
    }

    /// From now on, whoever connects hears nothing.
    pub(crate) fn plug_into_nothing(&mut self) {
        let listener = tokio::net::UnixListener::bind(&self.socket).unwrap();
        self.plugged = Some(tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((here, _)) = listener.accept().await {
                held.push(here);
            }
        }));
    }

    /// Breaks every connection, and takes no other.
    pub(crate) async fn cut(&mut self) {
        let plugged = self.plugged.take().unwrap();
        plugged.abort();
        _ = plugged.await;
        fs::remove_file(&self.socket).unwrap();
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let mut command = self.engine.command();
        _ = command.args(["rmi", "--force", &self.reference]).output();
    }
}

/// A build context below `parent`: the Dockerfile of `tests/fixtures/image` and its program, compiled.
pub(crate) fn context(parent: &Path) -> PathBuf {
    let folder = parent.join("image");
    fs::create_dir(&folder).unwrap();
    fs::copy(fixture("image/Dockerfile"), folder.join("Dockerfile")).unwrap();
    fs::copy(connector(), folder.join("connector")).unwrap();
    folder
}

/// The tests' connector as one static program, compiled once for all tests.
pub(crate) fn connector() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image-connector");
        let fresh = program.with_extension(std::process::id().to_string());
        let flags = [
            "--edition=2024",
            "-O",
            "-Ctarget-feature=+crt-static",
            "-Cstrip=symbols",
        ];
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let compiled = Command::new(rustc)
            .args(flags)
            .args([fixture("image/connector.rs").as_path(), Path::new("-o"), &fresh])
            .status()
            .unwrap();
        assert!(compiled.success());
        // Renamed, since another run of the tests may be copying it.
        fs::rename(&fresh, &program).unwrap();
        program
    })
}
