//! A signed token (RFC 7519) of somebody else's, and the keys of whoever signed it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey as _,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Map, Value};

/// Longest token that is read, in bytes. GitHub's are under 2,000.
const LONGEST: usize = 16 << 10;
/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 60;

/// A token whose signature nobody has looked at yet: nothing in it is known to be true.
#[derive(Debug)]
pub(super) struct Unverified<'a> {
    algorithm: CoreJwsSigningAlgorithm,
    kid: Option<String>,
    claims: Claims,
    signed: &'a str,
    signature: Vec<u8>,
}

/// What a token says.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

/// Why a token is none. The texts hold nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    #[error("what was sent is not a signed token (JWT)")]
    NoToken,
    #[error("the token is not signed with RS256 or ES256, which are all that counts here")]
    Algorithm,
    #[error("the token has a header that has to be understood and is not (crit)")]
    Critical,
    #[error("the token is signed with a key that its issuer does not have")]
    Key,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token does not say when it expires (exp)")]
    NoEnd,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not good yet: is the broker's clock right?")]
    Early,
}

impl<'a> Unverified<'a> {
    pub(super) fn read(token: &'a str) -> Result<Self, Broken> {
        if token.len() > LONGEST {
            return Err(Broken::NoToken);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Broken::NoToken)?;
        let (header, payload) = signed.split_once('.').ok_or(Broken::NoToken)?;
        let object = |part: &str| -> Result<Map<String, Value>, Broken> {
            let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Broken::NoToken)?;
            serde_json::from_slice(&bytes).map_err(|_| Broken::NoToken)
        };
        let (header, claims) = (object(header)?, object(payload)?);
        // The token may not choose how it is looked at: an allow-list (RFC 8725 §3.1).
        let algorithm = match header.get("alg").and_then(Value::as_str) {
            Some("RS256") => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            Some("ES256") => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            _ => return Err(Broken::Algorithm),
        };
        if header.contains_key("crit") {
            return Err(Broken::Critical);
        }
        Ok(Self {
            algorithm,
            kid: header.get("kid").and_then(Value::as_str).map(str::to_owned),
            claims: Claims(claims),
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| Broken::NoToken)?,
        })
    }

    /// Who it says has signed it.
    pub(super) fn issuer(&self) -> Option<&str> {
        self.claims.text("iss")
    }

    /// Those of `keys` that may have signed it.
    fn named<'k>(&self, keys: &'k [CoreJsonWebKey]) -> Vec<&'k CoreJsonWebKey> {
        match &self.kid {
            Some(kid) => keys
                .iter()
                .filter(|key| key.key_id().is_some_and(|id| id.as_str() == kid))
                .collect(),
            // Without a name there must be no choice.
            None if keys.len() == 1 => keys.iter().collect(),
            None => Vec::new(),
        }
    }

    pub(super) fn has_key(&self, keys: &[CoreJsonWebKey]) -> bool {
        !self.named(keys).is_empty()
    }

    /// What it says, once one of `keys` has signed it and it is good at `now`, in seconds.
    pub(super) fn verified(self, keys: &[CoreJsonWebKey], now: i64) -> Result<Claims, Broken> {
        let named = self.named(keys);
        if named.is_empty() {
            return Err(Broken::Key);
        }
        let is_signed = |key: &&CoreJsonWebKey| {
            key.verify_signature(&self.algorithm, self.signed.as_bytes(), &self.signature)
                .is_ok()
        };
        if !named.iter().any(is_signed) {
            return Err(Broken::Signature);
        }
        let instant = |name: &str| self.claims.0.get(name).and_then(Value::as_f64);
        let now = now as f64;
        let leeway = LEEWAY as f64;
        let end = instant("exp").ok_or(Broken::NoEnd)?;
        if end + leeway <= now {
            return Err(Broken::Expired);
        }
        for start in ["nbf", "iat"] {
            if instant(start).is_some_and(|start| start > now + leeway) {
                return Err(Broken::Early);
            }
        }
        Ok(self.claims)
    }
}

impl Claims {
    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim as an admin writes it; `None` for one that is absent, or a list or an object.
    pub(super) fn written(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Whether the token is for `audience`.
    pub(super) fn is_for(&self, audience: &str) -> bool {
        let same = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| text.trim_end_matches('/') == audience.trim_end_matches('/'))
        };
        match self.0.get("aud") {
            Some(Value::Array(all)) => all.iter().any(same),
            Some(one) => same(one),
            None => false,
        }
    }

    /// Some claims for people to read, where they are there.
    pub(super) fn excerpt(&self, names: &[&str]) -> Map<String, Value> {
        let short = |name: &&str| {
            let text: String = self
                .written(name)?
                .chars()
                .filter(|c| !c.is_control())
                .take(200)
                .collect();
            Some(((*name).to_owned(), Value::String(text)))
        };
        names.iter().filter_map(short).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(header), part(claims), part("signature"))
    }

    #[test]
    fn only_two_algorithms_count() {
        let check = |header: &str, expected: Broken| {
            assert_eq!(Unverified::read(&token(header, "{}")).unwrap_err(), expected);
        };
        for other in ["none", "HS256", "RS512", "ES384", "EdDSA", "rs256"] {
            check(&format!(r#"{{"alg":"{other}"}}"#), Broken::Algorithm);
        }
        check("{}", Broken::Algorithm);
        check(r#"{"alg":"RS256","crit":["x"]}"#, Broken::Critical);
        for none in ["", "a", "a.b", "a.b.c", "..", &"x".repeat(20_000)] {
            assert_eq!(Unverified::read(none).unwrap_err(), Broken::NoToken, "{none:.20}");
        }
        Unverified::read(&token(r#"{"alg":"ES256"}"#, "{}")).unwrap();
    }

    #[test]
    fn without_a_key_of_its_issuer_nothing_is_true() {
        let token = token(r#"{"alg":"RS256","kid":"a"}"#, r#"{"exp":9999999999}"#);
        let read = || Unverified::read(&token).unwrap();
        assert_eq!(read().verified(&[], 0).unwrap_err(), Broken::Key);
        let key = |kid: &str| {
            serde_json::from_value(serde_json::json!({"kty": "RSA", "kid": kid, "n": "AQAB", "e": "AQAB"}))
                .unwrap()
        };
        assert_eq!(read().verified(&[key("b")], 0).unwrap_err(), Broken::Key);
        assert_eq!(read().verified(&[key("a")], 0).unwrap_err(), Broken::Signature);
    }

    #[test]
    fn an_audience_is_one_or_one_of_several() {
        let check = |aud: &str, expected: bool| {
            let claims = Claims(serde_json::from_str(&format!(r#"{{"aud":{aud}}}"#)).unwrap());
            assert_eq!(claims.is_for("https://b.example"), expected, "{aud}");
        };
        check(r#""https://b.example""#, true);
        check(r#""https://b.example/""#, true);
        check(r#"["x","https://b.example"]"#, true);
        check(r#""https://b.example.evil""#, false);
        check("[]", false);
        check("null", false);
    }
}
