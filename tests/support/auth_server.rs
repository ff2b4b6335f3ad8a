//! The strict authorization server of `tests/fixtures/auth-server.mjs`.

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::Digest as _;

use super::{
    broker::Broker,
    browser::Browser,
    mcp::http,
    needs,
    program::{Program, node},
};

pub(crate) struct AuthServer {
    _program: Program,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl AuthServer {
    /// One that knows the redirect URIs of `providers`, with access tokens of `ttl` seconds. `None` where npm's
    /// packages are missing.
    pub(crate) async fn start(broker: &Broker, providers: &[&str], ttl: u64) -> Option<Self> {
        let redirects: Vec<String> = providers
            .iter()
            .map(|provider| broker.callback(provider))
            .collect();
        Self::start_for(&redirects, ttl).await
    }

    pub(crate) async fn start_for(redirects: &[String], ttl: u64) -> Option<Self> {
        Self::start_as(json!({"redirectUris": redirects, "ttl": ttl})).await
    }

    /// The same as an OpenID provider whose people are in groups.
    pub(crate) async fn start_with_groups(redirects: &[String], groups: Value) -> Option<Self> {
        Self::start_as(json!({"redirectUris": redirects, "groups": groups})).await
    }

    async fn start_as(options: Value) -> Option<Self> {
        let packages = needs::npm()?;
        let options = options.to_string();
        let program = Program::start(
            node("auth-server.mjs")
                .arg(options)
                .env("BERTH_TEST_NODE_MODULES", packages),
        );
        let hello = program.stdout.json_with("issuer").await;
        let field = |name: &str| hello[name].as_str().unwrap().to_owned();
        Some(Self {
            issuer: field("issuer"),
            client_id: field("clientId"),
            client_secret: field("clientSecret"),
            _program: program,
        })
    }

    pub(crate) fn userinfo(&self) -> String {
        format!("{}/me", self.issuer)
    }

    /// `berth oauth set CONNECTOR` with this server, its secret on standard input; `more` are further flags.
    pub(crate) async fn set(&self, broker: &Broker, connector: &str, more: &[&str]) {
        let auth = format!("{}/auth", self.issuer);
        let token = format!("{}/token", self.issuer);
        let revoke = format!("{}/token/revocation", self.issuer);
        let mut arguments = vec![
            "oauth",
            "set",
            connector,
            "--auth-url",
            &auth,
            "--token-url",
            &token,
            "--revoke-url",
            &revoke,
            "--client-id",
            &self.client_id,
            "--client-secret-file",
            "-",
            "--scope",
            "openid",
            "--scope",
            "read",
        ];
        arguments.extend(more);
        broker.cli_reading(&self.client_secret, &arguments).await.ok();
    }

    /// What it counted so far.
    pub(crate) async fn counted(&self) -> Value {
        let url = format!("{}/control", self.issuer);
        http().get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Changes `ttl`, `faults` or `patch`.
    pub(crate) async fn change(&self, change: Value) {
        let url = format!("{}/control", self.issuer);
        let answer = http().post(url).json(&change).send().await.unwrap();
        assert!(answer.status().is_success());
    }
}

/// What the stories rely on: that this server is as strict as it says.
#[tokio::test]
async fn a_refresh_token_used_twice_revokes_the_grant() {
    let callback = "http://127.0.0.1:9/callback".to_owned();
    let Some(server) = AuthServer::start_for(std::slice::from_ref(&callback), 60).await else {
        return;
    };
    let verifier = "v".repeat(64);
    let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(&verifier));
    let mut url: reqwest::Url = format!("{}/auth", server.issuer).parse().unwrap();
    url.query_pairs_mut().extend_pairs([
        ("client_id", server.client_id.as_str()),
        ("response_type", "code"),
        ("scope", "openid read"),
        ("redirect_uri", &callback),
        ("state", "s"),
        ("code_challenge_method", "S256"),
        ("code_challenge", &challenge),
    ]);

    let mut browser = Browser::new();
    let login = browser.open(url.as_str()).await;
    let consent = browser
        .submit(login.form(), &[("login", "alice"), ("password", "any")])
        .await;
    let back = browser
        .submit_until(consent.form(), &[], &|target| target.port() != Some(9))
        .await;
    let back: reqwest::Url = back.header("location").parse().unwrap();
    let code = back
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();

    let token = |fields: Vec<(&'static str, String)>| {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let encoded: String = url::form_urlencoded::byte_serialize(server.client_secret.as_bytes()).collect();
        http()
            .post(format!("{}/token", server.issuer))
            .basic_auth(&server.client_id, Some(encoded))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
    };
    let refresh = |from: &Value| {
        token(vec![
            ("grant_type", "refresh_token".to_owned()),
            (
                "refresh_token",
                from["refresh_token"].as_str().unwrap().to_owned(),
            ),
        ])
    };
    let exchange = token(vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", code),
        ("redirect_uri", callback.clone()),
        ("code_verifier", verifier),
    ]);
    let first: Value = exchange.await.unwrap().json().await.unwrap();
    let second: Value = refresh(&first).await.unwrap().json().await.unwrap();
    assert!(second["access_token"].is_string(), "{second}");
    let name: Value = http()
        .get(server.userinfo())
        .bearer_auth(second["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(name["sub"], "alice");

    assert_eq!(refresh(&first).await.unwrap().status(), 400);
    assert_eq!(refresh(&second).await.unwrap().status(), 400);
    let counted = server.counted().await;
    assert_eq!(counted["exchanges"], 1);
    assert_eq!(counted["refreshes"], 1);
    assert_ne!(counted["grantsRevoked"], 0, "{counted}");
}
