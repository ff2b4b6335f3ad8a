//! `berth users link`

use crate::{
    cli::{context::Context, documents, error::CmdError, ui},
    model::UserName,
};

/// Print another one-time link that signs a user in
///
/// For a second browser or machine, or when the first link has expired. A terminal takes it too: berth login LINK.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  berth users link alice")]
pub(crate) struct Args {
    /// The user
    name: UserName,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let link = ctx.client()?.link_user(&args.name).await?;
    ctx.ui.say(format!(
        "The link below signs {} in, once, until {}:",
        link.user.name,
        ui::instant(link.link_expires_at)
    ));
    ctx.ui.answer(documents::USERS_LINK, &link, || {
        format!("{}\n", link.link.expose())
    })
}
