//! `berth completions`

use clap_complete::Shell;
use serde::Serialize;

use super::{context::Context, documents, error::CmdError};

/// Print the completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth completions bash > ~/.local/share/bash-completion/completions/berth
  berth completions zsh > ~/.zfunc/_berth
  berth completions fish > ~/.config/fish/completions/berth.fish")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    shell: String,
    script: String,
}

pub(crate) fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let script = script(args.shell);
    let body = Body {
        shell: args.shell.to_string(),
        script: String::from_utf8_lossy(&script).into_owned(),
    };
    ctx.ui
        .answer(documents::COMPLETIONS, &body, || body.script.clone())
}

/// The scripts that the repository carries, with their paths in it.
pub(crate) fn files() -> Vec<(String, Vec<u8>)> {
    let named = [
        (Shell::Bash, "berth.bash"),
        (Shell::Elvish, "berth.elv"),
        (Shell::Fish, "berth.fish"),
        (Shell::PowerShell, "_berth.ps1"),
        (Shell::Zsh, "_berth"),
    ];
    let file = |(shell, name)| (format!("completions/{name}"), script(shell));
    named.into_iter().map(file).collect()
}

/// Rendered whole before any of it is printed: the generator panics on a closed pipe.
fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "berth", &mut script);
    script
}
