//! The broker's memory with idle instances.

use std::time::Duration;

use serde_json::json;

use crate::{
    first_call, newcomer, sandbox,
    support::{broker::Broker, processes},
    verdict,
};

pub(crate) async fn measure(instances: usize) {
    let cap = (instances + 10).to_string();
    let broker = Broker::start_with(&["--max-instances", &cap]).await;
    sandbox::deploy(&broker).await;
    let mut tokens = Vec::new();
    for number in 0..=instances {
        tokens.push(newcomer(&broker, &format!("user-{number}")).await);
    }
    // What the first of all calls needs is not the instances'.
    let mut sessions = Vec::new();
    let (_, session) = first_call(&broker, "native", &tokens[0], json!({"text": "hello"})).await;
    sessions.push(session);
    let before = processes::resident(broker.pid());
    for token in &tokens[1..] {
        let (_, session) = first_call(&broker, "native", token, json!({"text": "hello"})).await;
        sessions.push(session);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = processes::resident(broker.pid());
    let each = (after.saturating_sub(before)) as f64 / 1024.0 / instances as f64;
    println!("resident memory of the broker, without its children");
    println!(
        "  1 idle instance          {:>8.1} MB",
        before as f64 / 1024.0 / 1024.0
    );
    println!(
        "  {:<3} idle instances       {:>8.1} MB   (200: at most 60: {})",
        instances + 1,
        after as f64 / 1024.0 / 1024.0,
        verdict(after <= 60 << 20)
    );
    println!(
        "  each, with its session   {each:>8.1} KB   (at most 64: {})",
        verdict(each <= 64.0)
    );
}
