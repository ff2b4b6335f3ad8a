//! Bundles.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::{ResolveError, Resolved, Resolver, blocking, check_start};
use crate::{
    bundle::{self, Limits},
    model::Digest,
};

/// Largest manifest, in bytes; the OCI distribution specification asks registries for 4 MiB.
const LARGEST_MANIFEST: u64 = 4 * 1024 * 1024;

impl Resolver {
    pub(super) async fn bundle(&self, artifact: &Digest, start: &[String]) -> Result<Resolved, ResolveError> {
        check_start(start)?;
        let _turn = self.flights.turn(artifact.as_str()).await;
        let place = self.directory.join("bundles").join(artifact.hex());
        if !place.is_dir() {
            self.unpack(artifact, place.clone()).await?;
        }
        let mut argv = start.to_vec();
        argv[0] = program(&place, &argv[0])?;
        Ok(Resolved {
            argv,
            directory: Some(place),
            pinned: None,
            integrity: None,
            artifact: Some(artifact.clone()),
            image: None,
        })
    }

    /// Unpacks every layer into `place`.
    async fn unpack(&self, artifact: &Digest, place: PathBuf) -> Result<(), ResolveError> {
        let bytes = self
            .blobs
            .bytes(artifact, LARGEST_MANIFEST)
            .await
            .map_err(ResolveError::Files)?
            .ok_or_else(|| ResolveError::MissingBlob(artifact.clone()))?;
        let manifest = bundle::parse_manifest(&bytes)?;
        manifest.check_bundle()?;
        let mut layers = Vec::new();
        for layer in &manifest.layers {
            if !self.blobs.has(&layer.digest).await.map_err(ResolveError::Files)? {
                return Err(ResolveError::MissingBlob(layer.digest.clone()));
            }
            layers.push(self.blobs.path(&layer.digest));
        }
        let temporary = self.temporary().await?;
        let folder = temporary.path().join("bundle");
        let into = folder.clone();
        blocking(move || Ok(unpack_layers(&layers, &into))).await??;
        self.settle(folder, place).await
    }
}

fn unpack_layers(layers: &[PathBuf], into: &Path) -> Result<(), ResolveError> {
    fs::create_dir(into).map_err(ResolveError::Files)?;
    let layers: Vec<File> = layers
        .iter()
        .map(File::open)
        .collect::<Result<_, _>>()
        .map_err(ResolveError::Files)?;
    Ok(bundle::unpack(&layers, into, Limits::default())?)
}

/// A program with a path is the bundle's own; one without is looked for on the `PATH` when it starts.
fn program(place: &Path, program: &str) -> Result<String, ResolveError> {
    if !program.contains('/') || Path::new(program).is_absolute() {
        return Ok(program.to_owned());
    }
    let path: PathBuf = place.join(program).components().collect();
    if path.is_file() {
        Ok(path.display().to_string())
    } else {
        Err(ResolveError::StartMissing(program.to_owned()))
    }
}
