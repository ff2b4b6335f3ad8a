//! The values that a connector gets in its environment, and what they may be.

use serde::{Deserialize, Serialize};

use super::{EnvName, Invalid};

/// Longest value in bytes. A system takes 128 KiB for a variable with its name, and less for all together.
pub(crate) const LARGEST_VALUE: usize = 64 << 10;
/// All values of a connector together, with their names, in bytes.
pub(crate) const LARGEST_ENVIRONMENT: usize = 512 << 10;

/// Longest value that travels in a header, in bytes. Servers take 8 to 16 KiB for all the headers of a request.
const LARGEST_HEADER: usize = 4 << 10;

/// What kind of value stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ValueKind {
    /// For everybody, and shown to those who may change it.
    Plain,
    /// For everybody, and never shown again.
    Secret,
    /// Each user gives one.
    PerUser,
}

impl ValueKind {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Secret, Self::PerUser];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Secret => "secret",
            Self::PerUser => "per-user",
        }
    }
}

/// Whether a variable can have the value. The text never says what the value is.
pub(crate) fn check_value(name: &EnvName, value: &str) -> Result<(), Invalid> {
    if value.contains('\0') {
        return Err(Invalid(format!(
            "the value of {name} has a NUL byte in it, which no variable can have"
        )));
    }
    if value.len() > LARGEST_VALUE {
        return Err(Invalid(format!(
            "the value of {name} is {} KiB long: a variable takes at most {}",
            value.len().div_ceil(1024),
            LARGEST_VALUE >> 10
        )));
    }
    Ok(())
}

/// Why the value can't travel in a header just as it is; `None` when it can. To be read behind "it".
pub(crate) fn unfit_for_header(value: &str) -> Option<&'static str> {
    let is_outer_space = value.trim_matches([' ', '\t']).len() != value.len();
    if value.contains(['\r', '\n']) {
        Some("has more than one line")
    } else if !value.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~')) {
        Some("has characters other than those of ASCII")
    } else if is_outer_space {
        Some("begins or ends with a space")
    } else if value.len() > LARGEST_HEADER {
        Some("is longer than 4 KiB")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_variable_can_have_is_refused_unseen() {
        let name: EnvName = "KEY".parse().unwrap();
        for good in ["", " x ", "line\r\nline", "é", &"x".repeat(LARGEST_VALUE)] {
            check_value(&name, good).unwrap();
        }
        for bad in ["canary\0", &"canary".repeat(LARGEST_VALUE / 5)] {
            let error = check_value(&name, bad).unwrap_err().to_string();
            assert!(error.contains("KEY") && !error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_header_takes_what_arrives_as_it_was_given() {
        for good in ["", "a b", "{\"a\":\t1}", &"x".repeat(LARGEST_HEADER)] {
            assert_eq!(unfit_for_header(good), None, "{good:?}");
        }
        for bad in [
            "a\nb",
            "a\r",
            "\0",
            "\x7f",
            "é",
            " a",
            "a\t",
            &"x".repeat(LARGEST_HEADER + 1),
        ] {
            assert!(unfit_for_header(bad).is_some(), "{bad:?}");
        }
    }
}
