//! `berth oauth discover`: from an address, or a connector, to settings that work.

use serde_json::{Value, json};

use crate::support::{
    auth_server::AuthServer,
    broker::{Broker, Transport},
    terminal,
};

/// The keys down from the first of a list, and the one that takes the second.
const SECOND: &str = "\u{1b}[B\r";

#[tokio::test]
async fn a_person_is_asked_for_little_more_than_the_issuer() {
    let broker = Broker::start().await;
    let Some(server) = AuthServer::start(&broker, &["early"], 60).await else {
        return;
    };
    let (issuer, client) = (server.issuer.clone(), server.client_id.clone());
    let mut set = broker.command();
    set.args(["oauth", "set", "early"]);
    let done = terminal::at(&mut set, move |terminal| {
        // What leads nowhere leads back to the question.
        terminal.expect("Start from");
        terminal.press(SECOND);
        terminal.answer("Issuer", &format!("{issuer}/nobody"));
        terminal.expect("no issuer was found there");
        terminal.expect("Start from");
        terminal.press(SECOND);
        terminal.answer("Issuer", &issuer);
        terminal.expect("PKCE");
        terminal.answer("Client ID", &client);
        terminal.answer_unseen("Client secret (empty if there is none)", "canary-typed");
        terminal.answer("Scopes", "read");
        terminal.expect("The token reaches the connector in");
        terminal.press(SECOND);
        terminal.answer("Variable", "");
    });
    let done = done.await.with(0, &["berth oauth test early --login"]);
    assert!(!done.said.contains("canary"), "{done}");
    let shown = broker.json(&["oauth", "show", "early"]).await;
    assert_eq!(
        (&shown["issuer"], &shown["token_url"]),
        (&json!(server.issuer), &json!(format!("{}/token", server.issuer)))
    );
    assert!(
        shown.to_string().contains("ACCESS_TOKEN={access_token}"),
        "{shown}"
    );
}

