//! Parts of a blob: `Range` of a download (RFC 9110 §14.2), `Content-Range` of an upload (distribution specification
//! 1.1, "Pushing a blob in chunks").

use std::ops::Range;

/// What a `Range` header asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    /// From the first byte up to the one before the last number.
    Part(Range<u64>),
    /// No byte of it exists.
    Nothing,
}

/// What `text` asks for of `size` bytes. Several ranges, other units and what is no range at all are answered with
/// the whole, as the standard allows.
pub(super) fn wanted(text: &str, size: u64) -> Wanted {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .filter(|ranges| !ranges.contains(','))
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::Whole;
    };
    let (Some(first), Some(last)) = (number(first), number(last)) else {
        return Wanted::Whole;
    };
    let part = match (first, last) {
        (Some(first), Some(last)) if last < first => return Wanted::Whole,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(size),
        (Some(first), None) => first..size,
        (None, Some(last)) => size.saturating_sub(last)..size,
        (None, None) => return Wanted::Whole,
    };
    if part.start < part.end {
        Wanted::Part(part)
    } else {
        Wanted::Nothing
    }
}

/// The outer `None` for what is no number, the inner for an empty text. Digits that no u64 holds lie behind the end
/// of every blob.
fn number(text: &str) -> Option<Option<u64>> {
    if text.is_empty() {
        return Some(None);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Some(text.parse().unwrap_or(u64::MAX)))
}

/// The bytes that an upload's part claims to be: `START-END`, both inclusive; `bytes START-END/SIZE` is taken too.
/// `None` for what is no such range.
pub(super) fn part(text: &str) -> Option<Range<u64>> {
    let text = text.strip_prefix("bytes ").unwrap_or(text);
    let range = text.split('/').next()?;
    let (first, last) = range.trim().split_once('-')?;
    let (first, last) = (number(first)??, number(last)??);
    let end = last.checked_add(1)?;
    (first < end).then_some(first..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_the_standard_says() {
        for (text, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-5", Wanted::Part(2..6)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=5-18446744073709551615", Wanted::Part(5..10)),
            ("bytes=5-99999999999999999999999", Wanted::Part(5..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-2", Wanted::Whole),
            ("bytes=0-1,4-5", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(wanted(text, 10), expected, "{text}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nothing);
    }

    #[test]
    fn a_part_has_a_beginning_and_an_end() {
        for (text, expected) in [
            ("0-1", Some(0..2)),
            ("bytes 5-9/100", Some(5..10)),
            ("7-7", Some(7..8)),
            ("3-1", None),
            ("0-18446744073709551615", None),
            ("99999999999999999999-99999999999999999999", None),
            ("-1", None),
            ("1-", None),
            ("1", None),
            ("", None),
        ] {
            assert_eq!(part(text), expected, "{text}");
        }
    }
}
