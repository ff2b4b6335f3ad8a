//! `berth tools`: a connector's tools, and which of them are offered.

mod set;

use super::{context::Context, documents, error::CmdError, ui};
use crate::{model::ConnectorName, wire::ToolsView};

/// Show a connector's tools, and set which of them are offered
///
/// A tool that is hidden is not listed, and a call of it is refused as one of a tool that is not there, for everybody and
/// through every door. Rules belong to the connector: they outlast its releases and hold from the next call on.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  berth tools gong-crm
  berth tools gong-crm --output json | jq -r '.tools[] | select(.hidden | not) | .name'
  berth tools set gong-crm --hide 'delete_*'
  berth tools set gong-crm --allow get_calls --allow 'list_*'
  berth tools set gong-crm --reset")]
pub(crate) struct Args {
    /// The connector
    #[arg(required = true)]
    name: Option<ConnectorName>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Set(set::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match (args.command, args.name) {
        (Some(Command::Set(args)), _) => set::run(ctx, args).await,
        (None, Some(name)) => list(ctx, &name).await,
        (None, None) => Err(ctx.missing(&["NAME"])),
    }
}

async fn list(ctx: &Context, name: &ConnectorName) -> Result<(), CmdError> {
    let view = ctx.client()?.tools(name).await?;
    if view.tools.is_empty() {
        ctx.ui
            .say(format!("{name} has no tools, or no release of it serves yet."));
    }
    ctx.ui.answer(documents::TOOLS, &view, || text(&view))
}

/// The tools, a line each, and the rules behind it.
fn text(view: &ToolsView) -> String {
    let rows: Vec<_> = view
        .tools
        .iter()
        .map(|tool| {
            let offered = if tool.hidden { "hidden" } else { "yes" };
            let first_line = tool.description.lines().next().unwrap_or_default();
            vec![tool.name.clone(), offered.to_owned(), first_line.to_owned()]
        })
        .collect();
    let mut text = match rows.is_empty() {
        true => String::new(),
        false => ui::table(&["TOOL", "OFFERED", "WHAT IT IS"], &rows),
    };
    let rules = [("allow", &view.allow), ("hide", &view.hide)];
    for (side, patterns) in rules {
        for pattern in patterns {
            let note = if view.idle.contains(pattern) {
                "   (fits no tool)"
            } else {
                ""
            };
            text.push_str(&format!("{side:<5}  {pattern}{note}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_tool_and_each_rule_has_a_line() {
        let view = serde_json::from_value(json!({
            "tools": [
                {"name": "get_all", "description": "Gets\nall"},
                {"name": "delete_all", "hidden": true},
            ],
            "allow": [],
            "hide": ["delete_*", "drop"],
            "idle": ["drop"],
        }));
        assert_eq!(
            text(&view.unwrap()),
            "\
TOOL        OFFERED  WHAT IT IS
get_all     yes      Gets
delete_all  hidden
hide   delete_*
hide   drop   (fits no tool)
"
        );
    }
}
