//! What a malicious connector can do to those who talk to it.

use std::time::Instant;

use serde_json::json;

use crate::support::{
    attacker::{Account, Attacker, tries},
    program::eventually,
};

/// Things that the broker sees to by itself: they are the same whoever it runs as.
async fn attacker() -> Attacker {
    let account = *Account::all().first().unwrap();
    Attacker::start_with(account, &[], &["--memory", "1g"]).await
}

#[tokio::test]
async fn a_reply_over_the_cap_is_cut_with_a_clear_error() {
    let attacker = attacker().await;
    let large = attacker.mcp.call("big", json!({ "bytes": 60 << 20 })).await;
    assert_eq!(
        large["result"]["content"][0]["text"].as_str().map(str::len),
        Some((60 << 20) + 2)
    );
    let endless = attacker.mcp.call("big", json!({ "bytes": 70 << 20 })).await;
    let told = endless["error"]["message"]
        .as_str()
        .unwrap_or_else(|| panic!("no error"));
    assert!(told.contains("64 MiB"), "{told}");
    eventually("it serves again", async || attacker.is_well().await).await;
}

#[tokio::test]
async fn nobody_hears_replies_that_are_not_theirs() {
    let attacker = attacker().await;
    let broker = &attacker.broker;
    broker.add_user("bob").await;
    let token = broker.token("bob").await;
    let bob = broker.mcp("attacker", &token).await;
    bob.text("slow", json!({ "ms": 0 })).await;
    // Another user's call is under way, and so is one in another session of the attacker's own user.
    let again = broker.mcp("attacker", &broker.first_token()).await;
    let waiting = tries(&bob, "slow", json!({ "ms": 1500 }));
    let waiting_too = tries(&again, "slow", json!({ "ms": 1500 }));
    let forging = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        attacker.mcp.call("spray", json!({ "upTo": 0 })).await
    };
    let (honest, honest_too, _) = tokio::join!(waiting, waiting_too, forging);
    assert_eq!(honest, "honest");
    assert_eq!(honest_too, "honest");
    let waiting = tries(&bob, "slow", json!({ "ms": 1500 }));
    let forging = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        attacker.mcp.call("spray", json!({ "upTo": 500 })).await
    };
    let (honest, _) = tokio::join!(waiting, forging);
    assert_eq!(
        honest, "honest",
        "what one user's instance writes reaches no other user"
    );
    // What nobody waits for is dropped, and does no harm later.
    assert!(attacker.is_well().await);
}

#[tokio::test]
async fn one_that_reads_nothing_any_more_holds_up_nobody_else() {
    let attacker = attacker().await;
    let broker = &attacker.broker;
    broker.add_user("bob").await;
    let bob = broker.mcp("attacker", &broker.token("bob").await).await;
    attacker.mcp.call("ignore", json!({})).await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    // More than a pipe holds; nobody answers, and their callers leave.
    let padding = "x".repeat(512 << 10);
    let unheard: Vec<_> = (0..8)
        .map(|_| {
            let call = attacker.mcp.call("slow", json!({ "ms": 0, "padding": padding }));
            tokio::time::timeout(std::time::Duration::from_secs(2), call)
        })
        .collect();
    let unheard = futures_util::future::join_all(unheard);
    let others = async {
        let started = Instant::now();
        for _ in 0..5 {
            assert_eq!(tries(&bob, "slow", json!({ "ms": 0 })).await, "honest");
        }
        started.elapsed()
    };
    let (unheard, took) = tokio::join!(unheard, others);
    assert!(took.as_secs() < 10, "{took:?}");
    assert_eq!(unheard.into_iter().filter(Result::is_ok).count(), 0);
    // It does not hear that it is to end, and ends.
    let started = Instant::now();
    broker.cli(&["restart", "attacker"]).await.ok();
    assert!(attacker.is_well().await);
    assert!(started.elapsed().as_secs() < 50, "{:?}", started.elapsed());
}

#[tokio::test]
async fn one_that_closes_its_output_and_stays_is_ended() {
    let attacker = attacker().await;
    let before = attacker.processes();
    attacker.mcp.call("close", json!({})).await;
    eventually("it is gone", async || {
        attacker.processes().iter().all(|pid| !before.contains(pid))
    })
    .await;
    eventually("it serves again", async || attacker.is_well().await).await;
}
