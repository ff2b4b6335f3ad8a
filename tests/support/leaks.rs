//! Everything that a broker makes for its connectors, counted before and after many of them. `benches/soak` does the
//! same, more often.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use super::{
    broker::Broker,
    crashes::Random,
    images::{Engine, connector},
    mcp::{Mcp, http},
    processes,
    program::{Program, eventually},
};

const NAME: &str = "leaks";
/// A variable by which the connectors of one run are known in `/proc`.
const MARK: &str = "LEAK_MARK";
/// How many cycles go by until the broker has opened what it keeps open.
const WARM_UP: usize = 5;
/// The latest moment of a crash after the call that starts the connector, in milliseconds.
const LATEST_CRASH: u64 = 40;

/// How much is to happen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    /// Restarts, each of which starts and stops two instances: the probe's and a user's.
    pub(crate) cycles: usize,
    /// Processes killed at moments that `seed` decides, of the connector or of what holds it in.
    pub(crate) crashes: usize,
    /// Instances that run when the broker is killed.
    pub(crate) orphans: usize,
    pub(crate) seed: u64,
}

/// The same for containers: restarts, containers killed from outside, and a broker that is killed with some running.
/// None of them, and no network, may stay.
pub(crate) async fn survive_in(engine: &Engine, amount: Amount) {
    let image = engine.build("LABEL story=leaks");
    let mut broker = Broker::start_with(&["--docker-host", &engine.host]).await;
    let deploy = ["deploy", "--name", NAME, "--yes", "--image", &image.reference];
    let mut command = broker.command();
    let deployed = Program::start(command.args(deploy).env("DOCKER_HOST", &engine.host));
    deployed.finish().await.ok();
    let admin = broker.first_token();
    let mcp = broker.mcp(NAME, &admin).await;
    cycle(&broker, &admin, &mcp).await;
    let before = Count::of(&broker);
    let one_runs = |broker: &Broker| {
        let (containers, networks) = (
            engine.containers_of(&broker.data()),
            engine.networks_of(&broker.data()),
        );
        (containers.len(), networks.len()) == (1, 1)
    };

    for _ in 0..amount.cycles {
        cycle(&broker, &admin, &mcp).await;
    }
    let mut random = Random(amount.seed);
    for _ in 0..amount.crashes {
        restart(&broker, &admin).await;
        let crash = async {
            tokio::time::sleep(Duration::from_millis(random.below(10 * LATEST_CRASH))).await;
            for container in engine.containers_of(&broker.data()) {
                // It may not run yet, or not any more.
                _ = engine.command().args(["kill", &container]).output();
            }
        };
        tokio::join!(mcp.call("echo", json!({"text": "crash"})), crash);
    }
    cycle(&broker, &admin, &mcp).await;
    eventually("one container runs", async || one_runs(&broker)).await;
    as_before(&broker, &before, "after containers").await;

    for number in 0..amount.orphans {
        let name = format!("user-{number}");
        broker.add_user(&name).await;
        let theirs = broker.mcp(NAME, &broker.token(&name).await).await;
        assert_eq!(theirs.text("echo", json!({"text": "here"})).await, "here");
    }
    assert_eq!(engine.containers_of(&broker.data()).len(), amount.orphans + 1);
    broker.kill().await;
    broker.start_again().await;
    eventually("what it left is gone", async || {
        engine.containers_of(&broker.data()).is_empty()
    })
    .await;
    assert_eq!(mcp_again(&broker, &admin).await, "again");
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(engine.containers_of(&broker.data()), [""; 0]);
    assert_eq!(engine.networks_of(&broker.data()), [""; 0]);
}

/// What there is for a broker's instances.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    /// Programs below the broker, with how many of each.
    processes: BTreeMap<String, usize>,
    /// The broker's descriptors without its files, by what they are.
    descriptors: BTreeMap<String, usize>,
    /// The mounts that the broker sees.
    mounts: usize,
    /// The control groups of its instances.
    groups: usize,
    /// The folders of token files.
    files: usize,
}

/// Starts, crashes, kills, and fails where anything stays.
pub(crate) async fn survive(amount: Amount) {
    let mark = format!("{MARK}={}-{}", std::process::id(), amount.seed);
    let mut broker = Broker::start().await;
    let program = broker.scratch().join("connector");
    fs::copy(connector(), &program).unwrap();
    let deploy = ["deploy", "--name", NAME, "--yes", "-e", &mark, "--"];
    let deploy = [&deploy[..], &[program.to_str().unwrap()]].concat();
    broker.cli(&deploy).await.ok();
    let admin = broker.first_token();
    let mcp = broker.mcp(NAME, &admin).await;
    for _ in 0..WARM_UP {
        cycle(&broker, &admin, &mcp).await;
    }
    let before = Count::of(&broker);
    assert!(before.processes.len() > 1, "{before:?}");

    for _ in 0..amount.cycles {
        cycle(&broker, &admin, &mcp).await;
    }
    as_before(&broker, &before, "after the cycles").await;

    let mut random = Random(amount.seed);
    for _ in 0..amount.crashes {
        restart(&broker, &admin).await;
        let crash = async {
            tokio::time::sleep(Duration::from_millis(random.below(LATEST_CRASH))).await;
            let below = instances(&broker);
            let index = random.below(below.len().max(1) as u64);
            if let Some(pid) = below.get(usize::try_from(index).unwrap()) {
                processes::kill_if_there(*pid);
            }
        };
        // The call may fail, and must be answered.
        tokio::join!(mcp.call("echo", json!({"text": "crash"})), crash);
    }
    cycle(&broker, &admin, &mcp).await;
    as_before(&broker, &before, "after the crashes").await;

    for number in 0..amount.orphans {
        let name = format!("user-{number}");
        broker.add_user(&name).await;
        let theirs = broker.mcp(NAME, &broker.token(&name).await).await;
        assert_eq!(theirs.text("echo", json!({"text": "here"})).await, "here");
    }
    assert!(marked(&mark).len() > amount.orphans);
    let below = processes::descendants(broker.pid());
    broker.kill().await;
    eventually("nothing of the killed broker runs", async || {
        !below.iter().any(|pid| processes::is_alive(*pid)) && marked(&mark).is_empty()
    })
    .await;
    broker.start_again().await;
    eventually("what it left is gone", async || groups(&broker.data()).is_empty()).await;
    assert_eq!(mcp_again(&broker, &admin).await, "again");
    assert_eq!(Count::of(&broker).mounts, before.mounts);

    let below = processes::descendants(broker.pid());
    assert_eq!(broker.stop().await, Some(0));
    assert!(!below.iter().any(|pid| processes::is_alive(*pid)));
    assert_eq!(marked(&mark), [0; 0]);
    assert_eq!(group_folders(&broker.data()), [""; 0].map(PathBuf::from));
    let data = broker.data();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(data.to_str().unwrap()), "{mounts}");
}

