//! What is shown to whom.

use std::os::unix::fs::symlink;

use super::*;

/// A machine in a temporary folder: a data folder, an account's home, and whatever files are named.
struct Machine {
    folder: tempfile::TempDir,
    private: Private,
}

impl Machine {
    fn new(files: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for file in files {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        for path in ["srv/data", "people/me"] {
            fs::create_dir_all(root.join(path)).unwrap();
        }
        let private = Private {
            data: root.join("srv/data"),
            account: Some(root.join("people/me")),
            root: true,
        };
        Self { folder, private }
    }

    fn path(&self, path: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap().join(path)
    }

    /// The steps for a command, paths in it below the machine's folder; without the home, which is always last.
    fn steps(&self, words: &[&str], readable: &[&str]) -> Result<Vec<String>, StartCause> {
        let full = |word: &&str| match word.strip_prefix('@') {
            Some(path) => self.path(path).display().to_string(),
            None => (*word).to_owned(),
        };
        let argv: Vec<String> = words.iter().map(full).collect();
        let readable: Vec<String> = readable.iter().map(full).collect();
        let home = self.path("srv/data/runtime/homes/one");
        let wanted = Wanted {
            argv: &argv,
            directory: &home,
            artifact: None,
            home: &home,
            readable: &readable,
            path: &[],
        };
        let root = self.path("");
        let mut steps: Vec<String> = steps(&wanted, &self.private)?
            .iter()
            .map(|step| {
                let (what, at) = match step {
                    Step::Show { at, access, .. } => (format!("{access:?}"), at),
                    Step::Cover { at } => ("Cover".into(), at),
                    other => panic!("{other:?}"),
                };
                format!("{what} {}", at.strip_prefix(&root).unwrap_or(at).display())
            })
            .collect();
        assert_eq!(steps.pop().unwrap(), "Write srv/data/runtime/homes/one");
        Ok(steps)
    }
}

#[test]
fn a_script_comes_with_its_package_and_dependencies() {
    let machine = Machine::new(&[
        "srv/app/package.json",
        "srv/app/dist/index.js",
        "srv/node_modules/x/index.js",
        "srv/other/secret",
    ]);
    let steps = machine
        .steps(&["/usr/bin/node", "@srv/app/dist/index.js"], &[])
        .unwrap();
    assert_eq!(steps, ["ReadAsOwn srv/app", "ReadAsOwn srv/node_modules"]);
}

#[test]
fn what_is_private_is_refused() {
    let machine = Machine::new(&["srv/data/master.key", "people/me/.ssh/id", "people/me/notes/a"]);
    let refused = |words: &[&str], readable: &[&str]| {
        matches!(machine.steps(words, readable), Err(StartCause::Private { .. }))
    };
    assert!(refused(&["/bin/cat", "@srv/data/master.key"], &[]));
    assert!(refused(&["/bin/cat", "@people/me/.ssh/id"], &[]));
    assert!(refused(&["/bin/cat", "@people/me/notes/../.ssh/id"], &[]));
    assert!(refused(&["/bin/cat"], &["@srv/data"]));
    symlink(machine.path("srv/data"), machine.path("way")).unwrap();
    assert!(refused(&["/bin/cat", "@way/master.key"], &[]));
    assert!(!refused(&["/bin/cat", "@people/me/notes/a"], &[]));
}

#[test]
fn what_is_private_is_covered_in_what_is_shown() {
    let machine = Machine::new(&["srv/data/master.key", "people/me/.netrc", "people/me/.ssh/id"]);
    assert_eq!(
        machine.steps(&["/bin/cat"], &["@srv", "@people"]).unwrap(),
        [
            "ReadAsOwn people",
            "ReadAsOwn srv",
            "Cover people/me/.netrc",
            "Cover people/me/.ssh",
            "Cover srv/data",
        ]
    );
}

#[test]
fn folders_of_everybody_are_not_shown_whole() {
    let machine = Machine::new(&["people/me/server.js"]);
    for shared in ["/", "/tmp", "/home", "/etc", "/var"] {
        assert!(
            machine.steps(&["/bin/ls", shared], &[]).unwrap().is_empty(),
            "{shared}"
        );
    }
    assert_eq!(
        machine.steps(&["/bin/cat", "@people/me/server.js"], &[]).unwrap(),
        ["ReadAsOwn people/me/server.js"]
    );
    // As it is: only its owner reads it.
    assert_eq!(
        machine.steps(&["/bin/cat", "/etc/shadow"], &[]).unwrap(),
        ["Read /etc/shadow"]
    );
}

#[test]
fn an_environment_comes_with_the_python_it_was_made_of() {
    let machine = Machine::new(&[
        "people/me/.pyenv/versions/3/bin/python3",
        "people/me/.pyenv/versions/3/lib/os.py",
        "srv/venv/bin/server",
        "people/me/.ssh/id",
    ]);
    let base = machine.path("people/me/.pyenv/versions/3/bin");
    let config = format!("home = {}\nversion = 3\n", base.display());
    fs::write(machine.path("srv/venv/pyvenv.cfg"), config).unwrap();
    assert_eq!(
        machine.steps(&["@srv/venv/bin/server"], &[]).unwrap(),
        ["ReadAsOwn srv/venv", "ReadAsOwn people/me/.pyenv/versions/3"]
    );
    // Shown in spite of what is covered around it.
    let steps = machine.steps(&["@srv/venv/bin/server"], &["@people"]).unwrap();
    let at = |wanted: &str| steps.iter().position(|step| step == wanted);
    assert!(at("Cover people/me/.ssh").is_some());
    assert!(
        at("Cover people/me/.pyenv") < at("ReadAsOwn people/me/.pyenv/versions/3"),
        "{steps:?}"
    );
    assert!(at("ReadAsOwn people/me/.pyenv/versions/3").is_some(), "{steps:?}");
}

#[test]
fn an_installation_does_not_open_the_data_folder_inside_of_it() {
    let mut machine = Machine::new(&["people/me/.volta/bin/node", "people/me/.volta/tools/image/node/1"]);
    machine.private.data = machine.path("people/me/.volta/berth");
    let steps = machine.steps(&["@people/me/.volta/bin/node"], &[]).unwrap();
    assert_eq!(
        steps,
        ["ReadAsOwn people/me/.volta", "Cover people/me/.volta/berth"]
    );
}

#[test]
fn links_in_a_ring_end() {
    let machine = Machine::new(&[]);
    symlink(machine.path("srv/b"), machine.path("srv/a")).unwrap();
    symlink(machine.path("srv/a"), machine.path("srv/b")).unwrap();
    machine.steps(&["@srv/a"], &[]).unwrap();
}
