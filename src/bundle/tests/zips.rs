//! Zip files: equal to their folders, or refused.

use std::{
    fs::{self, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    process::Command,
};

use ::zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    super::{BundleError, Limits, pack, pack_extracted, zip::extract},
    folder,
};

pub(super) fn zip(entries: &[(&str, u32, &[u8])]) -> tempfile::NamedTempFile {
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

#[test]
fn a_hostile_zip_is_refused() {
    const LINK: u32 = 0o120_777;
    let refused = |entries: &[(&str, u32, &[u8])]| pack(zip(entries).path()).unwrap_err();
    for entries in [
        [("../evil", 0o100_644, b"x".as_slice())].as_slice(),
        &[("a/../../evil", 0o100_644, b"x")],
        &[("a\\..\\..\\evil", 0o100_644, b"x")],
        &[("\\evil", 0o100_644, b"x")],
        &[("C:\\evil", 0o100_644, b"x")],
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

/// A zip with `entries`, whose bytes are then changed.
fn changed(entries: &[(&str, u32, &[u8])], change: impl Fn(&mut Vec<u8>)) -> tempfile::NamedTempFile {
    let file = zip(entries);
    let mut bytes = fs::read(file.path()).unwrap();
    change(&mut bytes);
    fs::write(file.path(), bytes).unwrap();
    file
}

/// Where the list's entry number `index` begins.
fn listed(bytes: &[u8], index: usize) -> usize {
    let starts = bytes.windows(4).enumerate();
    let mut starts = starts.filter(|(_, window)| window == b"PK\x01\x02");
    starts.nth(index).unwrap().0
}

#[test]
fn a_zip_that_contradicts_itself_is_refused() {
    const FILES: [(&str, u32, &[u8]); 2] = [("one.txt", 0o100_644, b"1"), ("two.txt", 0o100_644, b"2")];
    let error = |change: &dyn Fn(&mut Vec<u8>)| {
        let error = pack(changed(&FILES, change).path()).unwrap_err();
        assert!(!error.hint().is_empty());
        error
    };
    let second = |bytes: &[u8]| bytes.windows(7).position(|window| window == b"two.txt").unwrap();
    let twice = error(&|bytes| {
        let (local, list) = (second(bytes), listed(bytes, 1) + 46);
        for at in [local, list] {
            bytes[at..at + 3].copy_from_slice(b"one");
        }
    });
    assert!(
        matches!(&twice, BundleError::Twice { entry, .. } if entry == "one.txt"),
        "{twice}"
    );
    let local = error(&|bytes| {
        let at = second(bytes);
        bytes[at..at + 3].copy_from_slice(b"/..");
    });
    assert!(
        matches!(&local, BundleError::Contradiction { entry, itself, .. } if entry == "two.txt" && itself == "/...txt"),
        "{local}"
    );
    let encrypted = error(&|bytes| {
        let at = listed(bytes, 1) + 8;
        bytes[at] |= 1;
    });
    assert!(
        matches!(&encrypted, BundleError::Encrypted { entry, .. } if entry == "two.txt"),
        "{encrypted}"
    );
    let compressed = error(&|bytes| {
        let at = listed(bytes, 0) + 10;
        bytes[at] = 93;
    });
    assert!(
        matches!(&compressed, BundleError::Compression { method, .. } if method == "Zstandard"),
        "{compressed}"
    );
    // Whatever is in the way of a clear word, it is an error, and no other.
    let whole = fs::read(zip(&FILES).path()).unwrap();
    for cut in (1..whole.len()).step_by(7) {
        let part = changed(&FILES, |bytes| bytes.truncate(cut));
        pack(part.path()).unwrap_err();
    }
    for at in (0..whole.len()).step_by(3) {
        let _ = pack(changed(&FILES, |bytes| bytes[at] ^= 0xff).path());
    }
}

#[test]
fn a_zip_that_announces_too_much_is_refused_at_once() {
    let large = changed(&[("data", 0o100_644, b"x"), ("f", 0o100_644, b"")], |bytes| {
        let at = listed(bytes, 0) + 24;
        bytes[at..at + 4].copy_from_slice(&0xfff0_0000u32.to_le_bytes());
    });
    let error = pack(large.path()).unwrap_err().to_string();
    assert_eq!(
        error,
        "the bundle is 4.00 GiB large, and 1.00 GiB is the limit; the largest files:\n    4.00 GiB  data\n         0 B  f"
    );
}

#[test]
fn names_that_no_file_can_have_are_refused() {
    let long = "n".repeat(300);
    for name in [long.clone(), format!("a/{long}/b")] {
        let error = pack(zip(&[(&name, 0o100_644, b"x")]).path()).unwrap_err();
        assert!(
            error.to_string().contains("has a name of more than 255 bytes"),
            "{error}"
        );
    }
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the programs that people make zip files with"
)]
fn zips_of_common_programs_are_their_folders() {
    let source = folder(&[
        ("server.js", &"serve();".repeat(1000)),
        ("run.sh", "#!/bin/sh"),
        ("empty/deep/", ""),
        ("empty.txt", ""),
        ("dist/x.js", "1"),
        ("node_modules/a/i.js", "1"),
        ("node_modules/a-b/i.js", "1"),
        ("grün/日本.txt", "1"),
        (".gitignore", "dist\n"),
        (".env", "K=1"),
    ]);
    fs::set_permissions(source.path().join("run.sh"), Permissions::from_mode(0o755)).unwrap();
    let digest = pack(source.path()).unwrap().digest;
    let python = "import os, sys, zipfile\n\
        with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:\n\
        \x20for at, folders, files in os.walk('.'):\n\
        \x20 for name in files + folders: z.write(os.path.join(at, name))\n";
    let target = tempfile::tempdir().unwrap();
    let zip = target.path().join("z.zip");
    let zip = zip.to_str().unwrap();
    let mut tried = 0;
    for (program, arguments) in [
        ("zip", ["-qr", zip, "."].as_slice()),
        ("zip", &["-qr0", zip, "."]),
        ("python3", &["-c", python, zip]),
    ] {
        for locale in ["C", "C.UTF-8"] {
            let mut command = Command::new(program);
            command
                .args(arguments)
                .current_dir(source.path())
                .env("LC_ALL", locale);
            match command.status() {
                Err(_) => println!("there is no {program} here"),
                Ok(status) => {
                    assert!(status.success());
                    assert_eq!(
                        pack(zip.as_ref()).unwrap().digest,
                        digest,
                        "{program} {arguments:?} {locale}"
                    );
                    tried += 1;
                }
            }
            let _ = fs::remove_file(zip);
        }
    }
    // Elsewhere one of the programs may be missing.
    let wanted = if std::env::var_os("CI").is_some_and(|value| value == "true") {
        6
    } else {
        1
    };
    assert!(tried >= wanted, "zip or python3 is not here: {tried} of {wanted}");
}

#[test]
fn an_environment_in_a_zip_is_as_in_a_folder() {
    let source = folder(&[
        ("server.py", "1"),
        (".venv/pyvenv.cfg", "home = /usr/bin"),
        (".venv/bin/python -> /usr/bin/python3", ""),
        (".venv/bin/python3 -> python", ""),
        (".venv/lib64 -> lib", ""),
        (".venv/lib/x.py", "1"),
    ]);
    const LINK: u32 = 0o120_777;
    let zipped = zip(&[
        (".venv/bin/python", LINK, b"/usr/bin/python3"),
        (".venv/bin/python3", LINK, b"python"),
        (".venv/lib64", LINK, b"lib"),
        (".venv/lib/x.py", 0o100_644, b"1"),
        ("server.py", 0o100_644, b"1"),
        (".venv/pyvenv.cfg", 0o100_644, b"home = /usr/bin"),
        ("__MACOSX/._server.py", 0o100_644, b"?"),
    ]);
    let (folder, zipped) = (pack(source.path()).unwrap(), pack(zipped.path()).unwrap());
    assert_eq!(folder.digest, zipped.digest);
    assert_eq!(folder.notes, zipped.notes);
}

#[test]
fn a_part_of_a_zip_lies_in_the_zip() {
    let zipped = zip(&[
        ("v/pyvenv.cfg", 0o100_644, b""),
        ("v/bin/out", 0o120_777, b"/etc"),
        ("dist/f", 0o100_644, b"1"),
    ]);
    let extracted = extract(zipped.path(), Limits::default()).unwrap();
    assert_eq!(pack_extracted(&extracted, "dist".as_ref()).unwrap().files, 1);
    let out = pack_extracted(&extracted, "v/bin/out".as_ref()).unwrap_err();
    assert!(matches!(out, BundleError::Outside { .. }));
    let file = pack_extracted(&extracted, "dist/f".as_ref()).unwrap_err();
    assert!(matches!(file, BundleError::NotAZip(_)));
}

#[test]
fn what_is_left_out_does_not_matter() {
    const LINK: u32 = 0o120_777;
    const FILE: u32 = 0o100_644;
    let source = folder(&[
        ("server.js", "1"),
        (".git/config", "1"),
        (".env", "K=1"),
        (".gitignore", "/out\ncache/\n*.log\n"),
        ("sub/.berthignore", "big"),
        ("sub/big", "2"),
        ("sub/kept", "3"),
        ("out -> /etc/passwd", ""),
        ("cache/x -> ../../..", ""),
        ("a.log", "4"),
    ]);
    let zeros = vec![0; 3000];
    let entries: [(&str, u32, &[u8]); 12] = [
        ("server.js", FILE, b"1"),
        (".git/config", FILE, &zeros),
        (".git/hook", LINK, b"/abs"),
        (".git/a", FILE, b""),
        (".env", FILE, b"K=1"),
        ("cache/x", LINK, b"../../.."),
        ("out", LINK, b"/etc/passwd"),
        ("sub/big", FILE, &zeros),
        ("sub/kept", FILE, b"3"),
        ("a.log", FILE, &zeros),
        ("sub/.berthignore", FILE, b"big"),
        (".gitignore", FILE, b"/out\ncache/\n*.log\n"),
    ];
    let few = Limits {
        bytes: 100,
        entries: 3,
        ratio: 200,
    };
    let encrypted = changed(&entries, |bytes| {
        let at = listed(bytes, 4) + 8;
        bytes[at] |= 1;
    });
    let extracted = extract(encrypted.path(), few).unwrap();
    assert!(extracted.has_file(".git/hook".as_ref()) && !extracted.path().join(".git/a").exists());
    assert_eq!(fs::read(extracted.path().join(".env")).unwrap(), b"");
    let (folder, zipped) = (
        pack(source.path()).unwrap(),
        pack_extracted(&extracted, "".as_ref()).unwrap(),
    );
    assert_eq!(folder.digest, zipped.digest);
    assert_eq!(folder.notes, zipped.notes);
    assert_eq!(folder.left_out, zipped.left_out);
    assert_eq!(folder.ignored, zipped.ignored);
    // What is asked for by name is held to the rules again.
    let mut asked = entries.to_vec();
    asked.push((".berthignore", FILE, b"!/out"));
    let error = pack(zip(&asked).path()).unwrap_err();
    assert!(
        matches!(&error, BundleError::Outside { entry, .. } if entry == "out"),
        "{error}"
    );
}

#[test]
fn a_backslash_separates_where_windows_made_the_zip() {
    let files: [(&str, u32, &[u8]); 2] = [("a\\b.js", 0o100_644, b"1"), ("C:\\x", 0o100_644, b"2")];
    let of_unix = extract(zip(&files[..1]).path(), Limits::default()).unwrap();
    assert!(of_unix.path().join("a\\b.js").is_file());
    for system in [0, 10, 14] {
        let made_by = |bytes: &mut Vec<u8>, index| {
            let at = listed(bytes, index) + 5;
            bytes[at] = system;
        };
        let of_windows = changed(&files[..1], |bytes| made_by(bytes, 0));
        let of_windows = extract(of_windows.path(), Limits::default()).unwrap();
        assert!(of_windows.path().join("a/b.js").is_file());
        let out = changed(&[("..\\evil", 0o100_644, b"x")], |bytes| made_by(bytes, 0));
        let drive = changed(&files[1..], |bytes| made_by(bytes, 0));
        for bad in [out, drive] {
            let error = pack(bad.path()).unwrap_err();
            assert!(matches!(error, BundleError::Outside { .. }), "{error}");
        }
    }
}
