//! A connector that uses two providers, each on a socket of its own.

use serde_json::json;
use url::Url;

use super::{Access, World, bearer, fields, provider, provider::Fault};
use crate::{
    model::{ConnectionState, Operator, Owner, ProviderName, Values},
    oauth::{Change, Finished, OAuthError, Revoked, Settings, Token},
    secret::Secret,
    store::Grant,
};

/// The longest that a token of these providers lives, and then some.
const DEAD: i64 = 4000;

/// The connector `crm` with the provider `crm`, whose token is in the header Authorization, and with `files`, whose token
/// is in X-Files.
struct Two {
    world: World,
    files: provider::Provider,
}

fn named(provider: &str) -> ProviderName {
    provider.parse().unwrap()
}

impl Two {
    async fn new() -> Self {
        let world = World::new().await;
        let files = provider::Provider::start(&world.tasks).await;
        files.books.lock().called = Some("files");
        files.books.lock().grants = Some("list");
        let two = Self { world, files };
        two.set(two.second()).await.unwrap();
        two
    }

    /// What adds the second provider.
    fn second(&self) -> Change {
        Change {
            provider: Some(named("files")),
            settings: fields(json!({
                "auth_url": self.files.at("authorize"),
                "token_url": self.files.at("token"),
                "revoke_url": self.files.at("revoke"),
                "client_id": "client one",
            })),
            client_secret: Some(Secret::new(provider::SECRET.to_owned())),
            scopes: Some(vec!["list".to_owned()]),
            headers: Some(vec!["X-Files: {access_token}".parse().unwrap()]),
            ..Change::default()
        }
    }

    async fn set(&self, change: Change) -> Result<Settings, OAuthError> {
        self.world.set(change).await
    }

    async fn handle(&self, who: &Operator) -> String {
        self.world.handle(who).await
    }

    /// The consent behind a link; gives the provider's name too.
    async fn follow(&self, who: &Operator, handle: &str) -> (ProviderName, Finished) {
        let user = &who.user;
        let departure = self
            .world
            .oauth
            .continue_to_provider(handle, user, &Values::new())
            .await
            .unwrap();
        let at = |provider: &provider::Provider| provider.url.port() == departure.location.port();
        let (name, provider) = match at(&self.files) {
            true => (named("files"), &self.files),
            false => (named("crm"), &self.world.provider),
        };
        let query = provider.agree(&departure.location);
        let cookie = Some(departure.cookie.expose().as_str());
        let finished = self.world.oauth.finish(&name, query, cookie, Some(user)).await;
        (name, finished.unwrap())
    }

    /// Both consents of one user, the second as the first leads on to it.
    async fn authorize(&self, who: &Operator) {
        let (first, finished) = self.follow(who, &self.handle(who).await).await;
        let next = finished.next.expect("the other provider");
        let (second, finished) = self.follow(who, &last(&next.url)).await;
        assert_eq!((first.as_str(), second.as_str()), ("crm", "files"));
        assert!(finished.next.is_none());
    }

    async fn grant(&self, who: &Operator, provider: &str) -> Grant {
        let grants = self.world.store.grants_of_user(&who.user).await.unwrap();
        let mut grants = grants.into_iter().map(|(_, grant)| grant);
        grants
            .find(|grant| grant.provider_name == named(provider))
            .unwrap()
    }

    /// Makes the token look as if it had been asked for `seconds` earlier, and empties the memory.
    async fn age(&self, who: &Operator, provider: &str, seconds: i64) {
        let grant = self.grant(who, provider).await;
        let mut tokens = grant.tokens.clone();
        tokens.asked_at -= seconds * 1000;
        self.world.replace(&grant, &tokens).await;
        self.world.oauth.0.cache.clear();
    }

    async fn refuse(&self, who: &Operator, token: &Token) {
        let connector = &self.world.connector;
        let refused = self.world.oauth.refused(&who.user, connector, token.generation);
        refused.await.unwrap();
    }

    fn refreshed(&self) -> (usize, usize) {
        let of = |provider: &provider::Provider| provider.books.lock().refreshed;
        (of(&self.world.provider), of(&self.files))
    }
}

fn last(url: &Url) -> String {
    url.path_segments().unwrap().next_back().unwrap().to_owned()
}

fn files(token: &Token) -> &str {
    token.headers["x-files"].to_str().unwrap()
}

