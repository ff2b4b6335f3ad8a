//! Python packages and virtual environments, by an uv and a Python that are shell scripts.

use std::{os::unix::fs::symlink, time::Duration};

use super::*;

/// Says where Python is, and that it is one of which no real one is around.
const PYTHON: &str = "#!/bin/sh\necho ${0%/bin/python3}/opt/python\necho 3.99\n";

/// Answers as uv does, for the packages that the tests name, and notes what it was asked.
const UV: &str = r##"#!/bin/sh
log() { echo "$*" >> "${0%/*}/log"; }
wheels=''
for word; do [ "$word" != --only-binary ] || wheels=' wheels'; done
case "$1 $2" in
    'pip compile')
        read wanted < requirements.in
        log "compile $wanted$wheels"
        case "$wanted" in
            gone) echo 'error: no such package' >&2; exit 1;;
            offline) echo 'error: no route' >&2; exit 2;;
        esac
        name=${wanted%%[[=<>~]*}
        printf '[[packages]]\nname = "%s"\nversion = "1.2.0"\nwheels = [{ hashes = { sha256 = "ab12" } }]\n' "$name" > pylock.toml;;
    'venv '*)
        mkdir -p venv/bin venv/lib/python3.99/site-packages
        printf 'home = /old\nversion_info = 3.99.1\n' > venv/pyvenv.cfg
        ln -s /old/python3 venv/bin/python;;
    'pip sync')
        case "$* $PYC_INVALIDATION_MODE" in *--compile-bytecode*' UNCHECKED_HASH');; *) exit 8;; esac
        log "sync$wheels"
        name=$(sed -n 's/^name = "\(.*\)"/\1/p' pylock.toml)
        folder="venv/lib/python3.99/site-packages/$(echo "$name" | tr - _)-1.2.0.dist-info"
        mkdir "$folder"
        case "$name" in
            library) programs='';;
            several) programs='one two';;
            single) programs='other';;
            *) programs="extra $(echo "$name" | tr - _)";;
        esac
        for program in $programs; do
            printf "#!/bin/sh\n'''exec' python \"\$0\"\n' '''\n" > "venv/bin/$program"
            echo "../../../bin/$program,sha256=x,1" >> "$folder/RECORD"
        done
        echo "$name/__init__.py,," >> "$folder/RECORD";;
    *) exit 9;;
esac
"##;

fn with_uv() -> Machine {
    let machine = machine(&[("uv", UV), ("python3", PYTHON)]);
    fs::write(machine.dir.path().join("opt/python"), "").unwrap();
    machine
}

fn uvx(package: &str) -> Source {
    Source::Uvx {
        package: package.to_owned(),
        args: vec!["--utc".to_owned()],
        allow_scripts: false,
    }
}

#[tokio::test]
async fn a_python_package_is_installed_once() {
    let machine = with_uv();
    let source = uvx("My.Server==1.2");
    let (first, second) = tokio::join!(
        machine.resolver.resolve(&source),
        machine.resolver.resolve(&source)
    );
    let resolved = first.unwrap();
    assert_eq!(resolved, second.unwrap());
    assert_eq!(resolved.pinned.as_deref(), Some("my-server==1.2.0"));
    assert_eq!(resolved.integrity.as_deref(), Some("sha256:ab12"));
    let [python, program, flag] = &resolved.argv[..] else {
        panic!("{:?}", resolved.argv)
    };
    assert!(
        python.ends_with("/venv/bin/python") && program.ends_with("/venv/bin/my_server") && flag == "--utc"
    );
    let opt = machine.dir.path().join("opt/python");
    assert_eq!(fs::canonicalize(python).unwrap(), opt);
    assert_eq!(machine.log(), ["compile my-server==1.2 wheels", "sync wheels"]);
    // For a range, the index is asked which version is meant; that is here already.
    let resolver = &machine.resolver;
    assert_eq!(resolver.resolve(&uvx("my-server>=1")).await.unwrap(), resolved);
    assert!(resolver.is_current(&uvx("my-server"), &resolved).await.unwrap());
    assert_eq!(
        machine.log()[2..],
        ["compile my-server>=1 wheels", "compile my-server wheels"]
    );
    assert!(resolver.is_current(&source, &resolved).await.unwrap());
    assert!(
        !resolver
            .is_current(&uvx("my-server==1.3"), &resolved)
            .await
            .unwrap()
    );
    assert_eq!(machine.log().len(), 4);
    assert_eq!(machine.leftovers(), 0);

    // Built anew from the blobs, for the same place, without uv.
    fs::remove_dir_all(machine.dir.path().join("resolved")).unwrap();
    fs::remove_file(machine.dir.path().join("bin/uv")).unwrap();
    assert!(!resolver.is_current(&source, &resolved).await.unwrap());
    assert_eq!(resolver.restore(&source, &resolved).await.unwrap(), resolved);
    assert!(resolved.is_installed());
    // A Python that was replaced by another of its version is linked to again.
    let moved = machine.dir.path().join("opt/python-new");
    fs::rename(&opt, &moved).unwrap();
    assert!(!resolved.is_installed());
    let wrapper = PYTHON.replace("/opt/python", "/opt/python-new");
    fs::write(machine.dir.path().join("bin/python3"), wrapper).unwrap();
    assert_eq!(resolver.restore(&source, &resolved).await.unwrap(), resolved);
    assert_eq!(fs::canonicalize(&resolved.argv[0]).unwrap(), moved);
}

