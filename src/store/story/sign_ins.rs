//! Command lines that sign in, and pipelines that are trusted.

use std::collections::BTreeMap;

use crate::{
    model::{self, Digest, TokenId, TrustId},
    store::{Device, LoginCode, Poll, Store, StoreError, TokenRecord, TrustRecord, User},
};

pub(super) async fn tell(store: &Store, alice: &User) {
    codes(store, alice).await;
    devices(store, alice).await;
    trusts(store, alice).await;
}

async fn codes(store: &Store, alice: &User) {
    let code = LoginCode {
        user: alice.id.clone(),
        host: "laptop".into(),
        redirect_uri: "http://127.0.0.1:1/callback".into(),
        challenge: "c".into(),
        expires_at: 100,
    };
    let hash = Digest::of(b"code");
    store.add_login_code(&hash, &code).await.unwrap();
    let (one, two) = tokio::join!(store.take_login_code(&hash, 50), store.take_login_code(&hash, 50));
    let taken: Vec<LoginCode> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken.len(), 1, "a code is used once");
    assert_eq!((taken[0].host.as_str(), &taken[0].user), ("laptop", &alice.id));
    store.add_login_code(&hash, &code).await.unwrap();
    assert!(
        store.take_login_code(&hash, 100).await.unwrap().is_none(),
        "too late"
    );
}

async fn devices(store: &Store, alice: &User) {
    let device = |code: &str| Device {
        user_code: code.into(),
        host: "server".into(),
        address: "192.0.2.1".into(),
        created_at: 0,
        expires_at: 1_000_000,
    };
    let (hash, other) = (Digest::of(b"device"), Digest::of(b"other device"));
    assert!(
        store
            .add_device(&hash, &device("BCDF"), 5_000, 0, 2)
            .await
            .unwrap()
    );
    let taken = store.add_device(&other, &device("BCDF"), 5_000, 0, 2).await;
    assert!(matches!(taken, Err(StoreError::Conflict)));
    assert!(
        store
            .add_device(&other, &device("GHJK"), 5_000, 0, 2)
            .await
            .unwrap()
    );
    let third = Digest::of(b"third");
    assert!(
        !store
            .add_device(&third, &device("LMNP"), 5_000, 0, 2)
            .await
            .unwrap()
    );

    let poll = async |hash: &Digest, now: i64| store.poll_device(hash, now).await.unwrap();
    assert_eq!(poll(&third, 1).await, Poll::Unknown);
    assert_eq!(poll(&hash, 4_999).await, Poll::Early(10_000));
    assert_eq!(
        poll(&hash, 14_998).await,
        Poll::Early(15_000),
        "from when it last asked"
    );
    assert_eq!(poll(&hash, 30_000).await, Poll::Pending);
    assert_eq!(poll(&hash, 1_000_000).await, Poll::Expired);

    assert!(store.device("BCDF", 1_000_000).await.unwrap().is_none());
    assert_eq!(store.device("BCDF", 1).await.unwrap().unwrap().host, "server");
    assert!(
        !store
            .settle_device("BCDF", Some(&alice.id), 1_000_000)
            .await
            .unwrap()
    );
    assert!(store.settle_device("BCDF", Some(&alice.id), 1).await.unwrap());
    assert!(
        !store.settle_device("BCDF", None, 1).await.unwrap(),
        "it was answered"
    );
    assert!(store.device("BCDF", 1).await.unwrap().is_none());
    let allowed = Poll::Allowed {
        user: alice.id.clone(),
        host: "server".into(),
    };
    assert_eq!(poll(&hash, 2).await, allowed, "a yes is told without a wait");
    assert_eq!(poll(&hash, 3).await, Poll::Unknown, "once");
    assert!(store.settle_device("GHJK", None, 1).await.unwrap());
    assert_eq!(poll(&other, 2).await, Poll::Denied);
    assert!(store.add_device(&hash, &device("BCDF"), 0, 0, 2).await.unwrap());
    assert!(
        store
            .add_device(&other, &device("BCDF"), 0, 1_000_000, 2)
            .await
            .unwrap(),
        "the old one has gone"
    );
}

async fn trusts(store: &Store, alice: &User) {
    let claims: BTreeMap<String, String> = [("repository".to_owned(), "acme/gong".to_owned())].into();
    let trust = TrustRecord {
        id: TrustId::random(),
        user: alice.id.clone(),
        issuer: "https://ci.example".into(),
        audience: None,
        claims: claims.clone(),
        scope: "deploy:gong".parse().unwrap(),
        created_at: 7,
        used_at: None,
    };
    store.add_trust(&trust).await.unwrap();
    let mut pinned = claims.clone();
    pinned.insert("repository_id".to_owned(), "7".to_owned());
    assert!(store.use_trust(&trust, &pinned, 9).await.unwrap());
    assert!(
        !store.use_trust(&trust, &claims, 9).await.unwrap(),
        "it has changed"
    );
    let (found, user) = store.trusts().await.unwrap().remove(0);
    assert_eq!(
        (found.used_at, &found.claims, user.id),
        (Some(9), &pinned, alice.id.clone())
    );
    assert_eq!((found.scope, found.audience), (trust.scope.clone(), None));

    let now = model::now();
    let token = |trusts: Option<Vec<TrustId>>| TokenRecord {
        id: TokenId::random(),
        user: alice.id.clone(),
        label: "pipeline".into(),
        scope: trust.scope.clone(),
        trust: trusts,
        created_at: now,
        expires_at: Some(now + 1000),
        revoked_at: None,
    };
    let second = TrustRecord {
        id: TrustId::random(),
        ..trust.clone()
    };
    store.add_trust(&second).await.unwrap();
    let own = token(Some(vec![second.id.clone(), trust.id.clone()]));
    let another = token(Some(vec![second.id.clone()]));
    let late = token(Some(vec![second.id.clone(), TrustId::random()]));
    let refused = store.add_token(&late, &Digest::of(b"late")).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "its trust has gone");
    store.add_token(&own, &Digest::of(b"own")).await.unwrap();
    store.add_token(&another, &Digest::of(b"another")).await.unwrap();
    let ids = async |now: i64| {
        let tokens = store.tokens(Some(&alice.id), now).await.unwrap();
        let pipelines = tokens.into_iter().filter(|(token, _)| token.trust.is_some());
        pipelines.map(|(token, _)| token.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(now).await.len(), 2);
    assert!(
        ids(now + 1000).await.is_empty(),
        "those that have ended are not listed"
    );
    assert!(store.remove_trust(&trust.id, now).await.unwrap());
    assert!(!store.remove_trust(&trust.id, now).await.unwrap());
    assert_eq!(ids(now).await, std::slice::from_ref(&another.id));
    let (kept, _) = store.token_by_hash(&Digest::of(b"own")).await.unwrap().unwrap();
    assert_eq!(kept.revoked_at, Some(now), "and whoever brings it is told");
    assert!(!store.revoke_token(&own.id, now).await.unwrap());
    assert!(store.revoke_token(&another.id, now).await.unwrap());
    let later = token(None);
    let later = TokenRecord {
        created_at: now + 31 * 24 * 3600 * 1000,
        ..later
    };
    store.add_token(&later, &Digest::of(b"later")).await.unwrap();
    assert!(
        store.token_by_hash(&Digest::of(b"own")).await.unwrap().is_none(),
        "long ago"
    );
    store.revoke_token(&later.id, now).await.unwrap();
}
