//! Python packages.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    ResolveError, Resolved, Resolver, blocking,
    installs::Installed,
    npx::{INSTALL, Scripts, last_lines},
    program::{Program, Ran},
    python::Python,
    venv,
};
use crate::model::{Digest, PythonSpec, is_python_version, is_same_version, normalised};

/// Names in an install's folder: what was asked for, what it was resolved to (the specification of lock files for
/// Python, PEP 751), and the virtual environment that it is installed into.
const WANTED: &str = "requirements.in";
const LOCK: &str = "pylock.toml";
const VENV: &str = "venv";

/// What uv's exit code says: it was understood, and there is no solution.
const NO_SOLUTION: i32 = 1;

/// The package in a lock.
struct Locked {
    version: String,
    integrity: String,
}

impl Resolver {
    pub(super) async fn uvx(
        &self,
        spec: &PythonSpec,
        args: &[String],
        scripts: Scripts,
    ) -> Result<Resolved, ResolveError> {
        let _turn = self.flights.turn(&format!("uvx {}", spec.name)).await;
        let python = self.python().await?;
        if let Some(version) = spec.exact()
            && let Some(installed) = self.installed(&key(spec, version, &python, scripts)).await?
        {
            return self.start_uvx(spec, args, installed).await;
        }
        let temporary = self.temporary().await?;
        let folder = temporary.path().join("package");
        let locked = self.lock(spec, &python, scripts, &folder).await?;
        let known = key(spec, &locked.version, &python, scripts);
        let installed = match self.installed(&known).await? {
            Some(installed) => installed,
            None => {
                self.install_locked(spec, &python, scripts, folder, locked)
                    .await?
            }
        };
        self.note_installed(&known, &installed).await?;
        if let Some(version) = spec.exact() {
            // The lock may spell it otherwise.
            self.note_installed(&key(spec, version, &python, scripts), &installed)
                .await?;
        }
        self.start_uvx(spec, args, installed).await
    }

    /// Whether the version of the package is among the broker's blobs, so that uv is not needed.
    pub(super) async fn has_uvx(&self, spec: &PythonSpec, scripts: Scripts) -> Result<bool, ResolveError> {
        let Some(version) = spec.exact() else {
            return Ok(false);
        };
        let python = self.python().await?;
        let installed = self.installed(&key(spec, version, &python, scripts)).await?;
        Ok(installed.is_some())
    }

    /// Whether `spec` means the version `pinned` now.
    pub(super) async fn is_meant(
        &self,
        spec: &PythonSpec,
        pinned: &str,
        scripts: Scripts,
    ) -> Result<bool, ResolveError> {
        if let Some(version) = spec.exact() {
            let is_plain = |version: &str| version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let is_same = is_same_version(version, pinned);
            // One of a rarer form may be spelled otherwise, which uv knows.
            if is_same || (is_plain(version) && is_plain(pinned)) {
                return Ok(is_same);
            }
        }
        let python = self.python().await?;
        let temporary = self.temporary().await?;
        let folder = temporary.path().join("package");
        let locked = self.lock(spec, &python, scripts, &folder).await?;
        Ok(locked.version == pinned)
    }

    /// The command line of a package that is among the broker's blobs.
    pub(super) async fn start_uvx(
        &self,
        spec: &PythonSpec,
        args: &[String],
        installed: Installed,
    ) -> Result<Resolved, ResolveError> {
        let place = self
            .unpacked(&installed.artifact, &format!("{VENV}/bin/python"))
            .await?;
        let name = spec.name.clone();
        let mut argv = blocking(move || Ok(start(&place.join(VENV), &name))).await??;
        argv.extend_from_slice(args);
        Ok(Resolved {
            argv,
            directory: None,
            pinned: Some(format!("{}=={}", spec.name, installed.version)),
            integrity: installed.integrity,
            artifact: Some(installed.artifact),
            image: None,
            root: None,
        })
    }

