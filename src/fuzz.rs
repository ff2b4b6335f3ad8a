//! What is fed with broken input: the readers of what comes from outside, each with what has to hold of its answer
//! whatever it is given. The targets in `tests/fuzz` call these with bytes of their own making, and a test with those
//! that are kept there.
//!
//! A panic here is a finding.

use std::{fs, io::Write as _, path::Path};

use bytes::Bytes;

use crate::{
    bundle, connector,
    manifest::{self, Manifest, ManifestError},
    mcp::{Kind, Message},
    model::{EnvName, HeaderField, Placement},
};

/// A target's name, as its corpus is called, and what takes its input.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 6] = [
    ("artifact", artifact),
    ("envelope", envelope),
    ("events", events),
    ("manifest", manifest),
    ("placement", placement),
    ("zip", zip),
];

/// A JSON-RPC message: what berth replaces in it is replaced, and nothing else.
pub fn envelope(input: &[u8]) {
    let Ok(message) = Message::parse(Bytes::copy_from_slice(input)) else {
        return;
    };
    assert_eq!(message.bytes(), input);
    assert_eq!(message.is_response(), message.method().is_none());
    if let Some(id) = message.id() {
        assert_eq!(message.with_id(id).bytes(), input, "its own id");
    }
    if let Some(token) = message.progress_token() {
        let same = message.with_progress_token(token);
        assert_eq!(same.bytes(), input, "its own progress token");
    }
    for text in ["7", "\"berth-1234567890-1234567890\""] {
        let other = message.with_id(text);
        let read = same_but_for_its_ids(&message, &other);
        assert_eq!(other.id(), message.id().map(|_| text));
        assert_eq!((other.id(), other.params()), (read.id(), read.params()));
        assert_eq!(other.outcome(), read.outcome());
        assert_eq!(other.params(), message.params());
        let other = other.with_progress_token(text);
        let read = same_but_for_its_ids(&message, &other);
        assert_eq!(
            read.progress_token().is_some(),
            message.progress_token().is_some()
        );
        assert!(read.progress_token().is_none_or(|token| token == text));
        assert_eq!((other.id(), other.params()), (read.id(), read.params()));
    }
}

/// Reads `changed` anew from its bytes.
fn same_but_for_its_ids(message: &Message, changed: &Message) -> Message {
    let read = Message::parse(changed.bytes().clone());
    let read = read.unwrap_or_else(|error| panic!("what berth wrote is malformed: {error}"));
    let parts = |message: &Message| (message.kind(), message.method().map(str::to_owned));
    assert_eq!(parts(&read), parts(message));
    if matches!(message.kind(), Kind::Result | Kind::Error) {
        assert_eq!(read.outcome(), message.outcome());
    }
    read
}

/// A stream of server-sent events, in chunks of the size that its first byte says: however it is cut, the same events
/// come out, and no response among them goes unnoticed.
pub fn events(input: &[u8]) {
    let Some((size, stream)) = input.split_first() else {
        return;
    };
    let (cut, answered) = connector::read_events(stream, usize::from(*size).max(1));
    let (whole, seen) = connector::read_events(stream, stream.len().max(1));
    assert_eq!(cut, whole);
    assert_eq!(answered, seen);
    let is_response = |event: &Bytes| Message::parse(event.clone()).is_ok_and(|it| it.is_response());
    assert!(answered || !whole.iter().any(is_response), "a response went by");
}

/// Where a token is put, and the template of what is put there.
pub fn placement(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    if let Ok(placement) = text.parse::<Placement<HeaderField>>() {
        let value = placement.template.render(|_| "token");
        assert!(http::HeaderValue::from_str(&value).is_ok(), "{value:?}");
        let written = String::from(placement.clone());
        assert_eq!(written.parse::<Placement<HeaderField>>().ok(), Some(placement));
    }
    if let Ok(placement) = text.parse::<Placement<EnvName>>() {
        assert!(!placement.template.render(|_| "token").contains('\0'));
        let written = String::from(placement.clone());
        assert_eq!(written.parse::<Placement<EnvName>>().ok(), Some(placement));
    }
}

/// A `berth.toml`, and the command line in it.
pub fn manifest(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    match text.parse::<Manifest>() {
        Ok(manifest) => {
            let _ = (manifest.source(), manifest.started_by());
        }
        Err(ManifestError::Malformed(mistakes)) => {
            let lines = text.matches('\n').count() + 1;
            assert!(!mistakes.is_empty());
            assert!(mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line)));
            assert!(mistakes.iter().all(|mistake| mistake.column >= 1));
        }
        Err(error @ ManifestError::Unreadable { .. }) => panic!("{error}"),
    }
    if let Ok(words) = manifest::split_words(text) {
        assert!(words.first().is_some_and(|program| !program.is_empty()));
    }
}

/// A manifest or an index of the registry.
pub fn artifact(input: &[u8]) {
    if bundle::parse_any(input).is_ok() {
        let _ = bundle::about(input);
    }
}

/// A zip file: what is unpacked stays in its folder and is packed the same way twice.
///
/// # Panics
///
/// Where there is no room for temporary files, too.
pub fn zip(input: &[u8]) {
    let limits = bundle::Limits {
        bytes: 4 << 20,
        entries: 500,
        ratio: 200,
    };
    let write = || {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(input)?;
        Ok::<_, std::io::Error>(file)
    };
    let file = write().unwrap_or_else(|error| panic!("a temporary file: {error}"));
    let Ok(unpacked) = bundle::extract_part(file.path(), limits, |_| Path::new("").to_owned()) else {
        return;
    };
    let root = fs::canonicalize(unpacked.path()).unwrap_or_else(|error| panic!("the folder: {error}"));
    stays_in(&root, &root);
    let packed = || bundle::pack_extracted(&unpacked, Path::new(""));
    if let (Ok(first), Ok(second)) = (packed(), packed()) {
        assert_eq!(first.digest, second.digest);
    }
}

/// No link in `folder` leads out of `root`.
fn stays_in(root: &Path, folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if let Ok(target) = fs::canonicalize(&path) {
            assert!(target.starts_with(root), "{} leads out", path.display());
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            stays_in(root, &path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fuzzing_found_stays_mended() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
        for (name, target) in TARGETS {
            let inputs: Vec<_> = fs::read_dir(corpus.join(name)).unwrap().collect();
            assert!(!inputs.is_empty(), "{name} has no corpus");
            for input in inputs {
                let path = input.unwrap().path();
                let bytes = fs::read(&path).unwrap();
                // The name of the input comes before whatever the panic says.
                let outcome = std::panic::catch_unwind(|| target(&bytes));
                assert!(outcome.is_ok(), "{} breaks {name}", path.display());
            }
        }
    }
}