async fn mcp_again(broker: &Broker, token: &str) -> String {
    let mcp = broker.mcp(NAME, token).await;
    mcp.text("echo", json!({"text": "again"})).await
}

/// Stops what runs, and starts it again.
async fn cycle(broker: &Broker, admin: &str, mcp: &Mcp) {
    restart(broker, admin).await;
    assert_eq!(mcp.text("echo", json!({"text": "here"})).await, "here");
}

async fn restart(broker: &Broker, admin: &str) {
    let url = format!("{}/api/v1/connectors/{NAME}/restart", broker.url);
    let answer = http()
        .post(url)
        .bearer_auth(admin)
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    let status = answer.status();
    assert!(status.is_success(), "{status}: {}", answer.text().await.unwrap());
}

/// Waits until there is no more of anything than `before`.
async fn as_before(broker: &Broker, before: &Count, when: &str) {
    let settled = tokio::time::timeout(Duration::from_secs(20), async {
        while !Count::of(broker).is_within(before) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    if settled.await.is_err() {
        panic!("{when}: {:#?}\nbefore: {before:#?}", Count::of(broker));
    }
}

impl Count {
    fn of(broker: &Broker) -> Self {
        let pid = broker.pid();
        let mut processes = BTreeMap::new();
        for below in processes::descendants(pid) {
            if processes::is_alive(below) {
                *processes.entry(processes::command_line(below)).or_default() += 1;
            }
        }
        let data = broker.data();
        let mut descriptors = BTreeMap::new();
        for link in fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
            let Ok(to) = fs::read_link(link.path()) else {
                continue;
            };
            // Databases and their journals come and go with the connections to them.
            if !to.starts_with(&data) {
                let text = to.to_string_lossy();
                let kind = text.split_once(":[").map_or(&*text, |(kind, _)| kind);
                *descriptors.entry(kind.to_owned()).or_default() += 1;
            }
        }
        let mounts = fs::read_to_string(format!("/proc/{pid}/mountinfo")).unwrap();
        Self {
            processes,
            descriptors,
            mounts: mounts.lines().filter(|line| !is_an_engines(line)).count(),
            groups: groups(&data).len(),
            files: fs::read_dir(data.join("runtime/files")).map_or(0, Iterator::count),
        }
    }

    fn is_within(&self, before: &Self) -> bool {
        let within = |now: &BTreeMap<String, usize>, before: &BTreeMap<String, usize>| {
            now.iter()
                .all(|(what, count)| before.get(what).is_some_and(|before| count <= before))
        };
        within(&self.processes, &before.processes)
            && within(&self.descriptors, &before.descriptors)
            && self.mounts <= before.mounts
            && self.groups <= before.groups
            && self.files <= before.files
    }
}

/// Whether a line of a table of mounts is of a container: those come and go with whatever else runs here.
fn is_an_engines(line: &str) -> bool {
    [" - overlay ", " - nsfs ", "/containers/"]
        .iter()
        .any(|part| line.contains(part))
}

/// The control groups of the instances of the broker with the data folder `data`, each named once.
fn groups(data: &Path) -> BTreeSet<String> {
    let folders = group_folders(data);
    let below = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    below
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The broker's own folders in the hierarchies of control groups.
fn group_folders(data: &Path) -> Vec<PathBuf> {
    let Ok(of) = fs::metadata(data.join("runtime")) else {
        return Vec::new();
    };
    let name = format!("berth-{:x}-{:x}", of.dev(), of.ino());
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("/sys/fs/cgroup")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            match entry.file_name() == *name {
                true => found.push(entry.path()),
                false => folders.push(entry.path()),
            }
        }
    }
    found
}

/// The processes below the broker that belong to instances.
fn instances(broker: &Broker) -> Vec<u32> {
    let mut below = processes::descendants(broker.pid());
    below.retain(|pid| !processes::command_line(*pid).ends_with("guard"));
    below
}

/// The processes that have `mark` in their environment.
fn marked(mark: &str) -> Vec<u32> {
    let (name, value) = mark.split_once('=').unwrap();
    let is_marked = |pid: &u32| {
        let environment = processes::environment(*pid);
        environment.get(name).is_some_and(|found| found == value) && processes::is_alive(*pid)
    };
    processes::all().into_iter().filter(is_marked).collect()
}
