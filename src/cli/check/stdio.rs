//! Checks of connectors on standard input and output.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Check, EXITS, INITIALIZES, LISTS, NO_JUNK, REVISIONS, STARTS,
    bench::{Bench, INPUT_GRACE, Started},
    subject::Subject,
};
use crate::{
    mcp::{ClientSide, Revision},
    model::{Probe, Transport},
    runtime::{StartCause, StartError},
};

/// How long a first answer may take before a person notices.
pub(super) const SLOW: Duration = Duration::from_secs(10);
/// How long a broker waits after the end of the input before it sends SIGTERM.
const POLITE: Duration = Duration::from_secs(2);

pub(super) async fn check(bench: &Bench, subject: &Subject) -> Vec<Check> {
    let transport = Transport::Stdio;
    let began = Instant::now();
    let started = bench.start(subject, &transport, &ClientSide::berth()).await;
    let took = began.elapsed();
    let instance = match &started.outcome {
        Ok(instance) => instance.clone(),
        Err(error) => return not_started(bench, &started, error, took),
    };
    let mut checks = vec![
        Check::ok(STARTS, "it runs"),
        in_time(bench, "start and initialize", took),
    ];
    let asked = Instant::now();
    // The instance is there: it is asked, and ended.
    let probe = bench.probe(subject, &started.key, &transport).await;
    checks.push(listed(probe, asked.elapsed()));
    // Side by side: each may take its time to end.
    let asked = Revision::ALL.map(|revision| ask(bench, subject, revision));
    let asked = join_all(asked).await;
    // One that does not leave does so in no case; the slower ones waited for each other.
    let left = asked.iter().filter_map(|(.., left)| *left).min();
    let answered: Vec<_> = asked
        .into_iter()
        .map(|(revision, got, _)| (revision, got))
        .collect();
    checks.push(revisions(&answered));
    checks.push(match left {
        Some(left) => exit(left),
        None => Check::skipped(EXITS, "it did not start again"),
    });
    checks.push(match instance.junk() {
        None => Check::ok(NO_JUNK, "nothing but messages"),
        Some(line) => Check::warning(
            NO_JUNK,
            format!("it wrote {line:?}"),
            "send logs to standard error: other clients break off at such a line",
        ),
    });
    checks
}

/// What a process of its own answers to `revision`, and how long it takes to end when its input does.
async fn ask(
    bench: &Bench,
    subject: &Subject,
    revision: Revision,
) -> (Revision, Option<String>, Option<Duration>) {
    let client = ClientSide {
        revision,
        ..ClientSide::berth()
    };
    let started = bench.start(subject, &Transport::Stdio, &client).await;
    let Ok(instance) = &started.outcome else {
        return (revision, None, None);
    };
    let got = instance.initialize_result().and_then(|result| version(&result));
    let closed = Instant::now();
    bench.runtime.retire_release(&started.key.release).await;
    (revision, got, Some(closed.elapsed()))
}

fn not_started(bench: &Bench, started: &Started, error: &StartError, took: Duration) -> Vec<Check> {
    let said = said(error);
    let elsewhere = match started.listening.addresses().next() {
        Some(address) => format!(
            "it listens on {}: if it speaks http, check it with --transport http --port {}",
            started.listening.describe(),
            address.port()
        ),
        None => String::new(),
    };
    match &error.cause {
        StartCause::Junk { line } => vec![
            Check::ok(STARTS, "it runs"),
            Check::failed(INITIALIZES, "it wrote something else instead of an answer", elsewhere.clone()),
            Check::failed(
                NO_JUNK,
                format!("it wrote {line:?}"),
                "send logs to standard error: standard output is for messages alone",
            ),
        ],
        StartCause::TimedOut { .. } | StartCause::Protocol(_) => {
            let hint = match elsewhere.is_empty() {
                true => "it may wait for a credential, or speak http (--transport http)".to_owned(),
                false => elsewhere,
            };
            vec![
                Check::ok(STARTS, "it runs"),
                Check::failed(INITIALIZES, format!("{error}{said}"), hint).took(took),
            ]
        }
        cause => vec![Check::failed(
            STARTS,
            format!("{error}{said}"),
            match cause {
                StartCause::NotFound { .. } => "the program has to be in the bundle, in the PATH, or given by its full path",
                StartCause::Engine(error) => error.hint(),
                StartCause::Exited { junk: Some(_), .. } => {
                    "it talks instead of serving: does it need an argument, such as --stdio?"
                }
                StartCause::Exited { .. } if bench.timeout > took => {
                    "it has to start without the users' credentials: let it ask for them when a tool is called; \
                     what it needs from its operator comes with -e KEY=VALUE or --secret KEY"
                }
                cause => cause.hint(),
            },
        )
        .took(took)],
    }
}

/// The last that it said about an error, or at all, behind a dash.
pub(super) fn said(error: &StartError) -> String {
    // Runtimes end with a line about themselves; what went wrong stands above it.
    let lines = || error.stderr.iter().rev();
    match lines().find(|line| line.contains("rror")).or(lines().next()) {
        Some(line) => format!(" — {line}"),
        None => String::new(),
    }
}

