//! What every connector sees of the machine: programs and libraries, and the few settings that libraries read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::plan::{Access, Step};

/// Folders with programs and what they are made of; at other machines some are links.
const PROGRAMS: [&str; 10] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix/store",
    "/gnu/store",
];

/// What in `/etc` libraries read, and nothing that says who uses the machine. Names that end in `*` begin others.
const SETTINGS: [&str; 28] = [
    "alternatives",
    "bash.bashrc",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "debian_version",
    "fonts",
    "gai.conf",
    "host.conf",
    "hosts",
    "java*",
    "ld.so*",
    "localtime",
    "magic*",
    "mailcap",
    "mime.types",
    "networks",
    "nsswitch.conf",
    "openssl*",
    "os-release",
    "perl",
    "pki",
    "protocols",
    "python*",
    "services",
    "ssl",
    "static",
    "timezone",
];

/// What lies among the settings and is the machine's alone: keys of its services.
const KEYS: [&str; 3] = ["/etc/ssl/private", "/etc/pki/tls/private", "/etc/pki/CA/private"];

const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Everything but what is below: it is the same for all connectors as long as the broker runs.
pub(super) fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = PROGRAMS
        .iter()
        .filter_map(|path| programs(Path::new(path)))
        .collect();
    for entry in fs::read_dir("/etc").into_iter().flatten().flatten() {
        let (name, at) = (entry.file_name(), entry.path());
        if name.to_str().is_some_and(is_setting) && at.exists() {
            // A link may lead to a place that is not there in the view.
            let from = fs::canonicalize(&at).unwrap_or_else(|_| at.clone());
            steps.push(Step::Show {
                from,
                at,
                access: Access::Read,
            });
        }
    }
    // Who runs the broker may be one of the group that reads them.
    let keys = KEYS.iter().map(Path::new).filter(|folder| folder.exists());
    steps.extend(keys.map(|folder| Step::Cover { at: folder.into() }));
    for name in DEVICES {
        steps.push(Step::show(&Path::new("/dev").join(name), Access::Device));
    }
    for (at, to) in [
        ("/dev/fd", "/proc/self/fd"),
        ("/dev/stdin", "/proc/self/fd/0"),
        ("/dev/stdout", "/proc/self/fd/1"),
        ("/dev/stderr", "/proc/self/fd/2"),
    ] {
        steps.push(Step::Link {
            at: at.into(),
            to: to.into(),
        });
    }
    steps
}

/// Whether it shows what gives memory that only the kernel counts: what is mapped of it may be mapped by nobody.
pub(super) fn is_memory(step: &Step) -> bool {
    matches!(step, Step::Show { at, .. } if at == Path::new("/dev/zero"))
}

/// What is looked at anew for each: the resolver's settings change with the network, and each is its own user.
pub(super) fn own(user: (u32, u32), home: &Path) -> [Step; 3] {
    let (uid, gid) = user;
    let home = home.display();
    let write = |at: &str, text: String| Step::Write { at: at.into(), text };
    [
        write(
            "/etc/resolv.conf",
            fs::read_to_string("/etc/resolv.conf").unwrap_or_default(),
        ),
        write(
            "/etc/passwd",
            format!(
                "connector:x:{uid}:{gid}::{home}:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n"
            ),
        ),
        write("/etc/group", format!("connector:x:{gid}:\nnogroup:x:65534:\n")),
    ]
}

fn is_setting(name: &str) -> bool {
    SETTINGS.iter().any(|setting| match setting.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *setting,
    })
}

fn programs(path: &Path) -> Option<Step> {
    let kind = fs::symlink_metadata(path).ok()?;
    if kind.is_symlink() {
        let to: PathBuf = fs::read_link(path).ok()?;
        return Some(Step::Link {
            at: path.to_owned(),
            to,
        });
    }
    Some(Step::show(path, Access::Read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_without_the_keys_among_them() {
        let steps = steps();
        for folder in KEYS.iter().map(Path::new).filter(|folder| folder.exists()) {
            let shown = steps
                .iter()
                .rposition(|step| matches!(step, Step::Show { at, .. } if folder.starts_with(at)));
            let covered = steps
                .iter()
                .position(|step| matches!(step, Step::Cover { at } if at == folder));
            assert!(covered.is_some() && shown < covered, "{folder:?}");
        }
    }
}
