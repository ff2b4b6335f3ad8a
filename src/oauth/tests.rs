//! The whole of it against a strict provider on a real socket.

mod accounts;
mod ahead;
mod attacks;
mod bars;
mod brokers;
mod care;
mod ends;
mod flows;
mod issuers;
mod kills;
mod line;
mod measures;
pub(crate) mod provider;

mod hostile;
mod refreshes;
mod several;
mod shapes;
mod shared;
mod stage;
#[allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "the stories use the rest, and start programs as well"
)]
mod support;
mod trials;

use std::{path::Path, sync::Arc};

use serde_json::json;
use tokio_util::task::TaskTracker;

use super::{
    Access, Change, Finished, FlowError, OAuth, OAuthError, Token, answer::CallbackQuery, consent::Departure,
    refresh::Pace,
};
use crate::{
    audit::Audit,
    model::{Caller, ConnectorId, ConnectorName, Millis, Operator, Role, Roles, UserId, Values},
    net::{Http, Limits, Policy},
    seal::Sealer,
    secret::Secret,
    store::{Grant, Store, TokenSet},
};
use provider::{Provider, SECRET, SHORT};

pub(crate) struct World {
    pub(crate) oauth: OAuth,
    pub(crate) store: Arc<Store>,
    pub(crate) provider: Provider,
    pub(crate) alice: Operator,
    pub(crate) bob: Operator,
    connector: ConnectorId,
    name: ConnectorName,
    pub(crate) tasks: TaskTracker,
    dir: tempfile::TempDir,
}

/// Provider settings as `oauth set` sends them.
fn fields(settings: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_value(settings).unwrap()
}

fn operator(id: &str, name: &str) -> Operator {
    Operator {
        user: UserId::from(id.to_owned()),
        name: name.parse().unwrap(),
        roles: Roles::new([Role::Admin]),
        scope: crate::model::TokenScope::Everything,
    }
}

impl World {
    /// A broker with a connector `crm`, its OAuth set, and two users.
    pub(crate) async fn new() -> Self {
        let world = Self::bare().await;
        world.set(world.full()).await.unwrap();
        world
    }

