//! Parameters as they come in a query or a form.

use crate::secret::Secret;

/// Parameters of a request.
pub(super) struct Params(Vec<(String, Secret<String>)>);

impl Params {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Self(
            pairs
                .map(|(name, value)| (name.into_owned(), Secret::new(value.into_owned())))
                .collect(),
        )
    }

    /// A parameter's value. One without a value counts as absent (RFC 6749 §3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.expose().as_str())
            .filter(|value| !value.is_empty())
    }

    /// The first of `names` that is there more than once, which none may be (RFC 6749 §3.1).
    pub(super) fn repeated<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        let count = |name: &str| self.0.iter().filter(|(known, _)| known == name).count();
        names.iter().find(|name| count(name) > 1).copied()
    }
}
