//! Consent: whose it is, where, once.

use std::time::Duration;

use serde_json::json;

use super::{Access, World, bearer, fields};
use crate::{
    model::{ConnectorId, Values},
    net::NetError,
    oauth::{Change, FlowError, OAuthError, answer::CallbackQuery},
    secret::Secret,
};

fn exchanges(world: &World) -> usize {
    world.provider.books.lock().requests.len()
}

fn again(query: &CallbackQuery) -> CallbackQuery {
    CallbackQuery {
        code: query.code.clone(),
        state: query.state.clone(),
        ..CallbackQuery::default()
    }
}

#[tokio::test]
async fn each_user_gets_their_own_token() {
    let world = World::new().await;
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    let finished = world.authorize(&world.alice).await.unwrap();
    assert_eq!(finished.connector.as_str(), "crm");
    assert!(matches!(
        world.access(&world.bob).await,
        Ok(Access::ConsentNeeded)
    ));
    world.authorize(&world.bob).await.unwrap();
    let (alice, bob) = (world.token(&world.alice).await, world.token(&world.bob).await);
    assert_ne!(bearer(&alice), bearer(&bob));
    assert_ne!(alice.generation, bob.generation);
    assert_eq!(
        world
            .oauth
            .settings_at(&world.connector, None)
            .await
            .unwrap()
            .grants,
        2
    );
}

#[tokio::test]
async fn the_page_shows_what_is_asked_and_the_link_is_repeated() {
    let world = World::new().await;
    let handle = world.handle(&world.alice).await;
    assert_eq!(handle, world.handle(&world.alice).await);
    assert_ne!(handle, world.handle(&world.bob).await);
    let view = world.oauth.consent(&handle, &world.alice.user).await.unwrap();
    assert_eq!(
        (view.connector.as_str(), view.client.as_str()),
        ("crm", "Claude Code")
    );
    assert_eq!(view.scopes, ["read", "write"]);
    let location = world.depart(&world.alice).await.location;
    let query: std::collections::HashMap<_, _> = location.query_pairs().into_owned().collect();
    assert_eq!(query["prompt"], "consent");
    assert_eq!(query["scope"], "read write");
    assert_eq!(query["redirect_uri"], "http://127.0.0.1:8420/oauth/callback/crm");
    // After the grant the link leads nowhere.
    world.authorize(&world.alice).await.unwrap();
    let error = world.oauth.consent(&handle, &world.alice.user).await.unwrap_err();
    assert!(matches!(error, FlowError::Unknown));
    assert_ne!(handle, world.handle(&world.alice).await);
}

#[tokio::test]
async fn a_link_is_its_users_alone() {
    let world = World::new().await;
    let handle = world.handle(&world.alice).await;
    for handle in [handle.as_str(), "guess"] {
        let error = world.oauth.consent(handle, &world.bob.user).await.unwrap_err();
        assert!(matches!(error, FlowError::OtherUser | FlowError::Unknown));
        world
            .oauth
            .continue_to_provider(handle, &world.bob.user, &Values::new())
            .await
            .unwrap_err();
    }
    // Alice leaves, Bob comes back.
    let departure = world.depart(&world.alice).await;
    let query = world.provider.agree(&departure.location);
    let cookie = Some(departure.cookie.expose().as_str());
    let error = world
        .finish(again(&query), cookie, Some(&world.bob))
        .await
        .unwrap_err();
    assert!(matches!(error, FlowError::OtherUser));
    let error = world.finish(again(&query), cookie, None).await.unwrap_err();
    assert!(matches!(error, FlowError::NotSignedIn));
    assert_eq!(exchanges(&world), 0);
    // Neither has used it up.
    world.finish(query, cookie, Some(&world.alice)).await.unwrap();
    assert!(matches!(
        world.access(&world.bob).await,
        Ok(Access::ConsentNeeded)
    ));
}

