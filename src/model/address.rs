//! Addresses of a provider that may hold variables, such as `https://{subdomain}.example/token`.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Invalid, VariableName, text::as_text};

/// What variables stand for, by name.
pub(crate) type Values = BTreeMap<VariableName, String>;

/// An absolute URL in which variables may stand for a host, parts of one, or parts of a path, and a variable at the
/// very beginning for a scheme and host. Where the variables are nobody's but the admin's, the values are checked all the
/// same: none can leave the place that it stands at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Address {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(VariableName),
}

impl Address {
    /// The address with `values` in it. Fails when one is missing, or would change more than its own place.
    pub(crate) fn fill(&self, values: &Values) -> Result<Url, Invalid> {
        let value = |name: &VariableName| {
            let missing = || {
                Invalid(format!(
                    "the address {} needs a value for {{{name}}}",
                    self.source
                ))
            };
            values.get(name).map(String::as_str).ok_or_else(missing)
        };
        self.fill_with(value)
    }

    fn fill_with<'v>(
        &self,
        value: impl Fn(&VariableName) -> Result<&'v str, Invalid>,
    ) -> Result<Url, Invalid> {
        let mut text = String::new();
        for (position, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Variable(name) if position == 0 => text.push_str(&origin(name, value(name)?)?),
                Part::Variable(name) => text.push_str(plain(name, value(name)?)?),
            }
        }
        text.parse()
            .map_err(|error| Invalid(format!("{text:?} is not a URL: {error}")))
    }

    /// The variables in it, in order.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &VariableName> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name),
            Part::Text(_) => None,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.source
    }
}

/// The value of a variable that an address begins with: a scheme and a host, and nothing after it.
fn origin(name: &VariableName, value: &str) -> Result<String, Invalid> {
    let refuse = || {
        Invalid(format!(
            "the value of {{{name}}} has to be a scheme and a host alone, such as https://eu.example.com"
        ))
    };
    let url: Url = value.parse().map_err(|_| refuse())?;
    let whole = url.origin().ascii_serialization();
    // Compared with what was given, so that nothing is dropped in silence.
    if !matches!(url.scheme(), "http" | "https") || value.trim_end_matches('/') != whole {
        return Err(refuse());
    }
    Ok(whole)
}

/// The value of a variable within an address: letters, digits, hyphens, underscores and single dots between them, which mean nothing
/// else anywhere in a host or a path.
fn plain<'v>(name: &VariableName, value: &'v str) -> Result<&'v str, Invalid> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_label = |label: &str| !label.is_empty();
    if value.len() > 253 || !value.bytes().all(is_plain) || !value.split('.').all(is_label) {
        return Err(Invalid(format!(
            "the value of {{{name}}} may have letters, digits, hyphens, underscores and dots between them alone"
        )));
    }
    Ok(value)
}

impl FromStr for Address {
    type Err = Invalid;

