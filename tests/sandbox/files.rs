//! What a malicious connector can read and write.

use std::{
    fs,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixListener},
    },
    path::Path,
};

use serde_json::json;

use crate::support::attacker::{Account, Attacker, CANARY, texts, tries};

#[tokio::test]
async fn nothing_of_the_broker_can_be_read() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let data = attacker.broker.data();
        let home = attacker.home().await;
        let wrote = attacker
            .tries("write", json!({ "paths": [home.join("mine")] }))
            .await;
        assert_eq!(texts(&wrote).values().next().unwrap(), "written");
        // Its own home lies in the data folder, which has nothing else for it.
        let loot = texts(
            &attacker
                .tries("loot", json!({ "folder": data, "depth": 12 }))
                .await,
        );
        assert!(loot.contains_key(home.join("mine").to_str().unwrap()), "{loot:?}");
        let others: Vec<_> = loot
            .keys()
            .filter(|path| !Path::new(path).starts_with(&home))
            .collect();
        assert!(others.is_empty(), "{account:?}: {others:?}");
        for secret in ["master.key", "berth.db", "blobs", "berth.addr"] {
            assert!(data.join(secret).exists(), "{secret} is there to be read");
            let pid = attacker.broker.pid();
            let around = format!("/proc/{pid}/root{}", data.join(secret).display());
            let by_one = format!("/proc/1/root{}", data.join(secret).display());
            let read = attacker
                .tries("read", json!({ "paths": [data.join(secret), around, by_one] }))
                .await;
            for (path, outcome) in texts(&read) {
                assert!(
                    matches!(outcome.as_str(), "ENOENT" | "EACCES"),
                    "{account:?} {path}: {outcome}"
                );
            }
        }
    }
}

#[tokio::test]
async fn no_environment_but_its_own_can_be_read() {
    for account in Account::all() {
        let attacker = Attacker::start_with(account, &[], &["-e", "MINE=mine"]).await;
        let broker = &attacker.broker;
        // Another user's instance of the same connector.
        broker.add_user("bob").await;
        let bob = broker.mcp("attacker", &broker.token("bob").await).await;
        let bobs_home = tries(&bob, "env", json!({})).await["HOME"]
            .as_str()
            .unwrap()
            .to_owned();

        let environs = attacker.tries("processes", json!({ "name": "environ" })).await;
        let all = texts(&environs);
        assert!(all["/proc/self/environ"].contains("MINE=mine"), "{all:?}");
        for (path, text) in &all {
            let is_others = text.contains(CANARY) || text.contains(&bobs_home);
            assert!(!is_others, "{account:?} {path}: {text}");
        }
        let env = texts(&attacker.tries("env", json!({})).await);
        let known = ["PATH", "LANG", "HOME", "TMPDIR", "MINE"];
        assert_eq!(
            env.keys().filter(|name| !known.contains(&name.as_str())).count(),
            0,
            "{env:?}"
        );
        // Nor does it see that others are there at all.
        let names = texts(&attacker.tries("processes", json!({ "name": "cmdline" })).await);
        let serves = names.values().any(|line| line.contains("serve\0"));
        assert!(!serves, "{account:?}: {names:?}");
        let nodes = names
            .iter()
            .filter(|(path, line)| is_pid(path) && line.starts_with("node\0"));
        assert!(nodes.count() <= 1, "{account:?}: {names:?}");
    }
}

fn is_pid(path: &str) -> bool {
    path.split('/')
        .nth(2)
        .is_some_and(|name| name.parse::<u32>().is_ok())
}

#[tokio::test]
async fn the_home_of_the_account_is_not_there() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let home = &attacker.account_home;
        // That of whoever runs the tests, too.
        let tests = std::env::home_dir().unwrap();
        let paths = [
            home.join(".ssh/id_ed25519"),
            home.join("notes.txt"),
            tests.join(".bashrc"),
            tests.join(".profile"),
        ];
        let read = attacker.tries("read", json!({ "paths": paths })).await;
        for (path, outcome) in texts(&read) {
            assert!(
                matches!(outcome.as_str(), "ENOENT" | "EACCES"),
                "{account:?} {path}: {outcome}"
            );
        }
        for folder in ["/root", "/home", home.to_str().unwrap()] {
            let loot = texts(
                &attacker
                    .tries("loot", json!({ "folder": folder, "depth": 3 }))
                    .await,
            );
            // The attacker's own files may lie there.
            let own = attacker.files.script.parent().unwrap();
            let others: Vec<_> = loot
                .keys()
                .filter(|path| !Path::new(path).starts_with(own))
                .collect();
            assert!(others.is_empty(), "{account:?}: {others:?}");
        }
        let shadow = attacker
            .tries("read", json!({ "paths": ["/etc/shadow", "/etc/passwd"] }))
            .await;
        assert!(!shadow["/etc/shadow"].is_object(), "{account:?}: {shadow}");
        assert!(!shadow.to_string().contains("daemon"), "{account:?}: {shadow}");
    }
}