#[tokio::test]
async fn what_an_issuer_says_can_be_set() {
    let broker = Broker::start().await;
    let Some(server) = AuthServer::start(&broker, &["talker"], 60).await else {
        return;
    };
    let discover = ["oauth", "discover", "talker", "--issuer", &server.issuer];
    let found = broker.json(&discover).await;
    assert_eq!(found["schema"], "berth.oauth.discover/v1");
    let issuer = &found["issuers"][0];
    assert_eq!(issuer["issuer"], server.issuer);
    assert_eq!(
        issuer["endpoints"]["token_url"],
        format!("{}/token", server.issuer)
    );
    assert_eq!(
        (&issuer["s256"], &issuer["names_itself"]),
        (&json!(true), &json!(true))
    );
    assert!(
        issuer["client_auth"]
            .as_array()
            .unwrap()
            .contains(&json!("client_secret_basic"))
    );
    assert_eq!(found["redirect_uri"], broker.callback("talker"));
    // The command is good as it stands, but for what only a person knows.
    let command = found["command"].as_str().unwrap();
    let set = command
        .replace("CLIENT_ID", &server.client_id)
        .replace("FILE", "-")
        .replace(
            "'Authorization: Bearer {access_token}'",
            "Authorization:{access_token}",
        );
    let words: Vec<&str> = set.split(' ').skip(1).collect();
    broker.cli_reading(&server.client_secret, &words).await.ok();
    let shown = broker.json(&["oauth", "show", "talker"]).await;
    assert_eq!(shown["token_url"], issuer["endpoints"]["token_url"]);
    assert_eq!(shown["issuer"], server.issuer);
    // It changed nothing by itself; where there are settings, the token's place is theirs.
    let again = broker.json(&discover).await;
    assert!(
        !again["command"].as_str().unwrap().contains("--header"),
        "{again}"
    );
    assert_eq!(
        broker.json(&["oauth", "show", "talker"]).await["version"],
        shown["version"]
    );

    let text = broker.cli(&discover).await.ok().stdout;
    for part in [
        "+ http",
        "PKCE",
        "S256",
        "Redirect URI",
        "berth oauth set talker --issuer",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let file = broker
        .cli(&[&discover[..], &["--output", "toml"]].concat())
        .await
        .ok()
        .stdout;
    let other = [
        "oauth",
        "set",
        "other",
        "--from",
        "-",
        "--client-id",
        "c",
        "--env",
        "T={access_token}",
    ];
    broker.cli_reading(&file, &other).await.ok();
    assert_eq!(
        broker.json(&["oauth", "show", "other"]).await["token_url"],
        shown["token_url"]
    );
}

#[tokio::test]
async fn a_connector_says_whose_tokens_it_takes() {
    let broker = Broker::start().await;
    let Some(server) = AuthServer::start(&broker, &["talker"], 60).await else {
        return;
    };
    let issuer = format!("ISSUER={}", server.issuer);
    broker
        .deploy("talker", Transport::Http, &["--env", &issuer])
        .await;
    let found = broker.json(&["oauth", "discover", "talker"]).await;
    let asked = |at: usize| found["tried"][at]["answer"].as_str().unwrap().to_owned();
    assert!(
        asked(0).starts_with("status 401, which names http://localhost:"),
        "{found}"
    );
    assert_eq!(asked(1), "the resource's metadata");
    assert_eq!(found["issuers"][0]["issuer"], server.issuer);
    assert_eq!(found["scopes"], json!(["read"]));
    let command = found["command"].as_str().unwrap();
    for part in [
        "--scope read",
        "--header 'Authorization: Bearer {access_token}'",
        "--resource http://localhost:",
    ] {
        assert!(command.contains(part), "{part}: {command}");
    }

    // Of one that speaks stdio nothing can be learned, nor of one that is not there.
    broker.deploy("quiet", Transport::Stdio, &[]).await;
    broker
        .cli(&["oauth", "discover", "quiet"])
        .await
        .fails(5, &["no issuer was found", "--resource"]);
    broker
        .cli(&["oauth", "discover", "nobody"])
        .await
        .fails(5, &["there is no connector \"nobody\""]);
}

/// berth's own gateway is an MCP server that wants tokens, too.
#[tokio::test]
async fn an_mcp_server_says_whose_tokens_it_takes() {
    let broker = Broker::start().await;
    broker.deploy("talker", Transport::Stdio, &[]).await;
    let endpoint = broker.endpoint("talker");
    let found = broker.json(&["oauth", "discover", "--resource", &endpoint]).await;
    let issuer = &found["issuers"][0];
    assert_eq!(issuer["issuer"], broker.url);
    assert_eq!(found["resource"]["resource"], endpoint);
    assert_eq!(found["redirect_uri"], Value::Null);
    let command = found["command"].as_str().unwrap();
    assert!(command.starts_with("berth oauth set NAME --issuer "), "{command}");

    let nothing = ["oauth", "discover", "--resource", "http://169.254.169.254/mcp"];
    let output = broker
        .cli(&nothing)
        .await
        .fails(5, &["no issuer was found", "--allow-private"]);
    assert!(output.stdout.contains("is the private address"), "{output:?}");
    let json = broker.cli(&[&nothing[..], &["--output", "json"]].concat()).await;
    assert_eq!((json.status, &json.json()["ok"]), (Some(5), &json!(false)));
    for (arguments, part) in [
        (&["--resource", "mcp.example"][..], "https://HOST/PATH"),
        (
            &["--resource", "https://a.example", "--issuer", "https://b.example"],
            "cannot be used with",
        ),
        (&[], "<NAME|--issuer <URL>|--resource <URL>>"),
    ] {
        let arguments = [&["oauth", "discover"], arguments].concat();
        broker.cli(&arguments).await.fails(2, &[part]);
    }
}
