//! What the sandbox adds to a start.

use serde_json::json;

use crate::{
    first_call, median, newcomer,
    support::{broker::Broker, images::connector},
    verdict,
};

pub(crate) async fn measure(rounds: usize) {
    let rounds = rounds * 4;
    let held = Broker::start().await;
    let free = Broker::start_with(&["--sandbox", "off"]).await;
    let mut times = [Vec::new(), Vec::new()];
    for broker in [&held, &free] {
        deploy(broker).await;
    }
    for round in 0..rounds {
        for (broker, times) in [&held, &free].into_iter().zip(&mut times) {
            let token = newcomer(broker, &format!("user-{round}")).await;
            let (time, mcp) = first_call(broker, "native", &token, json!({"text": "hello"})).await;
            times.push(time);
            mcp.delete().await;
        }
    }
    let [held, free] = times.each_mut().map(|times| median(times));
    println!("first call of a new user, a native connector, median of {rounds}");
    println!("  --sandbox off            {free:>8.2} ms");
    println!(
        "  sandboxed                {held:>8.2} ms   {:.2} ms more (at most 15: {})",
        held - free,
        verdict(held - free <= 15.0)
    );
}

/// Deploys the tests' native connector as `native`.
pub(crate) async fn deploy(broker: &Broker) {
    let program = broker.scratch().join("connector");
    std::fs::copy(connector(), &program).unwrap();
    let deploy = [
        "deploy",
        "--name",
        "native",
        "--yes",
        "--",
        program.to_str().unwrap(),
    ];
    broker.cli(&deploy).await.ok();
}
