//! The whole of it against a strict provider on a real socket.

mod ahead;
mod ends;
mod flows;
mod issuers;
pub(crate) mod provider;

mod refreshes;

use std::sync::Arc;

use serde_json::json;
use tokio_util::task::TaskTracker;

use super::{
    Access, Change, Finished, FlowError, OAuth, OAuthError, Token, answer::CallbackQuery, consent::Departure,
};
use crate::{
    audit::Audit,
    model::{Caller, ConnectorId, ConnectorName, Millis, Operator, Role, Roles, UserId, Values},
    net::{Http, Limits, Policy},
    seal::Sealer,
    secret::Secret,
    store::Store,
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
    _dir: tempfile::TempDir,
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
        let store = Store::open_file(&dir.path().join("berth.db"), Sealer::new([7; 32]))
            .await
            .unwrap();
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
            _dir: dir,
        }
    }

    /// A broker on the store, as after a restart or beside another one.
    fn broker(store: &Arc<Store>, tasks: &TaskTracker) -> OAuth {
        let policy = Policy {
            allow_loopback: true,
            allow_private: Vec::new(),
        };
        let limits = Limits {
            total: SHORT,
            ..Limits::default()
        };
        let http = Http::with_limits(policy, limits).unwrap();
        let audit = Audit::start(Arc::clone(store), tasks);
        OAuth::new(
            Arc::clone(store),
            http,
            audit,
            "http://127.0.0.1:8420/".parse().unwrap(),
            tasks.clone(),
            std::env::temp_dir().join("berth-unstored-of-tests"),
        )
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

    /// Removes a user; gives the number of grants.
    async fn leave(&self, who: &Operator) -> usize {
        let grants = self.store.remove_user(&who.user).await.unwrap().unwrap();
        self.oauth.forget_user(&who.user, grants).await
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