/// How long the first answer took, against what a broker allows.
pub(super) fn in_time(bench: &Bench, what: &str, took: Duration) -> Check {
    let limit = bench.timeout.as_secs();
    let detail = format!("{what}, of {limit} s");
    match took > SLOW {
        false => Check::ok(INITIALIZES, detail),
        true => Check::warning(
            INITIALIZES,
            detail,
            "a person's first call waits as long as that: do the slow part when it is needed",
        ),
    }
    .took(took)
}

pub(super) fn listed(probe: Result<Probe, String>, took: Duration) -> Check {
    let tools = match probe {
        Ok(probe) => probe.tools.map(|tools| tools.len()),
        Err(error) => {
            return Check::failed(
                LISTS,
                error,
                "answer tools/list without a credential, and ask for one when a tool is called",
            )
            .took(took);
        }
    };
    match tools {
        None => Check::warning(
            LISTS,
            "it declares no tools",
            "declare the `tools` capability in initialize",
        ),
        Some(0) => Check::warning(
            LISTS,
            "no tools",
            "people choose a connector by its tools: list them without a credential, too",
        ),
        Some(1) => Check::ok(LISTS, "1 tool"),
        Some(count) => Check::ok(LISTS, format!("{count} tools")),
    }
    .took(took)
}

/// The version that an initialize result names.
pub(super) fn version(result: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Initialized {
        protocol_version: String,
    }
    let initialized: Initialized = serde_json::from_str(result.get()).ok()?;
    Some(initialized.protocol_version)
}

/// What was answered to each revision that was asked for.
pub(super) fn revisions(answered: &[(Revision, Option<String>)]) -> Check {
    let speaks: Vec<&str> = answered
        .iter()
        .filter(|(asked, got)| got.as_deref() == Some(asked.as_str()))
        .map(|(asked, _)| asked.as_str())
        .collect();
    let others: Vec<String> = answered
        .iter()
        .filter(|(asked, got)| got.as_deref() != Some(asked.as_str()))
        .map(|(asked, got)| match got {
            Some(got) => format!("{} is answered with {got}", asked.as_str()),
            None => format!("{} is not answered", asked.as_str()),
        })
        .collect();
    let detail = [&[speaks.join(", ")][..], &others[..]].concat();
    let detail: Vec<String> = detail.into_iter().filter(|part| !part.is_empty()).collect();
    let detail = detail.join("; ");
    let unanswered = answered.iter().any(|(_, got)| got.is_none());
    match (speaks.is_empty(), unanswered) {
        (true, _) => Check::failed(
            REVISIONS,
            detail,
            "it speaks no revision that berth knows: update its MCP library",
        ),
        // MCP lifecycle, version negotiation: a server that does not know the version answers with one that it knows.
        (false, true) => Check::warning(
            REVISIONS,
            detail,
            "a revision that it does not know is to be answered with one that it knows",
        ),
        (false, false) => Check::ok(REVISIONS, detail),
    }
}

fn exit(took: Duration) -> Check {
    let check = if took < POLITE {
        Check::ok(EXITS, "it ended by itself")
    } else if took < INPUT_GRACE {
        Check::warning(
            EXITS,
            "it ended by itself, but late",
            "exit when standard input ends: a broker sends SIGTERM after 2 s",
        )
    } else {
        Check::warning(
            EXITS,
            "it went on until it was stopped by a signal",
            "exit when standard input ends: listen for the end of stdin, and close what keeps the program running",
        )
    };
    check.took(took)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StepVerdict;

    #[test]
    fn revisions_are_told_apart() {
        let check = |answers: [Option<&str>; 4], verdict: StepVerdict, detail: &str| {
            let answered: Vec<(Revision, Option<String>)> = Revision::ALL
                .into_iter()
                .zip(answers)
                .map(|(asked, got)| (asked, got.map(str::to_owned)))
                .collect();
            let found = revisions(&answered);
            assert_eq!((found.verdict, found.detail.as_str()), (verdict, detail));
        };
        let all = [
            Some("2024-11-05"),
            Some("2025-03-26"),
            Some("2025-06-18"),
            Some("2025-11-25"),
        ];
        check(
            all,
            StepVerdict::Ok,
            "2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25",
        );
        check(
            [Some("2024-11-05"), Some("2025-03-26"), Some("2025-03-26"), None],
            StepVerdict::Warning,
            "2024-11-05, 2025-03-26; 2025-06-18 is answered with 2025-03-26; 2025-11-25 is not answered",
        );
        check(
            [Some("DRAFT"); 4],
            StepVerdict::Failed,
            "2024-11-05 is answered with DRAFT; 2025-03-26 is answered with DRAFT; 2025-06-18 is answered with DRAFT; 2025-11-25 is answered with DRAFT",
        );
    }
}
