//! `berth doctor`

mod report;

use std::{io, path::Path};

use rustix::{
    process::{getgid, getuid},
    system::uname,
};
use serde::Serialize;
use tokio_util::task::TaskTracker;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    ui,
};
use crate::{
    model::with_causes,
    resolve::{Tool, tools},
    runtime::{Docker, Keeper, Kept, Piece, RuntimeConfig, Spawner, Survey},
    server::{Config, Settings},
};

/// Tell what this machine has of what a broker needs: sandbox, limits, Docker Engine, programs
///
/// Everything is tried as `berth serve` does it, without a broker and with nothing left behind. Run it as the account,
/// and in the container or the service, that the broker runs in. It exits with 0 when connectors can run sandboxed
/// here, else with 1; what else is missing is told and does not count.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth doctor
  sudo -u berth berth doctor --docker-host unix:///run/user/1000/docker.sock
  berth doctor --output json | jq '.findings[] | select(.state == \"lacks\")'")]
pub(crate) struct Args {
    /// The Docker Engine that would run images [default: DOCKER_HOST, or unix:///var/run/docker.sock]
    #[arg(long, value_name = "URL")]
    docker_host: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body<'a> {
    sandboxed: bool,
    version: &'static str,
    account: Account,
    kernel: &'a str,
    machine: &'a str,
    findings: &'a [Finding],
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Account {
    uid: u32,
    gid: u32,
}

/// One thing that was looked for.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Finding {
    group: Group,
    name: &'static str,
    state: State,
    /// Whether a connector's process runs only where it holds.
    needed: bool,
    /// What is there, or why it is not.
    detail: String,
    /// What it means that it is missing; empty where it is there.
    cost: String,
    /// What to do about it; may be empty.
    hint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Group {
    Sandbox,
    Limits,
    Engine,
    Programs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum State {
    Holds,
    Lacks,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let broken = |what: &str, error: io::Error| CmdError::new(Kind::Failed, what).with_source(error);
    let folder = tempfile::Builder::new()
        .prefix("berth-doctor-")
        .tempdir()
        .map_err(|error| broken("there is no temporary folder to try things in", error))?;
    let settings = Settings {
        data_dir: Some(folder.path().to_owned()),
        docker_host: args.docker_host,
        ..Settings::default()
    };
    let config = settings
        .check()
        .map_err(|problems| CmdError::usage(problems.join("\n       ")))?;
    let spinner = ctx.ui.spinner("trying what there is".to_owned());
    let findings = look(&config, folder.path()).await;
    spinner.finish_and_clear();
    let findings = findings.map_err(|error| broken("nothing can be tried here", error))?;
    folder
        .close()
        .map_err(|error| broken("the temporary folder can't be removed", error))?;
    tell(ctx, &findings)
}

async fn look(config: &Config, folder: &Path) -> io::Result<Vec<Finding>> {
    let helper = std::env::current_exe()?;
    let directory = folder.join("runtime");
    std::fs::create_dir(&directory)?;
    let spawner = Spawner::new(helper.clone())?;
    let tasks = TaskTracker::new();
    let docker = Docker::new(
        config.running.docker_host.clone(),
        &directory,
        tasks.clone(),
        tasks.clone(),
    )?;
    let usual = RuntimeConfig::new(directory, helper, config.path.clone());
    let survey = tokio::task::spawn_blocking(move || Survey::rehearse(&usual));
    let (survey, engine, tools) = tokio::join!(
        survey,
        engine(&docker, &config.running.docker_host),
        tools(&spawner, &config.surroundings, folder),
    );
    let survey = survey.map_err(io::Error::other)??;
    let mut findings = pieces(&survey);
    findings.extend(survey.limits.iter().map(limit));
    findings.push(engine);
    findings.extend(tools.into_iter().map(tool));
    Ok(findings)
}

fn pieces(survey: &Survey) -> Vec<Finding> {
    let finding = |piece: &Piece| {
        let part = piece.part;
        let found = Finding::new(Group::Sandbox, part.name());
        match &piece.missing {
            None => found,
            Some(missing) => found.lacks(
                &missing.why,
                format!("without it, a connector {}", part.cost()),
                missing.hint(part),
            ),
        }
    };
    survey.pieces.iter().map(finding).collect()
}

fn limit(kept: &Kept) -> Finding {
    let found = Finding::new(Group::Limits, kept.what.name());
    let refused = kept.refused.as_deref();
    match &kept.keeper {
        Keeper::Nothing => found.lacks(
            refused.unwrap_or("no control group for it can be made here"),
            "without it, one connector may take it from all others".to_owned(),
            Kept::HINT,
        ),
        keeper => Finding {
            detail: match refused {
                Some(why) => format!("{keeper} (no control group: {why})"),
                None => keeper.to_string(),
            },
            hint: match keeper {
                Keeper::Watch | Keeper::Process => Kept::HINT.to_owned(),
                _ => String::new(),
            },
            ..found
        },
    }
}

async fn engine(docker: &Docker, host: &str) -> Finding {
    let found = Finding::new(Group::Engine, "Docker Engine");
    match docker.version().await {
        Ok(version) => Finding {
            detail: format!("{version} at {host}"),
            ..found
        },
        Err(error) => {
            let cost = "without it, images do not run".to_owned();
            found.lacks(&with_causes(&error), cost, error.hint())
        }
    }
}

fn tool(tool: Tool) -> Finding {
    let found = Finding::new(Group::Programs, tool.name);
    match tool.found {
        Ok((path, version)) => Finding {
            detail: format!("{version} at {}", path.display()).trim_start().to_owned(),
            ..found
        },
        Err(lack) => found.lacks(&lack.why, format!("without it, {}", tool.cost), lack.hint),
    }
}

impl Finding {
    fn new(group: Group, name: &'static str) -> Self {
        Self {
            group,
            name,
            state: State::Holds,
            needed: group == Group::Sandbox,
            detail: String::new(),
            cost: String::new(),
            hint: String::new(),
        }
    }

    fn lacks(self, why: &str, cost: String, hint: &str) -> Self {
        Self {
            state: State::Lacks,
            detail: why.to_owned(),
            cost,
            hint: hint.to_owned(),
            ..self
        }
    }

    fn stands_in_the_way(&self) -> bool {
        self.needed && self.state == State::Lacks
    }
}

fn tell(ctx: &Context, findings: &[Finding]) -> Result<(), CmdError> {
    let missing: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.stands_in_the_way())
        .map(|finding| finding.name)
        .collect();
    let kernel = uname();
    let (release, machine) = (
        kernel.release().to_string_lossy(),
        kernel.machine().to_string_lossy(),
    );
    let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
    let body = Body {
        sandboxed: missing.is_empty(),
        version: env!("CARGO_PKG_VERSION"),
        account: Account { uid, gid },
        kernel: &release,
        machine: &machine,
        findings,
    };
    match ctx.ui.output {
        ui::Output::Jsonl | ui::Output::Toml => return Err(ui::no_such_form()),
        ui::Output::Json => ctx.ui.document(documents::DOCTOR, missing.is_empty(), &body)?,
        ui::Output::Text => {
            let whoever = match uid {
                0 => "as root".to_owned(),
                _ => format!("as user {uid}, group {gid}"),
            };
            let head = format!(
                "berth {}, {whoever}, Linux {release} ({machine})\n",
                env!("CARGO_PKG_VERSION")
            );
            ctx.ui.print(ui::plain(&(head + &report::text(findings))))?;
        }
    }
    if missing.is_empty() {
        ctx.ui.say("Connectors run sandboxed here.");
        return Ok(());
    }
    if ctx.ui.output == ui::Output::Json {
        return Err(CmdError::told(Kind::Failed));
    }
    let message = format!(
        "connectors can't run sandboxed here, for want of {}",
        missing.join(", ")
    );
    Err(CmdError::new(Kind::Failed, message).with_hint(
        "do what is said above; `berth serve --sandbox best-effort` runs them without what is missing, at the cost that is named there",
    ))
}
