//! The conformance suites of the protocol's authors, run against an endpoint.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use tokio::process::Command;

use super::program::{Output, Program};

/// Which scenarios are run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Suite {
    /// All that 0.1.16 counts as active.
    Active,
    /// What 0.2.0-alpha.12 requires in a revision.
    Required(&'static str),
}

/// The scenarios that 0.2.0-alpha.12 has for authorization servers.
pub(crate) struct AuthorizationSuite<'a> {
    pub(crate) issuer: &'a str,
    /// A client that is registered with `http://127.0.0.1/callback`.
    pub(crate) client: &'a str,
    /// The endpoint that the token is to be for.
    pub(crate) resource: &'a str,
    /// Where the suite takes the answer.
    pub(crate) port: u16,
}

/// The worst status of each check, by scenario and by check.
#[derive(Debug)]
pub(crate) struct Verdict(BTreeMap<String, BTreeMap<String, Status>>);

/// Checks of answers that come as streams: a server may as well answer with JSON where nothing comes before the answer.
const OF_STREAMS: [&str; 1] = ["server-sse-streams-functional"];

/// What a check came to, the better first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Success,
    /// Nothing was judged: what the check is about did not come up, or need not.
    Info,
    Skipped,
    Warning,
    Failure,
}

#[derive(Deserialize)]
struct Check {
    id: String,
    status: Status,
}

impl Suite {
    /// Runs it against `url`. What it writes goes into `folder`, a new one.
    pub(crate) async fn run(self, packages: &Path, url: &str, folder: PathBuf) -> Verdict {
        fs::create_dir(&folder).unwrap();
        let (package, scenarios) = match self {
            Self::Active => ("conformance", ["--suite", "active"]),
            Self::Required(revision) => ("conformance-next", ["--requirements", revision]),
        };
        // It needs a newer Node than the connectors do.
        let output = Program::start(
            Command::new(packages.join(".bin/node"))
                .arg(packages.join(package).join("dist/index.js"))
                .args(["server", "--url", url])
                .args(scenarios)
                .arg("-o")
                .arg(&folder)
                .stdin(std::process::Stdio::null()),
        )
        .finish()
        .await;
        let verdict = Verdict::read(&folder, "server-");
        assert!(!verdict.0.is_empty(), "{self:?} ran nothing: {output:#?}");
        complete(&output);
        verdict
    }
}

impl AuthorizationSuite<'_> {
    /// Runs it; `sign_in` opens the address that the person is sent to, up to the answer at the suite's own. What it
    /// writes goes into `folder`, a new one.
    pub(crate) async fn run(
        &self,
        packages: &Path,
        folder: PathBuf,
        sign_in: impl AsyncFnOnce(String),
    ) -> Verdict {
        fs::create_dir(&folder).unwrap();
        let suite = Program::start(
            Command::new(packages.join(".bin/node"))
                .arg(packages.join("conformance-next/dist/index.js"))
                .args(["authorization", "--url", self.issuer, "--client-id", self.client])
                .args(["--resource", self.resource, "--port", &self.port.to_string()])
                .arg("-o")
                .arg(&folder)
                .stdin(std::process::Stdio::null()),
        );
        let start = format!("{}/authorize?", self.issuer);
        let asked = |line: &str| line.starts_with(&start).then(|| line.to_owned());
        sign_in(suite.stdout.wait_for("where to sign in", asked).await).await;
        let output = suite.finish().await;
        complete(&output);
        Verdict::read(&folder, "authorization-server-")
    }
}

/// A suite that breaks off says so by its last lines: they sum up what ran.
fn complete(output: &Output) {
    assert!(output.stdout.contains("\nTotal: "), "{output:#?}");
}

impl Verdict {
    fn read(folder: &Path, kind: &str) -> Self {
        let scenarios = fs::read_dir(folder).unwrap().map(|scenario| {
            let scenario = scenario.unwrap();
            let name = scenario.file_name().into_string().unwrap();
            // KIND-NAME-2026-11-23T18-55-26-089Z
            let name = name.strip_prefix(kind).expect("a scenario of this kind");
            let name = name[..name.len() - "-2026-11-23T18-55-26-089Z".len()].to_owned();
            let checks = fs::read(scenario.path().join("checks.json")).unwrap();
            let checks: Vec<Check> = serde_json::from_slice(&checks).unwrap();
            let mut worst = BTreeMap::new();
            for Check { id, status } in checks {
                let entry = worst.entry(id).or_insert(status);
                *entry = status.max(*entry);
            }
            (name, worst)
        });
        Self(scenarios.collect())
    }

    /// How many scenarios were run in which nothing failed.
    pub(crate) fn passed(&self) -> usize {
        let passes = |checks: &&BTreeMap<_, _>| checks.values().all(|status| *status != Status::Failure);
        self.0.values().filter(passes).count()
    }

    /// Holds it to `checks`, as `scenario/check`: these were made, no others, and each one succeeded.
    pub(crate) fn is_flawless(&self, checks: &[&str]) {
        let made: Vec<String> = self
            .0
            .iter()
            .flat_map(|(scenario, checks)| checks.keys().map(move |check| format!("{scenario}/{check}")))
            .collect();
        assert_eq!(made, checks, "{self:#?}");
        let mut statuses = self.0.values().flat_map(BTreeMap::values);
        assert!(statuses.all(|status| *status == Status::Success), "{self:#?}");
    }

    /// Checks that are worse here than there, as `scenario/check`, and scenarios that were not run here.
    pub(crate) fn behind(&self, there: &Self) -> BTreeSet<String> {
        let mut behind = BTreeSet::new();
        for (scenario, checks) in &there.0 {
            let Some(here) = self.0.get(scenario) else {
                behind.insert(scenario.clone());
                continue;
            };
            let passed = checks.values().all(|status| *status != Status::Failure);
            for (check, status) in here {
                // A failure of what did not come up there counts where all else passed.
                let is_worse = match checks.get(check) {
                    Some(was) => was < status,
                    None => passed && *status == Status::Failure,
                };
                if is_worse && !(*status == Status::Info && OF_STREAMS.contains(&check.as_str())) {
                    behind.insert(format!("{scenario}/{check}"));
                }
            }
        }
        behind
    }
}
