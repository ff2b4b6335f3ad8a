//! How an older folder's tables become those of today; `schema.sql` has these whole.

/// What makes the tables of version 1 those of version 2, and so on.
pub(super) const UPGRADES: [&str; super::SCHEMA_VERSION as usize - 1] = [
    "ALTER TABLE releases ADD COLUMN repeats BIGINT;
     ALTER TABLE manifests ADD COLUMN subject TEXT;
     ALTER TABLE manifests ADD COLUMN pushed_at BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE releases ADD COLUMN revalues BIGINT;
     ALTER TABLE environment ADD COLUMN kind TEXT NOT NULL DEFAULT 'secret';
     CREATE TABLE user_values (
         connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
         user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
         name TEXT NOT NULL,
         version BIGINT NOT NULL,
         sealed BLOB NOT NULL,
         PRIMARY KEY (connector_id, user_id, name)
     )",
    "ALTER TABLE providers ADD COLUMN trouble TEXT;
     ALTER TABLE providers ADD COLUMN discovered TEXT;
     CREATE TABLE new_connections (
         connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
         provider_id TEXT NOT NULL REFERENCES providers (id),
         mapping TEXT NOT NULL,
         scope TEXT NOT NULL,
         owner TEXT NOT NULL DEFAULT 'user',
         version BIGINT NOT NULL,
         PRIMARY KEY (connector_id, provider_id)
     );
     INSERT INTO new_connections (connector_id, provider_id, mapping, scope, version)
         SELECT connector_id, provider_id, mapping, scope, version FROM connections;
     CREATE TABLE new_grants (
         id TEXT PRIMARY KEY,
         connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
         provider_id TEXT NOT NULL REFERENCES providers (id),
         user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
         state TEXT NOT NULL,
         bound_to TEXT NOT NULL,
         scope TEXT NOT NULL,
         owner TEXT NOT NULL DEFAULT 'user',
         account TEXT,
         trouble TEXT,
         used_at BIGINT,
         refreshed_at BIGINT,
         created_at BIGINT NOT NULL,
         UNIQUE (connector_id, provider_id, user_id)
     );
     INSERT INTO new_grants (id, connector_id, provider_id, user_id, state, bound_to, scope, created_at)
         SELECT g.id, g.connector_id, g.provider_id, g.user_id, g.state, g.bound_to, COALESCE(c.scope, g.scope),
             g.created_at
         FROM grants g LEFT JOIN connections c ON c.connector_id = g.connector_id;
     CREATE TABLE new_grant_tokens (
         grant_id TEXT PRIMARY KEY REFERENCES new_grants (id) ON DELETE CASCADE,
         version BIGINT NOT NULL,
         sealed BLOB NOT NULL,
         expires_at BIGINT,
         lease TEXT,
         lease_until BIGINT,
         intent TEXT,
         attempted_at BIGINT
     );
     INSERT INTO new_grant_tokens (grant_id, version, sealed, expires_at, lease, lease_until, intent)
         SELECT grant_id, version, sealed, expires_at, lease, lease_until, intent FROM grant_tokens;
     DROP TABLE grant_tokens;
     DROP TABLE grants;
     DROP TABLE connections;
     ALTER TABLE new_connections RENAME TO connections;
     ALTER TABLE new_grants RENAME TO grants;
     ALTER TABLE new_grant_tokens RENAME TO grant_tokens;
     CREATE INDEX grants_user ON grants (user_id);
     DELETE FROM flows;
     ALTER TABLE flows ADD COLUMN pending BLOB;
     CREATE TABLE revocations (
         id TEXT PRIMARY KEY,
         sealed BLOB NOT NULL,
         tries BIGINT NOT NULL,
         next_at BIGINT NOT NULL
     );
     CREATE INDEX grant_tokens_expiry ON grant_tokens (expires_at);
     ALTER TABLE connectors ADD COLUMN tools TEXT;
     CREATE TABLE clients (
         id TEXT PRIMARY KEY,
         name TEXT NOT NULL,
         metadata TEXT NOT NULL,
         secret_hash TEXT,
         created_at BIGINT NOT NULL,
         used_at BIGINT
     );
     CREATE TABLE consents (
         id TEXT PRIMARY KEY,
         client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
         user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
         connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
         redirect_uri TEXT NOT NULL,
         scope TEXT NOT NULL,
         created_at BIGINT NOT NULL,
         used_at BIGINT NOT NULL,
         UNIQUE (client_id, user_id, connector_id)
     );
     CREATE TABLE codes (
         hash TEXT PRIMARY KEY,
         consent_id TEXT NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
         redirect_uri TEXT NOT NULL,
         challenge TEXT NOT NULL,
         scope TEXT NOT NULL,
         family TEXT NOT NULL,
         used_at BIGINT,
         expires_at BIGINT NOT NULL
     );
     CREATE TABLE client_tokens (
         hash TEXT PRIMARY KEY,
         kind TEXT NOT NULL,
         consent_id TEXT NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
         family TEXT NOT NULL,
         scope TEXT NOT NULL,
         created_at BIGINT NOT NULL,
         used_at BIGINT,
         expires_at BIGINT NOT NULL
     );
     CREATE TABLE access (
         connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
         kind TEXT NOT NULL,
         subject TEXT NOT NULL,
         PRIMARY KEY (connector_id, kind, subject)
     );
     CREATE TABLE user_groups (
         user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
         origin TEXT NOT NULL,
         name TEXT NOT NULL,
         PRIMARY KEY (user_id, origin, name)
     );
     CREATE TABLE passwords (
         user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
         hash TEXT NOT NULL,
         set_at BIGINT NOT NULL
     );
     CREATE TABLE sso (
         id TEXT PRIMARY KEY,
         settings TEXT NOT NULL,
         sealed BLOB,
         version BIGINT NOT NULL
     );
     CREATE TABLE sso_accounts (
         issuer TEXT NOT NULL,
         subject TEXT NOT NULL,
         user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
         email TEXT NOT NULL,
         PRIMARY KEY (issuer, subject)
     );
     CREATE INDEX client_tokens_family ON client_tokens (family);
     CREATE INDEX client_tokens_expiry ON client_tokens (expires_at)",
    "ALTER TABLE tokens ADD COLUMN scope TEXT NOT NULL DEFAULT '';
     ALTER TABLE tokens ADD COLUMN trust TEXT;
     ALTER TABLE tokens ADD COLUMN revoked_at BIGINT;
     CREATE TABLE login_codes (
         hash TEXT PRIMARY KEY,
         user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
         host TEXT NOT NULL,
         redirect_uri TEXT NOT NULL,
         challenge TEXT NOT NULL,
         expires_at BIGINT NOT NULL
     );
     CREATE TABLE devices (
         hash TEXT PRIMARY KEY,
         user_code TEXT NOT NULL UNIQUE,
         host TEXT NOT NULL,
         address TEXT NOT NULL,
         state TEXT NOT NULL,
         user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
         pause BIGINT NOT NULL,
         polled_at BIGINT NOT NULL,
         created_at BIGINT NOT NULL,
         expires_at BIGINT NOT NULL
     );
     CREATE TABLE trusts (
         id TEXT PRIMARY KEY,
         user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
         issuer TEXT NOT NULL,
         audience TEXT,
         claims TEXT NOT NULL,
         scope TEXT NOT NULL,
         created_at BIGINT NOT NULL,
         used_at BIGINT
     )",
];
