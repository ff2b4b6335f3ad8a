//! What a deploy would send and change: `berth plan`, `berth deploy --dry-run`, and a plan that was kept.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    Body, Prepared,
    send::{self, Sent},
};
use crate::{
    cli::{
        context::Context,
        documents,
        error::{CmdError, Kind},
        ui,
    },
    model::{ConnectorName, Digest, EnvName},
    wire::{Change, DeployRequest, Verdict},
};

/// What a deploy would do, and what that rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Planned {
    pub(super) connector: ConnectorName,
    /// The broker's address.
    pub(super) broker: String,
    /// The one that serves.
    pub(super) release: Option<i64>,
    pub(super) source: String,
    pub(super) artifact: Option<Digest>,
    pub(super) transport: String,
    /// Of all that the release would be, its settings included.
    pub(super) spec: Digest,
    /// Whether a deploy would make no release.
    pub(super) unchanged: bool,
    pub(super) changes: Vec<Change>,
    /// What would be set of what berth.toml describes besides: OAuth, access, tools.
    #[serde(default)]
    pub(super) settings: Vec<Change>,
    /// Secrets that the connector needs and nobody has given: a deploy would ask for them.
    pub(super) needs: Vec<EnvName>,
    pub(super) would_send: Option<Sent>,
}

/// The same, as `berth deploy --dry-run` tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct DryRun {
    dry_run: bool,
    #[serde(flatten)]
    planned: Planned,
}

/// Asks the broker what `request` would do.
pub(in crate::cli) async fn planned(
    ctx: &Context,
    prepared: &Prepared,
    request: &mut DeployRequest,
) -> Result<Planned, CmdError> {
    let Prepared {
        client,
        name,
        artifact,
        plan,
        present,
        ..
    } = prepared;
    let sent = async {
        match artifact {
            Some(artifact) => send::planned(client, name, artifact).await.map(Some),
            None => Ok(None),
        }
    };
    request.dry_run = true;
    let (answer, sent) = tokio::join!(client.deploy(name, request), sent);
    request.dry_run = false;
    let (answer, sent) = (answer?, sent?);
    let spec = serde_json::to_vec(&request.spec)
        .map_err(|error| CmdError::new(Kind::Failed, "the plan can't be written down").with_source(error))?;
    let settings = prepared.settings(ctx).await?.changes;
    Ok(Planned {
        connector: name.clone(),
        broker: client.base().to_string(),
        release: answer.release.as_ref().map(|release| release.number),
        source: request.spec.source.describe(),
        artifact: artifact.as_ref().map(|artifact| artifact.digest.clone()),
        transport: request.spec.transport.as_str().to_owned(),
        spec: Digest::of(&spec),
        unchanged: answer.verdict == Verdict::Unchanged,
        changes: answer.changes,
        settings,
        needs: plan.needed_of(present.as_ref()),
        would_send: sent,
    })
}

/// Shows what `request` would do.
pub(super) async fn show(
    ctx: &Context,
    prepared: &Prepared,
    request: &mut DeployRequest,
) -> Result<(), CmdError> {
    let planned = planned(ctx, prepared, request).await?;
    ctx.ui.end_part();
    let text = text(&planned);
    let body = Body::Planned(Box::new(DryRun {
        dry_run: true,
        planned,
    }));
    ctx.ui.answer(documents::DEPLOY, &body, || text)?;
    ctx.ui.say("Nothing was changed: this was a dry run.");
    Ok(())
}

/// The exit code of a plan that tells by it whether there are changes.
pub(in crate::cli) fn exit_code(planned: &Planned) -> Result<(), CmdError> {
    match planned.unchanged && planned.settings.is_empty() {
        true => Ok(()),
        false => Err(CmdError::told(Kind::Changes)),
    }
}

/// Keeps a plan for a later deploy.
pub(in crate::cli) fn write(path: &Path, planned: &Planned) -> Result<(), CmdError> {
    let unwritable = |error: std::io::Error| {
        CmdError::new(Kind::Failed, format!("{} can't be written", path.display())).with_source(error)
    };
    let mut text = serde_json::to_string_pretty(planned).map_err(|error| unwritable(error.into()))?;
    text.push('\n');
    fs::write(path, text).map_err(unwritable)
}

/// A plan that was kept.
pub(super) fn read(path: &Path) -> Result<Planned, CmdError> {
    let unusable = |error: std::io::Error| {
        CmdError::usage(format!("the plan {} can't be read", path.display()))
            .with_hint("`berth plan --out FILE` writes one; give both commands the same flags")
            .with_source(error)
    };
    let text = fs::read(path).map_err(unusable)?;
    serde_json::from_slice(&text).map_err(|error| unusable(error.into()))
}

/// Refuses to go on unless `request` would still do what `before` says.
pub(super) async fn check(
    ctx: &Context,
    prepared: &Prepared,
    request: &mut DeployRequest,
    before: &Planned,
) -> Result<(), CmdError> {
    let now = planned(ctx, prepared, request).await?;
    let moved = moved(before, &now);
    if moved.is_empty() {
        return Ok(());
    }
    Err(CmdError::new(
        Kind::Conflict,
        format!("this is not what was planned any more: {}", moved.join("; ")),
    )
    .with_hint("nothing was changed; look at a new plan: berth plan --out FILE")
    .with_detail("moved", moved))
}

