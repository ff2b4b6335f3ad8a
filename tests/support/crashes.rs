//! A broker that is killed at any moment of a deploy, and what must hold after its next start.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use serde_json::{Value, json};

use super::{
    broker::{Broker, Transport},
    processes,
    program::{Output, Program, eventually, fixture},
};

/// A variable by which the connectors of one run are known in `/proc`.
const MARK: &str = "CRASH_MARK";
/// The variable that says which deploy an instance is of.
const VERSION: &str = "CONNECTOR_VERSION";
/// The latest moment of a kill after the commands were started, in milliseconds. Most deploys are done by then.
const LATEST_KILL: u64 = 800;
/// A file of this size makes sending and unpacking take a while, in bytes.
const BALLAST: usize = 4 << 20;

/// The connectors that are deployed: files over stdio, and a command over http.
const NAMES: [&str; 2] = ["bundled", "command"];

/// What the run knows of one connector.
#[derive(Debug, Default)]
struct Known {
    /// Every version that may have served so far.
    served: BTreeSet<String>,
    /// The version that serves now.
    now: String,
    /// The highest number that a release had.
    newest: i64,
}

/// Where the deploys were when the broker was killed.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Not recorded yet: packing, or on the way.
    pub(crate) before: usize,
    /// Recorded, and taken up by the next start.
    pub(crate) amidst: usize,
    pub(crate) after: usize,
}

