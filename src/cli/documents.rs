//! Every document that `--output json` answers with: its name, and the one type of its body.
//!
//! They are berth's contract with scripts. Their schemas are generated from these types and kept in `tests/schemas`;
//! within a version they only grow: a test fails where a field is taken away, or becomes another's type.

use std::marker::PhantomData;

use super::{
    call, check, clients, completions, config, connect_config, connections, context, delete, demo, deploy,
    doctor, env, error, init, login, logout, man, oauth, open, package, restart, rollback, serve, server,
    sso, status, token, trust, ui, users, version, whoami,
};
use crate::wire;

/// The name of a document, which fixes what its body is.
#[derive(Debug)]
pub(crate) struct Document<T>(&'static str, PhantomData<T>);

impl<T> Document<T> {
    /// As in `berth.NAME/v1`.
    pub(crate) fn name(&self) -> &'static str {
        self.0
    }
}

macro_rules! documents {
    ($($constant:ident: $body:ty = $name:literal;)+) => {
        $(pub(crate) const $constant: Document<$body> = Document($name, PhantomData);)+

        #[cfg(test)]
        fn schemas() -> Vec<(&'static str, schemars::Schema)> {
            vec![$(($name, tests::schema::<$body>($name))),+]
        }
    };
}

documents! {
    ACCESS_SET: wire::AccessRule = "access.set";
    ACCESS_SHOW: wire::AccessRule = "access.show";
    AUDIT: wire::AuditList = "audit";
    CALL: call::Body<'static> = "call";
    CHECK: check::Body<'static> = "check";
    CLIENTS_LIST: wire::ClientList = "clients.list";
    CLIENTS_REVOKE: clients::Revoked = "clients.revoke";
    COMPLETIONS: completions::Body = "completions";
    CONFIG_GET: context::Origin = "config.get";
    CONFIG_LIST: config::Listed = "config.list";
    CONNECTIONS_LIST: wire::ConnectionList = "connections.list";
    CONNECTIONS_REVOKE: connections::Revoked = "connections.revoke";
    CONNECT_CONFIG: connect_config::Body<'static> = "connect-config";
    DELETE: delete::Body = "delete";
    DEMO: demo::Body = "demo";
    DEPLOY: deploy::Body = "deploy";
    DOCTOR: doctor::Body<'static> = "doctor";
    ENV_IMPORT: env::Body = "env.import";
    ENV_LIST: env::Listed = "env.list";
    ENV_SET: env::Body = "env.set";
    ENV_UNSET: env::Body = "env.unset";
    ERROR: error::Body = "error";
    HELP: ui::Words = "help";
    INIT: init::Body = "init";
    LIST: wire::ConnectorList = "list";
    LOGIN: login::Body = "login";
    LOGOUT: logout::Body = "logout";
    LOGS: wire::LogView = "logs";
    LOG_LINE: wire::LogLine = "log-line";
    MAN: man::Body = "man";
    OAUTH_DIFF: oauth::Differences = "oauth.diff";
    OAUTH_DISCOVER: oauth::Discovered = "oauth.discover";
    OAUTH_PRESETS: oauth::Presets = "oauth.presets";
    OAUTH_PRESETS_SHOW: oauth::ShownPreset = "oauth.presets.show";
    OAUTH_REDIRECT_URI: wire::RedirectUri = "oauth.redirect-uri";
    OAUTH_SET: wire::OAuthView = "oauth.set";
    OAUTH_SHOW: wire::OAuthShown = "oauth.show";
    OAUTH_TEST: oauth::Tested<'static> = "oauth.test";
    OAUTH_UNSET: oauth::Unset = "oauth.unset";
    OPEN: open::Body = "open";
    PACKAGE: package::Body = "package";
    PLAN: deploy::Planned = "plan";
    RELEASES: wire::ReleaseList = "releases";
    RESTART: restart::Body = "restart";
    ROLLBACK: rollback::Body = "rollback";
    SERVE: serve::Body = "serve";
    SERVER_BACKUP: server::BackedUp = "server.backup";
    SERVER_KEYS: wire::KeyList = "server.keys";
    SERVER_ROTATE_KEY: wire::KeyList = "server.rotate-key";
    SHOW: wire::ConnectorView = "show";
    SSO_SET: wire::SsoView = "sso.set";
    SSO_SHOW: wire::SsoView = "sso.show";
    SSO_UNSET: sso::Unset = "sso.unset";
    STATUS: status::Body = "status";
    TOOLS: wire::ToolsView = "tools";
    TOOLS_SET: wire::ToolsView = "tools.set";
    TOKEN_CREATE: wire::TokenCreated = "token.create";
    TOKEN_LIST: wire::TokenList = "token.list";
    TOKEN_REVOKE: token::Revoked = "token.revoke";
    TRUST_ADD: wire::TrustView = "trust.add";
    TRUST_LIST: wire::TrustList = "trust.list";
    TRUST_REMOVE: trust::Removed = "trust.remove";
    USERS_ADD: wire::UserAdded = "users.add";
    USERS_GROUPS: wire::UserGroups = "users.groups";
    USERS_LINK: wire::UserAdded = "users.link";
    USERS_LIST: wire::UserList = "users.list";
    USERS_PASSWORD: wire::UserView = "users.password";
    USERS_REMOVE: users::Removed = "users.remove";
    VERSION: version::Body = "version";
    WHOAMI: whoami::Body<'static> = "whoami";
}

#[cfg(test)]
mod tests;
