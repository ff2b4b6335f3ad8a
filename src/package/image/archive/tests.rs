use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use super::*;

/// An archive in the making.
struct Archive(Builder<Vec<u8>>);

impl Archive {
    fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    /// An entry with any name at all, also those that the library would refuse.
    fn entry(mut self, name: &str, kind: EntryType, link: &str, content: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        let gnu = header.as_gnu_mut().unwrap();
        gnu.name[..name.len()].copy_from_slice(name.as_bytes());
        gnu.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.entry(name, EntryType::Regular, "", content.as_ref())
    }

    fn json(self, name: &str, content: &Value) -> Self {
        self.file(name, content.to_string())
    }

    fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(name, EntryType::Symlink, target, b"")
    }

    fn read(self, layers: &[&[u8]]) -> Result<Contents, ImageError> {
        self.read_knowing(layers, &Known::new())
    }

    fn read_knowing(self, layers: &[&[u8]], known: &Known) -> Result<Contents, ImageError> {
        read(self.0.into_inner().unwrap().as_slice(), &diff_ids(layers), known)
    }
}

fn diff_ids(layers: &[&[u8]]) -> Vec<Digest> {
    layers.iter().map(|layer| Digest::of(layer)).collect()
}

fn config(layers: &[&[u8]]) -> Value {
    json!({"os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids(layers)}})
}

fn content(part: &Part) -> Vec<u8> {
    let mut file = part.content.as_ref().unwrap();
    file.rewind().unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

fn contents(found: &Contents) -> Vec<Vec<u8>> {
    found.layers.iter().map(content).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_older_layout_is_read_with_its_links() {
    let layers: [&[u8]; 3] = [b"one", b"two", b"one"];
    let config = config(&layers);
    let found = Archive::new()
        .entry("aaa/", EntryType::Directory, "", b"")
        .file("aaa/VERSION", "1.0")
        .file("aaa/json", "{}")
        .file("aaa/layer.tar", "one")
        .file("bbb/layer.tar", "two")
        .symlink("ccc/layer.tar", "../aaa/layer.tar")
        .json("config.json", &config)
        .json(
            "manifest.json",
            &json!([{"Config": "config.json", "RepoTags": null,
                "Layers": ["aaa/layer.tar", "bbb/layer.tar", "ccc/layer.tar"]}]),
        )
        .read(&layers)
        .unwrap();
    assert_eq!(contents(&found), [b"one", b"two", b"one"]);
    assert_eq!(content(&found.config), config.to_string().as_bytes());
    assert_eq!(found.config.digest, Digest::of(config.to_string().as_bytes()));
}

#[test]
fn the_oci_layout_is_read_whatever_its_layers_are_packed_with() {
    let layers: [&[u8]; 2] = [b"one", b"two"];
    let found = Archive::new()
        .json(
            "manifest.json",
            &json!([
                {"Config": "blobs/sha256/arm", "Layers": ["blobs/sha256/x"]},
                {"Config": "blobs/sha256/c", "Layers": ["blobs/sha256/1", "./blobs/sha256/2"]},
            ]),
        )
        .json("blobs/sha256/arm", &config(&[b"three"]))
        .json("blobs/sha256/c", &config(&layers))
        .file("blobs/sha256/1", gzip(b"one"))
        .entry("blobs/sha256/2", EntryType::Link, "blobs/sha256/3", b"")
        .file("blobs/sha256/3", "two")
        .json("index.json", &json!({}))
        .file("oci-layout", "{}")
        .read(&layers)
        .unwrap();
    assert_eq!(contents(&found), [b"one", b"two"]);
    assert_eq!(found.layers[0].size, 3);

    let packed = [&[0x28, 0xb5, 0x2f, 0xfd][..], b"rest"].concat();
    let found = archive_of(&config(&[b"one"]), &["l"])
        .file("l", &packed)
        .read(&[b"one"])
        .unwrap();
    assert_eq!(
        (content(&found.layers[0]), found.layers[0].packing),
        (packed, Packing::Zstd)
    );
}

/// An archive with a list and a configuration, and no layers yet.
fn archive_of(config: &Value, layers: &[&str]) -> Archive {
    Archive::new()
        .json("manifest.json", &json!([{"Config": "c", "Layers": layers}]))
        .json("c", config)
}

#[test]
fn what_the_broker_has_is_not_kept() {
    let large = vec![7; 9 << 20];
    let layers: [&[u8]; 2] = [&large, b"two"];
    let archive = || {
        archive_of(&config(&layers), &["1", "2"])
            .file("1", &large)
            .file("2", "two")
    };
    let known = Known::from([(Digest::of(&large), large.len() as u64)]);
    let found = archive().read_knowing(&layers, &known).unwrap();
    assert!(found.layers[0].content.is_none());
    assert_eq!(
        (found.layers[0].size, content(&found.layers[1])),
        (9 << 20, b"two".to_vec())
    );
    assert!(archive().read(&layers).unwrap().layers[0].content.is_some());
}

#[test]
fn what_is_not_the_image_is_refused() {
    let check = |archive: Archive, layers: &[&[u8]], problem: &str| {
        let error = archive.read(layers).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    };
    let one: [&[u8]; 1] = [b"one"];
    let good = || archive_of(&config(&one), &["l"]);
    check(Archive::new(), &one, "it has no \"manifest.json\"");
    check(
        Archive::new().file("manifest.json", "{"),
        &one,
        "its manifest.json can't be read",
    );
    check(good(), &one, "it has no \"l\"");
    check(
        good().file("l", "another"),
        &one,
        "layer 1 of the export has the digest",
    );
    check(
        good().file("l", gzip(b"another")),
        &one,
        "layer 1 of the export has the digest",
    );
    check(good().file("l", "one"), &[b"one", b"two"], "none of its images");
    check(archive_of(&config(&one), &[]), &one, "it lists 0 layers of 1");
    check(
        archive_of(&config(&one), &["l", "l"]).file("l", "one"),
        &one,
        "it lists 2 layers of 1",
    );
    check(
        archive_of(&json!({"rootfs": {"diff_ids": ["x"]}}), &[]),
        &[],
        "can't be read",
    );
    check(
        Archive::new().json("manifest.json", &json!([{"Config": "c"}])),
        &one,
        "it has no \"c\"",
    );
    check(
        Archive::new().file("manifest.json", vec![b' '; 9 << 20]),
        &one,
        "has 9437184 bytes",
    );
    // Links that go round, and nowhere.
    check(good().symlink("l", "m").symlink("m", "l"), &one, "do not end");
    check(good().symlink("l", "gone"), &one, "it has no \"gone\"");
}

#[test]
fn names_that_lead_out_are_refused() {
    let check = |archive: Archive| {
        let error = archive.read(&[b"one"]).unwrap_err().to_string();
        assert!(error.contains("leads out of it"), "{error}");
    };
    let good = || archive_of(&config(&[b"one"]), &["l"]);
    check(good().file("../l", "one"));
    check(good().file("/etc/passwd", "one"));
    check(good().file("a/../../l", "one"));
    check(good().symlink("l", "/etc/passwd"));
    check(good().symlink("l", "../../etc/passwd"));
    check(good().entry("l", EntryType::Link, "../l", b""));
    check(archive_of(&config(&[b"one"]), &["../../etc/passwd"]));
    check(archive_of(&config(&[b"one"]), &["/etc/passwd"]));
}

#[test]
fn an_archive_that_breaks_off_is_told() {
    let layers: [&[u8]; 1] = [&[1; 4096]];
    let whole = archive_of(&config(&layers), &["l"]).file("l", layers[0]);
    let bytes = whole.0.into_inner().unwrap();
    for length in [100, 700, bytes.len() - 3000] {
        let error = read(&bytes[..length], &diff_ids(&layers), &Known::new()).unwrap_err();
        assert!(matches!(error, ImageError::Cut(_)), "{length}: {error:?}");
    }
    let mut packed = gzip(&[1; 4096]);
    packed.truncate(packed.len() - 5);
    let error = archive_of(&config(&layers), &["l"])
        .file("l", packed)
        .read(&layers)
        .unwrap_err();
    assert!(matches!(error, ImageError::Cut(_)), "{error:?}");
}
