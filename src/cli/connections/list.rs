//! `berth connections list`

use crate::{
    cli::{context::Context, documents, error::CmdError, ui},
    model::{ConnectorName, Millis, UserName},
    wire::{ConnectionFilter, ConnectionView},
};

/// List who has authorized what, and how each connection stands
///
/// One row for each user, connector and provider.
///
/// The states: healthy; refreshing; degraded (the last refresh failed, berth tries again); needs-reconnect (the user has
/// to authorize again); misconfigured (the provider does not take the client: an admin mends it with berth oauth set);
/// ambiguous (an answer was lost: the token in hand serves until it ends, then berth tries once more).
#[derive(Debug, clap::Args)]
#[command(visible_alias = "ls")]
#[command(after_help = "Examples:
  berth connections list                        all that you may see
  berth connections list gong-crm               those of one connector
  berth connections list --user alice")]
pub(crate) struct Args {
    /// The connector
    name: Option<ConnectorName>,

    /// Those of this user alone
    #[arg(long, value_name = "NAME")]
    user: Option<UserName>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let filter = ConnectionFilter {
        connector: args.name,
        user: args.user,
    };
    let list = ctx.client()?.connections(&filter).await?;
    ctx.ui.answer(documents::CONNECTIONS_LIST, &list, || {
        let rows: Vec<_> = list.connections.iter().map(row).collect();
        let mut text = ui::table(
            &[
                "CONNECTOR",
                "USER",
                "PROVIDER",
                "STATE",
                "LAST REFRESH",
                "NEXT REFRESH",
                "SCOPES",
                "MISSING",
                "ACCOUNT",
            ],
            &rows,
        );
        for connection in &list.connections {
            if let Some(trouble) = &connection.trouble {
                text.push_str(&format!(
                    "\n{} of {} at {}: {} (since {}, {} times)",
                    connection.connector,
                    connection.user,
                    connection.provider,
                    trouble.what,
                    ui::instant(trouble.since),
                    trouble.failures
                ));
            }
        }
        text
    })
}

fn row(connection: &ConnectionView) -> Vec<String> {
    let instant = |at: Option<Millis>| at.map(ui::instant).unwrap_or_default();
    vec![
        connection.connector.to_string(),
        connection.user.to_string(),
        connection.provider.to_string(),
        connection.state.as_str().to_owned(),
        instant(connection.last_refresh),
        instant(connection.next_refresh),
        connection.scopes_granted.join(" "),
        connection.scopes_missing.join(" "),
        connection.account.clone().unwrap_or_default(),
    ]
}
