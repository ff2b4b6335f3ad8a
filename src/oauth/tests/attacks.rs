//! Attacks on the way to a token and on what is kept, by their numbers; and where those are tried that are not here.
//!
//! | | attack | tried in |
//! |---|---|---|
//! | 1 | forged callback | `flows::forged_and_stale_answers_reach_no_token_endpoint`, `console::tests::a_person_connects_an_account` |
//! | 2 | a link that is sent to somebody else | `flows::a_link_is_its_users_alone`, `console::tests::a_link_in_the_wrong_hands_connects_nothing` |
//! | 3 | a handle in the wrong hands | `flows::a_link_is_its_users_alone`, `trials::an_admin_signs_in_once_and_sees_all_the_rest` |
//! | 4 | downgrade, code injection | here, `issuers::pkce_that_is_not_advertised_is_not_left_out_in_silence` |
//! | 5 | mix-up | `issuers::an_answer_of_another_issuer_reaches_no_token_endpoint`, `flows::forged_…` (another provider's callback) |
//! | 6 | open redirect | `console::tests::nobody_is_sent_elsewhere` |
//! | 7 | confused deputy | here; clients that register themselves come with berth's own authorization server |
//! | 8 | addresses inside | `net::tests`, `flows::settings_are_merged_and_never_shown`, `issuers::a_document_leads_to_no_private_address` |
//! | 9 | values that leave their place in an address | `model::address` |
//! | 10 | stored refresh tokens sent elsewhere | here, `flows::new_settings_never_get_an_old_refresh_token`, `ends::a_new_revocation_url_gets_neither_old_tokens_nor_the_secret`, `ends::what_else_is_told_of_tokens_moves_only_with_the_secret` |
//! | 11 | redirects, floods, silence, pages | here (codes), `refreshes` (refresh tokens), `net::tests` (limits) |
//! | 12 | secrets in logs and errors | `refreshes::what_a_server_repeats_is_not_told`, `trials`, `net::trace` |
//! | 13 | timing | here |
//! | 14 | a stolen or edited database | here (what waits in flows), `seal`, `store::story` |
//! | 15 | key rotation | here, `seal`, `store::resealing` and the stories about keys |
//! | 16 | another user's grant | here |
//! | 17 | access that outlives its owner | `flows::a_user_who_leaves_takes_the_grants_along`, `ends` |
//! | 18 | the wrong account | `accounts::another_account_takes_no_place_unasked` |
//! | 19 | partial consent | `accounts::what_was_not_granted_is_told_and_no_failure` |
//! | 20 | tokens that break out | `refreshes::tokens_that_would_break_out_are_refused` |
//! | 21 | what the callback's page does | `console::tests::what_a_provider_says_is_shown_as_text` |
//! | 22 | a code twice | `flows::two_callbacks_are_one_exchange` |
//! | 23 | storms | here, `backoff::tests` (Retry-After), `refreshes::an_outage_without_a_live_token_is_told_and_not_stormed`, `flows::pending_links_are_bounded` |
//! | 24 | token passthrough | `journeys::oauth` |
//! | 25 | words that look like errors | here, `reply::tests::only_the_error_field_makes_an_error`, `error::tests` |
//! | 26 | a poisoned document | `issuers::a_document_of_another_issuer_is_refused`, `issuers::a_document_that_changes_later_moves_nothing` |

use serde_json::json;

use super::{
    Access, World, bearer, fields,
    provider::{Fault, Provider, SECRET},
};
use crate::{
    model::{ConnectorId, UserId},
    oauth::{Change, FlowError, answer::CallbackQuery},
    seal::MasterKey,
    secret::Secret,
};

/// 4: a victim's code in an attacker's own flow.
#[tokio::test]
async fn an_injected_code_is_worth_nothing() {
    let world = World::new().await;
    let (hers, his) = (world.depart(&world.alice).await, world.depart(&world.bob).await);
    let stolen = world.provider.agree(&hers.location).code;
    let query = CallbackQuery {
        code: stolen,
        ..world.provider.agree(&his.location)
    };
    let error = world
        .finish(query, Some(his.cookie.expose()), Some(&world.bob))
        .await
        .unwrap_err();
    assert!(matches!(error, FlowError::Failed(_)), "{error:?}");
    assert!(matches!(
        world.access(&world.bob).await,
        Ok(Access::ConsentNeeded)
    ));
}