#[tokio::test]
async fn forged_and_stale_answers_reach_no_token_endpoint() {
    let world = World::new().await;
    let departure = world.depart(&world.alice).await;
    let other = world.depart(&world.bob).await;
    let query = world.provider.agree(&departure.location);
    let cookie = Some(departure.cookie.expose().as_str());
    let with_state = |state: Option<&str>| CallbackQuery {
        state: state.map(|state| Secret::new(state.to_owned())),
        ..again(&query)
    };
    for (query, cookie, what) in [
        (with_state(None), cookie, "no state"),
        (with_state(Some("")), cookie, "an empty state"),
        (with_state(Some("guess")), cookie, "an unknown state"),
        (again(&query), None, "no cookie"),
        (again(&query), Some("guess"), "a wrong cookie"),
        (
            again(&query),
            Some(other.cookie.expose().as_str()),
            "another browser's cookie",
        ),
    ] {
        let error = world.finish(query, cookie, Some(&world.alice)).await.unwrap_err();
        assert!(
            matches!(error, FlowError::Unknown | FlowError::OtherBrowser),
            "{what}: {error:?}"
        );
    }
    // The callback of another provider.
    let error = world
        .oauth
        .finish(
            &"mail".parse().unwrap(),
            again(&query),
            cookie,
            Some(&world.alice.user),
        )
        .await
        .unwrap_err();
    assert!(matches!(error, FlowError::Unknown));
    // A second departure from the same link replaces the first.
    let second = world.depart(&world.alice).await;
    let error = world
        .finish(again(&query), cookie, Some(&world.alice))
        .await
        .unwrap_err();
    assert!(matches!(error, FlowError::Unknown));
    // Expired.
    world.store.execute("UPDATE flows SET expires_at = 1").await;
    let query = world.provider.agree(&second.location);
    let error = world
        .finish(query, Some(second.cookie.expose()), Some(&world.alice))
        .await
        .unwrap_err();
    assert!(matches!(error, FlowError::Unknown));
    assert_eq!(exchanges(&world), 0);
}

#[tokio::test]
async fn two_callbacks_are_one_exchange() {
    let world = World::new().await;
    let departure = world.depart(&world.alice).await;
    let query = world.provider.agree(&departure.location);
    let cookie = Some(departure.cookie.expose().as_str());
    let (one, two) = tokio::join!(
        world.finish(again(&query), cookie, Some(&world.alice)),
        world.finish(again(&query), cookie, Some(&world.alice)),
    );
    one.unwrap();
    two.unwrap();
    // A reload, also after a restart, says the same.
    world
        .finish(again(&query), cookie, Some(&world.alice))
        .await
        .unwrap();
    assert_eq!(exchanges(&world), 1);
    world.token(&world.alice).await;
}

#[tokio::test]
async fn a_refusal_can_be_thought_over() {
    let world = World::new().await;
    let departure = world.depart(&world.alice).await;
    let query = world.provider.agree(&departure.location);
    let cookie = Some(departure.cookie.expose().as_str());
    let refusal = |error: &str| CallbackQuery {
        error: Some(error.to_owned()),
        error_description: Some("<script>\u{1b}[2J".to_owned()),
        code: None,
        ..again(&query)
    };
    // Without the browser it is nobody's refusal.
    let error = world
        .finish(refusal("access_denied"), None, Some(&world.alice))
        .await
        .unwrap_err();
    assert!(matches!(error, FlowError::OtherBrowser));
    let error = world
        .finish(refusal("access_denied"), cookie, Some(&world.alice))
        .await
        .unwrap_err();
    assert!(matches!(error, FlowError::Denied));
    assert_eq!(exchanges(&world), 0);
    world.authorize(&world.alice).await.unwrap();
}

#[tokio::test]
async fn a_failed_exchange_leaves_the_link_good() {
    let world = World::new().await;
    let handle = world.handle(&world.alice).await;
    world.provider.fault(super::provider::Fault::Answer(
        400,
        "application/json",
        r#"{"error":"redirect_uri_mismatch"}"#,
    ));
    let error = world.authorize(&world.alice).await.unwrap_err();
    match &error {
        FlowError::Failed(error) => assert!(error.hint().contains("redirect-uri"), "{error:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(handle, world.handle(&world.alice).await);
    world.authorize(&world.alice).await.unwrap();
}

#[tokio::test]
async fn whoever_waits_for_a_grant_is_woken() {
    let world = World::new().await;
    let waiting = world.oauth.granted(&world.alice.user, &world.connector);
    let (granted, finished) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(10), waiting),
        world.authorize(&world.alice)
    );
    finished.unwrap();
    granted.unwrap();
    // And one who comes late does not wait.
    world.oauth.granted(&world.alice.user, &world.connector).await;
}

#[tokio::test]
async fn pending_links_are_bounded() {
    let world = World::new().await;
    for n in 0..40 {
        world
            .oauth
            .start_consent(
                &world.alice.caller(),
                (&world.connector, &world.name),
                &format!("client {n}"),
            )
            .await
            .unwrap();
    }
    let mut kept = 0;
    for n in 0..40 {
        let consent = world
            .oauth
            .start_consent(
                &world.alice.caller(),
                (&world.connector, &world.name),
                &format!("client {n}"),
            )
            .await
            .unwrap();
        let handle = consent
            .url
            .path_segments()
            .unwrap()
            .next_back()
            .unwrap()
            .to_owned();
        kept += usize::from(world.oauth.consent(&handle, &world.alice.user).await.is_ok());
    }
    assert!(kept >= 32, "{kept}");
}

