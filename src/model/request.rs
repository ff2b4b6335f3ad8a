//! What names one request in answers and in the log.

use std::sync::Arc;

/// A request's id: the caller's, where it sent a plain one, else berth's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// The id that the caller sent, if it may stand in a header and a log line; else a new one.
    pub(crate) fn from_caller(sent: Option<&str>) -> Self {
        let plain = |text: &&str| {
            (1..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        match sent.filter(plain) {
            Some(sent) => Self(sent.into()),
            None => Self(super::ids::random("req_").into()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
