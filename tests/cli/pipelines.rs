//! Pipelines that deploy without a secret: their own issuer's token is all that they have.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    broker::Broker,
    mcp::http,
    program::{Output, Program, fixture, node},
};

/// A CI service whose tokens say whatever a test wants.
struct Issuer {
    _program: Program,
    url: String,
}

impl Issuer {
    async fn start() -> Self {
        let program = Program::start(&mut node("pipeline-issuer.mjs"));
        let hello = program.stdout.json_with("issuer").await;
        Self {
            url: hello["issuer"].as_str().unwrap().to_owned(),
            _program: program,
        }
    }

    async fn ask(&self, path: &str, body: Value) -> Value {
        let request = http().post(format!("{}{path}", self.url)).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn mint(&self, body: Value) -> String {
        self.ask("/mint", body).await["token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn trust(&self, broker: &Broker, more: &[&str]) -> Value {
        let mut arguments = vec![
            "trust",
            "add",
            "github",
            "acme/gong",
            "--ref",
            "main",
            "--issuer",
            &self.url,
        ];
        arguments.extend(more);
        broker.json(&arguments).await
    }
}

/// What the broker's token endpoint says to a pipeline's token.
async fn exchange(broker: &Broker, token: &str) -> (StatusCode, Value) {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
        .append_pair("subject_token_type", "urn:ietf:params:oauth:token-type:id_token")
        .append_pair("subject_token", token)
        .finish();
    let answer = http()
        .post(format!("{}/token", broker.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// `berth ARGUMENTS` in a job, which has an address and whatever `variables` say, and no sign-in.
async fn job(broker: &Broker, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = broker.command();
    command
        .env("BERTH_CONFIG_DIR", broker.scratch().join("a-job-has-none"))
        .env("BERTH_URL", &broker.url)
        .envs(variables.iter().copied())
        .args(arguments);
    Program::start(&mut command).finish().await
}

#[tokio::test]
async fn a_job_of_github_s_deploys_and_does_nothing_else() {
    let (broker, issuer) = (Broker::start().await, Issuer::start().await);
    let request = format!("{}/job-token?api-version=2.0", issuer.url);
    let github = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", request.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "the-job"),
    ];
    job(&broker, &github, &["whoami"])
        .await
        .fails(4, &["from GitHub Actions", "issuer", "berth trust add github"]);
    let trust = issuer.trust(&broker, &["--allow", "deploy:gong"]).await;
    let id = trust["id"].as_str().unwrap();
    assert_eq!(
        trust["claims"],
        json!({"repository": "acme/gong", "ref": "refs/heads/main"})
    );

    let who = job(&broker, &github, &["whoami", "--output", "json"])
        .await
        .ok()
        .json();
    assert_eq!(who["token"]["scope"], "deploy:gong", "{who}");
    assert_eq!(
        who["token"]["label"], "pipeline acme/gong refs/heads/main 1001",
        "{who}"
    );
    assert!(
        who["credential_origin"]
            .as_str()
            .unwrap()
            .contains("GitHub Actions"),
        "{who}"
    );
    let script = fixture("connector.mjs");
    let deploy = async |name: &str| {
        let script = script.to_str().unwrap();
        let arguments = [
            "deploy",
            "--name",
            name,
            "--transport",
            "stdio",
            "--yes",
            "--",
            "node",
            script,
        ];
        job(&broker, &github, &arguments).await
    };
    deploy("gong").await.ok();
    deploy("other").await.fails(5, &["deploy:gong alone"]);
    for arguments in [
        &["show", "gong"][..],
        &["releases", "gong"],
        &["logs", "gong"],
        &["restart", "gong"],
    ] {
        job(&broker, &github, arguments).await.ok();
    }
    for arguments in [
        &["list"][..],
        &["call", "gong", "whoami"],
        &["delete", "gong", "--yes"],
        &["token", "create"],
        &["env", "list", "gong"],
        &["users", "list"],
    ] {
        job(&broker, &github, arguments)
            .await
            .fails(5, &["deploy:gong alone"]);
    }
    // A name can become somebody else's: the id that came first is part of the trust now.
    let listed = broker.json(&["trust", "list"]).await;
    assert_eq!(listed["trusts"][0]["claims"]["repository_id"], "42", "{listed}");
    let token = issuer
        .mint(json!({"claims": {"aud": broker.url, "repository_id": "43"}}))
        .await;
    assert_eq!(exchange(&broker, &token).await.0, 400);

    // What it has ends with the trust.
    let token = issuer.mint(json!({"claims": {"aud": broker.url}})).await;
    let (_, made) = exchange(&broker, &token).await;
    let made = made["access_token"].as_str().unwrap();
    broker.cli_with_token(made, &["whoami"]).await.ok();
    broker.cli(&["trust", "remove", id]).await.ok();
    broker
        .cli_with_token(made, &["whoami"])
        .await
        .fails(4, &["revoked"]);
    job(&broker, &github, &["whoami"]).await.fails(4, &[]);
    broker.cli(&["trust", "remove", id]).await.fails(5, &["no trust"]);
}

#[tokio::test]
async fn a_token_has_to_be_true_and_fit() {
    let (broker, issuer) = (Broker::start().await, Issuer::start().await);
    issuer.trust(&broker, &["--allow", "deploy:gong"]).await;
    let now = jiff::Timestamp::now().as_second();
    let aud = broker.url.as_str();
    let with = |mut claims: Value| {
        if claims.get("aud").is_none() {
            claims["aud"] = json!(aud);
        }
        json!({ "claims": claims })
    };
    let mut wrong = Vec::new();
    for (what, body, expected) in [
        ("right", with(json!({})), None),
        (
            "of an elliptic curve",
            json!({"claims": {"aud": aud}, "key": "ec"}),
            None,
        ),
        ("for several", with(json!({"aud": ["x", aud]})), None),
        (
            "another branch",
            with(json!({"ref": "refs/heads/dev"})),
            Some("no trust fits"),
        ),
        (
            "a tag of that name",
            with(json!({"ref": "refs/tags/main"})),
            Some("no trust fits"),
        ),
        (
            "another repository",
            with(json!({"repository": "acme/gong2"})),
            Some("no trust fits"),
        ),
        (
            "another spelling",
            with(json!({"repository": "Acme/Gong"})),
            Some("no trust fits"),
        ),
        (
            "no repository",
            with(json!({"repository": null})),
            Some("no trust fits"),
        ),
        (
            "a list",
            with(json!({"repository": ["acme/gong"]})),
            Some("no trust fits"),
        ),
        (
            "another audience",
            with(json!({"aud": "https://b.example"})),
            Some("somebody else"),
        ),
        (
            "a longer audience",
            with(json!({"aud": format!("{aud}.example")})),
            Some("somebody else"),
        ),
        ("no audience", with(json!({"aud": []})), Some("somebody else")),
        ("expired", with(json!({"exp": now - 61})), Some("has expired")),
        ("no end", with(json!({"exp": null})), Some("when it expires")),
        ("too early", with(json!({"nbf": now + 120})), Some("not good yet")),
        (
            "another issuer",
            with(json!({"iss": "https://ci.example"})),
            Some("no pipelines"),
        ),
        ("no issuer", with(json!({"iss": null})), Some("no pipelines")),
        (
            "a pull request's",
            with(json!({"event_name": "pull_request_target"})),
            Some("pull_request_target"),
        ),
        (
            "not signed",
            json!({"claims": {"aud": aud}, "header": {"alg": "none"}, "signature": ""}),
            Some("RS256 or ES256"),
        ),
        (
            "signed with the public key",
            json!({"claims": {"aud": aud}, "header": {"alg": "HS256"}}),
            Some("RS256 or ES256"),
        ),
        (
            "another algorithm than its key's",
            json!({"claims": {"aud": aud}, "header": {"alg": "ES256"}}),
            Some("signature is wrong"),
        ),
        (
            "another's key under its name",
            json!({"claims": {"aud": aud}, "header": {"kid": "rsa"}, "key": "stranger"}),
            Some("signature is wrong"),
        ),
        (
            "an unknown key",
            json!({"claims": {"aud": aud}, "key": "stranger"}),
            Some("key that its issuer does not have"),
        ),
        (
            "no key named",
            json!({"claims": {"aud": aud}, "header": {"kid": null}}),
            Some("key that its issuer does not have"),
        ),
        (
            "cut",
            json!({"claims": {"aud": aud}, "signature": "AAAA"}),
            Some("signature is wrong"),
        ),
    ] {
        let (status, answer) = exchange(&broker, &issuer.mint(body).await).await;
        let said = answer["error_description"].as_str().unwrap_or_default();
        let is_right = match expected {
            None => status == 200 && answer["scope"] == "deploy:gong" && answer["expires_in"] == 900,
            Some(expected) => {
                status == 400 && answer["error"] == "invalid_request" && said.contains(expected)
            }
        };
        if !is_right {
            wrong.push(format!("{what}: {status} {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    // An issuer is asked again for a key that it did not have, but not each time.
    let asked = async || issuer.ask("/asked", json!({})).await["asked"].as_i64().unwrap();
    let before = asked().await;
    for _ in 0..5 {
        let unknown = json!({"claims": {"aud": aud}, "key": "stranger"});
        exchange(&broker, &issuer.mint(unknown).await).await;
    }
    assert!(asked().await - before <= 2, "{before} → {}", asked().await);
}

#[tokio::test]
async fn new_keys_are_found_and_a_token_that_comes_again_is_in_the_log() {
    let (broker, issuer) = (Broker::start().await, Issuer::start().await);
    issuer
        .trust(&broker, &["--allow", "deploy:gong", "--allow", "deploy:mail"])
        .await;
    let claims = json!({"aud": broker.url, "jti": "the-same-job"});
    let first = issuer.mint(json!({ "claims": claims })).await;
    for _ in 0..2 {
        let (status, answer) = exchange(&broker, &first).await;
        assert_eq!(
            (status.as_u16(), &answer["scope"]),
            (200, &json!("deploy:gong deploy:mail"))
        );
    }
    let kept = || broker.log().matches("trust.exchanged").count();
    assert_eq!(kept(), 2, "{}", broker.log());
    assert!(broker.log().contains("the-same-job"));
    issuer.ask("/rotate", json!({})).await;
    let next = issuer
        .mint(json!({"claims": {"aud": broker.url}, "key": "next"}))
        .await;
    assert_eq!(exchange(&broker, &next).await.0, 200);
    assert_eq!(exchange(&broker, &first).await.0, 400, "the old key is gone");
}

#[tokio::test]
async fn any_issuer_will_do_but_not_any_pipeline_of_it() {
    let (broker, issuer) = (Broker::start().await, Issuer::start().await);
    let add = async |more: &[&str]| {
        let mut arguments = vec![
            "trust",
            "add",
            "oidc",
            "--issuer",
            &issuer.url,
            "--allow",
            "deploy:gong",
        ];
        arguments.extend(more);
        broker.cli(&arguments).await
    };
    add(&[]).await.fails(2, &["--claim"]);
    add(&["--claim", "ref"]).await.fails(2, &["NAME=VALUE"]);
    add(&["--claim", "ref=a", "--claim", "ref=b"])
        .await
        .fails(2, &["more than once"]);
    add(&["--claim", "project_path=acme/gong", "--audience", "berth-ci"])
        .await
        .ok();
    add(&["--claim", "project_path=acme/gong", "--audience", "berth-ci"])
        .await
        .fails(2, &["trusted already"]);
    let nobody = [
        "trust",
        "add",
        "oidc",
        "--issuer",
        "http://127.0.0.1:1",
        "--subject",
        "x",
        "--allow",
        "deploy:gong",
    ];
    broker.cli(&nobody).await.fails(2, &["can't be asked"]);
    broker
        .cli(&[
            "trust",
            "add",
            "github",
            "acme/gong",
            "--ref",
            "main",
            "--allow",
            "admin",
        ])
        .await
        .fails(2, &["deploy:NAME"]);
    let token = issuer
        .mint(json!({"claims": {"aud": "berth-ci", "project_path": "acme/gong", "project_id": 7}}))
        .await;
    let who = job(&broker, &[("BERTH_OIDC_TOKEN", &token)], &["whoami"])
        .await
        .ok();
    assert!(who.stdout.contains("BERTH_OIDC_TOKEN"), "{who:?}");
    let file = broker.scratch().join("id-token");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    let from_file = [("BERTH_OIDC_TOKEN_FILE", file.to_str().unwrap())];
    job(&broker, &from_file, &["whoami"]).await.ok();
    // Given as berth's own token it is none.
    job(&broker, &[("BERTH_TOKEN", &token)], &["whoami"])
        .await
        .fails(4, &["a signed token (JWT)", "BERTH_OIDC_TOKEN"]);
    // A member may deploy nothing, so nobody can for them.
    broker.add_user("alice").await;
    add(&["--subject", "x", "--user", "alice"])
        .await
        .fails(2, &["may not deploy"]);
}
