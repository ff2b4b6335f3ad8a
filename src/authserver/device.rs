//! A command line on a machine without a browser (RFC 8628): it shows a code, and its person types that on a page.

use std::time::Duration;

use axum::{Extension, extract::State, response::Response};
use http::StatusCode;
use serde_json::json;

use super::{
    AuthServer, Inner,
    answer::{self, Error},
    command_line::{CLIENT, host},
    issue::millis,
    params::Params,
    token::invalid,
};
use crate::{
    identity::{Rate, counted_as},
    model::{self, Digest, Millis, Operator, Peer, UserId},
    secret::{self},
    store::{Device, Poll, StoreError},
};

/// How long a person may take.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long the command line waits between two questions.
const PAUSE: Duration = Duration::from_secs(5);
/// How long it is told that its code has expired, before nothing is known of it.
const TOLD: Duration = Duration::from_secs(3600);
/// How many may wait at a time.
const MOST: i64 = 1000;
/// Letters of a code: no vowels, so that no word comes of them, and none that looks like another (RFC 8628 §6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;
const CODE_PREFIX: &str = "berthd_";

/// How often codes may be typed: by one person, and from one address. With 20⁸ codes and at most a thousand of them
/// good, a guess in 25 million hits.
#[derive(Debug)]
pub(super) struct Guesses {
    by_user: Rate<UserId>,
    by_address: Rate,
}

impl Default for Guesses {
    fn default() -> Self {
        let window = Duration::from_secs(600);
        Self {
            by_user: Rate::new(10, window),
            by_address: Rate::new(30, window),
        }
    }
}

/// What becomes of a code that somebody typed.
#[derive(Debug)]
pub(crate) enum Guess {
    Found(Device),
    Unknown,
    /// After so many seconds they may type another.
    TooOften(u64),
}

/// What a person says to a command line that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Allow,
    Deny,
}

/// How often one address may ask for a code.
pub(super) fn rate() -> Rate {
    Rate::new(30, Duration::from_secs(600))
}

/// `POST /device_authorization` (RFC 8628 §3.1).
pub(super) async fn begin(
    State(server): State<AuthServer>,
    peer: Option<Extension<Peer>>,
    body: String,
) -> Result<Response, Error> {
    let inner = &server.0;
    let params = Params::parse(&body);
    if params.get("client_id") != Some(CLIENT) {
        return Err(Error::client(
            "device codes are for berth's command line alone",
            false,
        ));
    }
    let peer = peer.map(|peer| peer.0);
    if !inner.device_requests.admit(counted_as(peer)) {
        return Err(Error::too_often(inner.device_requests.window().as_secs()));
    }
    let code = secret::generate(CODE_PREFIX);
    let now = model::now();
    let mut device = Device {
        user_code: String::new(),
        host: host(&params),
        address: peer
            .map(|peer| peer.0.to_canonical().to_string())
            .unwrap_or_default(),
        created_at: now,
        expires_at: now + millis(LIFETIME),
    };
    let hash = Digest::of(code.expose().as_bytes());
    let gone = now - millis(TOLD);
    loop {
        device.user_code = random_code();
        match inner
            .store
            .add_device(&hash, &device, millis(PAUSE), gone, MOST)
            .await
        {
            Ok(true) => break,
            Ok(false) => return Err(Error::too_often(LIFETIME.as_secs())),
            // Somebody else waits with the same one.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let told = json!({
        "device_code": code.expose(),
        "user_code": shown(&device.user_code),
        "verification_uri": format!("{}/device", inner.issuer),
        "expires_in": LIFETIME.as_secs(),
        "interval": PAUSE.as_secs(),
    });
    Ok(answer::body(StatusCode::OK, &told))
}

