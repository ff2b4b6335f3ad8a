//! `berth doctor` tells what a machine has, needs nothing for that, and leaves nothing.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::Value;
use tokio::process::Command;

use crate::support::{
    attacker::Account,
    broker::Surroundings,
    program::{Output, Program},
    terminal::{self, CTRL_C},
};

/// A machine for `berth doctor --fix`: a home, and all the programs that there are.
struct Machine {
    account: Account,
    user: Option<u32>,
    confined: bool,
    home: tempfile::TempDir,
    programs: tempfile::TempDir,
}

impl Machine {
    fn of(account: Account) -> Self {
        let machine = Self {
            account,
            user: account.user(),
            confined: false,
            home: tempfile::tempdir().unwrap(),
            programs: tempfile::tempdir().unwrap(),
        };
        fs::set_permissions(machine.programs.path(), fs::Permissions::from_mode(0o755)).unwrap();
        chown(machine.home.path(), machine.user, machine.user).unwrap();
        machine
    }

    /// A program that writes down what it is called with, and then does `script`; `$HERE` is where the programs are.
    fn program(&self, name: &str, script: &str) {
        let path = self.programs.path().join(name);
        let here = self.programs.path().display();
        let text = format!("#!/bin/sh\nHERE={here}\necho \"{name} $*\" >>$HERE/called\n{script}\n");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// How the programs were called, without those that were asked for their version.
    fn called(&self) -> Vec<String> {
        let text = fs::read_to_string(self.programs.path().join("called")).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.ends_with("--version"));
        lines.map(str::to_owned).collect()
    }

    /// A file in its configuration, as its own.
    fn keeps(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let mut folder = self.home.path().to_owned();
        for part in [".config", "berth"] {
            folder.push(part);
            fs::create_dir_all(&folder).unwrap();
            chown(&folder, self.user, self.user).unwrap();
        }
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        chown(&path, self.user, self.user).unwrap();
        path
    }

    /// `berth` where nobody can make a namespace of users, and root no other one either.
    fn confined(&self) -> Command {
        const NONE: &str = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$@\"";
        let (map, drop): (_, &[&str]) = match self.account {
            Account::Root => (
                "--map-root-user",
                &[
                    "--bounding-set",
                    "-sys_admin",
                    "--ambient-caps",
                    "-all",
                    "--inh-caps",
                    "-all",
                ],
            ),
            Account::Ordinary => (
                "--map-current-user",
                &["--ambient-caps", "-all", "--inh-caps", "-all"],
            ),
        };
        let mut command = Command::new("/usr/bin/unshare");
        command
            .args([
                "--user",
                map,
                "--keep-caps",
                "/bin/sh",
                "-c",
                NONE,
                "sh",
                "/usr/bin/setpriv",
            ])
            .args(drop)
            .arg(env!("CARGO_BIN_EXE_berth"));
        command
    }

