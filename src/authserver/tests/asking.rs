//! What clients ask of a person, rightly and wrongly.

use serde_json::json;
use url::Url;

use super::{BASE, CALLBACK, Form, World, told};
use crate::{
    authserver::{Refusal, Step},
    identity::IdentityError,
    model::{ConnectorId, UserId},
};

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_the_clients() {
    let world = World::new().await;
    let client = world.register().await;
    let right = world.right(&client);
    for (name, value) in [
        ("client_id", ""),
        ("client_id", "cli_nobody"),
        ("redirect_uri", "https://evil.example/cb"),
        ("redirect_uri", "https://client.example/cb#x"),
        ("redirect_uri", "https://client.example@evil.example/cb"),
        ("redirect_uri", "https://client.example/cb/../evil"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "cursor://x"),
    ] {
        let refused = world.server.asked(&right.with(name, value).text()).await;
        assert!(
            matches!(refused, Err(Refusal::Page(_))),
            "{name}={value}: {refused:?}"
        );
    }
    let mut doubled = right.clone();
    doubled
        .0
        .push(("redirect_uri".to_owned(), "https://evil.example/".to_owned()));
    assert!(matches!(
        world.server.asked(&doubled.text()).await,
        Err(Refusal::Page(_))
    ));
    let huge = right.with("state", &"x".repeat(9000));
    assert!(matches!(
        world.server.asked(&huge.text()).await,
        Err(Refusal::Page(_))
    ));
}

#[tokio::test]
async fn a_client_is_told_what_it_asked_wrongly() {
    let world = World::new().await;
    let client = world.register().await;
    let right = world.right(&client);
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("scope", "admin", "invalid_scope"),
        ("resource", "", "invalid_target"),
        ("resource", "https://berth.example/mcp/nothing", "invalid_target"),
        ("resource", "https://berth.example/", "invalid_target"),
        ("resource", "https://berth.example/mcp/crm?x=1", "invalid_target"),
        ("resource", "https://berth.example/mcp/crm#x", "invalid_target"),
        (
            "resource",
            "https://berth.example/mcp/../mcp/crm/x",
            "invalid_target",
        ),
        ("resource", "https://evil.example/mcp/crm", "invalid_target"),
        ("resource", "http://berth.example/mcp/crm", "invalid_target"),
        ("resource", "crm", "invalid_target"),
    ] {
        let refused = world
            .server
            .asked(&right.with(name, value).text())
            .await
            .unwrap_err();
        assert_eq!(told(refused), error, "{name}={value}");
    }
    let mut doubled = right.clone();
    doubled
        .0
        .push(("resource".to_owned(), format!("{BASE}/mcp/mail")));
    assert_eq!(
        told(world.server.asked(&doubled.text()).await.unwrap_err()),
        "invalid_target"
    );
    for fine in [
        "https://berth.example/mcp/crm/",
        "https://BERTH.example:443/mcp/crm",
    ] {
        world
            .server
            .asked(&right.with("resource", fine).text())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_yes_is_remembered_where_the_client_can_be_told_from_others() {
    let world = World::new().await;
    let body = json!({"redirect_uris": [CALLBACK, "http://127.0.0.1/cb"], "client_name": "c\u{202e}\nevil"});
    let client = world.registering(&body).await.1["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let is_asked = async |form: &Form| {
        let asked = world.server.asked(&form.text()).await.unwrap();
        match world.server.next(&asked, &world.alice).await.unwrap() {
            Step::Ask(view) => {
                assert_eq!(view.client, "cevil");
                true
            }
            Step::Back(_) => false,
        }
    };
    let (https, local) = (
        world.right(&client),
        world
            .right(&client)
            .with("redirect_uri", "http://127.0.0.1:49/cb"),
    );
    assert!(is_asked(&https).await);
    world.code(&https).await;
    assert!(!is_asked(&https).await);
    assert!(is_asked(&https.with("prompt", "consent")).await);
    assert!(
        is_asked(&https.with("scope", "mcp offline_access")).await,
        "it asks for more"
    );
    assert!(
        is_asked(&https.with("resource", &format!("{BASE}/mcp/mail"))).await,
        "another connector"
    );
    assert!(is_asked(&local).await, "any program can listen there");
    world.code(&local).await;
    assert!(is_asked(&local).await);
    let asked = world.server.asked(&https.text()).await.unwrap();
    let no: Url = world.server.deny(&asked).parse().unwrap();
    assert!(no.query().unwrap().contains("error=access_denied"), "{no}");
}

#[tokio::test]
async fn who_may_not_use_a_connector_lets_nobody_use_it() {
    let world = World::new().await;
    let client = world.register().await;
    let tokens = world.tokens(&client).await;
    world.calls(&tokens["access_token"], "crm").await.unwrap();
    let (crm, bob) = (
        ConnectorId::from("con_1".to_owned()),
        UserId::from("usr_b".to_owned()),
    );
    let admin = &world.alice;
    world
        .identity
        .set_access(admin, &crm, Some((&[bob], &[])))
        .await
        .unwrap();
    assert!(matches!(
        world.calls(&tokens["access_token"], "crm").await,
        Err(IdentityError::NotAllowed { .. })
    ));
    let asked = world.server.asked(&world.right(&client).text()).await.unwrap();
    assert_eq!(
        told(world.server.next(&asked, &world.alice).await.unwrap_err()),
        "access_denied"
    );
    assert_eq!(
        told(world.server.allow(&asked, &world.alice).await.unwrap_err()),
        "access_denied"
    );

    let sales = ["sales".parse().unwrap()];
    world
        .identity
        .set_access(admin, &crm, Some((&[], &sales)))
        .await
        .unwrap();
    assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
    world
        .identity
        .set_groups(admin, &world.alice.user, &sales)
        .await
        .unwrap();
    world.calls(&tokens["access_token"], "crm").await.unwrap();
    // The one whom a rule named is gone: it is nobody's then, and not everybody's.
    world
        .store
        .execute("DELETE FROM user_groups; DELETE FROM access WHERE kind = 'group'")
        .await;
    world.identity.forget();
    assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
    world.identity.set_access(admin, &crm, None).await.unwrap();
    world.calls(&tokens["access_token"], "crm").await.unwrap();
}
