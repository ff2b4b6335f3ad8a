//! What requests that stand for themselves have in common.

use super::modern::{Mirrored, States};

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Requests {
    pub(super) states: States,
    pub(super) mirrored: Mirrored,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            states: States::new(),
            mirrored: Mirrored::default(),
        }
    }
}
