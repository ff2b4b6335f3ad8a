//! Where a bundle is cut into layers.
//!
//! A unit (a package among the dependencies, a file of the connector's own) never lies in two layers. Units stand in
//! the order of their names; a run of them that is too long for one layer is cut after the unit whose name has the
//! smallest hash, and each half again. Where the cuts are thus follows from the names of the units nearby, not from
//! what was counted before: a package that is added, removed or changed makes another layer of the one that it is
//! in, seldom of its neighbour too, and leaves the others as they were. A layer is never longer than its kind's limit, so that a
//! change never costs more than that either.

use std::{
    os::unix::ffi::OsStrExt as _,
    path::{Component, Path},
};

use sha2::{Digest as _, Sha256};

use super::recipe::Entry;

/// Most bytes of a layer that has more than one unit. On average it is filled by half.
const LARGEST_OF_DEPENDENCIES: u64 = 2 << 20;
const LARGEST_OF_OWN: u64 = 1 << 20;

/// What belongs together, and changes together.
#[derive(Debug)]
struct Unit {
    name: Vec<u8>,
    /// Of the unit's entries in a tar, in bytes.
    size: u64,
    entries: Vec<Entry>,
    /// By which the cuts are found.
    hash: [u8; 32],
}

/// An entry of a bundle, before the bundle is cut.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) entry: Entry,
    /// If it lies in a folder of dependencies: how many folders lie above that folder.
    pub(super) dependency: Option<usize>,
}

/// Cuts `listed`, sorted by path, into layers: those of dependencies first.
pub(super) fn cut(listed: Vec<Listed>) -> Vec<Vec<Entry>> {
    let (mut dependencies, mut own) = (Vec::new(), Vec::new());
    for Listed { entry, dependency } in listed {
        match dependency {
            Some(depth) => dependencies.push((package(&entry.path, depth), entry)),
            None => own.push((entry.path.as_os_str().as_bytes().to_owned(), entry)),
        }
    }
    // Stable: within a unit the entries stay sorted by path.
    dependencies.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut layers = Vec::new();
    cut_units(units(dependencies), LARGEST_OF_DEPENDENCIES, &mut layers);
    cut_units(units(own), LARGEST_OF_OWN, &mut layers);
    layers
}

fn units(entries: Vec<(Vec<u8>, Entry)>) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for (name, entry) in entries {
        let size = entry.tar_size();
        match units.last_mut() {
            Some(unit) if unit.name == name => {
                unit.size += size;
                unit.entries.push(entry);
            }
            _ => units.push(Unit {
                hash: Sha256::digest(&name).into(),
                name,
                size,
                entries: vec![entry],
            }),
        }
    }
    units
}

fn cut_units(units: Vec<Unit>, largest: u64, layers: &mut Vec<Vec<Entry>>) {
    // A unit that would fill most of a layer is one by itself; it does not part its neighbours.
    let (large, mut small): (Vec<Unit>, Vec<Unit>) =
        units.into_iter().partition(|unit| unit.size >= largest / 2);
    layers.extend(large.into_iter().map(|unit| unit.entries));
    let mut cuts = find_cuts(&small, largest);
    cuts.sort_unstable();
    // From the back, so that what is before stays where it is.
    let mut parts = Vec::with_capacity(cuts.len() + 1);
    for cut in cuts.into_iter().rev() {
        parts.push(small.split_off(cut));
    }
    parts.push(small);
    layers.extend(
        parts
            .into_iter()
            .rev()
            .filter(|part| !part.is_empty())
            .map(|part| part.into_iter().flat_map(|unit| unit.entries).collect()),
    );
}

/// Before which units a new layer begins, in no order.
fn find_cuts(units: &[Unit], largest: u64) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut runs = vec![(0, units.len())];
    while let Some((start, end)) = runs.pop() {
        let size: u64 = units[start..end].iter().map(|unit| unit.size).sum();
        if size <= largest {
            continue;
        }
        // Never after the last one: there the run ends anyway.
        let Some(after) = (start..end - 1).min_by_key(|&index| units[index].hash) else {
            continue;
        };
        cuts.push(after + 1);
        runs.push((start, after + 1));
        runs.push((after + 1, end));
    }
    cuts
}

/// The package that `path` belongs to; its folder of dependencies has `depth` folders above it.
fn package(path: &Path, depth: usize) -> Vec<u8> {
    let parts: Vec<&[u8]> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.as_bytes()),
            _ => None,
        })
        .collect();
    let find = |name: &[u8]| {
        parts
            .iter()
            .skip(depth)
            .position(|part| *part == name)
            .map(|at| depth + at)
    };
    let next = parts.get(depth + 1).copied().unwrap_or_default();
    let length = match parts[depth] {
        // Scoped packages, and the store of pnpm, are one level further down.
        b"node_modules" if next.starts_with(b"@") || next == b".pnpm" => depth + 3,
        b"node_modules" => depth + 2,
        // Ruby's, by gem; Go's, by host, owner and repository; Composer's, by owner and package.
        b"vendor" => match find(b"gems") {
            Some(at) => at + 2,
            None if next.contains(&b'.') => depth + 4,
            None => depth + 3,
        },
        _ => match find(b"site-packages") {
            Some(at) => return distribution(&parts, at),
            None => depth + 2,
        },
    };
    parts[..length.min(parts.len())].join(&b'/')
}

