//! One story on every database: what is written can be read, what must be unique is, what belongs together goes
//! together, and one of two that want the same thing gets it.

mod authorizations;
mod sign_ins;
mod values;

use super::{Secrets, Store, StoreError, TokenRecord};
use crate::{
    model::{
        self, Digest, Failure, Probe, ReleaseId, Role, Roles, Run, Source, Spec, State, TokenId, Transport,
        UserId,
    },
    seal::{MasterKey, Sealer},
    secret::Secret,
};

#[tokio::test]
async fn on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_file(&dir.path().join("berth.db"), Sealer::new([1; 32]))
        .await
        .unwrap();
    tell(&store).await;
}

/// `tests/run` starts a PostgreSQL and names it here; without one there is nothing to run on.
#[tokio::test]
async fn on_postgresql() {
    #[allow(
        clippy::disallowed_methods,
        reason = "a test is told its database by its environment"
    )]
    let Ok(url) = std::env::var("BERTH_TEST_POSTGRES") else {
        #[allow(clippy::disallowed_methods, reason = "under CI nothing may be skipped")]
        let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!in_ci, "BERTH_TEST_POSTGRES must name a database");
        println!("skipped: BERTH_TEST_POSTGRES names no database (tests/run starts one)");
        return;
    };
    let schema = format!("story_{}", model::now());
    let admin = Store::open_bare(&url).await;
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
        .execute(&admin)
        .await
        .unwrap();
    let separator = if url.contains('?') { '&' } else { '?' };
    let own = format!("{url}{separator}options=-csearch_path%3D{schema}");
    let (one, two) = tokio::join!(
        Store::open(&own, Sealer::new([1; 32])),
        Store::open(&own, Sealer::new([1; 32]))
    );
    two.unwrap().close().await;
    let store = one.unwrap();
    tell(&store).await;
    store.close().await;
    sqlx::query(sqlx::AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE")))
        .execute(&admin)
        .await
        .unwrap();
}

impl Store {
    async fn open_bare(url: &str) -> sqlx::AnyPool {
        sqlx::any::install_default_drivers();
        sqlx::AnyPool::connect(url).await.unwrap()
    }
}

async fn tell(store: &Store) {
    store.ping().await.unwrap();
    people(store).await;
    connectors(store).await;
    rollbacks(store).await;
    values::tell(store).await;
    authorizations::tell(store).await;
}

/// Everything that is sealed with key `number` moves to the one after it.
async fn another_key(store: &Store, number: u8) {
    let (old, new) = (MasterKey::new([number; 32]), MasterKey::new([number + 1; 32]));
    let before = store.key_counts().await.unwrap();
    assert_eq!(before.keys().collect::<Vec<_>>(), [&old.id]);
    store.change_keys(&new, std::slice::from_ref(&old)).await.unwrap();
    let done = store.reseal().await.unwrap();
    assert_eq!((done.moved.cast_signed(), done.stuck), (before[&old.id], 0));
    assert_eq!(store.reseal().await.unwrap().moved, 0);
    let after = store.key_counts().await.unwrap();
    assert_eq!(after.into_iter().collect::<Vec<_>>(), [(new.id, before[&old.id])]);
    store.change_keys(&new, &[]).await.unwrap();
}

async fn people(store: &Store) {
    let roles = Roles::new([Role::Admin, Role::Member]);
    let alice = store.add_user(&"alice".parse().unwrap(), &roles).await.unwrap();
    let again = store.add_user(&"alice".parse().unwrap(), &roles).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    assert_eq!(store.user_named(&alice.name).await.unwrap().unwrap().roles, roles);

    let token = TokenRecord {
        id: TokenId::random(),
        user: alice.id.clone(),
        label: "laptop".into(),
        scope: "deploy:crm".parse().unwrap(),
        trust: None,
        created_at: model::now(),
        expires_at: None,
        revoked_at: None,
    };
    let hash = Digest::of(b"token");
    store.add_token(&token, &hash).await.unwrap();
    let (found, owner) = store.token_by_hash(&hash).await.unwrap().unwrap();
    assert_eq!(
        (found.id, found.expires_at, owner.id),
        (token.id.clone(), None, alice.id.clone())
    );
    assert_eq!(found.scope, token.scope);
    let listed = async |user: Option<&UserId>| store.tokens(user, model::now()).await.unwrap().len();
    assert_eq!(listed(Some(&alice.id)).await, 1);
    assert_eq!(listed(Some(&UserId::random())).await, 0);
    assert_eq!(listed(None).await, 1);
    sign_ins::tell(store, &alice).await;

    let link = Digest::of(b"link");
    store
        .add_link(&link, &alice.id, model::now() + 60_000)
        .await
        .unwrap();
    let (one, two) = tokio::join!(
        store.take_link(&link, model::now()),
        store.take_link(&link, model::now())
    );
    assert_eq!(
        [one.unwrap(), two.unwrap()].iter().flatten().count(),
        1,
        "a link is used once"
    );
    store.add_link(&link, &alice.id, model::now() - 1).await.unwrap();
    assert!(
        store.take_link(&link, model::now()).await.unwrap().is_none(),
        "an old link is not used"
    );

    let cookie = Digest::of(b"cookie");
    store
        .add_browser(&cookie, &alice.id, model::now() + 60_000, model::now())
        .await
        .unwrap();
    assert_eq!(
        store.browser(&cookie, model::now()).await.unwrap().unwrap().id,
        alice.id
    );
    assert!(
        store
            .browser(&cookie, model::now() + 60_001)
            .await
            .unwrap()
            .is_none()
    );

    assert_eq!(
        store.remove_user(&alice.id).await.unwrap().unwrap().grants.len(),
        0
    );
    assert!(store.remove_user(&alice.id).await.unwrap().is_none());
    assert!(
        store.token_by_hash(&hash).await.unwrap().is_none(),
        "tokens go with their user"
    );
    assert!(store.browser(&cookie, model::now()).await.unwrap().is_none());
}

