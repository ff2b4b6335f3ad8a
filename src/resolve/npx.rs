//! npm packages.

mod bin;

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, de::IgnoredAny};

use super::{
    ResolveError, Resolved, Resolver, blocking,
    installs::Installed,
    program::{Program, Ran},
};
use crate::model::{Digest, PackageSpec, is_version};
use bin::{read_package, start};

/// How long a package manager may take to install a package.
pub(super) const INSTALL: Duration = Duration::from_secs(5 * 60);
/// How long programs may take to answer a question.
pub(super) const ASK: Duration = Duration::from_secs(30);

/// How many lines of a package manager's are shown, and how many characters of each.
const LINES: usize = 20;
const LINE: usize = 500;

/// Whether scripts of packages run as they are installed. They run as the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scripts {
    Ignored,
    Allowed,
}

/// The node on the broker's machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) executable: PathBuf,
    /// The version of its binary interface, such as `127`: compiled modules fit one of these alone.
    abi: String,
}

/// Prints where node is, and the version of its binary interface.
const ASK_NODE: &str = "process.execPath + '\\n' + process.versions.modules";

impl Scripts {
    pub(super) fn allowed(allow: bool) -> Self {
        if allow { Self::Allowed } else { Self::Ignored }
    }

    /// What sets the two kinds of install apart by name.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Ignored => "",
            Self::Allowed => ",scripts",
        }
    }
}

impl Resolver {
    pub(super) async fn npx(
        &self,
        spec: &PackageSpec,
        args: &[String],
        scripts: Scripts,
    ) -> Result<Resolved, ResolveError> {
        let _turn = self.flights.turn(&format!("npx {}", spec.name)).await;
        let node = self.node().await?;
        let wanted = match spec.exact() {
            Some(_) => spec.clone(),
            None => spec.at(&self.meant(spec, &node).await?),
        };
        let version = wanted.exact().unwrap_or_default();
        let installed = match self
            .installed(&key(&wanted.name, version, &node, scripts))
            .await?
        {
            Some(installed) => installed,
            None => self.install(&wanted, scripts, &node).await?,
        };
        self.start_npx(spec, args, &node, installed).await
    }

    /// The command line of a package that is among the broker's blobs.
    pub(super) async fn start_npx(
        &self,
        spec: &PackageSpec,
        args: &[String],
        node: &Node,
        installed: Installed,
    ) -> Result<Resolved, ResolveError> {
        let place = self.unpacked(&installed.artifact, "").await?;
        let (name, node) = (spec.name.clone(), node.executable.display().to_string());
        let mut argv = blocking(move || Ok(start(&place, &name, node))).await??;
        argv.extend_from_slice(args);
        Ok(Resolved {
            argv,
            directory: None,
            pinned: Some(format!("{}@{}", spec.name, installed.version)),
            integrity: installed.integrity,
            artifact: Some(installed.artifact),
            image: None,
            root: None,
        })
    }

    /// Whether the version of the package is among the broker's blobs, so that npm is not needed.
    pub(super) async fn has_npx(&self, spec: &PackageSpec, scripts: Scripts) -> Result<bool, ResolveError> {
        let Some(version) = spec.exact() else {
            return Ok(false);
        };
        let node = self.node().await?;
        let installed = self.installed(&key(&spec.name, version, &node, scripts)).await?;
        Ok(installed.is_some())
    }

    /// Whether `artifact` is what the version of the package is installed as for the node that is here now.
    pub(super) async fn is_for_node(
        &self,
        spec: &PackageSpec,
        version: &str,
        scripts: Scripts,
        artifact: &Digest,
    ) -> Result<bool, ResolveError> {
        let node = self.node().await?;
        let installed = self.installed(&key(&spec.name, version, &node, scripts)).await?;
        Ok(installed.is_some_and(|installed| installed.artifact == *artifact))
    }

    /// Asks the registry which version is meant. Of several that fit it is the one that npm would take: that of the
    /// tag `latest`, or else the highest, and no deprecated one while there is another.
    pub(super) async fn meant(&self, spec: &PackageSpec, node: &Node) -> Result<String, ResolveError> {
        let ran = self
            .run(&view(spec, self.npm_env(node, Scripts::Ignored)), ASK)
            .await?;
        if !ran.status.success() {
            let refused = refusal(spec, &ran);
            let is_gone = matches!(refused, ResolveError::PackageNotFound { .. });
            // npm says the same of a package that is not there and of a version that is not.
            if is_gone && let Some(bare) = spec.bare() {
                let any = self
                    .run(&view(&bare, self.npm_env(node, Scripts::Ignored)), ASK)
                    .await?;
                if any.status.success() {
                    return Err(ResolveError::VersionNotFound {
                        package: spec.to_string(),
                        stderr: refused.stderr().to_vec(),
                    });
                }
            }
            return Err(refused);
        }
        chosen(&ran.stdout).ok_or_else(|| ResolveError::VersionNotFound {
            package: spec.to_string(),
            stderr: last_lines(&ran.stderr),
        })
    }

