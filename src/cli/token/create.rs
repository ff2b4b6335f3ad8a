//! `berth token create`

use std::time::Duration;

use crate::{
    cli::{context::Context, documents, duration, error::CmdError, ui},
    model::{TokenScope, UserName},
    wire::TokenCreate,
};

/// Create a token and print it, this once
///
/// The token goes to standard output and nowhere else: redirect it into a file or a secret store.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth token create --user alice                      for alice's MCP client
  berth token create --label ci --expires 90d > token  then set BERTH_TOKEN_FILE=token
  berth token create --scope deploy:gong-crm --expires 90d
                                                       deploys that connector and does nothing else")]
pub(crate) struct Args {
    /// Whose token it is [default: your own]
    #[arg(long, value_name = "NAME")]
    user: Option<UserName>,

    /// What it is for, as lists show it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    label: String,

    /// When it stops working, from now: 30m, 12h, 90d [default: never]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expires: Option<Duration>,

    /// What it may do: deploy:NAME deploys, rolls back and restarts that connector, and sees how it is; configure:NAME
    /// sets its OAuth, environment, access and tools, too; repeatable [default: all that its owner may]
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<TokenScope>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let body = TokenCreate {
        user: args.user,
        label: args.label,
        lifetime_seconds: args.expires.map(|expires| expires.as_secs()),
        scope: TokenScope::joined(args.scope),
    };
    let created = ctx.client()?.create_token(&body).await?;
    let for_what = match &created.view.scope {
        TokenScope::Everything => String::new(),
        scope => format!(" for {scope} alone"),
    };
    let until = match created.view.expires_at {
        Some(at) => format!("valid until {}", ui::instant(at)),
        None => "valid until it is revoked".to_owned(),
    };
    ctx.ui.say(format!(
        "A token of {}{for_what}, {until}; `berth token revoke {}` ends it. It is not shown again:",
        created.view.user, created.view.id
    ));
    ctx.ui.answer(documents::TOKEN_CREATE, &created, || {
        format!("{}\n", created.token.expose())
    })
}
