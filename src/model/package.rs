//! What may stand behind `--npx`.

use std::{fmt, str::FromStr};

use super::Invalid;

/// A package in an npm registry: `NAME` or `NAME@VERSION`, where the version may be a range or a tag.
///
/// npm itself takes much more for a package: flags, URLs, git repositories, files. A spec is sent by whoever may
/// deploy, and run by the broker, so nothing but names in the registry is let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageSpec {
    /// `name` or `@scope/name`.
    pub(crate) name: String,
    /// What stands behind the `@`.
    wanted: Option<String>,
}

/// Longest name of a package, which npm fixes, and longest range.
const LONGEST: usize = 214;

/// How file names of packages end; npm takes such texts for files.
const ARCHIVES: [&str; 3] = [".tgz", ".tar", ".tar.gz"];

impl PackageSpec {
    /// The version, when it is exact.
    pub(crate) fn exact(&self) -> Option<&str> {
        self.wanted.as_deref().filter(|wanted| is_version(wanted))
    }

    /// The same package at whatever version, where one is wanted.
    pub(crate) fn bare(&self) -> Option<Self> {
        self.wanted.as_ref().map(|_| Self {
            name: self.name.clone(),
            wanted: None,
        })
    }

    /// The same package at one version.
    pub(crate) fn at(&self, version: &str) -> Self {
        Self {
            name: self.name.clone(),
            wanted: Some(version.to_owned()),
        }
    }
}

impl FromStr for PackageSpec {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = |problem: &str| {
            let shown: String = text.chars().take(100).collect();
            Err(Invalid(format!(
                "{shown:?} is not a package in the npm registry: {problem}"
            )))
        };
        let (name, wanted) = match text.char_indices().skip(1).find(|(_, c)| *c == '@') {
            Some((at, _)) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        if !is_name(name) {
            return refused("its name must be NAME or @SCOPE/NAME, of letters, digits, '-', '_' and '.'");
        }
        if let Some(wanted) = wanted
            && !is_range(wanted)
        {
            return refused("behind '@' stands a version such as 1.2.3, a range or a tag");
        }
        Ok(Self {
            name: name.to_owned(),
            wanted: wanted.map(str::to_owned),
        })
    }
}

impl fmt::Display for PackageSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.wanted {
            Some(wanted) => write!(f, "@{wanted}"),
            None => Ok(()),
        }
    }
}

fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let well_formed = match name.strip_prefix('@') {
        Some(scoped) => scoped
            .split_once('/')
            .is_some_and(|(scope, name)| part(scope) && part(name)),
        None => part(name),
    };
    well_formed && name.len() <= LONGEST && !is_archive(name)
}

fn is_range(text: &str) -> bool {
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                '.' | '-' | '_' | '+' | '^' | '~' | '*' | '<' | '>' | '=' | '|' | ' '
            )
    };
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '^' | '~' | '*' | '<' | '>' | '='))
        && text.chars().all(allowed)
        && text.len() <= LONGEST
        && !is_archive(text)
}

/// Whether `text` is a whole version (Semantic Versioning 2.0.0): safe as a folder's name, too.
pub(crate) fn is_version(text: &str) -> bool {
    let (rest, build) = match text.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (text, None),
    };
    let (core, pre) = match rest.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (rest, None),
    };
    let numbers: Vec<&str> = core.split('.').collect();
    let is_number =
        |text: &&str| !text.is_empty() && text.len() <= 16 && text.bytes().all(|b| b.is_ascii_digit());
    let is_label = |text: &str| {
        text.split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    };
    numbers.len() == 3
        && numbers.iter().all(is_number)
        && pre.is_none_or(is_label)
        && build.is_none_or(is_label)
        && text.len() <= LONGEST
}

fn is_archive(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ARCHIVES.iter().any(|ending| lower.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_registry_are_taken() {
        for (text, name, exact) in [
            ("server", "server", None),
            ("@scope/server", "@scope/server", None),
            ("server@1.2.3", "server", Some("1.2.3")),
            ("@scope/server@2026.8.31", "@scope/server", Some("2026.8.31")),
            ("server@1.0.0-rc.1+b5", "server", Some("1.0.0-rc.1+b5")),
            ("server@^1.2", "server", None),
            ("server@>=1 <3 || 5.x", "server", None),
            ("server@next", "server", None),
            ("JSONStream@*", "JSONStream", None),
        ] {
            let spec: PackageSpec = text.parse().unwrap();
            assert_eq!((spec.name.as_str(), spec.exact()), (name, exact));
            assert_eq!(spec.to_string(), text);
        }
    }

    #[test]
    fn whatever_else_npm_would_take_is_refused() {
        for bad in [
            "",
            "@",
            "@scope",
            "@scope/",
            "@/name",
            "-g",
            "--registry=http://evil",
            ".",
            "..",
            "./folder",
            "../folder",
            "/folder",
            "~/folder",
            "folder/",
            "user/repository",
            "github:user/repository",
            "git+ssh://host/repository",
            "git@host:repository",
            "https://host/package.tgz",
            "file:package",
            "package.tgz",
            "package.TAR.GZ",
            "name@file:.",
            "name@npm:other",
            "name@https://host/x",
            "name@user/repository",
            "name@./folder",
            "name@.",
            "name@../x",
            "name@",
            "name@-1",
            "name@x.tgz",
            "name@1.2.3@4",
            "a b",
            "name;rm",
            "name\n",
            "name@1\n",
            "na\0me",
            "@sc@ope/name",
            "é",
            &"a".repeat(215),
        ] {
            assert!(bad.parse::<PackageSpec>().is_err(), "{bad:?}");
        }
        for bad in ["1.2", "1.2.x", "v1.2.3", "1.2.3-", "1.2.3-/..", "1..3", "../../x"] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
