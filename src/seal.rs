//! Envelope encryption of what the store keeps: tokens, client secrets, settings.
//!
//! Each value is encrypted with XChaCha20-Poly1305 under a data key of its own, and that key is wrapped with a master
//! key. Both are bound to where the value belongs ([`Place`]), so a value copied to another row, field or version does
//! not open. A sealed value names its master key: the newest key of the ring seals, every key of it opens, and to
//! change a value's master key only its data key is wrapped anew ([`Sealer::rewrap`]).

mod key;

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use chacha20poly1305::{
    Key, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use zeroize::Zeroize as _;

pub(crate) use key::{KEY, KeyId, MasterKey, NotAKey};

use crate::secret::{self, Secret};

const FORMAT: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;
const WRAPPED: usize = NONCE + KEY + TAG;
/// Format, key id, nonce and wrapped data key, nonce: what stands before the ciphertext.
const HEADER: usize = 1 + KeyId::LENGTH + WRAPPED + NONCE;

/// Where a sealed value belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) row: &'a str,
    pub(crate) field: &'a str,
    pub(crate) version: i64,
}

/// Why a value could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error("a sealed value was sealed with another master key (key id {0})")]
    OtherKey(KeyId),
    #[error("a sealed value is damaged, or was moved from where it belongs")]
    Damaged,
}

/// Seals and opens with a ring of master keys.
pub(crate) struct Sealer(ArcSwap<Vec<Wrapping>>);

/// A master key in use.
struct Wrapping {
    id: KeyId,
    cipher: XChaCha20Poly1305,
}

impl Sealer {
    /// Seals with `newest`; opens what was sealed with any of `older`, too.
    pub(crate) fn with(newest: &MasterKey, older: &[MasterKey]) -> Self {
        Self(ArcSwap::from_pointee(ring(newest, older)))
    }

    /// A sealer with a lone key that a test made up.
    #[cfg(test)]
    pub(crate) fn new(key: [u8; KEY]) -> Self {
        Self::with(&MasterKey::new(key), &[])
    }

    /// Has other keys from now on.
    pub(crate) fn change(&self, newest: &MasterKey, older: &[MasterKey]) {
        self.0.store(Arc::new(ring(newest, older)));
    }

    /// The key that seals.
    pub(crate) fn newest(&self) -> KeyId {
        self.0.load()[0].id
    }

    /// All keys, the one that seals first.
    pub(crate) fn key_ids(&self) -> Vec<KeyId> {
        self.0.load().iter().map(|key| key.id).collect()
    }

    pub(crate) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Vec<u8> {
        let ring = self.0.load();
        let aad = associated_data(place);
        let mut data_key = [0; KEY];
        secret::fill_random(&mut data_key);
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + TAG);
        ring[0].wrap(&aad, &data_key, &mut sealed);
        append_encrypted(
            &XChaCha20Poly1305::new(&Key::from(data_key)),
            &aad,
            plain,
            &mut sealed,
        );
        data_key.zeroize();
        sealed
    }

    /// The value that was sealed for `place`.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, SealError> {
        let aad = associated_data(place);
        let data_key = self.data_key(&aad, sealed)?;
        let cipher = XChaCha20Poly1305::new(&Key::from(*data_key.expose()));
        decrypt(&cipher, &aad, &sealed[HEADER - NONCE..]).map(Secret::new)
    }

    /// [`open`](Self::open) for a value that is text.
    pub(crate) fn open_text(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret<String>, SealError> {
        let bytes = self.open(place, sealed)?;
        String::from_utf8(bytes.expose().clone())
            .map(Secret::new)
            .map_err(|_| SealError::Damaged)
    }

    /// The same value of `place` under the newest key; `None` when it is under that one already.
    pub(crate) fn rewrap(&self, place: Place<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let ring = self.0.load();
        if sealed_with(sealed) == Some(ring[0].id) {
            return Ok(None);
        }
        let aad = associated_data(place);
        let data_key = self.data_key(&aad, sealed)?;
        let mut anew = Vec::with_capacity(sealed.len());
        ring[0].wrap(&aad, data_key.expose(), &mut anew);
        anew.extend_from_slice(&sealed[HEADER - NONCE..]);
        Ok(Some(anew))
    }

    fn data_key(&self, aad: &[u8], sealed: &[u8]) -> Result<Secret<[u8; KEY]>, SealError> {
        if sealed.len() < HEADER + TAG || sealed[0] != FORMAT {
            return Err(SealError::Damaged);
        }
        let id = sealed_with(sealed).ok_or(SealError::Damaged)?;
        let ring = self.0.load();
        let key = ring
            .iter()
            .find(|key| key.id == id)
            .ok_or(SealError::OtherKey(id))?;
        let wrapped = &sealed[1 + KeyId::LENGTH..HEADER - NONCE];
        let data_key = Secret::new(decrypt(&key.cipher, aad, wrapped)?);
        let data_key = data_key.expose().as_slice().try_into();
        data_key.map(Secret::new).map_err(|_| SealError::Damaged)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({:?})", self.key_ids())
    }
}

