//! Bundles.

use std::path::{Path, PathBuf};

use super::{ResolveError, Resolved, Resolver, check_start, venv};
use crate::model::Digest;

impl Resolver {
    pub(super) async fn bundle(&self, artifact: &Digest, start: &[String]) -> Result<Resolved, ResolveError> {
        check_start(start)?;
        let place = self.unpacked(artifact, &start[0]).await?;
        let mut argv = program(&place, &start[0])?;
        argv.extend_from_slice(&start[1..]);
        Ok(Resolved {
            argv,
            directory: Some(place),
            pinned: None,
            integrity: None,
            artifact: Some(artifact.clone()),
            image: None,
            root: None,
        })
    }
}

/// A program with a path is the bundle's own; one without is looked for on the `PATH` when it starts.
fn program(place: &Path, program: &str) -> Result<Vec<String>, ResolveError> {
    if !program.contains('/') || Path::new(program).is_absolute() {
        return Ok(vec![program.to_owned()]);
    }
    let path: PathBuf = place.join(program).components().collect();
    if !path.is_file() {
        return Err(ResolveError::StartMissing(program.to_owned()));
    }
    // A script's first line has no room for a long path, and none for spaces.
    let python = venv::python_of_script(&path).map_err(ResolveError::Files)?;
    Ok(python
        .into_iter()
        .chain([path])
        .map(|path| path.display().to_string())
        .collect())
}
