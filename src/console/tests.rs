//! The pages as a browser meets them, on a real socket.

use std::collections::BTreeMap;

use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use reqwest::{StatusCode, header};
use url::Url;

use super::{Console, router};
use crate::{
    audit::Audit,
    authserver::AuthServer,
    environment::Environment,
    identity::{Identity, Sso, Trusts},
    model::{ConnectorId, Operator},
    net::{Http, Policy},
    oauth::{
        Change,
        tests::{World, provider::Fault},
    },
    runtime::{Runtime, RuntimeConfig, SandboxPolicy},
};

struct Site {
    world: World,
    identity: Identity,
    url: Url,
    console: Console,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn new() -> Self {
        let world = World::new().await;
        let store = world.store.clone();
        let audit = Audit::start(store.clone(), &world.tasks);
        let identity = Identity::new(store.clone(), audit.clone());
        let folder = tempfile::tempdir().unwrap();
        let mut config = RuntimeConfig::new(folder.path().into(), "/nonexistent".into(), "".into());
        // It starts nothing.
        config.sandbox = SandboxPolicy::Off;
        let public_url: Url = "http://127.0.0.1:8420/".parse().unwrap();
        let (people, policy, at) = (identity.clone(), Policy::default(), public_url.clone());
        let http = Http::new(Policy::default()).unwrap();
        let trusts = Trusts::new(identity.clone(), http.clone(), &public_url);
        let console = Console {
            identity: identity.clone(),
            authserver: AuthServer::new(store.clone(), people, trusts, audit.clone(), policy, at).unwrap(),
            sso: Sso::new(identity.clone(), http, &public_url),
            oauth: world.oauth.clone(),
            environment: Environment::new(store, audit),
            runtime: Runtime::new(config, world.tasks.clone()).unwrap(),
            secure_cookies: false,
            public_url,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let (app, tasks) = (router(console.clone()), world.tasks.clone());
        world.tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let app = TowerToHyperService::new(app.clone());
                tasks.spawn(async move {
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), app);
                    let _ = connection.await;
                });
            }
        });
        Self {
            world,
            identity,
            url,
            console,
            _folder: folder,
        }
    }

    async fn browser(&self, who: &Operator) -> Browser {
        let mut browser = Browser::new(self);
        let link = self.identity.create_link("berth", &who.user).await.unwrap();
        let path = format!("/login/{}", link.code.expose());
        // Looking at the link does not use it up.
        for _ in 0..2 {
            assert_eq!(browser.get(&path).await.status, 200);
        }
        let answer = browser.post(&path, &[]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
        assert_eq!(Browser::new(self).post(&path, &[]).await.status, 401);
        browser
    }
}

struct Browser {
    client: reqwest::Client,
    site: Url,
    cookies: BTreeMap<String, String>,
    extra: Vec<(&'static str, &'static str)>,
}

struct Page {
    status: StatusCode,
    headers: header::HeaderMap,
    text: String,
}

impl Page {
    fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    fn form_token(&self) -> String {
        let (_, rest) = self.text.split_once("name=\"form_token\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }
}

impl Browser {
    fn new(site: &Site) -> Self {
        Self {
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            site: site.url.clone(),
            cookies: BTreeMap::new(),
            extra: Vec::new(),
        }
    }

    async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(self.site.join(path).unwrap());
        self.send(request).await
    }

    /// A way back from the provider that is refused; what is told stands at a clean address, once.
    async fn refused(&mut self, back: &str) -> Page {
        let page = self.get(back).await;
        assert_eq!(
            (page.status, page.location()),
            (StatusCode::SEE_OTHER, "/oauth/refused")
        );
        let told = self.get("/oauth/refused").await;
        assert_eq!(self.get("/oauth/refused").await.status, 404);
        told
    }

    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = self
            .client
            .post(self.site.join(path).unwrap())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        self.send(request).await
    }

