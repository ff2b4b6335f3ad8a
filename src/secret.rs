//! Values that must never be shown: tokens, client secrets, keys.
//!
//! A [`Secret`] prints as `***`, is wiped when it is dropped, and has no `Serialize`: a body that has to carry
//! one says so at the field, with `#[serde(serialize_with = "crate::secret::expose")]`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serializer};
use zeroize::Zeroize;

/// A value that prints as `***` and is wiped from memory when dropped.
pub(crate) struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every use of this is a place where a secret leaves its wrapping.
    pub(crate) fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// Serialises the value in the clear, for a body whose purpose is to carry it over TLS or into a sealed column.
pub(crate) fn expose<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// [`expose`] for a field that may be absent.
pub(crate) fn expose_option<S: Serializer>(
    secret: &Option<Secret<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => serializer.serialize_some(secret.expose()),
        None => serializer.serialize_none(),
    }
}

/// A new unguessable value with `prefix`: 256 random bits in base64url.
pub(crate) fn generate(prefix: &str) -> Secret<String> {
    use base64::Engine as _;
    let mut bytes = [0u8; 32];
    fill_random(&mut bytes);
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    bytes.zeroize();
    Secret(format!("{prefix}{text}"))
}

/// Fills `bytes` from the operating system's random source. A machine without one can't keep any secret, so
/// there is nothing better to do than to stop.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    #[allow(clippy::expect_used, reason = "no random source: nothing safe can be done")]
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("canary".to_owned());
        assert_eq!(format!("{secret:?}"), "***");
    }

    #[test]
    fn generated_secrets_differ_and_are_long() {
        let (one, two) = (generate("x_"), generate("x_"));
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.expose().len(), 2 + 43);
    }
}
