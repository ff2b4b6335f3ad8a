//! What time would do to a broker's records, done at once.

use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::broker::Broker;

/// Runs a statement on the broker's database; it may be running.
pub(crate) async fn change(broker: &Broker, sql: &'static str) {
    let path = broker.data().join("berth.db");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    connection.execute("PRAGMA busy_timeout = 10000").await.unwrap();
    let done = connection.execute(sql).await.unwrap();
    assert_ne!(done.rows_affected(), 0, "nothing to change: {sql}");
    connection.close().await.unwrap();
}

/// What a question about the broker's database is answered with.
pub(crate) async fn number(broker: &Broker, sql: &'static str) -> i64 {
    let path = broker.data().join("berth.db");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    connection.execute("PRAGMA busy_timeout = 10000").await.unwrap();
    let number = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    number
}
