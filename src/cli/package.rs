//! `berth package`

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::json;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind, Problems},
    source::SourceArgs,
    ui,
};
use crate::{model::Digest, package::Artifact};

/// Make the artifact of a folder or zip file, as `berth deploy` would send it
///
/// Prints its digest, which is the same on every machine for the same files. With --out it is written as an OCI image
/// layout, which `oras`, `skopeo` and `crane` copy to any registry. Images are made by `docker build`, and packages are
/// resolved and installed by the broker: there is nothing to make of them here.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth package ./server --start 'node server.js'
  berth package --bundle server.zip --start 'node server.js' --out ./artifact
  skopeo copy oci:./artifact docker://registry.example/gong-crm:1")]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,

    /// The folder to write an OCI image layout to; it must be empty, or not there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    source: String,
    /// Of the manifest: the identity of the artifact.
    digest: Digest,
    files: usize,
    /// What the files hold, in bytes.
    bytes: u64,
    layers: usize,
    left_out: Vec<String>,
    /// The folder that it was written to.
    layout: Option<PathBuf>,
}

const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    if let Some(folder) = &args.out {
        check_empty(folder)?;
    }
    let mut problems = Problems::default();
    let found = args.source.find_aside(&mut problems).await;
    problems.settle()?;
    let Some(mut found) = found else {
        return Err(CmdError::usage("there is nothing to package"));
    };
    let source = found.source.value.describe();
    let Some(artifact) = found.source.value.pack(ctx).await? else {
        let message = format!("there is nothing to package here for {source}");
        return Err(CmdError::usage(message).with_hint(
            "folders and zip files are packaged (--bundle); `berth deploy` sends an image itself, and the broker resolves packages",
        ));
    };
    for note in &artifact.notes {
        ctx.ui.say(note);
    }
    ctx.ui.say(format!(
        "Packaged {source}: {} files, {}, in {} layers",
        artifact.files,
        ui::size(artifact.bytes),
        artifact.blobs.len().saturating_sub(1),
    ));
    let mut body = Body {
        source,
        digest: artifact.digest.clone(),
        files: artifact.files,
        bytes: artifact.bytes,
        layers: artifact.blobs.len().saturating_sub(1),
        left_out: artifact.left_out.clone(),
        layout: None,
    };
    if let Some(folder) = args.out {
        let place = folder.clone();
        let writing = tokio::task::spawn_blocking(move || write(&place, &artifact));
        let written = writing
            .await
            .map_err(|error| CmdError::new(Kind::Build, "writing broke off").with_source(error))?;
        written.map_err(|error| {
            CmdError::new(Kind::Build, format!("{} can't be written", folder.display()))
                .with_hint("what has been written so far is of no use: remove it")
                .with_source(error)
        })?;
        ctx.ui.say(format!("Written to {}.", folder.display()));
        body.layout = Some(folder);
    }
    ctx.ui
        .answer(documents::PACKAGE, &body, || format!("{}\n", body.digest))
}

/// Nothing of anybody's is mixed up with a layout.
fn check_empty(folder: &Path) -> Result<(), CmdError> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(
            CmdError::new(Kind::Conflict, format!("{} is not empty", folder.display()))
                .with_hint("--out takes a folder that is empty, or not there yet"),
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => {
            Err(CmdError::usage(format!("{} can't be written to", folder.display())).with_source(error))
        }
    }
}

/// Writes an OCI image layout (image-spec 1.1, image-layout.md). The index comes last: a layout without one was not
/// finished.
fn write(folder: &Path, artifact: &Artifact) -> io::Result<()> {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    fs::write(blobs.join(artifact.digest.hex()), &artifact.manifest)?;
    for blob in &artifact.blobs {
        let path = blobs.join(blob.digest.hex());
        if path.exists() {
            continue;
        }
        let mut file = fs::File::create(&path)?;
        io::copy(&mut blob.reader(0)?, &mut file)?;
        file.flush()?;
    }
    fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    let index = json!({
        "schemaVersion": 2,
        "mediaType": INDEX_TYPE,
        "manifests": [{
            "mediaType": artifact.media_type,
            "digest": artifact.digest,
            "size": artifact.manifest.len(),
        }],
    });
    fs::write(folder.join("index.json"), index.to_string())
}