    /// Installs the package at its exact version, and stores it.
    async fn install(
        &self,
        spec: &PackageSpec,
        scripts: Scripts,
        node: &Node,
    ) -> Result<Installed, ResolveError> {
        let temporary = self.temporary().await?;
        let folder = temporary.path().join("package");
        let env = self.npm_env(node, scripts);
        let ran = {
            let folder = folder.clone();
            let home = self.home();
            blocking(move || {
                fs::create_dir_all(home)?;
                fs::create_dir(&folder)?;
                // With a package.json of its own, npm looks for none further up.
                fs::write(folder.join("package.json"), "{\"private\":true}")
            })
            .await?;
            let install = install(spec, scripts, &temporary.path().join("package"), env);
            self.run(&install, INSTALL).await?
        };
        if !ran.status.success() {
            return Err(refusal(spec, &ran));
        }
        let (version, integrity) = {
            let (folder, name) = (folder.clone(), spec.name.clone());
            blocking(move || {
                let version = read_package(&folder, &name)
                    .ok()
                    .and_then(|package| package.version);
                Ok((version, locked_integrity(&folder, &name)))
            })
            .await?
        };
        let version = version
            .filter(|version| is_version(version))
            .ok_or_else(|| ResolveError::Install {
                package: spec.to_string(),
                stderr: last_lines(&ran.stderr),
            })?;
        let installed = Installed {
            artifact: self.store(folder.clone()).await?,
            version,
            integrity,
        };
        self.settle_installed(folder, &installed.artifact).await?;
        let wanted = spec.exact().unwrap_or_default();
        self.note_installed(&key(&spec.name, wanted, node, scripts), &installed)
            .await?;
        tracing::info!(package = spec.name, version = installed.version, artifact = %installed.artifact, "npm package installed");
        Ok(installed)
    }

    /// Node itself, whatever wrapper stands on the `PATH`.
    pub(super) async fn node(&self) -> Result<Node, ResolveError> {
        let ask = Program {
            name: "node".to_owned(),
            args: vec!["-p".to_owned(), ASK_NODE.to_owned()],
            directory: "/".into(),
            env: Vec::new(),
        };
        let ran = self.run(&ask, ASK).await?;
        let text = String::from_utf8_lossy(&ran.stdout);
        let mut lines = text.lines().map(str::trim);
        let node = lines.next().zip(lines.next()).map(|(executable, abi)| Node {
            executable: executable.into(),
            abi: abi.to_owned(),
        });
        node.filter(|node| ran.status.success() && node.executable.is_absolute())
            .ok_or(ResolveError::NodeMissing)
    }

    /// What npm is told by its environment.
    fn npm_env(&self, node: &Node, scripts: Scripts) -> Vec<(&'static str, OsString)> {
        let mut env: Vec<(&'static str, OsString)> = [
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
            // Whatever the broker was started from must not make this an installation for the whole machine.
            ("npm_config_global", "false"),
        ]
        .map(|(name, value)| (name, value.into()))
        .into();
        env.push(("PATH", self.surroundings.path_from(&node.executable)));
        if self.surroundings.get("npm_config_cache").is_none() {
            env.push(("npm_config_cache", self.directory.join("cache/npm").into()));
        }
        match scripts {
            Scripts::Ignored => env.push(("npm_config_ignore_scripts", "true".into())),
            Scripts::Allowed => {
                env.push(("npm_config_ignore_scripts", "false".into()));
                // Scripts that look around in their home find nothing of the broker's user. npm itself still reads
                // that user's settings: they say where packages come from.
                if let Some(home) = self.surroundings.get("HOME") {
                    let settings = Path::new(home).join(".npmrc");
                    if self.surroundings.get("npm_config_userconfig").is_none() {
                        env.push(("npm_config_userconfig", settings.into()));
                    }
                }
                env.push(("HOME", self.home().into()));
            }
        }
        env
    }
}

