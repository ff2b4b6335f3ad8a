//! A launch of a command in a container: what `serve --engine docker` makes of packages, bundles and commands.
//!
//! The container is one of the image that the operator names; what was installed for the connector, its home and its
//! token are shown to it at the paths that they have here. Programs are the image's: those of this machine that an
//! install names (its node, its Python) are looked for by name in there.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::process::{Pid, getgid, getuid};

use super::{
    EngineChoice, Inner, InstanceKey, Launch, Runtime, StartCause, StartError,
    docker::{Access, Bind, EngineError, Plan},
    from_command::owner,
    from_image::{self, USUAL_PORT},
    limits::Limits,
    logs::Scribe,
    start::Started,
    tokens::TokenFolder,
    watch::Held,
};
use crate::{
    model::{Root, Transport},
    secret::Secret,
};

/// Starts what its arguments say as if it were the first of them. A virtual environment is known by the name that its
/// Python was started under; the link of that name leads to where Python is on the machine that installed it, and the
/// same is written in the environment, unless it is told otherwise.
const AS_IF: &str = r#"import os, sys
command = sys.argv[1:]
python = command[0]
if not os.path.exists(python):
    python = sys.executable
    os.environ.setdefault("PYTHONHOME", sys.base_prefix)
os.execv(python, command)"#;

impl Runtime {
    /// Whether connectors of all sources run in containers, each of which has ports of its own.
    pub(crate) fn contains_all(&self) -> bool {
        matches!(self.0.config.engine, EngineChoice::Docker { .. })
    }

    /// Whether a connection from `address` is that of a connector in a container.
    pub(crate) fn is_container(&self, address: IpAddr) -> bool {
        self.0.docker.is_container(address)
    }

    /// Sees to it that the engine can run what is no image, where it is to: nothing else is asked of it.
    pub(crate) async fn prepare(&self) -> Result<(), EngineError> {
        match &self.0.config.engine {
            EngineChoice::Process => Ok(()),
            EngineChoice::Docker { image } => {
                self.0.docker.check_accounts().await?;
                self.0.docker.fetch(image).await.map(drop)
            }
        }
    }
}

impl Inner {
    pub(super) async fn start_contained(
        self: &Arc<Self>,
        key: &InstanceKey,
        launch: &Launch,
        image: &str,
        label: &str,
        tokens: Option<&TokenFolder>,
        scribe: Arc<Scribe>,
    ) -> Result<Started, StartError> {
        let home = self
            .make_home(key, launch)
            .map_err(|error| StartCause::NotRunnable(error).silent())?;
        let limits = Limits::of(&launch.run);
        let admitted = self.homes.admit(&home, limits.disk).await;
        admitted.map_err(StartCause::silent)?;
        // Asked each time: it may have been tidied away, or replaced by a newer one.
        let image = self.docker.fetch(image).await;
        let image = image.map_err(|error| StartCause::Engine(error).silent())?;
        let port = match &launch.transport {
            Transport::Stdio => None,
            Transport::Http { port, .. } => Some(port.unwrap_or(USUAL_PORT)),
        };
        let mut command = command(launch).into_iter().map(|word| match port {
            Some(port) => word.replace("{port}", &port.to_string()),
            None => word,
        });
        let Some(program) = command.next() else {
            let program = String::new();
            return Err(StartCause::NotFound { program }.silent());
        };
        let folders = self.shown(launch, &home, tokens).map_err(StartCause::silent)?;
        let account = self.sandbox.identity(&launch.connector, owner(key));
        let plan = Plan {
            label: label.to_owned(),
            image: image.id,
            program: Some(program),
            arguments: command.collect(),
            directory: Some(launch.directory.clone().unwrap_or_else(|| home.clone())),
            account: Some(account.unwrap_or_else(|| (getuid().as_raw(), getgid().as_raw()))),
            env: environment(&home, launch, port, tokens),
            labels: from_image::labels(launch),
            piped: port.is_none(),
            limits,
            // It has a home to write to, and /tmp.
            root: Root::ReadOnly,
            binds: folders,
        };
        let started = self.run_container(plan, port, scribe).await?;
        let leader = started.body.leader().and_then(Pid::from_raw);
        let tenant = self.homes.let_to(home, limits.disk, leader);
        Ok(Started {
            held: Held {
                tenant: Some(tenant),
                ..started.held
            },
            ..started
        })
    }

    /// What of this machine it sees.
    fn shown(
        &self,
        launch: &Launch,
        home: &Path,
        tokens: Option<&TokenFolder>,
    ) -> Result<Vec<Bind>, StartCause> {
        let read = |path: PathBuf| Bind {
            path,
            access: Access::Read,
        };
        let mut shown: Vec<Bind> = self
            .sandbox
            .admitted(&launch.run.readable)?
            .into_iter()
            .map(read)
            .collect();
        shown.extend(launch.artifact_folder().map(|folder| read(folder.to_owned())));
        shown.push(Bind {
            path: home.to_owned(),
            access: Access::Write,
        });
        shown.extend(tokens.map(from_image::bind));
        Ok(shown)
    }

