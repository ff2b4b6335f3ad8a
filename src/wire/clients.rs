//! The MCP clients that users have let in.

use serde::{Deserialize, Serialize};

use crate::model::{ConnectorName, ConsentId, Millis, UserName};

/// `GET /clients`: for an admin everybody's, else the caller's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ClientList {
    pub(crate) clients: Vec<ClientView>,
}

/// One user's word for one client and one connector.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ClientView {
    /// What revoking it takes.
    pub(crate) id: ConsentId,
    /// The client's own id: one that berth gave, or the address of its metadata document.
    pub(crate) client: String,
    /// What it calls itself; may be empty.
    pub(crate) name: String,
    pub(crate) user: UserName,
    pub(crate) connector: ConnectorName,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) created_at: Millis,
    /// When it last got a token.
    pub(crate) used_at: Millis,
}
