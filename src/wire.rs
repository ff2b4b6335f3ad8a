//! The control API's bodies, defined once for the client and the server.
//!
//! Bodies grow by optional fields only; unknown fields are ignored, so that a client and a broker of different
//! ages understand each other. Instants are Unix milliseconds.

mod access;
mod audit;
mod calls;
mod clients;
mod connections;
mod connectors;
mod discovery;
mod env;
mod errors;
mod oauth;
mod releases;
mod server;
mod sso;
mod tools;
mod trial;
mod trusts;
mod users;

pub(crate) use access::{AccessRule, UserGroups};
pub(crate) use audit::{AuditFilter, AuditList, AuditView};
pub(crate) use calls::{CallAnswer, CallRequest};
pub(crate) use clients::{ClientList, ClientView};
pub(crate) use connections::{
    ConnectionFilter, ConnectionList, ConnectionView, Disconnected, EndedConnection,
};
pub(crate) use connectors::{
    ConnectorList, ConnectorView, CrashLoopView, Deleted, InstanceView, LogFilter, LogLine, LogView, ToolView,
};
pub(crate) use discovery::{OAuthFound, OAuthSearch};
pub(crate) use env::{
    EnvAnswer, EnvSet, EnvUpdate, EnvValueView, EnvView, OwnUpdate, OwnValue, OwnValues, SettingView,
};
pub(crate) use errors::{ErrorBody, ErrorCode};
pub(crate) use oauth::{
    OAuthShown, OAuthUpdate, OAuthView, OfProvider, RedirectUri, SecretCheck, SecretChecked,
};
pub(crate) use releases::{
    Change, DeployAnswer, DeployRequest, ReleaseList, ReleaseView, Restart, Restarted, Rollback, Verdict,
};
pub(crate) use server::{Identity, IdentityToken, KeyList, KeyView, LoggedIn, Login, ServerInfo};
pub(crate) use sso::{SsoUpdate, SsoView};
pub(crate) use tools::ToolsView;
pub(crate) use trial::{OAuthTest, OAuthTestLogin, OAuthTestProgress};
pub(crate) use trusts::{TrustAdd, TrustList, TrustView};
pub(crate) use users::{
    TokenCreate, TokenCreated, TokenList, TokenView, UserAdd, UserAdded, UserList, UserPassword, UserView,
};

/// Where the control API starts; the paths on `api`'s one page come behind it.
pub(crate) const PREFIX: &str = "/api/v1";

/// Which version of the control API this berth speaks: it grows only when bodies or routes change so that one of
/// another version would misunderstand them.
pub(crate) const API_VERSION: u32 = 1;

/// The header of every answer that has [`API_VERSION`].
pub(crate) const API_HEADER: &str = "berth-api";

/// The header of every answer that has the broker's own version.
pub(crate) const VERSION_HEADER: &str = "berth-version";
