//! Values of a connector, and what its users give.

use crate::{
    model::{ConnectorId, EnvName, Probe, Role, Roles, UserId},
    secret::Secret,
    store::{Revalued, Secrets, Store, StoreError, Value, Values},
};

fn text(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn name(name: &str) -> EnvName {
    name.parse().unwrap()
}

/// The values with one more.
fn with(key: &str, value: Value) -> impl FnOnce(&Values) -> Result<Values, StoreError> {
    move |old| {
        let mut new = old.clone();
        new.insert(name(key), value);
        Ok(new)
    }
}

fn told(values: &Values) -> Vec<String> {
    let line = |(name, value): (&EnvName, &Value)| {
        format!("{name} {} {}", value.kind().as_str(), value.text().expose())
    };
    values.iter().map(line).collect()
}

pub(super) async fn tell(store: &Store) {
    let roles = Roles::new([Role::Admin]);
    let alice = store.add_user(&"alice-v".parse().unwrap(), &roles).await.unwrap();
    let bob = store.add_user(&"bob-v".parse().unwrap(), &roles).await.unwrap();
    let connector = changes(store, &alice.id).await;
    givers(store, &connector, (&alice.id, &bob.id)).await;
    store.remove_user(&alice.id).await.unwrap();
    assert!(
        store.user_values(&connector, &alice.id).await.unwrap().is_empty(),
        "values go with their user"
    );
    super::another_key(store, 1).await;
    assert_eq!(store.user_values(&connector, &bob.id).await.unwrap().len(), 1);
    store.remove_connector(&connector).await.unwrap();
    assert!(
        store.user_values(&connector, &bob.id).await.unwrap().is_empty(),
        "and with their connector"
    );
    store.remove_user(&bob.id).await.unwrap();
}

async fn changes(store: &Store, actor: &UserId) -> ConnectorId {
    let connector = store.connector_or_new(&"values".parse().unwrap()).await.unwrap();
    let id = connector.id.clone();
    let set = async |key: &str, value: Value| store.revalue(&id, actor, with(key, value)).await.unwrap();
    let serving = async || {
        let now = store.connector_named(&connector.name).await.unwrap().unwrap();
        told(&store.environment(&id, now.environment).await.unwrap())
    };
    // Before there is a release the connector just has them.
    assert!(matches!(set("A", Value::Plain(text("1"))).await, Revalued::Kept));
    assert!(matches!(
        set("A", Value::Plain(text("1"))).await,
        Revalued::Unchanged
    ));
    store.remove_bare_connector(&id).await.unwrap();
    assert_eq!(serving().await, ["A plain 1"], "one with values is not bare");

    let spec =
        serde_json::from_str(r#"{"source":{"kind":"command","command":["x"]},"transport":{"kind":"stdio"}}"#)
            .unwrap();
    let secrets: Secrets = [(name("K"), text("canary"))].into();
    let (_, first) = store
        .add_release(&connector.name, &spec, &secrets, actor)
        .await
        .unwrap();
    let probe: Probe = serde_json::from_str(r#"{"initialize":{}}"#).unwrap();
    assert!(
        store
            .promote(&first, r#"{"argv":["one"]}"#, &probe)
            .await
            .unwrap()
    );
    assert_eq!(serving().await, ["A plain 1", "K secret canary"]);

    // Two at once lose nothing: each comes on top of the other, and of the release that serves.
    let (one, two) = tokio::join!(
        set("B", Value::Plain(text(""))),
        set("C", Value::PerUser(text("your key")))
    );
    let (Revalued::Recorded(one), Revalued::Recorded(two)) = (one, two) else {
        panic!("two releases");
    };
    let last = if one.number > two.number { &one } else { &two };
    assert_eq!(one.number + two.number, 5);
    assert_eq!(
        (last.revalues, last.resolved.as_deref(), &last.spec),
        (Some(1), Some(r#"{"argv":["one"]}"#), &first.spec)
    );
    let all = ["A plain 1", "B plain ", "C per-user your key", "K secret canary"];
    assert_eq!(
        told(&store.environment(&id, last.environment).await.unwrap()),
        all
    );
    assert_eq!(serving().await.len(), 2, "what serves keeps what it has");
    assert!(store.promote(last, "{}", &probe).await.unwrap());
    assert_eq!(serving().await, all);

    // A secret that is made to pass for what is shown does not open.
    store
        .execute("UPDATE environment SET kind = 'plain' WHERE kind = 'secret'")
        .await;
    let moved = store.environment(&id, last.environment).await;
    assert!(matches!(moved, Err(StoreError::Sealed(_))), "{moved:?}");
    store
        .execute("UPDATE environment SET kind = 'secret' WHERE name = 'K'")
        .await;
    id
}

async fn givers(store: &Store, connector: &ConnectorId, (alice, bob): (&UserId, &UserId)) {
    let give = async |user: &UserId, value: &str| {
        let given = [(name("C"), text(value))].into();
        store
            .change_user_values(connector, user, &given, &[])
            .await
            .unwrap()
    };
    let has = async |user: &UserId| {
        let values = store.user_values(connector, user).await.unwrap();
        let value = values.get(&name("C"));
        value.map(|value| (value.text.expose().clone(), value.version))
    };
    assert_eq!(has(alice).await, None);
    assert!(give(alice, "of alice").await);
    assert!(give(bob, "of bob").await);
    let (first, version) = has(alice).await.unwrap();
    assert_eq!(first, "of alice");
    assert_eq!(
        store.count_user_values(connector).await.unwrap(),
        [("C".to_owned(), 2)].into()
    );
    store
        .change_user_values(connector, alice, &[].into(), &[name("C"), name("X")])
        .await
        .unwrap();
    assert_eq!(has(alice).await, None);
    assert!(give(alice, "of alice").await);
    assert_ne!(has(alice).await.unwrap().1, version, "it is given anew");
    assert!(
        !give(&UserId::random(), "nobody's").await,
        "nobody gives what is nobody's"
    );
    // What no version asks for any more goes.
    let given = [(name("GONE"), text("x"))].into();
    store
        .change_user_values(connector, bob, &given, &[])
        .await
        .unwrap();
    store.prune_releases(10).await.unwrap();
    let left = store.user_values(connector, bob).await.unwrap();
    assert_eq!(left.keys().collect::<Vec<_>>(), [&name("C")]);
}
