//! Folders of berths whose connectors had one provider each.

use super::{
    Connection, GrantsOf, NewGrant, Provider, Store, StoreError, TokenSet,
    tests::{FIFTH, FOURTH},
};
use crate::{
    model::{self, ConnectorId, Owner, ProviderId, UserId, Values},
    seal::Sealer,
    secret::Secret,
};

/// Makes the tables of version 4 that hold connections and grants those of version 3, with what is in them.
pub(super) const ONE_PROVIDER: &str = "
    CREATE TABLE old_connections (
        connector_id TEXT PRIMARY KEY REFERENCES connectors (id) ON DELETE CASCADE,
        provider_id TEXT NOT NULL REFERENCES providers (id),
        mapping TEXT NOT NULL,
        scope TEXT NOT NULL,
        version BIGINT NOT NULL
    );
    INSERT INTO old_connections SELECT connector_id, provider_id, mapping, scope, version FROM connections;
    CREATE TABLE old_grants (
        id TEXT PRIMARY KEY,
        connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
        provider_id TEXT NOT NULL REFERENCES providers (id),
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        state TEXT NOT NULL,
        bound_to TEXT NOT NULL,
        scope TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        UNIQUE (connector_id, user_id)
    );
    INSERT INTO old_grants
        SELECT id, connector_id, provider_id, user_id, state, bound_to, scope, created_at FROM grants;
    CREATE TABLE old_grant_tokens (
        grant_id TEXT PRIMARY KEY REFERENCES old_grants (id) ON DELETE CASCADE,
        version BIGINT NOT NULL,
        sealed BLOB NOT NULL,
        expires_at BIGINT,
        lease TEXT,
        lease_until BIGINT,
        intent TEXT
    );
    INSERT INTO old_grant_tokens
        SELECT grant_id, version, sealed, expires_at, lease, lease_until, intent FROM grant_tokens;
    DROP TABLE grant_tokens;
    DROP TABLE grants;
    DROP TABLE connections;
    ALTER TABLE old_connections RENAME TO connections;
    ALTER TABLE old_grants RENAME TO grants;
    ALTER TABLE old_grant_tokens RENAME TO grant_tokens;
    CREATE INDEX grants_user ON grants (user_id)";

fn provider(name: &str) -> Provider {
    Provider {
        id: ProviderId::random(),
        name: name.parse().unwrap(),
        version: 0,
        settings: serde_json::from_value(serde_json::json!({
            "auth_url": "https://p.example/a",
            "token_url": "https://p.example/t",
            "client_id": "c",
        }))
        .unwrap(),
        client_secret: Some(Secret::new("client canary".to_owned())),
        client_auth: None,
        trouble: None,
        discovered: None,
    }
}

fn connection(name: &str, variable: &str) -> Connection {
    Connection {
        provider: provider(name),
        mapping: serde_json::from_value(
            serde_json::json!({ "env": [format!("{variable}={{access_token}}")] }),
        )
        .unwrap(),
        scopes: vec!["read".to_owned(), "write".to_owned()],
        owner: Owner::User,
        version: 0,
    }
}

async fn grant(store: &Store, to: (&ConnectorId, &UserId), provider: &ProviderId, token: &str) {
    let tokens = TokenSet {
        access_token: Secret::new(token.to_owned()),
        refresh_token: Some(Secret::new(format!("{token} refresh"))),
        id_token: None,
        token_type: "Bearer".to_owned(),
        scope: "read".to_owned(),
        lifetime: Some(10),
        asked_at: 5,
        revoke_origin: None,
        vars: Values::new(),
    };
    let new = NewGrant {
        connector: to.0,
        provider,
        user: to.1,
        owner: Owner::User,
        bound_to: "https://p.example c",
        tokens: &tokens,
        asked: "read",
        account: None,
    };
    store.put_grant(&new).await.unwrap().unwrap();
}

