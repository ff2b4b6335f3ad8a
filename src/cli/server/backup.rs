//! `berth server backup`

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::cli::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    ui,
};

/// Write a copy of the broker's store to a file, while the broker goes on
///
/// The copy is whole and of one moment: users, connectors, settings, and sealed tokens and secrets. It is of use only
/// with the master key, which is not in it: keep that elsewhere. To restore, put the copy as berth.db into an empty
/// folder with the key as master.key, and the blobs folder beside it; then berth serve --data-dir FOLDER.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  berth server backup /backup/berth-$(date +%F).db")]
pub(crate) struct Args {
    /// The file to write; it must not exist
    file: PathBuf,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct BackedUp {
    file: String,
    bytes: u64,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let failed = |error: io::Error| {
        CmdError::new(Kind::Failed, format!("{} can't be written", args.file.display())).with_source(error)
    };
    if fs::symlink_metadata(&args.file).is_ok() {
        return Err(CmdError::new(
            Kind::Conflict,
            format!("{} is there already", args.file.display()),
        ));
    }
    // It gets its name when it is whole.
    let mut name = args.file.as_os_str().to_owned();
    name.push(".part");
    let part = Path::new(&name);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(part)
        .map_err(failed)?;
    let copied = async {
        let size = ctx.client()?.backup(|piece| file.write_all(piece)).await?;
        let size = size.map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(part, &args.file).map_err(failed)?;
        Ok(size)
    };
    let size = match copied.await {
        Ok(size) => size,
        Err(error) => {
            // What failed is told; that a piece of it may stay is no more than that.
            _ = fs::remove_file(part);
            return Err(error);
        }
    };
    let path = args.file.display().to_string();
    ctx.ui.say(
        "The master key is not in it, and nothing of it can be read without: keep that in another place.",
    );
    let body = BackedUp {
        file: path.clone(),
        bytes: size,
    };
    ctx.ui.answer(documents::SERVER_BACKUP, &body, || {
        format!("{path}: {}\n", ui::size(size))
    })
}
