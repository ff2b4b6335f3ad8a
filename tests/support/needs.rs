//! What `tests/run` installs and starts, and how a test goes without it.

use std::path::PathBuf;

/// The value of a variable that `tests/run` exports. Where it is missing, the test says so in a line and is
/// skipped; under CI=true it fails, so that a green run means that every test ran.
fn exported(variable: &str, what: &str) -> Option<String> {
    let value = std::env::var(variable).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        let why =
            format!("skipped: {what} is missing ({variable} is not set; run the tests by `bash tests/run`)");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
        eprintln!("{why}");
    }
    value
}

/// The npm packages of `tests/fixtures/package.json`.
pub(crate) fn npm() -> Option<PathBuf> {
    exported("BERTH_TEST_NODE_MODULES", "the set of npm packages").map(PathBuf::from)
}

/// A Python that has the packages of `tests/fixtures/requirements.txt`.
pub(crate) fn python() -> Option<PathBuf> {
    exported("BERTH_TEST_PYTHON", "the set of PyPI packages").map(PathBuf::from)
}

/// The address of a Docker Engine, as `DOCKER_HOST` has it.
pub(crate) fn docker() -> Option<String> {
    exported("BERTH_TEST_DOCKER", "a Docker Engine")
}

/// Host and port of a registry that takes what anybody pushes, over plain http.
pub(crate) fn registry() -> Option<String> {
    exported("BERTH_TEST_REGISTRY", "docker-registry")
}

/// A folder that has uv in it and nothing else.
pub(crate) fn uv() -> Option<PathBuf> {
    exported("BERTH_TEST_UV", "uv").map(PathBuf::from)
}

pub(crate) fn chromium() -> Option<PathBuf> {
    exported("BERTH_TEST_CHROMIUM", "Chromium").map(PathBuf::from)
}

/// Whether a program of Debian's packages is installed.
pub(crate) fn installed(program: &str) -> Option<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        let why = format!("skipped: {program} is missing (run the tests by `bash tests/run`)");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
        eprintln!("{why}");
    }
    found.then_some(())
}
