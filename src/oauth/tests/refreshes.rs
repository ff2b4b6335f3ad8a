//! A refresh happens once, and a grant is lost only when its provider says so.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::Notify;

use super::{Access, World, bearer, provider::Fault};
use crate::{
    oauth::{OAuthError, error::TokenError},
    store::GrantState,
};

pub(super) const DEAD: i64 = 3601;
/// Within the margin, and still alive.
pub(super) const DUE: i64 = 3590;

fn cause(error: &OAuthError) -> &TokenError {
    match error {
        OAuthError::Token { source, .. } => source,
        other => panic!("another error: {other:?}"),
    }
}

#[tokio::test]
async fn fifty_calls_at_expiry_are_one_refresh() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    let before = world.token(&world.alice).await;
    world.age(&world.alice, DEAD).await;
    let gate = Arc::new(Notify::new());
    world.provider.fault(Fault::Gate(Arc::clone(&gate)));
    let calls = join_all((0..50).map(|_| world.token(&world.alice)));
    let (tokens, ()) = tokio::join!(calls, async { gate.notify_one() });
    assert_eq!(world.provider.books.lock().refreshed, 1);
    assert!(tokens.iter().all(|token| bearer(token) == bearer(&tokens[0])));
    assert!(
        tokens
            .iter()
            .all(|token| token.generation == tokens[0].generation)
    );
    assert_ne!(before.generation, tokens[0].generation);
}

#[tokio::test]
async fn two_brokers_on_one_store_make_one_refresh() {
    let world = World::new().await;
    let other = World::broker(&world.store, &world.tasks);
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    let one = join_all((0..10).map(|_| world.oauth.token_for(&world.alice.user, &world.connector)));
    let two = join_all((0..10).map(|_| other.token_for(&world.alice.user, &world.connector)));
    let (one, two) = tokio::join!(one, two);
    for access in one.into_iter().chain(two) {
        assert!(matches!(access, Ok(Access::Token(_))), "{access:?}");
    }
    assert_eq!(world.provider.books.lock().refreshed, 1);
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_stop_the_refresh() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    let gate = Arc::new(Notify::new());
    world.provider.fault(Fault::Gate(Arc::clone(&gate)));
    {
        let call = world.access(&world.alice);
        tokio::pin!(call);
        let asked = async {
            while world.provider.books.lock().requests.len() < 2 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            _ = &mut call => panic!("the provider has not answered yet"),
            () = asked => {}
        }
    }
    gate.notify_one();
    world.token(&world.alice).await;
    assert_eq!(world.provider.books.lock().refreshed, 1);
}

#[tokio::test]
async fn a_live_token_needs_no_store() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.token(&world.alice).await;
    world.store.close().await;
    world.token(&world.alice).await;
}

