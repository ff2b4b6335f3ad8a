//! An error in one line.

use std::error::Error;

/// An error and what caused it, as one line for a person. `Display` never includes the source, so nothing is said
/// twice.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
