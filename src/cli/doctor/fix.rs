//! `berth doctor --fix`: what can be mended here, how, and doing it.
//!
//! What to do is data, made from the findings; it is shown and agreed to before anything is run. What takes rights that
//! this account has not, or is not for a program to decide, is printed as what a person would type.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::fs::{Mode, OFlags};
use serde::Serialize;
use tokio::{io::AsyncWriteExt as _, process::Command};

use super::Finding;
use crate::cli::{context::Context, ui};

/// How long one program may take: packages may be large, and lines slow.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// Where settings of the kernel are kept that are to hold after the next start too.
const SYSCTL_FILE: &str = "/etc/sysctl.d/60-berth.conf";
/// Settings that keep ordinary users from making namespaces: what they are when they do, and what they would be.
const NAMESPACES: [(&str, &str, &str); 3] = [
    ("user.max_user_namespaces", "0", "15000"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
];

/// What would mend a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Remedy {
    /// A package of Debian's or Ubuntu's.
    Package(&'static str),
    /// uv, which Debian has no package of.
    Uv,
    /// Settings of the kernel, and their values.
    Sysctl(Vec<(&'static str, &'static str)>),
    Mode(PathBuf, u32),
    Remove(Vec<PathBuf>),
    /// Whoever may use the engine is root: a person decides that.
    DockerGroup,
}

/// What is known of the machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine {
    pub(super) is_root: bool,
    pub(super) has_apt: bool,
}

/// One thing to do, and what came of it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Fix {
    /// The name of what was found.
    finding: &'static str,
    /// What is done, in words.
    action: String,
    /// The same as it would be typed, a line each.
    commands: Vec<String>,
    /// Whether a person has to do it.
    by_hand: bool,
    done: bool,
    /// Why it is not done; empty where it is, or where nothing was tried.
    error: String,
    #[serde(skip)]
    acts: Vec<Act>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    Run {
        words: Vec<String>,
        /// What it reads.
        input: String,
    },
    Mode(PathBuf, u32),
    Remove(PathBuf),
}

/// Those settings of the kernel that stand in the way of namespaces.
pub(super) fn blocking() -> Option<Remedy> {
    let read = |name: &str| fs::read_to_string(Path::new("/proc/sys").join(name.replace('.', "/"))).ok();
    blocking_in(read)
}

fn blocking_in(read: impl Fn(&str) -> Option<String>) -> Option<Remedy> {
    let blocks = |(name, bad, good)| {
        let value = read(name)?;
        (value.trim() == bad).then_some((name, good))
    };
    let settings: Vec<_> = NAMESPACES.into_iter().filter_map(blocks).collect();
    (!settings.is_empty()).then_some(Remedy::Sysctl(settings))
}

impl Machine {
    pub(super) fn of(ctx: &Context) -> Self {
        let path = ctx.search_path();
        Self {
            is_root: rustix::process::geteuid().is_root(),
            has_apt: std::env::split_paths(&path).any(|folder| folder.join("apt-get").is_file()),
        }
    }
}

/// What to do about all that is lacking and can be mended, in that order; each thing once.
pub(super) fn plan(findings: &[Finding], machine: Machine) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    for finding in findings {
        let Some(fix) = finding
            .remedy
            .as_ref()
            .and_then(|remedy| one(finding.name, remedy, machine))
        else {
            continue;
        };
        if fixes
            .iter()
            .all(|known| known.acts != fix.acts || fix.by_hand && known.commands != fix.commands)
        {
            fixes.push(fix);
        }
    }
    // The lists of packages are read once, before the first of them is installed.
    let first = fixes.iter_mut().find(|fix| fix.installs());
    if let Some(fix) = first {
        fix.acts.insert(0, run(&["apt-get", "update"]));
        fix.commands.insert(0, sudo(machine, "apt-get update"));
    }
    fixes
}

