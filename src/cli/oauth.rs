//! `berth oauth`: which third party a connector's users authorize at, and where their token is put.

mod redirect_uri;
mod set;
mod show;
mod unset;

use super::{context::Context, error::CmdError, ui};
use crate::{model::Address, wire::OAuthView};

/// Configure a connector's OAuth, before or after it is deployed
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Set(Box<set::Args>),
    Show(show::Args),
    Unset(unset::Args),
    RedirectUri(redirect_uri::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Set(args) => set::run(ctx, *args).await,
        Command::Show(args) => show::run(ctx, args).await,
        Command::Unset(args) => unset::run(ctx, args).await,
        Command::RedirectUri(args) => redirect_uri::run(ctx, args).await,
    }
}

/// The settings, for people.
pub(super) fn text(settings: &OAuthView) -> String {
    let headers = settings.mapping.headers.iter().cloned().map(String::from);
    let variables = settings.mapping.env.iter().cloned().map(String::from);
    let files = settings.mapping.files.iter().cloned().map(String::from);
    let shared: Vec<&str> = settings.connectors.iter().map(|name| name.as_str()).collect();
    let provider = &settings.settings;
    let address = |address: Option<&Address>| address.map(ToString::to_string).unwrap_or_default();
    let pinned = settings.discovered.as_ref();
    ui::fields([
        ("Provider", settings.provider.to_string()),
        ("Issuer", provider.issuer.clone().unwrap_or_default()),
        (
            "Issuer changed",
            pinned.map(|pinned| pinned.changed.join("\n")).unwrap_or_default(),
        ),
        ("Authorize URL", address(provider.auth_url.as_ref())),
        ("Token URL", provider.token_url.to_string()),
        ("Revoke URL", address(provider.revoke_url.as_ref())),
        ("Client ID", provider.client_id.clone()),
        (
            "Client secret",
            if settings.client_secret_set { "set" } else { "none" }.to_owned(),
        ),
        ("Scopes", settings.scopes.join(" ")),
        ("Header", headers.collect::<Vec<_>>().join("\n")),
        ("Environment", variables.collect::<Vec<_>>().join("\n")),
        ("Token file", files.collect::<Vec<_>>().join("\n")),
        ("Redirect URI", settings.redirect_uri.clone()),
        ("Connectors", shared.join(", ")),
        ("Authorized", format!("{} users", settings.grants)),
    ])
}
