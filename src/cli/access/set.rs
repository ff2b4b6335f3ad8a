//! `berth access set`

use super::told;
use crate::{
    cli::{context::Context, documents, error::CmdError},
    model::{ConnectorName, GroupName, UserName},
    wire::AccessRule,
};

/// Replace who may use a connector; it counts from the next call on
///
/// Works before the first deploy, too, so that nobody else ever gets at it.
///
/// Whoever may not is refused by the connector's endpoint, does not see it listed, and can let no client use it. Users are in
/// the groups that berth users groups puts them in and in those that the single sign-on says.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth access set gong-crm --group sales --group support
  berth access set gong-crm --user alice --user bob
  berth access set gong-crm --everyone                      as it is at first")]
#[command(group(clap::ArgGroup::new("whom").required(true).multiple(true).args(["everyone", "users", "groups"])))]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// Everybody who is a user here
    #[arg(long, conflicts_with_all = ["users", "groups"])]
    everyone: bool,

    /// This user; repeatable
    #[arg(long = "user", value_name = "NAME")]
    users: Vec<UserName>,

    /// Everybody in this group; repeatable
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<GroupName>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let body = AccessRule {
        everyone: args.everyone,
        users: args.users,
        groups: args.groups,
    };
    let client = ctx.client()?;
    let name = &args.name;
    let rule = client.set_access(name, &body).await?;
    match client.connector(name).await?.latest.is_none() {
        true => ctx.ui.warn(format!(
            "{name} is not deployed yet: this holds from its first release on"
        )),
        false => ctx.ui.say(format!("Who may use {name} from now on:")),
    }
    ctx.ui.answer(documents::ACCESS_SET, &rule, || told(&rule))
}
