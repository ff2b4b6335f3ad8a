//! What runs for a connector leaves nothing behind, however it ends.

use crate::support::{
    images::Engine,
    leaks::{self, Amount},
};

#[tokio::test]
async fn nothing_stays_of_connectors_that_ended() {
    leaks::survive(Amount {
        cycles: 50,
        crashes: 10,
        orphans: 10,
        seed: 20_261_123,
    })
    .await;
}

#[tokio::test]
async fn nothing_stays_of_containers_that_ended() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let amount = Amount {
        cycles: 3,
        crashes: 3,
        orphans: 3,
        seed: 20_261_123,
    };
    leaks::survive_in(&engine, amount).await;
}
