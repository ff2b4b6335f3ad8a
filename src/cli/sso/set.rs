//! `berth sso set`

use super::told;
use crate::{
    cli::{context::Context, documents, error::CmdError, input::read_input},
    model::GroupName,
    wire::SsoUpdate,
};

/// Say where people sign in; it replaces what was said before
///
/// The provider is asked at once whether it is one. Register the redirect URI that is printed there. Whoever signs in
/// becomes a user; a user of the same name or e-mail address who is there already is somebody else. Without --allow-domain
/// and --allow-group everybody gets in whom the provider vouches for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth sso set --issuer https://acme.okta.com --client-id 0oa7 --client-secret-file secret.txt
  berth sso set --issuer https://accounts.google.com --client-id 7f3a --client-secret-env SSO_SECRET \\
      --allow-domain acme.com
  berth sso set --issuer https://login.acme.com --client-id berth --allow-group sales --groups-claim roles")]
pub(crate) struct Args {
    /// The provider's issuer, the address before /.well-known/openid-configuration
    #[arg(long, value_name = "URL")]
    issuer: String,

    /// The client id that the provider gave
    #[arg(long, value_name = "ID")]
    client_id: String,

    /// A file with the client secret; - is standard input [default: the secret that there is]
    #[arg(long, value_name = "FILE", conflicts_with = "client_secret_env")]
    client_secret_file: Option<String>,

    /// The environment variable with the client secret
    #[arg(long, value_name = "VAR")]
    client_secret_env: Option<String>,

    /// Let people in whose verified e-mail address is of this domain; repeatable
    #[arg(long = "allow-domain", value_name = "DOMAIN")]
    allow_domains: Vec<String>,

    /// Let people in who are in this group; repeatable, one is enough
    #[arg(long = "allow-group", value_name = "NAME")]
    allow_groups: Vec<GroupName>,

    /// The claim that has a person's groups
    #[arg(long, value_name = "CLAIM", default_value = "groups")]
    groups_claim: String,

    /// A scope to ask for besides openid; repeatable [default: email profile]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let client_secret = match (&args.client_secret_file, &args.client_secret_env) {
        (Some(path), _) => Some(read_input(path).await?),
        (None, Some(variable)) => Some(ctx.secret_from_variable("--client-secret-env", variable)?),
        (None, None) => None,
    };
    let body = SsoUpdate {
        issuer: args.issuer,
        client_id: args.client_id,
        client_secret,
        allow_domains: args.allow_domains,
        allow_groups: args.allow_groups,
        groups_claim: Some(args.groups_claim),
        scopes: (!args.scopes.is_empty()).then_some(args.scopes),
    };
    let view = ctx.client()?.set_sso(&body).await?;
    ctx.ui
        .say("People sign in there from now on. Register the redirect URI at the provider.");
    ctx.ui.answer(documents::SSO_SET, &view, || told(&view))
}
