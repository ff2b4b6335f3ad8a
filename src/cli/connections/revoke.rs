//! `berth connections revoke`

use serde_json::json;

use crate::{
    cli::{context::Context, error::CmdError, sure::Sure},
    client::Client,
    model::{ConnectorName, UserName},
};

/// End a user's authorization: revoke it at the third party, and erase it
///
/// Where the third party can't be reached berth goes on trying, over restarts too. Where it has no way to revoke tokens
/// the command says so: then the user ends the access there.
#[derive(Debug, clap::Args)]
#[command(visible_alias = "rm")]
#[command(after_help = "Examples:
  berth connections revoke gong-crm --user alice
  berth connections revoke gong-crm --user alice --yes     in a script, where nobody can be asked")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// Whose it is
    #[arg(long, value_name = "NAME")]
    user: UserName,

    #[command(flatten)]
    sure: Sure,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let Args { name, user, sure } = args;
    let question = |client: &Client| format!("End {user}'s connection for {name} on {}?", client.base());
    let client = sure.client(ctx, question).await?;
    let done = client.disconnect(&name, &user).await?;
    let told = match done.at_provider.as_str() {
        "revoked" => "revoked at the provider",
        "queued" => "the provider did not answer, and is asked again",
        "unsupported" => "the provider has no way to revoke tokens: end the access there",
        "kept" => {
            "not revoked at the provider, where another connection of the same client would end with it"
        }
        other => other,
    };
    ctx.ui
        .say(format!("Ended {user}'s connection for {name}; {told}."));
    let body = json!({ "connector": name, "user": user, "at_provider": done.at_provider });
    ctx.ui.answer("connections.revoke", &body, String::new)
}
