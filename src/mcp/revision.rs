//! Protocol revisions with an `initialize` handshake, and what a client says of itself in it.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A revision that berth speaks over Streamable HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Revision {
    V2024_11_05,
    V2025_03_26,
    V2025_06_18,
    V2025_11_25,
}

/// The newest revision with sessions.
pub(crate) const LATEST: Revision = Revision::V2025_11_25;

impl Revision {
    pub(crate) const ALL: [Self; 4] = [
        Self::V2024_11_05,
        Self::V2025_03_26,
        Self::V2025_06_18,
        Self::V2025_11_25,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|revision| revision.as_str() == text)
    }

    /// What a server that speaks all of these answers to a client asking for `requested`: the same where it is
    /// known, else the latest (MCP lifecycle, version negotiation).
    pub(crate) fn negotiate(requested: &str) -> Self {
        Self::parse(requested).unwrap_or(LATEST)
    }
}

/// What a client said of itself in `initialize`. An upstream session that berth opens for it says the same.
#[derive(Debug, Clone)]
pub(crate) struct ClientSide {
    pub(crate) revision: Revision,
    /// A JSON object, as the client wrote it.
    pub(crate) capabilities: Arc<RawValue>,
    /// `clientInfo`: a JSON object, as the client wrote it.
    pub(crate) info: Arc<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InitializeParams {
    protocol_version: String,
    #[serde(default)]
    capabilities: Option<Box<RawValue>>,
    #[serde(default)]
    client_info: Option<Box<RawValue>>,
}

impl ClientSide {
    /// Reads the parameters of `initialize`.
    pub(crate) fn from_initialize(params: &str) -> Result<Self, serde_json::Error> {
        let params: InitializeParams = serde_json::from_str(params)?;
        let object = |raw: Option<Box<RawValue>>| match raw {
            Some(raw) if raw.get().starts_with('{') => Arc::from(raw),
            _ => Arc::from(RawValue::from_string("{}".into()).unwrap_or_default()),
        };
        Ok(Self {
            revision: Revision::negotiate(&params.protocol_version),
            capabilities: object(params.capabilities),
            info: object(params.client_info),
        })
    }

    /// How many bytes it takes to keep.
    pub(crate) fn size(&self) -> usize {
        self.capabilities.get().len() + self.info.get().len()
    }

    /// berth itself as a client, with no capabilities: how a connector is probed.
    pub(crate) fn berth() -> Self {
        let raw = |text: String| Arc::from(RawValue::from_string(text).unwrap_or_default());
        Self {
            revision: LATEST,
            capabilities: raw("{}".into()),
            info: raw(format!(
                r#"{{"name":"berth","version":"{}"}}"#,
                env!("CARGO_PKG_VERSION")
            )),
        }
    }

    /// The parameters of an `initialize` that speaks for this client.
    pub(crate) fn initialize_params(&self) -> Box<RawValue> {
        let text = format!(
            r#"{{"protocolVersion":"{}","capabilities":{},"clientInfo":{}}}"#,
            self.revision.as_str(),
            self.capabilities.get(),
            self.info.get()
        );
        RawValue::from_string(text).unwrap_or_default()
    }

    /// Whether it can be sent to a URL in the middle of a call: `capabilities.elicitation.url` (MCP 2025-11-25).
    /// A bare `elicitation: {}` means forms only.
    pub(crate) fn elicits_urls(&self) -> bool {
        self.revision >= Revision::V2025_11_25
            && serde_json::from_str::<Value>(self.capabilities.get())
                .is_ok_and(|capabilities| capabilities["elicitation"]["url"].is_object())
    }

    /// `clientInfo.name`, for a person to read; at most 80 characters.
    pub(crate) fn name(&self) -> String {
        serde_json::from_str::<Value>(self.info.get())
            .ok()
            .and_then(|info| {
                info["title"]
                    .as_str()
                    .or(info["name"].as_str())
                    .map(str::to_owned)
            })
            .unwrap_or_else(|| "an MCP client".into())
            .chars()
            .filter(|c| !c.is_control())
            .take(80)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_elicitation_must_be_declared() {
        let check = |version: &str, capabilities: &str, expected: bool| {
            let params = format!(
                r#"{{"protocolVersion":"{version}","capabilities":{capabilities},"clientInfo":{{"name":"t"}}}}"#
            );
            assert_eq!(
                ClientSide::from_initialize(&params).unwrap().elicits_urls(),
                expected,
                "{params}"
            );
        };
        check("2025-11-25", r#"{"elicitation":{"url":{}}}"#, true);
        check("2025-11-25", r#"{"elicitation":{}}"#, false);
        check("2025-11-25", "{}", false);
        check("2025-06-18", r#"{"elicitation":{"url":{}}}"#, false);
    }

    #[test]
    fn an_unknown_revision_is_answered_with_the_latest() {
        assert_eq!(Revision::negotiate("2025-03-26").as_str(), "2025-03-26");
        assert_eq!(Revision::negotiate("1999-01-01"), LATEST);
    }

    #[test]
    fn initialize_is_passed_on_as_it_came() {
        let params = r#"{"protocolVersion":"2025-06-18","capabilities":{"roots":{ }},"clientInfo":{"name":"c","version":"1"}}"#;
        assert_eq!(
            ClientSide::from_initialize(params)
                .unwrap()
                .initialize_params()
                .get(),
            params
        );
    }
}
