//! `berth check`: a connector runs here for a moment, in the same way as a broker would run it, and is asked what a
//! broker would ask.

mod bench;
mod http;
mod image;
mod listening;
mod own_oauth;
mod stdio;
mod subject;

use std::time::Duration;

use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    context::Context,
    deploy::{ConnectorArgs, Plan},
    documents,
    error::{CmdError, Kind},
    interrupted, prompt,
    source::Wanted,
    ui,
};
use crate::model::{StepVerdict, Transport, duration};
use bench::Bench;

/// Run a connector here, as a broker would, and say what is wrong with it
///
/// Takes what `berth deploy` takes, except for --artifact, and sends nothing anywhere. Images run in the container
/// engine here. Exit code 6 means that a check failed; a warning is something that works and could be better.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth check                                  the current folder
  berth check --npx @modelcontextprotocol/server-everything
  berth check --bundle ./server --start 'node server.js' --transport http --output json
  berth check --dockerfile ./Dockerfile --port 8000
  berth check --image ghcr.io/acme/gong:1.4 --transport http
  berth check -e REGION=eu --secret GONG_KEY -- ./my-server --stdio")]
pub(crate) struct Args {
    #[command(flatten)]
    connector: ConnectorArgs,

    /// How long a start and each answer may take; brokers allow 60s unless they are told otherwise
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    timeout: Duration,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Check {
    name: &'static str,
    verdict: StepVerdict,
    /// What was seen.
    detail: String,
    /// What to do about it; empty where there is nothing to do.
    hint: String,
    /// How long it took, where that says something.
    #[serde(skip_serializing_if = "Option::is_none")]
    ms: Option<u64>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body<'a> {
    source: &'a str,
    transport: &'static str,
    failed: usize,
    warnings: usize,
    checks: &'a [Check],
}

// Names of checks are part of berth's contract with scripts.
const STARTS: &str = "starts-without-credentials";
const INITIALIZES: &str = "initialize-in-time";
const LISTS: &str = "lists-tools-without-credentials";
const REVISIONS: &str = "protocol-revisions";
const BINDS: &str = "binds-address-and-port";
const EXITS: &str = "exits-on-stdin-close";
const NO_JUNK: &str = "no-junk-on-stdout";
const PLATFORM: &str = "image-platform";
const SIZE: &str = "image-size";
const OWN_OAUTH: &str = "brings-own-oauth";

/// The order in which they are told.
const ORDER: [&str; 10] = [
    STARTS,
    INITIALIZES,
    LISTS,
    REVISIONS,
    BINDS,
    EXITS,
    NO_JUNK,
    PLATFORM,
    SIZE,
    OWN_OAUTH,
];

impl Check {
    fn new(name: &'static str, verdict: StepVerdict, detail: impl Into<String>) -> Self {
        Self {
            name,
            verdict,
            detail: detail.into(),
            hint: String::new(),
            ms: None,
        }
    }

    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, StepVerdict::Ok, detail)
    }

    fn warning(name: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            hint: hint.into(),
            ..Self::new(name, StepVerdict::Warning, detail)
        }
    }

    fn failed(name: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            hint: hint.into(),
            ..Self::new(name, StepVerdict::Failed, detail)
        }
    }

    fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        Self::new(name, StepVerdict::Skipped, why)
    }

    fn took(mut self, time: Duration) -> Self {
        self.ms = Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        self
    }
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let mut connector = args.connector;
    // Nothing is made under it.
    connector.name.get_or_insert("checked".parse()?);
    let mut plan = until_ended(Plan::of(ctx, connector)).await?;
    let docker_host = match &plan.source.value {
        Wanted::Artifact { reference, .. } => {
            let message =
                format!("{reference} is in the broker's registry, and nothing is fetched from there");
            return Err(CmdError::usage(message).with_hint(
                "check what it was made from: the folder with --bundle, the image with --image or --dockerfile",
            ));
        }
        Wanted::Image { .. } | Wanted::Dockerfile { .. } => ctx.docker_host()?,
        _ => None,
    };
    let source = plan.source.value.describe();
    let transport = plan.transport.value.clone();
    ctx.ui.say(format!(
        "Checking {source} ({}), {}",
        plan.source.origin,
        transport.describe()
    ));
    if !plan.unset.is_empty() {
        let names: Vec<&str> = plan.unset.iter().map(|name| name.as_str()).collect();
        ctx.ui.say(format!(
            "It is started without {}, which --secret would give it.",
            names.join(", ")
        ));
    }
    let bench = Bench::open(ctx, args.timeout, docker_host)?;
    let looked = until_ended(look(ctx, &bench, &mut plan)).await;
    // Whoever is asked twice to end leaves what does not go by itself.
    let closed = until_ended(async { Ok(bench.close().await) }).await;
    if let Ok(Err(error)) = closed {
        ctx.ui.warn(format!("the image that was pulled stays: {error}"));
    }
    let mut checks = looked?;
    for name in ORDER {
        if !checks.iter().any(|check| check.name == name) {
            checks.push(Check::skipped(name, not_for(name, &transport)));
        }
    }
    checks.sort_by_key(|check| ORDER.iter().position(|name| *name == check.name));
    report(ctx, &source, &transport, &checks)
}

