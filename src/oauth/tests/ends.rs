//! How grants end: at which provider, by whose word, and what never ends them.

use std::sync::Arc;

use tokio::sync::Notify;

use serde_json::json;

use super::{
    Access, Token, World, bearer, fields,
    provider::{Fault, Provider, SECRET},
};
use crate::{
    oauth::{Change, FlowError},
    secret::Secret,
    store::{Grant, GrantState},
};

/// Within the margin, and still alive.
const DUE: i64 = 3590;
const INVALID: Fault = Fault::Answer(400, "application/json", r#"{"error":"invalid_grant"}"#);

async fn grant(world: &World) -> Grant {
    let grant = world.store.grant_of(&world.alice.user, &world.connector).await;
    grant.unwrap().unwrap()
}

#[tokio::test]
async fn a_new_revocation_url_gets_neither_old_tokens_nor_the_secret() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    let other = Provider::start(&world.tasks).await;
    let elsewhere = |secret: Option<&str>| Change {
        settings: fields(json!({"revoke_url": other.at("revoke")})),
        client_secret: secret.map(|secret| Secret::new(secret.to_owned())),
        ..Change::default()
    };
    let error = world.set(elsewhere(None)).await.unwrap_err();
    assert!(error.to_string().contains("client secret"), "{error}");
    world.set(elsewhere(Some(SECRET))).await.unwrap();
    // The grant goes on, also over a refresh, and goes without a word to the new place.
    world.age(&world.alice, 3601).await;
    world.token(&world.alice).await;
    world.authorize(&world.bob).await.unwrap();
    for (who, revoked) in [(&world.alice, 0), (&world.bob, 2)] {
        assert_eq!(world.leave(who).await, 1);
        assert_eq!(other.books.lock().revoked.len(), revoked);
    }
    assert!(world.provider.books.lock().revoked.is_empty());
}

#[tokio::test]
async fn what_else_is_told_of_tokens_moves_only_with_the_secret() {
    let world = World::new().await;
    let other = Provider::start(&world.tasks).await;
    for (field, path) in [("userinfo_url", "userinfo"), ("introspect_url", "introspect")] {
        let to = |at: &Provider, secret: Option<&str>| Change {
            settings: fields(json!({ field: at.at(path) })),
            client_secret: secret.map(|secret| Secret::new(secret.to_owned())),
            ..Change::default()
        };
        let error = world.set(to(&other, None)).await.unwrap_err();
        assert!(error.to_string().contains("client secret"), "{error}");
        // Where the token endpoint is, they know it all anyway.
        world.set(to(&world.provider, None)).await.unwrap();
        world.set(to(&other, Some(SECRET))).await.unwrap();
        // And from there on it stays.
        world.set(to(&other, None)).await.unwrap();
        world.set(to(&world.provider, None)).await.unwrap();
        world.set(to(&other, None)).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_lost_answer_does_not_freeze_a_token_without_end() {
    let world = World::new().await;
    world.provider.books.lock().lifetime = None;
    world.authorize(&world.alice).await.unwrap();
    for (seconds, sent) in [(3590, 0), (20, 1)] {
        world.age(&world.alice, seconds).await;
        world.store.execute("UPDATE grant_tokens SET intent = 'x'").await;
        let oauth = World::broker(&world.store, &world.tasks);
        let access = oauth.token_for(&world.alice.user, &world.connector).await;
        assert!(matches!(access, Ok(Access::Token(_))), "{access:?}");
        assert_eq!(
            world.provider.books.lock().refreshed,
            sent,
            "after {seconds} s more"
        );
    }
}

#[tokio::test]
async fn only_what_certainly_did_nothing_leaves_no_doubt() {
    for (status, doubt) in [(429, false), (503, false), (500, true), (502, true), (507, true)] {
        let world = World::new().await;
        world.authorize(&world.alice).await.unwrap();
        world.age(&world.alice, DUE).await;
        world.provider.fault(Fault::Answer(status, "text/plain", ""));
        world.token(&world.alice).await;
        world.settled().await;
        assert_eq!(grant(&world).await.attempt.is_some(), doubt, "{status}");
    }
}

#[tokio::test]
async fn a_token_outlives_its_refresh_token() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    let before = world.token(&world.alice).await;
    world.age(&world.alice, DUE).await;
    world.provider.fault(INVALID);
    assert_eq!(bearer(world.token(&world.alice).await.as_ref()), bearer(&before));
    world.settled().await;
    assert_eq!(grant(&world).await.state, GrantState::NeedsReauth);
    assert!(!world.oauth.connections(&world.alice.user).await.unwrap()[0].usable);
    let asked = world.provider.books.lock().requests.len();
    world.oauth.0.cache.clear();
    world.token(&world.alice).await;
    world.age(&world.alice, 60).await;
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    assert_eq!(world.provider.books.lock().requests.len(), asked);
}

#[tokio::test]
async fn a_refused_token_is_refreshed_once_and_then_given_up() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    let refuse = async |token: &Token| {
        let (user, connector) = (&world.alice.user, &world.connector);
        world
            .oauth
            .refused(user, connector, token.generation)
            .await
            .unwrap();
    };
    let first = world.token(&world.alice).await;
    refuse(&first).await;
    // Calls that ran side by side say the same twice.
    refuse(&first).await;
    let second = world.token(&world.alice).await;
    assert_ne!(bearer(&first), bearer(&second));
    refuse(&first).await;
    assert_eq!(bearer(&second), bearer(world.token(&world.alice).await.as_ref()));
    assert_eq!(world.provider.books.lock().refreshed, 1);
    refuse(&second).await;
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    assert_eq!(grant(&world).await.state, GrantState::Refused);
    world.authorize(&world.alice).await.unwrap();
    // The next grant has its own chance, which the provider denies.
    refuse(world.token(&world.alice).await.as_ref()).await;
    world.provider.fault(INVALID);
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    assert_eq!(grant(&world).await.state, GrantState::Refused);
}