#[tokio::test]
async fn nothing_granted_is_lost_on_the_way_to_several_providers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("berth.db");
    let open = async || Store::open_file(&path, Sealer::new([1; 32])).await.unwrap();
    let store = open().await;
    let connector = store.connector_or_new(&"crm".parse().unwrap()).await.unwrap().id;
    let roles = model::Roles::new([model::Role::Member]);
    let mut users = Vec::new();
    store
        .put_connection(&connector, &connection("idp", "TOKEN"), &[])
        .await
        .unwrap();
    let idp = store.connections_of(&connector).await.unwrap().remove(0);
    for name in ["alice", "bob"] {
        let user = store.add_user(&name.parse().unwrap(), &roles).await.unwrap().id;
        grant(&store, (&connector, &user), &idp.provider.id, name).await;
        users.push(user);
    }
    let before = store.grant_of(&users[0], &connector).await.unwrap().unwrap();
    assert!(store.lease_tokens(&before.id, "me", i64::MAX).await.unwrap());
    let sending = super::Sending::First;
    assert!(store.note_intent(&before, "me", sending).await.unwrap());
    store.execute(FIFTH).await;
    store.execute(FOURTH).await;
    store.execute(ONE_PROVIDER).await;
    store
        .execute("UPDATE meta SET value = '3' WHERE key = 'schema'")
        .await;
    store.close().await;

    let store = open().await;
    assert_eq!(store.count("SELECT COUNT(*) FROM grants").await, 2);
    let kept = store.connections_of(&connector).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((&kept[0].mapping, kept[0].version), (&idp.mapping, idp.version));
    assert_eq!((kept[0].owner, &kept[0].scopes), (Owner::User, &idp.scopes));
    assert!(kept[0].provider.client_secret.as_ref().unwrap().expose() == "client canary");
    for (user, name) in users.iter().zip(["alice", "bob"]) {
        let grant = store.grant_at(user, &connector, &idp.provider.id).await;
        let grant = grant.unwrap().unwrap();
        assert!(grant.tokens.access_token.expose() == name);
        assert_eq!(grant.asked, "read write", "what the connector asked for");
        assert_eq!((grant.version, grant.provider_name.as_str()), (1, "idp"));
        assert_eq!(grant.attempt.is_some(), name == "alice", "an answer may be lost");
    }
    // The lease is still somebody's, and a user who goes takes tokens along.
    assert!(!store.lease_tokens(&before.id, "you", i64::MAX).await.unwrap());
    assert_eq!(
        store.remove_user(&users[1]).await.unwrap().unwrap().grants.len(),
        1
    );
    assert_eq!(store.count("SELECT COUNT(*) FROM grant_tokens").await, 1);

    // And there is room for another one.
    let files = connection("files", "FILES");
    store.put_connection(&connector, &files, &kept).await.unwrap();
    let stale = connection("third", "THIRD");
    let refused = store.put_connection(&connector, &stale, &kept).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "not what was seen");
    grant(&store, (&connector, &users[0]), &files.provider.id, "second").await;
    let both = store.grants_of_user(&users[0]).await.unwrap();
    let names: Vec<&str> = both
        .iter()
        .map(|(_, grant)| grant.provider_name.as_str())
        .collect();
    assert_eq!(names, ["files", "idp"]);
    let one = GrantsOf::Only(&connector, &files.provider.id, &users[0]);
    assert_eq!(store.take_grants(one).await.unwrap().len(), 1);
    assert_eq!(store.grants_of_user(&users[0]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_of_before_there_were_scopes_may_do_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("berth.db");
    let open = async || Store::open_file(&path, Sealer::new([1; 32])).await.unwrap();
    let store = open().await;
    let roles = model::Roles::new([model::Role::Deployer]);
    let user = store.add_user(&"ci".parse().unwrap(), &roles).await.unwrap().id;
    store.execute(FIFTH).await;
    let hash = model::Digest::of(b"old");
    store
        .execute(&format!(
            "INSERT INTO tokens (id, hash, user_id, label, created_at) VALUES ('tok_1', '{hash}', '{user}', 'old', 1);
             UPDATE meta SET value = '4' WHERE key = 'schema'"
        ))
        .await;
    store.close().await;
    let store = open().await;
    let (token, owner) = store.token_by_hash(&hash).await.unwrap().unwrap();
    assert!(token.scope.is_everything() && token.trust.is_none() && token.revoked_at.is_none());
    assert_eq!(owner.id, user);
    assert!(store.trusts().await.unwrap().is_empty());
}
