use std::{
    fs::{self, File, FileTimes, Permissions},
    io::{Read as _, Seek as _, Write as _},
    os::unix::{
        fs::{PermissionsExt as _, symlink},
        net::UnixListener,
    },
    path::Path,
    time::SystemTime,
};

use ::zip::{ZipWriter, write::SimpleFileOptions};
use tar::{EntryType, Header};
use tempfile::TempDir;

use super::*;

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

/// A tar whose entries have names that no honest writer would make.
fn tar(entries: &[(EntryType, &str, &str)]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    for (kind, name, content) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        let links = matches!(kind, EntryType::Symlink | EntryType::Link);
        if links {
            header.as_old_mut().linkname[..content.len()].copy_from_slice(content.as_bytes());
        }
        let size = if links { 0 } else { content.len() };
        header.set_size(size as u64);
        header.set_cksum();
        file.write_all(header.as_bytes()).unwrap();
        if size > 0 {
            file.write_all(content.as_bytes()).unwrap();
            file.write_all(&vec![0; size.next_multiple_of(512) - size])
                .unwrap();
        }
    }
    file.write_all(&[0; 1024]).unwrap();
    file.rewind().unwrap();
    file
}

fn zip(entries: &[(&str, u32, &[u8])]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = ZipWriter::new(file.reopen().unwrap());
    for (name, mode, content) in entries {
        let options = SimpleFileOptions::default().unix_permissions(*mode & 0o777);
        if *mode & 0o170_000 == 0o120_000 {
            let target = String::from_utf8(content.to_vec()).unwrap();
            writer.add_symlink(*name, target, options).unwrap();
        } else if name.ends_with('/') {
            writer.add_directory(*name, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
    }
    writer.finish().unwrap();
    file
}

fn unpack_one(layer: File, limits: Limits) -> Result<TempDir, BundleError> {
    // One level further down, so that what gets out is still seen.
    let outer = tempfile::tempdir().unwrap();
    let into = outer.path().join("in/bundle");
    fs::create_dir_all(&into).unwrap();
    let result = unpack([Ok(layer)], &into, limits);
    let beside = fs::read_dir(outer.path().join("in")).unwrap().count();
    assert_eq!(beside, 1, "something was written outside");
    result.map(|()| outer)
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
        assert_eq!(named.digest, crate::model::Digest::of(&content));
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
    let zipped = zip(&[
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
fn private_files_stay_behind() {
    let source = folder(&[
        ("server.js", "1"),
        (".env", "KEY=1"),
        (".env.local", "KEY=1"),
        ("sub/.env", "KEY=1"),
        (".git/config", "x"),
        ("tls.key", "x"),
        ("me.pem", "-----BEGIN PRIVATE KEY-----"),
        ("ca.pem", "-----BEGIN CERTIFICATE-----"),
        ("notes.log", "x"),
        (".berthignore", "*.log\n"),
    ]);
    let _socket = UnixListener::bind(source.path().join("socket")).unwrap();
    let artifact = pack(source.path()).unwrap();
    assert_eq!(
        artifact.left_out,
        [
            ".env",
            ".env.local",
            ".git",
            "me.pem",
            "socket",
            "sub/.env",
            "tls.key"
        ]
    );
    let target = tempfile::tempdir().unwrap();
    unpack_all(&artifact, target.path());
    let mut names: Vec<_> = fs::read_dir(target.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["ca.pem", "server.js", "sub"]);
}

#[test]
fn folders_that_can_not_be_sent_say_why() {
    let refused = |dir: &TempDir| pack(dir.path()).unwrap_err();
    assert!(matches!(refused(&folder(&[])), BundleError::Empty(_)));
    assert!(matches!(
        refused(&folder(&[("a/b/", ""), (".env", "x")])),
        BundleError::Empty(_)
    ));
    for link in ["l -> /etc/passwd", "a/l -> ../../x", "l -> a/../../x", "l -> .."] {
        let error = refused(&folder(&[(link, ""), ("f", "")]));
        assert!(matches!(error, BundleError::Outside { .. }), "{link}: {error}");
    }
    let missing = pack(Path::new("/nonexistent/folder")).unwrap_err();
    assert!(matches!(missing, BundleError::NotFound(_)));
    let unreadable = folder(&[("secret.txt", "x")]);
    let path = unreadable.path().join("secret.txt");
    fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    // The superuser reads everything.
    if File::open(&path).is_err() {
        let error = refused(&unreadable);
        assert!(matches!(&error, BundleError::Unreadable { path: at, .. } if *at == path));
    }
}

#[test]
fn a_hostile_zip_is_refused() {
    const LINK: u32 = 0o120_777;
    let refused = |entries: &[(&str, u32, &[u8])]| pack(zip(entries).path()).unwrap_err();
    for entries in [
        [("../evil", 0o100_644, b"x".as_slice())].as_slice(),
        &[("a/../../evil", 0o100_644, b"x")],
        &[("..\\evil", 0o100_644, b"x")],
        &[("/etc/evil", 0o100_644, b"x")],
        &[("l", LINK, b"/etc/passwd")],
        &[("a/l", LINK, b"../../x")],
        &[("l", LINK, b"."), ("l/f", 0o100_644, b"x")],
    ] {
        let error = refused(entries);
        assert!(
            matches!(error, BundleError::Outside { .. }),
            "{entries:?}: {error}"
        );
        assert!(!error.hint().is_empty());
    }
    let zeros = vec![0; 40 << 20];
    assert!(matches!(
        refused(&[("zeros", 0o100_644, &zeros)]),
        BundleError::Bomb { .. }
    ));
    let few = Limits {
        bytes: 1000,
        entries: 2,
        ratio: 200,
    };
    let large = zip(&[("a", 0o100_644, &zeros[..1001])]);
    assert!(matches!(
        extract(large.path(), few),
        Err(BundleError::TooLarge { limit: 1000, .. })
    ));
    let many = zip(&[("a", 0o644, b""), ("b", 0o644, b""), ("c", 0o644, b"")]);
    assert!(matches!(
        extract(many.path(), few),
        Err(BundleError::TooMany { limit: 2, .. })
    ));
    assert!(matches!(refused(&[]), BundleError::Empty(_)));
}

#[test]
fn what_is_no_zip_says_so() {
    let mut text = tempfile::NamedTempFile::new().unwrap();
    text.write_all(b"hello").unwrap();
    assert!(matches!(pack(text.path()).unwrap_err(), BundleError::NotAZip(_)));
    let whole = zip(&[("server.js", 0o100_644, &[7; 5000])]);
    let bytes = fs::read(whole.path()).unwrap();
    let cut = tempfile::NamedTempFile::new().unwrap();
    fs::write(cut.path(), &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(
        pack(cut.path()).unwrap_err(),
        BundleError::BrokenZip { .. }
    ));
    let changed = tempfile::NamedTempFile::new().unwrap();
    let mut bytes = bytes;
    bytes[45] ^= 0xff;
    fs::write(changed.path(), &bytes).unwrap();
    assert!(matches!(
        pack(changed.path()).unwrap_err(),
        BundleError::BrokenEntry { .. }
    ));
}

#[test]
fn a_hostile_layer_is_refused() {
    use EntryType::{Char, Directory, Fifo, GNUSparse, Link, Regular, Symlink};
    for entries in [
        [(Regular, "../evil", "x")].as_slice(),
        &[(Regular, "/evil", "x")],
        &[(Regular, "a/../../evil", "x")],
        &[(Directory, "../evil", "")],
        &[(Symlink, "l", "/etc/passwd")],
        &[(Symlink, "l", "../x")],
        &[(Symlink, "a/l", "../../x")],
        &[(Symlink, "../l", "x")],
        // Through a link that lies inside.
        &[(Symlink, "l", "."), (Regular, "l/f", "x")],
        // A link that stands somewhere else than its name says could climb out.
        &[(Symlink, "a/b/c", "../.."), (Symlink, "a/b/c/l", "../../..")],
        &[(Symlink, "a/b/c", "../.."), (Symlink, "l", "a/b/c/../..")],
        &[(Link, "h", "../../../etc/passwd")],
        &[(Link, "h", "/etc/passwd")],
        &[(Symlink, "l", "x"), (Link, "h", "l")],
        &[(Regular, "", "x")],
    ] {
        let error = unpack_one(tar(entries), Limits::default()).unwrap_err();
        assert!(
            matches!(error, BundleError::Outside { .. }),
            "{entries:?}: {error}"
        );
    }
    for kind in [Char, Fifo, GNUSparse] {
        let error = unpack_one(tar(&[(kind, "x", "")]), Limits::default()).unwrap_err();
        assert!(
            matches!(error, BundleError::Special { .. } | BundleError::BrokenLayer(_)),
            "{error}"
        );
    }
    let clash = tar(&[(Regular, "a/b", "x"), (Regular, "a", "x")]);
    assert!(matches!(
        unpack_one(clash, Limits::default()),
        Err(BundleError::Clash { .. })
    ));
}

#[test]
fn a_layer_stays_within_its_limits() {
    use EntryType::{GNULongName, Regular};
    let few = Limits {
        bytes: 10,
        entries: 2,
        ratio: 200,
    };
    let large = tar(&[(Regular, "a", "123456"), (Regular, "b", "123456")]);
    assert!(matches!(
        unpack_one(large, few),
        Err(BundleError::TooLarge { limit: 10, .. })
    ));
    let many = tar(&[(Regular, "a/b/c", "")]);
    assert!(matches!(
        unpack_one(many, few),
        Err(BundleError::TooMany { limit: 2, .. })
    ));
    let long = "x".repeat(100_000);
    let described = tar(&[(GNULongName, "././@LongLink", &long), (Regular, "a", "")]);
    assert!(matches!(
        unpack_one(described, Limits::default()),
        Err(BundleError::Outside { .. })
    ));
    let mut garbage = tempfile::tempfile().unwrap();
    garbage.write_all(&[b'x'; 2048]).unwrap();
    assert!(matches!(
        unpack_one(garbage, Limits::default()),
        Err(BundleError::BrokenLayer(_))
    ));
    let whole = tar(&[(Regular, "a", &"y".repeat(5000))]);
    whole.set_len(2000).unwrap();
    unpack_one(whole, Limits::default()).unwrap_err();
}

#[test]
fn a_later_entry_replaces_an_earlier_one() {
    use EntryType::{Link, Regular, Symlink};
    let entries = [
        (Regular, "kept", "old"),
        (Symlink, "l", "kept"),
        (Regular, "l", "new"),
        (Link, "h", "kept"),
    ];
    let outer = unpack_one(tar(&entries), Limits::default()).unwrap();
    let read = |name: &str| fs::read_to_string(outer.path().join("in/bundle").join(name)).unwrap();
    assert_eq!(
        (read("kept"), read("l"), read("h")),
        ("old".into(), "new".into(), "old".into())
    );
}
