//! What is sent of a folder, and what is refused.

use std::{
    fs::{self, File, Permissions},
    os::unix::{
        fs::{PermissionsExt as _, symlink},
        net::UnixListener,
    },
    path::Path,
};

use tempfile::TempDir;

use super::{
    super::{Artifact, BundleError, pack, pack_all},
    folder, unpack_all,
};

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
}

/// As somebody who is not the superuser, whose thread alone this is.
fn unprivileged<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            if rustix::process::geteuid().is_root() {
                let nobody = rustix::fs::Uid::from_raw(65534);
                rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            }
            work()
        });
        thread.join().unwrap()
    })
}

#[test]
fn what_can_not_be_read_is_named() {
    let source = folder(&[("secret.txt", "x"), ("server.js", "1"), ("closed/f", "1")]);
    let at = |name: &str| source.path().canonicalize().unwrap().join(name);
    let mode = |name: &str, mode| fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
    mode("", 0o755);
    for (name, open) in [("secret.txt", 0o644), ("closed", 0o755)] {
        mode(name, 0o000);
        let error = unprivileged(|| pack(source.path()).unwrap_err());
        assert!(
            matches!(&error, BundleError::Unreadable { path, .. } if *path == at(name)),
            "{error}"
        );
        assert!(error.hint().contains(".berthignore"));
        mode(name, open);
    }
    mode("secret.txt", 0o000);
    fs::write(at(".berthignore"), "secret.txt").unwrap();
    unprivileged(|| pack(source.path()).unwrap());
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let source = folder(&[("server.js", "1"), ("lib/small", "123")]);
    for number in 0..12u64 {
        let file = File::create(source.path().join(format!("data{number}"))).unwrap();
        file.set_len((5 << 30) - (number << 20)).unwrap();
    }
    let error = pack(source.path()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("the bundle is 59.94 GiB large, and 1.00 GiB is the limit; the largest files:\n"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 11);
    assert_eq!(text.lines().nth(1), Some("    5.00 GiB  data0"));
    assert!(!text.contains("data10") && !text.contains("small"));
    assert!(error.hint().contains(".berthignore"));
}

#[test]
fn names_that_differ_by_case_are_refused() {
    for pair in [["lib/Read.js", "lib/read.js"], ["Lib/a", "lib/b"], ["É", "é"]] {
        let source = folder(&[(pair[0], "1"), (pair[1], "2")]);
        let error = pack(source.path()).unwrap_err();
        let BundleError::SameName { one, other } = &error else {
            panic!("{error}");
        };
        assert!(pair[0].starts_with(one.as_str()) && pair[1].starts_with(other.as_str()));
        assert!(error.hint().contains("rename"));
    }
    // Nobody can rename what is in a package; what is ignored is in nobody's way.
    let source = folder(&[
        ("node_modules/x/A.js", "1"),
        ("node_modules/x/a.js", "2"),
        ("Notes", "3"),
        ("notes", "4"),
        (".berthignore", "Notes"),
    ]);
    let artifact = pack(source.path()).unwrap();
    assert_eq!(artifact.files, 3);
    assert!(artifact.notes[0].starts_with("node_modules/x/A.js and node_modules/x/a.js differ only by case"));
}

#[test]
fn pipes_and_devices_are_refused() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let source = folder(&[("server.js", "1")]);
    let pipe = source.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
    let error = pack(source.path()).unwrap_err();
    assert_eq!(error.to_string(), "\"pipe\" is a pipe, which a bundle can't hold");
    fs::write(source.path().join(".berthignore"), "pipe").unwrap();
    pack(source.path()).unwrap();
}

/// The names of the files and links of a bundle.
fn names(artifact: &Artifact) -> Vec<String> {
    let target = tempfile::tempdir().unwrap();
    unpack_all(artifact, target.path());
    let mut names = Vec::new();
    let mut folders = vec![target.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                names.push(path.strip_prefix(target.path()).unwrap().display().to_string());
            }
        }
    }
    names.sort();
    names
}

#[test]
fn ignore_files_are_heeded() {
    let source = folder(&[
        ("server.js", "1"),
        (
            ".gitignore",
            "node_modules\n/dist/\n*.log\n!kept.log\n/lib/*\n[broken",
        ),
        (".berthignore", "!dist\nsrc/\n*.md\ndocs/secret\n"),
        ("dist/server.js", "1"),
        ("a.log", "1"),
        ("kept.log", "1"),
        ("lib/x.js", "1"),
        ("src/server.ts", "1"),
        ("docs/secret", "1"),
        ("docs/open", "1"),
        ("docs/.berthignore", "!read.md\n"),
        ("docs/read.md", "1"),
        ("docs/other.md", "1"),
        ("cache/.gitignore", "*\n!.gitignore\n"),
        ("cache/x", "1"),
        ("node_modules/x/.gitignore", "dist"),
        ("node_modules/x/dist/i.js", "1"),
        ("node_modules/x/src/i.js", "1"),
        ("node_modules/x/read.md", "1"),
        ("app/__pycache__/x.pyc", "1"),
    ]);
    let artifact = pack(source.path()).unwrap();
    assert_eq!(
        names(&artifact),
        [
            "dist/server.js",
            "docs/open",
            "docs/read.md",
            "kept.log",
            "node_modules/x/.gitignore",
            "node_modules/x/dist/i.js",
            "node_modules/x/src/i.js",
            "server.js"
        ]
    );
    assert_eq!(
        artifact.notes,
        [
            "sent although .gitignore names it, because dependencies are needed to run: node_modules \
             (.berthignore leaves it out)",
            "not sent because .gitignore names it: a.log, cache/x, lib/x.js (a line \"!a.log\" in .berthignore \
             sends it)",
            "\"src/\" in .berthignore was not applied inside dependencies; \"**/src\" would be",
        ]
    );
    fs::write(source.path().join(".berthignore"), "node_modules\n").unwrap();
    assert!(
        !names(&pack(source.path()).unwrap())
            .concat()
            .contains("node_modules")
    );
    // Everything, for what nobody wrote by hand.
    let all = pack_all(source.path()).unwrap();
    assert!(names(&all).contains(&"app/__pycache__/x.pyc".to_owned()) && all.left_out.is_empty());
    fs::write(source.path().join(".berthignore"), "\nsecret[z-a]\n").unwrap();
    let error = pack(source.path()).unwrap_err();
    assert!(
        matches!(error, BundleError::BrokenIgnore { line: 2, .. }),
        "{error}"
    );
}

