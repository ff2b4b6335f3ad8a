//! References of container images.

use std::{fmt, str::FromStr};

use super::{Digest, Invalid};

/// Where an image without a registry in its name comes from, as every engine has it.
const DEFAULT_DOMAIN: &str = "docker.io";
/// In front of a name of one part at the default registry.
const OFFICIAL: &str = "library";
const DEFAULT_TAG: &str = "latest";
/// Longest name without tag and digest, as the reference grammar of the distribution project has it.
const LONGEST: usize = 255;

/// A container image's name in a registry, by the reference grammar of the distribution project:
/// `[DOMAIN[:PORT]/]PATH[:TAG][@DIGEST]`. What is left out is filled in as engines fill it in, so that two ways to
/// write one reference are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ImageReference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl ImageReference {
    /// Registry and path: `docker.io/library/busybox`.
    pub(crate) fn repository(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The last part of the path, which says best what it is.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub(crate) fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What it names, pinned to one content for ever.
    pub(crate) fn at(&self, digest: &Digest) -> String {
        format!("{}@{digest}", self.repository())
    }
}

impl FromStr for ImageReference {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        parse(text).map_err(|problem| {
            let shown: String = text.chars().take(120).collect();
            Invalid(format!(
                "image {shown:?} {problem}: write it as NAME, NAME:TAG, REGISTRY/NAME:TAG or NAME@sha256:…"
            ))
        })
    }
}

fn parse(text: &str) -> Result<ImageReference, String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if let Some(bad) = text
        .chars()
        .find(|c| !c.is_ascii_graphic() || matches!(c, '?' | '#' | '%' | '\\' | '$' | '{' | '}'))
    {
        return Err(format!("has the character {bad:?} in it"));
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(format!("starts with {scheme}://, which no reference does"));
    }
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("is an image's id, which means nothing to a registry".to_owned());
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => {
            let digest = digest.parse::<Digest>();
            (
                rest,
                Some(digest.map_err(|invalid| format!("is not a reference: {invalid}"))?),
            )
        }
        None => (text, None),
    };
    // A colon before the last slash belongs to the registry's port.
    let last = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match rest[last..].find(':') {
        Some(colon) => {
            let (name, tag) = rest.split_at(last + colon);
            (name, Some(&tag[1..]))
        }
        None => (rest, None),
    };
    if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
        return Err(format!(
            "has the tag {tag:?}, and a tag is 1 to 128 letters, digits, '_', '.' and '-'"
        ));
    }
    let (domain, path) = match name.split_once('/') {
        Some((first, path)) if is_domain_like(first) => (first.to_owned(), path.to_owned()),
        _ => (DEFAULT_DOMAIN.to_owned(), name.to_owned()),
    };
    let domain = if domain == "index.docker.io" {
        DEFAULT_DOMAIN.to_owned()
    } else {
        domain
    };
    if !is_domain(&domain) {
        return Err(format!("names the registry {domain:?}, which is not a host name"));
    }
    if path.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err("has an upper-case letter in its name, and names are lower case".to_owned());
    }
    if let Some(part) = path.split('/').find(|part| !is_path_part(part)) {
        return Err(match part {
            "" => "has an empty part in its name".to_owned(),
            _ => format!(
                "has the part {part:?} in its name, which is not one of a-z, 0-9 and single separators"
            ),
        });
    }
    let path = match domain == DEFAULT_DOMAIN && !path.contains('/') {
        true => format!("{OFFICIAL}/{path}"),
        false => path,
    };
    if domain.len() + 1 + path.len() > LONGEST {
        return Err(format!("has a name of more than {LONGEST} characters"));
    }
    let tag = match (tag, &digest) {
        (Some(tag), _) => Some(tag.to_owned()),
        (None, Some(_)) => None,
        (None, None) => Some(DEFAULT_TAG.to_owned()),
    };
    Ok(ImageReference {
        domain,
        path,
        tag,
        digest,
    })
}