/// Kills a broker `kills` times, each time at a moment of its deploys that `seed` decides, starts it again on the same
/// folder, and checks what it made of that.
pub(crate) async fn survive(kills: usize, seed: u64) -> Tally {
    let mut random = Random(seed);
    let mut broker = Broker::start_with(&["--keep", "1000"]).await;
    let mut tally = Tally::default();
    let mark = format!("{MARK}={}-{seed}", std::process::id());
    let mut known = [Known::default(), Known::default()];
    for (name, known) in NAMES.iter().zip(&mut known) {
        start(&broker, name, "first", &mark, &mut random)
            .finish()
            .await
            .ok();
        known.served.insert("first".to_owned());
        known.now = "first".to_owned();
        known.newest = 1;
    }
    for kill in 1..=kills {
        let version = format!("version-{kill}");
        // Every third time one of them goes back instead.
        let goes_back = |index: usize| kill > 2 && (kill + index).is_multiple_of(3);
        let commands: Vec<Program> = (0..NAMES.len())
            .map(|index| match goes_back(index) {
                true => Program::start(broker.command().args(["rollback", NAMES[index], "--yes"])),
                false => start(&broker, NAMES[index], &version, &mark, &mut random),
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(random.below(LATEST_KILL))).await;
        broker.kill().await;
        eventually("nothing of the killed broker runs", async || {
            marked(&mark).is_empty()
        })
        .await;
        broker.start_again().await;
        for (index, (command, known)) in commands.into_iter().zip(&mut known).enumerate() {
            let asked = (!goes_back(index)).then_some(version.as_str());
            // It waited for the broker, or had to give up.
            let output = command.finish().await;
            let moment = format!("kill {kill} of seed {seed}, {}", NAMES[index]);
            let before = known.newest;
            check(&broker, NAMES[index], known, asked, &output, &moment).await;
            let taken_up = |line: &str| line.contains("taking up a deploy") && line.contains(NAMES[index]);
            match known.newest == before {
                true => tally.before += 1,
                false if broker.log().lines().any(taken_up) => tally.amidst += 1,
                false => tally.after += 1,
            }
        }
        check_files(&broker.data());
    }
    broker.stop().await;
    assert!(marked(&mark).is_empty());
    tally
}

/// `berth deploy` of `name`, whose instances are to know that they are of `version`.
fn start(broker: &Broker, name: &str, version: &str, mark: &str, random: &mut Random) -> Program {
    let setting = format!("{VERSION}={version}");
    let script = fixture("connector.mjs");
    let folder = broker.scratch().join(name);
    let mut command = broker.command();
    command.args(["deploy", "--name", name, "--yes", "-e", &setting, "-e", mark]);
    if name == NAMES[0] {
        fs::create_dir_all(folder.join("lib")).unwrap();
        fs::copy(&script, folder.join("connector.mjs")).unwrap();
        for file in 0..50 {
            fs::write(
                folder.join(format!("lib/{file}.txt")),
                format!("{file} of {version}"),
            )
            .unwrap();
        }
        fs::write(folder.join("ballast"), random.bytes(BALLAST)).unwrap();
        command
            .arg("--bundle")
            .arg(folder)
            .args(["--start", "node connector.mjs"]);
    } else {
        command.args(["--transport", Transport::Http.as_str(), "--", "node"]);
        command.arg(script).arg("--http");
    }
    Program::start(&mut command)
}

/// Waits until nothing is under way, and checks that what `name` has is whole.
async fn check(
    broker: &Broker,
    name: &str,
    known: &mut Known,
    asked: Option<&str>,
    output: &Output,
    moment: &str,
) {
    let list = async || broker.json(&["releases", name]).await["releases"].clone();
    eventually(&format!("{moment}: every release is settled"), async || {
        let releases = list().await;
        let is_settled = |release: &Value| !matches!(release["state"].as_str(), Some("pending" | "starting"));
        releases.as_array().unwrap().iter().all(is_settled)
    })
    .await;
    let releases = list().await;
    let releases = releases.as_array().unwrap();
    let numbers: Vec<i64> = releases
        .iter()
        .map(|release| release["number"].as_i64().unwrap())
        .collect();
    let newest = numbers[0];
    assert_eq!(
        numbers,
        (1..=newest).rev().collect::<Vec<_>>(),
        "{moment}: one is lost"
    );
    let added = newest - known.newest;
    assert!((0..=1).contains(&added), "{moment}: {added} more\n{output:#?}");
    known.newest = newest;
    let live: Vec<&Value> = releases
        .iter()
        .filter(|release| release["state"] == "live")
        .collect();
    assert_eq!(live.len(), 1, "{moment}: {releases:#?}");

    let mcp = broker.mcp(name, &broker.first_token()).await;
    let variables: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
    let serves = variables[VERSION].as_str().unwrap().to_owned();
    let is_new = live[0]["number"] == newest && added == 1;
    match asked {
        Some(version) if is_new => assert_eq!(serves, version, "{moment}"),
        None if is_new => assert!(known.served.contains(&serves), "{moment}: {serves}"),
        _ => assert_eq!(serves, known.now, "{moment}: what served must serve"),
    }
    if output.status == Some(0) {
        assert!(
            is_new,
            "{moment}: it was said to be live\n{output:#?}\n{releases:#?}"
        );
    }
    known.served.insert(serves.clone());
    known.now = serves;
}

/// Nothing that was begun is left, but what a sender may come back to.
fn check_files(data: &Path) {
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(data.join(folder)).into_iter().flatten();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names("installs/tmp"), BTreeSet::new());
    let uploads = names("blobs/uploads");
    let is_known = |name: &&String| name.ends_with(".json") || uploads.contains(&format!("{name}.json"));
    let unknown: Vec<_> = uploads.iter().filter(|name| !is_known(name)).collect();
    assert!(unknown.is_empty(), "nobody can resume {unknown:?}");
}

/// The processes that have `mark` in their environment.
fn marked(mark: &str) -> Vec<u32> {
    let (name, value) = mark.split_once('=').unwrap();
    processes::all()
        .into_iter()
        .filter(|pid| {
            processes::environment(*pid)
                .get(name)
                .is_some_and(|found| found == value)
        })
        .filter(|pid| processes::is_alive(*pid))
        .collect()
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes())
            .flatten()
            .take(length)
            .collect()
    }
}