#[tokio::test]
async fn one_consent_leads_to_the_other() {
    let two = Two::new().await;
    let (world, alice) = (&two.world, &two.world.alice);
    let first = two.handle(alice).await;
    assert_eq!(
        world.oauth.consent(&first, &alice.user).await.unwrap().scopes,
        ["read", "write"]
    );
    let waiting = world.oauth.granted(&alice.user, &world.connector);
    let mut waiting = std::pin::pin!(waiting);
    let (_, finished) = two.follow(alice, &first).await;
    // One of two is not enough for a call, and the next call asks for the other alone.
    assert!(matches!(world.access(alice).await, Ok(Access::ConsentNeeded)));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    let lacking = world.oauth.lacking(&alice.user, &world.name).await.unwrap();
    assert_eq!(lacking, [named("files")]);
    let next = finished.next.unwrap();
    let view = world.oauth.consent(&last(&next.url), &alice.user).await.unwrap();
    assert_eq!(
        (view.scopes.as_slice(), view.client.as_str()),
        (&["list".to_owned()][..], "Claude Code")
    );
    assert_eq!(two.handle(alice).await, last(&next.url), "the same link");
    // The link that has done its part leads there too, and nobody else.
    let beyond = world.oauth.beyond(&first, &alice.user).await.unwrap().unwrap();
    assert_eq!(beyond.url, next.url);
    assert!(
        world
            .oauth
            .beyond(&first, &world.bob.user)
            .await
            .unwrap()
            .is_none()
    );
    two.follow(alice, &last(&next.url)).await;
    waiting.await;
    assert!(world.oauth.beyond(&first, &alice.user).await.unwrap().is_none());
    let token = world.token(alice).await;
    assert_eq!(token.headers.len(), 2);
    assert!(token.headers.values().all(|value| value.is_sensitive()));
    assert!(matches!(
        world.access(&world.bob).await,
        Ok(Access::ConsentNeeded)
    ));
    world.audited("grant.delivered", 2).await;
}

#[tokio::test]
async fn one_that_is_revoked_is_asked_for_alone() {
    let two = Two::new().await;
    let (world, alice) = (&two.world, &two.world.alice);
    two.authorize(alice).await;
    let before = world.token(alice).await;
    world.audited("grant.delivered", 2).await;
    let of = (&world.connector, Some(&named("files")));
    let ended = world.oauth.disconnect(alice, of, &alice.user).await.unwrap();
    assert_eq!(ended, [(named("files"), Revoked::Done)]);
    assert_eq!(two.files.books.lock().revoked.len(), 2);
    assert!(world.provider.books.lock().revoked.is_empty());
    assert!(matches!(world.access(alice).await, Ok(Access::ConsentNeeded)));
    let (asked, finished) = two.follow(alice, &two.handle(alice).await).await;
    assert_eq!((asked, finished.next.is_none()), (named("files"), true));
    let after = world.token(alice).await;
    assert_eq!(bearer(&after), bearer(&before));
    assert_ne!(files(&after), files(&before));
    assert_ne!(after.generation, before.generation);
    world.audited("grant.delivered", 3).await;
    // Without a provider's name, all of them.
    assert_eq!(
        world.disconnect(&alice.user).await,
        [Revoked::Done, Revoked::Done]
    );
    assert_eq!(world.disconnect(&alice.user).await, []);
    let unknown = (&world.connector, Some(&named("third")));
    let ended = world.oauth.disconnect(alice, unknown, &alice.user).await;
    assert_eq!(ended.unwrap(), []);
    world.audited("grant.revoked", 3).await;
    let named =
        "SELECT COUNT(*) FROM audit WHERE action LIKE 'grant.%' AND detail LIKE '%\"provider\":\"files\"%'";
    // Made, handed over and revoked, twice.
    assert_eq!(world.store.count(named).await, 6);
}