impl Wrapping {
    /// What stands before the data key's own part of a sealed value.
    fn wrap(&self, aad: &[u8], data_key: &[u8; KEY], out: &mut Vec<u8>) {
        out.push(FORMAT);
        out.extend_from_slice(self.id.bytes());
        append_encrypted(&self.cipher, aad, data_key, out);
    }
}

fn ring(newest: &MasterKey, older: &[MasterKey]) -> Vec<Wrapping> {
    let mut ring: Vec<Wrapping> = Vec::new();
    for key in std::iter::once(newest).chain(older) {
        if !ring.iter().any(|known| known.id == key.id) {
            let cipher = XChaCha20Poly1305::new(&Key::from(*key.bytes()));
            ring.push(Wrapping { id: key.id, cipher });
        }
    }
    ring
}

/// The master key that a value says it was sealed with.
fn sealed_with(sealed: &[u8]) -> Option<KeyId> {
    sealed.get(1..=KeyId::LENGTH).and_then(KeyId::read)
}

/// A nonce, then the ciphertext. Nonces are random: 192 bits are enough never to meet one again.
fn append_encrypted(cipher: &XChaCha20Poly1305, aad: &[u8], plain: &[u8], out: &mut Vec<u8>) {
    let mut nonce = [0; NONCE];
    secret::fill_random(&mut nonce);
    out.extend_from_slice(&nonce);
    #[allow(clippy::expect_used, reason = "only a plaintext of 256 GiB fails")]
    let ciphertext = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad })
        .expect("a value fits into memory");
    out.extend_from_slice(&ciphertext);
}

fn decrypt(cipher: &XChaCha20Poly1305, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (nonce, ciphertext) = sealed.split_at(NONCE);
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| SealError::Damaged)?;
    cipher
        .decrypt(&XNonce::from(nonce), Payload { msg: ciphertext, aad })
        .map_err(|_| SealError::Damaged)
}

/// Each part behind its length, so that no two places give the same bytes.
fn associated_data(place: Place<'_>) -> Vec<u8> {
    let mut aad = Vec::new();
    for part in [place.row, place.field] {
        aad.extend_from_slice(&(part.len() as u64).to_be_bytes());
        aad.extend_from_slice(part.as_bytes());
    }
    aad.extend_from_slice(&place.version.to_be_bytes());
    aad
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Place<'_> = Place {
        row: "gra_1",
        field: "token",
        version: 3,
    };

    #[test]
    fn a_value_opens_only_where_it_belongs() {
        let sealer = Sealer::new([7; 32]);
        let sealed = sealer.seal(HOME, b"canary");
        assert_eq!(sealer.open(HOME, &sealed).unwrap().expose(), b"canary");
        for elsewhere in [
            Place { row: "gra_2", ..HOME },
            Place {
                field: "secret",
                ..HOME
            },
            Place { version: 2, ..HOME },
            Place {
                row: "gra_1t",
                field: "oken",
                ..HOME
            },
        ] {
            assert!(matches!(sealer.open(elsewhere, &sealed), Err(SealError::Damaged)));
        }
    }

    #[test]
    fn damage_is_seen_wherever_it_is() {
        let sealer = Sealer::new([7; 32]);
        let sealed = sealer.seal(HOME, b"canary");
        assert!(!sealed.windows(6).any(|w| w == b"canary"));
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            sealer.open(HOME, &bad).unwrap_err();
            sealer.open(HOME, &sealed[..at]).unwrap_err();
        }
        assert!(matches!(
            Sealer::new([8; 32]).open(HOME, &sealed),
            Err(SealError::OtherKey(_))
        ));
    }

    #[test]
    fn a_value_moves_to_a_newer_key_and_stays_where_it_belongs() {
        let (old, new) = (MasterKey::new([7; KEY]), MasterKey::new([8; KEY]));
        let sealer = Sealer::with(&old, &[]);
        let sealed = sealer.seal(HOME, b"canary");
        assert!(sealer.rewrap(HOME, &sealed).unwrap().is_none());

        sealer.change(&new, std::slice::from_ref(&old));
        assert_eq!(
            (sealer.newest(), sealer.key_ids()),
            (new.id, vec![new.id, old.id])
        );
        assert_eq!(sealer.open(HOME, &sealed).unwrap().expose(), b"canary");
        let moved = sealer.rewrap(HOME, &sealed).unwrap().unwrap();
        assert!(sealer.rewrap(HOME, &moved).unwrap().is_none());
        let elsewhere = Place { row: "gra_2", ..HOME };
        assert!(matches!(
            sealer.rewrap(elsewhere, &sealed),
            Err(SealError::Damaged)
        ));

        let later = Sealer::with(&new, &[]);
        assert_eq!(later.open(HOME, &moved).unwrap().expose(), b"canary");
        assert!(matches!(later.open(elsewhere, &moved), Err(SealError::Damaged)));
        assert!(matches!(later.open(HOME, &sealed), Err(SealError::OtherKey(id)) if id == old.id));
        assert!(matches!(later.rewrap(HOME, &sealed), Err(SealError::OtherKey(_))));
    }
}
