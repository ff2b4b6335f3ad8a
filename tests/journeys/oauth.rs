//! A user's token on every call: consent, refresh, and whose it is.

use serde_json::{Value, json};

use crate::support::{
    auth_server::AuthServer,
    broker::{Broker, EVENTS, Transport},
    browser::Browser,
    mcp::{Mcp, text_of},
    processes,
    program::eventually,
};

/// Where the user is sent, from the answer to a client that declared nothing (form C).
pub(crate) fn link_in(answer: &Value) -> String {
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    let text = text_of(answer);
    let at = text.find("http").unwrap_or_else(|| panic!("no link: {text}"));
    text[at..]
        .split(|c: char| c.is_whitespace() || c == ')')
        .next()
        .unwrap()
        .trim_end_matches(['.', ','])
        .to_owned()
}

/// How the tests' connector wants its token.
pub(crate) fn mapping(transport: Transport) -> [&'static str; 2] {
    match transport {
        Transport::Stdio => ["--env", "ACCESS_TOKEN={access_token}"],
        Transport::Http => ["--header", "Authorization: Bearer {access_token}"],
    }
}

/// A broker with one connector whose OAuth is configured, and its provider.
pub(crate) struct Setting {
    pub(crate) broker: Broker,
    pub(crate) provider: AuthServer,
}

pub(crate) const NAME: &str = "notes";

impl Setting {
    pub(crate) async fn new(transport: Transport, ttl: u64) -> Option<Self> {
        Self::with(&[], transport, ttl).await
    }

    /// With more arguments to the broker's `serve`.
    pub(crate) async fn with(arguments: &[&str], transport: Transport, ttl: u64) -> Option<Self> {
        let broker = Broker::start_with(arguments).await;
        let provider = AuthServer::start(&broker, &[NAME], ttl).await?;
        let setting = Self { broker, provider };
        setting.deploy(transport).await;
        setting
            .provider
            .set(&setting.broker, NAME, &mapping(transport))
            .await;
        Some(setting)
    }

    pub(crate) async fn deploy(&self, transport: Transport) {
        let userinfo = format!("USERINFO_URL={}", self.provider.userinfo());
        self.broker
            .deploy(NAME, transport, &["-e", &userinfo, "-e", EVENTS])
            .await;
    }

    /// What happened to the connector's processes so far.
    pub(crate) fn happened(&self, event: &str) -> usize {
        let events = self.broker.events();
        events
            .lines()
            .filter(|line| serde_json::from_str::<Value>(line).unwrap()["event"] == event)
            .count()
    }

    /// A new user with a session of their own, not yet authorized.
    pub(crate) async fn user(&self, name: &str) -> Person {
        let link = self.broker.add_user(name).await;
        let token = self.broker.token(name).await;
        Person {
            name: name.to_owned(),
            browser: Browser::signed_in(&link).await,
            mcp: self.broker.mcp(NAME, &token).await,
            token,
        }
    }

    /// A new user who has authorized.
    pub(crate) async fn connected(&self, name: &str) -> Person {
        let mut person = self.user(name).await;
        person.authorize().await;
        person
    }
}

pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) browser: Browser,
    pub(crate) mcp: Mcp,
    pub(crate) token: String,
}

impl Person {
    /// Makes the first call, follows its link, and authorizes.
    pub(crate) async fn authorize(&mut self) {
        let link = link_in(&self.mcp.call("whoami", json!({})).await);
        let page = self.browser.connect(&link, &self.name).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(
            page.url.query().is_none(),
            "the last page's address is clean: {}",
            page.url
        );
    }

    pub(crate) async fn whoami(&self) -> String {
        self.mcp.text("whoami", json!({})).await
    }
}

#[tokio::test]
async fn two_users_each_get_their_own_name() {
    for transport in Transport::BOTH {
        let Some(setting) = Setting::new(transport, 3600).await else {
            return;
        };
        let mut alice = setting.user("alice").await;
        // Lists come before consent.
        assert!(alice.mcp.tools().await.contains(&"whoami".to_owned()));
        alice.authorize().await;
        assert_eq!(alice.whoami().await, "alice");

        let bob = setting.user("bob").await;
        link_in(&bob.mcp.call("whoami", json!({})).await);
        let bob = {
            let mut bob = bob;
            bob.authorize().await;
            bob
        };
        let rounds = futures_util::future::join_all((0..20).map(|_| async {
            let (hers, his) = tokio::join!(alice.whoami(), bob.whoami());
            assert_eq!((hers.as_str(), his.as_str()), ("alice", "bob"));
        }));
        rounds.await;
        assert_eq!(setting.provider.counted().await["exchanges"], 2);
    }
}

#[tokio::test]
async fn oauth_may_be_set_before_the_first_deploy() {
    let broker = Broker::start().await;
    let uri = broker.cli(&["oauth", "redirect-uri", NAME]).await.ok();
    assert_eq!(uri.stdout.trim(), broker.callback(NAME));
    let Some(provider) = AuthServer::start(&broker, &[NAME], 3600).await else {
        return;
    };
    let setting = Setting { broker, provider };
    setting
        .provider
        .set(&setting.broker, NAME, &mapping(Transport::Http))
        .await;
    setting.deploy(Transport::Http).await;
    assert_eq!(setting.connected("alice").await.whoami().await, "alice");
}

