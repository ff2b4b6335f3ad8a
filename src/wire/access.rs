//! Who may use a connector.

use serde::{Deserialize, Serialize};

use crate::model::{GroupName, UserName};

/// `GET` and `PUT /connectors/{name}/access`: everyone, or those named alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AccessRule {
    #[serde(default)]
    pub(crate) everyone: bool,
    #[serde(default)]
    pub(crate) users: Vec<UserName>,
    #[serde(default)]
    pub(crate) groups: Vec<GroupName>,
}

/// `PUT /users/{name}/groups`: those that an admin puts the user in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UserGroups {
    pub(crate) groups: Vec<GroupName>,
}
