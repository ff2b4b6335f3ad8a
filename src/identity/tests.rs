use tokio_util::task::TaskTracker;

use super::*;
use crate::seal::Sealer;

async fn identity() -> (tempfile::TempDir, Identity) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_file(&dir.path().join("db"), Sealer::new([1; 32]))
        .await
        .unwrap();
    let store = Arc::new(store);
    let audit = Audit::start(Arc::clone(&store), &TaskTracker::new());
    (dir, Identity::new(store, audit))
}

fn with(scheme: &str, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::AUTHORIZATION,
        format!("{scheme} {value}").parse().unwrap(),
    );
    headers
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once() {
    let (_dir, identity) = identity().await;
    let alice = identity
        .add_user("berth", &"alice".parse().unwrap(), &Roles::default())
        .await
        .unwrap();
    let (record, token) = identity
        .create_token("berth", &alice.id, "t", None)
        .await
        .unwrap();
    let bearer = with("Bearer", token.expose());
    let operator = identity.operator(&bearer).await.unwrap();
    assert_eq!(
        identity
            .caller(&bearer, &"any".parse().unwrap())
            .await
            .unwrap()
            .user,
        alice.id
    );
    assert!(identity.revoke_token(&operator, &record.id).await.unwrap());
    assert!(matches!(
        identity.operator(&bearer).await,
        Err(IdentityError::Revoked(_))
    ));
    assert!(matches!(
        identity.operator(&HeaderMap::new()).await,
        Err(IdentityError::Missing)
    ));
}

#[tokio::test]
async fn tokens_expire_though_they_are_remembered() {
    let (_dir, identity) = identity().await;
    let alice = identity
        .add_user("berth", &"alice".parse().unwrap(), &Roles::default())
        .await
        .unwrap();
    let soon = Some(Duration::ZERO);
    let (_, token) = identity
        .create_token("berth", &alice.id, "t", soon)
        .await
        .unwrap();
    let bearer = with("bearer", token.expose());
    assert!(matches!(
        identity.operator(&bearer).await,
        Err(IdentityError::Expired(_))
    ));
    assert!(matches!(
        identity.operator(&bearer).await,
        Err(IdentityError::Expired(_))
    ));
}

#[tokio::test]
async fn a_link_signs_in_once_and_goes_with_its_user() {
    let (_dir, identity) = identity().await;
    let alice = identity
        .add_user("berth", &"alice".parse().unwrap(), &Roles::default())
        .await
        .unwrap();
    let link = identity.create_link("berth", &alice.id).await.unwrap();
    let sign_in = identity
        .sign_in_with_link(link.code.expose())
        .await
        .unwrap()
        .unwrap();
    assert!(
        identity
            .sign_in_with_link(link.code.expose())
            .await
            .unwrap()
            .is_none()
    );
    let cookie = Some(sign_in.cookie.expose().as_str());
    let operator = identity.browser(cookie).await.unwrap().unwrap();
    assert_eq!(operator.user, alice.id);
    identity.remove_user(&operator, &alice.id).await.unwrap();
    assert!(identity.browser(cookie).await.unwrap().is_none());
}

#[tokio::test]
async fn registries_take_the_token_as_a_password() {
    let (_dir, identity) = identity().await;
    let ci = identity
        .add_user("berth", &"ci".parse().unwrap(), &Roles::default())
        .await
        .unwrap();
    let (_, token) = identity.create_token("berth", &ci.id, "t", None).await.unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("ci:{}", token.expose()));
    let basic = with("Basic", &encoded);
    assert_eq!(identity.registry_operator(&basic).await.unwrap().user, ci.id);
    assert!(matches!(
        identity.operator(&basic).await,
        Err(IdentityError::Missing)
    ));
}

#[tokio::test]
async fn the_registry_s_own_tokens_end_with_the_one_they_stand_for() {
    let (_dir, identity) = identity().await;
    let ci = identity
        .add_user("berth", &"ci".parse().unwrap(), &Roles::default())
        .await
        .unwrap();
    let (record, token) = identity.create_token("berth", &ci.id, "t", None).await.unwrap();
    let short = with("Bearer", identity.registry_token(&token).token.expose());
    let operator = identity.registry_operator(&short).await.unwrap();
    assert_eq!(operator.user, ci.id);
    // They are good nowhere else.
    assert!(matches!(
        identity.operator(&short).await,
        Err(IdentityError::WrongKind(_))
    ));
    identity.revoke_token(&operator, &record.id).await.unwrap();
    assert!(matches!(
        identity.registry_operator(&short).await,
        Err(IdentityError::Revoked(_))
    ));
    let invented = with("Bearer", "berthv2_invented");
    assert!(matches!(
        identity.registry_operator(&invented).await,
        Err(IdentityError::Unknown)
    ));
}
