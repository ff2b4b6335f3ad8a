//! What may stand behind `--uvx`.

use std::{fmt, str::FromStr};

use super::Invalid;

/// A package in an index of Python packages: `NAME`, `NAME@VERSION`, `NAME@latest`, `NAME[EXTRA]`, or with version
/// specifiers such as `NAME>=1,<2`.
///
/// uv itself takes more for a package: URLs, git repositories, files. A spec is sent by whoever may deploy, and
/// resolved by the broker, so nothing but names in the index is let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PythonSpec {
    /// As PEP 503 normalises it: small letters, digits and single `-`.
    pub(crate) name: String,
    /// Normalised too, sorted, each once.
    pub(crate) extras: Vec<String>,
    /// Version specifiers (PEP 440), none of which is a URL.
    specifiers: Vec<Specifier>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Specifier {
    operator: &'static str,
    version: String,
}

/// Longest spec, in bytes.
const LONGEST: usize = 300;

/// Longer ones first, so that `>=` is not read as `>`.
const OPERATORS: [&str; 7] = ["==", "!=", "~=", "<=", ">=", "<", ">"];

impl PythonSpec {
    /// The version, when one is named.
    pub(crate) fn exact(&self) -> Option<&str> {
        match &self.specifiers[..] {
            [only] if only.operator == "==" && !only.version.ends_with('*') => Some(&only.version),
            _ => None,
        }
    }

    /// The same package and extras at one version.
    pub(crate) fn at(&self, version: &str) -> Self {
        Self {
            specifiers: vec![Specifier {
                operator: "==",
                version: version.to_owned(),
            }],
            ..self.clone()
        }
    }
}

impl FromStr for PythonSpec {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = |problem: &str| {
            let shown: String = text.chars().take(100).collect();
            Invalid(format!(
                "{shown:?} is not a package in the Python package index: {problem}"
            ))
        };
        if text.len() > LONGEST {
            return Err(refused("it is too long"));
        }
        let end = text
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let name = normalised(name)
            .ok_or_else(|| refused("its name must be of letters, digits, '-', '_' and '.'"))?;
        let (extras, rest) = match rest.strip_prefix('[') {
            None => (Vec::new(), rest),
            Some(rest) => {
                let (extras, rest) = rest
                    .split_once(']')
                    .ok_or_else(|| refused("the ']' behind its extras is missing"))?;
                (
                    read_extras(extras).ok_or_else(|| refused("its extras are not names"))?,
                    rest,
                )
            }
        };
        let specifiers = read_specifiers(rest).ok_or_else(|| {
            refused("behind the name stands ==1.2.3, @1.2.3, @latest or a range such as >=1,<2")
        })?;
        Ok(Self {
            name,
            extras,
            specifiers,
        })
    }
}

impl fmt::Display for PythonSpec {
    /// As a requirement (PEP 508).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.extras.is_empty() {
            write!(f, "[{}]", self.extras.join(","))?;
        }
        for (index, Specifier { operator, version }) in self.specifiers.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{operator}{version}")?;
        }
        Ok(())
    }
}

/// PEP 503: runs of `-`, `_` and `.` are one `-`, and letters are small. `None` when it is no name (PEP 508).
pub(crate) fn normalised(name: &str) -> Option<String> {
    let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if !ends_well(name.chars().next()) || !ends_well(name.chars().next_back()) {
        return None;
    }
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c if c.is_ascii_alphanumeric() => normal.push(c.to_ascii_lowercase()),
            _ => return None,
        }
    }
    Some(normal)
}

fn read_extras(text: &str) -> Option<Vec<String>> {
    let mut extras: Vec<String> = text
        .split(',')
        .map(|extra| normalised(extra.trim()))
        .collect::<Option<_>>()?;
    extras.sort();
    extras.dedup();
    Some(extras)
}

fn read_specifiers(text: &str) -> Option<Vec<Specifier>> {
    let text = text.trim();
    if let Some(version) = text.strip_prefix('@') {
        return match version {
            "latest" => Some(Vec::new()),
            version if is_python_version(version) => Some(vec![Specifier {
                operator: "==",
                version: version.to_owned(),
            }]),
            _ => None,
        };
    }
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(',').map(|one| read_specifier(one.trim())).collect()
}