/// What differs between two plans, in words. How much would be sent is no part of what was agreed to.
fn moved(before: &Planned, now: &Planned) -> Vec<String> {
    let release = |number: Option<i64>| match number {
        Some(number) => format!("release {number}"),
        None => "no release".to_owned(),
    };
    let digest = |digest: &Option<Digest>| match digest {
        Some(digest) => super::short(digest),
        None => "none".to_owned(),
    };
    // A secret that was missing when it was planned, as in the pipeline of a pull request, is given by now.
    let was_missing = |change: &Change| {
        let name = change.what.strip_prefix("secret.");
        let of_client = change.what.starts_with("oauth.") && change.what.ends_with("client_secret");
        of_client || name.is_some_and(|name| before.needs.iter().any(|needed| needed.as_str() == name))
    };
    let changes = |changes: &[Change]| {
        let lines: Vec<String> = changes
            .iter()
            .filter(|change| !was_missing(change))
            .map(line)
            .collect();
        match lines.is_empty() {
            true => "nothing".to_owned(),
            false => lines.join(", "),
        }
    };
    let both = [
        ("the broker", before.broker.clone(), now.broker.clone()),
        (
            "the connector",
            before.connector.to_string(),
            now.connector.to_string(),
        ),
        ("what serves", release(before.release), release(now.release)),
        ("the source", before.source.clone(), now.source.clone()),
        ("the artifact", digest(&before.artifact), digest(&now.artifact)),
        ("the transport", before.transport.clone(), now.transport.clone()),
        ("what changes", changes(&before.changes), changes(&now.changes)),
        ("what is set", changes(&before.settings), changes(&now.settings)),
    ];
    let mut moved: Vec<String> = both
        .into_iter()
        .filter(|(_, was, is)| was != is)
        .map(|(what, was, is)| format!("{what} was {was} and is {is}"))
        .collect();
    // Of a first release nothing else tells the settings.
    if moved.is_empty() && before.spec != now.spec {
        moved.push("a setting is another one".to_owned());
    }
    moved
}

/// A plan, for people.
pub(in crate::cli) fn text(planned: &Planned) -> String {
    let name = &planned.connector;
    let mut text = match planned.release {
        None => format!("Would deploy {name}: no release of it serves yet.\n"),
        Some(live) if planned.unchanged => {
            format!("Would do nothing: release {live} already is this.\n")
        }
        // It is forced; or that release does not run, or another deploy is about to replace it.
        Some(live) if planned.changes.is_empty() => {
            format!("Would deploy again what release {live} is already.\n")
        }
        Some(live) => format!("Would replace release {live} of {name}:\n"),
    };
    for change in &planned.changes {
        text.push_str(&format!("  {}\n", ui::plain(&line(change))));
    }
    if !planned.settings.is_empty() {
        text.push_str("Would set:\n");
    }
    for change in &planned.settings {
        text.push_str(&format!("  {}\n", ui::plain(&line(change))));
    }
    for name in &planned.needs {
        text.push_str(&format!("Would need the secret {name}: --secret {name}\n"));
    }
    if let Some(sent) = planned.would_send {
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

    fn plan() -> Planned {
        let change = |what: &str, from: Option<&str>, to: Option<&str>| Change {
            what: what.to_owned(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        Planned {
            connector: "x".parse().unwrap(),
            broker: "https://b/".to_owned(),
            release: Some(7),
            source: "npx x".to_owned(),
            artifact: None,
            transport: "stdio".to_owned(),
            spec: Digest::of(b"{}"),
            unchanged: false,
            changes: vec![
                change("env.A", Some("1"), Some("2\u{1b}[31m")),
                change("env.B", Some("1"), None),
                change("env.C", None, Some("3")),
                change("secret.KEY", None, None),
            ],
            settings: vec![change("access", Some("everyone"), Some("user ada"))],
            needs: vec!["TOKEN".parse().unwrap()],
            would_send: Some(Sent {
                layers: 1,
                bytes: 2048,
                total_bytes: 4096,
                reused_bytes: 2048,
            }),
        }
    }

    #[test]
    fn a_preview_tells_what_is_new_what_goes_and_what_differs() {
        let mut planned = plan();
        assert_eq!(
            text(&planned),
            "Would replace release 7 of x:\n  ~ env.A: 1 → 2[31m\n  - env.B: 1\n  + env.C: 3\n  ~ secret.KEY\n\
             Would set:\n  ~ access: everyone → user ada\nWould need the secret TOKEN: --secret TOKEN\nWould send 2.00 KiB in 1 layer of 4.00 KiB.\n"
        );
        planned.changes.clear();
        planned.needs.clear();
        planned.settings.clear();
        planned.would_send = None;
        // A forced deploy, or one beside another that is under way.
        assert_eq!(text(&planned), "Would deploy again what release 7 is already.\n");
        planned.unchanged = true;
        assert_eq!(text(&planned), "Would do nothing: release 7 already is this.\n");
        planned.release = None;
        assert_eq!(text(&planned), "Would deploy x: no release of it serves yet.\n");
    }

    #[test]
    fn a_plan_that_was_kept_tells_what_has_moved() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("plan.json");
        let before = plan();
        write(&path, &before).unwrap();
        assert_eq!(read(&path).unwrap(), before);
        let mut now = plan();
        now.would_send = None;
        assert!(moved(&before, &now).is_empty());
        now.spec = Digest::of(b"{ }");
        assert_eq!(moved(&before, &now), ["a setting is another one"]);
        now.release = Some(8);
        now.changes.truncate(2);
        // What was missing is given by now.
        now.needs.clear();
        now.changes.push(Change {
            what: "secret.TOKEN".to_owned(),
            from: None,
            to: None,
        });
        assert_eq!(
            moved(&before, &now),
            [
                "what serves was release 7 and is release 8",
                "what changes was ~ env.A: 1 → 2\u{1b}[31m, - env.B: 1, + env.C: 3, ~ secret.KEY and is ~ env.A: 1 → 2\u{1b}[31m, - env.B: 1",
            ]
        );
        fs::write(&path, "{}").unwrap();
        assert_eq!(read(&path).unwrap_err().kind, Kind::Usage);
    }
}
