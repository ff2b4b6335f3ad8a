//! `berth doctor`

mod client;
mod fix;
mod report;

use std::{io, path::Path};

use rustix::{
    process::{getgid, getuid},
    system::uname,
};
use serde::Serialize;
use tokio_util::task::TaskTracker;

use fix::{Fix, Machine, Remedy};

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    prompt, ui,
};
use crate::{
    model::with_causes,
    resolve::{Tool, tools},
    runtime::{Docker, EngineError, Keeper, Kept, Part, Piece, RuntimeConfig, Spawner, Survey},
    server::{Config, Settings},
};

/// Tell what this machine has of what a broker needs, and this account of what other commands need; mend what can be
///
/// Everything is tried as `berth serve` does it, without a broker and with nothing left behind. Run it as the account,
/// and in the container or the service, that the broker runs in. It exits with 0 when connectors can run sandboxed
/// here, else with 1; what else is missing is told and does not count.
///
/// With --fix it shows what it would do about what is missing, asks, does it, and looks again: programs that are not there
/// are installed by apt (Debian, Ubuntu), settings of the kernel that keep the sandbox from working are set and kept in
/// /etc/sysctl.d, files with sign-ins are closed to others, and what was left behind is removed. What needs root, where it
/// runs without, is printed as commands to type; so is what a person should decide. Where something was tried and did not
/// work it exits with 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth doctor
  sudo -u berth berth doctor --docker-host unix:///run/user/1000/docker.sock
  sudo berth doctor --fix                                 shows what it would do, and asks
  berth doctor --fix --yes --output json | jq '.fixes[] | select(.done | not)'
  berth doctor --output json | jq '.findings[] | select(.state == \"lacks\")'")]
pub(crate) struct Args {
    /// The Docker Engine that would run images [default: DOCKER_HOST, or unix:///var/run/docker.sock]
    #[arg(long, value_name = "URL")]
    docker_host: Option<String>,

    /// Mend what can be mended here
    #[arg(long)]
    fix: bool,

