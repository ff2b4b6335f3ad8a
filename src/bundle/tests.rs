//! What holds for a bundle on its whole way, and what the other tests make their folders with.

use std::{
    fs::{self, File, FileTimes, Permissions},
    io::Read as _,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    time::SystemTime,
};

use tempfile::TempDir;

use super::*;
use crate::model::Digest;

mod folders;
mod hostile;
mod zips;

/// A folder with these files; a name that ends in `/` is a folder, `a -> b` a link.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let (name, target) = name.split_once(" -> ").unwrap_or((name, ""));
        let path = dir.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if target.is_empty() {
            fs::write(path, text).unwrap();
        } else {
            symlink(target, path).unwrap();
        }
    }
    dir
}

fn unpack_all(artifact: &Artifact, into: &Path) {
    let layers = artifact.blobs[1..].iter().map(|blob| {
        let mut file = tempfile::tempfile()?;
        std::io::copy(&mut blob.reader(0)?, &mut file)?;
        Ok(file)
    });
    unpack(layers, into, Limits::default()).unwrap();
}

#[test]
fn files_arrive_as_they_were_sent() {
    let long = format!("{}/file", "d".repeat(200));
    let source = folder(&[
        ("server.js", "serve"),
        ("run.sh", "#!/bin/sh"),
        (long.as_str(), "far"),
        ("empty/", ""),
        ("node_modules/dep/index.js", "dep"),
        ("node_modules/.bin/dep -> ../dep/index.js", ""),
    ]);
    fs::set_permissions(source.path().join("run.sh"), Permissions::from_mode(0o700)).unwrap();
    let artifact = pack(source.path()).unwrap();
    assert_eq!(artifact.files, 4);
    let manifest = parse_manifest(&artifact.manifest).unwrap();
    manifest.check_bundle().unwrap();
    assert_eq!(manifest.layers.len(), 2);
    for (named, blob) in manifest.blobs().zip(&artifact.blobs) {
        let mut content = Vec::new();
        blob.reader(0).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(named.digest, Digest::of(&content));
        assert_eq!((named.size, blob.size), (content.len() as u64, named.size));
    }
    let target = tempfile::tempdir().unwrap();
    unpack_all(&artifact, target.path());
    let read = |name: &str| fs::read_to_string(target.path().join(name)).unwrap();
    assert_eq!(read("server.js"), "serve");
    assert_eq!(read(&long), "far");
    assert_eq!(read("node_modules/.bin/dep"), "dep");
    assert!(target.path().join("empty").is_dir());
    let mode = |name: &str| {
        fs::metadata(target.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode("run.sh"), mode("server.js")), (0o755, 0o644));
}

#[test]
fn equal_files_have_equal_digests() {
    let files = [("b.js", "2"), ("a/c.js", "3"), ("node_modules/x/i.js", "4")];
    let (one, two) = (folder(&files), folder(&[files[2], files[1], files[0]]));
    let old = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
    File::open(two.path().join("b.js"))
        .unwrap()
        .set_times(old)
        .unwrap();
    fs::set_permissions(two.path().join("b.js"), Permissions::from_mode(0o600)).unwrap();
    let zipped = zips::zip(&[
        ("a/c.js", 0o100_644, b"3"),
        ("node_modules/x/i.js", 0o100_644, b"4"),
        ("b.js", 0o100_644, b"2"),
    ]);
    let digest = pack(one.path()).unwrap().digest;
    assert_eq!(digest, pack(two.path()).unwrap().digest);
    assert_eq!(digest, pack(zipped.path()).unwrap().digest);
    let outer = tempfile::tempdir().unwrap();
    symlink(one.path(), outer.path().join("link")).unwrap();
    assert_eq!(digest, pack(&outer.path().join("link")).unwrap().digest);
    // A changed file of the connector's own leaves the layer of its dependencies as it was.
    let before = pack(one.path()).unwrap();
    fs::write(one.path().join("b.js"), "changed").unwrap();
    let after = pack(one.path()).unwrap();
    assert_eq!(before.blobs[1].digest, after.blobs[1].digest);
    assert_ne!(before.blobs[2].digest, after.blobs[2].digest);
}

