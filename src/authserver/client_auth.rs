//! Which client is at `/token` or `/revoke` (RFC 6749 §2.3).

use base64::Engine as _;
use http::{HeaderMap, header};
use subtle::ConstantTimeEq as _;

use super::{Inner, answer::Error, params::Params};
use crate::{model::Digest, secret::Secret, store::ClientRecord};

struct Credential {
    id: String,
    secret: Option<Secret<String>>,
    basic: bool,
}

impl Inner {
    /// The client that sent a request, shown by its secret where it has one.
    pub(super) async fn authenticated(
        &self,
        headers: &HeaderMap,
        params: &Params,
    ) -> Result<ClientRecord, Error> {
        let credential = credential(headers, params)?;
        let refused = |text: &str| Err(Error::client(text, credential.basic));
        let Some(client) = self.store.client(&credential.id).await? else {
            return refused("this client is not known here: register again");
        };
        match (&client.secret_hash, &credential.secret) {
            (None, None) => Ok(client),
            (Some(hash), Some(secret)) => {
                let given = Digest::of(secret.expose().as_bytes());
                match bool::from(given.as_str().as_bytes().ct_eq(hash.as_bytes())) {
                    true => Ok(client),
                    false => refused("the client's secret is wrong"),
                }
            }
            (Some(_), None) => refused("this client has a secret, and none was sent"),
            (None, Some(_)) => refused("this client has no secret, and one was sent"),
        }
    }
}

fn credential(headers: &HeaderMap, params: &Params) -> Result<Credential, Error> {
    let named = params.get("client_id");
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        let Some(id) = named else {
            return Err(Error::client(
                "the client did not say which one it is (client_id)",
                false,
            ));
        };
        return Ok(Credential {
            id: id.to_owned(),
            secret: params
                .get("client_secret")
                .map(|secret| Secret::new(secret.to_owned())),
            basic: false,
        });
    };
    let Some((id, secret)) = header.to_str().ok().and_then(basic) else {
        return Err(Error::client(
            "the Authorization header is not Basic, or can't be read",
            true,
        ));
    };
    if params.get("client_secret").is_some() {
        return Err(Error::new(
            "invalid_request",
            "the client authenticates in two ways at once",
        ));
    }
    if named.is_some_and(|named| named != id) {
        return Err(Error::new(
            "invalid_request",
            "client_id is not that of the Authorization header",
        ));
    }
    Ok(Credential {
        id,
        secret: (!secret.expose().is_empty()).then_some(secret),
        basic: true,
    })
}

/// Both parts are form-encoded (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, Secret<String>)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(encoded.trim())
        .ok()?;
    let decoded = Secret::new(String::from_utf8(decoded).ok()?);
    let (id, secret) = decoded.expose().split_once(':')?;
    let plain = |text: &str| {
        let query = format!("x={}", text.replace('&', "%26").replace('=', "%3D"));
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.next().map(|(_, value)| value.into_owned())
    };
    Some((plain(id)?, Secret::new(plain(secret)?)))
}
