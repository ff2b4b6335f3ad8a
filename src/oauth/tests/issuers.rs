//! Issuers: what they say of themselves, and whose answer it is.

use serde_json::{Value, json};

use super::{World, fields, provider::SECRET};
use crate::{
    model::Discovered,
    oauth::{Change, FlowError, OAuthError, answer::CallbackQuery, discovery::DiscoveryError},
    secret::Secret,
};

fn issuer(world: &World) -> String {
    world.provider.url.as_str().trim_end_matches('/').to_owned()
}

fn document(world: &World) -> Value {
    json!({
        "issuer": issuer(world),
        "authorization_endpoint": world.provider.at("authorize"),
        "token_endpoint": world.provider.at("token"),
        "revocation_endpoint": world.provider.at("revoke"),
        "userinfo_endpoint": world.provider.at("userinfo"),
        "code_challenge_methods_supported": ["plain", "S256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

fn by_issuer(world: &World, more: Value) -> Change {
    let mut settings = fields(json!({"issuer": issuer(world), "client_id": "client one"}));
    settings.extend(fields(more));
    Change {
        settings,
        client_secret: Some(Secret::new(SECRET.to_owned())),
        headers: Some(vec!["Authorization: Bearer {access_token}".parse().unwrap()]),
        ..Change::default()
    }
}

async fn refused(world: &World, change: Change) -> DiscoveryError {
    match world.set(change).await.unwrap_err() {
        OAuthError::Issuer { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

impl World {
    /// A broker whose provider was set by its issuer alone.
    pub(super) async fn with_issuer() -> Self {
        let world = Self::bare().await;
        world.provider.books.lock().document = document(&world);
        world.set(by_issuer(&world, json!({}))).await.unwrap();
        world
    }
}

async fn pinned(world: &World) -> Discovered {
    let settings = world.oauth.settings_at(&world.connector, None).await;
    settings.unwrap().discovered.unwrap()
}

#[tokio::test]
async fn an_issuer_gives_the_addresses_that_are_not_given() {
    let world = World::bare().await;
    world.provider.books.lock().document = document(&world);
    let elsewhere = world.provider.at("elsewhere");
    let settings = world
        .set(by_issuer(&world, json!({"revoke_url": elsewhere})))
        .await
        .unwrap()
        .settings;
    assert_eq!(settings.token_url.as_str(), world.provider.at("token").as_str());
    assert_eq!(settings.revoke_url.unwrap().as_str(), elsewhere.as_str());
    assert_eq!(
        settings.userinfo_url.unwrap().as_str(),
        world.provider.at("userinfo").as_str()
    );
    assert!(pinned(&world).await.names_itself);
    // Set without it, it goes.
    let gone = Change {
        settings: fields(json!({"issuer": null})),
        ..Change::default()
    };
    assert!(world.set(gone).await.unwrap().discovered.is_none());
}

#[tokio::test]
async fn a_document_of_another_issuer_is_refused() {
    let world = World::bare().await;
    for other in [format!("{}/", issuer(&world)), "https://evil.example".to_owned()] {
        let mut document = document(&world);
        document["issuer"] = json!(other);
        world.provider.books.lock().document = document;
        let error = refused(&world, by_issuer(&world, json!({}))).await;
        assert!(matches!(error, DiscoveryError::OtherIssuer { .. }), "{error:?}");
        // Not with the addresses at hand either.
        let given =
            json!({"auth_url": world.provider.at("authorize"), "token_url": world.provider.at("token")});
        let error = refused(&world, by_issuer(&world, given)).await;
        assert!(matches!(error, DiscoveryError::OtherIssuer { .. }), "{error:?}");
    }
    world.provider.books.lock().document = Value::Null;
    let error = refused(&world, by_issuer(&world, json!({}))).await;
    assert!(matches!(error, DiscoveryError::None(_)), "{error:?}");
    let given = json!({"auth_url": world.provider.at("authorize"), "token_url": world.provider.at("token")});
    assert!(
        world
            .set(by_issuer(&world, given))
            .await
            .unwrap()
            .discovered
            .is_none()
    );
}

#[tokio::test]
async fn a_document_leads_to_no_private_address() {
    let world = World::bare().await;
    for field in ["token_endpoint", "revocation_endpoint", "userinfo_endpoint"] {
        let mut document = document(&world);
        document[field] = json!("http://169.254.169.254/latest");
        world.provider.books.lock().document = document;
        let error = world.set(by_issuer(&world, json!({}))).await.unwrap_err();
        assert!(matches!(error, OAuthError::Address { .. }), "{field}: {error:?}");
    }
    let mut document = document(&world);
    document["token_endpoint"] = json!("https://{tenant}.example/token");
    world.provider.books.lock().document = document;
    let error = refused(&world, by_issuer(&world, json!({"user_vars": ["tenant"]}))).await;
    assert!(matches!(error, DiscoveryError::NotAnAddress(_)), "{error:?}");
}

#[tokio::test]
async fn pkce_that_is_not_advertised_is_not_left_out_in_silence() {
    let world = World::bare().await;
    for methods in [json!(["plain"]), json!([])] {
        let mut document = document(&world);
        document["code_challenge_methods_supported"] = methods;
        world.provider.books.lock().document = document;
        let error = refused(&world, by_issuer(&world, json!({"no_pkce": false}))).await;
        assert!(matches!(error, DiscoveryError::NoPkce), "{error:?}");
        world
            .set(by_issuer(&world, json!({"no_pkce": true})))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_document_that_changes_later_moves_nothing() {
    let world = World::with_issuer().await;
    let mut document = document(&world);
    document["token_endpoint"] = json!(world.provider.at("evil"));
    world.provider.books.lock().document = document.clone();
    let provider = world
        .store
        .provider(&"crm".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let changed = world.oauth.0.look_again(&provider).await.unwrap();
    assert_eq!(changed.len(), 1, "{changed:?}");
    let pinned = pinned(&world).await;
    assert_eq!(pinned.changed, changed);
    assert_eq!(pinned.endpoints["token_url"], world.provider.at("token").as_str());
    // Consents go on where they went.
    let departure = world.depart(&world.alice).await;
    let query = CallbackQuery {
        iss: Some(issuer(&world)),
        ..world.provider.agree(&departure.location)
    };
    world
        .finish(query, Some(departure.cookie.expose()), Some(&world.alice))
        .await
        .unwrap();
    // Another issuer altogether is no document to compare with.
    document["issuer"] = json!("https://evil.example");
    world.provider.books.lock().document = document;
    let changed = world.oauth.0.look_again(&provider).await.unwrap();
    assert!(changed[0].contains("another issuer"), "{changed:?}");
}

#[tokio::test]
async fn an_answer_of_another_issuer_reaches_no_token_endpoint() {
    let world = World::with_issuer().await;
    let departure = world.depart(&world.alice).await;
    let cookie = Some(departure.cookie.expose().as_str());
    let query = world.provider.agree(&departure.location);
    let from = |iss: Option<String>, error: Option<&str>| CallbackQuery {
        code: query.code.clone(),
        state: query.state.clone(),
        iss,
        error: error.map(str::to_owned),
        error_description: Some("call +1 555 0100".to_owned()),
        ..CallbackQuery::default()
    };
    for (iss, what) in [
        (None, "none"),
        (Some(String::new()), "an empty one"),
        (Some("https://evil.example".to_owned()), "another"),
        (Some(format!("{}/", issuer(&world))), "a slash more"),
        (Some(issuer(&world).to_uppercase()), "other letters"),
    ] {
        for error in [None, Some("server_error")] {
            let refused = world
                .finish(from(iss.clone(), error), cookie, Some(&world.alice))
                .await
                .unwrap_err();
            assert!(matches!(refused, FlowError::OtherIssuer), "{what}: {refused:?}");
            assert!(!format!("{refused} {refused:?}").contains("555"));
        }
    }
    assert!(world.provider.books.lock().requests.is_empty());
    // It used nothing up.
    world
        .finish(from(Some(issuer(&world)), None), cookie, Some(&world.alice))
        .await
        .unwrap();
}