    /// Finds exact versions of the package and all that it depends on, and writes them to a lock in `folder`, which
    /// is made here.
    async fn lock(
        &self,
        spec: &PythonSpec,
        python: &Python,
        scripts: Scripts,
        folder: &Path,
    ) -> Result<Locked, ResolveError> {
        let (made, home, wanted) = (folder.to_owned(), self.home(), format!("{spec}\n"));
        blocking(move || {
            fs::create_dir_all(home)?;
            fs::create_dir(&made)?;
            // With settings of its own, uv looks for none further up.
            fs::write(made.join("uv.toml"), "")?;
            fs::write(made.join(WANTED), wanted)
        })
        .await?;
        let python = python.executable.display().to_string();
        let args = [
            "pip",
            "compile",
            "--quiet",
            "--format",
            LOCK,
            "--no-header",
            "--no-annotate",
            "--python",
            &python,
            "--output-file",
            LOCK,
        ];
        self.uv(
            spec,
            folder,
            scripts,
            &[&args[..], wheels_only(scripts), &[WANTED]].concat(),
        )
        .await?;
        let (lock, name) = (folder.join(LOCK), spec.name.clone());
        let locked = blocking(move || Ok(read_lock(&fs::read_to_string(lock)?, &name))).await?;
        locked.ok_or_else(|| ResolveError::UvInstall {
            package: spec.to_string(),
            stderr: vec!["its lock does not name the package".to_owned()],
        })
    }

    /// Installs what is locked in `folder`, and stores it.
    async fn install_locked(
        &self,
        spec: &PythonSpec,
        python: &Python,
        scripts: Scripts,
        folder: PathBuf,
        locked: Locked,
    ) -> Result<Installed, ResolveError> {
        let path = python.executable.display().to_string();
        // Relocatable: scripts find their Python beside them, wherever the folder is.
        let make = [
            "venv",
            "--quiet",
            "--relocatable",
            "--no-project",
            "--python",
            &path,
            VENV,
        ];
        self.uv(spec, &folder, scripts, &make).await?;
        let into = format!("{VENV}/bin/python");
        let install = [
            "pip",
            "sync",
            "--quiet",
            "--require-hashes",
            "--link-mode",
            "copy",
            // Each start would have to compile it else, or to write into what is installed.
            "--compile-bytecode",
            "--python",
            &into,
        ];
        self.uv(
            spec,
            &folder,
            scripts,
            &[&install[..], wheels_only(scripts), &[LOCK]].concat(),
        )
        .await?;
        let cleared = folder.clone();
        blocking(move || venv::clear(&cleared.join(VENV))).await?;
        let installed = Installed {
            artifact: self.store(folder.clone()).await?,
            version: locked.version,
            integrity: Some(locked.integrity),
        };
        let place = self.place(&installed.artifact);
        self.fit(&folder, &place, &into).await?;
        self.settle_installed(folder, &installed.artifact).await?;
        tracing::info!(package = spec.name, version = installed.version, artifact = %installed.artifact, "Python package installed");
        Ok(installed)
    }

    async fn uv(
        &self,
        spec: &PythonSpec,
        folder: &Path,
        scripts: Scripts,
        args: &[&str],
    ) -> Result<Ran, ResolveError> {
        let program = Program {
            name: "uv".to_owned(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            directory: folder.to_owned(),
            env: self.uv_env(scripts),
        };
        let ran = self.run(&program, INSTALL).await?;
        if ran.status.success() {
            return Ok(ran);
        }
        let (package, stderr) = (spec.to_string(), last_lines(&ran.stderr));
        Err(
            if ran.status.code() == Some(NO_SOLUTION) && args.contains(&"compile") {
                ResolveError::NoSolution { package, stderr }
            } else {
                ResolveError::UvInstall { package, stderr }
            },
        )
    }

    fn uv_env(&self, scripts: Scripts) -> Vec<(&'static str, OsString)> {
        let mut env: Vec<(&'static str, OsString)> = vec![
            ("NO_COLOR", "1".into()),
            ("UV_NO_PROGRESS", "1".into()),
            // The broker's own Python, or an error that says so.
            ("UV_PYTHON_DOWNLOADS", "never".into()),
            // What is compiled holds wherever and whenever it is unpacked: the times of its sources say nothing there.
            ("PYC_INVALIDATION_MODE", "UNCHECKED_HASH".into()),
        ];
        if self.surroundings.get("UV_CACHE_DIR").is_none() {
            env.push(("UV_CACHE_DIR", self.directory.join("cache/uv").into()));
        }
        if scripts == Scripts::Allowed {
            // As for npm: uv still reads the settings of the broker's user.
            if let Some(home) = self.surroundings.get("HOME").map(Path::new) {
                for (name, path) in [("XDG_CONFIG_HOME", ".config"), ("NETRC", ".netrc")] {
                    if self.surroundings.get(name).is_none() {
                        env.push((name, home.join(path).into()));
                    }
                }
            }
            env.push(("HOME", self.home().into()));
        }
        env
    }
}

/// Under which name an install is remembered. It is of one Python, and extras are part of it.
fn key(spec: &PythonSpec, version: &str, python: &Python, scripts: Scripts) -> String {
    let names = [&[spec.name.clone()][..], &spec.extras].concat().join("+");
    format!("uvx,{names}=={version},{}{}", python.minor, scripts.mark())
}

/// A source distribution runs code of its own as it is built.
fn wheels_only(scripts: Scripts) -> &'static [&'static str] {
    match scripts {
        Scripts::Ignored => &["--only-binary", ":all:"],
        Scripts::Allowed => &[],
    }
}

