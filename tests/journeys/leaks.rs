//! What runs for a connector leaves nothing behind, however it ends.

use crate::support::leaks::{self, Amount};

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
