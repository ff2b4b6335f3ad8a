//! The log: lines on standard error, as text or as JSON.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, util::SubscriberInitExt as _};

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Sends the log to standard error. `filter` is in the syntax of `tracing-subscriber`, such as `info,berth=debug`.
pub(crate) fn log_to_stderr(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter: EnvFilter = filter
        .parse()
        .map_err(|e| format!("the log filter {filter:?} is not right: {e}"))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let done = match format {
        LogFormat::Text => subscriber.finish().try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).finish().try_init(),
    };
    done.map_err(|e| format!("the log can't be set up: {e}"))
}