#[test]
fn ignore_files_outside_do_not_count() {
    let outer = folder(&[
        (".gitignore", "*.js"),
        (".berthignore", "*.js"),
        (".git/info/exclude", "*.js"),
        ("in/server.js", "1"),
    ]);
    assert_eq!(names(&pack(&outer.path().join("in")).unwrap()), ["server.js"]);
}

#[test]
fn private_files_are_sent_when_asked_for() {
    let source = folder(&[
        ("server.js", "1"),
        (".env", "K=1"),
        (".env.prod", "K=1"),
        ("certs/tls.key", "1"),
        (".npmrc", "1"),
        (".berthignore", "!.env\n!certs/*.key\n!*\n!.*\n"),
    ]);
    // A pattern that is merely wide enough does not ask for anything.
    let artifact = pack(source.path()).unwrap();
    assert_eq!(
        artifact.left_out,
        [".env", ".env.prod", ".npmrc", "certs/tls.key"]
    );
    fs::write(source.path().join(".berthignore"), "!.env\n!certs/*.key\n").unwrap();
    let artifact = pack(source.path()).unwrap();
    assert_eq!(names(&artifact), [".env", "certs/tls.key", "server.js"]);
    assert_eq!(
        artifact.notes,
        ["sent because .berthignore asks for it, although it looks private: .env, certs/tls.key"]
    );
}

#[test]
fn packages_keep_what_they_publish() {
    let key = "-----BEGIN RSA PRIVATE KEY-----";
    let source = folder(&[
        ("server.js", "1"),
        ("node_modules/tls/test/server.key", key),
        ("node_modules/tls/test/key.pem", key),
        (
            ".venv/lib/python3.11/site-packages/certifi/cacert.pem",
            "-----BEGIN CERTIFICATE-----",
        ),
        ("node_modules/tls/.env", "K=1"),
        ("vendor/own/tls.key", key),
    ]);
    let artifact = pack(source.path()).unwrap();
    assert_eq!(artifact.left_out, ["node_modules/tls/.env", "vendor/own/tls.key"]);
    assert_eq!(artifact.files, 4);
}

#[test]
fn an_environment_leaves_its_interpreter_behind() {
    for name in [".venv", "environment", ".env"] {
        let source = folder(&[("server.py", "1"), (".gitignore", "/environment\n")]);
        let make = |path: &str, text: &str| {
            let path = source.path().join(name).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match text.strip_prefix("-> ") {
                Some(target) => symlink(target, path).unwrap(),
                None => fs::write(path, text).unwrap(),
            }
        };
        make("pyvenv.cfg", "home = /usr/bin");
        make(".gitignore", "*");
        make("bin/activate", "1");
        make("bin/python", "-> python3.11");
        make("bin/python3", "-> python");
        make("bin/python3.11", "-> /usr/bin/python3.11");
        make("bin/tool", "-> activate");
        make("lib64", "-> lib");
        make("lib/python3.11/site-packages/x/__init__.py", "1");
        let artifact = pack(source.path()).unwrap();
        let sent = names(&artifact);
        let expected = [
            ".gitignore",
            "bin/activate",
            "bin/tool",
            "lib/python3.11/site-packages/x/__init__.py",
            "lib64",
            "pyvenv.cfg",
        ];
        let expected: Vec<_> = expected.iter().map(|path| format!("{name}/{path}")).collect();
        assert_eq!(sent[..6], expected);
        let note = artifact.notes.last().unwrap();
        assert_eq!(
            *note,
            format!(
                "links to this machine's Python are left out of {name}/bin, and made anew by the broker: python, \
                 python3, python3.11"
            )
        );
        assert_eq!(artifact.left_out, <[&str; 0]>::default());
        assert_eq!(pack_all(&source.path().join(name)).unwrap().files, 4);
        // Elsewhere such a link leads out as any other.
        make("lib/python", "-> /usr/bin/python3");
        assert!(matches!(
            pack(source.path()).unwrap_err(),
            BundleError::Outside { .. }
        ));
    }
}
