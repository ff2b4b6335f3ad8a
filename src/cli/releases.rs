//! `berth releases`

use super::{context::Context, documents, error::CmdError, ui};
use crate::{
    model::{ConnectorName, State},
    wire::{ReleaseList, ReleaseView},
};

/// List a connector's releases, newest first
///
/// The broker keeps the one that serves, those under way, and the newest others: of those that
/// served, and of those that failed, as many as `berth serve --keep` says; `berth rollback`
/// goes back to one that has served.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth releases gong-crm
  berth releases gong-crm --output json | jq -r '.releases[] | select(.state == \"failed\") | .failure.message'")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,
}

/// Longest reason that is shown in a line, in characters.
const LONGEST_REASON: usize = 100;

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let list = ctx.client()?.releases(&args.name).await?;
    if list.releases.is_empty() {
        let name = &args.name;
        ctx.ui.say(format!(
            "{name} has no release yet: `berth deploy --name {name}` makes one."
        ));
    }
    ctx.ui.answer(documents::RELEASES, &list, || text(&list))
}

fn text(list: &ReleaseList) -> String {
    if list.releases.is_empty() {
        return String::new();
    }
    let heads = [
        "RELEASE", "STATE", "SOURCE", "PINNED", "ARTIFACT", "CREATED", "NOTE",
    ];
    let rows: Vec<_> = list.releases.iter().map(row).collect();
    ui::table(&heads, &rows)
}

fn row(release: &ReleaseView) -> Vec<String> {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        release.number.to_string(),
        release.state.as_str().to_owned(),
        release.source.clone(),
        or_none(release.pinned.clone()),
        or_none(release.artifact.as_ref().map(|digest| short(digest.hex()))),
        ui::instant(release.created_at),
        note(release),
    ]
}

/// What else is to be known of it in a line.
fn note(release: &ReleaseView) -> String {
    let mut notes = Vec::new();
    if release.state == State::Live {
        notes.push("serves calls".to_owned());
    }
    if !release.state.is_settled() && !release.phase.is_empty() {
        notes.push(release.phase.clone());
    }
    notes.extend(release.repeats.map(|number| format!("rollback to {number}")));
    notes.extend(
        release
            .revalues
            .map(|number| format!("{number} with other values")),
    );
    if let Some(failure) = &release.failure {
        let reason = failure.message.lines().next().unwrap_or_default();
        notes.push(match reason.char_indices().nth(LONGEST_REASON) {
            Some((end, _)) => format!("{}…", &reason[..end]),
            None => reason.to_owned(),
        });
    }
    notes.join("; ")
}

/// The first characters of a digest, enough to tell one from another.
fn short(hex: &str) -> String {
    hex.get(..12).unwrap_or(hex).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_release_has_a_line() {
        let release = |number: i64, state: &str, more: serde_json::Value| {
            let mut release = json!({
                "number": number, "state": state, "source": "npx time", "transport": "stdio",
                "created_at": 1_700_000_000_000_i64, "endpoint": "http://x/mcp/time",
            });
            release
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            release
        };
        let failure = json!({"message": format!("it exited\u{1b}[31m {}", "x".repeat(200))});
        let digest = format!("sha256:{}", "ab".repeat(32));
        let list: ReleaseList = serde_json::from_value(json!({"keep": 10, "releases": [
            release(4, "starting", json!({"phase": "resolving"})),
            release(3, "failed", json!({"failure": failure})),
            release(2, "live", json!({"repeats": 1, "pinned": "time@1.2.3", "artifact": digest})),
            release(1, "retired", json!({})),
        ]}))
        .unwrap();
        let shown = text(&list).replace(&"x".repeat(85), "x");
        insta::assert_snapshot!(shown, @"
        RELEASE  STATE     SOURCE    PINNED      ARTIFACT      CREATED                  NOTE
        4        starting  npx time  -           -             2023-11-14 22:13:20 UTC  resolving
        3        failed    npx time  -           -             2023-11-14 22:13:20 UTC  it exited[31m x…
        2        live      npx time  time@1.2.3  abababababab  2023-11-14 22:13:20 UTC  serves calls; rollback to 1
        1        retired   npx time  -           -             2023-11-14 22:13:20 UTC
        ");
    }
}
