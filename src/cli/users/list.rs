//! `berth users list`

use crate::cli::{context::Context, documents, error::CmdError, ui};

/// List the users
#[derive(Debug, clap::Args)]
#[command(visible_alias = "ls")]
#[command(after_help = "Example:
  berth users list")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let list = ctx.client()?.users().await?;
    ctx.ui.answer(documents::USERS_LIST, &list, || {
        let row = |user: &crate::wire::UserView| {
            vec![
                user.name.to_string(),
                user.roles.to_string(),
                user.groups
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
                ui::instant(user.created_at),
            ]
        };
        ui::table(
            &["NAME", "ROLES", "GROUPS", "CREATED"],
            &list.users.iter().map(row).collect::<Vec<_>>(),
        )
    })
}
