//! The first call of a new user.

use std::{
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::Command,
};

use crate::{
    first_call, median, newcomer,
    support::{broker::Broker, needs},
    verdict,
};

const PACKAGE: &str = "@modelcontextprotocol/server-everything";
/// How often npx is started with an empty cache: each time takes long, and asks the registry for a hundred packages.
const COLD: usize = 2;

pub(crate) async fn measure(rounds: usize) {
    let Some(modules) = needs::npm() else { return };
    let installed = modules.join(PACKAGE);
    let manifest = fs::read_to_string(installed.join("package.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let spec = format!("{PACKAGE}@{}", manifest["version"].as_str().unwrap());
    let script = installed.join("dist/index.js");
    let folder = tempfile::tempdir().unwrap();

    let broker = Broker::start().await;
    let deploy = ["deploy", "--name", "everything", "--npx", &spec, "--yes"];
    broker.cli(&deploy).await.ok();
    let (mut plain, mut berth, mut warm, mut cold) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let cache = folder.path().join("warm");
    npx(&spec, &cache).await;
    // By turns, so that whatever else the machine does meets all of them.
    for round in 0..rounds {
        plain.push(direct(Command::new("node").arg(&script)).await);
        let token = newcomer(&broker, &format!("user-{round}")).await;
        let (time, mcp) = first_call(&broker, "everything", &token, json!({"message": "hello"})).await;
        berth.push(time);
        mcp.delete().await;
        if round % 2 == 0 {
            warm.push(npx(&spec, &cache).await);
        }
    }
    for round in 0..COLD {
        cold.push(npx(&spec, &folder.path().join(format!("cold-{round}"))).await);
    }

    let (plain, berth) = (median(&mut plain), median(&mut berth));
    let (warm, cold) = (median(&mut warm), median(&mut cold));
    println!("first call of a new user, {spec}, median of {rounds}");
    println!("  node dist/index.js       {plain:>8.0} ms");
    println!(
        "  berth                    {berth:>8.0} ms   {:.2} × node (at most 1.15: {})",
        berth / plain,
        verdict(berth <= plain * 1.15)
    );
    println!(
        "  npx -y, warm             {warm:>8.0} ms   {:.1} × berth (at least 1.9: {})",
        warm / berth,
        verdict(warm >= berth * 1.9)
    );
    println!(
        "  npx -y, cold             {cold:>8.0} ms   {:.1} × berth (at least 10: {})",
        cold / berth,
        verdict(cold >= berth * 10.0)
    );
}

async fn npx(spec: &str, cache: &Path) -> Duration {
    let mut command = Command::new("npx");
    command.args(["-y", spec]).env("npm_config_cache", cache);
    direct(&mut command).await
}

/// From a spawn to the answer of the tool `echo`.
async fn direct(command: &mut Command) -> Duration {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = async |messages: &[Value], id: u64| {
        for message in messages {
            stdin.write_all(format!("{message}\n").as_bytes()).await.unwrap();
        }
        loop {
            let line = lines.next_line().await.unwrap().expect("an answer");
            let answer: Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == id && answer.get("method").is_none() {
                return answer;
            }
        }
    };
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "the bench", "version": "1"},
    }});
    ask(&[initialize], 1).await;
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
        "name": "echo", "arguments": {"message": "hello"},
    }});
    let answer = ask(&[initialized, call], 2).await;
    let time = started.elapsed();
    assert!(answer.to_string().contains("hello"), "{answer}");
    // npx passes the end of its input on; what it started ends with its group all the same.
    let group = child
        .id()
        .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
    if let Some(group) = group {
        _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    child.wait().await.unwrap();
    time
}
