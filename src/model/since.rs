//! The instant from which on something is wanted.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Invalid, Millis, duration, now};

/// A length of time ago (`10m`), or an instant (`2026-01-31T12:00:00Z`, RFC 3339).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Since {
    typed: String,
    from: Begin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// Milliseconds before the present.
    Ago(Millis),
    At(Millis),
}

impl Since {
    /// By the clock of whoever asks here: a length of time is sent as it was typed.
    pub(crate) fn instant(&self) -> Millis {
        match self.from {
            Begin::Ago(ago) => now() - ago,
            Begin::At(at) => at,
        }
    }
}

impl FromStr for Since {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let ago = duration(text)
            .ok()
            .and_then(|ago| ago.as_millis().try_into().ok());
        let at = || text.parse().ok().map(|at: jiff::Timestamp| at.as_millisecond());
        let from = ago.map(Begin::Ago).or_else(|| at().map(Begin::At));
        let wrong = || {
            Invalid(format!(
                "{text:?} is neither a length of time nor an instant: write it as 10m, or as 2026-01-31T12:00:00Z"
            ))
        };
        Ok(Self {
            typed: text.to_owned(),
            from: from.ok_or_else(wrong)?,
        })
    }
}

impl TryFrom<String> for Since {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Since> for String {
    fn from(since: Since) -> Self {
        since.typed
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_and_instants_are_read() {
        let read = |text: &str| text.parse::<Since>().unwrap();
        assert_eq!(read("1970-01-01T00:00:02Z").instant(), 2000);
        assert_eq!(read("1970-01-01T02:00:02.5+02:00").instant(), 2500);
        let then = read("10m").instant();
        let ago = now() - then;
        assert!((600_000..660_000).contains(&ago), "{ago}");
        assert_eq!(read("10m").to_string(), "10m");
        for bad in ["", "10", "yesterday", "2026-01-31", "2026-01-31T12:00:00", "-5m"] {
            bad.parse::<Since>().unwrap_err();
        }
    }
}
