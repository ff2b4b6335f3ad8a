//! What is wrong with a manifest.

use std::{io, path::PathBuf};

use super::FILE_NAME;

/// Why a `berth.toml` could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    #[error("{} can't be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The text is not a manifest: all that is wrong with it, at least one mistake.
    #[error("{}", listed(.0))]
    Malformed(Vec<Mistake>),
}

/// One thing that is wrong with a manifest. Line and column count from 1, the column in characters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
    /// What to do about it; may be empty.
    pub(crate) hint: String,
}

impl ManifestError {
    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> &str {
        match self {
            Self::Unreadable { .. } => "check that the file is a readable text file in UTF-8",
            Self::Malformed(mistakes) => match &mistakes[..] {
                [only] => &only.hint,
                _ => "",
            },
        }
    }
}

/// Each mistake in a line of its own; the hints are with them where there are several.
fn listed(mistakes: &[Mistake]) -> String {
    let line = |mistake: &Mistake| {
        let Mistake {
            line,
            column,
            message,
            hint,
        } = mistake;
        match mistakes.len() == 1 || hint.is_empty() {
            true => format!("{FILE_NAME}:{line}:{column}: {message}"),
            false => format!("{FILE_NAME}:{line}:{column}: {message} ({hint})"),
        }
    };
    mistakes.iter().map(line).collect::<Vec<_>>().join("\n")
}
