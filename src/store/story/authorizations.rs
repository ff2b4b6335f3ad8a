//! Providers, grants and flows.

use crate::{
    model::{self, ConnectorId, ProviderId, Role, Roles, UserId},
    secret::Secret,
    store::{
        Away, Connection, Departing, FlowOutcome, GrantState, GrantsOf, InDoubt, NewFlow, NewGrant, Provider,
        Sending, Store, StoreError, TokenSet,
    },
};

pub(super) async fn tell(store: &Store) {
    let roles = Roles::new([Role::Member]);
    let user = store
        .add_user(&"oauth-user".parse().unwrap(), &roles)
        .await
        .unwrap()
        .id;
    let name = "oauth-crm".parse().unwrap();
    let connector = store.connector_or_new(&name).await.unwrap().id;
    let connection = settings(store, &connector).await;
    tokens(store, &connector, &connection.provider.id, &user).await;
    super::another_key(store, 2).await;
    flows(store, &connector, &connection.provider.id, &user).await;
    let stranger = ProviderId::random();
    for (of, count) in [
        (GrantsOf::ConnectorAt(&connector, &stranger), 0),
        (GrantsOf::ConnectorAt(&connector, &connection.provider.id), 1),
        (GrantsOf::Connector(&connector), 0),
    ] {
        assert_eq!(store.take_grants(of).await.unwrap().len(), count);
    }
    leaving(store, &connector, &connection.provider.id, &user).await;
    assert!(
        store
            .drop_connection(&connector, &connection.provider.id)
            .await
            .unwrap()
    );
    store.drop_unused_providers().await.unwrap();
    assert!(store.provider(&connection.provider.name).await.unwrap().is_none());
    assert!(
        !store
            .drop_connection(&connector, &connection.provider.id)
            .await
            .unwrap()
    );
}

