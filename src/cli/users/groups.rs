//! `berth users groups`

use crate::{
    cli::{context::Context, documents, error::CmdError},
    model::{GroupName, UserName},
    wire::UserGroups,
};

/// Replace the groups that an admin has put a user in
///
/// Groups that the single sign-on says stay, and are shown too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth users groups alice sales support
  berth users groups alice --none")]
pub(crate) struct Args {
    /// The user
    name: UserName,

    /// The groups
    #[arg(required_unless_present = "none", value_name = "GROUP")]
    groups: Vec<GroupName>,

    /// None of them
    #[arg(long, conflicts_with = "groups")]
    none: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let body = UserGroups { groups: args.groups };
    let now = ctx.client()?.set_groups(&args.name, &body).await?;
    ctx.ui.say(format!("The groups of {} from now on:", args.name));
    ctx.ui.answer(documents::USERS_GROUPS, &now, || {
        now.groups.iter().map(|group| format!("{group}\n")).collect()
    })
}
