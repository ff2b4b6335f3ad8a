//! Hostile layers.

use std::{
    fs::{self, File},
    io::{Seek as _, Write as _},
};

use tar::{EntryType, Header};
use tempfile::TempDir;

use super::super::{BundleError, Limits, unpack};

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
fn a_layer_counts_each_time_that_it_is_named() {
    let few = Limits {
        entries: 10,
        ..Limits::default()
    };
    let layer = tar(&[(EntryType::Directory, "a", ""), (EntryType::Directory, "a", "")]);
    let into = tempfile::tempdir().unwrap();
    let named = |times: usize| (0..times).map(|_| layer.try_clone().unwrap()).map(Ok);
    unpack(named(15), into.path(), few).unwrap();
    assert!(matches!(
        unpack(named(16), into.path(), few),
        Err(BundleError::TooMany { limit: 10, .. })
    ));
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
