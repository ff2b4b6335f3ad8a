//! Calls while tokens change.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{task::JoinSet, time::MissedTickBehavior};

use crate::{
    quantile,
    support::{
        auth_server::AuthServer,
        broker::{Broker, Transport},
        browser::Browser,
        mcp::{Mcp, text_of},
    },
    verdict,
};

const NAME: &str = "notes";
/// How long tokens live that change, and that do not, in seconds.
const SHORT: u64 = 10;
const LONG: u64 = 3600;
/// How long calls are made before they count.
const WARM_UP: Duration = Duration::from_secs(2);

/// What became of the calls.
struct Run {
    calls: usize,
    failed: Vec<Value>,
    refreshes: u64,
    times: Vec<Duration>,
}

pub(crate) async fn measure(seconds: u64, rate: u32) {
    println!("{rate} calls a second of one user for {seconds} s, tokens of {SHORT} s and of {LONG} s");
    let header = ["--header", "Authorization: Bearer {access_token}"];
    let file = ["--file", "TOKEN_FILE={access_token}"];
    for (name, transport, mapping) in [
        ("header", Transport::Http, header),
        ("file", Transport::Stdio, file),
    ] {
        let mut p99 = Vec::new();
        for ttl in [LONG, SHORT] {
            let Some(mut run) = run(transport, &mapping, ttl, seconds, rate).await else {
                return;
            };
            let (p50, last) = (quantile(&mut run.times, 0.5), quantile(&mut run.times, 0.99));
            println!(
                "  {name:<6} {ttl:>4} s  {} calls, {} failed, {} refreshes, p50 {p50:.1} ms, p99 {last:.1} ms",
                run.calls,
                run.failed.len(),
                run.refreshes
            );
            for failed in run.failed.iter().take(3) {
                println!("    {failed}");
            }
            p99.push(last);
            if ttl == SHORT {
                let ratio = p99[1] / p99[0];
                let most = seconds / 6 + 1;
                println!(
                    "  {name:<6} failed calls (0: {}), refreshes (at most {most}: {}), p99 {ratio:.2} × (under 3: {})",
                    verdict(run.failed.is_empty() && run.refreshes > 0),
                    verdict(run.refreshes <= most),
                    verdict(ratio < 3.0)
                );
            }
        }
    }
}

async fn run(transport: Transport, mapping: &[&str], ttl: u64, seconds: u64, rate: u32) -> Option<Run> {
    let broker = Broker::start().await;
    let provider = AuthServer::start(&broker, &[NAME], ttl).await?;
    let userinfo = format!("USERINFO_URL={}", provider.userinfo());
    broker.deploy(NAME, transport, &["-e", &userinfo]).await;
    provider.set(&broker, NAME, mapping).await;
    let mut browser = Browser::signed_in(&broker.add_user("alice").await).await;
    let token = broker.token("alice").await;
    let mcp = Mcp::connect(&broker.endpoint(NAME), &token, json!({})).await;
    let link = link_in(&text_of(&mcp.call("whoami", json!({})).await));
    assert_eq!(browser.connect(&link, "alice").await.status, 200);
    assert_eq!(mcp.text("whoami", json!({})).await, "alice");

    let mcp = Arc::new(mcp);
    let mut calls = JoinSet::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    // Late ones are made up for: a stall does not thin out the load.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let started = Instant::now();
    let end = WARM_UP + Duration::from_secs(seconds);
    while started.elapsed() < end {
        let due = ticks.tick().await.into_std();
        let mcp = Arc::clone(&mcp);
        let counts = started.elapsed() >= WARM_UP;
        calls.spawn(async move {
            let answer = mcp.call("whoami", json!({})).await;
            (counts, answer, due.elapsed())
        });
    }
    let mut run = Run {
        calls: 0,
        failed: Vec::new(),
        refreshes: 0,
        times: Vec::new(),
    };
    while let Some(done) = calls.join_next().await {
        let (counts, answer, time) = done.unwrap();
        if counts {
            run.calls += 1;
            run.times.push(time);
        }
        if answer["result"]["content"][0]["text"] != "alice" {
            run.failed.push(answer);
        }
    }
    run.refreshes = provider.counted().await["refreshes"].as_u64().unwrap_or_default();
    Some(run)
}

fn link_in(text: &str) -> String {
    let at = text.find("http").expect("a link");
    let link = text[at..].split(|c: char| c.is_whitespace() || c == ')').next();
    link.unwrap_or_default().trim_end_matches(['.', ',']).to_owned()
}
