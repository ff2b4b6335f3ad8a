//! `berth whoami`

use serde_json::json;

use super::{context::Context, error::CmdError, ui};

/// Show which broker is used, who you are there, and where the credential comes from
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth whoami
  BERTH_TOKEN_FILE=token berth whoami --url https://berth.example")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let target = ctx.target()?;
    let (url, origin) = (target.url.clone(), target.origin);
    let credential = target
        .credential
        .as_ref()
        .map(|c| c.origin.clone())
        .unwrap_or_default();
    let client = ctx.client_of(target)?;
    let identity = client.whoami().await?;
    let server = client.server().await?;
    let body = json!({
        "user": identity.user,
        "roles": identity.roles,
        "url": url,
        "url_origin": origin,
        "credential_origin": credential,
        "server_version": server.version,
        "public_url": server.public_url,
    });
    ctx.ui.answer("whoami", &body, || {
        ui::fields([
            ("User", identity.user.to_string()),
            ("Roles", identity.roles.to_string()),
            ("Broker", format!("{url} (from {origin})")),
            ("Version", server.version),
            ("Credential", credential),
        ])
    })
}