/// Under which name an install is remembered. Names have no `+`, so that no two share one. What scripts build is for
/// one ABI of node; without them, packages are the same for every node.
fn key(name: &str, version: &str, node: &Node, scripts: Scripts) -> String {
    let mark = match scripts {
        Scripts::Ignored => String::new(),
        Scripts::Allowed => format!("{},{}", scripts.mark(), node.abi),
    };
    format!("npx,{}@{version}{mark}", name.replace('/', "+"))
}

/// Asks which versions fit.
fn view(spec: &PackageSpec, env: Vec<(&'static str, OsString)>) -> Program {
    let args = [
        "view",
        "--json",
        "--",
        &spec.to_string(),
        "version",
        "deprecated",
        "dist-tags.latest",
    ];
    Program {
        name: "npm".to_owned(),
        args: args.map(str::to_owned).into(),
        directory: "/".into(),
        env,
    }
}

/// Installs into `folder`.
fn install(
    spec: &PackageSpec,
    scripts: Scripts,
    folder: &Path,
    env: Vec<(&'static str, OsString)>,
) -> Program {
    let mut args = vec![
        "install".to_owned(),
        "--prefix".to_owned(),
        folder.display().to_string(),
    ];
    if scripts == Scripts::Ignored {
        args.push("--ignore-scripts".to_owned());
    }
    let rest = [
        "--omit=dev",
        "--no-audit",
        "--no-fund",
        "--save-exact",
        "--json",
        "--",
    ];
    args.extend(rest.map(str::to_owned));
    args.push(spec.to_string());
    Program {
        name: "npm".to_owned(),
        args,
        directory: folder.to_owned(),
        env,
    }
}

/// The version to take of those that `npm view --json` printed: an object, or a list of them.
fn chosen(printed: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Answer {
        One(Fitting),
        Several(Vec<Fitting>),
    }
    #[derive(Deserialize)]
    struct Fitting {
        version: String,
        deprecated: Option<IgnoredAny>,
        #[serde(rename = "dist-tags.latest")]
        latest: Option<String>,
    }
    let mut fitting = match serde_json::from_slice(printed).ok()? {
        Answer::One(one) => vec![one],
        Answer::Several(several) => several,
    };
    fitting.retain(|one| is_version(&one.version));
    let is_preferred = |one: &Fitting| {
        (
            one.deprecated.is_none(),
            one.latest.as_ref() == Some(&one.version),
        )
    };
    let best = fitting.into_iter().max_by(|one, other| {
        is_preferred(one)
            .cmp(&is_preferred(other))
            .then_with(|| precedence(&one.version, &other.version))
    });
    Some(best?.version)
}

/// Which of two versions is higher (Semantic Versioning 2.0.0, section 11).
fn precedence(one: &str, other: &str) -> Ordering {
    /// Numbers come before words, and a version that goes on is higher.
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum Part<'a> {
        Number(u64),
        Word(&'a str),
    }
    fn parts(text: &str) -> Vec<Part<'_>> {
        text.split('.')
            .map(|part| part.parse().map_or(Part::Word(part), Part::Number))
            .collect()
    }
    let split = |version: &'_ str| -> (String, Option<String>) {
        let version = version.split('+').next().unwrap_or_default();
        match version.split_once('-') {
            Some((core, pre)) => (core.to_owned(), Some(pre.to_owned())),
            None => (version.to_owned(), None),
        }
    };
    let ((core, pre), (other_core, other_pre)) = (split(one), split(other));
    parts(&core)
        .cmp(&parts(&other_core))
        .then_with(|| match (&pre, &other_pre) {
            (Some(pre), Some(other)) => parts(pre).cmp(&parts(other)),
            // A version comes after all that lead up to it.
            (pre, other) => other.is_some().cmp(&pre.is_some()),
        })
}

/// The registry's checksum of the package, by npm's lock file.
fn locked_integrity(folder: &Path, name: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Lock {
        packages: BTreeMap<String, Locked>,
    }
    #[derive(Deserialize)]
    struct Locked {
        integrity: Option<String>,
    }
    let lock: Lock = serde_json::from_slice(&fs::read(folder.join("package-lock.json")).ok()?).ok()?;
    lock.packages
        .get(&format!("node_modules/{name}"))?
        .integrity
        .clone()
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
        "ENOSPC" => ResolveError::Files(io::ErrorKind::StorageFull.into()),
        "ETARGET" => ResolveError::VersionNotFound { package, stderr },
        "EALLOWGIT" => ResolveError::GitDependency { package, stderr },
        _ => ResolveError::Install { package, stderr },
    }
}

pub(super) fn last_lines(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.chars().take(LINE).collect())
        .collect();
    lines[lines.len().saturating_sub(LINES)..].to_vec()
}
