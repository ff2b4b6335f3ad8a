//! How much a malicious connector can use up.

use std::{fs, path::Path, time::Instant};

use serde_json::json;

use crate::support::{
    attacker::{Account, Attacker, texts},
    processes,
    program::eventually,
};

#[tokio::test]
async fn a_fork_bomb_stays_small() {
    for account in Account::all() {
        let attacker = Attacker::start_with(account, &[], &["--pids", "60"]).await;
        for kind in ["bomb", "threads"] {
            let said = attacker.native(&[kind, "2000"]).await;
            let forked: u32 = said.trim().parse().unwrap_or(0);
            assert!(forked < 70, "{account:?}: {forked} of {kind}");
        }
        // Berth and everybody else go on, and so does the connector.
        attacker.broker.json(&["list"]).await;
        eventually("it serves again", async || attacker.is_well().await).await;
    }
}

#[tokio::test]
async fn ten_gigabytes_are_not_to_be_had() {
    for account in Account::all() {
        let attacker = Attacker::start_with(account, &[], &["--memory", "256m"]).await;
        let all = (10_u64 << 30).to_string();
        // By one process, by many that each stay small, by files in memory that no process has mapped,
        // and by what was mapped before.
        let attempts: [&[&str]; 6] = [
            &["memory", &all, "1"],
            &["memory", &all, "64"],
            &["memory", "600000000", "12"],
            &["memfd", &all],
            &["shared", "none", "800000000"],
            &["shared", "/dev/zero", "800000000"],
        ];
        for attempt in attempts {
            let answer = attacker.mcp.call("native", json!({ "args": attempt })).await;
            let said = answer["result"]["content"][0]["text"]
                .as_str()
                .unwrap_or_default();
            let reached = said.split("\\n").filter_map(|line| {
                let line = line.rsplit('"').next()?;
                line.strip_suffix(" MiB")?.parse::<u64>().ok()
            });
            let reached = reached.max().unwrap_or(0);
            assert!(reached <= 256, "{account:?} {attempt:?}: {reached} MiB");
            let processes = attempt.get(2).copied().unwrap_or("1");
            let done = format!("{processes} of {processes} done");
            assert!(!said.contains(&done), "{account:?} {attempt:?}: {answer}");
            eventually("it serves again", async || attacker.is_well().await).await;
        }
    }
}

#[tokio::test]
async fn whoever_ran_out_of_memory_is_told() {
    for account in Account::all() {
        let attacker = Attacker::start_with(account, &[], &["--memory", "128m"]).await;
        // By the connector's own process, so that it is the one to go; and where it gets no more, it says so itself.
        let hoarded = json!({ "bytes": 1_u64 << 30 });
        let answer = attacker.mcp.call("hoard", hoarded).await.to_string();
        let told = answer.contains("out of memory") && answer.contains("128m")
            || answer.contains("allocation failed");
        assert!(told, "{account:?}: {answer}");
        eventually("it serves again", async || attacker.is_well().await).await;
    }
}

#[tokio::test]
async fn many_small_processes_have_a_limit_together() {
    for account in Account::all() {
        let attacker = Attacker::start_with(account, &[], &["--memory", "256m"]).await;
        let children = json!({ "args": ["memory", 800 << 20, 8] });
        let answer = attacker.mcp.call("native", children).await.to_string();
        assert!(!answer.contains("8 of 8 done"), "{account:?}: {answer}");
        // Some kernels' groups end only as many as make room; berth itself ends them all.
        let (all, some) = (
            "ran out of memory (its limit is 256m) and was killed",
            "of 8 done",
        );
        let told = answer.contains(all) || account == Account::Root && answer.contains(some);
        assert!(told, "{account:?}: {answer}");
        if answer.contains(all) {
            let logs = attacker.broker.cli(&["logs", "attacker"]).await.ok();
            assert!(logs.stdout.contains(all), "{account:?}: {logs:?}");
        }
        eventually("it serves again", async || attacker.is_well().await).await;
    }
}