    async fn send(&mut self, mut request: reqwest::RequestBuilder) -> Page {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        request = request.header(header::COOKIE, cookies.join("; "));
        for (name, value) in &self.extra {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.headers()[name], value);
        }
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        Page {
            status: answer.status(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }
}

/// The address that the provider sends a browser back to.
fn back(site: &Site, location: &str) -> String {
    let query = site.world.provider.agree(&location.parse().unwrap());
    format!(
        "/oauth/callback/crm?code={}&state={}&iss=x",
        query.code.unwrap().expose(),
        query.state.unwrap().expose()
    )
}

#[tokio::test]
async fn a_person_connects_an_account() {
    let site = Site::new().await;
    let handle = site.world.handle(&site.world.alice).await;
    let path = format!("/connect/{handle}");
    let page = Browser::new(&site).get(&path).await;
    assert_eq!(page.status, 303);
    assert_eq!(page.location(), format!("/login?return_to=%2Fconnect%2F{handle}"));

    let mut alice = site.browser(&site.world.alice).await;
    let page = alice.get(&path).await;
    assert_eq!(page.status, 200);
    for shown in [
        "crm",
        "Claude Code",
        "read",
        "write",
        "alice",
        "Continue to 127.0.0.1",
    ] {
        assert!(page.text.contains(shown), "{shown}");
    }
    let token = page.form_token();
    let page = alice.post(&path, &[("form_token", "guess")]).await;
    assert_eq!(page.status, 403);
    alice.extra.push(("sec-fetch-site", "cross-site"));
    assert_eq!(alice.post(&path, &[("form_token", &token)]).await.status, 403);
    alice.extra.clear();
    let page = alice.post(&path, &[("form_token", &token)]).await;
    assert_eq!(page.status, 303);

    let back = back(&site, page.location());
    // Another of Alice's browsers, then this one, and a reload.
    let page = site.browser(&site.world.alice).await.refused(&back).await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("another browser"));
    for _ in 0..2 {
        let kept = alice.cookies.clone();
        let page = alice.get(&back).await;
        assert_eq!(
            (page.status, page.location()),
            (StatusCode::SEE_OTHER, "/connected/crm")
        );
        alice.cookies = kept;
    }
    assert_eq!(site.world.provider.books.lock().exchanged, 1);
    assert!(
        alice
            .get("/connected/crm")
            .await
            .text
            .contains("close this window")
    );
    assert!(alice.get("/").await.text.contains("connected"));
    assert_eq!(alice.get("/connected/mail").await.status, 404);
    assert_eq!(alice.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_link_in_the_wrong_hands_connects_nothing() {
    let site = Site::new().await;
    let handle = site.world.handle(&site.world.alice).await;
    let path = format!("/connect/{handle}");
    let mut bob = site.browser(&site.world.bob).await;
    let page = bob.get(&path).await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("not for you"));
    let token = page.form_token();
    assert_eq!(bob.post(&path, &[("form_token", &token)]).await.status, 403);
    // Alice leaves, Bob signs in within the same browser, and comes back.
    let mut alice = site.browser(&site.world.alice).await;
    let token = alice.get(&path).await.form_token();
    let page = alice.post(&path, &[("form_token", &token)]).await;
    let back = back(&site, page.location());
    alice.cookies.extend(bob.cookies);
    let page = alice.refused(&back).await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("not for you"));
    assert_eq!(site.world.provider.books.lock().requests.len(), 0);
}

#[tokio::test]
async fn another_account_and_what_is_missing_are_pages() {
    let site = Site::new().await;
    let world = &site.world;
    let mut alice = site.browser(&world.alice).await;
    world.person("anna").await;
    world.provider.books.lock().grants = Some("read");
    connect(&site, &mut alice).await;
    let page = alice.get("/connected/crm").await;
    assert!(page.text.contains("Missing: write"));
    let page = alice.get("/").await;
    assert!(page.text.contains("anna@x.example") && page.text.contains("missing: write"));
    let token = page.form_token();
    let path = "/connections/crm/authorize";
    assert_eq!(alice.post(path, &[]).await.status, 403);
    let page = alice.post(path, &[("form_token", &token)]).await;
    assert!(page.location().starts_with("/connect/"), "{}", page.location());
    assert_eq!(
        alice
            .post("/connections/mail/authorize", &[("form_token", &token)])
            .await
            .status,
        404
    );

    world.person("eve").await;
    connect(&site, &mut alice).await;
    let page = alice.get("/connected/crm").await;
    for shown in ["Another account", "anna@x.example", "eve@x.example"] {
        assert!(page.text.contains(shown), "{shown}");
    }
    let mut answer = vec![("form_token", "guess"), ("answer", "new")];
    assert_eq!(alice.post("/connected/crm", &answer).await.status, 403);
    answer[0].1 = &token;
    assert_eq!(alice.post("/connected/crm", &answer).await.status, 303);
    assert!(alice.get("/").await.text.contains("eve@x.example"));
    assert_eq!(alice.post("/connected/crm", &answer).await.status, 404);
}

async fn connect(site: &Site, browser: &mut Browser) {
    let path = format!("/connect/{}", site.world.handle(&site.world.alice).await);
    let token = browser.get(&path).await.form_token();
    let page = browser.post(&path, &[("form_token", &token)]).await;
    let page = browser.get(&back(site, page.location())).await;
    assert_eq!(page.location(), "/connected/crm");
}