#[tokio::test]
async fn settings_are_merged_and_never_shown() {
    let world = World::bare().await;
    let missing = |change| async { world.set(change).await.unwrap_err().to_string() };
    assert!(missing(Change::default()).await.contains("--token-url"));
    let unmapped = Change {
        headers: None,
        ..world.full()
    };
    assert!(missing(unmapped).await.contains("--header"));
    let settings = world.set(world.full()).await.unwrap();
    assert!(settings.client_secret_set);
    assert!(!format!("{settings:?}").contains("s3cret"));
    let settings = world
        .set(Change {
            scopes: Some(vec!["other".to_owned()]),
            ..Change::default()
        })
        .await
        .unwrap();
    assert_eq!(
        (settings.scopes.as_slice(), settings.client_secret_set),
        (&["other".to_owned()][..], true)
    );
    for (change, what) in [
        (
            Change {
                scopes: Some(vec!["a\"b".to_owned()]),
                ..Change::default()
            },
            "scope",
        ),
        (
            Change {
                client_secret: Some(Secret::new("x\n".to_owned())),
                ..Change::default()
            },
            "line break",
        ),
        (
            Change {
                headers: Some(vec!["Authorization: Bearer {acess_token}".parse().unwrap()]),
                ..Change::default()
            },
            "acess_token",
        ),
        (
            Change {
                settings: fields(json!({"token_url": "https://{shop}.example/token"})),
                ..Change::default()
            },
            "{shop}",
        ),
        (
            Change {
                settings: fields(json!({"auth_url": "http://127.0.0.1/a?state=1"})),
                ..Change::default()
            },
            "state",
        ),
        (
            Change {
                settings: fields(json!({"token_url": "http://127.0.0.1:1/elsewhere"})),
                ..Change::default()
            },
            "client secret",
        ),
    ] {
        let error = world.set(change).await.unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"));
    }
    for (url, private) in [
        ("http://169.254.169.254/latest", true),
        ("http://[::ffff:169.254.169.254]/", true),
        ("ftp://example.com/", false),
        ("https://user:pw@example.com/", false),
    ] {
        let error = world
            .set(Change {
                settings: fields(json!({"token_url": url})),
                client_secret: Some(Secret::new("x".to_owned())),
                ..Change::default()
            })
            .await
            .unwrap_err();
        match &error {
            OAuthError::Address { source, .. } => {
                assert_eq!(matches!(source, NetError::Private { .. }), private, "{url}");
            }
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn new_settings_never_get_an_old_refresh_token() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.token(&world.alice).await;
    let asked = exchanges(&world);
    world
        .set(Change {
            settings: fields(json!({"client_id": "client two"})),
            client_secret: Some(Secret::new("x".to_owned())),
            ..Change::default()
        })
        .await
        .unwrap();
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    assert_eq!(exchanges(&world), asked);
    // A mistake that is taken back costs nothing.
    world.set(world.full()).await.unwrap();
    world.token(&world.alice).await;
}

#[tokio::test]
async fn a_shared_provider_outlives_one_of_its_connectors() {
    let world = World::new().await;
    let mail = ConnectorId::from("con_2".to_owned());
    let shared = Change {
        provider: Some("crm".parse().unwrap()),
        env: Some(vec!["TOKEN={access_token}".parse().unwrap()]),
        ..Change::default()
    };
    let settings = world
        .oauth
        .set(&world.alice, (&mail, &"mail".parse().unwrap()), shared)
        .await
        .unwrap();
    assert_eq!(settings.scopes, ["read", "write"], "taken over");
    assert_eq!(settings.connectors.len(), 2);
    assert_eq!(settings.redirect_uri.path(), "/oauth/callback/crm");
    world.authorize(&world.alice).await.unwrap();
    assert_eq!(world.oauth.unset(&world.alice, &mail, None).await.unwrap(), 0);
    world.token(&world.alice).await;
    assert_eq!(
        world
            .oauth
            .unset(&world.alice, &world.connector, None)
            .await
            .unwrap(),
        1
    );
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::NotConfigured)
    ));
    assert_eq!(
        world.provider.books.lock().revoked.len(),
        2,
        "both tokens of the grant"
    );
    assert!(
        world
            .store
            .provider(&"crm".parse().unwrap())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_user_who_leaves_takes_the_grants_along() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.authorize(&world.bob).await.unwrap();
    world.token(&world.alice).await;
    world.token(&world.bob).await;
    assert_eq!(world.leave(&world.alice).await, 1);
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    world.token(&world.bob).await;
    assert_eq!(world.provider.books.lock().revoked.len(), 2);
}