#[tokio::test]
async fn what_is_installed_needs_no_package_manager() {
    let machine = with_uv();
    machine.resolver.resolve(&uvx("server==1.2.0")).await.unwrap();
    fs::remove_file(machine.dir.path().join("bin/uv")).unwrap();
    machine.resolver.preflight(&uvx("server==1.2.0")).await.unwrap();
    machine.resolver.resolve(&uvx("server==1.2.0")).await.unwrap();
    for other in ["server==1.2.1", "server"] {
        let refused = machine.resolver.preflight(&uvx(other)).await.unwrap_err();
        assert!(matches!(refused, ResolveError::UvMissing), "{other}");
    }
}

#[tokio::test]
async fn scripts_make_another_install() {
    let machine = with_uv();
    let plain = machine.resolver.resolve(&uvx("server==1.2.0")).await.unwrap();
    let allowed = Source::Uvx {
        package: "server==1.2.0".to_owned(),
        args: vec![],
        allow_scripts: true,
    };
    let resolved = machine.resolver.resolve(&allowed).await.unwrap();
    assert_eq!(resolved.pinned, plain.pinned);
    assert_eq!(
        machine.log(),
        [
            "compile server==1.2.0 wheels",
            "sync wheels",
            "compile server==1.2.0",
            "sync"
        ]
    );
}

#[tokio::test]
async fn python_packages_that_can_not_be_started_say_why() {
    let machine = with_uv();
    let refused = async |package: &str| machine.resolver.resolve(&uvx(package)).await.unwrap_err();
    let gone = refused("gone").await;
    assert!(matches!(&gone, ResolveError::NoSolution { package, .. } if package == "gone"));
    assert_eq!(gone.stderr(), ["error: no such package"]);
    assert!(matches!(refused("offline").await, ResolveError::UvInstall { .. }));
    assert!(matches!(refused("library").await, ResolveError::NoBin { .. }));
    let several = refused("several").await;
    assert!(matches!(several, ResolveError::ManyBins { bins, .. } if bins == ["one", "two"]));
    let only = machine.resolver.resolve(&uvx("single")).await.unwrap();
    assert!(only.argv[1].ends_with("/other"));
    let asked = machine.log().len();
    for package in [
        "--help",
        "./folder",
        "git+https://host/x",
        "name @ https://host/x.whl",
    ] {
        assert!(matches!(refused(package).await, ResolveError::BadRequirement(_)));
    }
    assert_eq!(machine.log().len(), asked);
    assert_eq!(machine.leftovers(), 0);
}

#[tokio::test]
async fn what_is_missing_is_said_beforehand() {
    let preflight = async |programs: &[(&str, &str)], source: Source| {
        machine(programs).resolver.preflight(&source).await.unwrap_err()
    };
    let bare = preflight(&[], uvx("server")).await;
    assert!(matches!(bare, ResolveError::PythonMissing));
    let without_uv = preflight(&[("python3", PYTHON)], uvx("server")).await;
    assert!(matches!(without_uv, ResolveError::UvMissing));
    assert!(without_uv.hint().contains("pip"));
    let without_node = preflight(&[], npx("server")).await;
    assert!(matches!(without_node, ResolveError::NodeMissing));
    let without_npm = preflight(&[("node", NODE)], npx("server")).await;
    assert!(matches!(without_npm, ResolveError::NpmMissing));
    let unsent = Source::Bundle {
        artifact: Digest::of(b"?"),
        start: vec!["node".to_owned()],
    };
    assert!(matches!(
        preflight(&[], unsent).await,
        ResolveError::MissingBlob(_)
    ));
}

