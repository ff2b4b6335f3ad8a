//! Trying a connector's OAuth settings out.

use serde::{Deserialize, Serialize};

use crate::model::{Millis, Step};

/// `POST /connectors/{name}/oauth/test`: what was seen without a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OAuthTest {
    pub(crate) steps: Vec<Step>,
}

/// `POST /connectors/{name}/oauth/test/login`: whoever asked opens the link, and authorizes as anybody would.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OAuthTestLogin {
    pub(crate) url: String,
    /// What `GET /connectors/{name}/oauth/test/login/{id}` is asked with.
    pub(crate) id: String,
    pub(crate) expires_at: Millis,
}

/// `GET /connectors/{name}/oauth/test/login/{id}`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OAuthTestProgress {
    pub(crate) done: bool,
    pub(crate) steps: Vec<Step>,
}
