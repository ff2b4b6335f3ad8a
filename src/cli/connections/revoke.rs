//! `berth connections revoke`

use serde::Serialize;

use crate::{
    cli::{context::Context, documents, error::CmdError, sure::Sure},
    client::Client,
    model::{ConnectorName, ProviderName, UserName},
    wire::EndedConnection,
};

/// End a user's authorization: revoke it at the third party, and erase it
///
/// Where the connector uses several providers, --provider names one; without it all of the user's there are ended. With
/// --output json `connections` has each with its provider, and `at_provider` is that of the first.
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

    /// The provider, where the connector uses several [default: all of them]
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,

    #[command(flatten)]
    sure: Sure,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Revoked {
    connector: ConnectorName,
    user: UserName,
    at_provider: String,
    connections: Vec<EndedConnection>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let Args {
        name,
        user,
        provider,
        sure,
    } = args;
    let at = provider.as_ref().map(|provider| format!(" at {provider}"));
    let at = at.unwrap_or_default();
    let question = |client: &Client| format!("End {user}'s connection for {name}{at} on {}?", client.base());
    let client = sure.client(ctx, question).await?;
    let done = client.disconnect(&name, &user, provider.as_ref()).await?;
    for EndedConnection {
        provider,
        at_provider,
    } in &done.connections
    {
        let at = match done.connections.len() {
            1 => String::new(),
            _ => format!(" at {provider}"),
        };
        let told = told(at_provider);
        ctx.ui
            .say(format!("Ended {user}'s connection for {name}{at}; {told}."));
    }
    let body = Revoked {
        connector: name,
        user,
        at_provider: done.at_provider,
        connections: done.connections,
    };
    ctx.ui.answer(documents::CONNECTIONS_REVOKE, &body, String::new)
}

fn told(at_provider: &str) -> &str {
    match at_provider {
        "revoked" => "revoked at the provider",
        "queued" => "the provider did not answer, and is asked again",
        "unsupported" => "the provider has no way to revoke tokens: end the access there",
        "kept" => {
            "not revoked at the provider, where another connection of the same client would end with it"
        }
        other => other,
    }
}
