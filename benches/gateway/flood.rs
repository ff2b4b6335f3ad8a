//! Sessions that are begun and left: how many a second, and what they cost.
//!
//! Beside it stands what a server of a few lines makes of the same requests, so that the load's own limits are seen.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;

use crate::{
    load::{Session, Target},
    process::{Process, cpu_seconds, free_port, resident, wait_for_port},
};

const CONNECTIONS: usize = 64;

/// It reads what it is sent and answers with the same few fields, under a session's id.
const BARE: &str = r#"
const { createServer } = require('node:http');
const { randomUUID } = require('node:crypto');
createServer((request, response) => {
  let raw = '';
  request.on('data', (chunk) => { raw += chunk; });
  request.on('end', () => {
    const { id, params } = JSON.parse(raw);
    const result = { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'bench', version: '1' } };
    const body = JSON.stringify({ jsonrpc: '2.0', id, result });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, 'mcp-session-id': randomUUID() }).end(body);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
"#;

struct Bare {
    process: Process,
    port: u16,
}

async fn bare(node: &Path) -> anyhow::Result<Bare> {
    let port = free_port()?;
    let mut command = Command::new(node);
    command
        .args(["-e", BARE])
        .env("PORT", port.to_string())
        .stdin(Stdio::null());
    let process = Process::start(command).with_context(|| format!("could not start {}", node.display()))?;
    wait_for_port(port).await?;
    Ok(Bare { process, port })
}

/// Sends `count` requests to each of `targets`, and to the bare server before them.
pub(crate) async fn measure(node: &Path, targets: &[Target], count: usize) -> anyhow::Result<()> {
    let bare = bare(node).await?;
    let node = Target {
        name: "node".into(),
        address: format!("127.0.0.1:{}", bare.port),
        path: "/mcp".into(),
        token: "t".repeat(49),
        pid: Some(bare.process.0.id()),
    };
    println!("\n{count} times initialize and no more, on {CONNECTIONS} connections");
    println!(
        "{:<24} {:>9} {:>9} {:>11} {:>10} {:>10}",
        "target", "seconds", "a second", "CPU s/1000", "rate/node", "grew MiB"
    );
    let mut first = None;
    for target in std::iter::once(&node).chain(targets) {
        let pid = target.pid.context("a target without a process")?;
        // Whatever the first ones make it set aside.
        run(target, CONNECTIONS).await?;
        let (cpu, memory) = (cpu_seconds(pid)?, resident(pid)?);
        let seconds = run(target, count).await?;
        let rate = count as f64 / seconds;
        println!(
            "{:<24} {:>9.2} {:>9.0} {:>11.4} {:>10.2} {:>10.1}",
            target.name,
            seconds,
            rate,
            (cpu_seconds(pid)? - cpu) * 1000.0 / count as f64,
            rate / *first.get_or_insert(rate),
            resident(pid)?.saturating_sub(memory) as f64 / f64::from(1 << 20),
        );
        if !std::ptr::eq(target, &raw const node) {
            Session::open(target)
                .await
                .context("the next client does not get in")?;
        }
    }
    Ok(())
}

/// How many seconds it took.
async fn run(target: &Target, count: usize) -> anyhow::Result<f64> {
    let mut open = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        open.push(Session::connect(target).await?);
    }
    let sent = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    let began = Instant::now();
    for mut session in open {
        let sent = Arc::clone(&sent);
        running.spawn(async move {
            while sent.fetch_add(1, Ordering::Relaxed) < count {
                let id = session.initialize().await?;
                ensure!(id.is_some(), "no session was begun");
            }
            Ok(())
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(began.elapsed().as_secs_f64())
}
