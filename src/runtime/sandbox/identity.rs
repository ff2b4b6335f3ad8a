//! As whom connectors run where the broker is root: accounts that nobody has made, one for each connector and owner.

use std::{fs, ops::RangeInclusive, sync::LazyLock};

use sha2::{Digest as _, Sha256};

/// Above what accounts, containers and network logins are given.
const USUAL: RangeInclusive<u32> = 0x7000_0000..=0x7FFF_FFFF;

/// The usual range, or the upper half of what there is: a broker in a container may have few accounts.
static RANGE: LazyLock<RangeInclusive<u32>> =
    LazyLock::new(|| range(&fs::read_to_string("/proc/self/uid_map").unwrap_or_default()));

/// The user and group of `owner`'s instances of a connector; the same at every start.
pub(super) fn of(connector: &str, owner: &str) -> (u32, u32) {
    let mut hash = Sha256::new();
    hash.update(connector);
    hash.update([0]);
    hash.update(owner);
    let hash = hash.finalize();
    let number = u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]);
    let id = RANGE.start() + number % (RANGE.end() - RANGE.start() + 1);
    (id, id)
}

fn range(map: &str) -> RangeInclusive<u32> {
    let extents = map.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map(str::parse::<u32>);
        let (first, _, length) = (numbers.next()?.ok()?, numbers.next()?, numbers.next()?.ok()?);
        Some((first, first.saturating_add(length - 1)))
    });
    let extents: Vec<(u32, u32)> = extents.collect();
    let largest = extents.iter().max_by_key(|(first, last)| last - first);
    match largest {
        Some((first, last)) if *first > *USUAL.start() || *last < *USUAL.end() => {
            // The very last ones are nobody's.
            first + (last - first) / 2..=last.saturating_sub(16).max(*first)
        }
        _ => USUAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_kept_apart_and_stay_the_same() {
        let one = of("connector", "user");
        assert_eq!(one, of("connector", "user"));
        assert_ne!(one, of("connector", "other"));
        assert_ne!(one, of("connectoruser", ""));
        assert_ne!(one, of("connecto", "ruser"));
    }

    #[test]
    fn a_container_has_fewer_accounts() {
        assert_eq!(range("         0          0 4294967295\n"), USUAL);
        assert_eq!(range(""), USUAL);
        assert_eq!(range("0 100000 65536\n"), 32767..=65519);
        assert_eq!(range("0 1000 1\n1 100000 65536\n"), 32768..=65520);
    }
}