async fn connectors(store: &Store) {
    let name = "time".parse().unwrap();
    let actor = UserId::random();
    let spec = Spec {
        source: Source::Command {
            command: vec!["true".into()],
        },
        transport: Transport::Stdio,
        settings: [("A".parse().unwrap(), "1".to_owned())].into(),
        run: Run::default(),
    };
    let secrets = |pairs: &[(&str, &str)]| -> Secrets {
        pairs
            .iter()
            .map(|(n, v)| (n.parse().unwrap(), Secret::new((*v).to_owned())))
            .collect()
    };
    let (connector, first) = store
        .add_release(&name, &spec, &secrets(&[("K", "one")]), &actor)
        .await
        .unwrap();
    assert_eq!((first.number, first.state), (1, State::Pending));
    assert_eq!(store.unsettled_releases().await.unwrap().len(), 1);
    store.mark_starting(&first.id).await.unwrap();
    let probe: Probe = serde_json::from_str(r#"{"initialize":{"a":1},"tools":[{"name":"t"}]}"#).unwrap();
    assert!(store.promote(&first, "{}", &probe).await.unwrap());
    let read = store.release_numbered(&connector.id, 1).await.unwrap().unwrap();
    assert_eq!(
        (read.state, read.spec, read.probe.unwrap().tools.unwrap().len()),
        (State::Live, spec.clone(), 1)
    );

    // One deploy overtakes another that is under way: the secrets of both arrive.
    let (_, second) = store
        .add_release(&name, &spec, &secrets(&[("L", "two")]), &actor)
        .await
        .unwrap();
    let (_, third) = store
        .add_release(&name, &spec, &secrets(&[("K", "three")]), &actor)
        .await
        .unwrap();
    let values = store.environment(&connector.id, third.environment).await.unwrap();
    let values: Vec<_> = values
        .iter()
        .map(|(n, v)| (n.as_str(), v.text().expose().as_str()))
        .collect();
    assert_eq!(values, [("K", "three"), ("L", "two")]);
    let before = store.environment(&connector.id, first.environment).await.unwrap();
    assert_eq!(before.len(), 1, "what serves keeps what it has");

    assert!(store.promote(&third, "{}", &probe).await.unwrap());
    assert!(store.is_overtaken(&second).await.unwrap());
    assert!(!store.is_overtaken(&third).await.unwrap());
    assert!(
        !store.promote(&second, "{}", &probe).await.unwrap(),
        "a later release is not replaced by an earlier"
    );
    let failure = Failure {
        message: "late".into(),
        hint: String::new(),
        stderr: vec!["x".into()],
    };
    store.mark_failed(&second.id, &failure).await.unwrap();
    store.mark_failed(&third.id, &failure).await.unwrap();
    let state = async |id: &ReleaseId| store.release(id).await.unwrap().unwrap().state;
    assert_eq!(
        (
            state(&first.id).await,
            state(&second.id).await,
            state(&third.id).await
        ),
        (State::Retired, State::Failed, State::Live)
    );
    let now = store.connector_named(&name).await.unwrap().unwrap();
    assert_eq!(
        (now.live.as_ref(), now.environment),
        (Some(&third.id), third.environment)
    );
    assert_eq!(
        store.newest_release(&connector.id).await.unwrap().unwrap().number,
        3
    );

    assert!(store.remove_connector(&connector.id).await.unwrap());
    assert!(
        store.release(&third.id).await.unwrap().is_none(),
        "releases go with their connector"
    );
    assert!(
        store
            .environment(&connector.id, third.environment)
            .await
            .unwrap()
            .is_empty()
    );
    let again = store.connector_or_new(&name).await.unwrap();
    assert_ne!(
        again.id, connector.id,
        "one made again under an old name is another"
    );
    let none = Secrets::new();
    let (one, two) = tokio::join!(
        store.add_release(&name, &spec, &none, &actor),
        store.add_release(&name, &spec, &none, &actor)
    );
    assert_eq!(
        one.unwrap().1.number + two.unwrap().1.number,
        3,
        "two deploys at once get two numbers"
    );
}

/// Old releases are repeated, and go when they are too many; so do the secrets that went with none but them.
async fn rollbacks(store: &Store) {
    let name = "again".parse().unwrap();
    let actor = UserId::random();
    let probe: Probe = serde_json::from_str(r#"{"initialize":{}}"#).unwrap();
    let deploy = async |value: &str| {
        let spec = Spec {
            source: Source::Command {
                command: vec![value.to_owned()],
            },
            transport: Transport::Stdio,
            settings: [].into(),
            run: Run::default(),
        };
        let secrets = [("K".parse().unwrap(), Secret::new(value.to_owned()))].into();
        let (_, release) = store.add_release(&name, &spec, &secrets, &actor).await.unwrap();
        release
    };
    let under_way = async || store.standing(&name).await.unwrap().unwrap().under_way;
    let first = deploy("one").await;
    assert!(under_way().await);
    assert!(
        store
            .promote(&first, r#"{"argv":["one"]}"#, &probe)
            .await
            .unwrap()
    );
    assert!(!under_way().await);
    let connector = first.connector.clone();
    let repeat = async |number| store.repeat_release(&connector, number, &actor).await.unwrap();
    assert!(repeat(1).await.is_none(), "what serves is not gone back to");
    let second = deploy("two").await;
    assert_ne!(first.environment, second.environment);
    assert!(store.promote(&second, "{}", &probe).await.unwrap());
    let same = deploy("two").await;
    assert_eq!(
        same.environment, second.environment,
        "what changes nothing is no new version"
    );
    let failure = Failure {
        message: "no".into(),
        hint: String::new(),
        stderr: Vec::new(),
    };
    store.mark_failed(&same.id, &failure).await.unwrap();
    assert!(repeat(3).await.is_none(), "what never served is not gone back to");

    let back = repeat(1).await.unwrap();
    let read = store.release(&back.id).await.unwrap().unwrap();
    assert_eq!(
        (read.number, read.repeats, read.state),
        (4, Some(1), State::Pending)
    );
    assert_eq!((&read.spec, read.environment), (&first.spec, first.environment));
    assert_eq!(read.resolved.as_deref(), Some(r#"{"argv":["one"]}"#));
    assert!(store.promote(&back, "{}", &probe).await.unwrap());
    let serving = store.connector_named(&name).await.unwrap().unwrap();
    assert_eq!(serving.environment, first.environment, "secrets go back as well");

    let numbers = async || -> Vec<i64> {
        let releases = store.releases(&connector).await.unwrap();
        releases.iter().map(|release| release.number).collect()
    };
    for expected in 5..=7 {
        let failed = deploy(&format!("fails {expected}")).await;
        store.mark_failed(&failed.id, &failure).await.unwrap();
    }
    let pending = deploy("under way").await;
    assert_eq!(store.prune_releases(10).await.unwrap(), []);
    let gone = |numbers: &[i64]| -> Vec<_> { numbers.iter().map(|n| (name.clone(), *n)).collect() };
    assert_eq!(store.prune_releases(3).await.unwrap(), gone(&[3]));
    assert_eq!(
        numbers().await,
        [8, 7, 6, 5, 4, 2, 1],
        "failures push out no release that has served"
    );
    assert_eq!(store.prune_releases(1).await.unwrap(), gone(&[1, 5, 6]));
    let secrets = async |version| store.environment(&connector, version).await.unwrap().len();
    assert_eq!(secrets(first.environment).await, 1, "what serves has its secrets");
    assert_eq!(secrets(second.environment).await, 1);
    assert_eq!(
        secrets(second.environment + 1).await,
        0,
        "those of release 5 went with it"
    );
    store.mark_failed(&pending.id, &failure).await.unwrap();
    assert_eq!(store.prune_releases(1).await.unwrap(), gone(&[7]));
    let next = deploy("next").await;
    assert_eq!(next.number, 9);
    assert!(
        next.environment > pending.environment,
        "no version is given twice"
    );
    assert!(store.remove_connector(&connector).await.unwrap());
}
