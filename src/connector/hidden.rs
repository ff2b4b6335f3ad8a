//! What must not appear in anything that an instance says: the values that were given to it.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use ::http::HeaderMap;
use arc_swap::ArcSwap;

use crate::secret::Secret;

/// A value shorter than this is no secret worth hiding, and hiding it would make lines unreadable. In bytes.
const SHORTEST: usize = 8;
/// The same for a word inside of a value, which may well be a common one.
const SHORTEST_WORD: usize = 16;
/// How many values that came with calls are remembered: the last ones.
const DELIVERED: usize = 256;

/// The values given to one instance: in its environment, and in the headers of its calls.
#[derive(Debug)]
pub(crate) struct Hidden {
    given: Words,
    /// Swapped whole, so that calls never wait for one another or for a long line that is being looked through.
    delivered: ArcSwap<Vec<(u64, Words)>>,
    hasher: RandomState,
}

/// The forms in which one value may show up.
type Words = Arc<[Secret<String>]>;

impl Hidden {
    /// `given`: its environment.
    pub(crate) fn new<'a>(given: impl Iterator<Item = &'a str>) -> Self {
        Self {
            given: given.flat_map(words).collect(),
            delivered: ArcSwap::default(),
            hasher: RandomState::new(),
        }
    }

    /// Remembers what is delivered with a call. Costs a hash where it is known already, which is nearly always.
    pub(super) fn deliver(&self, headers: &HeaderMap) {
        for value in headers.values() {
            if let Ok(text) = value.to_str() {
                self.deliver_text(text);
            }
        }
    }

    /// The same for a value that is delivered in another way, to be called before it is.
    pub(crate) fn deliver_text(&self, text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        let hash = self.hasher.hash_one(text);
        if self.delivered.load().iter().any(|(known, _)| *known == hash) {
            return;
        }
        let words: Words = words(text).into();
        self.delivered.rcu(|known| {
            let surplus = (known.len() + 1).saturating_sub(DELIVERED);
            let kept = known.iter().skip(surplus).cloned();
            kept.chain([(hash, Arc::clone(&words))]).collect::<Vec<_>>()
        });
    }

    /// `text` with `***` for each of the values.
    pub(crate) fn hide(&self, mut text: String) -> String {
        let delivered = self.delivered.load_full();
        let words = delivered.iter().flat_map(|(_, words)| words.iter());
        let mut found: Vec<_> = words
            .chain(self.given.iter())
            .map(|word| word.expose().as_str())
            .filter(|word| text.contains(word))
            .collect();
        // The longest first: a value may be part of another one.
        found.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        for word in found {
            text = text.replace(word, "***");
        }
        text
    }

    /// How much of `text`, which goes on elsewhere, ends before anything that may be the beginning of a value.
    pub(crate) fn safe_length(&self, text: &[u8]) -> usize {
        let delivered = self.delivered.load_full();
        let words = delivered.iter().flat_map(|(_, words)| words.iter());
        let words: Vec<_> = words
            .chain(self.given.iter())
            .map(|word| word.expose().as_bytes())
            .collect();
        let begins = |word: &&[u8]| {
            let first = (text.len() + 1).saturating_sub(word.len());
            (first..text.len()).find(|at| word.starts_with(&text[*at..]))
        };
        let mut end = words.iter().filter_map(begins).min().unwrap_or(text.len());
        // Nor is a value cut that is there whole.
        let crosses = |end: usize, word: &[u8]| {
            let first = (end + 1).saturating_sub(word.len());
            (first..end).find(|at| text[*at..].starts_with(word))
        };
        while let Some(earlier) = words.iter().filter_map(|word| crosses(end, word)).min() {
            end = earlier;
        }
        end
    }
}

/// A value whole, each of its lines, and the bare token in a template such as `Bearer TOKEN`.
fn words(value: &str) -> Vec<Secret<String>> {
    let mut words = vec![value.trim()];
    for line in value.lines() {
        words.push(line.trim());
        let parts = line.split(|c: char| c.is_whitespace() || "\"',;=".contains(c));
        words.extend(parts.filter(|part| part.len() >= SHORTEST_WORD));
        let mut parts = line.split_whitespace();
        if let (Some(_), Some(token), None) = (parts.next(), parts.next(), parts.next()) {
            words.push(token);
        }
    }
    words.retain(|word| word.len() >= SHORTEST);
    words.sort_unstable();
    words.dedup();
    words
        .into_iter()
        .map(|word| Secret::new(word.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_hidden_whole_and_in_parts() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n";
        let environment = [
            "Bearer canary-1",
            key,
            "short",
            r#"{"token":"canary-in-some-json"}"#,
        ];
        let hidden = Hidden::new(environment.into_iter());
        let told = |text: &str| hidden.hide(text.into());
        assert_eq!(told("Bearer canary-1, or canary-1"), "***, or ***");
        assert_eq!(told("key MIIEvQIBADANBg"), "key ***");
        assert_eq!(told("key kqhkiG9w0BAQEF, short"), "key ***, short");
        assert_eq!(told("token canary-in-some-json"), "token ***");
    }

    #[test]
    fn a_text_that_goes_on_ends_before_what_may_be_a_value() {
        let hidden = Hidden::new(["canary-1234", "1234-other", "nary"].into_iter());
        hidden.deliver_text("delivered-token");
        for (text, safe) in [
            ("nothing of it", "nothing of it"),
            ("ends in can", "ends in "),
            ("ends in canary-1234", "ends in "),
            ("has canary-1234 in it", "has canary-1234 in it"),
            ("said delivered-to", "said "),
            ("canary", ""),
            ("", ""),
        ] {
            assert_eq!(hidden.safe_length(text.as_bytes()), safe.len(), "{text}");
        }
    }

    #[test]
    fn the_last_values_delivered_are_remembered_once_each() {
        let hidden = Hidden::new(std::iter::empty());
        let headers = |number: usize| {
            let value = format!("Bearer canary-{number:04}").parse().unwrap();
            HeaderMap::from_iter([(::http::header::AUTHORIZATION, value)])
        };
        for number in (0..300).chain(290..300) {
            hidden.deliver(&headers(number));
        }
        assert_eq!(hidden.delivered.load().len(), DELIVERED);
        assert_eq!(hidden.hide("canary-0299 canary-0044".into()), "*** ***");
        assert_eq!(hidden.hide("canary-0043".into()), "canary-0043");
    }
}
