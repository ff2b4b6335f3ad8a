//! What stays when what nobody needs is removed.

use std::time::Duration;

/// The rule, as `berth serve` was told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// How many releases of a connector stay besides the one that serves and those under way; at least 1, so that the
    /// newest is always among them and no number is given twice.
    pub(crate) releases: usize,
    /// How long what nothing names stays: it may be part of something that is still being sent.
    pub(crate) grace: Duration,
}