#[tokio::test]
async fn a_refresh_of_one_leaves_the_other_as_it_is() {
    let two = Two::new().await;
    let (world, alice) = (&two.world, &two.world.alice);
    two.authorize(alice).await;
    let before = world.token(alice).await;
    assert!(
        std::sync::Arc::ptr_eq(&before, &world.token(alice).await),
        "from memory"
    );
    two.age(alice, "files", DEAD).await;
    let calls = futures_util::future::join_all((0..20).map(|_| world.token(alice))).await;
    assert_eq!(two.refreshed(), (0, 1));
    let after = &calls[0];
    assert!(calls.iter().all(|token| token.generation == after.generation));
    assert_eq!(bearer(after), bearer(&before));
    assert_ne!(files(after), files(&before));
    assert_ne!(after.generation, before.generation);
    assert!(after.version > before.version);
    assert_eq!(after.process, before.process, "headers need no new process");
    // Both at once, and a provider that is down stops the call whose token is dead, but ends nothing.
    two.age(alice, "files", DEAD).await;
    two.age(alice, "crm", DEAD).await;
    two.files.fault(Fault::Answer(
        400,
        "application/json",
        r#"{"error":"temporarily_odd"}"#,
    ));
    let error = world.access(alice).await.unwrap_err();
    assert!(
        matches!(&error, OAuthError::Token { provider, .. } if *provider == named("files")),
        "{error}"
    );
    assert_eq!(two.refreshed(), (1, 1));
    let listed = world.oauth.listed(None, Some(&alice.user)).await.unwrap();
    let states: Vec<_> = listed
        .iter()
        .map(|row| (row.provider.as_str(), row.state))
        .collect();
    assert_eq!(
        states,
        [
            ("crm", ConnectionState::Healthy),
            ("files", ConnectionState::Degraded)
        ]
    );
    // A grant that is over asks for that provider alone.
    world
        .oauth
        .0
        .backoff
        .succeeded(&two.grant(alice, "files").await.id);
    two.files.fault(Fault::Answer(
        400,
        "application/json",
        r#"{"error":"invalid_grant"}"#,
    ));
    assert!(matches!(world.access(alice).await, Ok(Access::ConsentNeeded)));
    let (asked, _) = two.follow(alice, &two.handle(alice).await).await;
    assert_eq!(asked, named("files"));
    world.token(alice).await;
}

#[tokio::test]
async fn each_provider_has_places_of_its_own() {
    let two = Two::new().await;
    let second = |change: Change| Change {
        provider: Some(named("files")),
        ..change
    };
    let in_env = Change {
        headers: Some(Vec::new()),
        env: Some(vec!["TOKEN={access_token}".parse().unwrap()]),
        ..Change::default()
    };
    let first = Change {
        provider: Some(named("crm")),
        ..in_env
    };
    two.set(first).await.unwrap();
    for (clash, place) in [
        (
            Change {
                env: Some(vec!["TOKEN={scope}".parse().unwrap()]),
                ..Change::default()
            },
            "the variable TOKEN",
        ),
        (
            Change {
                files: Some(vec!["TOKEN={access_token}".parse().unwrap()]),
                ..Change::default()
            },
            "the variable TOKEN",
        ),
    ] {
        let error = two.set(second(clash)).await.unwrap_err().to_string();
        assert!(
            error.starts_with(place) && error.contains("provider crm"),
            "{error}"
        );
    }
    let taken = Change {
        provider: Some(named("crm")),
        headers: Some(vec!["x-files: {access_token}".parse().unwrap()]),
        ..Change::default()
    };
    let error = two.set(taken).await.unwrap_err().to_string();
    assert!(
        error.starts_with("the header x-files") && error.contains("provider files"),
        "{error}"
    );
}

#[tokio::test]
async fn it_is_said_which_provider_is_meant() {
    let two = Two::new().await;
    let (world, id) = (&two.world, &two.world.connector);
    let scopes = |provider: Option<&str>| Change {
        provider: provider.map(named),
        scopes: Some(vec!["other".to_owned()]),
        ..Change::default()
    };
    let error = two.set(scopes(None)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "this connector uses several providers: crm, files"
    );
    let seen = world.oauth.settings_at(id, Some(&named("files"))).await.unwrap();
    two.set(scopes(Some("crm"))).await.unwrap();
    let after = world.oauth.settings_at(id, Some(&named("files"))).await.unwrap();
    assert_eq!((&after.version, &after.scopes), (&seen.version, &seen.scopes));
    let with_version = Change {
        if_version: Some(seen.version),
        ..scopes(Some("files"))
    };
    two.set(with_version).await.unwrap();
    let stale = Change {
        if_version: Some(String::new()),
        ..scopes(Some("files"))
    };
    assert!(matches!(two.set(stale).await, Err(OAuthError::Conflict)));
    assert_eq!(world.oauth.settings_of(id).await.unwrap().len(), 2);
    for provider in [None, Some("third")] {
        let provider = provider.map(named);
        let refused = world.oauth.unset(&world.alice, id, provider.as_ref()).await;
        match (provider, refused) {
            (None, Err(OAuthError::Several(_))) | (Some(_), Err(OAuthError::NotUsed(_))) => {}
            (_, other) => panic!("{other:?}"),
        }
    }
    two.authorize(&world.alice).await;
    let gone = world.oauth.unset(&world.alice, id, Some(&named("crm"))).await;
    assert_eq!(gone.unwrap(), 1);
    let token = world.token(&world.alice).await;
    assert_eq!(token.headers.len(), 1);
    assert!(world.store.provider(&named("crm")).await.unwrap().is_none());
    // With one left, it is that one.
    two.set(scopes(None)).await.unwrap();
}

