//! Form D: a client with OAuth of its own brings its person to the provider by berth's authorization server.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::process::Stdio;
use tokio::{io::AsyncWriteExt as _, process::Command};

use super::authorization::allow;
use crate::{
    journeys::oauth::{NAME, Person, Setting, link_in},
    support::{
        broker::Transport,
        browser::Page,
        mcp::{Mcp, http, text_of},
        needs,
        program::{Program, fixture},
    },
};

const BACK: &str = "https://client.example/cb";

#[tokio::test]
async fn a_real_client_steps_up_and_its_first_call_completes() {
    let Some(python) = needs::python() else { return };
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let plan = json!({"tool": "whoami", "arguments": {}});
    let mut client = Program::start(
        Command::new(python)
            .arg(fixture("oauth-client.py"))
            .arg(setting.broker.endpoint(NAME))
            .arg(plan.to_string())
            .stdin(Stdio::piped()),
    );
    let mut stdin = client.child.stdin.take().unwrap();
    let first = client.stdout.json_with("authorize").await["authorize"].clone();
    let back = allow(&mut alice.browser, first.as_str().unwrap()).await;
    stdin.write_all(format!("{back}\n").as_bytes()).await.unwrap();

    let scope = format!("connector%3A{NAME}");
    let stepped_up = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        Some(line.get("authorize")?.as_str()?.to_owned()).filter(|url| url.contains(&scope))
    };
    let second = client.stdout.wait_for("the challenge's scope", stepped_up).await;
    let second = second.as_str();
    // Berth's page, the provider's, and then the client is asked about: it may be any program on this machine.
    let page = alice.browser.connect(second, "alice").await;
    assert_eq!(page.url.path(), "/authorize", "{page:?}");
    let back = allow(&mut alice.browser, page.url.as_str()).await;
    stdin.write_all(format!("{back}\n").as_bytes()).await.unwrap();
    let output = client.finish().await.ok();
    let said = |field: &str| -> Vec<Value> {
        let lines = output.stdout.lines();
        let lines = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| line.get(field).cloned()).collect()
    };
    assert_eq!(said("authorize").len(), 2, "{output:#?}");
    for result in said("result") {
        assert_eq!(result["content"][0]["text"], "alice", "{output:#?}");
    }
    assert_eq!(said("result").len(), 2);
    let scope = said("tokens")[0]["scope"].clone();
    assert!(
        scope.as_str().unwrap().contains(&format!("connector:{NAME}")),
        "{scope}"
    );
}

/// A client of the test's own.
struct Client<'a> {
    setting: &'a Setting,
    id: String,
}

impl<'a> Client<'a> {
    async fn registered(setting: &'a Setting) -> Self {
        let registered: Value = http()
            .post(format!("{}/register", setting.broker.url))
            .json(&json!({"redirect_uris": [BACK], "client_name": "the tests"}))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let id = registered["client_id"].as_str().unwrap().to_owned();
        Self { setting, id }
    }

    fn authorize(&self, scope: &str) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest("v".repeat(43)));
        let mut url: reqwest::Url = format!("{}/authorize", self.setting.broker.url).parse().unwrap();
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", BACK),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("scope", scope),
            ("resource", &self.setting.broker.endpoint(NAME)),
        ]);
        url.into()
    }

    /// The token and its scope, for where a browser ended up.
    async fn token(&self, back: &str) -> (String, String) {
        let back: reqwest::Url = back.parse().unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1;
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs([
            ("grant_type", "authorization_code"),
            ("client_id", &self.id),
            ("redirect_uri", BACK),
            ("code", &code),
            ("code_verifier", &"v".repeat(43)),
        ]);
        let answer = http()
            .post(format!("{}/token", self.setting.broker.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.finish());
        let tokens: Value = answer.send().await.unwrap().json().await.unwrap();
        let text = |name: &str| {
            tokens[name]
                .as_str()
                .unwrap_or_else(|| panic!("{tokens}"))
                .to_owned()
        };
        (text("access_token"), text("scope"))
    }
}

/// Opens the authorization's address, to where its person is asked something.
async fn led(alice: &mut Person, url: &str) -> Page {
    alice
        .browser
        .open_until(url, &|to| to.host_str() != Some("client.example"))
        .await
}

async fn whoami(mcp: &Mcp) -> (u16, Option<String>, Value) {
    let (_, answer) = mcp
        .send("tools/call", json!({"name": "whoami", "arguments": {}}))
        .await;
    let challenge = answer.header("www-authenticate");
    (answer.status, challenge, answer.message().await)
}

#[tokio::test]
async fn whoever_can_not_or_will_not_step_up_is_told_in_words() {
    let Some(setting) = Setting::new(Transport::Stdio, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let client = Client::registered(&setting).await;
    let step_up = format!("mcp connector:{NAME}");
    // A client that nobody let in before leads nobody anywhere, and gets what it can be given.
    let back = allow(&mut alice.browser, &client.authorize(&step_up)).await;
    let (token, scope) = client.token(&back).await;
    assert_eq!(scope, "mcp");

    let endpoint = setting.broker.endpoint(NAME);
    let mcp = Mcp::connect(&endpoint, &token, json!({})).await;
    let (status, challenge, refused) = whoami(&mcp).await;
    assert_eq!(status, 403, "{refused}");
    assert_eq!(
        challenge.unwrap(),
        format!(
            "Bearer error=\"insufficient_scope\", resource_metadata=\"{}/.well-known/oauth-protected-resource/mcp/{NAME}\", scope=\"mcp connector:{NAME}\"",
            setting.broker.url
        )
    );
    // For clients that show an error and do nothing.
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("/connect/"),
        "{refused}"
    );
    let (status, challenge, told) = whoami(&mcp).await;
    assert_eq!((status, challenge), (200, None), "it is tried once");
    assert_eq!(told["result"]["isError"], true, "{told}");

    // The person would rather not: the client gets its code, without the scope.
    let page = led(&mut alice, &client.authorize(&step_up)).await;
    assert!(page.url.path().starts_with("/connect/"), "{page:?}");
    let without = page.link("Go on without it");
    let back = led(&mut alice, &without).await;
    assert_eq!(back.status, 303, "it was let in before: {back:?}");
    let (token, scope) = client.token(back.header("location")).await;
    assert_eq!(scope, "mcp");
    let mcp = Mcp::connect(&endpoint, &token, json!({})).await;
    let (status, _, told) = whoami(&mcp).await;
    assert_eq!(
        (status, &told["result"]["isError"]),
        (200, &json!(true)),
        "{told}"
    );

    // Whoever follows the link in the words is not led off to a client that waits no more.
    let page = alice.browser.connect(&link_in(&told), "alice").await;
    assert_eq!(page.url.path(), format!("/connected/{NAME}"), "{page:?}");
    let (_, _, result) = whoami(&mcp).await;
    assert_eq!(text_of(&result), "alice");
    // Nothing is lacking any more: there is nowhere to lead to.
    let back = led(&mut alice, &client.authorize(&step_up)).await;
    assert_eq!(client.token(back.header("location")).await.1, step_up);
}