    fn from_str(source: &str) -> Result<Self, Invalid> {
        if !source.contains(['{', '}']) {
            let url: Url = source
                .parse()
                .map_err(|error| Invalid(format!("{source:?} is not a URL: {error}")))?;
            return Ok(Self {
                source: url.to_string(),
                parts: vec![Part::Text(url.into())],
            });
        }
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some((text, after)) = rest.split_once('{') {
            let braces = || Invalid(format!("{source:?} has a brace without its partner"));
            let (name, after) = after.split_once('}').ok_or_else(braces)?;
            if text.contains('}') {
                return Err(braces());
            }
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
            parts.push(Part::Variable(name.parse()?));
            rest = after;
        }
        if rest.contains('}') {
            return Err(Invalid(format!("{source:?} has a brace without its partner")));
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let address = Self {
            source: source.to_owned(),
            parts,
        };
        address.check_places()?;
        Ok(address)
    }
}

impl Address {
    /// Refuses variables in a place where a value could mean something else.
    fn check_places(&self) -> Result<(), Invalid> {
        let source = &self.source;
        if source.chars().any(char::is_control) || source.contains(['@', '\\', ' ']) {
            return Err(Invalid(format!("{source:?} is not a URL")));
        }
        let begins = matches!(self.parts.first(), Some(Part::Variable(_)));
        match (begins, self.parts.get(1)) {
            (true, Some(Part::Text(after))) if after.starts_with('/') => {}
            (true, None) => {}
            (true, _) => {
                return Err(Invalid(format!(
                    "{source:?} begins with a variable, after which only a path may follow"
                )));
            }
            (false, _) if source.starts_with("https://") || source.starts_with("http://") => {}
            (false, _) => return Err(Invalid(format!("{source:?} is not an http or https URL"))),
        }
        let tail = source.split_once(['?', '#']).map_or("", |(_, tail)| tail);
        if tail.contains('{') {
            return Err(Invalid(format!(
                "{source:?} has a variable in its query: give the parameter with --auth-param instead"
            )));
        }
        // A port is a number, which a sample that is none shows.
        let sample = |position: usize| if position == 0 { "https://x" } else { "x" };
        let mut text = String::new();
        for (position, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Variable(_) => text.push_str(sample(position)),
            }
        }
        let url: Result<Url, _> = text.parse();
        match url {
            Ok(url) if url.host().is_some() => Ok(()),
            _ => Err(Invalid(format!("{source:?} is not a URL"))),
        }
    }
}

as_text!(Address);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(value: &str) -> Values {
        [("sub".parse().unwrap(), value.to_owned())].into()
    }

    #[test]
    fn values_stay_in_their_place() {
        let fill = |address: &str, value: &str| {
            let address: Address = address.parse().unwrap();
            address.fill(&values(value)).map(String::from)
        };
        let host = "https://{sub}.example.com/token";
        assert_eq!(fill(host, "acme").unwrap(), "https://acme.example.com/token");
        assert_eq!(
            fill("https://idp.example/{sub}/token", "a.b_c-d").unwrap(),
            "https://idp.example/a.b_c-d/token"
        );
        assert_eq!(
            fill("{sub}/oauth/v2/token", "https://eu.example").unwrap(),
            "https://eu.example/oauth/v2/token"
        );
        for hostile in [
            "",
            "evil.com/",
            "evil.com#",
            "evil.com?",
            "a@evil.com",
            "evil.com%2f",
            "..",
            ".",
            "a..b",
            "evil\u{3002}com",
            "evil.com:80",
            "a\\b",
            "a b",
            "a\nb",
        ] {
            for address in [host, "https://idp.example/{sub}/token"] {
                fill(address, hostile).unwrap_err();
            }
        }
        for hostile in [
            "eu.example",
            "https://eu.example/path",
            "https://u@eu.example",
            "https://eu.example?x",
            "https://eu.example#",
            "ftp://eu.example",
            "javascript:alert(1)",
        ] {
            fill("{sub}/token", hostile).unwrap_err();
        }
        let missing: Address = host.parse().unwrap();
        missing.fill(&Values::new()).unwrap_err();
    }

    #[test]
    fn variables_stand_in_hosts_and_paths_alone() {
        for good in [
            "https://idp.example/token",
            "https://{sub}.example/token?a=b",
            "https://{sub}/token",
            "https://{a}.{b}.example/{c}/d",
            "{base}/token",
        ] {
            good.parse::<Address>().unwrap();
        }
        for bad in [
            "idp.example/token",
            "{scheme}://idp.example",
            "{base}.example/token",
            "https://u:{p}@idp.example/",
            "https://idp.example:{port}/",
            "https://idp.example/?x={y}",
            "https://idp.example/{",
            "https://idp.example/}",
            "https://idp.example/{a b}",
            "ftp://{host}/",
        ] {
            bad.parse::<Address>().unwrap_err();
        }
    }
}
