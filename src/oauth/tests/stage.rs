//! A broker opposite a real authorization server, with a line between them that a test can spoil.

use serde_json::{Value, json};
use tokio::process::Command;
use url::Url;

use super::{
    World, fields,
    line::Line,
    support::{
        browser::Browser,
        mcp::http,
        needs,
        program::{Program, fixture, node},
    },
};
use crate::{
    model::Operator,
    net::Limits,
    oauth::{Change, Token, answer::CallbackQuery, consent::Departure, refresh::Pace},
    secret::Secret,
};

/// Who stands opposite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// npm's oidc-provider: a refresh token that comes twice ends the grant.
    Strict,
    /// Django's OAuth Toolkit: one that comes again within a while gets what it got before.
    Grace,
}

pub(super) struct Stage {
    pub(super) world: World,
    pub(super) line: Line,
    pub(super) kind: Kind,
    _program: Program,
    issuer: Url,
}

impl Stage {
    /// With access tokens of `ttl` seconds. `None` where the server's packages are missing.
    pub(super) async fn new(kind: Kind, ttl: u64) -> Option<Self> {
        let redirect = "http://127.0.0.1:8420/oauth/callback/crm";
        let options = json!({ "redirectUris": [redirect], "ttl": ttl }).to_string();
        let mut command = match kind {
            Kind::Strict => {
                let mut command = node("auth-server.mjs");
                command.env("BERTH_TEST_NODE_MODULES", needs::npm()?);
                command
            }
            Kind::Grace => {
                let python = needs::python()?;
                #[allow(clippy::disallowed_methods, reason = "a test starts what it stands opposite")]
                let mut command = Command::new(python);
                command.arg(fixture("grace-server.py"));
                command
            }
        };
        let program = Program::start(command.arg(options));
        let hello = program.stdout.json_with("issuer").await;
        let issuer: Url = hello["issuer"].as_str().unwrap().parse().unwrap();
        let mut world = World::bare().await;
        // A real server takes its time.
        world.oauth = World::broker_with(&world.store, &world.tasks, Limits::default(), Pace::default());
        let line = Line::to(issuer.clone(), &world.tasks).await;
        let (scopes, rotation) = match kind {
            Kind::Strict => ("openid read", "strict"),
            Kind::Grace => ("read", "grace=2m"),
        };
        let change = Change {
            settings: fields(json!({
                "auth_url": issuer.join("auth").unwrap(),
                "token_url": line.at("token"),
                "revoke_url": line.at("token/revocation"),
                "client_id": hello["clientId"],
                "rotation": rotation,
            })),
            client_secret: Some(Secret::new(hello["clientSecret"].as_str().unwrap().to_owned())),
            scopes: Some(vec![scopes.to_owned()]),
            headers: Some(vec!["Authorization: Bearer {access_token}".parse().unwrap()]),
            ..Change::default()
        };
        world.set(change).await.unwrap();
        Some(Self {
            world,
            line,
            kind,
            issuer,
            _program: program,
        })
    }

    /// The whole consent of one user, in a browser of their own.
    pub(super) async fn authorize(&self, who: &Operator) {
        let departure = self.world.depart(who).await;
        let query = self.agree(&departure, who.name.as_str()).await;
        let cookie = Some(departure.cookie.expose().as_str());
        self.world.finish(query, cookie, Some(who)).await.unwrap();
    }

    /// Signs in as `name` and agrees, until the server leads back.
    async fn agree(&self, departure: &Departure, name: &str) -> CallbackQuery {
        let stays = |target: &Url| target.port() == self.issuer.port();
        let mut browser = Browser::new();
        let mut page = browser.open(departure.location.as_str()).await;
        for _ in 0..5 {
            let form = page.form();
            let filled: &[_] = match form.has("login") {
                true => &[("login", name), ("password", "any")],
                false => &[],
            };
            page = browser.submit_until(form, filled, &stays).await;
            let Ok(back) = Url::parse(page.header("location")) else {
                continue;
            };
            let field = |name: &str| {
                let mut pairs = back.query_pairs();
                pairs
                    .find(|(key, _)| key == name)
                    .map(|(_, value)| value.into_owned())
            };
            return CallbackQuery {
                code: field("code").map(Secret::new),
                state: field("state").map(Secret::new),
                iss: field("iss"),
                ..CallbackQuery::default()
            };
        }
        panic!("the server does not lead back: {page:?}");
    }

    /// What the server counted so far.
    pub(super) async fn counted(&self) -> Value {
        let url = self.issuer.join("control").unwrap();
        http().get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Whether the server takes a token, as a connector would hand it on.
    pub(super) async fn takes(&self, token: &Token) -> bool {
        let url = self.issuer.join("me").unwrap();
        let asked = http().get(url).headers(token.headers.clone());
        asked.send().await.unwrap().status().is_success()
    }
}
