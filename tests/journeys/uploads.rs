//! Deploys over lines that break: what has arrived is not sent again, and what is released is whole.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::support::{
    broker::Broker,
    line::Line,
    program::{Output, Program, eventually, fixture},
};

const MIB: u64 = 1024 * 1024;
/// What the requests of one deploy come to beside what they carry, and what is small enough to be sent twice.
const OVERHEAD: u64 = 160 * 1024;

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.roll() % (most - least)
    }

    fn bytes(&mut self, length: u64) -> Vec<u8> {
        (0..length.div_ceil(8))
            .flat_map(|_| self.roll().to_le_bytes())
            .take(usize::try_from(length).unwrap())
            .collect()
    }
}

/// A connector of a few mebibytes: some dependencies, and one file that is larger than all of them.
fn connector(broker: &Broker, dice: &mut Dice) -> PathBuf {
    let folder = broker.scratch().join("connector");
    for package in 0..12 {
        let package = folder.join(format!("node_modules/package-{package}"));
        fs::create_dir_all(&package).unwrap();
        let length = dice.between(1000, 400_000);
        fs::write(package.join("index.js"), dice.bytes(length)).unwrap();
    }
    fs::copy(fixture("connector.mjs"), folder.join("connector.mjs")).unwrap();
    fs::write(folder.join("model.bin"), dice.bytes(5 * MIB)).unwrap();
    fs::write(
        folder.join("berth.toml"),
        "name = \"heavy\"\nstart = \"node connector.mjs\"\n",
    )
    .unwrap();
    folder
}

/// `berth deploy` of the folder over the line.
fn deploy(broker: &Broker, line: &Line, folder: &Path) -> Program {
    let mut command = broker.command();
    command
        .env("BERTH_URL", &line.url)
        .env("BERTH_TOKEN", broker.first_token())
        .args(["--output", "json", "deploy", "--yes"])
        .arg(folder);
    Program::start(&mut command)
}

/// That the release serves, and that each of its files is what it was.
async fn check(broker: &Broker, folder: &Path) {
    let token = broker.token("admin").await;
    let mcp = broker.mcp("heavy", &token).await;
    assert_eq!(mcp.text("echo", json!({"text": "whole"})).await, "whole");
    let unpacked = find(&broker.data(), "model.bin").expect("the release was unpacked");
    let unpacked = unpacked.parent().unwrap();
    for name in ["model.bin", "connector.mjs", "node_modules/package-7/index.js"] {
        assert!(
            fs::read(unpacked.join(name)).unwrap() == fs::read(folder.join(name)).unwrap(),
            "{name}"
        );
    }
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).ok()?.flatten().collect();
    entries.iter().find_map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => find(&entry.path(), name),
        _ => (entry.file_name() == name).then(|| entry.path()),
    })
}

fn size_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

fn sent(output: Output) -> Value {
    output.ok().json()["sent"].clone()
}

#[tokio::test]
async fn one_deploy_outlives_a_line_that_breaks_again_and_again() {
    let broker = Broker::start().await;
    let mut dice = Dice(20_261_123);
    let folder = connector(&broker, &mut dice);
    let breaks: Vec<u64> = (0..8).map(|_| dice.between(3000, 6 * MIB)).collect();
    let line = Line::breaking(&broker.url, &breaks).await;
    let output = deploy(&broker, &line, &folder).finish().await.ok();
    assert!(output.stderr.contains("trying again"), "{output:#?}");
    let sent = sent(output);
    let total = sent["total_bytes"].as_u64().unwrap();
    assert!(sent["bytes"].as_u64().unwrap() >= total, "{sent}");
    let most = total + OVERHEAD + 8 * OVERHEAD;
    assert!(
        line.passed() <= most,
        "{} of {most} bytes, cut at {breaks:?}",
        line.passed()
    );
    check(&broker, &folder).await;

    // What is there is not sent again, whatever the line would do.
    let before = line.passed();
    let again = deploy(&broker, &line, &folder).finish().await.ok();
    assert_eq!(sent_bytes(&again), 0);
    assert!(line.passed() - before < 20_000);
}

fn sent_bytes(output: &Output) -> u64 {
    output.json()["sent"]["bytes"].as_u64().unwrap()
}

#[tokio::test]
async fn each_rerun_sends_only_what_is_missing() {
    let broker = Broker::start().await;
    let mut dice = Dice(7_777_777);
    let folder = connector(&broker, &mut dice);
    let breaks: Vec<u64> = (0..5).map(|_| dice.between(3000, 6 * MIB)).collect();
    let line = Line::breaking_for_good(&broker.url, &breaks).await;
    for _ in &breaks {
        let mut deploy = deploy(&broker, &line, &folder);
        line.broken().await;
        // Whoever sits there gives up before the command does.
        deploy.child.start_kill().unwrap();
        deploy.child.wait().await.unwrap();
        line.mend();
    }
    let before = line.passed();
    let sent = sent(deploy(&broker, &line, &folder).finish().await);
    let number = |name: &str| sent[name].as_u64().unwrap();
    assert_eq!(number("bytes") + number("reused_bytes"), number("total_bytes"));
    assert!(line.passed() - before <= number("bytes") + OVERHEAD, "{sent}");
    let most = number("total_bytes") + OVERHEAD + 5 * OVERHEAD;
    assert!(
        line.passed() <= most,
        "{} of {most} bytes, cut at {breaks:?}",
        line.passed()
    );
    check(&broker, &folder).await;
}

#[tokio::test]
async fn a_line_that_stays_broken_is_told() {
    let broker = Broker::start().await;
    let folder = connector(&broker, &mut Dice(99));
    let line = Line::breaking_for_good(&broker.url, &[2 * MIB]).await;
    let failed = deploy(&broker, &line, &folder).finish().await;
    assert_eq!(failed.status, Some(8), "{failed:#?}");
    let told = failed.json();
    assert_eq!(told["code"], "UNAVAILABLE");
    assert!(
        told["message"]
            .as_str()
            .unwrap()
            .starts_with("gave up after 9 attempts"),
        "{told}"
    );
    assert!(
        told["hint"].as_str().unwrap().contains("goes on from there"),
        "{told}"
    );
    let known = broker.json(&["list"]).await;
    assert_eq!(known["connectors"], json!([]), "no half release");
    line.mend();
    let sent = sent(deploy(&broker, &line, &folder).finish().await);
    assert!(sent["reused_bytes"].as_u64().unwrap() > MIB, "{sent}");
    check(&broker, &folder).await;
}

#[tokio::test]
async fn a_broker_that_is_killed_keeps_what_arrived() {
    let mut broker = Broker::start().await;
    let folder = connector(&broker, &mut Dice(4242));
    let line = Line::breaking_for_good(&broker.url, &[4 * MIB]).await;
    let deploy = deploy(&broker, &line, &folder);
    line.broken().await;
    let blobs = broker.data().join("blobs");
    eventually("what arrived is on the disk", async || {
        size_below(&blobs) > 2 * MIB
    })
    .await;
    broker.kill().await;
    broker.start_again().await;
    line.mend();
    // The command has not noticed more than a line that broke.
    let sent = sent(deploy.finish().await);
    let total = sent["total_bytes"].as_u64().unwrap();
    assert!(
        line.passed() <= total + 2 * MIB + 2 * OVERHEAD,
        "{} bytes, {sent}",
        line.passed()
    );
    check(&broker, &folder).await;
}
