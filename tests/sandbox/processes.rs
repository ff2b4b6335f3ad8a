//! What a malicious connector leaves behind.

use serde_json::json;

use crate::support::{
    attacker::{Account, Attacker},
    processes,
    program::eventually,
};

/// Whether a process of the native program is left that sleeps under `mark`.
fn is_left(mark: &str) -> bool {
    processes::all().into_iter().any(|pid| {
        processes::is_alive(pid) && processes::command_line(pid).ends_with(&format!(" sleep {mark}"))
    })
}

#[tokio::test]
async fn nothing_that_it_started_outlives_it() {
    for account in Account::all() {
        let mut attacker = Attacker::start(account).await;
        for end in ["exit", "killed", "restarted", "broker killed"] {
            let mark = format!("{}-{}", attacker.broker.pid(), end.replace(' ', "-"));
            for how in ["plain", "setsid", "double"] {
                let args = ["linger", how, &format!("{mark}-{how}")];
                attacker.native(&args).await;
            }
            attacker
                .tries("leave", json!({ "args": ["sleep", format!("{mark}-leave")] }))
                .await;
            let marks = ["plain", "setsid", "double", "leave"].map(|how| format!("{mark}-{how}"));
            eventually("they run", async || marks.iter().all(|mark| is_left(mark))).await;
            match end {
                "exit" => _ = attacker.mcp.call("exit", json!({})).await,
                "killed" => attacker.processes().into_iter().for_each(processes::kill_hard),
                "restarted" => _ = attacker.broker.cli(&["restart", "attacker"]).await.ok(),
                _ => attacker.broker.kill().await,
            }
            eventually("all are gone", async || !marks.iter().any(|mark| is_left(mark))).await;
        }
    }
}

#[tokio::test]
async fn it_can_signal_nobody_else() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let pid = attacker.broker.pid();
        attacker.broker.add_user("bob").await;
        let bob = attacker
            .broker
            .mcp("attacker", &attacker.broker.token("bob").await)
            .await;
        bob.text("slow", json!({ "ms": 0 })).await;
        // Ids that mean the broker and its connectors outside mean nobody, or itself, inside.
        let all: Vec<u32> = processes::descendants(pid).into_iter().chain([pid]).collect();
        assert!(all.len() >= 3, "{all:?}");
        let own: Vec<u32> = attacker.processes();
        attacker.tries("signal", json!({ "pids": all })).await;
        assert!(own.iter().all(|pid| processes::is_alive(*pid)), "{account:?}");
        assert!(processes::is_alive(pid), "{account:?}");
        assert_eq!(
            bob.text("slow", json!({ "ms": 0 })).await,
            "\"honest\"",
            "{account:?}"
        );
    }
}