fn one(finding: &'static str, remedy: &Remedy, machine: Machine) -> Option<Fix> {
    let (action, acts) = match remedy {
        Remedy::Package(_) | Remedy::Uv if !machine.has_apt => return None,
        Remedy::Package(package) => (format!("install the package {package}"), vec![install(package)]),
        Remedy::Uv => {
            let place = [
                "env",
                "PIPX_HOME=/opt/pipx",
                "PIPX_BIN_DIR=/usr/local/bin",
                "pipx",
                "install",
                "uv",
            ];
            (
                "install uv with pipx, for every account".to_owned(),
                vec![install("pipx"), run(&place)],
            )
        }
        Remedy::Sysctl(settings) => {
            let lines: Vec<String> = settings
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            let write = Act::Run {
                words: ["tee", "-a", SYSCTL_FILE].map(str::to_owned).into(),
                input: lines.join("\n") + "\n",
            };
            (
                format!("let ordinary users make namespaces ({})", lines.join(", ")),
                vec![write, run(&["sysctl", "-p", SYSCTL_FILE])],
            )
        }
        Remedy::Mode(path, mode) => (
            format!("close {} to other accounts", path.display()),
            vec![Act::Mode(path.clone(), *mode)],
        ),
        Remedy::Remove(paths) => (
            "remove what writes left that were cut short".to_owned(),
            paths.iter().cloned().map(Act::Remove).collect(),
        ),
        Remedy::DockerGroup => (
            "let this account use the engine, which makes it as mighty as root; then sign in anew".to_owned(),
            Vec::new(),
        ),
    };
    let commands = match remedy {
        Remedy::DockerGroup => vec![sudo(machine, "usermod -aG docker \"$(id -un)\"")],
        _ => acts.iter().map(|act| act.typed(machine)).collect(),
    };
    let needs_root = acts.iter().any(|act| matches!(act, Act::Run { .. }));
    Some(Fix {
        finding,
        action,
        commands,
        by_hand: acts.is_empty() || (needs_root && !machine.is_root),
        done: false,
        error: String::new(),
        acts,
    })
}

fn install(package: &str) -> Act {
    run(&["apt-get", "install", "--yes", "--no-install-recommends", package])
}

fn run(words: &[&str]) -> Act {
    Act::Run {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        input: String::new(),
    }
}

fn sudo(machine: Machine, line: &str) -> String {
    match machine.is_root {
        true => line.to_owned(),
        false => format!("sudo {line}"),
    }
}

impl Act {
    /// As a person would type it.
    fn typed(&self, machine: Machine) -> String {
        match self {
            Self::Run { words, input } if input.is_empty() => sudo(machine, &words.join(" ")),
            Self::Run { words, input } => {
                let lines: Vec<String> = input.lines().map(|line| format!("'{line}'")).collect();
                let writer = sudo(machine, &words.join(" "));
                format!("printf '%s\\n' {} | {writer}", lines.join(" "))
            }
            Self::Mode(path, mode) => format!("chmod {mode:o} {}", ui::quoted(&path.to_string_lossy())),
            Self::Remove(path) => format!("rm {}", ui::quoted(&path.to_string_lossy())),
        }
    }

    async fn carry_out(&self, path: &OsString) -> io::Result<()> {
        match self {
            Self::Run { words, input } => carry_out(words, input, path).await,
            Self::Mode(path, mode) => set_mode(path, *mode),
            Self::Remove(path) => fs::remove_file(path),
        }
    }
}

impl Fix {
    pub(super) fn by_hand(&self) -> bool {
        self.by_hand
    }

    pub(super) fn failed(&self) -> bool {
        !self.error.is_empty()
    }

    fn installs(&self) -> bool {
        let is_apt = |act: &Act| matches!(act, Act::Run { words, .. } if words[0] == "apt-get");
        self.acts.iter().any(is_apt)
    }

    /// What would be done, or has to be, for people.
    pub(super) fn text(&self) -> String {
        let commands: Vec<String> = self
            .commands
            .iter()
            .map(|line| format!("      {line}\n"))
            .collect();
        ui::plain(&format!(
            "  {}: {}\n{}",
            self.finding,
            self.action,
            commands.concat()
        ))
    }

    /// Does it, as far as it goes, and tells.
    pub(super) async fn carry_out(&mut self, ctx: &Context) {
        let spinner = ctx.ui.spinner(format!("{}: {}", self.finding, self.action));
        // What root alone uses is often not on an ordinary PATH.
        let mut path = ctx.search_path();
        path.push(":/usr/sbin:/sbin");
        for (act, typed) in self.acts.iter().zip(&self.commands) {
            if let Err(error) = act.carry_out(&path).await {
                self.error = format!("{typed}: {error}");
                break;
            }
        }
        spinner.finish_and_clear();
        self.done = self.error.is_empty();
        match self.done {
            true => ctx
                .ui
                .say(ui::plain(&format!("Done: {}: {}", self.finding, self.action))),
            false => ctx
                .ui
                .warn(ui::plain(&format!("{}: {}", self.finding, self.error))),
        }
    }
}

/// Of what is this account's own still, whatever has been put in its place since.
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = fs::File::from(rustix::fs::open(path, flags, Mode::empty())?);
    match super::client::is_own(&file.metadata()?) {
        true => file.set_permissions(fs::Permissions::from_mode(mode)),
        false => Err(io::Error::other("it is not this account's own any more")),
    }
}

