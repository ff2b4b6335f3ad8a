//! `berth audit`

use super::{context::Context, documents, error::CmdError, ui};
use crate::{
    model::Since,
    wire::{AuditFilter, AuditList, AuditView},
};

/// Show who did what: deploys, settings, authorizations, sign-ins
///
/// Newest first. Takes the role admin.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth audit
  berth audit --connector gong-crm --since 24h
  berth audit --actor alice --limit 1000 --output json | jq '.entries[].action'")]
pub(crate) struct Args {
    /// Only what was done to this connector or to something of it: a name, or an id
    #[arg(long, value_name = "NAME|ID")]
    connector: Option<String>,

    /// Only what this user did: a name, or an id; `berth` is the broker itself
    #[arg(long, value_name = "NAME|ID")]
    actor: Option<String>,

    /// Only what is at most this old (10m, 24h), or from this instant on (2026-01-31T12:00:00Z)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,

    /// How many entries [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: Option<u32>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let filter = AuditFilter {
        connector: args.connector,
        actor: args.actor,
        since: args.since,
        limit: args.limit,
    };
    let list = ctx.client()?.audit(&filter).await?;
    if list.entries.is_empty() {
        ctx.ui.say("There is nothing that fits.");
    } else if list.more {
        ctx.ui
            .say("There are older ones: --limit shows more, up to 1000.");
    }
    ctx.ui.answer(documents::AUDIT, &list, || text(&list))
}

fn text(list: &AuditList) -> String {
    if list.entries.is_empty() {
        return String::new();
    }
    let row = |entry: &AuditView| {
        vec![
            ui::instant(entry.at),
            entry.actor_name.clone().unwrap_or_else(|| entry.actor.clone()),
            entry.action.clone(),
            entry
                .subject_name
                .clone()
                .unwrap_or_else(|| entry.subject.clone()),
            detail(&entry.detail),
        ]
    };
    let rows: Vec<_> = list.entries.iter().map(row).collect();
    ui::table(&["WHEN", "WHO", "WHAT", "TO", "MORE"], &rows)
}

/// The detail in a line; what is itself a table is for --output json.
fn detail(detail: &serde_json::Value) -> String {
    let Some(fields) = detail.as_object() else {
        return String::new();
    };
    let shown = fields.iter().filter_map(|(name, value)| match value {
        serde_json::Value::String(text) => Some(format!("{name}={text}")),
        serde_json::Value::Number(_) | serde_json::Value::Bool(_) => Some(format!("{name}={value}")),
        _ => None,
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_entry_has_a_line() {
        let list = serde_json::from_value(json!({"more": false, "entries": [
            {"at": 1_700_000_000_000_i64, "actor": "usr_1", "actor_name": "alice", "action": "release.deployed",
             "subject": "rel_1", "detail": {"number": 7, "source": "npx", "more": {"x": 1}}},
            {"at": 1_700_000_000_000_i64, "actor": "berth", "action": "grant.broken", "subject": "grt_1",
             "detail": {"error": "no\u{1b}[31m"}},
        ]}))
        .unwrap();
        insta::assert_snapshot!(text(&list), @"
        WHEN                     WHO    WHAT              TO     MORE
        2023-11-14 22:13:20 UTC  alice  release.deployed  rel_1  number=7 source=npx
        2023-11-14 22:13:20 UTC  berth  grant.broken      grt_1  error=no[31m
        ");
    }
}
