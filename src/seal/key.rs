//! Master keys: 32 random bytes, known by an id that says nothing about them, written as a line of text.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

use crate::secret::{self, Secret};

/// How many bytes a master key has.
pub(crate) const KEY: usize = 32;
const ID: usize = 8;

/// Tells master keys apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyId([u8; ID]);

impl KeyId {
    pub(crate) const LENGTH: usize = ID;

    /// The id that is written as `bytes`, if they are as many as an id has.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One master key.
#[derive(Debug, Clone)]
pub(crate) struct MasterKey {
    pub(crate) id: KeyId,
    bytes: Secret<[u8; KEY]>,
}

/// Why a text is no master key. It repeats nothing of the text.
#[derive(Debug, thiserror::Error)]
#[error("a master key is {KEY} random bytes in base64 or in hexadecimal digits, and this is not")]
pub(crate) struct NotAKey;

impl MasterKey {
    pub(crate) fn new(bytes: [u8; KEY]) -> Self {
        let hash = Sha256::new()
            .chain_update(b"berth master key id")
            .chain_update(bytes)
            .finalize();
        let mut id = [0; ID];
        id.copy_from_slice(&hash[..ID]);
        Self {
            id: KeyId(id),
            bytes: Secret::new(bytes),
        }
    }

    pub(crate) fn random() -> Self {
        let mut bytes = [0; KEY];
        secret::fill_random(&mut bytes);
        let key = Self::new(bytes);
        bytes.zeroize();
        key
    }

    /// The key that is written as `text`: base64, or hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Result<Self, NotAKey> {
        let bytes = if text.len() == 2 * KEY {
            digits(text)
        } else {
            STANDARD.decode(text).ok()
        };
        let bytes = Secret::new(bytes.ok_or(NotAKey)?);
        let bytes: [u8; KEY] = bytes.expose().as_slice().try_into().map_err(|_| NotAKey)?;
        Ok(Self::new(bytes))
    }

    /// The keys that are written as `text`, a line each, the newest first.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, NotAKey> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys: Vec<Self> = lines.map(Self::parse).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(NotAKey) } else { Ok(keys) }
    }

    /// As [`parse_all`](Self::parse_all) reads it.
    pub(crate) fn text(&self) -> Secret<String> {
        Secret::new(STANDARD.encode(self.bytes.expose()))
    }

    pub(super) fn bytes(&self) -> &[u8; KEY] {
        self.bytes.expose()
    }
}

fn digits(text: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::try_from(value(pair[0])? << 4 | value(pair[1])?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = MasterKey::random();
        let hex: String = key.bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        for text in [key.text().expose(), &hex] {
            assert_eq!(MasterKey::parse(text).unwrap().id, key.id);
        }
        let older = MasterKey::new([1; KEY]);
        let both = format!("{}\n\n  {hex} \r\n", older.text().expose());
        let ids: Vec<KeyId> = MasterKey::parse_all(&both)
            .unwrap()
            .iter()
            .map(|key| key.id)
            .collect();
        assert_eq!(ids, [older.id, key.id]);
        assert_eq!(key.id.to_string().len(), 2 * KeyId::LENGTH);
    }

    #[test]
    fn what_is_no_key_is_not_repeated() {
        for text in ["", "\n", "canary", &"canary".repeat(9), &"g".repeat(64), "AAAA"] {
            let error = MasterKey::parse_all(text).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
