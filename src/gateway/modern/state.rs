//! `requestState`: what a client carries from one leg of a call to the next. It comes back from wherever the client
//! runs, so it is sealed, and bound to who asked what of which connector.

use std::sync::Arc;

use base64::Engine as _;
use chacha20poly1305::{
    Key, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

use crate::{
    mcp::{Message, edit},
    model::{self, ConnectorId, Millis, UserId},
    secret,
};

/// What tells berth's own from a connector's.
const PREFIX: &str = "berth.";
const NONCE: usize = 24;
/// How long one is good: as long as a link to the consent page.
pub(super) const LIFETIME: Millis = 10 * 60 * 1000;

/// Seals states with a key that is made with it. A broker that was started again knows none of the earlier ones: their
/// calls begin anew, which is what became of them anyway. Cheap to clone.
#[derive(Clone)]
pub(in crate::gateway) struct States(Arc<XChaCha20Poly1305>);

/// How far a call has got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// The person was sent to authorize; the client is to say whether they went.
    Asked,
    /// They went, and the call waits for them.
    Waiting,
    /// The connector sent the person somewhere.
    Elsewhere,
    /// The connector waits for answers; the call is parked under this name.
    Parked(String),
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    stage: Stage,
    until: Millis,
}

/// What a state belongs to, as associated data.
pub(super) struct Binding(Vec<u8>);

impl States {
    pub(in crate::gateway) fn new() -> Self {
        let mut key = [0; 32];
        secret::fill_random(&mut key);
        let cipher = XChaCha20Poly1305::new(&Key::from(key));
        key.zeroize();
        Self(Arc::new(cipher))
    }

    pub(super) fn seal(&self, binding: &Binding, stage: Stage) -> String {
        self.seal_until(binding, stage, model::now() + LIFETIME)
    }

    fn seal_until(&self, binding: &Binding, stage: Stage, until: Millis) -> String {
        let mut nonce = [0; NONCE];
        secret::fill_random(&mut nonce);
        let plain = serde_json::to_vec(&Sealed { stage, until }).unwrap_or_default();
        let payload = Payload {
            msg: &plain,
            aad: &binding.0,
        };
        #[allow(clippy::expect_used, reason = "it fails for messages of 256 GiB alone")]
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a short text is sealed");
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        format!("{PREFIX}{text}")
    }

    /// How far the call had got; `None` for a state that is damaged, too old, somebody else's or another call's.
    pub(super) fn open(&self, binding: &Binding, state: &str) -> Option<Stage> {
        let text = state.strip_prefix(PREFIX)?;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(text)
            .ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: &binding.0,
        };
        let plain = self.0.decrypt(&XNonce::from(*nonce), payload).ok()?;
        let sealed: Sealed = serde_json::from_slice(&plain).ok()?;
        (model::now() < sealed.until).then_some(sealed.stage)
    }
}

/// Whether a state is one of berth's, good or not.
pub(super) fn is_own(state: &str) -> bool {
    state.starts_with(PREFIX)
}

impl Binding {
    /// The user, the connector, the method, and all parameters but those that change from leg to leg.
    pub(super) fn new(user: &UserId, connector: &ConnectorId, request: &Message) -> Self {
        let params = request.params().unwrap_or("{}");
        let lasting = edit::edited_with(params, &[], |key| {
            matches!(key, "_meta" | "inputResponses" | "requestState")
        });
        // However a client writes the same thing the second time.
        let lasting = serde_json::from_str::<Value>(&lasting).map_or(lasting, |value| value.to_string());
        let digest = Sha256::digest(lasting.as_bytes());
        let mut bound = Vec::new();
        for part in [
            user.as_str().as_bytes(),
            connector.as_str().as_bytes(),
            request.method().unwrap_or_default().as_bytes(),
            &digest,
        ] {
            bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bound.extend_from_slice(part);
        }
        Self(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(user: &str, connector: &str, method: &str, params: &str) -> Binding {
        let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        let request = Message::parse(text.into()).unwrap();
        Binding::new(&user.to_owned().into(), &connector.to_owned().into(), &request)
    }

    #[test]
    fn a_state_opens_for_its_own_call_alone() {
        let states = States::new();
        let params = r#"{"name":"t","arguments":{"b":1,"a":2},"_meta":{"x":1}}"#;
        let own = bound("u", "c", "tools/call", params);
        let state = states.seal(&own, Stage::Asked);
        assert!(is_own(&state));
        let again = r#"{ "arguments":{"a":2,"b":1}, "name":"t","requestState":"s","inputResponses":{} }"#;
        assert_eq!(
            states.open(&bound("u", "c", "tools/call", again), &state),
            Some(Stage::Asked)
        );
        for foreign in [
            bound("v", "c", "tools/call", params),
            bound("u", "d", "tools/call", params),
            bound("u", "c", "prompts/get", params),
            bound(
                "u",
                "c",
                "tools/call",
                r#"{"name":"t","arguments":{"a":3,"b":1}}"#,
            ),
        ] {
            assert_eq!(states.open(&foreign, &state), None);
        }
        assert_eq!(States::new().open(&own, &state), None, "another broker's");
        let stale = states.seal_until(&own, Stage::Waiting, model::now());
        assert_eq!(states.open(&own, &stale), None);
        for at in [PREFIX.len(), state.len() / 2, state.len() - 1] {
            let mut damaged = state.clone().into_bytes();
            damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(damaged).unwrap();
            assert_eq!(states.open(&own, &damaged), None, "{damaged}");
        }
        for nothing in ["", "berth.", "berth.AAAA", "other"] {
            assert_eq!(states.open(&own, nothing), None);
        }
    }
}
