//! `berth man`

use std::{fs, io, path::PathBuf};

use serde::Serialize;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    help,
};

/// Print the manual page, or write all pages to a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth man | man -l -
  berth man ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// Where to write one page for each command
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    /// berth's own page, where no folder was named.
    page: Option<String>,
    /// The files that were written.
    written: Vec<PathBuf>,
}

pub(crate) fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let cannot =
        |error: io::Error| CmdError::new(Kind::Failed, "the manual can't be written").with_source(error);
    let pages = files().map_err(cannot)?;
    let Some(directory) = args.directory else {
        let page = pages
            .first()
            .map(|(_, page)| String::from_utf8_lossy(page).into_owned());
        let body = Body {
            page,
            written: Vec::new(),
        };
        return ctx
            .ui
            .answer(documents::MAN, &body, || body.page.clone().unwrap_or_default());
    };
    fs::create_dir_all(&directory).map_err(cannot)?;
    for (name, page) in &pages {
        fs::write(directory.join(name), page).map_err(cannot)?;
    }
    ctx.ui
        .say(format!("Wrote {} pages to {}.", pages.len(), directory.display()));
    let written = pages.into_iter().map(|(name, _)| directory.join(name)).collect();
    let body = Body { page: None, written };
    ctx.ui.answer(documents::MAN, &body, String::new)
}

/// Every page with its file name; berth's own comes first.
pub(crate) fn files() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = super::command().disable_help_subcommand(true);
    // Gives each command its full name, and the flags that every command takes.
    command.build();
    let mut pages = Vec::new();
    collect(&command, "berth", &mut pages)?;
    pages.extend(help::pages());
    Ok(pages)
}

fn collect(command: &clap::Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone().name(name.to_owned())).render(&mut page)?;
    pages.push((format!("{name}.1"), page));
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        collect(inner, &format!("{name}-{}", inner.get_name()), pages)?;
    }
    Ok(())
}