#[test]
fn every_part_of_a_layer_can_be_had() {
    let long = "l".repeat(150);
    let big = "0123456789".repeat(300);
    let link = format!("link -> {long}");
    let source = folder(&[
        ("a", ""),
        ("b", "x"),
        ("c", &"y".repeat(512)),
        ("d", &big),
        (&long, "z"),
        (&link, ""),
        ("empty/", ""),
    ]);
    let artifact = pack(source.path()).unwrap();
    let [_, layer] = &artifact.blobs[..] else {
        panic!("a small bundle has one layer");
    };
    let read = |offset| {
        let mut bytes = Vec::new();
        layer.reader(offset).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    let whole = read(0);
    assert_eq!((whole.len() as u64, whole.len() % 512), (layer.size, 0));
    assert_eq!(layer.digest, Digest::of(&whole));
    for offset in (0..whole.len())
        .step_by(37)
        .chain([511, 512, 513, whole.len() - 1, whole.len()])
    {
        assert!(read(offset as u64) == whole[offset..], "from byte {offset} on");
    }
    assert_eq!(read(layer.size + 1000), b"");
    let names: Vec<_> = tar::Archive::new(whole.as_slice())
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().into_owned())
        .collect();
    assert_eq!(
        names,
        ["a", "b", "c", "d", "empty", "link", &long].map(PathBuf::from)
    );
}

#[test]
fn a_file_that_changed_is_not_sent() {
    let source = folder(&[("a", "first"), ("b", "second")]);
    let artifact = pack(source.path()).unwrap();
    let send = |offset| {
        let mut bytes = Vec::new();
        let result = artifact.blobs[1].reader(offset).unwrap().read_to_end(&mut bytes);
        result.map_err(|error| error.to_string())
    };
    send(0).unwrap();
    let path = source.path().canonicalize().unwrap().join("b");
    let changed = Err(format!(
        "{} changed while it was being sent: run the deploy again",
        path.display()
    ));
    // Of the same size, and even with its old time.
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "SECOND").unwrap();
    File::open(&path).unwrap().set_modified(before).unwrap();
    assert_eq!(send(0), changed);
    // What lies before an offset is not opened.
    assert_eq!(send(512 + 512 + 512 + 3), changed);
    send(2048).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(send(0), changed);
    symlink("a", &path).unwrap();
    assert_eq!(send(0), changed);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_noticed() {
    let source = folder(&[("a", &"x".repeat(10_000))]);
    for change in [5_000, 20_000] {
        let artifact = pack(source.path()).unwrap();
        let mut reader = artifact.blobs[1].reader(0).unwrap();
        reader.read_exact(&mut [0; 1000]).unwrap();
        let file = File::options().write(true).open(source.path().join("a")).unwrap();
        file.set_len(change).unwrap();
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains("changed while it was being sent"), "{error}");
    }
}

#[test]
fn what_is_remembered_is_not_read_again() {
    let source = folder(&[("server.js", "1"), ("node_modules/x/i.js", "2")]);
    let memory = folder(&[]);
    let packed = || pack_remembering(source.path(), memory.path()).unwrap();
    let layers = |artifact: &Artifact| -> Vec<Digest> {
        artifact.blobs[1..]
            .iter()
            .map(|blob| blob.digest.clone())
            .collect()
    };
    let remembered = || {
        let entry = fs::read_dir(memory.path().join("layers")).unwrap().next();
        let path = entry.unwrap().unwrap().path();
        (fs::read_to_string(&path).unwrap(), path)
    };
    // Files that were just written may change again within their time.
    let first = packed();
    assert!(!memory.path().join("layers").exists());
    // A change time is the kernel's: it can only be waited for.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let second = packed();
    assert_eq!(first.digest, second.digest);
    let (text, path) = remembered();
    assert_eq!(text.lines().count(), 4);
    // What is remembered is believed: this is how it is seen that nothing was read.
    let other = Digest::of(b"other");
    let forged = text.replace(layers(&first)[1].hex(), other.hex());
    let body = forged.trim_end().rsplit_once('\n').unwrap().0;
    let body = format!("{body}\n");
    fs::write(&path, format!("{body}{}\n", Digest::of(body.as_bytes()).hex())).unwrap();
    assert_eq!(layers(&packed()), [layers(&first)[0].clone(), other]);
    // But not when it is damaged, or somebody else's.
    for damaged in [
        &forged,
        "",
        "\n",
        "berth layers 1\n",
        &text[..text.len() / 2],
        "\u{0}",
    ] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(packed().digest, first.digest, "{damaged:?}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(packed().digest, first.digest);
    fs::remove_dir(&path).unwrap();
    packed();
    // The exec bit is a change.
    fs::set_permissions(source.path().join("server.js"), Permissions::from_mode(0o755)).unwrap();
    assert_ne!(packed().digest, first.digest);
}