/// Runs a program of the machine's to its end. One that is at work on packages is not ended with this one.
async fn carry_out(words: &[String], input: &str, path: &OsString) -> io::Result<()> {
    let Some((program, arguments)) = words.split_first() else {
        return Ok(());
    };
    #[allow(clippy::disallowed_methods, reason = "what was shown, and agreed to")]
    let mut command = Command::new(program);
    let mut child = command
        .args(arguments)
        .env("PATH", path)
        // Nobody would see its questions.
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take()
        // One that reads nothing has ended, and says why with its status.
        && let Err(error) = stdin.write_all(input.as_bytes()).await
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        return Err(error);
    }
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = ended.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
    Err(io::Error::other(match last {
        Some(line) => format!("{} ({})", ui::plain(line), output.status),
        None => output.status.to_string(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Group;

    fn lacking(name: &'static str, remedy: Remedy) -> Finding {
        Finding::new(Group::Programs, name)
            .lacks("why", "cost".to_owned(), "hint")
            .by(remedy)
    }

    fn commands(findings: &[Finding], is_root: bool, has_apt: bool) -> Vec<(Vec<String>, bool)> {
        let fixes = plan(findings, Machine { is_root, has_apt });
        fixes.into_iter().map(|fix| (fix.commands, fix.by_hand)).collect()
    }

    #[test]
    fn a_plan_is_what_would_be_typed() {
        let path = PathBuf::from("/home/a b/credentials.toml");
        let findings = [
            Finding::new(Group::Sandbox, "namespaces"),
            lacking("a private /proc", Remedy::Sysctl(vec![("a.b", "1"), ("c", "0")])),
            lacking(
                "the network filter",
                Remedy::Sysctl(vec![("a.b", "1"), ("c", "0")]),
            ),
            lacking("Docker Engine", Remedy::DockerGroup),
            lacking("npm", Remedy::Package("npm")),
            lacking("uv", Remedy::Uv),
            lacking("sign-ins", Remedy::Mode(path, 0o600)),
            lacking("leftovers", Remedy::Remove(vec!["/x".into(), "/y".into()])),
        ];
        let install = "apt-get install --yes --no-install-recommends";
        let line = |text: &str| text.to_owned();
        let expected = [
            (
                vec![
                    line("printf '%s\\n' 'a.b = 1' 'c = 0' | tee -a /etc/sysctl.d/60-berth.conf"),
                    line("sysctl -p /etc/sysctl.d/60-berth.conf"),
                ],
                false,
            ),
            (vec![line("usermod -aG docker \"$(id -un)\"")], true),
            (vec![line("apt-get update"), format!("{install} npm")], false),
            (
                vec![
                    format!("{install} pipx"),
                    line("env PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin pipx install uv"),
                ],
                false,
            ),
            (vec![line("chmod 600 '/home/a b/credentials.toml'")], false),
            (vec![line("rm /x"), line("rm /y")], false),
        ];
        assert_eq!(commands(&findings, true, true), expected);
        // Without the rights, all that needs them is for a person; what is this account's own is not.
        let by_hand = commands(&findings, false, true);
        assert_eq!(
            by_hand[0].0[0],
            "printf '%s\\n' 'a.b = 1' 'c = 0' | sudo tee -a /etc/sysctl.d/60-berth.conf"
        );
        assert_eq!(by_hand[2].0[1], format!("sudo {install} npm"));
        let whose: Vec<bool> = by_hand.iter().map(|(_, by_hand)| *by_hand).collect();
        assert_eq!(whose, [true, true, true, true, false, false]);
        assert_eq!(by_hand[4].0, expected[4].0);
        // Another distribution names its packages otherwise.
        assert_eq!(commands(&findings, true, false).len(), 4);
    }

    #[test]
    fn only_what_stands_in_the_way_is_set() {
        let machine = |values: &'static [(&str, &str)]| {
            move |name: &str| {
                let found = values.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| format!("{value}\n"))
            }
        };
        assert_eq!(blocking_in(machine(&[])), None);
        let open = machine(&[
            ("user.max_user_namespaces", "63000"),
            ("kernel.unprivileged_userns_clone", "1"),
        ]);
        assert_eq!(blocking_in(open), None);
        let ubuntu = machine(&[
            ("user.max_user_namespaces", "63000"),
            ("kernel.apparmor_restrict_unprivileged_userns", "1"),
        ]);
        let expected = vec![("kernel.apparmor_restrict_unprivileged_userns", "0")];
        assert_eq!(blocking_in(ubuntu), Some(Remedy::Sysctl(expected)));
    }
}
