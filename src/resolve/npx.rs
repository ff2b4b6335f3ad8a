//! npm packages.

use std::{
    collections::BTreeMap,
    fs, io,
    io::{BufRead as _, BufReader, Read as _},
    path::{Component, Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{
    ResolveError, Resolved, Resolver, blocking,
    program::{Program, Ran, RunError, run},
};
use crate::model::{PackageSpec, is_version};

/// How long npm may take to install a package.
const INSTALL: Duration = Duration::from_secs(5 * 60);
/// How long node and npm may take to answer a question.
const ASK: Duration = Duration::from_secs(30);

/// How many lines of npm's are shown, and how many characters of each.
const LINES: usize = 20;
const LINE: usize = 500;

impl Resolver {
    pub(super) async fn npx(&self, package: &str, args: &[String]) -> Result<Resolved, ResolveError> {
        let spec: PackageSpec = package.parse().map_err(ResolveError::BadPackage)?;
        let _turn = self.flights.turn(&spec.name).await;
        let node = self.node().await?;
        let version = match self.installed_version(&spec).await {
            Some(version) => version,
            None => self.install(&spec).await?,
        };
        let place = self.package_folder(&spec.name, &version);
        let pinned = format!("{}@{version}", spec.name);
        let name = spec.name.clone();
        let mut argv = blocking(move || Ok(start(&place, &name, node))).await??;
        argv.extend_from_slice(args);
        Ok(Resolved {
            argv,
            directory: None,
            pinned: Some(pinned),
            integrity: None,
            artifact: None,
            image: None,
        })
    }

    /// The version that `spec` means, if that very version is installed already.
    async fn installed_version(&self, spec: &PackageSpec) -> Option<String> {
        let all = self.package_folder(&spec.name, "");
        let version = match spec.exact() {
            Some(version) => version.to_owned(),
            // Without any version here, asking which one is meant would be in vain: npm finds it out as it installs.
            None if !all.is_dir() => return None,
            None => {
                let ran = self.run(&view(spec, &self.directory), ASK).await.ok()?;
                // For a range it may be a list, and only npm knows which of them it would take.
                let version: String = serde_json::from_slice(&ran.stdout).ok()?;
                is_version(&version).then_some(version)?
            }
        };
        all.join(&version).is_dir().then_some(version)
    }

    /// Installs the package; answers the exact version that it got.
    async fn install(&self, spec: &PackageSpec) -> Result<String, ResolveError> {
        let temporary = self.temporary().await?;
        let folder = temporary.path().join("package");
        let ran = {
            let folder = folder.clone();
            blocking(move || {
                fs::create_dir(&folder)?;
                // With a package.json of its own, npm looks for none further up.
                fs::write(folder.join("package.json"), "{\"private\":true}")
            })
            .await?;
            self.run(&install(spec, &temporary.path().join("package")), INSTALL)
                .await?
        };
        if !ran.status.success() {
            return Err(refusal(spec, &ran));
        }
        let name = spec.name.clone();
        let version = {
            let folder = folder.clone();
            blocking(move || {
                Ok(read_package(&folder, &name)
                    .ok()
                    .and_then(|package| package.version))
            })
            .await?
        };
        let version = version
            .filter(|version| is_version(version))
            .ok_or_else(|| ResolveError::Install {
                package: spec.to_string(),
                stderr: last_lines(&ran.stderr),
            })?;
        tracing::info!(package = spec.name, version, "npm package installed");
        self.settle(folder, self.package_folder(&spec.name, &version))
            .await?;
        Ok(version)
    }

    /// Where a version of a package is installed. Names have no `+`, so that no two share a folder.
    fn package_folder(&self, name: &str, version: &str) -> PathBuf {
        self.directory
            .join("npx")
            .join(name.replace('/', "+"))
            .join(version)
    }

    /// The path of node itself, whatever wrapper stands on the `PATH`.
    async fn node(&self) -> Result<String, ResolveError> {
        let ask = Program {
            name: "node",
            args: vec!["-p".to_owned(), "process.execPath".to_owned()],
            directory: "/".into(),
            env: Vec::new(),
        };
        let ran = self.run(&ask, ASK).await?;
        let path = String::from_utf8_lossy(&ran.stdout).trim().to_owned();
        if ran.status.success() && Path::new(&path).is_absolute() {
            Ok(path)
        } else {
            Err(ResolveError::NodeMissing)
        }
    }

    async fn run(&self, program: &Program, deadline: Duration) -> Result<Ran, ResolveError> {
        run(program, &self.spawner, self.path.as_deref(), deadline)
            .await
            .map_err(|error| match error {
                RunError::Missing if program.name == "node" => ResolveError::NodeMissing,
                RunError::Missing => ResolveError::NpmMissing,
                RunError::TimedOut => ResolveError::TimedOut { after: deadline },
                RunError::Io(error) => ResolveError::Run(error),
            })
    }
}

/// Asks which version is meant.
fn view(spec: &PackageSpec, directory: &Path) -> Program {
    npm(directory, &["view", "--json", "--", &spec.to_string(), "version"])
}

/// Installs into `folder`. Scripts of packages are not run: they would run as the broker.
fn install(spec: &PackageSpec, folder: &Path) -> Program {
    npm(
        folder,
        &[
            "install",
            "--prefix",
            &folder.display().to_string(),
            "--ignore-scripts",
            "--omit=dev",
            "--no-audit",
            "--no-fund",
            "--save-exact",
            "--json",
            "--",
            &spec.to_string(),
        ],
    )
}

fn npm(directory: &Path, args: &[&str]) -> Program {
    Program {
        name: "npm",
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        directory: directory.to_owned(),
        env: vec![
            ("NO_COLOR", "1"),
            ("npm_config_update_notifier", "false"),
            ("npm_config_progress", "false"),
            ("npm_config_loglevel", "error"),
            // Somebody waits for the deploy: npm's own pauses would keep the news of a dead registry for a minute.
            ("npm_config_fetch_retry_mintimeout", "1000"),
            ("npm_config_fetch_retry_maxtimeout", "5000"),
            // A dependency in a git repository is prepared by an npm of its own, started in the repository, whose .npmrc
            // could name any program as git, whatever is said of scripts. So there are none: an older npm, which does
            // not know the first of these, has no git, and a nested one runs no scripts either.
            ("npm_config_allow_git", "none"),
            ("npm_config_git", "/bin/false"),
            ("npm_config_ignore_scripts", "true"),
            // Whatever the broker was started from must not make this an installation for the whole machine.
            ("npm_config_global", "false"),
        ],
    }
}

/// Why npm refused, by the code that it gives with `--json`.
fn refusal(spec: &PackageSpec, ran: &Ran) -> ResolveError {
    #[derive(Default, Deserialize)]
    struct Report {
        error: Problem,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Problem {
        code: String,
        summary: String,
        detail: String,
    }
    let Report { error: problem } = serde_json::from_slice(&ran.stdout).unwrap_or_default();
    let package = spec.to_string();
    let stderr = if problem.summary.is_empty() {
        last_lines(&ran.stderr)
    } else {
        // What follows the first paragraph is general advice.
        let advice = problem.detail.find("\n\n").unwrap_or(problem.detail.len());
        last_lines(format!("{}\n{}", problem.summary, &problem.detail[..advice]).as_bytes())
    };
    match problem.code.as_str() {
        "E404" => ResolveError::PackageNotFound { package, stderr },
        "ETARGET" => ResolveError::VersionNotFound { package, stderr },
        "EALLOWGIT" => ResolveError::GitDependency { package, stderr },
        _ => ResolveError::Install { package, stderr },
    }
}

fn last_lines(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.chars().take(LINE).collect())
        .collect();
    lines[lines.len().saturating_sub(LINES)..].to_vec()
}

/// What berth reads of a `package.json`.
#[derive(Deserialize)]
struct PackageFile {
    version: Option<String>,
    #[serde(default)]
    bin: Bins,
}

/// One program, named after the package, or several by name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Bins {
    One(String),
    Many(BTreeMap<String, String>),
}

impl Default for Bins {
    fn default() -> Self {
        Self::Many(BTreeMap::new())
    }
}

fn read_package(folder: &Path, name: &str) -> io::Result<PackageFile> {
    let bytes = fs::read(folder.join("node_modules").join(name).join("package.json"))?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// The command line of the package's program.
fn start(folder: &Path, name: &str, node: String) -> Result<Vec<String>, ResolveError> {
    let package = read_package(folder, name).map_err(ResolveError::Files)?;
    let no_bin = || ResolveError::NoBin {
        package: name.to_owned(),
    };
    let bin = choose_bin(name, package.bin)?;
    let root = folder.join("node_modules").join(name);
    let is_inside = Path::new(&bin)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let path = root.join(&bin);
    if !is_inside || !path.is_file() {
        return Err(no_bin());
    }
    let path = path.components().collect::<PathBuf>().display().to_string();
    Ok(
        match interpreter(Path::new(&path)).map_err(ResolveError::Files)? {
            Interpreter::Node(flags) => [vec![node], flags, vec![path]].concat(),
            Interpreter::Own => vec![path],
        },
    )
}

/// Chooses as npx does: the only program, or the one that is named after the package.
fn choose_bin(name: &str, bins: Bins) -> Result<String, ResolveError> {
    let bins = match bins {
        Bins::One(path) => return Ok(path),
        Bins::Many(bins) => bins,
    };
    let unscoped = name.rsplit('/').next().unwrap_or(name);
    let mut paths: Vec<&String> = bins.values().collect();
    paths.dedup();
    match (bins.get(unscoped), &paths[..]) {
        (Some(path), _) => Ok(path.clone()),
        (None, [path]) => Ok((*path).clone()),
        (None, []) => Err(ResolveError::NoBin {
            package: name.to_owned(),
        }),
        (None, _) => Err(ResolveError::ManyBins {
            package: name.to_owned(),
            bins: bins.into_keys().collect(),
        }),
    }
}

/// What runs a program.
#[derive(Debug, PartialEq, Eq)]
enum Interpreter {
    /// node, with these flags before the program.
    Node(Vec<String>),
    /// The program's first line, or its format, says so itself.
    Own,
}

/// Reads the first line of the program at `path`. It is started by node directly, not through `env` and the `PATH`.
fn interpreter(path: &Path) -> io::Result<Interpreter> {
    let mut line = Vec::new();
    BufReader::new(fs::File::open(path)?.take(512)).read_until(b'\n', &mut line)?;
    if line.starts_with(b"\x7fELF") {
        return Ok(Interpreter::Own);
    }
    let line = String::from_utf8_lossy(&line);
    let Some(words) = line.strip_prefix("#!") else {
        return Ok(Interpreter::Node(Vec::new()));
    };
    let mut words = words.split_whitespace();
    let is_node = words.any(|word| matches!(word.rsplit('/').next(), Some("node" | "nodejs")));
    Ok(if is_node {
        Interpreter::Node(words.map(str::to_owned).collect())
    } else {
        Interpreter::Own
    })
}