    async fn bare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Self::open(dir.path()).await;
        store
            .execute(
                "INSERT INTO users (id, name, roles, created_at) VALUES ('usr_a', 'alice', 'admin', 0);
                 INSERT INTO users (id, name, roles, created_at) VALUES ('usr_b', 'bob', 'member', 0);
                 INSERT INTO connectors (id, name, created_at, environment) VALUES ('con_1', 'crm', 0, 0);
                 INSERT INTO connectors (id, name, created_at, environment) VALUES ('con_2', 'mail', 0, 0);",
            )
            .await;
        let store = Arc::new(store);
        let tasks = TaskTracker::new();
        let provider = Provider::start(&tasks).await;
        Self {
            oauth: Self::broker(&store, &tasks),
            store,
            provider,
            alice: operator("usr_a", "alice"),
            bob: operator("usr_b", "bob"),
            connector: ConnectorId::from("con_1".to_owned()),
            name: "crm".parse().unwrap(),
            tasks,
            dir,
        }
    }

    /// A broker on the store, as after a restart or beside another one.
    fn broker(store: &Arc<Store>, tasks: &TaskTracker) -> OAuth {
        let limits = Limits {
            total: SHORT,
            ..Limits::default()
        };
        Self::broker_with(store, tasks, limits, Pace::default())
    }

    fn broker_with(store: &Arc<Store>, tasks: &TaskTracker, limits: Limits, pace: Pace) -> OAuth {
        let policy = Policy {
            allow_loopback: true,
            allow_private: Vec::new(),
        };
        let http = Http::with_limits(policy, limits).unwrap();
        let audit = Audit::start(Arc::clone(store), tasks);
        let mut oauth = OAuth::new(
            Arc::clone(store),
            http,
            audit,
            "http://127.0.0.1:8420/".parse().unwrap(),
            tasks.clone(),
            std::env::temp_dir().join("berth-unstored-of-tests"),
        );
        Arc::get_mut(&mut oauth.0).unwrap().pace = pace;
        oauth
    }

    /// Another store on the same file, as another broker has it.
    async fn another_store(&self) -> Arc<Store> {
        Arc::new(Self::open(self.dir.path()).await)
    }

    async fn open(dir: &Path) -> Store {
        Store::open_file(&dir.join("berth.db"), Sealer::new([7; 32]))
            .await
            .unwrap()
    }

    async fn grant(&self, who: &Operator) -> Grant {
        let grant = self.store.grant_of(&who.user, &self.connector).await;
        grant.unwrap().unwrap()
    }

    fn full(&self) -> Change {
        Change {
            settings: fields(json!({
                "auth_url": self.provider.at("authorize?prompt=consent"),
                "token_url": self.provider.at("token"),
                "revoke_url": self.provider.at("revoke"),
                "client_id": "client one",
            })),
            client_secret: Some(Secret::new(SECRET.to_owned())),
            scopes: Some(vec!["read write".to_owned()]),
            headers: Some(vec!["Authorization: Bearer {access_token}".parse().unwrap()]),
            ..Change::default()
        }
    }

    async fn set(&self, change: Change) -> Result<super::Settings, OAuthError> {
        self.oauth
            .set(&self.alice, (&self.connector, &self.name), change)
            .await
    }

    async fn depart(&self, who: &Operator) -> Departure {
        let handle = self.handle(who).await;
        self.oauth
            .continue_to_provider(&handle, &who.user, &Values::new())
            .await
            .unwrap()
    }

    pub(crate) async fn handle(&self, who: &Operator) -> String {
        let caller: Caller = who.caller();
        let consent = self
            .oauth
            .start_consent(&caller, (&self.connector, &self.name), "Claude Code")
            .await
            .unwrap();
        assert!(consent.url.as_str().starts_with("http://127.0.0.1:8420/connect/"));
        consent
            .url
            .path_segments()
            .unwrap()
            .next_back()
            .unwrap()
            .to_owned()
    }

    async fn finish(
        &self,
        query: CallbackQuery,
        cookie: Option<&str>,
        who: Option<&Operator>,
    ) -> Result<Finished, FlowError> {
        self.oauth
            .finish(&"crm".parse().unwrap(), query, cookie, who.map(|who| &who.user))
            .await
    }

    /// The whole consent of one user.
    async fn authorize(&self, who: &Operator) -> Result<Finished, FlowError> {
        let departure = self.depart(who).await;
        let query = self.provider.agree(&departure.location);
        self.finish(query, Some(departure.cookie.expose()), Some(who))
            .await
    }

    /// Ends what a user has authorized; gives what became of it at each provider.
    async fn disconnect(&self, user: &UserId) -> Vec<super::Revoked> {
        let ended = self.oauth.disconnect(&self.alice, (&self.connector, None), user);
        ended
            .await
            .unwrap()
            .into_iter()
            .map(|(_, revoked)| revoked)
            .collect()
    }

    /// Removes a user; gives the number of grants.
    async fn leave(&self, who: &Operator) -> usize {
        let removed = self.store.remove_user(&who.user).await.unwrap().unwrap();
        self.oauth.forget_user(&self.bob, &who.user, removed).await
    }

    async fn access(&self, who: &Operator) -> Result<Access, OAuthError> {
        self.oauth.token_for(&who.user, &self.connector).await
    }

    async fn token(&self, who: &Operator) -> Arc<Token> {
        match self.access(who).await.unwrap() {
            Access::Token(token) => token,
            other => panic!("no token: {other:?}"),
        }
    }

    /// Writes other tokens in the place of those of `grant`, and nothing else.
    async fn replace(&self, grant: &Grant, tokens: &TokenSet) {
        let before = Grant {
            version: grant.version - 1,
            ..grant.clone()
        };
        let sealed = self.store.sealed(&before, tokens).unwrap();
        let sealed: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        let id = &grant.id;
        self.store
            .execute(&format!(
                "UPDATE grant_tokens SET sealed = x'{sealed}' WHERE grant_id = '{id}'"
            ))
            .await;
    }

    /// Waits until the audit trail has `count` entries of `action`, and no more.
    async fn audited(&self, action: &str, count: usize) {
        let read = async || {
            let entries = self.store.audit_of(action).await.unwrap();
            entries.len()
        };
        for _ in 0..100 {
            if read().await == count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert_eq!(read().await, count, "{action}");
    }

    /// Waits for the refreshes that were begun ahead.
    async fn settled(&self) {
        while !self.oauth.0.refreshes.is_idle() {
            tokio::task::yield_now().await;
        }
    }

    /// When the stored access token ends.
    async fn ends(&self, who: &Operator) -> Option<Millis> {
        let grant = self.store.grant_of(&who.user, &self.connector).await.unwrap();
        grant.unwrap().tokens.expires_at()
    }

    /// Makes the stored token look as if it had been asked for `seconds` earlier, and empties the memory.
    async fn age(&self, who: &Operator, seconds: i64) {
        let grant = self
            .store
            .grant_of(&who.user, &self.connector)
            .await
            .unwrap()
            .unwrap();
        let mut tokens = grant.tokens.clone();
        tokens.asked_at -= seconds * 1000;
        assert!(self.store.save_tokens(&grant, &tokens).await.unwrap());
        self.oauth.0.cache.clear();
    }
}

fn bearer(token: &Token) -> &str {
    token.headers["authorization"].to_str().unwrap()
}
