//! `berth deploy --dry-run`: what a deploy would send and change.

use serde::Serialize;

use super::Body;
use super::send::{self, Sent};
use crate::{
    cli::{context::Context, documents, error::CmdError, ui},
    client::Client,
    model::{ConnectorName, Digest},
    package::Artifact,
    wire::{Change, DeployAnswer, DeployRequest, Verdict},
};

/// What a deploy would do.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Preview {
    dry_run: bool,
    connector: ConnectorName,
    /// The one that serves.
    release: Option<i64>,
    source: String,
    artifact: Option<Digest>,
    transport: &'static str,
    unchanged: bool,
    changes: Vec<Change>,
    would_send: Option<Sent>,
}

/// Asks the broker what `request`, which says that it is a dry run, would do, and shows that.
pub(super) async fn show(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    artifact: Option<&Artifact>,
    request: &DeployRequest,
) -> Result<(), CmdError> {
    let sent = async {
        match artifact {
            Some(artifact) => send::planned(client, name, artifact).await.map(Some),
            None => Ok(None),
        }
    };
    let (answer, sent) = tokio::join!(client.deploy(name, request), sent);
    let (answer, sent) = (answer?, sent?);
    let live = answer.release.as_ref().map(|release| release.number);
    let body = Preview {
        dry_run: true,
        connector: name.clone(),
        release: live,
        source: request.spec.source.describe(),
        artifact: artifact.map(|artifact| artifact.digest.clone()),
        transport: request.spec.transport.as_str(),
        unchanged: answer.verdict == Verdict::Unchanged,
        changes: answer.changes.clone(),
        would_send: sent,
    };
    ctx.ui.answer(documents::DEPLOY, &Body::Planned(body), || {
        text(name, &answer, sent)
    })?;
    ctx.ui.say("Nothing was changed: this was a dry run.");
    Ok(())
}

fn text(name: &ConnectorName, answer: &DeployAnswer, sent: Option<Sent>) -> String {
    let mut text = match &answer.release {
        None => format!("Would deploy {name}: no release of it serves yet.\n"),
        Some(live) if answer.verdict == Verdict::Unchanged => {
            format!("Would do nothing: release {} already is this.\n", live.number)
        }
        // It is forced; or that release does not run, or another deploy is about to replace it.
        Some(live) if answer.changes.is_empty() => {
            format!("Would deploy again what release {} is already.\n", live.number)
        }
        Some(live) => format!("Would replace release {} of {name}:\n", live.number),
    };
    for change in &answer.changes {
        text.push_str(&format!("  {}\n", ui::plain(&line(change))));
    }
    if let Some(sent) = sent {
        text.push_str(&format!(
            "Would send {} in {} of {}.\n",
            ui::size(sent.bytes),
            match sent.layers {
                1 => "1 layer".to_owned(),
                layers => format!("{layers} layers"),
            },
            ui::size(sent.total_bytes)
        ));
    }
    text
}

/// What changes, in the signs that differences are usually shown with.
fn line(change: &Change) -> String {
    let what = &change.what;
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("~ {what}: {from} → {to}"),
        (None, Some(to)) => format!("+ {what}: {to}"),
        (Some(from), None) => format!("- {what}: {from}"),
        (None, None) => format!("~ {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ReleaseView;

    #[test]
    fn a_preview_tells_what_is_new_what_goes_and_what_differs() {
        let change = |what: &str, from: Option<&str>, to: Option<&str>| Change {
            what: what.to_owned(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        let live = r#"{"number":7,"state":"live","source":"npx x","transport":"stdio","created_at":0,"endpoint":"https://b/mcp/x"}"#;
        let live: ReleaseView = serde_json::from_str(live).unwrap();
        let name: ConnectorName = "x".parse().unwrap();
        let mut answer = DeployAnswer {
            verdict: Verdict::Planned,
            changes: vec![
                change("env.A", Some("1"), Some("2\u{1b}[31m")),
                change("env.B", Some("1"), None),
                change("env.C", None, Some("3")),
                change("secret.KEY", None, None),
            ],
            release: Some(live),
        };
        let sent = Sent {
            layers: 1,
            bytes: 2048,
            total_bytes: 4096,
            reused_bytes: 2048,
        };
        assert_eq!(
            text(&name, &answer, Some(sent)),
            "Would replace release 7 of x:\n  ~ env.A: 1 → 2[31m\n  - env.B: 1\n  + env.C: 3\n  ~ secret.KEY\n\
             Would send 2.00 KiB in 1 layer of 4.00 KiB.\n"
        );
        answer.changes.clear();
        // A forced deploy, or one beside another that is under way.
        assert_eq!(
            text(&name, &answer, None),
            "Would deploy again what release 7 is already.\n"
        );
        answer.verdict = Verdict::Unchanged;
        assert_eq!(
            text(&name, &answer, None),
            "Would do nothing: release 7 already is this.\n"
        );
        answer.release = None;
        assert_eq!(
            text(&name, &answer, None),
            "Would deploy x: no release of it serves yet.\n"
        );
    }
}