    async fn doctor(&self, arguments: &[&str]) -> Output {
        let mut command = match self.confined {
            false => Command::new(env!("CARGO_BIN_EXE_berth")),
            true => self.confined(),
        };
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
            .env_clear()
            .env("PATH", self.programs.path())
            .env("HOME", self.home.path())
            .arg("doctor")
            .args(["--docker-host", "unix:///nowhere/docker.sock"])
            .args(arguments);
        Program::start(&mut command).finish().await
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// `berth doctor ARGUMENTS` as `account`, with nothing else than two empty folders, for its home and for what is
/// temporary.
async fn doctor(account: Account, path: &str, arguments: &[&str]) -> Output {
    let (home, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let user = account.user();
    for folder in [&home, &scratch] {
        chown(folder.path(), user, user).unwrap();
    }
    let surroundings = Surroundings {
        user,
        ..Surroundings::default()
    };
    let mut command = surroundings.berth();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home.path())
        .env("TMPDIR", scratch.path())
        .arg("doctor")
        .args(arguments);
    let output = Program::start(&mut command).finish().await;
    for folder in [&home, &scratch] {
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert!(left.is_empty(), "{account:?}: {left:?}");
    }
    output
}

fn states(told: &Value, group: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = told["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["group"] == group)
        .map(|finding| (text(&finding["name"]), text(&finding["state"])))
        .collect()
}

#[tokio::test]
async fn it_holds_what_holds_and_leaves_nothing() {
    let path = std::env::var("PATH").unwrap();
    for account in Account::all() {
        let told = doctor(account, &path, &["--output", "json"]).await.ok().json();
        assert_eq!(told["schema"], "berth.doctor/v1", "{account:?}");
        assert_eq!(told["ok"], true, "{account:?}: {told}");
        let parts = states(&told, "sandbox");
        let own = "accounts of their own";
        assert_eq!(
            parts.iter().any(|(name, _)| name == own),
            account == Account::Root
        );
        assert!(
            parts.len() >= 4 && parts.iter().all(|(_, state)| state == "holds"),
            "{parts:?}"
        );
        let limits: Vec<String> = states(&told, "limits")
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(limits, ["memory", "processes", "CPU time", "disk"]);
        let programs = states(&told, "programs");
        assert!(
            programs.contains(&("node".into(), "holds".into())),
            "{programs:?}"
        );
    }
}

#[tokio::test]
async fn what_is_missing_besides_the_sandbox_is_a_note() {
    let nowhere = tempfile::tempdir().unwrap();
    let socket = format!("unix://{}/docker.sock", nowhere.path().display());
    for account in Account::all() {
        let arguments = ["--docker-host", &socket];
        let text = doctor(account, nowhere.path().to_str().unwrap(), &arguments)
            .await
            .ok();
        assert!(text.stderr.contains("Connectors run sandboxed here."), "{text:?}");
        for (at, line) in text.stdout.lines().enumerate() {
            let words = line.split_whitespace().count();
            assert!(
                line.chars().count() <= 80 || words <= 1 || has_long_word(line),
                "{at}: {line}"
            );
        }
        for name in ["Docker Engine", "node", "npm", "python3", "uv"] {
            let lacks = text.stdout.lines().any(|line| {
                let rest = line.trim_start().strip_prefix("lacks  ");
                rest.is_some_and(|rest| rest.starts_with(name))
            });
            assert!(lacks, "{account:?}: {name} in {}", text.stdout);
        }
        let all = [&arguments[..], &["--output", "json"]].concat();
        let told = doctor(account, nowhere.path().to_str().unwrap(), &all)
            .await
            .ok()
            .json();
        for finding in told["findings"].as_array().unwrap() {
            let is_lacking = finding["state"] == "lacks";
            for field in ["cost", "hint"] {
                let is_said = finding[field] != "";
                assert!(is_said || !is_lacking, "{account:?}: {finding}");
            }
            assert!(
                finding["detail"] != "" || finding["group"] == "sandbox",
                "{finding}"
            );
        }
    }
}

/// Such as a path, which is not cut.
fn has_long_word(line: &str) -> bool {
    line.split_whitespace().any(|word| word.chars().count() > 50) || Path::new(line.trim()).is_absolute()
}

#[tokio::test]
async fn an_address_that_is_none_is_a_mistake() {
    let account = *Account::all().first().unwrap();
    let refused = doctor(account, "/usr/bin:/bin", &["--docker-host", "ssh://there"]).await;
    refused.fails(2, &["--docker-host", "ssh"]);
}

#[tokio::test]
async fn what_others_may_read_is_closed() {
    for account in Account::all() {
        let machine = Machine::of(account);
        let kept = machine.keeps("credentials.toml", "", 0o644);
        let left = machine.keeps(".tmpAbCdEf", "berth_canary", 0o600);
        let fresh = machine.keeps(".tmpGhIjKl", "", 0o600);
        let yesterday = SystemTime::now() - Duration::from_secs(86_400);
        fs::File::options()
            .write(true)
            .open(&left)
            .unwrap()
            .set_modified(yesterday)
            .unwrap();
        let folder = kept.parent().unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();

        // Looking changes nothing, and nor does it where nobody can be asked.
        let seen = machine.doctor(&["--output", "json"]).await.ok().json();
        let client = states(&seen, "client");
        for name in ["configuration", "sign-ins", "leftovers"] {
            assert!(
                client.contains(&(name.into(), "lacks".into())),
                "{account:?}: {client:?}"
            );
        }
        assert!(
            client.contains(&("broker".into(), "skipped".into())),
            "{client:?}"
        );
        assert!(seen.get("fixes").is_none() && seen.get("before").is_none());
        machine
            .doctor(&["--fix"])
            .await
            .fails(2, &["--yes", "is not a terminal"]);
        assert_eq!((mode(&kept), mode(folder), left.exists()), (0o644, 0o755, true));

        let told = machine
            .doctor(&["--fix", "--yes", "--output", "json"])
            .await
            .ok()
            .json();
        assert_eq!((mode(&kept), mode(folder)), (0o600, 0o700), "{account:?}");
        assert!(!left.exists() && fresh.exists());
        let fixes = told["fixes"].as_array().unwrap();
        assert_eq!(fixes.len(), 3, "{account:?}: {told}");
        for fix in fixes {
            assert_eq!(
                (&fix["done"], &fix["by_hand"], &fix["error"]),
                (&true.into(), &false.into(), &"".into())
            );
        }
        assert_eq!(fixes[1]["commands"][0], format!("chmod 600 {}", kept.display()));
        assert_eq!(told["before"], seen["findings"]);
        let after = states(&told, "client");
        assert!(after.contains(&("sign-ins".into(), "holds".into())), "{after:?}");
        assert!(after.iter().all(|(name, _)| name != "leftovers"), "{after:?}");

        let again = machine.doctor(&["--fix", "--yes"]).await.ok();
        assert!(again.stderr.contains("can't be mended by berth"), "{again:?}");
    }
}

#[tokio::test]
async fn programs_are_installed_or_named() {
    for account in Account::all() {
        let machine = Machine::of(account);
        machine.program(
            "apt-get",
            "case \"$*\" in
               *nodejs) /bin/cp $HERE/node.real $HERE/node;;
               *pipx) echo 'E: Unable to locate package pipx' >&2; exit 100;;
             esac",
        );
        machine.program("node.real", "echo v20.1.0");
        // It is there and does not work: whoever put it there has to see to it.
        machine.program("npm", "exit 3");
        let install = "apt-get install --yes --no-install-recommends";
        if account != Account::Root {
            let told = machine.doctor(&["--fix"]).await.ok();
            assert!(told.stdout.contains("To be done by hand"), "{told:?}");
            for line in [&format!("sudo {install} nodejs"), "sudo apt-get update"] {
                assert!(told.stdout.contains(line), "{line}: {told:?}");
            }
            assert_eq!(machine.called(), Vec::<String>::new());
            continue;
        }
        machine
            .doctor(&["--fix"])
            .await
            .fails(2, &["--yes", &format!("{install} nodejs")]);
        assert_eq!(machine.called(), Vec::<String>::new());
        let told = machine.doctor(&["--fix", "--yes"]).await;
        let told = told.fails(
            1,
            &["Unable to locate package pipx", "not everything could be mended"],
        );
        let expected = ["update", "install --yes --no-install-recommends nodejs"];
        assert_eq!(
            machine.called()[..2],
            expected.map(|words| format!("apt-get {words}"))
        );
        assert!(
            machine.called().iter().all(|line| !line.ends_with("npm")),
            "{:?}",
            machine.called()
        );
        assert!(told.stdout.contains("lacks → holds  node\n"), "{}", told.stdout);
        let by_hand = told.stdout.split("To be done by hand").nth(1).unwrap();
        assert!(
            by_hand.contains("pipx install uv") && !by_hand.contains("nodejs"),
            "{by_hand}"
        );
    }
}

/// Where the kernel lets nobody make namespaces, for the number of them is 0 in one of the test's own.
#[tokio::test]
async fn the_kernel_is_told_to_allow_namespaces() {
    for account in Account::all() {
        let mut machine = Machine::of(account);
        machine.confined = true;
        machine.program("tee", "while read line; do echo \"  $line\" >>$HERE/called; done");
        machine.program("sysctl", "");
        let told = machine.doctor(&["--fix", "--yes"]).await;
        let setting = "user.max_user_namespaces = 15000";
        if account != Account::Root {
            let told = told.fails(1, &["for want of namespaces"]);
            for line in [
                &format!("printf '%s\\n' '{setting}' | sudo tee -a /etc/sysctl.d/60-berth.conf"),
                "sudo sysctl -p /etc/sysctl.d/60-berth.conf",
            ] {
                assert!(told.stdout.contains(line), "{line}: {told:?}");
            }
            assert_eq!(machine.called(), Vec::<String>::new());
            continue;
        }
        // These programs do nothing, and so it is told that nothing came of it.
        let told = told.fails(1, &[setting, "for want of"]);
        assert!(told.stdout.contains("nothing has changed"), "{told:?}");
        assert_eq!(
            machine.called(),
            [
                "tee -a /etc/sysctl.d/60-berth.conf",
                &format!("  {setting}"),
                "sysctl -p /etc/sysctl.d/60-berth.conf",
            ]
        );
    }
}

/// What it would do is done after a yes, and nothing after a no, or Ctrl-C.
#[tokio::test]
async fn somebody_is_asked_first() {
    let machine = Machine::of(Account::all()[0]);
    // Nothing else is missing that could be had.
    for name in ["node", "npm", "python3", "uv"] {
        machine.program(name, "echo 1.2.3");
    }
    let kept = machine.keeps("credentials.toml", "", 0o644);
    let path = format!("{}:/usr/bin:/bin", machine.programs.path().display());
    for (key, status, left) in [("n", 1, 0o644), (CTRL_C, 130, 0o644), ("y", 0, 0o600)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
        command
            .args(["doctor", "--fix", "--docker-host", "unix:///nowhere/docker.sock"])
            .env("PATH", &path)
            .env("BERTH_CONFIG_DIR", kept.parent().unwrap());
        let ended = terminal::at(&mut command, move |terminal| {
            terminal.expect("chmod 600");
            terminal.expect("Do this?");
            terminal.press(key);
        });
        ended.await.with(status, &["To be done:"]);
        assert_eq!(mode(&kept), left, "{key:?}");
    }
}