async fn settings(store: &Store, connector: &ConnectorId) -> Connection {
    let fresh = Connection {
        provider: Provider {
            id: ProviderId::random(),
            name: "oauth-crm".parse().unwrap(),
            version: 0,
            settings: serde_json::from_value(serde_json::json!({
                "auth_url": "https://p.example/a",
                "token_url": "https://p.example/t",
                "client_id": "c",
            }))
            .unwrap(),
            client_secret: None,
            client_auth: None,
            trouble: None,
            discovered: None,
        },
        mapping: model::Mapping::default(),
        scopes: vec!["a".to_owned(), "b".to_owned()],
        owner: model::Owner::User,
        version: 0,
    };
    store.put_connection(connector, &fresh, &[]).await.unwrap();
    let again = store.put_connection(connector, &fresh, &[]).await;
    assert!(
        matches!(again, Err(StoreError::Conflict)),
        "the versions have moved on"
    );
    let mut read = store
        .connection(connector, &fresh.provider.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((read.version, read.provider.version), (1, 1));
    assert_eq!(read.scopes, fresh.scopes);
    read.provider.client_secret = Some(Secret::new("s".to_owned()));
    store.put_connection(connector, &read, &[]).await.unwrap();
    let read = store
        .connection(connector, &fresh.provider.id)
        .await
        .unwrap()
        .unwrap();
    store
        .note_client_auth(&read.provider, model::ClientAuth::Post)
        .await
        .unwrap();
    let provider = store.provider(&read.provider.name).await.unwrap().unwrap();
    assert_eq!(provider.client_auth, Some(model::ClientAuth::Post));
    assert!(provider.client_secret.unwrap().expose() == "s");
    let users = store.connectors_of(&provider.id).await.unwrap();
    assert_eq!(users[0].0.as_str(), "oauth-crm");
    read
}

fn token_set(access: &str) -> TokenSet {
    TokenSet {
        access_token: Secret::new(access.to_owned()),
        refresh_token: Some(Secret::new("r".to_owned())),
        id_token: None,
        token_type: "Bearer".to_owned(),
        scope: "a".to_owned(),
        lifetime: Some(10),
        asked_at: 5,
        revoke_origin: None,
        vars: model::Values::new(),
    }
}

async fn tokens(store: &Store, connector: &ConnectorId, provider: &ProviderId, user: &UserId) {
    let (one, two) = (token_set("one"), token_set("two"));
    let new = |tokens| NewGrant {
        connector,
        provider,
        user,
        owner: model::Owner::User,
        bound_to: "https://p.example c",
        tokens,
        asked: "a b",
        account: Some("7 a@x.example"),
    };
    let first = store.put_grant(&new(&one)).await.unwrap().unwrap();
    let second = store.put_grant(&new(&two)).await.unwrap().unwrap();
    assert!(store.grant(&first).await.unwrap().is_none(), "replaced");
    let grant = store.grant_at(user, connector, provider).await.unwrap().unwrap();
    assert_eq!((&grant.id, grant.version, grant.attempt), (&second, 1, None));
    assert!(grant.tokens.access_token.expose() == "two");
    assert_eq!(
        (grant.asked.as_str(), grant.account.as_deref()),
        ("a b", Some("7 a@x.example"))
    );
    store.note_asked(&grant.id, "a b c").await.unwrap();
    assert_eq!(store.grant(&grant.id).await.unwrap().unwrap().asked, "a b c");

    let later = model::now() + 60_000;
    assert!(store.lease_tokens(&grant.id, "x", later).await.unwrap());
    assert!(
        !store.lease_tokens(&grant.id, "y", later).await.unwrap(),
        "x holds it"
    );
    assert!(
        store.lease_tokens(&grant.id, "x", 1).await.unwrap(),
        "x may renew it"
    );
    assert!(!store.note_intent(&grant, "y", Sending::First).await.unwrap());
    assert!(store.note_intent(&grant, "x", Sending::Late).await.unwrap());
    assert!(
        store.lease_tokens(&grant.id, "y", later).await.unwrap(),
        "x let it run out"
    );
    let attempt = store.grant(&grant.id).await.unwrap().unwrap().attempt;
    assert_eq!(attempt.unwrap().sending, Sending::Late);
    store.release_tokens(&grant.id, "y", InDoubt::Yes).await.unwrap();
    assert!(store.grant(&grant.id).await.unwrap().unwrap().attempt.is_some());

    let (three, four) = (token_set("three"), token_set("four"));
    let (won, other) = tokio::join!(
        store.save_tokens(&grant, &three),
        store.save_tokens(&grant, &four)
    );
    assert!(won.unwrap() != other.unwrap(), "one of them");
    assert!(
        !store.end_grant(&grant, GrantState::NeedsReauth).await.unwrap(),
        "the tokens have moved on"
    );
    let grant = store.grant(&grant.id).await.unwrap().unwrap();
    assert_eq!(
        (grant.version, grant.attempt, grant.state),
        (2, None, GrantState::Active)
    );
    assert_eq!(store.count_grants(connector, provider).await.unwrap(), 1);
    assert!(store.end_grant(&grant, GrantState::NeedsReauth).await.unwrap());
    assert_eq!(store.count_grants(connector, provider).await.unwrap(), 0);
    assert!(store.has_grant_at(user, "https://p.example c").await.unwrap());
    assert_eq!(
        store.grants_of_user(user).await.unwrap()[0].0.as_str(),
        "oauth-crm"
    );

    let stranger = ConnectorId::random();
    let orphan = NewGrant {
        connector: &stranger,
        ..new(&three)
    };
    assert!(store.put_grant(&orphan).await.unwrap().is_none());
}

async fn flows(store: &Store, connector: &ConnectorId, provider: &ProviderId, user: &UserId) {
    let later = model::now() + 60_000;
    let flow = |hash, expires_at| NewFlow {
        hash,
        connector,
        provider,
        user,
        client: "client",
        expires_at,
    };
    store.put_flow(&flow("expired", 1)).await.unwrap();
    assert!(store.flow("expired").await.unwrap().is_none());
    store.put_flow(&flow("handle", later)).await.unwrap();
    let away = Away {
        verifier: Some(Secret::new("v".to_owned())),
        ..Away::default()
    };
    let departing = |state_hash| Departing {
        state_hash,
        browser_hash: "browser",
        away: &away,
        bound_to: "there",
        expires_at: later,
    };
    assert!(store.depart("handle", &departing("first")).await.unwrap());
    assert!(store.depart("handle", &departing("second")).await.unwrap());
    super::another_key(store, 3).await;
    assert!(store.flow_by_state("first").await.unwrap().is_none());
    let found = store.flow_by_state("second").await.unwrap().unwrap();
    assert!(found.away.unwrap().verifier.unwrap().expose() == "v");
    let (one, other) = tokio::join!(
        store.take_flow("handle", "second"),
        store.take_flow("handle", "second")
    );
    assert!(one.unwrap() != other.unwrap(), "one of them");
    store.reopen_flow("handle", "second").await.unwrap();
    assert!(store.depart("handle", &departing("third")).await.unwrap());
    assert!(store.take_flow("handle", "third").await.unwrap());
    store.end_flow("handle").await.unwrap();
    assert!(!store.depart("handle", &departing("fourth")).await.unwrap());
    store.reopen_flow("handle", "third").await.unwrap();
    let found = store.flow("handle").await.unwrap().unwrap();
    assert_eq!(
        found.outcome,
        Some(FlowOutcome::Granted),
        "a grant can't be taken back so"
    );
    let hashes: Vec<String> = (0..40).map(|n| format!("many{n}")).collect();
    for (hash, later) in hashes.iter().zip(later..) {
        store.put_flow(&flow(hash, later)).await.unwrap();
    }
    assert!(store.flow("many0").await.unwrap().is_none());
    assert!(store.flow("many8").await.unwrap().is_some());
}

/// A consent and the removal of its user at the same time leave no grant that nobody was given.
async fn leaving(store: &Store, connector: &ConnectorId, provider: &ProviderId, user: &UserId) {
    let tokens = token_set("late");
    let new = NewGrant {
        connector,
        provider,
        user,
        owner: model::Owner::User,
        bound_to: "https://p.example c",
        tokens: &tokens,
        asked: "a",
        account: None,
    };
    store.put_grant(&new).await.unwrap().unwrap();
    let (put, removed) = tokio::join!(store.put_grant(&new), store.remove_user(user));
    let left = removed.unwrap().unwrap().grants;
    assert_eq!(left.len(), 1);
    if let Ok(Some(id)) = put {
        assert_eq!(left[0].id, id);
    }
    assert!(store.grant_at(user, connector, provider).await.unwrap().is_none());
    assert!(store.put_grant(&new).await.unwrap().is_none());
}