#[tokio::test]
async fn what_a_provider_says_is_shown_as_text() {
    let site = Site::new().await;
    let handle = site.world.handle(&site.world.alice).await;
    let path = format!("/connect/{handle}");
    let mut alice = site.browser(&site.world.alice).await;
    let token = alice.get(&path).await.form_token();
    let page = alice.post(&path, &[("form_token", &token)]).await;
    let location: Url = page.location().parse().unwrap();
    let state = location
        .query_pairs()
        .find(|(key, _)| key == "state")
        .unwrap()
        .1
        .into_owned();
    let page = alice
        .refused(&format!(
            "/oauth/callback/crm?state={state}&error=x&error_description=%3Cscript%3E"
        ))
        .await;
    assert_eq!(page.status, 502);
    assert!(page.text.contains("&lt;script&gt;") && !page.text.contains("<script"));
    let page = alice.post(&path, &[("form_token", &token)]).await;
    site.world.provider.fault(Fault::Answer(
        400,
        "application/json",
        r#"{"error":"invalid_client"}"#,
    ));
    site.world.provider.fault(Fault::Answer(
        400,
        "application/json",
        r#"{"error":"invalid_client"}"#,
    ));
    let page = alice.refused(&back(&site, page.location())).await;
    assert_eq!(page.status, 502);
    assert!(page.text.contains("invalid_client"));
    for path in [
        "/oauth/callback/crm",
        "/oauth/callback/crm?state=a&state=b",
        "/oauth/callback/.x?state=a&code=b",
    ] {
        assert_eq!(alice.refused(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn people_sign_in_and_out() {
    let site = Site::new().await;
    let alice = &site.world.alice;
    let link = site.identity.create_link("berth", &alice.user).await.unwrap();
    let pasted = format!("https://berth.example/login/{}", link.code.expose());
    let mut browser = Browser::new(&site);
    assert_eq!(browser.get("/").await.location(), "/login?return_to=%2F");
    let page = browser
        .post("/login", &[("credential", "berth_guess"), ("return_to", "/x")])
        .await;
    assert_eq!(page.status, 401);
    assert!(page.text.contains("value=\"/x\""));
    // A page of somebody else's can't sign anybody in.
    for extra in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        browser.extra = vec![extra];
        let page = browser.post("/login", &[("credential", &pasted)]).await;
        assert_eq!(page.status, 403, "{extra:?}");
    }
    browser.extra.clear();
    let form = [("credential", pasted.as_str()), ("return_to", "/connect/x?y=z")];
    let page = browser.post("/login", &form).await;
    assert_eq!(
        (page.status, page.location()),
        (StatusCode::SEE_OTHER, "/connect/x?y=z")
    );
    let page = browser.get("/login?return_to=//evil.example").await;
    assert_eq!(page.location(), "/");
    let token = browser.get("/").await.form_token();
    assert_eq!(browser.post("/logout", &[]).await.status, 403);
    assert_eq!(
        browser
            .post("/logout", &[("form_token", &token)])
            .await
            .location(),
        "/login"
    );
    assert_eq!(browser.get("/").await.status, 303);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let site = Site::new().await;
    let console = Console {
        secure_cookies: true,
        public_url: "https://berth.example/".parse().unwrap(),
        ..site.console.clone()
    };
    for path in ["/", "/connect/abc", "/connections?x=1"] {
        assert_eq!(console.safe_path(path), path);
    }
    for path in [
        "",
        "//evil",
        "/\\evil",
        "\\\\evil",
        "https:evil",
        "https://evil",
        "javascript:alert(1)",
        "/\r\nX: 1",
        "/\t/evil",
        "evil",
        " //evil",
    ] {
        assert_eq!(console.safe_path(path), "/", "{path:?}");
    }
    let cookie = console.set_cookie(&console.session_cookie(), "v", 9);
    assert_eq!(
        cookie,
        "__Host-berth-session=v; Path=/; Max-Age=9; HttpOnly; SameSite=Lax; Secure"
    );
}

#[tokio::test]
async fn a_person_is_asked_where_their_account_is() {
    let site = Site::new().await;
    let (connector, name) = (ConnectorId::from("con_1".to_owned()), "crm".parse().unwrap());
    let oauth = &site.world.oauth;
    let settings = oauth.settings_at(&connector, None).await.unwrap().settings;
    let at = settings.token_url.as_str().replace("/token", "/{shop}/authorize");
    let change = Change {
        settings: serde_json::from_value(serde_json::json!({"auth_url": at, "user_vars": ["shop:[a-z]+"]}))
            .unwrap(),
        ..Change::default()
    };
    let alice = &site.world.alice;
    oauth.set(alice, (&connector, &name), change).await.unwrap();
    let mut browser = site.browser(alice).await;
    let path = format!("/connect/{}", site.world.handle(alice).await);
    let page = browser.get(&path).await;
    assert!(page.text.contains("name=\"var.shop\""), "{}", page.text);
    let token = page.form_token();
    for wrong in ["", "Acme", "evil.com/"] {
        let page = browser
            .post(&path, &[("form_token", &token), ("var.shop", wrong)])
            .await;
        assert_eq!(page.status, 422);
        assert!(page.text.contains("That does not fit"), "{}", page.text);
    }
    let page = browser
        .post(&path, &[("form_token", &token), ("var.shop", " acme ")])
        .await;
    assert_eq!(page.status, 303);
    let location: Url = page.location().parse().unwrap();
    assert_eq!(location.path(), "/acme/authorize");
    assert_eq!(
        browser.get(&back(&site, location.as_str())).await.location(),
        "/connected/crm"
    );
    // The next time it is there already.
    let path = format!("/connect/{}", site.world.handle(alice).await);
    assert!(browser.get(&path).await.text.contains("value=\"acme\""));
}
