//! Where a bundle is cut into layers.
//!
//! A unit (a package among the dependencies, a file of the connector's own) never lies in two layers. Units stand in
//! the order of their names; a run of them that is too long for one layer is cut after the unit whose name has the
//! smallest hash, and each half again. Where the cuts are thus follows from the names of the units nearby, not from
//! what was counted before: a package that is added, removed or changed makes another layer of the one that it is
//! in, or two of it, and leaves the others as they were. A layer is never longer than its kind's limit, so that a
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
