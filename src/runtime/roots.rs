//! Whether an image works when its containers may not write to what is in it: its probe finds out.
//!
//! No image says so itself. It is tried with a root that is read-only; one that ends by itself then, or says that it
//! wants to write, is tried with one that is writable. What worked is the release's from then on.

use std::{sync::Arc, time::Duration};

use super::{
    InstanceKey, Launch, Runtime, StartCause, StartError,
    probe::{self, Seen},
};
use crate::model::{Probe, Root};

/// What programs say of a file system that takes no writes (EROFS, errno 30), or libraries of a file on one.
const COMPLAINTS: [&str; 5] = [
    "read-only file system",
    "read-only filesystem",
    "erofs",
    "errno 30",
    "readonly database",
];

/// As [`probe::probe`]; of an image, with the strictest root that it works with.
pub(super) async fn probe(
    runtime: &Runtime,
    key: &InstanceKey,
    launch: Launch,
) -> Result<Probe, Arc<StartError>> {
    if launch.image.is_none() || launch.root == Some(Root::Writable) {
        return probe::probe(runtime, key, launch).await.map(|seen| seen.probe);
    }
    let attempt = async |root| {
        let launch = Launch {
            root: Some(root),
            ..launch.clone()
        };
        let seen = probe::probe(runtime, key, launch).await;
        if seen.is_ok() {
            runtime.0.roots.lock().insert(key.release.clone(), root);
        }
        seen
    };
    let strict = attempt(Root::ReadOnly).await;
    if !wants_to_write(&strict) {
        return strict.map(|seen| seen.probe);
    }
    tracing::info!(connector = %launch.name, number = launch.number, "trying its image with a writable root");
    // One that runs all the same does less than it could.
    runtime.0.end(Duration::ZERO, |_, other| other == key).await;
    attempt(Root::Writable).await.map(|seen| seen.probe)
}

fn wants_to_write(seen: &Result<Seen, Arc<StartError>>) -> bool {
    match seen {
        Ok(seen) => complains(&seen.stderr),
        // Many end without saying why.
        Err(error) => matches!(error.cause, StartCause::Exited { .. }) || complains(&error.stderr),
    }
}

fn complains(stderr: &[String]) -> bool {
    stderr.iter().any(|line| {
        let line = line.to_ascii_lowercase();
        COMPLAINTS.iter().any(|complaint| line.contains(complaint))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_understood() {
        for line in [
            "mkdir: can't create directory '/data': Read-only file system",
            "Error: EROFS: read-only file system, open '/app/cache.json'",
            "OSError: [Errno 30] Read-only file system: '/app/x'",
            "sqlite3.OperationalError: attempt to write a readonly database",
            "panicked: Os { code: 30, kind: ReadOnlyFilesystem, message: \"Read-only file system\" }",
        ] {
            assert!(complains(&[line.to_owned()]), "{line}");
        }
        for line in [
            "permission denied",
            "no space left on device",
            "open: no such file",
        ] {
            assert!(!complains(&[line.to_owned()]), "{line}");
        }
    }
}
