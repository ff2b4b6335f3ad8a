//! `berth show`

use std::time::Duration;

use super::{context::Context, documents, error::CmdError, oauth, ui, verdict};
use crate::{
    model::{ConnectorName, Root},
    wire::{ConnectorView, CrashLoopView, InstanceView, ReleaseView},
};

/// Show a connector: its releases, tools, settings and OAuth
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth show gong-crm
  berth show gong-crm --output json | jq '.live.number'")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,
}

/// A tool's name that is longer than this moves its own description only.
const WIDEST_NAME: usize = 32;

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let connector = ctx.client()?.connector(&args.name).await?;
    ctx.ui.answer(documents::SHOW, &connector, || text(&connector))
}

fn text(connector: &ConnectorView) -> String {
    let names = |names: &[crate::model::EnvName]| {
        names
            .iter()
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let newer = connector.latest.as_ref().filter(|latest| {
        connector
            .live
            .as_ref()
            .is_none_or(|live| live.number != latest.number)
    });
    let mut text = ui::fields([
        ("Connector", connector.name.to_string()),
        ("Endpoint", connector.endpoint.clone()),
        ("Created", ui::instant(connector.created_at)),
        (
            "Live",
            connector
                .live
                .as_ref()
                .map_or_else(|| "no release".to_owned(), release),
        ),
        ("Latest", newer.map(release).unwrap_or_default()),
        ("Settings", names(&connector.settings)),
        ("Values", names(&connector.values)),
        ("Secrets", names(&connector.secrets)),
        ("Per user", names(&connector.per_user)),
    ]);
    if let Some(settings) = &connector.oauth {
        text.push('\n');
        text.push_str(&oauth::texts(settings));
    }
    if !connector.instances.is_empty() {
        text.push_str("\nInstances\n");
        text.push_str(&instances(&connector.instances));
    }
    for found in &connector.crash_loops {
        text.push('\n');
        text.push_str(&crash_loop(found));
    }
    if !connector.tools.is_empty() {
        text.push_str("\nTools\n");
        let width = connector.tools.iter().map(|tool| tool.name.chars().count()).max();
        let width = width.unwrap_or_default().min(WIDEST_NAME);
        for tool in &connector.tools {
            let first_line = tool.description.lines().next().unwrap_or_default();
            let hidden = if tool.hidden { "(hidden) " } else { "" };
            let line = format!(
                "  {:<width$}  {hidden}{}",
                ui::plain(&tool.name),
                ui::plain(first_line)
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

fn instances(instances: &[InstanceView]) -> String {
    let row = |view: &InstanceView| {
        let idle = match view.idle_seconds {
            Some(idle) => ui::duration(Duration::from_secs(idle)),
            None => String::new(),
        };
        vec![
            format!("  {}", view.instance),
            view.user.clone().unwrap_or_else(|| "all".to_owned()),
            view.state.clone(),
            view.calls.to_string(),
            idle,
            ui::instant(view.started_at),
            view.memory.map(ui::size).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = instances.iter().map(row).collect();
    let heads = [
        "  INSTANCE",
        "USER",
        "STATE",
        "CALLS",
        "IDLE",
        "STARTED",
        "MEMORY",
    ];
    ui::table(&heads, &rows)
}

fn crash_loop(found: &CrashLoopView) -> String {
    let whose = match &found.user {
        Some(user) => format!(", user {user}"),
        None => String::new(),
    };
    let again = match found.retry_in_seconds {
        0 => "started again by the next call".to_owned(),
        seconds => format!("again in {seconds} s"),
    };
    let mut text = format!(
        "Crash loop of release {}{whose}: ended {} times, last {} ({}), {again}\n",
        found.release,
        found.times,
        ui::instant(found.last_at),
        found.status,
    );
    for line in &found.stderr {
        text.push_str(&format!("  | {line}\n"));
    }
    ui::plain(&text)
}

fn release(release: &ReleaseView) -> String {
    let mut text = format!(
        "release {}, {} ({}, {}",
        release.number,
        release.state.as_str(),
        release.source,
        release.transport
    );
    let root = release.root.map(|root| match root {
        Root::ReadOnly => "read-only root",
        Root::Writable => "writable root",
    });
    let all = [release.pinned.as_deref(), root, Some(release.phase.as_str())];
    for more in all.into_iter().flatten() {
        if !more.is_empty() {
            text.push_str(", ");
            text.push_str(more);
        }
    }
    text.push_str(&format!(", {})", ui::instant(release.created_at)));
    if let Some(note) = verdict::placeholders(release) {
        text.push('\n');
        text.push_str(&note);
    }
    if let Some(failure) = &release.failure {
        text.push('\n');
        text.push_str(&failure.message);
    }
    text
}
