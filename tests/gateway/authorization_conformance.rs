//! The authorization scenarios of the conformance suite, against berth's own authorization server.
//!
//! 0.1.16 has none, and the requirement sets of 0.2.0-alpha.12 leave them out: what they hold a server to is the same in
//! every revision. They know one kind of client, a public one: a server that takes clients without a secret is asked
//! without one, whatever the client has.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::authorization::allow;
use crate::support::{
    broker::{Broker, Transport},
    browser::Browser,
    conformance::AuthorizationSuite,
    mcp::http,
    needs,
};

const NAME: &str = "notes";

async fn registered(broker: &Broker) -> String {
    let answer: Value = http()
        .post(format!("{}/register", broker.url))
        .json(&json!({"redirect_uris": ["http://127.0.0.1/callback"], "client_name": "the suite"}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    answer["client_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_scenario_of_authorization_servers_passes() {
    let Some(packages) = needs::npm() else { return };
    let broker = Broker::start().await;
    broker.deploy(NAME, Transport::Stdio, &[]).await;
    let mut alice = Browser::signed_in(&broker.add_user("alice").await).await;
    let client = registered(&broker).await;
    // The suite listens where it is told to, and can't be given a socket that is open.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let suite = AuthorizationSuite {
        issuer: &broker.url,
        client: &client,
        resource: &broker.endpoint(NAME),
        port,
    };
    let folder = broker.scratch().join("authorization");
    let verdict = suite
        .run(&packages, folder, async |url| {
            let back = allow(&mut alice, &url).await;
            assert_eq!(alice.open(&back).await.status, 200, "{back}");
        })
        .await;
    verdict.is_flawless(&[
        "authorization-code-grant/authorization-code-grant",
        "authorization-server-metadata-endpoint/authorization-server-metadata",
        "authorization-server-metadata-endpoint/authorization-server-metadata-cimd",
    ]);
}
