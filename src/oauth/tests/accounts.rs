//! What was granted of what was asked, and for which account.

use serde_json::json;

use super::{Access, World, bearer, fields};
use crate::oauth::{Change, Choice, FlowError, answer::CallbackQuery, consent::OwnConnection};

impl World {
    async fn ask_for(&self, scopes: &str) {
        let change = Change {
            scopes: Some(vec![scopes.to_owned()]),
            ..Change::default()
        };
        self.set(change).await.unwrap();
    }

    async fn own(&self) -> OwnConnection {
        self.oauth.connections(&self.alice.user).await.unwrap().remove(0)
    }

    /// The next authorizations are this person's, as the provider tells.
    pub(crate) async fn person(&self, sub: &str) {
        self.provider.books.lock().person = json!({"sub": sub, "email": format!("{sub}@x.example")});
        let change = Change {
            settings: fields(json!({"userinfo_url": self.provider.at("userinfo")})),
            ..Change::default()
        };
        self.set(change).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_not_granted_is_told_and_no_failure() {
    let world = World::new().await;
    world.provider.books.lock().grants = Some("read");
    world.authorize(&world.alice).await.unwrap();
    let own = world.own().await;
    assert_eq!(
        (own.scope.as_str(), own.missing.as_slice()),
        ("read", &["write".to_owned()][..])
    );
    assert!(own.usable);
    world.token(&world.alice).await;
    // The person may give it later.
    world.provider.books.lock().grants = None;
    let caller = world.alice.caller();
    let consent = world
        .oauth
        .authorize_again(&caller, &world.name, None)
        .await
        .unwrap();
    assert!(consent.is_some());
    assert!(
        world
            .oauth
            .authorize_again(&world.bob.caller(), &world.name, None)
            .await
            .unwrap()
            .is_none()
    );
    world.authorize(&world.alice).await.unwrap();
    assert!(world.own().await.missing.is_empty());
}

#[tokio::test]
async fn scopes_that_are_added_later_are_asked_for_in_context() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    let before = world.token(&world.alice).await;
    world.ask_for("read").await;
    world.token(&world.alice).await;
    world.ask_for("read write admin").await;
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    let handle = world.handle(&world.alice).await;
    let view = world.oauth.consent(&handle, &world.alice.user).await.unwrap();
    assert_eq!(view.added.as_deref(), Some(&["admin".to_owned()][..]));
    world.provider.books.lock().grants = Some("read write admin");
    world.authorize(&world.alice).await.unwrap();
    assert_ne!(bearer(&before), bearer(world.token(&world.alice).await.as_ref()));
}

#[tokio::test]
async fn who_gives_no_more_goes_on_with_what_there_is() {
    for at_provider in [true, false] {
        let world = World::new().await;
        world.authorize(&world.alice).await.unwrap();
        let before = world.token(&world.alice).await;
        world.ask_for("read write admin").await;
        if at_provider {
            let departure = world.depart(&world.alice).await;
            let declined = CallbackQuery {
                code: None,
                error: Some("access_denied".to_owned()),
                ..world.provider.agree(&departure.location)
            };
            let cookie = Some(departure.cookie.expose().as_str());
            let error = world
                .finish(declined, cookie, Some(&world.alice))
                .await
                .unwrap_err();
            assert!(matches!(error, FlowError::Denied));
        } else {
            let handle = world.handle(&world.alice).await;
            world.oauth.stay(&handle, &world.bob.user).await.unwrap_err();
            world.oauth.stay(&handle, &world.alice.user).await.unwrap();
        }
        assert_eq!(bearer(&before), bearer(world.token(&world.alice).await.as_ref()));
        assert_eq!(world.own().await.missing, ["admin"]);
        // Somebody who waits for the grant does not wait for more.
        world.oauth.granted(&world.alice.user, &world.connector).await;
    }
}

#[tokio::test]
async fn another_account_takes_no_place_unasked() {
    for choice in [Choice::TakeNew, Choice::KeepOld] {
        let world = World::new().await;
        world.person("anna").await;
        world.authorize(&world.alice).await.unwrap();
        assert_eq!(world.own().await.account.as_deref(), Some("anna anna@x.example"));
        // The same account again is no question.
        world.authorize(&world.alice).await.unwrap();
        let before = world.token(&world.alice).await;
        world.person("eve").await;
        let finished = world.authorize(&world.alice).await.unwrap();
        assert_eq!(finished.connector.as_str(), "crm");
        assert_eq!(bearer(&before), bearer(world.token(&world.alice).await.as_ref()));
        let question = |user| {
            let (oauth, name) = (world.oauth.clone(), world.name.clone());
            async move { oauth.question(&user, &name).await.unwrap() }
        };
        assert!(question(world.bob.user.clone()).await.is_none());
        let asked = question(world.alice.user.clone()).await.unwrap();
        assert_eq!(
            (asked.before.as_str(), asked.now.as_str()),
            ("anna anna@x.example", "eve eve@x.example")
        );
        world
            .oauth
            .choose(&world.bob.user, &world.name, choice)
            .await
            .unwrap_err();
        let (one, two) = tokio::join!(
            world.oauth.choose(&world.alice.user, &world.name, choice),
            world.oauth.choose(&world.alice.user, &world.name, choice),
        );
        assert!(one.is_ok() != two.is_ok(), "an answer counts once");
        assert!(question(world.alice.user.clone()).await.is_none());
        let after = world.token(&world.alice).await;
        let is_new = bearer(&before) != bearer(&after);
        assert_eq!(is_new, choice == Choice::TakeNew);
        // Nobody keeps what is not used.
        let gone = if is_new {
            bearer(&before)
        } else {
            "Bearer access-6"
        };
        let revoked = world.provider.books.lock().revoked.clone();
        assert!(
            revoked.contains(&gone["Bearer ".len()..].to_owned()),
            "{gone} {revoked:?}"
        );
        assert!(!revoked.contains(&bearer(&after)["Bearer ".len()..].to_owned()));
    }
}

#[tokio::test]
async fn a_question_without_an_answer_changes_nothing() {
    let world = World::new().await;
    world.person("anna").await;
    world.authorize(&world.alice).await.unwrap();
    let before = world.token(&world.alice).await;
    world.person("eve").await;
    world.authorize(&world.alice).await.unwrap();
    let due = "UPDATE flows SET expires_at = 1; UPDATE revocations SET next_at = 1";
    world.store.execute(due).await;
    world
        .oauth
        .choose(&world.alice.user, &world.name, Choice::TakeNew)
        .await
        .unwrap_err();
    assert_eq!(bearer(&before), bearer(world.token(&world.alice).await.as_ref()));
    // Nobody keeps what is not used.
    world.oauth.round().await;
    let revoked = world.provider.books.lock().revoked.clone();
    assert!(revoked.contains(&"access-4".to_owned()), "{revoked:?}");
    assert!(!revoked.contains(&bearer(&before)["Bearer ".len()..].to_owned()));
}
