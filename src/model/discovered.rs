//! What an issuer says of itself (RFC 8414, OpenID Connect Discovery), as it was when an admin set it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Millis;

/// The part of an issuer's document that berth uses. It is pinned: what the document says later changes nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Discovered {
    /// When the document was read last.
    pub(crate) read_at: Millis,
    /// Addresses, by the name of their setting.
    pub(crate) endpoints: BTreeMap<String, String>,
    /// Whether answers to authorizations name the issuer (RFC 9207 §3).
    pub(crate) names_itself: bool,
    /// Whether PKCE with S256 is advertised (RFC 8414 §2).
    pub(crate) s256: bool,
    /// What the document says otherwise by now, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) changed: Vec<String>,
}

impl Discovered {
    /// What `now` says otherwise.
    pub(crate) fn differences(&self, now: &Self) -> Vec<String> {
        let mut changed = Vec::new();
        for name in self.endpoints.keys().chain(
            now.endpoints
                .keys()
                .filter(|name| !self.endpoints.contains_key(*name)),
        ) {
            let of = |document: &Self| document.endpoints.get(name).cloned();
            let (was, is) = (of(self), of(now));
            if was != is {
                let none = || "none".to_owned();
                changed.push(format!(
                    "{name}: {} instead of {}",
                    is.unwrap_or_else(none),
                    was.unwrap_or_else(none)
                ));
            }
        }
        let says = |yes| if yes { "yes" } else { "no" };
        for (what, was, is) in [
            ("answers name the issuer", self.names_itself, now.names_itself),
            ("PKCE with S256", self.s256, now.s256),
        ] {
            if was != is {
                changed.push(format!("{what}: {} instead of {}", says(is), says(was)));
            }
        }
        changed
    }
}