/// Reads the package's version from a lock (PEP 751), and the checksum of its wheel, or else of its source. When there
/// are several wheels of it, the lock itself is what tells which bytes were taken.
fn read_lock(text: &str, name: &str) -> Option<Locked> {
    #[derive(Deserialize)]
    struct Lock {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
        #[serde(default)]
        wheels: Vec<Archive>,
        sdist: Option<Archive>,
    }
    #[derive(Deserialize)]
    struct Archive {
        hashes: Hashes,
    }
    #[derive(Deserialize)]
    struct Hashes {
        sha256: Option<String>,
    }
    let lock: Lock = toml::from_str(text).ok()?;
    let package = lock
        .packages
        .into_iter()
        .find(|package| normalised(&package.name).as_deref() == Some(name))?;
    let archive = match (&package.wheels[..], &package.sdist) {
        ([wheel], _) => Some(wheel),
        ([], Some(source)) => Some(source),
        _ => None,
    };
    let digest = archive.and_then(|archive| Some(format!("sha256:{}", archive.hashes.sha256.as_ref()?)));
    is_python_version(&package.version).then(|| Locked {
        version: package.version,
        integrity: digest.unwrap_or_else(|| Digest::of(text.as_bytes()).to_string()),
    })
}

/// The command line of the package's program.
fn start(venv: &Path, name: &str) -> Result<Vec<String>, ResolveError> {
    let programs = programs(venv, name).map_err(ResolveError::Files)?;
    let program = choose(name, programs)?;
    let path = venv.join("bin").join(program);
    if !path.is_file() {
        return Err(ResolveError::NoBin {
            package: name.to_owned(),
        });
    }
    let python = venv::python_of_script(&path).map_err(ResolveError::Files)?;
    Ok(python
        .into_iter()
        .chain([path])
        .map(|path| path.display().to_string())
        .collect())
}

/// Chooses as uvx does: the program that is named after the package; or else the only one.
fn choose(name: &str, mut programs: Vec<String>) -> Result<String, ResolveError> {
    programs.sort();
    let package = name.to_owned();
    let named = programs
        .iter()
        .position(|program| normalised(program).as_deref() == Some(name));
    match (named, programs.len()) {
        (Some(index), _) => Ok(programs.swap_remove(index)),
        (None, 1) => Ok(programs.remove(0)),
        (None, 0) => Err(ResolveError::NoBin { package }),
        (None, _) => Err(ResolveError::ManyBins {
            package,
            bins: programs,
        }),
    }
}

/// The programs that the package itself brought, by the record of its files (the specification "Recording installed
/// projects").
fn programs(venv: &Path, name: &str) -> io::Result<Vec<String>> {
    for library in fs::read_dir(venv.join("lib"))? {
        let packages = library?.path().join("site-packages");
        let Ok(packages) = fs::read_dir(packages) else {
            continue;
        };
        for entry in packages {
            let entry = entry?;
            let folder = entry.file_name().to_string_lossy().into_owned();
            let is_own = folder
                .strip_suffix(".dist-info")
                .and_then(|stem| stem.split_once('-'))
                .is_some_and(|(package, _)| normalised(package).as_deref() == Some(name));
            if is_own {
                let record = fs::read_to_string(entry.path().join("RECORD"))?;
                return Ok(record
                    .lines()
                    .filter_map(|line| line.trim_start_matches('"').strip_prefix("../../../bin/"))
                    .filter_map(|rest| rest.split([',', '"']).next())
                    .map(str::to_owned)
                    .collect());
            }
        }
    }
    Ok(Vec::new())
}
