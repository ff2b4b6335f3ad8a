//! Lengths of time as people write them.

use std::time::Duration;

/// A length of time as it is typed: a number and s, m, h or d.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a length of time: write it as 90s, 15m, 12h or 30d");
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds: u64 = match &text[number.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match number.checked_mul(seconds) {
        Some(seconds) if (1..=100 * 366 * 24 * 60 * 60).contains(&seconds) => {
            Ok(Duration::from_secs(seconds))
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        assert_eq!(duration("90d").unwrap().as_secs(), 90 * 86_400);
        assert_eq!(duration("15m").unwrap().as_secs(), 900);
        for bad in ["", "5", "m", "0s", "-1s", "1.5h", "9999999999999999999d", "1w"] {
            duration(bad).unwrap_err();
        }
    }
}
