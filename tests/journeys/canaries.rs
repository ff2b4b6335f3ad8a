//! Secrets that are recognised wherever they turn up: a whole life of a connector with one in every field, and then a
//! look at everything that anybody is shown or that is written down.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::oauth::{NAME, Setting, link_in, mapping};
use crate::support::{
    auth_server::AuthServer,
    broker::{Broker, EVENTS, Transport},
    mcp::http,
    program::{Output, eventually},
};

const ACCESS: &str = "canary-access-token";
const REFRESH: &str = "canary-refresh-token";
const IDENTITY: &str = "canary-id-token";
const WRONG_SECRET: &str = "canary-wrong-client-secret";
const CODE: &str = "canary-code";
const STATE: &str = "canary-state";
const SEALED: &str = "canary-environment-secret";
const OWN: &str = "canary-value-of-a-user";
const VARIABLE: &str = "canary-variable-of-a-user";
const GIVEN: &[(&str, &str)] = &[("var.tenant", VARIABLE)];
const MASTER: &str = "Y2FuYXJ5LW9mLXRoZS1tYXN0ZXIta2V5LTMyLWJ5dGU=";

/// What was seen, and where.
#[derive(Default)]
struct Seen(Vec<(String, Vec<u8>)>);

impl Seen {
    fn note(&mut self, place: impl Into<String>, text: impl Into<Vec<u8>>) {
        self.0.push((place.into(), text.into()));
    }

    fn output(&mut self, arguments: &[&str], output: &Output) {
        self.note(arguments.join(" "), output.stdout.clone());
        self.note(arguments.join(" "), output.stderr.clone());
    }

    /// Where any of `secrets` stands.
    fn hits(&self, secrets: &[(&str, String)]) -> Vec<String> {
        let stands =
            |bytes: &[u8], secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        let mut hits = Vec::new();
        for (place, bytes) in &self.0 {
            for (name, secret) in secrets {
                if stands(bytes, secret) {
                    hits.push(format!("{name} in {place}"));
                }
            }
        }
        hits
    }
}

fn reply(status: u16, kind: &str, body: &str) -> Value {
    json!({"kind": "reply", "status": status, "headers": {"content-type": kind}, "body": body})
}