fn read_specifier(text: &str) -> Option<Specifier> {
    let operator = OPERATORS
        .into_iter()
        .find(|operator| text.starts_with(operator))?;
    let version = text[operator.len()..].trim();
    let whole = match (operator, version.strip_suffix(".*")) {
        ("==" | "!=", Some(prefix)) => prefix,
        _ => version,
    };
    is_python_version(whole).then(|| Specifier {
        operator,
        version: version.to_owned(),
    })
}

/// Whether `text` has the form of a version (PEP 440, "Version scheme"): safe in a file's name, too.
pub(crate) fn is_python_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 100
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '!' | '+' | '-' | '_'))
        && !text.contains("..")
}

/// Whether two versions are surely one: `1.2`, `v1.2` and `1.2.0` are (PEP 440, "Version matching"). Rarer spellings
/// count as different.
pub(crate) fn is_same_version(one: &str, other: &str) -> bool {
    let plain = |version: &str| {
        let version = version.trim_start_matches('v').to_ascii_lowercase();
        let end = version
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(version.len());
        let (release, rest) = version.split_at(end);
        let mut release = release.trim_end_matches('.');
        while let Some(shorter) = release.strip_suffix(".0") {
            release = shorter;
        }
        let rest: String = rest.chars().filter(|c| !matches!(c, '.' | '-' | '_')).collect();
        format!("{release} {rest}")
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_index_are_taken() {
        for (text, requirement, exact) in [
            ("mcp-server-time", "mcp-server-time", None),
            ("MCP_Server..Time", "mcp-server-time", None),
            ("server==1.2", "server==1.2", Some("1.2")),
            ("server@1.2.0rc1", "server==1.2.0rc1", Some("1.2.0rc1")),
            ("server@latest", "server", None),
            ("server[b,A_x,b]", "server[a-x,b]", None),
            ("server[cli]@2", "server[cli]==2", Some("2")),
            ("server>=1,<2", "server>=1,<2", None),
            ("server ~= 1.4.2, != 1.4.5", "server~=1.4.2,!=1.4.5", None),
            ("server==1.*", "server==1.*", None),
            ("s==1!2.0+local.1", "s==1!2.0+local.1", Some("1!2.0+local.1")),
        ] {
            let spec: PythonSpec = text.parse().unwrap();
            assert_eq!((spec.to_string().as_str(), spec.exact()), (requirement, exact));
            assert_eq!(spec.at("3.1").exact(), Some("3.1"));
        }
    }

    #[test]
    fn whatever_else_uv_would_take_is_refused() {
        for bad in [
            "",
            "-r",
            "--index-url=http://evil",
            ".",
            "./folder",
            "/folder",
            "name/",
            "name.whl/x",
            "git+https://host/x",
            "https://host/x.whl",
            "name @ https://host/x.whl",
            "name@https://host/x.whl",
            "name@file:///x",
            "name@git+ssh://host/x",
            "name @ ./x",
            "name@../x",
            "name@",
            "name==",
            "name==*",
            "name===1.0",
            "name>=1.*",
            "name=1",
            "name>=1,",
            "name[",
            "name[]",
            "name[a b]",
            "name[a]b",
            "name; python_version>'3'",
            "name==1; os_name=='x'",
            "name==1 --hash=x",
            "name\n-r x",
            "name==1\nother",
            "name-",
            "_name",
            "na me",
            "é",
            &"a".repeat(301),
        ] {
            assert!(bad.parse::<PythonSpec>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn one_version_has_several_spellings() {
        for (one, other) in [
            ("1.2", "1.2.0"),
            ("v1", "1.0.0"),
            ("1.0.RC1", "1rc1"),
            ("2.10", "2.10"),
        ] {
            assert!(is_same_version(one, other), "{one} {other}");
        }
        for (one, other) in [("1.2", "1.20"), ("1.2", "1.2rc1"), ("1", "1!1"), ("1.1", "11")] {
            assert!(!is_same_version(one, other), "{one} {other}");
        }
    }
}
