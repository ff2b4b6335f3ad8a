//! Envelope encryption of what the store keeps: tokens, client secrets, settings.
//!
//! Each value is encrypted with XChaCha20-Poly1305 under a data key of its own, and that key is wrapped with the
//! master key. Both are bound to where the value belongs ([`Place`]), so a value copied to another row, field or
//! version does not open. A sealed value names its master key, so that keys can be rotated.

use std::{
    fmt, fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use chacha20poly1305::{
    Key, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

use crate::secret::{self, Secret};

const FORMAT: u8 = 1;
const KEY: usize = 32;
const NONCE: usize = 24;
const TAG: usize = 16;
const KEY_ID: usize = 8;
/// Format, key id, nonce and wrapped data key, nonce: what stands before the ciphertext.
const HEADER: usize = 1 + KEY_ID + NONCE + KEY + TAG + NONCE;

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
    OtherKey(String),
    #[error("a sealed value is damaged, or was moved from where it belongs")]
    Damaged,
}

/// Seals and opens with one master key.
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    key_id: [u8; KEY_ID],
}

impl Sealer {
    /// A sealer with the 32-byte master key in the file at `path`; makes the file, mode 0600, when there is none.
    /// Fails when the file holds anything but a key, or when others may read it.
    pub(crate) fn from_file(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(bytes) => {
                let bytes = Secret::new(bytes);
                let mode = {
                    use std::os::unix::fs::PermissionsExt as _;
                    fs::metadata(path)?.permissions().mode()
                };
                if mode & 0o077 != 0 {
                    return Err(io::Error::other(format!(
                        "the master key {} may be read by others (mode {:03o}): chmod 600 it",
                        path.display(),
                        mode & 0o777
                    )));
                }
                let key: [u8; KEY] = bytes.expose().as_slice().try_into().map_err(|_| {
                    io::Error::other(format!(
                        "the master key {} is {} bytes long instead of {KEY}: restore it from a backup",
                        path.display(),
                        bytes.expose().len()
                    ))
                })?;
                Ok(Self::new(key))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => create(path),
            Err(e) => Err(e),
        }
    }

    pub(crate) fn new(mut key: [u8; KEY]) -> Self {
        let mut key_id = [0; KEY_ID];
        let hash = Sha256::new()
            .chain_update(b"berth master key id")
            .chain_update(key)
            .finalize();
        key_id.copy_from_slice(&hash[..KEY_ID]);
        let cipher = XChaCha20Poly1305::new(&Key::from(key));
        key.zeroize();
        Self { cipher, key_id }
    }

    /// Tells master keys apart; says nothing about the key itself.
    pub(crate) fn key_id(&self) -> String {
        hex(&self.key_id)
    }

    pub(crate) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Vec<u8> {
        let aad = associated_data(place);
        let mut data_key = [0; KEY];
        secret::fill_random(&mut data_key);
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + TAG);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&self.key_id);
        append_encrypted(&self.cipher, &aad, &data_key, &mut sealed);
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
        if sealed.len() < HEADER + TAG || sealed[0] != FORMAT {
            return Err(SealError::Damaged);
        }
        let (key_id, rest) = sealed[1..].split_at(KEY_ID);
        if key_id != self.key_id {
            return Err(SealError::OtherKey(hex(key_id)));
        }
        let aad = associated_data(place);
        let (wrapped, ciphertext) = rest.split_at(NONCE + KEY + TAG);
        let data_key = Secret::new(decrypt(&self.cipher, &aad, wrapped)?);
        let data_key: [u8; KEY] = data_key
            .expose()
            .as_slice()
            .try_into()
            .map_err(|_| SealError::Damaged)?;
        let cipher = XChaCha20Poly1305::new(&Key::from(data_key));
        decrypt(&cipher, &aad, ciphertext).map(Secret::new)
    }

    /// [`open`](Self::open) for a value that is text.
    pub(crate) fn open_text(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret<String>, SealError> {
        let bytes = self.open(place, sealed)?;
        String::from_utf8(bytes.expose().clone())
            .map(Secret::new)
            .map_err(|_| SealError::Damaged)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({})", hex(&self.key_id))
    }
}

/// Makes a key file. Its name appears when the whole key is on the disk, and stays through a power cut: what is sealed
/// next is lost without it.
fn create(path: &Path) -> io::Result<Sealer> {
    let mut key = [0; KEY];
    secret::fill_random(&mut key);
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(Sealer::new(key))
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
    fn a_key_file_is_made_once_and_kept_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        // What a broker left that was stopped halfway.
        fs::write(dir.path().join("master.new"), b"half").unwrap();
        let sealed = Sealer::from_file(&path).unwrap().seal(HOME, b"x");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        Sealer::from_file(&path).unwrap().open(HOME, &sealed).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(
            Sealer::from_file(&path)
                .unwrap_err()
                .to_string()
                .contains("chmod 600")
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, b"short").unwrap();
        assert!(
            Sealer::from_file(&path)
                .unwrap_err()
                .to_string()
                .contains("5 bytes")
        );
    }
}
