mod python;

use std::{
    fs::{self, Permissions},
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
};

use bytes::Bytes;
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::*;
use crate::{
    bundle,
    model::{Digest, Source},
    runtime::{Docker, Spawner},
};

/// Answers as npm does, for the packages that the tests name, and notes what it was asked.
const NPM: &str = r#"#!/bin/sh
for spec; do :; done
[ "$1" = view ] && spec=$4
echo "$1 $spec" >> "${0%/*}/log"
fail() {
    echo "npm error code $1" >&2
    [ -z "$2" ] || printf '%s\n' "{\"error\":{\"code\":\"$1\",\"summary\":\"$2\",\"detail\":\"really\n\nOr not.\"}}"
    exit 1
}
case "$1 $spec" in
    'view gone'*) fail E404 'Not Found';;
    'view '*@99) fail E404 'No match';;
    'view broken') fail ECONNREFUSED;;
    'view '*) echo '[{"version":"1.2.3"},{"version":"1.2.2"}]'; exit 0;;
esac
[ "$2" = --prefix ] && [ "$3" = "$PWD" ] || exit 9
case "$4 $npm_config_allow_git $npm_config_git $npm_config_ignore_scripts" in
    '--ignore-scripts none /bin/false true') ;;
    '--omit=dev none /bin/false false') echo "$spec" > built;;
    *) exit 8;;
esac
case "$spec" in
    *@9.9.9) fail ETARGET 'No matching version';;
    forked@*) fail EALLOWGIT 'Fetching packages of type git have been disabled';;
esac
name=${spec%@*}
package() { mkdir -p "node_modules/$name/dist"; echo "{\"version\":\"1.2.3\",$1}" > "node_modules/$name/package.json"; }
case "$name" in
    library) package '"main":"x.js"';;
    several) package '"bin":{"one":"1.js","two":"2.js"}';;
    escaping) package '"bin":"../../../evil.js"';;
    absent) package '"bin":"absent.js"';;
    *) package '"bin":{"other":"other.js","server":"./dist/index.js"}'
       echo "$SHEBANG" > "node_modules/$name/dist/index.js";;
esac
"#;

/// Says where node is, which is not here, but where a wrapper found it; and its binary interface.
const NODE: &str = "#!/bin/sh\necho ${0%/bin/node}/opt/node\necho 127\n";

struct Machine {
    dir: TempDir,
    resolver: Resolver,
}

/// A broker's folder, and a `PATH` with these programs alone.
fn machine(programs: &[(&str, &str)]) -> Machine {
    let dir = tempfile::tempdir().unwrap();
    let bin = dir.path().join("bin");
    fs::create_dir(&bin).unwrap();
    fs::create_dir(dir.path().join("opt")).unwrap();
    fs::write(dir.path().join("opt/node"), "").unwrap();
    for (name, text) in programs {
        fs::write(bin.join(name), text).unwrap();
        fs::set_permissions(bin.join(name), Permissions::from_mode(0o755)).unwrap();
    }
    let blobs = Blobs::open(&dir.path().join("blobs")).unwrap();
    let mut path = bin.into_os_string();
    if programs.iter().any(|(name, _)| matches!(*name, "npm" | "uv")) {
        path.push(":/bin");
    }
    let resolver = {
        let spawner = Spawner::new("/bin/true".into()).unwrap();
        // What a killed broker left is gone.
        fs::create_dir_all(dir.path().join("resolved/tmp/resolve-old/package")).unwrap();
        let surroundings = Surroundings::chosen([("PATH".into(), path)].into_iter());
        let nowhere = format!("unix://{}/docker.sock", dir.path().display());
        let docker = Docker::new(nowhere, dir.path(), TaskTracker::new(), TaskTracker::new()).unwrap();
        Resolver::new(dir.path().join("resolved"), blobs, spawner, docker, surroundings)
    };
    Machine { dir, resolver }
}

fn with_npm(shebang: &str) -> Machine {
    let npm = NPM.replace("$SHEBANG", shebang);
    machine(&[("npm", &npm), ("node", NODE)])
}

fn npx(package: &str) -> Source {
    Source::Npx {
        package: package.to_owned(),
        args: vec!["--fast".to_owned()],
        allow_scripts: false,
    }
}