#[tokio::test]
async fn nothing_outside_of_its_home_can_be_written() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let mark = format!("berth-attacker-{}", attacker.broker.pid());
        let home = attacker.home().await;
        let (script, program) = (&attacker.files.script, &attacker.files.program);
        let private = ["/tmp", "/dev/shm", home.to_str().unwrap()];
        let public = [
            "/",
            "/usr",
            "/usr/lib",
            "/etc",
            "/opt",
            "/var",
            "/var/tmp",
            "/run",
            "/home",
            "/srv",
            "/dev",
            attacker.account_home.to_str().unwrap(),
            script.parent().unwrap().to_str().unwrap(),
            program.parent().unwrap().to_str().unwrap(),
        ];
        let at = |folder: &&str| format!("{}/{mark}", folder.trim_end_matches('/'));
        let wrote = attacker
            .tries(
                "write",
                json!({ "paths": private.iter().map(at).collect::<Vec<_>>() }),
            )
            .await;
        for (path, outcome) in texts(&wrote) {
            assert_eq!(outcome, "written", "{account:?} {path}");
        }
        let before = (fs::read(script).unwrap(), fs::read(program).unwrap());
        let mut targets: Vec<String> = public.iter().map(at).collect();
        targets.extend([script.display().to_string(), "/usr/bin/env-of-berth".into()]);
        let wrote = attacker.tries("write", json!({ "paths": targets })).await;
        // Whatever became of it, it is taken away again before anything is said.
        let left: Vec<String> = targets[..public.len()]
            .iter()
            .filter(|path| fs::remove_file(path).is_ok())
            .cloned()
            .collect();
        _ = fs::remove_file("/usr/bin/env-of-berth");
        if fs::read(script).unwrap() != before.0 {
            fs::write(script, &before.0).unwrap();
            panic!("{account:?}: it changed its own artifact");
        }
        assert_eq!(left, Vec::<String>::new(), "{account:?}: {wrote}");
        for (path, outcome) in texts(&wrote) {
            assert!(
                matches!(outcome.as_str(), "EROFS" | "EACCES" | "EPERM" | "ENOENT"),
                "{account:?} {path}: {outcome}"
            );
        }
        // Its /tmp is nobody else's.
        assert!(!Path::new("/tmp").join(&mark).exists() && !Path::new("/dev/shm").join(&mark).exists());
        assert!(home.join(&mark).exists());
        let broker = &attacker.broker;
        broker.add_user("bob").await;
        let bob = broker.mcp("attacker", &broker.token("bob").await).await;
        let paths: Vec<String> = private.iter().map(at).collect();
        let read = texts(&tries(&bob, "read", json!({ "paths": paths })).await);
        assert!(
            read.values().all(|outcome| outcome == "ENOENT"),
            "{account:?}: {read:?}"
        );
    }
}

#[tokio::test]
async fn what_a_deploy_makes_readable_is_readable_and_no_more() {
    for account in Account::all() {
        let shared = tempfile::tempdir().unwrap();
        let folder = shared.path().join("shown");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("table.csv"), "a,b").unwrap();
        fs::write(shared.path().join("hidden.txt"), "hidden").unwrap();
        open_to_all(shared.path());
        let attacker = Attacker::start_with(account, &[], &["--readable", folder.to_str().unwrap()]).await;
        let (shown, hidden) = (folder.join("table.csv"), shared.path().join("hidden.txt"));
        let read = attacker.tries("read", json!({ "paths": [shown, hidden] })).await;
        assert_eq!(read[shown.to_str().unwrap()]["text"], "a,b", "{account:?}");
        assert_eq!(read[hidden.to_str().unwrap()], "ENOENT", "{account:?}");
        let wrote = attacker
            .tries("write", json!({ "paths": [folder.join("mine")] }))
            .await;
        assert_eq!(
            texts(&wrote).into_values().collect::<Vec<_>>(),
            ["EROFS"],
            "{account:?}"
        );
        // The data folder is nobody's to show.
        let data = attacker.broker.data();
        let refused = attacker
            .broker
            .cli(&[
                "deploy",
                "--name",
                "thief",
                "--transport",
                "stdio",
                "--yes",
                "--readable",
                data.to_str().unwrap(),
                "--",
                "node",
                attacker.files.script.to_str().unwrap(),
            ])
            .await;
        assert_ne!(refused.status, Some(0), "{account:?}: {refused:?}");
        assert!(
            refused.stderr.contains(data.to_str().unwrap()),
            "{account:?}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn no_socket_of_others_can_be_reached() {
    for account in Account::all() {
        let shared = tempfile::tempdir().unwrap();
        let folder = shared.path().join("run");
        fs::create_dir(&folder).unwrap();
        let socket = folder.join("docker.sock");
        let _listening = UnixListener::bind(&socket).unwrap();
        open_to_all(shared.path());
        open_to_all(&socket);
        let name = format!("berth-tests-{}-{account:?}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name);
        let _abstract = UnixListener::bind_addr(&address.unwrap()).unwrap();
        // Even where a careless deploy shows the folder that it lies in.
        let attacker = Attacker::start_with(account, &[], &["--readable", folder.to_str().unwrap()]).await;
        let targets = [
            socket.display().to_string(),
            format!("@{name}"),
            "/var/run/docker.sock".into(),
            "/run/docker.sock".into(),
            "/run/dbus/system_bus_socket".into(),
        ];
        let reached = texts(&attacker.tries("connect", json!({ "targets": targets })).await);
        let connected: Vec<_> = reached
            .iter()
            .filter(|(_, outcome)| *outcome == "connected")
            .collect();
        assert!(connected.is_empty(), "{account:?}: {connected:?}");
        assert_eq!(reached.len(), targets.len());
    }
}

#[tokio::test]
async fn no_descriptor_is_inherited() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let open = texts(&attacker.tries("descriptors", json!({})).await);
        let data = attacker.broker.data();
        let data = data.to_str().unwrap();
        for (number, what) in &open {
            assert!(
                !what.contains(data) && !what.contains("cgroup"),
                "{account:?} {number}: {what}"
            );
        }
        // Node's own are pipes, event files and the folder that it reads here.
        let sockets = open.values().filter(|what| what.starts_with("socket:")).count();
        assert_eq!(sockets, 0, "{account:?}: {open:?}");
    }
}

/// Lets everybody read what is in a folder, as far as modes go.
fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
}
