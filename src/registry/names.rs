//! What stands in the registry's paths (distribution specification 1.1, "Pulling manifests", "Endpoints").

use std::fmt;

use super::errors::{OciError, invalid_digest, invalid_manifest, invalid_name};
use crate::model::Digest;

/// Longest repository name, so that it fits into a host's 255 characters together with a short registry.
const LONGEST: usize = 255;

/// A repository: one name, such as a connector's, or several with slashes between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository(String);

impl Repository {
    pub(super) fn parse(name: &str) -> Result<Self, OciError> {
        if name.len() > LONGEST {
            return Err(invalid_name(&format!(
                "the repository name is longer than {LONGEST} characters"
            )));
        }
        if name.split('/').all(is_component) {
            Ok(Self(name.to_owned()))
        } else {
            Err(invalid_name(&format!(
                "repository name {name:?} is not valid: its parts, between slashes, are made of a-z and 0-9 with \
                 '-', '.', '_' or '__' between them, such as \"team/gong-crm\""
            )))
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let starts_and_ends_plain = text.starts_with(is_plain) && text.ends_with(is_plain);
    starts_and_ends_plain
        && text.split(is_plain).all(|between| {
            matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-')
        })
}

/// What a path names a manifest by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    Digest(Digest),
    Tag(String),
}

impl Reference {
    pub(super) fn parse(text: &str) -> Result<Self, OciError> {
        if text.contains(':') {
            return Ok(Self::Digest(digest(text)?));
        }
        let head = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_tag = text.len() <= 128
            && text.starts_with(head)
            && text.chars().all(|c| head(c) || matches!(c, '.' | '-'));
        if is_tag {
            Ok(Self::Tag(text.to_owned()))
        } else {
            Err(invalid_manifest(
                "the reference is neither a tag (1 to 128 of A-Z, a-z, 0-9, '_', '.' and '-') nor a digest",
            ))
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Digest(digest) => digest.as_str(),
            Self::Tag(tag) => tag,
        }
    }
}

pub(super) fn digest(text: &str) -> Result<Digest, OciError> {
    text.parse().map_err(|error| invalid_digest(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_names_follow_the_specification() {
        for good in [
            "gong",
            "team/app",
            "a/b/c/d",
            "a.b_c__d-e---f",
            "blobs/manifests/uploads",
            "0",
            &"a".repeat(255),
        ] {
            Repository::parse(good).unwrap();
        }
        for bad in [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            "A",
            "a..b",
            "..",
            "a/../b",
            "a___b",
            "-a",
            "a-",
            "a._b",
            "a b",
            "é",
            "a\u{0}b",
            "a:b",
            &"a".repeat(256),
        ] {
            Repository::parse(bad).unwrap_err();
        }
    }

    #[test]
    fn tags_follow_the_specification() {
        for good in ["v1.0", "_x", "A-b.c", &"a".repeat(128)] {
            assert_eq!(Reference::parse(good).unwrap(), Reference::Tag(good.to_owned()));
        }
        for bad in ["", ".x", "-x", "a/b", "é", &"a".repeat(129), "sha256:x", "a:b"] {
            Reference::parse(bad).unwrap_err();
        }
    }
}