/// 4: each departure has a challenge of its own, and the verifier stays here.
#[tokio::test]
async fn a_challenge_is_used_once_and_is_no_verifier() {
    let world = World::new().await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..3 {
        let location = world.depart(&world.alice).await.location;
        let query: std::collections::HashMap<_, _> = location.query_pairs().into_owned().collect();
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["code_challenge"].len(), 43);
        // 256 bits.
        assert!(query["state"].len() >= 43);
        assert!(!query.contains_key("code_verifier"));
        assert!(seen.insert(query["code_challenge"].clone()) && seen.insert(query["state"].clone()));
    }
}

/// 7: an earlier consent is no consent to another client.
#[tokio::test]
async fn every_client_has_a_link_of_its_own() {
    let world = World::new().await;
    let mut handles = std::collections::HashSet::new();
    for client in ["Claude Code", "evil"] {
        let consent = world
            .oauth
            .start_consent(&world.alice.caller(), (&world.connector, &world.name), client)
            .await
            .unwrap();
        let handle = consent
            .url
            .path_segments()
            .unwrap()
            .next_back()
            .unwrap()
            .to_owned();
        let view = world.oauth.consent(&handle, &world.alice.user).await.unwrap();
        assert_eq!(view.client, client);
        assert!(handles.insert(handle));
    }
}

/// 10: an admin, or who stole an admin's credential, points the token URL elsewhere.
#[tokio::test]
async fn a_new_token_url_gets_no_old_refresh_token() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, 3601).await;
    let evil = Provider::start(&world.tasks).await;
    let change = |secret: Option<&str>| Change {
        settings: fields(json!({"token_url": evil.at("token")})),
        client_secret: secret.map(|secret| Secret::new(secret.to_owned())),
        ..Change::default()
    };
    // Not the client's secret either.
    world.set(change(None)).await.unwrap_err();
    world.set(change(Some("another"))).await.unwrap();
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    world.settled().await;
    assert!(evil.books.lock().requests.is_empty());
}

/// 10: nor does a code that was on its way.
#[tokio::test]
async fn a_new_token_url_gets_no_code_of_before() {
    let world = World::new().await;
    let departure = world.depart(&world.alice).await;
    let query = world.provider.agree(&departure.location);
    let evil = Provider::start(&world.tasks).await;
    let change = Change {
        settings: fields(json!({"token_url": evil.at("token")})),
        client_secret: Some(Secret::new(SECRET.to_owned())),
        ..Change::default()
    };
    world.set(change).await.unwrap();
    let error = world
        .finish(query, Some(departure.cookie.expose()), Some(&world.alice))
        .await
        .unwrap_err();
    assert!(matches!(error, FlowError::Unknown), "{error:?}");
    assert!(evil.books.lock().requests.is_empty());
}

