-- One text for SQLite and PostgreSQL (where BLOB is written BYTEA). Instants are Unix milliseconds.
-- Rows belong together by immutable ids; names are labels. "sealed" columns hold what seal.rs made.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    roles TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Bearer tokens that berth gives out, by the SHA-256 of the token.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    -- What it may do of what its user may: '' is everything; 'deploy:a deploy:b' the deploys of these connectors.
    scope TEXT NOT NULL DEFAULT '',
    -- The trusts that a pipeline got it by (ids and spaces); NULL for one that a person has.
    trust TEXT,
    -- A revoked one is kept for a while: whoever brings it is told.
    revoked_at BIGINT
);

-- One-time links (SHA-256 of the code), each good for one sign-in of its user.
CREATE TABLE links (
    hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);

-- Signed-in browsers (SHA-256 of the cookie).
CREATE TABLE browsers (
    hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);

-- Authorization codes of command lines that sign in, by the SHA-256 of the code.
CREATE TABLE login_codes (
    hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What the machine calls itself.
    host TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Command lines that wait until somebody types their code, by the SHA-256 of the device code.
CREATE TABLE devices (
    hash TEXT PRIMARY KEY,
    user_code TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    -- Where it asks from.
    address TEXT NOT NULL,
    -- 'asked', 'allowed' or 'denied'.
    state TEXT NOT NULL,
    -- Who said yes.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- Milliseconds that it has to leave between two questions.
    pause BIGINT NOT NULL,
    polled_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Pipelines that may get a token for one that their own issuer signed.
CREATE TABLE trusts (
    id TEXT PRIMARY KEY,
    -- The user whom they act as.
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    -- NULL is the broker's public URL.
    audience TEXT,
    -- What their tokens have to say (JSON: claim to text).
    claims TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE connectors (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    -- The version of the environment that calls get.
    environment BIGINT NOT NULL,
    -- The release that serves; NULL before the first one does.
    live TEXT,
    -- Which tools are offered (JSON); NULL when all are.
    tools TEXT
);

CREATE TABLE releases (
    id TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    spec TEXT NOT NULL,
    -- The environment that came with it; the connector takes it over when the release goes live.
    environment BIGINT NOT NULL,
    -- What the spec was resolved to: command line, folder, exact version.
    resolved TEXT,
    probe TEXT,
    failure TEXT,
    -- The number of the release that a rollback went back to.
    repeats BIGINT,
    -- The number of the release that it is but for the connector's values, which a person changed.
    revalues BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (connector_id, number)
);

-- A connector's values; each version is whole, so that an environment can be pinned and undone.
CREATE TABLE environment (
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- 'secret', 'plain', or 'per-user': then what is sealed is not a value but what its users are told of it.
    kind TEXT NOT NULL DEFAULT 'secret',
    sealed BLOB NOT NULL,
    PRIMARY KEY (connector_id, version, name)
);

-- What each user gave for the values that are per user.
CREATE TABLE user_values (
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- A random number: a value that is taken back and given again never passes for the one before.
    version BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (connector_id, user_id, name)
);

CREATE TABLE providers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    settings TEXT NOT NULL,
    -- The client secret; NULL for a public client.
    sealed BLOB,
    -- How the token endpoint takes the client's secret; NULL until one way worked.
    client_auth TEXT,
    -- What the provider has against the client itself (JSON); NULL when nothing.
    trouble TEXT,
    -- What its issuer said of itself when it was set (JSON).
    discovered TEXT,
    created_at BIGINT NOT NULL
);

-- Which providers a connector uses and how the token of each reaches it.
CREATE TABLE connections (
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    provider_id TEXT NOT NULL REFERENCES providers (id),
    mapping TEXT NOT NULL,
    -- What is asked for, separated by spaces: connectors that share a provider need not ask for the same.
    scope TEXT NOT NULL,
    -- Whose grants are used: 'user', each their own, or 'connector', one for all.
    owner TEXT NOT NULL DEFAULT 'user',
    version BIGINT NOT NULL,
    PRIMARY KEY (connector_id, provider_id)
);

-- One user's authorization for one connector at one provider. The tokens stand in a row of their own, so that nothing else that
-- is written about a grant can undo a refresh.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    provider_id TEXT NOT NULL REFERENCES providers (id),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    -- The token endpoint's origin and the client that the grant was made with: a refresh token goes nowhere else.
    bound_to TEXT NOT NULL,
    -- What its person was asked for, separated by spaces; what was granted is with the tokens.
    scope TEXT NOT NULL,
    -- 'user', or 'connector': then the user is whoever made it, and it serves everybody.
    owner TEXT NOT NULL DEFAULT 'user',
    -- Which account of the provider it is, as far as that is known.
    account TEXT,
    -- Why its last refresh failed (JSON); NULL when it did not.
    trouble TEXT,
    used_at BIGINT,
    refreshed_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (connector_id, provider_id, user_id)
);

CREATE TABLE grant_tokens (
    grant_id TEXT PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    expires_at BIGINT,
    -- Who refreshes it now, and until when nobody else may.
    lease TEXT,
    lease_until BIGINT,
    -- Set before a refresh token is sent, cleared by the write that stores the answer.
    intent TEXT,
    -- When a refresh token was last sent whose answer was not stored.
    attempted_at BIGINT
);

-- Authorizations under way, by the SHA-256 of the handle in the link.
CREATE TABLE flows (
    hash TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    provider_id TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client TEXT NOT NULL,
    -- Set when the person pressed Continue: SHA-256 of the state and of the cookie that binds it to the browser.
    state_hash TEXT UNIQUE,
    browser_hash TEXT,
    -- The PKCE verifier and the person's values; and where the code may be sent (as in grants).
    sealed BLOB,
    bound_to TEXT,
    -- NULL until the provider's answer is being dealt with, then what became of it.
    outcome TEXT,
    -- Tokens that came and wait for a word of the person before they replace others.
    pending BLOB,
    expires_at BIGINT NOT NULL
);

-- Tokens of grants that are gone here and still to be revoked at their provider, with all that is needed for that.
CREATE TABLE revocations (
    id TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL
);

-- Which manifest is known under which repository and tag.
CREATE TABLE manifests (
    repository TEXT NOT NULL,
    reference TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    -- The manifest that this one says something about ("subject").
    subject TEXT,
    -- When it was last pushed: what nothing names is kept for a while from then.
    pushed_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (repository, reference)
);

-- MCP clients: those that registered themselves, and those with a metadata document that somebody let in.
CREATE TABLE clients (
    -- What the client calls itself by: an id that berth gave, or its document's URL.
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- Redirect URIs and what else it said of itself (JSON).
    metadata TEXT NOT NULL,
    -- SHA-256 of its secret; NULL for a public client.
    secret_hash TEXT,
    created_at BIGINT NOT NULL,
    -- When somebody last let it in; NULL before the first.
    used_at BIGINT
);

-- One user's word that a client may use one connector for them.
CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    -- Where the browser was sent, and the scopes, separated by spaces.
    redirect_uri TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    UNIQUE (client_id, user_id, connector_id)
);