impl AuthServer {
    /// Which command line waits with the code that a person typed.
    pub(crate) async fn device(
        &self,
        typed: &str,
        person: &Operator,
        peer: Option<Peer>,
    ) -> Result<Guess, StoreError> {
        let guesses = &self.0.guesses;
        let admitted =
            guesses.by_user.admit(person.user.clone()) & guesses.by_address.admit(counted_as(peer));
        if !admitted {
            return Ok(Guess::TooOften(guesses.by_user.window().as_secs()));
        }
        let Some(code) = read(typed) else {
            return Ok(Guess::Unknown);
        };
        let found = self.0.store.device(&code, model::now()).await?;
        if found.is_some() {
            guesses.by_user.forgive(&person.user);
        }
        Ok(found.map_or(Guess::Unknown, Guess::Found))
    }

    /// Lets the command line with that code in as `person`, or not. It counts as a guess, too: nothing says that the
    /// code was looked at before.
    pub(crate) async fn settle_device(
        &self,
        typed: &str,
        person: &Operator,
        peer: Option<Peer>,
        answer: Answer,
    ) -> Result<Guess, StoreError> {
        let inner = &self.0;
        let found = match self.device(typed, person, peer).await? {
            Guess::Found(device) => device,
            other => return Ok(other),
        };
        let (user, action) = match answer {
            Answer::Allow => (Some(&person.user), "login.allowed"),
            Answer::Deny => (None, "login.denied"),
        };
        if !inner
            .store
            .settle_device(&found.user_code, user, model::now())
            .await?
        {
            return Ok(Guess::Unknown);
        }
        let detail = json!({ "host": found.host, "address": found.address, "by": "code" });
        let actor = person.user.as_str();
        inner.audit.record(actor, action, actor, detail);
        Ok(Guess::Found(found))
    }
}

impl Inner {
    /// RFC 8628 §3.5.
    pub(super) async fn redeem_device(&self, params: &Params) -> Result<Response, Error> {
        let code = params
            .get("device_code")
            .ok_or_else(|| Error::new("invalid_request", "device_code is missing"))?;
        let now: Millis = model::now();
        match self.store.poll_device(&Digest::of(code.as_bytes()), now).await? {
            Poll::Unknown => Err(invalid("the device code is wrong, or was used already")),
            Poll::Expired => Err(Error::new(
                "expired_token",
                "nobody typed the code in time: ask for another one",
            )),
            Poll::Pending => Err(Error::new(
                "authorization_pending",
                "nobody has typed the code yet",
            )),
            Poll::Early(pause) => Err(Error::new(
                "slow_down",
                format!("leave {} s between two questions", pause / 1000),
            )),
            Poll::Denied => Err(Error::new("access_denied", "the person did not allow it")),
            Poll::Allowed { user, host } => self.signed_in(&user, &host).await,
        }
    }
}

/// A code as it is shown, in two halves.
pub(crate) fn shown(code: &str) -> String {
    let (one, two) = code.split_at(code.len() / 2);
    format!("{one}-{two}")
}

/// A code as somebody typed it.
fn read(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .take(LENGTH + 1)
        .collect();
    let known = code.bytes().all(|byte| LETTERS.contains(&byte));
    (code.len() == LENGTH && known).then_some(code)
}

fn random_code() -> String {
    let mut code = String::with_capacity(LENGTH);
    let mut bytes = [0; 4 * LENGTH];
    while code.len() < LENGTH {
        secret::fill_random(&mut bytes);
        // Without the bytes that would make some letters likelier.
        let fair = bytes.iter().filter(|byte| usize::from(**byte) < 240);
        let letters = fair.map(|byte| char::from(LETTERS[usize::from(byte % 20)]));
        code.extend(letters.take(LENGTH - code.len()));
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = random_code();
        assert_eq!(read(&code).as_ref(), Some(&code));
        assert_eq!(read(&shown(&code)).as_ref(), Some(&code));
        assert_eq!(read(&format!(" {} ", shown(&code).to_lowercase())), Some(code));
        for bad in ["", "BCDF", "BCDFGHJKL", "AEIOUAEI", "BCDF-GHJ1", "ÄCDFGHJK"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_ne!(random_code(), random_code());
    }
}
