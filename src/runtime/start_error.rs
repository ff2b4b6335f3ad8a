//! Why an instance did not start.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use super::{EngineError, Limit, Part};
use crate::model::Bytes;

/// Why an instance did not start, and what it said.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub(crate) struct StartError {
    pub(crate) cause: StartCause,
    /// Its last lines on standard error, oldest first: at most 20, of at most 500 characters.
    pub(crate) stderr: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StartCause {
    #[error("the program {program:?} was not found")]
    NotFound { program: String },
    #[error("its program could not be run: {0}")]
    NotRunnable(io::Error),
    /// `status` is to be read after "it": "exited with status 1". `junk` is the first line that a stdio connector
    /// wrote instead of a message.
    #[error("it {}{status} before it was ready", wrote(junk))]
    Exited { status: String, junk: Option<String> },
    /// A stdio connector's standard output is for messages alone.
    #[error("it wrote something else than MCP messages to its standard output: {line:?}")]
    Junk { line: String },
    #[error("it was not ready after {} s", .after.as_secs_f32())]
    TimedOut { after: Duration },
    #[error("{0}")]
    Protocol(String),
    /// A file that was to be shown to it lies where nothing is.
    #[error("{} is private to the broker's machine", path.display())]
    Private { path: PathBuf },
    #[error("{}, which it is to read, can't be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error("this machine lacks a piece of the sandbox, {}: {why}", part.name())]
    NoSandbox { part: Part, why: String },
    #[error("port {port} is in use by another program")]
    PortInUse { port: u16 },
    /// Of an image, as everything up to `Crashing`.
    #[error(transparent)]
    Engine(EngineError),
    #[error("it listens at port {port} on 127.0.0.1 of its own container, where nobody else reaches it")]
    LoopbackOnly { port: u16 },
    #[error("nothing listened at port {port} of its container within {} s{}", .after.as_secs_f32(), elsewhere(others))]
    NotListening {
        port: u16,
        /// Where something listens inside of it, as far as the broker may look.
        others: Vec<SocketAddr>,
        after: Duration,
    },
    #[error("the Docker Engine gave its container no address")]
    Unreachable,
    /// `status` is how it ended the last time.
    #[error("it ended {times} times in a row: the last time it {status}; it is started again in {} s", .retry_in.as_secs() + 1)]
    Crashing {
        times: u32,
        status: String,
        retry_in: Duration,
    },
    #[error("at most {limit} may run, and all were in use for {} s; try again in a moment", .waited.as_secs_f32())]
    Busy { limit: Limit, waited: Duration },
    /// What it is to run with keeps too much in there already.
    #[error("its home holds more than {limit}, which is all that it may keep there")]
    HomeFull { limit: Bytes },
    /// It was not wanted any more.
    #[error("it was stopped while it started")]
    Stopped,
}

impl StartCause {
    /// What to do about what berth refuses; empty where it is the connector that failed.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::NoSandbox { .. } => {
                "`berth doctor` on the broker's machine tells what to do about it; `berth serve --sandbox best-effort` starts \
                 connectors without what is missing"
            }
            Self::Private { .. } => {
                "send what it needs along, with --bundle FOLDER, or keep it outside of the broker's data folder and of \
                 folders that begin with a dot in its home"
            }
            Self::HomeFull { .. } => {
                "berth restart NAME --clear-homes erases what it keeps there, for all of its users; berth deploy --disk SIZE \
                 gives it more room"
            }
            Self::Unreadable { .. } => "check the path that --readable names on the broker's machine",
            _ => "",
        }
    }

    /// Whether an image is missing that was there when it was resolved.
    pub(crate) fn is_image_gone(&self) -> bool {
        matches!(self, Self::Engine(EngineError::ImageGone { .. }))
    }

    /// As an error of something that said nothing.
    pub(super) fn silent(self) -> StartError {
        StartError {
            cause: self,
            stderr: Vec::new(),
        }
    }
}

fn wrote(junk: &Option<String>) -> String {
    junk.as_ref().map_or_else(String::new, |line| {
        format!("wrote no MCP message to its standard output but {line:?}, and ")
    })
}

fn elsewhere(others: &[SocketAddr]) -> String {
    if others.is_empty() {
        return String::new();
    }
    let others: Vec<String> = others.iter().map(ToString::to_string).collect();
    format!(", but at {}", others.join(", "))
}

pub(super) fn stopped() -> Arc<StartError> {
    Arc::new(StartCause::Stopped.silent())
}