#[tokio::test]
async fn no_secret_is_shown_or_written_down_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::write(&key, MASTER).unwrap();
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let place = format!("file:{}", key.display());
    let broker = Broker::start_with(&["--master-key", &place, "--log", "debug"]).await;
    let Some(provider) = AuthServer::start(&broker, &[NAME], 3600).await else {
        return;
    };
    let setting = Setting { broker, provider };
    let mut seen = Seen::default();
    let broker = &setting.broker;

    // Every field that takes a secret gets one.
    let value = broker.scratch().join("value");
    fs::write(&value, SEALED).unwrap();
    let secret = format!("API_KEY=@{}", value.display());
    let deploy = ["--secret", &secret, "-e", EVENTS];
    broker.deploy(NAME, Transport::Http, &deploy).await;
    let [flag, text] = mapping(Transport::Http);
    let tenant = ["--user-var", "tenant:[a-z-]+", flag, "X-Tenant: {tenant}"];
    let mapped = [&[flag, text][..], &tenant].concat();
    setting.provider.set(broker, NAME, &mapped).await;
    let asked = ["env", "set", NAME, "--per-user", "OWN_KEY=what it is"];
    broker.cli(&asked).await.ok();
    let mut alice = setting.user("alice").await;
    let own = ["env", "set", NAME, "--mine", "OWN_KEY=@-"];
    let given = give(broker, &alice.token, &own).await;
    seen.output(&own, &given);
    given.ok();

    // Consent with errors that repeat what they were sent, in the answer and on the way back.
    let tell = |what: &str| format!(r#"{{"error":"invalid_request","error_description":"not {what}"}}"#);
    let client_secret = setting.provider.client_secret.clone();
    for fault in [
        reply(400, "application/json", &tell(&client_secret)),
        reply(500, "text/html", &format!("<p>{client_secret}</p>")),
        reply(
            200,
            "application/json",
            &format!(r#"{{"access_token":"{ACCESS}\r\n"}}"#),
        ),
        reply(
            200,
            "application/json",
            &format!(r#"{{"refresh_token":"{REFRESH}","access"#),
        ),
    ] {
        setting.provider.change(json!({"faults": [fault, fault]})).await;
        let link = link_in(&alice.mcp.call("whoami", json!({})).await);
        let page = alice.browser.connect_giving(&link, "alice", GIVEN).await;
        assert!(page.status >= 400, "{page:?}");
        seen.note("the page after consent", page.body);
        seen.note("its headers", format!("{:?}", page.headers));
    }
    setting.provider.change(json!({"faults": []})).await;
    for query in [
        format!("code={CODE}&state={STATE}"),
        format!("error=invalid_request&error_description={CODE}&state={STATE}"),
    ] {
        let page = alice
            .browser
            .open(&format!("{}?{query}", broker.callback(NAME)))
            .await;
        assert!(page.status >= 400, "{page:?}");
        seen.note("the page of a forged callback", page.body);
    }
    let patch =
        json!({"access_token": ACCESS, "refresh_token": REFRESH, "id_token": IDENTITY, "expires_in": 3});
    setting.provider.change(json!({"patch": patch})).await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    let page = alice.browser.connect_giving(&link, "alice", GIVEN).await;
    assert_eq!(page.status, 200, "{page:?}");
    seen.note("the page after consent", page.body);
    let headers = alice.mcp.text("headers", json!({})).await;
    for given in [ACCESS, SEALED, OWN, VARIABLE] {
        assert!(headers.contains(given), "the connector gets {given}: {headers}");
    }
    assert!(
        !headers.contains(&alice.token),
        "her own bearer token goes no further"
    );

    // Refreshes with errors that repeat the refresh token, until the grant is gone.
    let faults = [
        reply(500, "text/html", &format!("<p>{REFRESH} {client_secret}</p>")),
        reply(
            400,
            "application/json",
            &tell(&format!("{REFRESH} {client_secret}")),
        ),
        reply(
            400,
            "application/json",
            r#"{"error":"invalid_grant","error_description":"canary-refresh-token"}"#,
        ),
    ];
    setting.provider.change(json!({"faults": faults})).await;
    let answers = parking_lot::Mutex::new(Vec::new());
    eventually("the grant is gone", async || {
        let answer = alice.mcp.call("echo", json!({"text": "here"})).await;
        answers.lock().push(answer.to_string());
        answer.to_string().contains("/connect/")
    })
    .await;
    seen.note("answers of calls", answers.into_inner().concat());

    // And an admin's mistake.
    let wrong = ["oauth", "set", NAME, "--client-secret-file", "-"];
    let output = broker.cli_reading(WRONG_SECRET, &wrong).await;
    seen.output(&wrong, &output);
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    let page = alice.browser.connect_giving(&link, "alice", GIVEN).await;
    assert!(page.status >= 400, "{page:?}");
    seen.note("the page after a wrong secret", page.body);
    let output = broker.cli(&["server", "rotate-key"]).await;
    seen.output(&["server", "rotate-key"], &output);
    output.ok();

    look(&setting, &mut alice.browser, &mut seen).await;
    let admin = setting.broker.first_token();
    let secrets = [
        ("the access token", ACCESS.to_owned()),
        ("the refresh token", REFRESH.to_owned()),
        ("the ID token", IDENTITY.to_owned()),
        ("the client secret", client_secret),
        ("the wrong client secret", WRONG_SECRET.to_owned()),
        ("a code", CODE.to_owned()),
        ("a state", STATE.to_owned()),
        ("the connector's secret", SEALED.to_owned()),
        ("the user's value", OWN.to_owned()),
        ("the user's variable", VARIABLE.to_owned()),
        ("the master key", MASTER.to_owned()),
        ("the user's own token", alice.token.clone()),
        ("the admin's token", admin),
    ];
    let hits = seen.hits(&secrets);
    assert!(hits.is_empty(), "{hits:#?}");
    // That it looked at all of it, and would have found something.
    let mut tried = Seen::default();
    tried.note("here", format!("x{ACCESS}y"));
    assert_eq!(tried.hits(&secrets).len(), 1);
    assert!(seen.0.len() > 50, "{} places", seen.0.len());
}

/// `berth ARGUMENTS` as a user, with their value on standard input.
async fn give(broker: &Broker, token: &str, arguments: &[&str]) -> Output {
    use std::process::Stdio;
    use tokio::io::AsyncWriteExt as _;
    let mut command = broker.command();
    command
        .env("BERTH_CONFIG_DIR", broker.scratch().join("no-config"))
        .env("BERTH_URL", &broker.url)
        .env("BERTH_TOKEN", token)
        .args(arguments)
        .stdin(Stdio::piped());
    let mut program = crate::support::program::Program::start(&mut command);
    let mut stdin = program.child.stdin.take().unwrap();
    stdin.write_all(OWN.as_bytes()).await.unwrap();
    drop(stdin);
    program.finish().await
}

/// Everything that people, programs and files are given.
async fn look(setting: &Setting, browser: &mut crate::support::browser::Browser, seen: &mut Seen) {
    let broker = &setting.broker;
    let copy = broker.scratch().join("copy.db");
    for arguments in [
        &["oauth", "show", NAME][..],
        &["oauth", "test", NAME],
        &["connections", "list"],
        &["show", NAME],
        &["list"],
        &["releases", NAME],
        &["logs", NAME],
        &["env", "list", NAME],
        &["users", "list"],
        &["token", "list"],
        &["server", "keys"],
        &["server", "backup", copy.to_str().unwrap()],
        &["oauth", "show", "nobody"],
    ] {
        for form in ["text", "json"] {
            let all = [&["--output", form, "--verbose"], arguments].concat();
            let output = broker.cli(&all).await;
            seen.output(arguments, &output);
        }
    }
    let admin = broker.first_token();
    for path in [
        "/api/v1/server",
        "/api/v1/server/keys",
        "/api/v1/connectors",
        "/api/v1/connectors/notes",
        "/api/v1/connectors/notes/env",
        "/api/v1/connectors/notes/env/mine",
        "/api/v1/connectors/notes/logs",
        "/api/v1/connectors/notes/oauth",
        "/api/v1/connectors/notes/oauth/redirect-uri",
        "/api/v1/connectors/notes/releases",
        "/api/v1/connectors/notes/releases/1",
        "/api/v1/users",
        "/api/v1/tokens",
        "/api/v1/no-such-route",
        "/metrics",
        "/readyz",
    ] {
        let answer = http().get(format!("{}{path}", broker.url)).bearer_auth(&admin);
        seen.note(path, answer.send().await.unwrap().bytes().await.unwrap());
    }
    for path in [
        "/",
        "/login",
        "/connections",
        "/connectors/notes",
        "/connect/unknown",
    ] {
        let page = browser.open(&format!("{}{path}", broker.url)).await;
        seen.note(path, page.body);
    }
    seen.note("the broker's log", broker.log());
    assert!(broker.log().contains("DEBUG"), "it was looked at closely");
    seen.note("the copy of the store", fs::read(&copy).unwrap());
    walk(&broker.data(), seen);
    for pid in crate::support::processes::descendants(broker.pid()) {
        seen.note("arguments", crate::support::processes::command_line(pid));
    }
}

/// Every file of the broker, and so the store with its journal and its audit.
fn walk(folder: &Path, seen: &mut Seen) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            continue;
        }
        match path.is_dir() {
            true => walk(&path, seen),
            // What is gone by now is nowhere.
            false => seen.note(path.display().to_string(), fs::read(&path).unwrap_or_default()),
        }
    }
}
