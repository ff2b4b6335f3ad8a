//! `berth sso`: where people sign in to the broker.

mod set;
mod show;
mod unset;

pub(super) use unset::Unset;

use super::{context::Context, error::CmdError};
use crate::wire::SsoView;

/// Let people sign in at an OpenID Connect provider
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Set(set::Args),
    Show(show::Args),
    Unset(unset::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Set(args) => set::run(ctx, args).await,
        Command::Show(args) => show::run(ctx, args).await,
        Command::Unset(args) => unset::run(ctx, args).await,
    }
}

fn told(view: &SsoView) -> String {
    let list = |items: Vec<String>, none: &str| match items.is_empty() {
        true => none.to_owned(),
        false => items.join(", "),
    };
    let groups = view.allow_groups.iter().map(ToString::to_string).collect();
    let lines = [
        ("issuer", view.issuer.clone()),
        ("client id", view.client_id.clone()),
        (
            "client secret",
            if view.has_secret { "set" } else { "none" }.to_owned(),
        ),
        ("redirect URI", view.redirect_uri.clone()),
        ("domains let in", list(view.allow_domains.clone(), "all")),
        ("groups let in", list(groups, "all")),
        ("groups claim", view.groups_claim.clone()),
        ("scopes", format!("openid {}", view.scopes.join(" "))),
    ];
    lines
        .iter()
        .map(|(name, value)| format!("{name:15} {value}\n"))
        .collect()
}
