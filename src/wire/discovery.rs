//! Finding what a third party's OAuth is.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::{ConnectorName, Found};

/// `POST /oauth/discover`: what is looked at. Nothing is changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OAuthSearch {
    /// An issuer, exactly as its own document has it.
    Issuer(String),
    /// An API or an MCP server that wants a token.
    Resource(Url),
    /// An http connector, without a token.
    Connector(ConnectorName),
}

/// What `POST /oauth/discover` answers, also where nothing was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OAuthFound {
    pub(crate) found: Found,
}