/// 11 and 25: what a token endpoint may answer to a code.
#[tokio::test]
async fn no_answer_but_a_token_makes_a_grant() {
    let world = World::new().await;
    for fault in [
        Fault::Redirect,
        Fault::Huge,
        Fault::Silence,
        Fault::Answer(200, "text/html", "<h1>access_token=evil</h1>"),
        Fault::Answer(502, "text/html", r#"{"error":"invalid_grant"}"#),
        Fault::Answer(200, "application/json", r#"{"access_token":"a\r\nX-Evil: 1"}"#),
    ] {
        let shown = format!("{fault:?}");
        world.provider.fault(fault);
        let before = world.provider.books.lock().requests.len();
        world.authorize(&world.alice).await.unwrap_err();
        // One request, and none to where it was led.
        assert_eq!(world.provider.books.lock().requests.len(), before + 1, "{shown}");
        assert!(
            matches!(world.access(&world.alice).await, Ok(Access::ConsentNeeded)),
            "{shown}"
        );
    }
}

/// 13: what a browser holds is compared in constant time, and all else is looked up by its hash.
#[tokio::test]
async fn the_store_knows_no_handle_state_or_cookie() {
    let world = World::new().await;
    let handle = world.handle(&world.alice).await;
    let departure = world.depart(&world.alice).await;
    let state = departure
        .location
        .query_pairs()
        .find(|(key, _)| key == "state")
        .unwrap()
        .1
        .into_owned();
    for secret in [handle.as_str(), state.as_str(), departure.cookie.expose()] {
        for column in ["hash", "state_hash", "browser_hash"] {
            let found = world
                .store
                .count(&format!("SELECT COUNT(*) FROM flows WHERE {column} = '{secret}'"))
                .await;
            assert_eq!(found, 0, "{column}");
        }
    }
}

/// 14: tokens that wait for a word of their person open in their own flow alone.
#[tokio::test]
async fn waiting_tokens_can_not_be_moved() {
    let world = World::new().await;
    for (who, sub) in [(&world.alice, "anna"), (&world.bob, "bert")] {
        world.person(sub).await;
        world.authorize(who).await.unwrap();
        world.person("eve").await;
        world.authorize(who).await.unwrap();
    }
    let held = async |who: &UserId| world.store.held_flow(who, &world.name).await;
    assert!(held(&world.alice.user).await.unwrap().is_some());
    world
        .store
        .execute(
            "UPDATE flows SET pending = (SELECT pending FROM flows WHERE user_id = 'usr_b' AND outcome = 'asking')
             WHERE user_id = 'usr_a' AND outcome = 'asking'",
        )
        .await;
    held(&world.alice.user).await.unwrap_err();
    assert!(held(&world.bob.user).await.unwrap().is_some());
}

/// 15: whatever waits, in flows, in the queue of what is to be revoked, or with a provider, moves to a new master key.
#[tokio::test]
async fn all_that_waits_moves_to_a_new_key() {
    let world = World::new().await;
    for sub in ["anna", "eve"] {
        world.person(sub).await;
        world.authorize(&world.alice).await.unwrap();
    }
    world.authorize(&world.bob).await.unwrap();
    world.provider.books.lock().revokes_nothing = true;
    world
        .oauth
        .disconnect(&world.alice, (&world.connector, None), &world.bob.user)
        .await
        .unwrap();
    let away = world.depart(&world.bob).await;
    let (old, new) = (MasterKey::new([7; 32]), MasterKey::new([8; 32]));
    world.store.change_keys(&new, &[old]).await.unwrap();
    let moved = world.store.reseal().await.unwrap();
    assert_eq!(moved.stuck, 0);
    // Two flows' verifiers are gone by now; a client secret, a grant, an answer that waits, one that is under way, and
    // what is to be revoked: of bob, and of the account that nobody has said a word about.
    let kinds = [
        ("providers", "sealed"),
        ("grant_tokens", "sealed"),
        ("flows", "pending"),
        ("flows", "sealed"),
        ("revocations", "sealed"),
    ];
    let mut there = 0;
    for (table, column) in kinds {
        let count = format!("SELECT COUNT(*) FROM {table} WHERE {column} IS NOT NULL");
        let count = world.store.count(&count).await;
        assert!(count > 0, "{table}.{column}");
        there += count;
    }
    assert_eq!(i64::try_from(moved.moved).unwrap(), there);
    // The old key is gone, and all of it opens.
    world.store.change_keys(&new, &[]).await.unwrap();
    let held = world.store.held_flow(&world.alice.user, &world.name).await;
    assert!(held.unwrap().is_some());
    world.grant(&world.alice).await;
    world.provider.books.lock().revokes_nothing = false;
    let query = world.provider.agree(&away.location);
    let cookie = Some(away.cookie.expose().as_str());
    world.finish(query, cookie, Some(&world.bob)).await.unwrap();
    world.token(&world.bob).await;
}

/// 16: a grant is found by its own user and its own connector.
#[tokio::test]
async fn nobody_has_anybody_elses_grant() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    let token = world.token(&world.alice).await;
    for who in ["usr_b", "alice", "USR_A", "usr_a ", "usr_a' OR '1'='1", ""] {
        let access = world
            .oauth
            .token_for(&UserId::from(who.to_owned()), &world.connector)
            .await;
        assert!(matches!(access, Ok(Access::ConsentNeeded)), "{who}: {access:?}");
    }
    let other = ConnectorId::from("con_2".to_owned());
    let access = world.oauth.token_for(&world.alice.user, &other).await;
    assert!(matches!(access, Ok(Access::NotConfigured)), "{access:?}");
    assert!(bearer(&token).starts_with("Bearer access-"));
}

/// 23: links that nobody follows.
#[tokio::test]
async fn links_without_end_take_no_room_without_end() {
    let world = World::new().await;
    for n in 0..300 {
        let connector = (&world.connector, &world.name);
        let client = format!("client {n}");
        world
            .oauth
            .start_consent(&world.alice.caller(), connector, &client)
            .await
            .unwrap();
    }
    assert_eq!(world.store.count("SELECT COUNT(*) FROM flows").await, 32);
    // Somebody else's are not pushed out.
    world.handle(&world.bob).await;
    assert_eq!(world.store.count("SELECT COUNT(*) FROM flows").await, 33);
}