#[tokio::test]
async fn connectors_may_share_a_provider() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let userinfo = format!("USERINFO_URL={}", setting.provider.userinfo());
    setting
        .broker
        .deploy("drafts", Transport::Stdio, &["-e", &userinfo])
        .await;
    let [flag, value] = mapping(Transport::Stdio);
    setting
        .broker
        .cli(&["oauth", "set", "drafts", "--provider", NAME, flag, value])
        .await
        .ok();
    let mut alice = setting.connected("alice").await;
    // A grant belongs to one connector: the other one asks, once.
    let drafts = setting.broker.mcp("drafts", &alice.token).await;
    let link = link_in(&drafts.call("whoami", json!({})).await);
    alice.browser.connect(&link, "alice").await;
    assert_eq!(drafts.text("whoami", json!({})).await, "alice");
}

#[tokio::test]
async fn fifty_calls_at_expiry_make_one_refresh() {
    for transport in Transport::BOTH {
        let Some(setting) = Setting::new(transport, 4).await else {
            return;
        };
        let alice = setting.connected("alice").await;
        assert_eq!(alice.whoami().await, "alice");
        let before = setting.provider.counted().await;
        setting.provider.change(json!({"ttl": 3600})).await;
        // Past the token's lifetime; nothing tells when a clock has moved on.
        tokio::time::sleep(std::time::Duration::from_millis(4100)).await;

        let names = futures_util::future::join_all((0..50).map(|_| alice.whoami())).await;
        assert!(names.iter().all(|name| name == "alice"), "{names:?}");
        let after = setting.provider.counted().await;
        let refreshed = after["refreshes"].as_u64().unwrap() - before["refreshes"].as_u64().unwrap();
        assert_eq!(refreshed, 1, "{after}");
        assert_eq!(after["grantsRevoked"], 0, "{after}");
        assert_eq!(after["grantErrors"], json!([]), "{after}");
    }
}

#[tokio::test]
async fn unset_ends_it_at_once() {
    let Some(setting) = Setting::new(Transport::Stdio, 3600).await else {
        return;
    };
    let alice = setting.connected("alice").await;
    assert_eq!(alice.whoami().await, "alice");
    setting.broker.cli(&["oauth", "unset", NAME, "--yes"]).await.ok();
    let answer = alice.mcp.call("whoami", json!({})).await;
    assert_eq!(text_of(&answer), "no token");
    assert_ne!(setting.provider.counted().await["revocations"], 0);
    // Set again, the old grant is not there any more.
    setting
        .provider
        .set(&setting.broker, NAME, &mapping(Transport::Stdio))
        .await;
    link_in(&alice.mcp.call("whoami", json!({})).await);
}

#[tokio::test]
async fn grants_survive_a_restart() {
    for (transport, hard) in [
        (Transport::Stdio, false),
        (Transport::Http, false),
        (Transport::Stdio, true),
        (Transport::Http, true),
    ] {
        let Some(mut setting) = Setting::new(transport, 3600).await else {
            return;
        };
        let alice = setting.connected("alice").await;
        if hard {
            // Else the broker goes between the grant and the first call that uses it.
            assert_eq!(alice.whoami().await, "alice");
            assert!(!setting.broker.connectors().is_empty());
        }
        let below = processes::descendants(setting.broker.pid());
        if hard {
            setting.broker.kill().await;
        } else {
            assert_eq!(setting.broker.stop().await, Some(0));
        }
        eventually("nothing of the old broker is left", async || {
            !below.iter().any(|pid| processes::is_alive(*pid))
        })
        .await;
        setting.broker.start_again().await;
        // Sessions are not kept: a client begins another one when it is told so.
        let (_, answer) = alice.mcp.send("tools/list", json!({})).await;
        assert_eq!(answer.status, 404);
        let mcp = setting.broker.mcp(NAME, &alice.token).await;
        assert_eq!(mcp.text("whoami", json!({})).await, "alice");
        assert_eq!(setting.provider.counted().await["exchanges"], 1);
    }
}

#[tokio::test]
async fn a_connector_made_again_under_its_name_inherits_no_grant() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let alice = setting.connected("alice").await;
    assert_eq!(alice.whoami().await, "alice");
    setting.broker.cli(&["delete", NAME]).await.fails(2, &["--yes"]);
    setting.broker.cli(&["delete", NAME, "--yes"]).await.ok();
    assert_ne!(setting.provider.counted().await["revocations"], 0);

    setting.deploy(Transport::Http).await;
    let mcp = setting.broker.mcp(NAME, &alice.token).await;
    let answer = mcp.call("whoami", json!({})).await;
    assert_eq!(text_of(&answer), "no token", "no OAuth is left either");
    setting
        .provider
        .set(&setting.broker, NAME, &mapping(Transport::Http))
        .await;
    link_in(&mcp.call("whoami", json!({})).await);
}

#[tokio::test]
async fn a_removed_user_is_gone_with_all_that_was_hers() {
    let Some(setting) = Setting::new(Transport::Stdio, 3600).await else {
        return;
    };
    let mut alice = setting.connected("alice").await;
    let pid = alice.mcp.process().await;
    setting
        .broker
        .cli(&["users", "remove", "alice", "--yes"])
        .await
        .ok();
    assert_ne!(setting.provider.counted().await["revocations"], 0);
    let (_, answer) = alice.mcp.send("tools/list", json!({})).await;
    assert_eq!(answer.status, 401);
    eventually("her process is stopped", async || !processes::is_alive(pid)).await;
    let home = alice.browser.open(&setting.broker.url).await;
    assert!(home.url.path().starts_with("/login"), "{home:?}");
    // Another alice is another person.
    let link = setting.broker.add_user("alice").await;
    drop(link);
    let token = setting.broker.token("alice").await;
    let mcp = setting.broker.mcp(NAME, &token).await;
    link_in(&mcp.call("whoami", json!({})).await);
}