/// What a broker's registry is asked for: `REPOSITORY:TAG` or `REPOSITORY@DIGEST`. Without either it is the tag
/// `latest`; in front, a registry's host may stand, as in what was pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArtifactReference {
    /// The host that stands in front and can't be part of a repository's name, or could be one.
    host: Option<String>,
    path: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl ArtifactReference {
    /// The repository in the registry of the broker at `broker` (`HOST` or `HOST:PORT`).
    pub(crate) fn repository(&self, broker: &str) -> Result<String, Invalid> {
        match &self.host {
            None => Ok(self.path.clone()),
            Some(host) if host == broker => Ok(self.path.clone()),
            // A repository's name may have dots too.
            Some(host) if is_path_part(host) => Ok(format!("{host}/{}", self.path)),
            Some(host) => Err(Invalid(format!(
                "the artifact is to be in the registry {host}, and the broker's is {broker}: leave the registry out, \
                 or deploy from that one with --image"
            ))),
        }
    }

    /// The tag or the digest: the digest where there are both.
    pub(crate) fn reference(&self) -> &str {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.as_str(),
            (None, Some(tag)) => tag,
            (None, None) => DEFAULT_TAG,
        }
    }
}

impl FromStr for ArtifactReference {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parsed = parse(text).map_err(|problem| {
            let shown: String = text.chars().take(120).collect();
            Invalid(format!(
                "artifact {shown:?} {problem}: write it as NAME:TAG or NAME@sha256:…"
            ))
        })?;
        let written = text.split('@').next().unwrap_or(text);
        let host = written
            .split_once('/')
            .map(|(first, _)| first)
            .filter(|first| is_domain_like(first));
        let path = match host {
            // What an image's name is filled in with means nothing here.
            None => parsed
                .path
                .strip_prefix("library/")
                .filter(|_| !written.starts_with("library/")),
            Some(_) => None,
        };
        Ok(Self {
            host: host.map(str::to_owned),
            path: path.unwrap_or(&parsed.path).to_owned(),
            tag: parsed.tag,
            digest: parsed.digest,
        })
    }
}

