//! `berth clients list`

use crate::{
    cli::{context::Context, documents, error::CmdError, ui},
    wire::ClientView,
};

/// List which MCP clients call tools for whom: everybody's for an admin, else your own
#[derive(Debug, clap::Args)]
#[command(visible_alias = "ls")]
#[command(after_help = "Example:
  berth clients list")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let list = ctx.client()?.clients().await?;
    ctx.ui.answer(documents::CLIENTS_LIST, &list, || {
        let row = |client: &ClientView| {
            let name = if client.name.is_empty() {
                &client.client
            } else {
                &client.name
            };
            vec![
                client.id.to_string(),
                name.clone(),
                client.user.to_string(),
                client.connector.to_string(),
                ui::instant(client.created_at),
                ui::instant(client.used_at),
            ]
        };
        let rows: Vec<_> = list.clients.iter().map(row).collect();
        ui::table(
            &["ID", "CLIENT", "USER", "CONNECTOR", "SINCE", "LAST TOKEN"],
            &rows,
        )
    })
}
