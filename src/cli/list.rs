//! `berth list`

use super::{context::Context, documents, error::CmdError, ui};
use crate::wire::ConnectorView;

/// List the connectors
#[derive(Debug, clap::Args)]
#[command(visible_alias = "ls")]
#[command(after_help = "Examples:
  berth list
  berth list --output json | jq -r '.connectors[].endpoint'")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let list = ctx.client()?.connectors().await?;
    if list.connectors.is_empty() {
        ctx.ui
            .say("There are no connectors yet: `berth deploy` makes the first one.");
    }
    ctx.ui.answer(documents::LIST, &list, || {
        if list.connectors.is_empty() {
            return String::new();
        }
        let rows: Vec<_> = list.connectors.iter().map(row).collect();
        ui::table(&["NAME", "STATE", "RELEASE", "TOOLS", "OAUTH", "ENDPOINT"], &rows)
    })
}

fn row(connector: &ConnectorView) -> Vec<String> {
    let shown = connector.live.as_ref().or(connector.latest.as_ref());
    let failed_since = match (&connector.live, &connector.latest) {
        (Some(live), Some(latest)) if latest.number > live.number => {
            format!(" ({} {})", latest.number, latest.state.as_str())
        }
        _ => String::new(),
    };
    let tools = connector.live.as_ref().and_then(|live| live.tools);
    vec![
        connector.name.to_string(),
        shown
            .map_or("not deployed", |release| release.state.as_str())
            .to_owned(),
        shown.map_or_else(
            || "-".to_owned(),
            |release| format!("{}{failed_since}", release.number),
        ),
        tools.map_or_else(|| "-".to_owned(), |tools| tools.to_string()),
        connector
            .oauth
            .as_ref()
            .map_or_else(|| "-".to_owned(), |oauth| oauth.names().join(", ")),
        connector.endpoint.clone(),
    ]
}