/// A virtual environment as `python -m venv` left it at `/old/project/.venv`, with the project installed for editing.
fn old_environment(folder: &Path) {
    let (bin, packages) = (
        folder.join(".venv/bin"),
        folder.join(".venv/lib/python3.99/site-packages"),
    );
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(&packages).unwrap();
    for (file, text) in [
        (
            folder.join(".venv/pyvenv.cfg"),
            "home = /old/bin\ninclude-system-site-packages = false\nversion = 3.99.4\nexecutable = /old/bin/python3.99\n",
        ),
        (
            bin.join("activate"),
            "VIRTUAL_ENV='/old/project/.venv'\nexport VIRTUAL_ENV\n",
        ),
        (bin.join("serve"), "#!/old/project/.venv/bin/python3\nimport x\n"),
        (
            bin.join("long"),
            "#!/bin/sh\n'''exec' /old/project/.venv/bin/python \"$0\" \"$@\"\n' '''\n",
        ),
        (
            bin.join("other"),
            "#!/bin/bash\necho /old/project/.venv2 /old/project/.venv\n",
        ),
        (packages.join("__editable__.project.pth"), "/old/project/src\n"),
    ] {
        fs::write(file, text).unwrap();
    }
}

#[tokio::test]
async fn an_environment_is_fitted_to_where_it_will_be() {
    let machine = with_uv();
    let folder = machine.dir.path().join("new");
    old_environment(&folder);
    // Links that a packer kept, to what is not here.
    symlink("/nowhere/python3", folder.join(".venv/bin/python")).unwrap();
    symlink("python", folder.join(".venv/bin/python3")).unwrap();
    let place = Path::new("/new place/x");
    machine.resolver.fit(&folder, place, "node").await.unwrap();
    let read = |path: &str| fs::read_to_string(folder.join(".venv").join(path)).unwrap();
    assert_eq!(read("bin/serve"), "#!/new place/x/.venv/bin/python3\nimport x\n");
    assert!(read("bin/long").contains("'''exec' /new place/x/.venv/bin/python \""));
    assert_eq!(
        read("bin/activate").lines().next(),
        Some("VIRTUAL_ENV='/new place/x/.venv'")
    );
    assert_eq!(
        read("bin/other"),
        "#!/bin/bash\necho /old/project/.venv2 /new place/x/.venv\n"
    );
    assert_eq!(
        read("lib/python3.99/site-packages/__editable__.project.pth"),
        "/new place/x/src\n"
    );
    let opt = machine.dir.path().join("opt");
    assert_eq!(
        read("pyvenv.cfg"),
        format!(
            "home = {}\ninclude-system-site-packages = false\nversion = 3.99.4\n",
            opt.display()
        )
    );
    for alias in ["python", "python3", "python3.99"] {
        let path = folder.join(".venv/bin").join(alias);
        assert_eq!(fs::canonicalize(path).unwrap(), opt.join("python"));
    }
}

#[tokio::test]
async fn a_python_that_is_not_here_matters_where_it_is_started() {
    let machine = machine(&[("python3", "#!/bin/sh\necho /opt/python\necho 3.50\n")]);
    let folder = machine.dir.path().join("new");
    old_environment(&folder);
    machine.resolver.fit(&folder, &folder, "node").await.unwrap();
    let refused = machine
        .resolver
        .fit(&folder, &folder, "./.venv/bin/serve")
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the virtual environment \".venv\" is of Python 3.99, and the broker's machine has Python 3.50"
    );
    assert!(!refused.hint().is_empty());
}

#[tokio::test]
async fn what_nothing_names_is_swept() {
    let machine = with_uv();
    let resolver = &machine.resolver;
    let kept = resolver.resolve(&uvx("kept==1.2.0")).await.unwrap();
    let old = resolver.resolve(&uvx("old==1.2.0")).await.unwrap();
    let keep = [kept.artifact.clone().unwrap()].into();
    let hour = Duration::from_secs(3600);
    let now = std::time::SystemTime::now();
    assert_eq!(resolver.sweep(&keep, now - hour).await.unwrap(), 0);
    assert!(old.is_installed());
    assert_eq!(resolver.sweep(&keep, now + hour).await.unwrap(), 1);
    assert!(kept.is_installed() && !old.is_installed());
    assert_eq!(machine.leftovers(), 0);
    let notes = fs::read_dir(machine.dir.path().join("resolved/packages")).unwrap();
    assert_eq!(notes.count(), 1);
}