impl Machine {
    fn log(&self) -> Vec<String> {
        let log = fs::read_to_string(self.dir.path().join("bin/log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    fn leftovers(&self) -> usize {
        fs::read_dir(self.dir.path().join("resolved/tmp")).map_or(0, Iterator::count)
    }
}

#[tokio::test]
async fn a_package_is_installed_once() {
    let machine = with_npm("#!/usr/bin/env node");
    let exact = npx("@scope/server@1.2.3");
    let (first, second) = tokio::join!(machine.resolver.resolve(&exact), machine.resolver.resolve(&exact));
    let resolved = first.unwrap();
    assert_eq!(resolved, second.unwrap());
    assert_eq!(resolved.pinned.as_deref(), Some("@scope/server@1.2.3"));
    let [node, program, flag] = &resolved.argv[..] else {
        panic!("{:?}", resolved.argv)
    };
    assert!(node.ends_with("/opt/node") && flag == "--fast");
    assert!(program.ends_with("/node_modules/@scope/server/dist/index.js") && Path::new(program).is_file());
    assert_eq!(machine.log(), ["install @scope/server@1.2.3"]);
    // Without a version, npm is asked which one is meant; it is there already.
    let again = machine.resolver.resolve(&npx("@scope/server")).await.unwrap();
    assert_eq!(again, resolved);
    assert_eq!(machine.log()[1..], ["view @scope/server"]);
    // All of it is among the blobs, so that npm is not needed to have it again.
    fs::remove_dir_all(machine.dir.path().join("resolved/bundles")).unwrap();
    assert!(!resolved.is_installed());
    let restored = machine.resolver.restore(&exact, &resolved).await.unwrap();
    assert_eq!(restored, resolved);
    assert!(resolved.is_installed());
    assert_eq!(machine.log().len(), 2);
    assert_eq!(machine.leftovers(), 0);
}

#[tokio::test]
async fn the_first_line_of_a_program_is_heeded() {
    let argv = async |shebang: &str| {
        let machine = with_npm(shebang);
        machine.resolver.resolve(&npx("server")).await.unwrap().argv
    };
    let flags = argv("#!/usr/bin/env -S node --no-warnings").await;
    assert!(flags[0].ends_with("/opt/node") && flags[1] == "--no-warnings");
    assert!(argv("#!/bin/bash").await[0].ends_with("index.js"));
    assert!(argv("import x").await[0].ends_with("/opt/node"));
}

#[tokio::test]
async fn packages_that_can_not_be_started_say_why() {
    let machine = with_npm("#!/usr/bin/env node");
    let refused = async |package: &str| machine.resolver.resolve(&npx(package)).await.unwrap_err();
    let gone = refused("gone").await;
    assert!(matches!(&gone, ResolveError::PackageNotFound { package, .. } if package == "gone"));
    assert_eq!(gone.stderr(), ["Not Found", "really"]);
    for version in ["server@9.9.9", "server@99"] {
        assert!(matches!(
            refused(version).await,
            ResolveError::VersionNotFound { .. }
        ));
    }
    assert!(matches!(
        refused("forked").await,
        ResolveError::GitDependency { .. }
    ));
    let broken = refused("broken").await;
    assert!(matches!(broken, ResolveError::Install { .. }));
    assert_eq!(broken.stderr(), ["npm error code ECONNREFUSED"]);
    for package in ["library", "escaping", "absent"] {
        assert!(matches!(refused(package).await, ResolveError::NoBin { .. }));
    }
    let several = refused("several").await;
    assert!(matches!(several, ResolveError::ManyBins { bins, .. } if bins == ["one", "two"]));
    let asked = machine.log().len();
    for package in ["--global", "git+ssh://host/x", "./folder", "file:x"] {
        assert!(matches!(refused(package).await, ResolveError::BadPackage(_)));
    }
    assert_eq!(machine.log().len(), asked);
    assert_eq!(machine.leftovers(), 0);
}

#[tokio::test]
async fn what_scripts_built_is_for_one_node() {
    let machine = with_npm("#!/usr/bin/env node");
    let scripts = Source::Npx {
        package: "server@1.2.3".to_owned(),
        args: vec![],
        allow_scripts: true,
    };
    let built = machine.resolver.resolve(&scripts).await.unwrap();
    let plain = machine.resolver.resolve(&npx("server@1.2.3")).await.unwrap();
    assert_ne!(built.artifact, plain.artifact);
    let current = async |source, before| machine.resolver.is_current(source, before).await.unwrap();
    assert!(current(&scripts, &built).await);
    let node = machine.dir.path().join("bin/node");
    fs::write(&node, NODE.replace("127", "137")).unwrap();
    assert!(!current(&scripts, &built).await);
    assert!(current(&npx("server@1.2.3"), &plain).await);
    let asked = machine.log().len();
    machine.resolver.resolve(&npx("server@1.2.3")).await.unwrap();
    assert_eq!(machine.log().len(), asked);
    machine.resolver.resolve(&scripts).await.unwrap();
    assert_eq!(machine.log()[asked..], ["install server@1.2.3"]);
}

#[tokio::test]
async fn missing_programs_are_named() {
    let bare = machine(&[]);
    let error = bare.resolver.resolve(&npx("server")).await.unwrap_err();
    assert!(matches!(error, ResolveError::NodeMissing));
    let without_npm = machine(&[("node", NODE)]);
    let error = without_npm.resolver.resolve(&npx("server")).await.unwrap_err();
    assert!(matches!(error, ResolveError::NpmMissing));
}

/// Puts the folder's artifact where an upload would put it.
async fn send(machine: &Machine, folder: &Path) -> Digest {
    let artifact = bundle::pack(folder).unwrap();
    for blob in &artifact.blobs {
        let mut bytes = Vec::new();
        blob.reader(0).unwrap().read_to_end(&mut bytes).unwrap();
        let digest = machine
            .resolver
            .blobs
            .put_bytes(Bytes::from(bytes))
            .await
            .unwrap();
        assert_eq!(digest, blob.digest);
    }
    let manifest = Bytes::from(artifact.manifest);
    machine.resolver.blobs.put_bytes(manifest).await.unwrap()
}

#[tokio::test]
async fn a_bundle_is_unpacked_once() {
    let machine = machine(&[]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("run.sh"), "#!/bin/sh\n").unwrap();
    let artifact = send(&machine, folder.path()).await;
    let source = |start: &[&str]| Source::Bundle {
        artifact: artifact.clone(),
        start: start.iter().map(|word| (*word).to_owned()).collect(),
    };
    let resolve = async |start: &[&str]| machine.resolver.resolve(&source(start)).await;
    let resolved = resolve(&["node", "run.sh"]).await.unwrap();
    let directory = resolved.directory.unwrap();
    assert_eq!(resolved.argv, ["node", "run.sh"]);
    assert!(directory.join("run.sh").is_file());
    fs::write(directory.join("mark"), "").unwrap();
    let own = resolve(&["./run.sh", "x"]).await.unwrap();
    assert_eq!(own.argv[0], directory.join("run.sh").display().to_string());
    assert!(directory.join("mark").exists(), "it was unpacked again");
    let missing = resolve(&["./nothing"]).await.unwrap_err();
    assert!(matches!(missing, ResolveError::StartMissing(_)));
    for none in [[].as_slice(), &[""]] {
        assert!(matches!(resolve(none).await.unwrap_err(), ResolveError::NoStart));
    }
    assert_eq!(machine.leftovers(), 0);
}

#[tokio::test]
async fn broken_artifacts_leave_nothing() {
    let machine = machine(&[]);
    let resolve = async |artifact: Digest| {
        let start = vec!["node".to_owned()];
        let error = machine
            .resolver
            .resolve(&Source::Bundle { artifact, start })
            .await
            .unwrap_err();
        assert!(!machine.dir.path().join("resolved/bundles").exists());
        assert_eq!(machine.leftovers(), 0);
        error
    };
    let put = async |text: String| machine.resolver.blobs.put_bytes(Bytes::from(text)).await.unwrap();
    let unknown = Digest::of(b"?");
    assert!(matches!(
        resolve(unknown.clone()).await,
        ResolveError::MissingBlob(_)
    ));
    let manifest = |layer: &Digest| {
        let config = Digest::of(b"{}");
        format!(
            r#"{{"schemaVersion":2,"artifactType":"application/vnd.berth.bundle.v1",
                "config":{{"mediaType":"x","digest":"{config}","size":2}},
                "layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{layer}","size":1}}]}}"#
        )
    };
    let without_layer = put(manifest(&unknown)).await;
    assert!(matches!(
        resolve(without_layer).await,
        ResolveError::MissingBlob(digest) if digest == unknown
    ));
    let mut hostile = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..7].copy_from_slice(b"../evil");
    header.set_size(0);
    header.set_mode(0o644);
    header.set_cksum();
    hostile.append(&header, std::io::empty()).unwrap();
    let hostile = put(String::from_utf8(hostile.into_inner().unwrap()).unwrap()).await;
    let escaping = put(manifest(&hostile)).await;
    let error = resolve(escaping).await;
    assert!(matches!(
        &error,
        ResolveError::BundleBroken(bundle::BundleError::Outside { .. })
    ));
    assert!(!error.hint().is_empty());
    let garbage = put("g".repeat(4096)).await;
    let broken = put(manifest(&garbage)).await;
    assert!(matches!(resolve(broken).await, ResolveError::BundleBroken(_)));
    let no_manifest = put("hello".to_owned()).await;
    assert!(matches!(
        resolve(no_manifest).await,
        ResolveError::BundleBroken(_)
    ));
}

#[tokio::test]
async fn other_sources() {
    let machine = machine(&[]);
    let command = Source::Command {
        command: vec!["/bin/server".to_owned(), "-v".to_owned()],
    };
    let resolved = machine.resolver.resolve(&command).await.unwrap();
    assert_eq!(resolved.argv, ["/bin/server", "-v"]);
    let empty = Source::Command { command: vec![] };
    assert!(matches!(
        machine.resolver.resolve(&empty).await,
        Err(ResolveError::NoStart)
    ));
    let image = Source::Image {
        reference: "x".to_owned(),
        artifact: None,
        args: vec![],
    };
    for asked in [
        machine.resolver.preflight(&image).await,
        machine.resolver.resolve(&image).await.map(drop),
    ] {
        let error = asked.unwrap_err();
        assert!(
            error.to_string().starts_with("images need a Docker Engine"),
            "{error}"
        );
        assert!(error.hint().contains("--docker-host"), "{}", error.hint());
    }
}