async fn look(ctx: &Context, bench: &Bench, plan: &mut Plan) -> Result<Vec<Check>, CmdError> {
    let mut subject = bench.prepare(ctx, plan).await?;
    let spinner = ctx.ui.spinner("starting and asking".to_owned());
    let mut checks = match &plan.transport.value {
        Transport::Stdio => stdio::check(bench, &subject).await,
        Transport::Http { port, path } => http::check(bench, &subject, *port, path).await?,
    };
    spinner.finish_and_clear();
    let (files, met) = (subject.files(), subject.met.take());
    checks.push(match subject.is_opaque() && met.is_none() {
        true => Check::skipped(OWN_OAUTH, "its files are inside of the image"),
        false => own_oauth::judge(&files, met),
    });
    if let Some(start) = checks.iter_mut().find(|check| check.name == STARTS) {
        subject.explain(start);
    }
    checks.append(&mut subject.checks);
    Ok(checks)
}

/// What `work` comes to, or what it means that somebody pressed Ctrl-C, or sent SIGTERM as a runner of jobs does.
async fn until_ended<T>(work: impl Future<Output = Result<T, CmdError>>) -> Result<T, CmdError> {
    let mut terminate = signal(SignalKind::terminate()).ok();
    let terminated = async {
        match &mut terminate {
            Some(terminate) => terminate.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = interrupted() => {}
        _ = terminated => {}
        outcome = work => return outcome,
    }
    prompt::restore();
    Err(CmdError::told(Kind::Interrupted))
}

/// Why a check means nothing here.
fn not_for(name: &str, transport: &Transport) -> &'static str {
    match (name, transport) {
        (BINDS, Transport::Stdio) => "for http connectors",
        (EXITS | NO_JUNK, Transport::Http { .. }) => "for stdio connectors",
        (PLATFORM | SIZE, _) => "for images",
        _ => "what comes before it failed",
    }
}

fn report(ctx: &Context, source: &str, transport: &Transport, checks: &[Check]) -> Result<(), CmdError> {
    let count = |verdict: StepVerdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let failed = count(StepVerdict::Failed);
    let body = Body {
        source,
        transport: transport.as_str(),
        failed,
        warnings: count(StepVerdict::Warning),
        checks,
    };
    match ctx.ui.output {
        ui::Output::Jsonl | ui::Output::Toml => return Err(ui::no_such_form()),
        ui::Output::Json => ctx.ui.document(documents::CHECK, failed == 0, &body)?,
        ui::Output::Text => ctx.ui.show(text(checks))?,
    }
    tally(ctx, count)
}

/// Says how many of each there were; an error when one failed.
pub(super) fn tally(ctx: &Context, count: impl Fn(StepVerdict) -> usize) -> Result<(), CmdError> {
    let (failed, passed) = (count(StepVerdict::Failed), count(StepVerdict::Ok));
    let warnings = match count(StepVerdict::Warning) {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        many => format!(", {many} warnings"),
    };
    if failed == 0 {
        ctx.ui.say(format!("{passed} passed{warnings}."));
        return Ok(());
    }
    ctx.ui.say(format!("{failed} failed, {passed} passed{warnings}."));
    Err(CmdError::told(Kind::Probe))
}

pub(super) fn in_words(verdict: StepVerdict) -> &'static str {
    match verdict {
        StepVerdict::Ok => "ok",
        StepVerdict::Warning => "warning",
        StepVerdict::Failed => "FAILED",
        StepVerdict::Skipped => "skipped",
    }
}

fn text(checks: &[Check]) -> String {
    let mut rows = Vec::new();
    for check in checks {
        let verdict = in_words(check.verdict);
        let time = check.ms.map(|ms| format!("{ms} ms")).unwrap_or_default();
        rows.push(vec![
            check.name.to_owned(),
            verdict.to_owned(),
            time,
            check.detail.clone(),
        ]);
    }
    let table = ui::table(&["CHECK", "VERDICT", "TIME", "WHAT WAS SEEN"], &rows);
    let mut lines = table.lines();
    let mut text = format!("{}\n", lines.next().unwrap_or_default());
    for (line, check) in lines.zip(checks) {
        text.push_str(&format!("{line}\n"));
        for hint in check.hint.lines() {
            text.push_str(&format!("    → {}\n", ui::plain(hint)));
        }
    }
    text
}