#[tokio::test]
async fn a_home_has_a_size() {
    for account in Account::all() {
        let attacker = Attacker::start_with(account, &[], &["--disk", "16m"]).await;
        let home = attacker.home().await;
        // No file of it can be larger than all of it.
        let one = attacker
            .mcp
            .call(
                "fill",
                json!({ "folder": home.join("one"), "size": 40 << 20, "total": 40 << 20 }),
            )
            .await;
        assert!(size_of(&home) <= 17 << 20, "{account:?}: {one}");
        eventually("it serves again", async || attacker.is_well().await).await;
        let clear = attacker
            .broker
            .cli(&["restart", "attacker", "--clear-homes"])
            .await
            .ok();
        assert!(clear.stderr.contains("home"), "{clear:?}");
        assert_eq!(size_of(&home), 0, "{account:?}");

        // Many small files stay under every limit of a file: whoever writes them is stopped.
        let filled = json!({ "folder": home.join("many"), "size": 1 << 20, "total": 64 << 20 });
        attacker.mcp.call("fill", filled).await;
        eventually("its home is full", async || {
            let answer = attacker.mcp.call("slow", json!({ "ms": 0 })).await.to_string();
            answer.contains("home") && answer.contains("16m")
        })
        .await;
        let refused = attacker
            .broker
            .cli(&["call", "attacker", "slow", "--args", r#"{"ms":0}"#])
            .await;
        assert!(
            refused.stderr.contains("--clear-homes"),
            "{account:?}: {refused:?}"
        );
        let logs = attacker.broker.cli(&["logs", "attacker"]).await.ok();
        assert!(logs.stdout.contains("16m"), "{account:?}: {logs:?}");
        attacker
            .broker
            .cli(&["restart", "attacker", "--clear-homes"])
            .await
            .ok();
        assert!(attacker.is_well().await, "{account:?}");
    }
}

#[tokio::test]
async fn what_has_no_name_any_more_counts_too() {
    for account in Account::all() {
        let attacker = Attacker::start_with(account, &[], &["--disk", "16m"]).await;
        let home = attacker.home().await;
        let hidden = json!({ "folder": home, "size": 4 << 20, "total": 64 << 20, "hide": true });
        attacker.tries("fill", hidden).await;
        assert_eq!(size_of(&home), 0, "{account:?}");
        let waiting = attacker
            .mcp
            .call("slow", json!({ "ms": 60_000 }))
            .await
            .to_string();
        assert!(
            waiting.contains("its home holds more than 16m"),
            "{account:?}: {waiting}"
        );
        // Nothing of it is left, so nothing has to be emptied.
        assert!(attacker.is_well().await, "{account:?}");
    }
}

#[tokio::test]
async fn its_temporary_files_are_limited_too() {
    for account in Account::all() {
        let attacker = Attacker::start_with(account, &[], &["--memory", "256m"]).await;
        for folder in ["/tmp", "/dev/shm"] {
            let folder = format!("{folder}/x");
            let filled = attacker
                .tries(
                    "fill",
                    json!({ "folder": folder, "size": 4 << 20, "total": 400 << 20 }),
                )
                .await;
            assert_eq!(filled["why"], "ENOSPC", "{account:?}: {filled}");
            assert!(
                filled["written"].as_u64().unwrap() <= 128 << 20,
                "{account:?}: {filled}"
            );
        }
        assert!(attacker.is_well().await, "{account:?}");
    }
}

#[tokio::test]
async fn a_hundred_megabytes_on_standard_error_hold_nobody_up() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let broker = &attacker.broker;
        broker.add_user("bob").await;
        let bob = broker.mcp("attacker", &broker.token("bob").await).await;
        bob.call("slow", json!({ "ms": 0 })).await;
        let before = processes::resident(broker.pid());
        let shouting = attacker.tries("shout", json!({ "bytes": 100_000_000 }));
        let others = async {
            let mut slowest = std::time::Duration::ZERO;
            for _ in 0..10 {
                let started = Instant::now();
                bob.text("slow", json!({ "ms": 0 })).await;
                slowest = slowest.max(started.elapsed());
            }
            slowest
        };
        let (shouted, slowest) = tokio::join!(shouting, others);
        assert_eq!(shouted["written"], 100_000_000);
        assert!(slowest.as_secs() < 5, "{account:?}: {slowest:?}");
        let grown = processes::resident(broker.pid()).saturating_sub(before);
        assert!(grown < 64 << 20, "{account:?}: the broker grew by {grown} bytes");
        let kept = size_of(&broker.data().join("runtime/logs"));
        assert!(kept < 8 << 20, "{account:?}: {kept} bytes of log");
    }
}

#[tokio::test]
async fn limits_are_what_was_said() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let read = attacker
            .tries("read", json!({ "paths": ["/proc/self/limits"] }))
            .await;
        let limits = texts(&read["/proc/self/limits"])["text"].clone();
        let row = |name: &str| {
            let line = limits
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap_or_default();
            let columns: Vec<&str> = line[name.len()..].split_whitespace().collect();
            (columns[0].to_owned(), columns[1].to_owned())
        };
        assert_eq!(row("Max core file size").1, "0", "{account:?}");
        assert_eq!(
            row("Max open files"),
            ("4096".into(), "4096".into()),
            "{account:?}: node raises its own"
        );
        assert_eq!(row("Max file size").1, (1_u64 << 30).to_string(), "{account:?}");
    }
}

/// What the files below a folder hold.
fn size_of(folder: &Path) -> u64 {
    let mut total = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let meta = entry.metadata().unwrap();
        total += if meta.is_dir() {
            size_of(&entry.path())
        } else {
            meta.len()
        };
    }
    total
}
