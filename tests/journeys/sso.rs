//! Signing in at a real OpenID provider.

use serde_json::json;

use crate::support::{
    auth_server::AuthServer,
    broker::Broker,
    browser::{Browser, Page},
};

/// `berth sso set` with the provider and more flags.
async fn set(broker: &Broker, provider: &AuthServer, more: &[&str]) -> crate::support::program::Output {
    let mut arguments = vec![
        "sso",
        "set",
        "--issuer",
        &provider.issuer,
        "--client-id",
        &provider.client_id,
    ];
    arguments.extend(["--scope", "email", "--client-secret-file", "-"]);
    arguments.extend(more);
    broker.cli_reading(&provider.client_secret, &arguments).await
}

/// Signs in from the broker's start page as `account`; gives the last page.
async fn sign_in(browser: &mut Browser, broker: &Broker, account: &str) -> Page {
    let page = browser.open(&broker.url).await;
    assert_eq!(page.url.path(), "/login", "{page:?}");
    let berth = page.url.origin();
    let mut page = browser.submit(page.form(), &[]).await;
    for _ in 0..4 {
        if page.url.origin() == berth {
            break;
        }
        let form = page.form();
        page = if form.has("login") {
            browser
                .submit(form, &[("login", account), ("password", "any")])
                .await
        } else {
            browser.submit(form, &[]).await
        };
    }
    page
}

#[tokio::test]
async fn people_sign_in_there_and_become_users() {
    let broker = Broker::start().await;
    let callback = format!("{}/login/sso/callback", broker.url);
    let groups = json!({"alice": ["sales"]});
    let Some(provider) = AuthServer::start_with_groups(&[callback], groups).await else {
        return;
    };
    // Somebody of that name is here already, and stays somebody else.
    broker.add_user("alice").await;
    let wrong = broker
        .cli(&[
            "sso",
            "set",
            "--issuer",
            &format!("{}/nowhere", provider.issuer),
            "--client-id",
            "x",
        ])
        .await;
    assert_ne!(wrong.status, Some(0));
    assert!(
        wrong.stderr.contains(".well-known/openid-configuration"),
        "{wrong:?}"
    );
    set(&broker, &provider, &[]).await.ok();
    let shown = broker.json(&["sso", "show"]).await;
    assert_eq!(shown["has_secret"], true);
    assert!(!shown.to_string().contains(&provider.client_secret));

    let mut browser = Browser::new();
    let page = sign_in(&mut browser, &broker, "alice").await;
    assert_eq!((page.status, page.url.path()), (200, "/"), "{page:?}");
    assert!(page.body.contains("alice-2"), "{}", page.body);
    let users = broker.json(&["users", "list"]).await;
    let groups_of = |name: &str| {
        let users = users["users"].as_array().unwrap();
        users
            .iter()
            .find(|user| user["name"] == name)
            .map(|user| user["groups"].clone())
    };
    assert_eq!(groups_of("alice-2"), Some(json!(["sales"])), "{users}");
    assert_eq!(groups_of("alice"), Some(json!([])));
    // The second time it is the same person.
    let page = sign_in(&mut Browser::new(), &broker, "alice").await;
    assert!(page.body.contains("alice-2"), "{}", page.body);

    // An answer that was not asked for in this browser signs nobody in.
    for query in ["code=x&state=y", "code=x", "error=access_denied&state=y"] {
        let page = Browser::new()
            .open(&format!("{}/login/sso/callback?{query}", broker.url))
            .await;
        assert_eq!(page.status, 400, "{page:?}");
    }

    set(&broker, &provider, &["--allow-group", "sales"]).await.ok();
    assert_eq!(sign_in(&mut Browser::new(), &broker, "alice").await.status, 200);
    let page = sign_in(&mut Browser::new(), &broker, "bob").await;
    assert_eq!(page.status, 403, "{page:?}");
    assert!(page.body.contains("none of the groups"), "{}", page.body);
    set(&broker, &provider, &["--allow-domain", "example.test"])
        .await
        .ok();
    assert_eq!(sign_in(&mut Browser::new(), &broker, "bob").await.status, 200);
    assert_eq!(
        sign_in(&mut Browser::new(), &broker, "unverified").await.status,
        403
    );
    set(&broker, &provider, &["--allow-domain", "other.test"])
        .await
        .ok();
    assert_eq!(sign_in(&mut Browser::new(), &broker, "bob").await.status, 403);
    let users = broker.json(&["users", "list"]).await.to_string();
    assert!(!users.contains("unverified"), "{users}");

    broker.cli(&["sso", "unset", "--yes"]).await.ok();
    let page = Browser::new().open(&format!("{}/login", broker.url)).await;
    assert!(!page.body.contains("/login/sso"), "{}", page.body);
    broker
        .cli(&["sso", "show"])
        .await
        .fails(5, &["no single sign-on"]);
}
