//! Command lines: one text, or the words one by one.

use std::{fmt, str::Chars};

use serde::{Deserializer, de};

use crate::model::Invalid;

/// The words of a command line: split at white space, with single quotes, double quotes and backslashes as a
/// POSIX shell reads them. Nothing is expanded.
pub(crate) fn split_words(text: &str) -> Result<Vec<String>, Invalid> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => words.extend(word.take()),
            '\'' | '"' => quoted(c, &mut chars, word.get_or_insert_default(), text)?,
            '\\' => {
                let next = chars
                    .next()
                    .ok_or_else(|| Invalid(format!("command {text:?} ends in a lone '\\'")))?;
                word.get_or_insert_default().push(next);
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if words.first().is_none_or(String::is_empty) {
        return Err(Invalid(format!("command {text:?} names no program")));
    }
    Ok(words)
}

/// Reads on to the quote that closes `quote`.
fn quoted(quote: char, chars: &mut Chars<'_>, word: &mut String, text: &str) -> Result<(), Invalid> {
    let unclosed = || Invalid(format!("command {text:?} has a quote that is never closed"));
    loop {
        match chars.next().ok_or_else(unclosed)? {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => match chars.next().ok_or_else(unclosed)? {
                c @ ('"' | '\\' | '$' | '`') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

/// Reads `"cmd args"` or `["cmd", "args"]`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    struct Words;

    impl<'de> de::Visitor<'de> for Words {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a command, such as \"node server.js\" or [\"node\", \"server.js\"]")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
            split_words(text).map_err(E::custom)
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Vec<String>, A::Error> {
            let mut words: Vec<String> = Vec::new();
            while let Some(word) = items.next_element()? {
                words.push(word);
            }
            if words.first().is_none_or(String::is_empty) {
                return Err(de::Error::custom("the command names no program"));
            }
            Ok(words)
        }
    }

    deserializer.deserialize_any(Words).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_would() {
        let split = |text| split_words(text).unwrap();
        assert_eq!(split("node  a.js"), ["node", "a.js"]);
        assert_eq!(
            split(r#"a "b \" c" 'd \ e' f\ g '' "#),
            ["a", "b \" c", "d \\ e", "f g", ""]
        );
        for bad in ["", " ", "'a", "\"a", "a \\", "''"] {
            split_words(bad).unwrap_err();
        }
    }
}
