//! A broker that is killed in the middle of deploys. `benches/soak` does the same, more often.

use crate::support::crashes;

#[tokio::test]
async fn a_killed_broker_loses_nothing() {
    let tally = crashes::survive(10, 20260906).await;
    eprintln!("{tally:?}");
}
