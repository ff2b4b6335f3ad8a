//! Names of images.

use std::fmt;

use super::EngineError;

/// `[HOST[:PORT]/]NAME[:TAG][@DIGEST]`, as it is written, with `latest` for a tag that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// All before the tag and the digest.
    name: String,
    tag: String,
    digest: Option<String>,
}

impl Reference {
    /// Takes what may stand in the path of a request to the engine as it is, and nothing else.
    pub(crate) fn parse(text: &str) -> Result<Self, EngineError> {
        let bad = || EngineError::BadReference {
            reference: text.chars().take(200).collect(),
        };
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            // A colon before a slash is a port's.
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (rest, "latest"),
        };
        let (host, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
            _ => (None, name),
        };
        let fits = host.is_none_or(is_host)
            && !path.is_empty()
            && name.len() <= 255
            && path.split('/').all(is_component)
            && is_tag(tag)
            && digest.is_none_or(is_digest);
        if !fits {
            return Err(bad());
        }
        Ok(Self {
            name: name.to_owned(),
            tag: tag.to_owned(),
            digest: digest.map(ToOwned::to_owned),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The last part of the name.
    pub(crate) fn short(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// The digest, where it names one image for ever.
    pub(crate) fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The same name by a digest.
    pub(crate) fn pinned(&self, digest: &str) -> String {
        format!("{}@{digest}", self.name)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.digest {
            Some(digest) => write!(f, "{}@{digest}", self.name),
            None => write!(f, "{}:{}", self.name, self.tag),
        }
    }
}

fn is_host(host: &str) -> bool {
    host.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
}

fn is_component(part: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    part.bytes().next().is_some_and(plain)
        && part.bytes().last().is_some_and(plain)
        && part.bytes().all(|b| plain(b) || matches!(b, b'.' | b'_' | b'-'))
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= 128
        && tag
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
        && tag
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_whole_or_not_at_all() {
        let hex = "ab".repeat(32);
        let check = |text: &str, expected: &str| {
            let reference = Reference::parse(text).unwrap();
            assert_eq!(reference.to_string(), expected);
        };
        check("busybox", "busybox:latest");
        check("library/busybox:1.36", "library/busybox:1.36");
        check("127.0.0.1:5000/a/b__c", "127.0.0.1:5000/a/b__c:latest");
        check("localhost/x:Y_1", "localhost/x:Y_1");
        check(
            &format!("ghcr.io/a/b:1@sha256:{hex}"),
            &format!("ghcr.io/a/b@sha256:{hex}"),
        );
        assert_eq!(Reference::parse("ghcr.io/a/b:1").unwrap().short(), "b");
        for bad in [
            "",
            ":",
            "@",
            "UPPER",
            "a:",
            "a@sha256:1",
            "a/../b",
            "a?b",
            "a b",
            "a#b",
            "../x",
            "a//b",
            "/a",
            "a:b:c",
            "-a",
            "a%2e",
            "h.io/",
        ] {
            Reference::parse(bad).unwrap_err();
        }
    }
}