#[tokio::test]
async fn a_refused_token_without_refresh_needs_consent() {
    let world = World::new().await;
    world.provider.books.lock().lifetime = None;
    world.provider.fault(Fault::Alter(|answer| {
        answer.as_object_mut().unwrap().remove("refresh_token");
    }));
    world.authorize(&world.alice).await.unwrap();
    let token = world.token(&world.alice).await;
    let (user, connector) = (&world.alice.user, &world.connector);
    world
        .oauth
        .refused(user, connector, token.generation + 1)
        .await
        .unwrap();
    world.token(&world.alice).await;
    world
        .oauth
        .refused(user, connector, token.generation)
        .await
        .unwrap();
    let restarted = World::broker(&world.store, &world.tasks);
    for oauth in [&world.oauth, &restarted] {
        assert!(matches!(
            oauth.token_for(user, connector).await,
            Ok(Access::ConsentNeeded)
        ));
    }
}

#[tokio::test]
async fn a_user_who_leaves_during_the_exchange_leaves_no_token() {
    let world = World::new().await;
    let departure = world.depart(&world.alice).await;
    let query = world.provider.agree(&departure.location);
    let gate = Arc::new(Notify::new());
    world.provider.fault(Fault::Gate(Arc::clone(&gate)));
    let cookie = Some(departure.cookie.expose().as_str());
    let finish = world.finish(query, cookie, Some(&world.alice));
    let leave = async {
        while world.provider.books.lock().requests.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(world.leave(&world.alice).await, 0);
        gate.notify_one();
    };
    let (finished, ()) = tokio::join!(finish, leave);
    assert!(matches!(finished, Err(FlowError::Unknown)), "{finished:?}");
    assert_eq!(world.provider.books.lock().revoked.len(), 2);
}

#[tokio::test]
async fn a_grant_that_can_not_be_stored_is_revoked() {
    let world = World::new().await;
    world
        .store
        .execute(
            "CREATE TRIGGER full BEFORE INSERT ON grant_tokens BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        )
        .await;
    let error = world.authorize(&world.alice).await.unwrap_err();
    assert!(matches!(error, FlowError::Failed(_)), "{error:?}");
    assert_eq!(world.provider.books.lock().revoked.len(), 2);
    // A flow that can't be ended takes nothing back.
    world
        .store
        .execute(
            "DROP TRIGGER full;
             CREATE TRIGGER full BEFORE UPDATE ON flows WHEN NEW.outcome = 'granted'
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        )
        .await;
    world.authorize(&world.alice).await.unwrap();
    world.token(&world.alice).await;
}

#[tokio::test]
async fn consent_during_a_refresh_is_what_counts() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, 3601).await;
    let gate = Arc::new(Notify::new());
    world.provider.fault(Fault::Gate(Arc::clone(&gate)));
    let call = world.access(&world.alice);
    let again = async {
        while world.provider.books.lock().requests.len() < 2 {
            tokio::task::yield_now().await;
        }
        world.authorize(&world.alice).await.unwrap();
        gate.notify_one();
    };
    let (access, ()) = tokio::join!(call, again);
    match access {
        Ok(Access::Token(token)) => {
            assert_eq!(bearer(&token), bearer(world.token(&world.alice).await.as_ref()))
        }
        other => panic!("{other:?}"),
    }
    assert!(world.provider.books.lock().revoked.is_empty());
}

#[tokio::test]
async fn a_new_secret_is_sent_as_the_old_one() {
    let world = World::new().await;
    world.provider.books.lock().post_only = true;
    world.authorize(&world.alice).await.unwrap();
    let secret = || Some(Secret::new(SECRET.to_owned()));
    let change = Change {
        client_secret: secret(),
        ..Change::default()
    };
    world.set(change).await.unwrap();
    let known = || async {
        world
            .store
            .provider(&"crm".parse().unwrap())
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(known().await.client_auth, Some(crate::model::ClientAuth::Post));
    // Where it is not known, a revocation finds it out.
    world
        .store
        .execute("UPDATE providers SET client_auth = NULL")
        .await;
    world.oauth.0.cache.clear();
    assert_eq!(world.leave(&world.alice).await, 1);
    assert_eq!(world.provider.books.lock().revoked.len(), 2);
}

#[tokio::test]
async fn a_provider_that_is_left_keeps_no_grant() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.authorize(&world.bob).await.unwrap();
    let other = Change {
        provider: Some("other".parse().unwrap()),
        headers: Some(vec!["X-Other: {access_token}".parse().unwrap()]),
        ..world.full()
    };
    world.set(other).await.unwrap();
    let (left, connector) = ("crm".parse().unwrap(), &world.connector);
    let gone = world.oauth.unset(&world.alice, connector, Some(&left)).await;
    assert_eq!(gone.unwrap(), 2);
    for who in [&world.alice, &world.bob] {
        assert!(matches!(world.access(who).await, Ok(Access::ConsentNeeded)));
    }
    // The client is the same at both names, and nobody has a grant with it any more.
    assert_eq!(world.provider.books.lock().revoked.len(), 4);
}
