//! `berth users add`

use crate::{
    cli::{context::Context, documents, error::CmdError, ui},
    model::{Role, Roles, UserName},
    wire::UserAdd,
};

/// Add a user and print the link that signs them in
///
/// The link works once and opens a signed-in browser session: hand it over as you would a password.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth users add alice
  berth users add ci --role deployer")]
pub(crate) struct Args {
    /// What the user is called
    name: UserName,

    /// What the user may do: member (calls tools), deployer, admin; repeatable
    #[arg(long = "role", value_name = "ROLE", default_value = "member")]
    roles: Vec<Role>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let body = UserAdd {
        name: args.name,
        roles: Roles::new(args.roles),
    };
    let added = ctx.client()?.add_user(&body).await?;
    ctx.ui.say(format!(
        "Added {} ({}). The link below signs them in, once, until {}:",
        added.user.name,
        added.user.roles,
        ui::instant(added.link_expires_at)
    ));
    ctx.ui.answer(documents::USERS_ADD, &added, || {
        format!("{}\n", added.link.expose())
    })
}
