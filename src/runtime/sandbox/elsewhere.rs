//! The helper's side on systems that have no sandbox: connectors run on Linux.

use std::path::Path;

use rustix::process::Pid;

use super::{
    ORPHANED, Refusal,
    pieces::{Missing, Part, Piece},
};

const WHY: &str = "only Linux has it";

/// Starts nothing.
pub(crate) fn enter(_broker: Pid) -> Refusal {
    Refusal {
        code: ORPHANED,
        said: format!("a connector is started in a sandbox, and {WHY}"),
    }
}

/// Finds nothing.
pub(crate) fn look(_folder: &Path) -> Vec<Piece> {
    [Part::Namespaces, Part::Proc, Part::Network, Part::Calls]
        .into_iter()
        .map(|part| Piece {
            part,
            missing: Some(Missing {
                why: WHY.to_owned(),
                first: None,
            }),
        })
        .collect()
}
