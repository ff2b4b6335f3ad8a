//! Pythons on the broker's machine.

use std::path::PathBuf;

use super::{ResolveError, Resolver, npx::ASK, program::Program};

/// A Python that is installed here, outside of any virtual environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Python {
    /// Without links, so that it never stands for another version later on.
    pub(super) executable: PathBuf,
    /// Such as `3.12`: compiled packages fit one of these alone.
    pub(super) minor: String,
}

/// Prints where Python itself is, also when it is asked in a virtual environment, and its version.
const ASK_PYTHON: &str = "import os, sys
print(os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable))
print('%d.%d' % sys.version_info[:2])";

impl Resolver {
    /// The Python that packages are installed for: `python3` on the broker's `PATH`.
    pub(super) async fn python(&self) -> Result<Python, ResolveError> {
        self.ask_python("python3".to_owned())
            .await?
            .ok_or(ResolveError::PythonMissing)
    }

    /// The Python of one minor version, if there is one.
    pub(super) async fn python_of(&self, minor: &str) -> Result<Option<Python>, ResolveError> {
        for name in [format!("python{minor}"), "python3".to_owned()] {
            if let Some(python) = self.ask_python(name).await?
                && python.minor == minor
            {
                return Ok(Some(python));
            }
        }
        Ok(None)
    }

    async fn ask_python(&self, name: String) -> Result<Option<Python>, ResolveError> {
        if self.surroundings.find(&name).is_none() {
            return Ok(None);
        }
        let ask = Program {
            name,
            args: vec!["-I".to_owned(), "-c".to_owned(), ASK_PYTHON.to_owned()],
            directory: "/".into(),
            env: Vec::new(),
        };
        let ran = self.run(&ask, ASK).await?;
        let text = String::from_utf8_lossy(&ran.stdout);
        let mut lines = text.lines();
        let python = lines.next().zip(lines.next()).map(|(executable, minor)| Python {
            executable: executable.into(),
            minor: minor.to_owned(),
        });
        // A shim of a version that is not installed is there, and fails.
        Ok(python.filter(|python| ran.status.success() && python.executable.is_absolute()))
    }
}
