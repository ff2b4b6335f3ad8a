//! `berth whoami`

use serde::Serialize;

use super::{context::Context, documents, error::CmdError, ui};
use crate::{
    model::{self, Roles, TokenScope, UserName},
    wire::IdentityToken,
};

/// Show which broker is used, who you are there, and where the credential comes from
///
/// And what the credential may do, and until when.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth whoami
  BERTH_TOKEN_FILE=token berth whoami --url https://berth.example")]
pub(crate) struct Args {}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body<'a> {
    user: &'a UserName,
    roles: &'a Roles,
    url: &'a str,
    url_origin: &'a str,
    credential_origin: &'a str,
    /// Absent from a broker that does not say.
    token: Option<&'a IdentityToken>,
    server_version: &'a str,
    public_url: &'a str,
}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let target = ctx.target()?;
    let (url, origin) = (target.url.clone(), target.origin);
    let credential = target
        .credential
        .as_ref()
        .map(|c| c.origin.place.clone())
        .unwrap_or_default();
    let client = ctx.client_of(target)?;
    let identity = client.whoami().await?;
    let server = client.server().await?;
    let token = identity.token.as_ref();
    let body = Body {
        user: &identity.user,
        roles: &identity.roles,
        url: url.as_str(),
        url_origin: origin,
        credential_origin: &credential,
        token,
        server_version: &server.version,
        public_url: &server.public_url,
    };
    ctx.ui.answer(documents::WHOAMI, &body, || {
        let mut rows = vec![
            ("User", identity.user.to_string()),
            ("Roles", identity.roles.to_string()),
            ("Broker", format!("{url} (from {origin})")),
            ("Version", server.version.clone()),
            ("Credential", credential.clone()),
        ];
        if let Some(token) = token {
            let label = match token.label.as_str() {
                "" => String::new(),
                label => format!(" ({label})"),
            };
            rows.push(("Token", format!("{}{label}", token.id)));
            rows.push(match &token.scope {
                TokenScope::Everything => ("May", "all that the roles allow".to_owned()),
                scope => ("May", scope.to_string()),
            });
            rows.push(("Expires", expiry(token.expires_at)));
        }
        ui::fields(rows)
    })
}

fn expiry(at: Option<model::Millis>) -> String {
    match at {
        None => "never".to_owned(),
        Some(at) => {
            let minutes = (at - model::now()).max(0) / 60_000;
            let left = match minutes {
                0..120 => format!("{minutes} minutes"),
                120..2880 => format!("{} hours", minutes / 60),
                _ => format!("{} days", minutes / 1440),
            };
            format!("{}, in {left}", ui::instant(at))
        }
    }
}