    /// `cause`, or that the program is not in the image that everything runs in, where that is it.
    pub(super) async fn explain(&self, launch: &Launch, cause: StartCause) -> StartCause {
        let (None, EngineChoice::Docker { image }) = (&launch.image, &self.config.engine) else {
            return cause;
        };
        let program = command(launch).into_iter().next().unwrap_or_default();
        let is_installed = launch
            .artifact_folder()
            .is_some_and(|folder| Path::new(&program).starts_with(folder));
        if !matches!(cause, StartCause::Exited { .. }) || is_installed {
            return cause;
        }
        match self.docker.has_program(image, &program).await {
            Ok(false) => StartCause::Engine(EngineError::NoProgram {
                program,
                image: image.clone(),
            }),
            _ => cause,
        }
    }
}

/// The command line as it is in a container.
fn command(launch: &Launch) -> Vec<String> {
    let (Some((program, arguments)), Some(folder)) = (launch.argv.split_first(), launch.artifact_folder())
    else {
        return launch.argv.clone();
    };
    let path = Path::new(program);
    let name = match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => return launch.argv.clone(),
    };
    if let Some(python) = python_of(path, folder) {
        let start = [&python, "-ISc", AS_IF, program].map(str::to_owned);
        return start.into_iter().chain(arguments.iter().cloned()).collect();
    }
    // A package is started with what it was installed by; a bundle says itself what it is started with.
    let is_package = launch.directory.is_none();
    match path.is_absolute() && is_package && !path.starts_with(folder) {
        true => std::iter::once(name).chain(arguments.iter().cloned()).collect(),
        false => launch.argv.clone(),
    }
}

/// The name of the Python that `program` stands for: one of a virtual environment in `folder`, where it is a link to
/// somewhere else.
fn python_of(program: &Path, folder: &Path) -> Option<String> {
    let environment = program.parent()?.parent()?;
    let is_one = program.starts_with(folder) && environment.join("pyvenv.cfg").is_file();
    let leads = fs::canonicalize(program).map_or(true, |target| !target.starts_with(folder));
    if !is_one || !leads {
        return None;
    }
    // Packages are installed for one version, and are in a folder of its name.
    let mut libraries = fs::read_dir(environment.join("lib")).ok()?.flatten();
    libraries.find_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.starts_with("python3").then_some(name)
    })
}

fn environment(
    home: &Path,
    launch: &Launch,
    port: Option<u16>,
    tokens: Option<&TokenFolder>,
) -> Vec<(String, Secret<String>)> {
    let own = [
        ("LANG", "C.UTF-8".to_owned()),
        ("HOME", home.to_string_lossy().into_owned()),
        ("TMPDIR", "/tmp".to_owned()),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), Secret::new(value)));
    let given = from_image::environment(launch, port, tokens);
    own.into_iter().chain(given).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::{
        mcp::ClientSide,
        model::{ConnectorId, Digest, ReleaseId, Run},
        runtime::TokenFiles,
    };

    fn launch(argv: &[&str], artifact: Option<Digest>, directory: Option<&Path>) -> Launch {
        Launch {
            connector: ConnectorId::random(),
            name: "one".parse().unwrap(),
            release: ReleaseId::random(),
            number: 1,
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            image: None,
            artifact,
            root: None,
            directory: directory.map(Path::to_owned),
            env: Vec::new(),
            tokens: TokenFiles::default(),
            transport: Transport::Stdio,
            run: Run::default(),
            client: ClientSide::berth(),
        }
    }

    #[test]
    fn programs_are_those_of_the_image() {
        let digest = Digest::of(b"an artifact");
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(digest.hex());
        let inside = |path: &str| place.join(path).to_str().unwrap().to_owned();
        let environment = place.join("venv");
        fs::create_dir_all(environment.join("bin")).unwrap();
        fs::create_dir_all(environment.join("lib/python3.11")).unwrap();
        fs::write(environment.join("pyvenv.cfg"), "").unwrap();
        symlink("/usr/bin/no-such-python", environment.join("bin/python")).unwrap();
        let check = |argv: &[&str], artifact: bool, directory: bool, expected: &[&str]| {
            let artifact = artifact.then(|| digest.clone());
            let directory = directory.then_some(place.as_path());
            let was = command(&launch(argv, artifact, directory));
            assert_eq!(was, expected, "{argv:?}");
        };
        // A command is the image's as it stands.
        check(
            &["/usr/bin/node", "x.js"],
            false,
            false,
            &["/usr/bin/node", "x.js"],
        );
        // A package's node is this machine's; a bundle's is what it asked for.
        let (script, own) = (inside("node_modules/p/bin.js"), inside("run"));
        check(
            &["/usr/bin/node", "--x", &script],
            true,
            false,
            &["node", "--x", &script],
        );
        check(
            &["/usr/bin/node", &script],
            true,
            true,
            &["/usr/bin/node", &script],
        );
        check(&["node", "server.js"], true, true, &["node", "server.js"]);
        check(&[&own, "x"], true, false, &[&own, "x"]);
        let python = inside("venv/bin/python");
        let started = ["python3.11", "-ISc", AS_IF, &python, "-m", "x"];
        for directory in [true, false] {
            // What names nothing of the artifact can't be told to be of it.
            check(&[&python, "-m", "x"], true, directory, &started);
        }
    }
}
