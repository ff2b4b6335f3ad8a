//! `berth man`

use std::{fs, io, path::PathBuf};

use super::{
    context::Context,
    error::{CmdError, Kind},
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

pub(crate) fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let cannot =
        |error: io::Error| CmdError::new(Kind::Failed, "the manual can't be written").with_source(error);
    let pages = files().map_err(cannot)?;
    let Some(directory) = args.directory else {
        return match pages.first() {
            Some((_, page)) => ctx.ui.print(page),
            None => Ok(()),
        };
    };
    fs::create_dir_all(&directory).map_err(cannot)?;
    for (name, page) in &pages {
        fs::write(directory.join(name), page).map_err(cannot)?;
    }
    ctx.ui
        .say(format!("Wrote {} pages to {}.", pages.len(), directory.display()));
    Ok(())
}

/// Every page with its file name; berth's own comes first.
pub(crate) fn files() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = super::command().disable_help_subcommand(true);
    // Gives each command its full name, and the flags that every command takes.
    command.build();
    let mut pages = Vec::new();
    collect(&command, "berth", &mut pages)?;
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
