//! Form D of "authorization needed": a client that has its token from berth's own authorization server is sent back
//! there, for a scope that leads its person through the provider (MCP 2025-11-25, authorization, step-up flow).
//!
//! Not every client that can sign its person in knows what to do then. Each is tried once: whoever comes back with the
//! token it had, or a refreshed one, is told in words like everybody else.

use std::time::Duration;

use http::StatusCode;
use moka::sync::Cache;

use super::{Gateway, challenge, consent, door::Refusal, sessions::Entry};
use crate::{
    calls::Consent,
    mcp::{Message, Revision, code},
    model::{ClientConsent, ConsentId},
};

/// For how long a client is not tried again.
const TRIED: Duration = Duration::from_secs(24 * 3600);
const KEPT: u64 = 100_000;

/// Which clients were tried; cheap to clone.
#[derive(Clone)]
pub(crate) struct StepUps(Cache<ConsentId, ()>);

impl Default for StepUps {
    fn default() -> Self {
        let tried = Cache::builder().max_capacity(KEPT).time_to_live(TRIED);
        Self(tried.build())
    }
}

impl StepUps {
    /// Whether this is the first time, which it then is no more.
    fn is_first(&self, consent: &ConsentId) -> bool {
        self.0.entry_by_ref(consent).or_insert(()).is_fresh()
    }
}

/// The challenge for a call whose person has to authorize first, where its client may take it up: no other form can
/// send the person there, and its token comes of berth's authorization server and was not stepped up before. `None`
/// where it is for words.
pub(super) fn refusal(
    gateway: &Gateway,
    client: Option<&ClientConsent>,
    entry: &Entry,
    request: &Message,
    needed: &Consent,
) -> Option<Refusal> {
    let client = client.filter(|client| !client.stepped_up)?;
    let session = &entry.session;
    if session.client.elicits_urls()
        || session.client.revision < Revision::V2025_11_25
        || !gateway.step_ups.is_first(&client.id)
    {
        return None;
    }
    // A client that knows nothing of challenges may show this.
    let text = consent::words(&session.name, needed);
    let challenge = challenge::step_up(&gateway.public_url, &session.name);
    let refusal = Refusal::new(StatusCode::FORBIDDEN, code::AUTHORIZATION_NEEDED, &text);
    Some(
        refusal
            .with(consent::details(&session.name, needed))
            .challenged(challenge)
            .to(request),
    )
}