-- Authorization codes, by their SHA-256. A used one is kept for a day: whoever brings it again ends what it gave.
CREATE TABLE codes (
    hash TEXT PRIMARY KEY,
    consent_id TEXT NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    scope TEXT NOT NULL,
    -- What its tokens have in common.
    family TEXT NOT NULL,
    used_at BIGINT,
    expires_at BIGINT NOT NULL
);

-- Tokens of MCP clients, by their SHA-256.
CREATE TABLE client_tokens (
    hash TEXT PRIMARY KEY,
    -- 'access' or 'refresh'.
    kind TEXT NOT NULL,
    consent_id TEXT NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
    family TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When a refresh token was first used.
    used_at BIGINT,
    expires_at BIGINT NOT NULL
);

-- Who may use a connector. One without a row here is for everybody; 'only' alone is for nobody.
CREATE TABLE access (
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    -- 'only', 'user' (an id) or 'group' (a name).
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (connector_id, kind, subject)
);

-- Which groups a user is in, and by whose word: an admin's, or that of the single sign-on.
CREATE TABLE user_groups (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    origin TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (user_id, origin, name)
);

-- Passwords of users who have one, as Argon2id hashes in PHC form.
CREATE TABLE passwords (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    set_at BIGINT NOT NULL
);

-- The OpenID provider that people sign in at; one row, or none.
CREATE TABLE sso (
    id TEXT PRIMARY KEY,
    settings TEXT NOT NULL,
    -- The client secret; NULL for a public client.
    sealed BLOB,
    version BIGINT NOT NULL
);

-- Who is whom at an OpenID provider.
CREATE TABLE sso_accounts (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE INDEX audit_at ON audit (at);
CREATE INDEX grant_tokens_expiry ON grant_tokens (expires_at);
CREATE INDEX grants_user ON grants (user_id);
CREATE INDEX flows_expiry ON flows (expires_at);
CREATE INDEX client_tokens_family ON client_tokens (family);
CREATE INDEX client_tokens_expiry ON client_tokens (expires_at);