/// A Python package with its metadata: `site-packages/Foo_Bar-1.2.dist-info` is of `foo_bar`.
fn distribution(parts: &[&[u8]], site_packages: usize) -> Vec<u8> {
    let mut name = parts[..=site_packages].join(&b'/');
    if let Some(part) = parts.get(site_packages + 1) {
        let end = part
            .iter()
            .position(|&byte| byte == b'-' || byte == b'.')
            .filter(|&end| end > 0)
            .unwrap_or(part.len());
        name.push(b'/');
        name.extend(part[..end].iter().map(u8::to_ascii_lowercase));
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{
        super::{
            recipe::{Content, Stamp},
            tree::Kind,
        },
        *,
    };

    fn file(path: &str, size: u64) -> Listed {
        let stamp = Stamp {
            size,
            modified: 0,
            changed: 0,
            device: 0,
            inode: 0,
        };
        Listed {
            entry: Entry {
                path: path.into(),
                content: Content::File {
                    kind: Kind::Plain,
                    stamp,
                },
            },
            dependency: path.starts_with("node_modules").then_some(0),
        }
    }

    /// Packages of some files each, between 4 and 260 KiB large.
    fn tree(packages: impl Iterator<Item = u64>) -> Vec<(String, u64)> {
        packages
            .flat_map(|package| {
                let size = 1024 * (1 + package * 7919 % 64);
                (0..4).map(move |file| (format!("node_modules/p{package:05}/f{file}.js"), size))
            })
            .collect()
    }

    /// The layers, as what each of them holds.
    fn layers(files: &[(String, u64)]) -> HashSet<Vec<(String, u64)>> {
        let mut listed: Vec<Listed> = files.iter().map(|(path, size)| file(path, *size)).collect();
        listed.sort_by(|one, other| one.entry.path.cmp(&other.entry.path));
        cut(listed)
            .into_iter()
            .map(|entries| {
                let show = |entry: Entry| (entry.path.display().to_string(), entry.tar_size());
                entries.into_iter().map(show).collect()
            })
            .collect()
    }

    #[test]
    fn a_change_stays_in_its_layer() {
        let before = layers(&tree(0..1000));
        assert!((75..200).contains(&before.len()), "{} layers", before.len());
        let size = |layer: &Vec<(String, u64)>| layer.iter().map(|(_, size)| size).sum::<u64>();
        assert!(before.iter().all(|layer| size(layer) <= LARGEST_OF_DEPENDENCIES));
        let (mut all, mut changes) = (0, 0);
        for changed in (0..1000).step_by(47) {
            // Another package beside it.
            let mut files = tree(0..1000);
            files.push((format!("node_modules/p{changed:05}-more/i.js"), 50_000));
            let added = layers(&files).difference(&before).count();
            assert!(added <= 2, "{changed} was added");
            // It is no longer there; where it was the last of its layer, the next one is cut anew as well.
            let removed = layers(&tree((0..1000).filter(|package| *package != changed)));
            let removed = removed.difference(&before).count();
            assert!(removed <= 3, "{changed} was removed");
            // A line more in one of its files.
            let mut files = tree(0..1000);
            files[changed as usize * 4].1 += 600;
            let edited = layers(&files);
            let sent: u64 = edited.difference(&before).map(size).sum();
            assert!(sent <= LARGEST_OF_DEPENDENCIES + 1024, "{changed} was changed");
            all += added + removed;
            changes += 2;
        }
        assert!(all * 2 <= changes * 3, "{all} layers for {changes} changes");
    }

    #[test]
    fn large_units_stand_alone() {
        let mut files = tree(0..10);
        let without = layers(&files);
        files.push(("node_modules/p00005b/large.node".to_owned(), 5 << 20));
        let with = layers(&files);
        assert_eq!(with.difference(&without).count(), 1);
        assert_eq!(without.difference(&with).count(), 0);
    }

    #[test]
    fn a_small_bundle_has_few_layers() {
        let mut files = tree(0..3);
        files.extend((0..50).map(|file| (format!("src/f{file}"), 2000)));
        assert_eq!(layers(&files).len(), 2);
    }

    #[track_caller]
    fn check_package(depth: usize, path: &str, name: &str) {
        let found = package(Path::new(path), depth);
        assert_eq!(String::from_utf8(found).unwrap(), name);
    }

    #[test]
    fn packages_are_told_apart() {
        check_package(0, "node_modules/a/node_modules/b/i.js", "node_modules/a");
        check_package(2, "apps/x/node_modules/@s/y/i.js", "apps/x/node_modules/@s/y");
        check_package(
            0,
            "node_modules/.pnpm/a@1/node_modules/a/i.js",
            "node_modules/.pnpm/a@1",
        );
        check_package(
            0,
            "node_modules/.package-lock.json",
            "node_modules/.package-lock.json",
        );
        let python = ".venv/lib/python3.11/site-packages";
        for part in [
            "foo_bar/x.py",
            "Foo_Bar-1.2.dist-info/RECORD",
            "foo_bar.libs/x.so",
            "foo_bar.py",
        ] {
            check_package(0, &format!("{python}/{part}"), &format!("{python}/foo_bar"));
        }
        check_package(0, ".venv/bin/activate", ".venv/bin");
        check_package(0, ".venv/pyvenv.cfg", ".venv/pyvenv.cfg");
        check_package(0, "site-packages/.lock", "site-packages/.lock");
        check_package(0, "vendor/github.com/o/r/x.go", "vendor/github.com/o/r");
        check_package(0, "vendor/o/p/src/x.php", "vendor/o/p");
        check_package(0, "vendor/modules.txt", "vendor/modules.txt");
        check_package(
            0,
            "vendor/bundle/ruby/3.2.0/gems/g-1/x.rb",
            "vendor/bundle/ruby/3.2.0/gems/g-1",
        );
    }
}