#[tokio::test]
async fn a_401_refreshes_what_is_not_new() {
    let two = Two::new().await;
    let (world, alice) = (&two.world, &two.world.alice);
    two.authorize(alice).await;
    // All new: nobody knows which one is refused, and no grant is ended for it.
    let token = world.token(alice).await;
    two.refuse(alice, &token).await;
    assert_eq!(world.token(alice).await.generation, token.generation);
    assert_eq!(two.refreshed(), (0, 0));
    // One is older.
    two.age(alice, "files", 120).await;
    let token = world.token(alice).await;
    two.refuse(alice, &token).await;
    let fresh = world.token(alice).await;
    assert_eq!(two.refreshed(), (0, 1));
    assert_eq!(bearer(&fresh), bearer(&token));
    // An old generation says nothing of the present tokens.
    two.refuse(alice, &token).await;
    // Refused once more, both are new: it ends there.
    two.refuse(alice, &fresh).await;
    assert_eq!(world.token(alice).await.generation, fresh.generation);
    assert_eq!(two.refreshed(), (0, 1));
    // The one that the provider killed is the one that is asked for.
    two.age(alice, "crm", 120).await;
    two.age(alice, "files", 120).await;
    let token = world.token(alice).await;
    world.provider.fault(Fault::Answer(
        400,
        "application/json",
        r#"{"error":"invalid_grant"}"#,
    ));
    two.refuse(alice, &token).await;
    assert!(matches!(world.access(alice).await, Ok(Access::ConsentNeeded)));
    let lacking = world.oauth.lacking(&alice.user, &world.name).await.unwrap();
    assert_eq!(lacking, [named("crm")]);
}

#[tokio::test]
async fn a_401_ends_one_that_cannot_be_refreshed_last() {
    let two = Two::new().await;
    let (world, alice) = (&two.world, &two.world.alice);
    two.files.fault(Fault::Alter(|answer| {
        let answer = answer.as_object_mut().unwrap();
        answer.remove("refresh_token");
        answer.remove("expires_in");
    }));
    two.authorize(alice).await;
    two.age(alice, "crm", 120).await;
    two.age(alice, "files", 120).await;
    let token = world.token(alice).await;
    two.refuse(alice, &token).await;
    let token = world.token(alice).await;
    assert_eq!(two.refreshed(), (1, 0));
    two.refuse(alice, &token).await;
    assert!(matches!(world.access(alice).await, Ok(Access::ConsentNeeded)));
    let lacking = world.oauth.lacking(&alice.user, &world.name).await.unwrap();
    assert_eq!(lacking, [named("files")]);
}

#[tokio::test]
async fn one_may_serve_everybody_and_the_other_each() {
    let two = Two::new().await;
    let world = &two.world;
    let for_all = Change {
        provider: Some(named("files")),
        owner: Some(Owner::Connector),
        ..Change::default()
    };
    two.set(for_all).await.unwrap();
    two.authorize(&world.alice).await;
    let (first, finished) = two.follow(&world.bob, &two.handle(&world.bob).await).await;
    assert_eq!((first, finished.next.is_none()), (named("crm"), true));
    let (alice, bob) = (world.token(&world.alice).await, world.token(&world.bob).await);
    assert_ne!(bearer(&alice), "");
    assert_eq!(files(&alice), files(&bob));
    assert_ne!(alice.generation, bob.generation);
    // A new token of the one reaches both.
    two.age(&world.alice, "files", DEAD).await;
    let alice = world.token(&world.alice).await;
    let bob = world.token(&world.bob).await;
    assert_eq!(files(&alice), files(&bob));
    assert_eq!(two.refreshed(), (0, 1));
    // So does its end, and the admin alone is asked.
    let of = (&world.connector, Some(&named("files")));
    world
        .oauth
        .disconnect(&world.alice, of, &world.alice.user)
        .await
        .unwrap();
    assert!(matches!(
        world.access(&world.bob).await,
        Ok(Access::ConsentNeeded)
    ));
    let asked = world
        .oauth
        .start_consent(&world.bob.caller(), (&world.connector, &world.name), "c")
        .await;
    assert!(matches!(asked, Err(OAuthError::ForAdmins)), "{asked:?}");
}
