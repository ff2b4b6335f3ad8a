//! Templates such as `Bearer {access_token}`: how a token is written into what a connector reads.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Invalid, VariableName, text::as_text};

/// The token fields that a template may name, besides what is captured of a provider's answers and the variables of its
/// addresses. The refresh token is not among them: it never leaves the broker.
///
/// `expires_in` is the lifetime in seconds that the provider stated, `expires_at` the Unix time in seconds; both
/// are empty when the provider stated none.
pub(crate) const TOKEN_FIELDS: [&str; 6] = [
    "access_token",
    "token_type",
    "expires_in",
    "expires_at",
    "scope",
    "id_token",
];

/// Literal text with token fields in braces; `{{` and `}}` stand for the braces themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(String),
}

impl Template {
    /// The fields that it names.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Writes the template with `field` giving each named field's value.
    pub(crate) fn render<'a>(&self, field: impl Fn(&str) -> &'a str) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(name) => out.push_str(field(name)),
            }
        }
        out
    }
}

impl FromStr for Template {
    type Err = Invalid;

    fn from_str(source: &str) -> Result<Self, Invalid> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..];
            if let Some(after) = brace.strip_prefix("{{") {
                text.push('{');
                rest = after;
            } else if let Some(after) = brace.strip_prefix("}}") {
                text.push('}');
                rest = after;
            } else if let Some((name, after)) =
                brace.strip_prefix('{').and_then(|inner| inner.split_once('}'))
            {
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(Part::Field(field_name(name)?));
                rest = after;
            } else {
                return Err(Invalid(format!(
                    "template {source:?} has a brace without its partner: write {{{{ or }}}} for a literal one"
                )));
            }
        }
        text.push_str(rest);
        if source.chars().any(char::is_control) {
            return Err(Invalid(format!("template {source:?} has a control character")));
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        if !parts.iter().any(|part| matches!(part, Part::Field(_))) {
            return Err(Invalid(format!(
                "template {source:?} names no token field: write one in braces, such as {{access_token}}"
            )));
        }
        Ok(Self {
            source: source.to_owned(),
            parts,
        })
    }
}

/// Whether there is such a field shows when it is known what the provider gives.
fn field_name(name: &str) -> Result<String, Invalid> {
    if name == "refresh_token" {
        return Err(Invalid(
            "the refresh token never leaves the broker, which refreshes by itself".to_owned(),
        ));
    }
    name.parse::<VariableName>()
        .map(|name| name.to_string())
        .map_err(|_| unknown_field(name))
}

/// For a name in braces that stands for nothing.
pub(crate) fn unknown_field(name: &str) -> Invalid {
    let shown: String = name.chars().take(40).collect();
    Invalid(format!(
        "unknown token field {shown:?}: the fields are {}, and what --capture, --capture-callback, --var and --user-var name",
        TOKEN_FIELDS.join(", ")
    ))
}

as_text!(Template);

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_filled_in() {
        let check = |source: &str, expected: &str| {
            let template: Template = source.parse().unwrap();
            assert_eq!(
                template.render(|field| if field == "access_token" { "at" } else { "?" }),
                expected
            );
            assert_eq!(template.to_string(), source);
        };
        check("Bearer {access_token}", "Bearer at");
        check("{access_token}", "at");
        check("{{{access_token}}} {scope}", "{at} ?");
    }

    #[test]
    fn mistakes_are_explained() {
        let error = |source: &str| source.parse::<Template>().unwrap_err().to_string();
        assert!(error("Bearer {acess token}").contains("the fields are access_token, "));
        assert!(error("{refresh_token}").contains("never leaves the broker"));
        assert!(error("Bearer token").contains("names no token field"));
        assert!(error("{access_token").contains("brace without its partner"));
        assert!(error("a}{access_token}").contains("brace without its partner"));
        assert!(error("{access_token}\r\nX-Evil: 1").contains("control character"));
        assert!(error("a\r\nX-Evil: {access_token}").contains("control character"));
    }
}
