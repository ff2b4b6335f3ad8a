//! `berth tools set`

use super::text;
use crate::{
    cli::{context::Context, documents, error::CmdError},
    model::{ConnectorName, ToolChanges, ToolPattern},
};

/// Set which of a connector's tools are offered
///
/// PATTERN is a tool's name, in which * stands for any text. What is hidden stays hidden, whatever is allowed. Rules that are
/// not named stay as they are. Works before the first deploy, too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth tools set gong-crm --hide 'delete_*' --hide purge
  berth tools set gong-crm --allow 'get_*'          offer these alone
  berth tools set gong-crm --unhide purge
  berth tools set gong-crm --reset --hide purge     this rule alone")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// Don't offer these tools; repeatable
    #[arg(long, value_name = "PATTERN")]
    hide: Vec<ToolPattern>,

    /// Take a rule to hide back; repeatable
    #[arg(long, value_name = "PATTERN")]
    unhide: Vec<ToolPattern>,

    /// Offer only these tools, and those that are allowed already; repeatable
    #[arg(long, value_name = "PATTERN")]
    allow: Vec<ToolPattern>,

    /// Take a rule to allow back; without any left, every tool is offered; repeatable
    #[arg(long, value_name = "PATTERN")]
    unallow: Vec<ToolPattern>,

    /// Take every rule back first
    #[arg(long, conflicts_with_all = ["unhide", "unallow"])]
    reset: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let changes = ToolChanges {
        reset: args.reset,
        allow: args.allow.into_iter().collect(),
        unallow: args.unallow.into_iter().collect(),
        hide: args.hide.into_iter().collect(),
        unhide: args.unhide.into_iter().collect(),
    };
    let named = [&changes.allow, &changes.unallow, &changes.hide, &changes.unhide];
    if !changes.reset && named.iter().all(|patterns| patterns.is_empty()) {
        return Err(ctx.missing(&["--hide, --allow or --reset"]));
    }
    let view = ctx.client()?.set_tools(&args.name, &changes).await?;
    let offered = view.tools.iter().filter(|tool| !tool.hidden).count();
    ctx.ui.say(format!(
        "{} offers {offered} of its {} tools.",
        args.name,
        view.tools.len()
    ));
    ctx.ui.answer(documents::TOOLS_SET, &view, || text(&view))
}