/// Whether the first part of a name is a registry: engines look for a dot, a port or `localhost`.
fn is_domain_like(first: &str) -> bool {
    first.contains(['.', ':', '[']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let is_host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(is_label),
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Runs of letters and digits, with one `.`, one or two `_`, or any number of `-` between them.
fn is_path_part(part: &str) -> bool {
    let separators = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let between = |text: &str| matches!(text, "" | "." | "_" | "__") || text.bytes().all(|b| b == b'-');
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(ends) && part.ends_with(ends) && separators.into_iter().all(between)
}

fn is_tag(text: &str) -> bool {
    let head = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(head) && text.chars().all(|c| head(c) || matches!(c, '.' | '-'))
}

impl fmt::Display for ImageReference {
    /// As people write it: without what engines fill in, but with the tag.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let official = format!("{OFFICIAL}/");
        match self.domain == DEFAULT_DOMAIN {
            true => f.write_str(self.path.strip_prefix(&official).unwrap_or(&self.path))?,
            false => write!(f, "{}/{}", self.domain, self.path)?,
        }
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_filled_in() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = format!("busybox@{digest}");
        let both = format!("ghcr.io/acme/gong:v1@{digest}");
        for (text, repository, tag, shown) in [
            (
                "busybox",
                "docker.io/library/busybox",
                Some("latest"),
                "busybox:latest",
            ),
            (
                "busybox:1.36",
                "docker.io/library/busybox",
                Some("1.36"),
                "busybox:1.36",
            ),
            (
                "acme/gong",
                "docker.io/acme/gong",
                Some("latest"),
                "acme/gong:latest",
            ),
            (
                "docker.io/busybox",
                "docker.io/library/busybox",
                Some("latest"),
                "busybox:latest",
            ),
            (
                "index.docker.io/acme/gong",
                "docker.io/acme/gong",
                Some("latest"),
                "acme/gong:latest",
            ),
            (
                "localhost/gong",
                "localhost/gong",
                Some("latest"),
                "localhost/gong:latest",
            ),
            (
                "localhost:5000/gong:V1_x",
                "localhost:5000/gong",
                Some("V1_x"),
                "localhost:5000/gong:V1_x",
            ),
            (
                "127.0.0.1:5055/a/b__c/d--e:x",
                "127.0.0.1:5055/a/b__c/d--e",
                Some("x"),
                "127.0.0.1:5055/a/b__c/d--e:x",
            ),
            (
                "[::1]:5000/gong",
                "[::1]:5000/gong",
                Some("latest"),
                "[::1]:5000/gong:latest",
            ),
            (
                "Registry.example.com/gong",
                "Registry.example.com/gong",
                Some("latest"),
                "Registry.example.com/gong:latest",
            ),
            (&pinned, "docker.io/library/busybox", None, &pinned),
            (&both, "ghcr.io/acme/gong", Some("v1"), &both),
        ] {
            let reference: ImageReference = text.parse().unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(
                format!("{}/{}", reference.domain, reference.path),
                repository,
                "{text}"
            );
            assert_eq!(reference.tag.as_deref(), tag, "{text}");
            assert_eq!(reference.to_string(), shown, "{text}");
            let again: ImageReference = shown.parse().unwrap();
            assert_eq!(again, reference, "{text}");
        }
    }

    #[test]
    fn artifacts_lie_in_the_registry_of_the_broker() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = format!("gong@{digest}");
        for (text, repository, reference) in [
            ("gong", "gong", "latest"),
            ("gong:v1", "gong", "v1"),
            (&pinned, "gong", &digest),
            ("team/gong:v1", "team/gong", "v1"),
            ("library/gong", "library/gong", "latest"),
            ("a.b/gong", "a.b/gong", "latest"),
            ("berth.example:8443/gong:v1", "gong", "v1"),
            ("berth.example:8443/team/gong", "team/gong", "latest"),
        ] {
            let artifact: ArtifactReference = text.parse().unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(
                artifact.repository("berth.example:8443").unwrap(),
                repository,
                "{text}"
            );
            assert_eq!(artifact.reference(), reference, "{text}");
        }
        let elsewhere: ArtifactReference = "other.example:5000/gong".parse().unwrap();
        elsewhere.repository("berth.example:8443").unwrap_err();
        for bad in ["", "Gong", "gong:", "gong@sha256:1", "go ng", &digest] {
            bad.parse::<ArtifactReference>().unwrap_err();
        }
    }

    #[test]
    fn other_texts_say_what_is_wrong() {
        let id = "a".repeat(64);
        let long = format!("{}/x", "a".repeat(255));
        for (text, problem) in [
            ("", "is empty"),
            ("a b", "has the character ' '"),
            ("a\n", "has the character '\\n'"),
            ("é", "has the character 'é'"),
            ("a?x=1", "has the character '?'"),
            ("a$b", "has the character '$'"),
            ("https://host/a", "starts with https://"),
            ("Busybox", "upper-case letter"),
            ("host.example/Acme/gong", "upper-case letter"),
            ("a//b", "empty part"),
            ("/a", "empty part"),
            ("a/", "empty part"),
            ("../a", "names the registry \"..\""),
            ("host.example/../a", "which is not one of"),
            ("a..b", "which is not one of"),
            ("-a", "which is not one of"),
            ("a___b", "which is not one of"),
            ("a:", "has the tag \"\""),
            ("a:-x", "has the tag \"-x\""),
            ("a:b:c", "has the tag \"b:c\""),
            ("a@sha256:12", "is not a reference: digest"),
            ("a@latest", "is not a reference: digest"),
            ("host:port/a", "names the registry \"host:port\""),
            ("-host.example/a", "names the registry"),
            ("[::x]:1/a", "names the registry"),
            (&id, "is an image's id"),
            (&format!("sha256:{id}"), "is an image's id"),
            (&long, "more than 255"),
        ] {
            let error = text.parse::<ImageReference>().unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