    /// With --fix: do not ask
    #[arg(long, short, requires = "fix")]
    yes: bool,
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
    /// With --fix: what was found before, if anything was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a [Finding]>,
    /// With --fix: what was done, or has to be done by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixes: Option<&'a [Fix]>,
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
    /// What `--fix` would do about it.
    #[serde(skip)]
    remedy: Option<Remedy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Group {
    Sandbox,
    Limits,
    Engine,
    Programs,
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum State {
    Holds,
    Lacks,
    // It was not looked for; the detail says why. (A description would give the schema another form.)
    Skipped,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let found = examine(ctx, args.docker_host.as_ref()).await?;
    if !args.fix {
        return tell(ctx, &found, None, None);
    }
    let mut fixes = fix::plan(&found, Machine::of(ctx));
    if !agreed(ctx, &args, &found, &fixes).await? {
        return tell(ctx, &found, None, Some(&fixes));
    }
    for fix in fixes.iter_mut().filter(|fix| !fix.by_hand()) {
        fix.carry_out(ctx).await;
    }
    let after = examine(ctx, args.docker_host.as_ref()).await?;
    tell(ctx, &after, Some(&found), Some(&fixes))
}

/// Shows what would be done; whether there is something to do, and a person agreed to it. A no ends the command.
async fn agreed(ctx: &Context, args: &Args, found: &[Finding], fixes: &[Fix]) -> Result<bool, CmdError> {
    let (by_hand, by_itself): (Vec<&Fix>, Vec<&Fix>) = fixes.iter().partition(|fix| fix.by_hand());
    if by_itself.is_empty() {
        let lacking = found.iter().any(|finding| finding.state == State::Lacks);
        match (by_hand.is_empty(), lacking) {
            (true, true) => ctx.ui.say("What is missing can't be mended by berth."),
            (true, false) => ctx.ui.say("There is nothing to mend."),
            (false, _) => {}
        }
        return Ok(false);
    }
    let list = |fixes: &[&Fix]| fixes.iter().map(|fix| fix.text()).collect::<String>();
    ctx.ui
        .say(format!("To be done:\n{}", list(&by_itself).trim_end()));
    if args.yes {
        return Ok(true);
    }
    if ctx.cannot_ask().is_some() {
        return Err(ctx
            .missing(&["--yes"])
            .with_hint("this changes the machine, and nobody can be asked here"));
    }
    if prompt::confirm("Do this?".to_owned(), false).await? {
        return Ok(true);
    }
    ctx.ui.say("Nothing was changed.");
    Err(CmdError::told(Kind::Failed))
}

/// Looks at everything, and leaves nothing behind.
async fn examine(ctx: &Context, docker_host: Option<&String>) -> Result<Vec<Finding>, CmdError> {
    let broken = |what: &str, error: io::Error| CmdError::new(Kind::Failed, what).with_source(error);
    let folder = tempfile::Builder::new()
        .prefix("berth-doctor-")
        .tempdir()
        .map_err(|error| broken("there is no temporary folder to try things in", error))?;
    let settings = Settings {
        data_dir: Some(folder.path().to_owned()),
        docker_host: docker_host.cloned(),
        ..Settings::default()
    };
    let config = settings
        .check()
        .map_err(|problems| CmdError::usage(problems.join("\n       ")))?;
    let spinner = ctx.ui.spinner("trying what there is".to_owned());
    let (findings, own) = tokio::join!(look(&config, folder.path()), client::findings(ctx));
    spinner.finish_and_clear();
    let mut findings = findings.map_err(|error| broken("nothing can be tried here", error))?;
    folder
        .close()
        .map_err(|error| broken("the temporary folder can't be removed", error))?;
    findings.extend(own);
    Ok(findings)
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
            Some(missing) => Finding {
                remedy: (missing.first.unwrap_or(part) == Part::Namespaces)
                    .then(fix::blocking)
                    .flatten(),
                ..found.lacks(
                    &missing.why,
                    format!("without it, a connector {}", part.cost()),
                    missing.hint(part),
                )
            },
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
            let remedy = match &error {
                EngineError::Denied { .. } => Some(Remedy::DockerGroup),
                _ => None,
            };
            Finding {
                remedy,
                ..found.lacks(&with_causes(&error), cost, error.hint())
            }
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
        Err(lack) => Finding {
            // What is there and does not work was put there by somebody.
            remedy: lack.is_absent.then(|| package(tool.name)).flatten(),
            ..found.lacks(&lack.why, format!("without it, {}", tool.cost), lack.hint)
        },
    }
}

/// What brings a program.
fn package(program: &str) -> Option<Remedy> {
    Some(match program {
        "node" => Remedy::Package("nodejs"),
        "npm" => Remedy::Package("npm"),
        "python3" => Remedy::Package("python3"),
        "uv" => Remedy::Uv,
        _ => return None,
    })
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
            remedy: None,
        }
    }

    /// It is there.
    fn seen(self, detail: String) -> Self {
        Self { detail, ..self }
    }

    fn skipped(self, why: String) -> Self {
        Self {
            state: State::Skipped,
            detail: why,
            ..self
        }
    }

    /// The same with what would mend it.
    fn by(self, remedy: Remedy) -> Self {
        Self {
            remedy: Some(remedy),
            ..self
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

fn tell(
    ctx: &Context,
    findings: &[Finding],
    before: Option<&[Finding]>,
    fixes: Option<&[Fix]>,
) -> Result<(), CmdError> {
    let failed = fixes.into_iter().flatten().any(Fix::failed);
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
        before,
        fixes,
    };
    let is_fine = missing.is_empty() && !failed;
    match ctx.ui.output {
        ui::Output::Jsonl | ui::Output::Toml => return Err(ui::no_such_form()),
        ui::Output::Json => ctx.ui.document(documents::DOCTOR, is_fine, &body)?,
        ui::Output::Text => {
            let whoever = match uid {
                0 => "as root".to_owned(),
                _ => format!("as user {uid}, group {gid}"),
            };
            let head = format!(
                "berth {}, {whoever}, Linux {release} ({machine})\n",
                env!("CARGO_PKG_VERSION")
            );
            let text = head + &report::text(findings) + &report::mended(findings, before, fixes);
            ctx.ui.show(ui::plain(&text))?;
        }
    }
    if missing.is_empty() {
        ctx.ui.say("Connectors run sandboxed here.");
    }
    if is_fine {
        return Ok(());
    }
    if ctx.ui.output == ui::Output::Json {
        return Err(CmdError::told(Kind::Failed));
    }
    if missing.is_empty() {
        return Err(CmdError::new(Kind::Failed, "not everything could be mended")
            .with_hint("do by hand what is listed above, and look again with berth doctor"));
    }
    let message = format!(
        "connectors can't run sandboxed here, for want of {}",
        missing.join(", ")
    );
    Err(CmdError::new(Kind::Failed, message).with_hint(
        "do what is said above; `berth serve --sandbox best-effort` runs them without what is missing, at the cost that is named there",
    ))
}
