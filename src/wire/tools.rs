//! A connector's tools, and which of them are offered.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ToolView;
use crate::model::ToolPattern;

/// `GET` and the answer to `PUT /connectors/{name}/tools`, whose body is a [`crate::model::ToolChanges`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ToolsView {
    /// Those of the release that serves; none before the first one does.
    pub(crate) tools: Vec<ToolView>,
    #[serde(default)]
    pub(crate) allow: BTreeSet<ToolPattern>,
    #[serde(default)]
    pub(crate) hide: BTreeSet<ToolPattern>,
    /// The rules that fit none of the tools.
    #[serde(default)]
    pub(crate) idle: BTreeSet<ToolPattern>,
}
