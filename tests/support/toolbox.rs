//! An image with node and Python, made of those of this machine: no registry is asked.

use std::{
    collections::BTreeSet,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use parking_lot::Mutex;

use super::images::Engine;

/// Where they are in it: elsewhere than on any machine that the tests run on.
const BIN: &str = "opt/tools/bin";

/// What the image is made of.
#[derive(Hash)]
struct Tools {
    node: PathBuf,
    python: PathBuf,
    /// Such as `python3.11`.
    name: String,
    library: PathBuf,
    /// Changes with what is done with it.
    recipe: u32,
}

impl Engine {
    /// The image's name. It stays in the engine, and is there already the next time.
    pub(crate) fn toolbox(&self) -> String {
        static MAKING: Mutex<()> = Mutex::new(());
        let _making = MAKING.lock();
        let tools = Tools::here();
        let mut hash = DefaultHasher::new();
        tools.hash(&mut hash);
        let name = format!("berth-tests-toolbox:{:016x}", hash.finish());
        if self.docker(&["images", "--quiet", &name]).is_empty() {
            let folder = tempfile::tempdir().unwrap();
            tools.lay_out(folder.path());
            self.import(folder.path(), &name);
        }
        name
    }

    fn import(&self, folder: &Path, name: &str) {
        let mut tar = Command::new("tar")
            .args([
                "-C",
                folder.to_str().unwrap(),
                "--owner=0",
                "--group=0",
                "-c",
                ".",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let path = format!("ENV PATH=/{BIN}:/bin");
        let imported = self
            .command()
            .args(["import", "--change", &path, "-", name])
            .stdin(tar.stdout.take().unwrap())
            .output()
            .unwrap();
        assert!(tar.wait().unwrap().success());
        let error = String::from_utf8_lossy(&imported.stderr);
        assert!(imported.status.success(), "{error}");
    }
}

impl Tools {
    fn here() -> Self {
        let ask = "import os,sys,sysconfig\nprint(os.path.realpath(sys.executable))\n\
                   print('python%d.%d' % sys.version_info[:2])\nprint(sysconfig.get_path('stdlib'))";
        let said = output("python3", &["-c", ask]);
        let mut lines = said.lines();
        let mut next = || lines.next().unwrap().to_owned();
        Self {
            node: output("node", &["-p", "process.execPath"]).trim().into(),
            python: next().into(),
            name: next(),
            library: next().into(),
            recipe: 2,
        }
    }

    fn lay_out(&self, root: &Path) {
        let bin = root.join(BIN);
        fs::create_dir_all(&bin).unwrap();
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::copy(&self.node, bin.join("node")).unwrap();
        fs::copy(&self.python, bin.join(&self.name)).unwrap();
        fs::copy("/bin/busybox", root.join("bin/busybox")).unwrap();
        symlink("busybox", root.join("bin/sh")).unwrap();
        let library = root.join("opt/tools/lib").join(&self.name);
        copy(&self.library, &library);
        let modules = fs::read_dir(library.join("lib-dynload")).unwrap();
        let programs = modules.map(|entry| entry.unwrap().path());
        let programs = programs.chain([self.node.clone(), self.python.clone()]);
        for shared in programs
            .flat_map(|program| libraries(&program))
            .collect::<BTreeSet<_>>()
        {
            let at = root.join(shared.strip_prefix("/").unwrap());
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::copy(&shared, at).unwrap();
        }
        // What packages bring is linked with parts of the C library that nothing here is.
        let libc = libraries(&self.node)
            .into_iter()
            .find(|path| path.ends_with("libc.so.6"));
        let folder = libc.unwrap().parent().unwrap().to_owned();
        for part in [
            "librt.so.1",
            "libdl.so.2",
            "libpthread.so.0",
            "libutil.so.1",
            "libresolv.so.2",
            "libgcc_s.so.1",
        ] {
            if folder.join(part).exists() {
                fs::copy(
                    folder.join(part),
                    root.join(folder.strip_prefix("/").unwrap()).join(part),
                )
                .unwrap();
            }
        }
    }
}

/// Python's library without what connectors do without.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, path) = (entry.file_name(), entry.path());
        let left_out = [
            "test",
            "site-packages",
            "idlelib",
            "tkinter",
            "ensurepip",
            "__pycache__",
        ];
        let name = name.to_str().unwrap();
        if left_out.contains(&name) || name.starts_with("config-") {
            continue;
        }
        // Followed, where it is a link.
        match path.is_dir() {
            true => copy(&path, &to.join(name)),
            false if path.is_file() => _ = fs::copy(&path, to.join(name)).unwrap(),
            false => {}
        }
    }
}

/// The shared libraries that a program is linked with, and what loads them.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let said = output("ldd", &[program.to_str().unwrap()]);
    let word = |line: &str| {
        let found = line.split_whitespace().find(|word| word.starts_with('/'));
        found.map(PathBuf::from)
    };
    said.lines().filter_map(word).collect()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