#[tokio::test]
async fn grants_survive_a_restart() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    let before = world.token(&world.alice).await;
    let restarted = World::broker(&world.store, &world.tasks);
    match restarted.token_for(&world.alice.user, &world.connector).await {
        Ok(Access::Token(token)) => assert_eq!(token.generation, before.generation),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_outage_is_bridged_by_the_live_token() {
    for fault in [
        Fault::Answer(503, "text/html", "<h1>invalid_grant</h1>"),
        Fault::Answer(502, "application/json", r#"{"error":"invalid_grant"}"#),
        Fault::Answer(200, "text/html", "<h1>error=invalid_grant</h1>"),
        Fault::Answer(401, "application/json", r#"{"error":"invalid_client"}"#),
        Fault::Answer(400, "application/json", r#"{"error":"unauthorized_client"}"#),
        Fault::Redirect,
        Fault::Huge,
        Fault::Silence,
    ] {
        let world = World::new().await;
        world.authorize(&world.alice).await.unwrap();
        let before = world.token(&world.alice).await;
        world.age(&world.alice, DUE).await;
        world.provider.fault(fault.clone());
        assert_eq!(
            bearer(world.token(&world.alice).await.as_ref()),
            bearer(&before),
            "{fault:?}"
        );
        world.settled().await;
        let grant = world
            .store
            .grant_of(&world.alice.user, &world.connector)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(grant.state, GrantState::Active, "{fault:?}");
        // A broker that knows nothing of the cooling down tries again once the token is dead, and the grant is whole.
        world.age(&world.alice, 60).await;
        let restarted = World::broker(&world.store, &world.tasks);
        let access = restarted.token_for(&world.alice.user, &world.connector).await;
        assert!(matches!(access, Ok(Access::Token(_))), "{fault:?}: {access:?}");
        assert_eq!(world.provider.books.lock().refreshed, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn an_outage_without_a_live_token_is_told_and_not_stormed() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    world.provider.fault(Fault::Answer(
        401,
        "application/json",
        r#"{"error":"invalid_client","error_description":"canary\r\n"}"#,
    ));
    let error = world.access(&world.alice).await.unwrap_err();
    assert!(matches!(cause(&error), TokenError::Refused { error, .. } if error == "invalid_client"));
    assert!(error.hint().contains("client id and secret"));
    let asked = world.provider.books.lock().requests.len();
    let error = world.access(&world.alice).await.unwrap_err();
    assert!(matches!(cause(&error), TokenError::Cooling { .. }));
    assert_eq!(world.provider.books.lock().requests.len(), asked);
}

#[tokio::test]
async fn what_a_server_repeats_is_not_told() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    // The first grant's refresh token of the test's provider, behind enough to cut it in the middle.
    world.provider.fault(Fault::Answer(
        400,
        "application/json",
        concat!(
            r#"{"error":"invalid_scope","error_description":"refresh-2 s3cret: with+signs% "#,
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
            "0123456789012345678901234567890123456789012345678901234567890123456789 refresh-2\"}"
        ),
    ));
    let error = world.access(&world.alice).await.unwrap_err();
    let told = format!("{} {error:?}", cause(&error));
    assert!(told.contains("invalid_scope (*** *** 0123"), "{told}");
    assert!(!told.contains("refresh-2") && !told.contains("s3cret"), "{told}");
}

#[tokio::test]
async fn what_certainly_did_nothing_is_tried_again_at_once() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    world.provider.fault(Fault::Answer(503, "text/plain", "busy"));
    world.token(&world.alice).await;
    assert_eq!(world.provider.books.lock().refreshed, 1);
}

#[tokio::test]
async fn a_lost_answer_is_not_asked_for_again_while_the_token_lives() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DUE).await;
    world.provider.fault(Fault::Lost);
    let before = bearer(world.token(&world.alice).await.as_ref()).to_owned();
    world.settled().await;
    let asked = world.provider.books.lock().requests.len();
    // Neither this broker nor another sends the refresh token again.
    let restarted = World::broker(&world.store, &world.tasks);
    for oauth in [&world.oauth, &restarted] {
        oauth.0.cache.clear();
        match oauth
            .token_for(&world.alice.user, &world.connector)
            .await
            .unwrap()
        {
            Access::Token(token) => assert_eq!(bearer(&token), before),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.provider.books.lock().requests.len(), asked);
    // At its end there is nothing to lose: the strict provider ends the grant, and the user is asked again.
    world.age(&world.alice, 60).await;
    // `age` writes, which settles the doubt, so a broker without memory stands for the next attempt.
    let restarted = World::broker(&world.store, &world.tasks);
    let access = restarted.token_for(&world.alice.user, &world.connector).await;
    assert!(matches!(access, Ok(Access::ConsentNeeded)), "{access:?}");
}

#[tokio::test]
async fn only_the_provider_ends_a_grant() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    world.provider.fault(Fault::Answer(
        400,
        "application/json",
        r#"{"error":"invalid_grant"}"#,
    ));
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    let asked = world.provider.books.lock().requests.len();
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    assert_eq!(world.provider.books.lock().requests.len(), asked);
    world.authorize(&world.alice).await.unwrap();
    world.token(&world.alice).await;
}

#[tokio::test]
async fn odd_answers_are_understood() {
    for (alter, what) in [
        (
            (|answer| answer["expires_in"] = json!("3600")) as fn(&mut serde_json::Value),
            "expires_in as text",
        ),
        (
            |answer| {
                answer.as_object_mut().unwrap().remove("expires_in");
            },
            "no expires_in",
        ),
        (
            |answer| {
                answer.as_object_mut().unwrap().remove("scope");
            },
            "no scope",
        ),
        (
            |answer| {
                answer.as_object_mut().unwrap().remove("token_type");
            },
            "no token_type",
        ),
    ] {
        let world = World::new().await;
        world.authorize(&world.alice).await.unwrap();
        world.age(&world.alice, DEAD).await;
        world.provider.fault(Fault::Alter(alter));
        world.token(&world.alice).await;
        assert!(
            world.ends(&world.alice).await.is_some(),
            "{what}: the lifetime known last counts on"
        );
        world.age(&world.alice, DEAD).await;
        world.token(&world.alice).await;
        assert_eq!(world.provider.books.lock().refreshed, 2, "{what}");
    }
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    world.provider.fault(Fault::Form);
    world.token(&world.alice).await;
}

#[tokio::test]
async fn a_refresh_token_that_is_not_repeated_stays() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    world.provider.fault(Fault::Answer(
        200,
        "text/plain",
        r#"{"access_token":"second","token_type":"bearer","expires_in":3600}"#,
    ));
    assert_eq!(bearer(world.token(&world.alice).await.as_ref()), "Bearer second");
    world.age(&world.alice, DEAD).await;
    world.token(&world.alice).await;
    assert_eq!(world.provider.books.lock().refreshed, 1);
}

#[tokio::test]
async fn tokens_that_would_break_out_are_refused() {
    for (alter, what) in [
        (
            (|answer| answer["access_token"] = json!("a\r\nX-Evil: 1")) as fn(&mut serde_json::Value),
            "access token",
        ),
        (|answer| answer["access_token"] = json!("a\0b"), "access token"),
        (|answer| answer["token_type"] = json!("x\ny"), "token type"),
        (|answer| answer["refresh_token"] = json!("ä"), "refresh token"),
    ] {
        let world = World::new().await;
        world.authorize(&world.alice).await.unwrap();
        world.age(&world.alice, DEAD).await;
        world.provider.fault(Fault::Alter(alter));
        let error = world.access(&world.alice).await.unwrap_err();
        assert!(
            matches!(cause(&error), TokenError::Malformed(which) if *which == what),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_token_without_end_is_kept_and_one_without_refresh_ends() {
    let world = World::new().await;
    world.provider.books.lock().lifetime = None;
    world.provider.fault(Fault::Alter(|answer| {
        answer.as_object_mut().unwrap().remove("refresh_token");
    }));
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, 1_000_000).await;
    world.token(&world.alice).await;
    assert_eq!(world.ends(&world.alice).await, None);
    world.provider.fault(Fault::Alter(|answer| {
        answer.as_object_mut().unwrap().remove("refresh_token");
        answer["expires_in"] = json!(3600);
    }));
    world.authorize(&world.bob).await.unwrap();
    world.age(&world.bob, DUE).await;
    world.token(&world.bob).await;
    world.age(&world.bob, 60).await;
    assert!(matches!(
        world.access(&world.bob).await,
        Ok(Access::ConsentNeeded)
    ));
}

#[tokio::test]
async fn a_secret_is_sent_the_way_the_provider_takes_it() {
    let world = World::new().await;
    world.provider.books.lock().post_only = true;
    world.authorize(&world.alice).await.unwrap();
    assert_eq!(world.provider.books.lock().requests.len(), 2);
    world.age(&world.alice, DEAD).await;
    let restarted = World::broker(&world.store, &world.tasks);
    let access = restarted.token_for(&world.alice.user, &world.connector).await;
    assert!(matches!(access, Ok(Access::Token(_))));
    assert_eq!(
        world.provider.books.lock().requests.len(),
        3,
        "remembered in the store"
    );
}

#[tokio::test]
async fn a_grant_that_goes_during_its_refresh_stays_gone() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    let gate = Arc::new(Notify::new());
    world.provider.fault(Fault::Gate(Arc::clone(&gate)));
    let call = world.access(&world.alice);
    let unset = async {
        while world.provider.books.lock().requests.len() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            world
                .oauth
                .unset(&world.alice, &world.connector, None)
                .await
                .unwrap(),
            1
        );
        gate.notify_one();
    };
    let (access, ()) = tokio::join!(call, unset);
    assert!(matches!(access, Ok(Access::ConsentNeeded)), "{access:?}");
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::NotConfigured)
    ));
    // The new refresh token, which nobody knows any more, is revoked as well.
    let newest = "refresh-3".to_owned();
    assert!(
        world.provider.books.lock().revoked.contains(&newest),
        "{:?}",
        world.provider.books.lock().revoked
    );
}
