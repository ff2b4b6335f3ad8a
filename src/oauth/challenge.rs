//! What a resource says in `WWW-Authenticate` to somebody without a token (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9728 §5.1).

use url::Url;

/// What its challenges of the scheme `Bearer` say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Challenge {
    /// Whether there is such a challenge at all.
    pub(super) is_bearer: bool,
    /// Where the resource's metadata are.
    pub(super) metadata: Option<Url>,
    /// The scopes that would do.
    pub(super) scopes: Vec<String>,
}

impl Challenge {
    /// Reads the values of all such headers of an answer. What comes first counts.
    pub(super) fn read<'a>(headers: impl IntoIterator<Item = &'a str>) -> Self {
        let mut challenge = Self::default();
        for (scheme, parameters) in headers.into_iter().flat_map(challenges) {
            if !scheme.eq_ignore_ascii_case("bearer") {
                continue;
            }
            challenge.is_bearer = true;
            for (name, value) in parameters {
                match name.to_ascii_lowercase().as_str() {
                    "resource_metadata" if challenge.metadata.is_none() => {
                        challenge.metadata = value.parse().ok().filter(Url::has_host);
                    }
                    "scope" if challenge.scopes.is_empty() => {
                        challenge.scopes = super::found::words(value.split_ascii_whitespace());
                    }
                    _ => {}
                }
            }
        }
        challenge
    }
}

/// A scheme and its parameters.
type Parsed = (String, Vec<(String, String)>);

/// All challenges in one header. A comma stands between challenges as well as between parameters: a word with `=` and a
/// value behind it is a parameter, a word without is the next scheme. What can't be read is left out.
fn challenges(header: &str) -> Vec<Parsed> {
    let mut found: Vec<Parsed> = Vec::new();
    let mut rest = header;
    // Whether the word before was a scheme, with nothing but spaces since.
    let mut behind_scheme = false;
    loop {
        let begin = rest.trim_start_matches([' ', '\t']);
        let separated = begin.starts_with(',');
        rest = begin.trim_start_matches([' ', '\t', ',']);
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if word.is_empty() {
            // Something else, such as a quotation mark without a name.
            let mut left = rest.chars();
            if left.next().is_none() {
                return found;
            }
            (rest, behind_scheme) = (left.as_str(), false);
            continue;
        }
        let next = behind.trim_start_matches([' ', '\t']);
        match next.strip_prefix('=').and_then(value) {
            Some((value, after)) => {
                if let Some((_, parameters)) = found.last_mut() {
                    parameters.push((word.to_owned(), value));
                }
                (rest, behind_scheme) = (after, false);
            }
            // A token68, such as Negotiate has one.
            None if next.starts_with('=') || (behind_scheme && !separated) => {
                rest = next.trim_start_matches('=');
                behind_scheme = false;
            }
            None => {
                found.push((word.to_owned(), Vec::new()));
                (rest, behind_scheme) = (behind, true);
            }
        }
    }
}

/// A parameter's value, and what is behind it.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches([' ', '\t']);
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        return (!word.is_empty()).then(|| (word.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(next) = chars.next() {
        match next {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.extend(chars.next()),
            other => value.push(other),
        }
    }
    // It never ends.
    None
}

/// What words, and tokens of the kind token68, are made of; `:` stands in addresses that somebody forgot to quote.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/:".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_told_apart() {
        let check = |headers: &[&str], metadata: Option<&str>, scopes: &[&str]| {
            let read = Challenge::read(headers.iter().copied());
            assert_eq!(read.metadata.as_ref().map(Url::as_str), metadata, "{headers:?}");
            assert_eq!(read.scopes, scopes, "{headers:?}");
            assert!(read.is_bearer, "{headers:?}");
        };
        let at = Some("https://api.example/.well-known/oauth-protected-resource");
        check(&["Bearer"], None, &[]);
        check(
            &[r#"Bearer resource_metadata="https://api.example/.well-known/oauth-protected-resource""#],
            at,
            &[],
        );
        check(
            &[
                r#"bearer error="invalid_token" , error_description="a, \"b\" = c", scope="a  b a",RESOURCE_METADATA="https://api.example/.well-known/oauth-protected-resource""#,
            ],
            at,
            &["a", "b"],
        );
        // Beside others, in one header or several, whatever they carry.
        check(
            &[
                r#"Negotiate YIIabc==, Basic realm="Bearer scope=\"x\"", Bearer realm=x, scope=read, DPoP algs="ES256", scope="other""#,
            ],
            None,
            &["read"],
        );
        check(
            &["Basic realm=\"x\"", "Negotiate", "Bearer scope=\"r\""],
            None,
            &["r"],
        );
        check(&["NTLM TlRMTVNTUAAB, Bearer scope=r"], None, &["r"]);
        // Without quotes, though it should have some.
        check(
            &["Bearer resource_metadata=https://api.example/.well-known/oauth-protected-resource, scope=r"],
            at,
            &["r"],
        );
        // What is no address with a host counts as none.
        check(&[r#"Bearer resource_metadata="/relative""#], None, &[]);
        check(&[r#"Bearer resource_metadata="data:x", scope="s""#], None, &["s"]);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for text in [
            "",
            ",,,",
            "=",
            "==,=\"",
            "\"",
            "Basic realm=\"never ends",
            "scope=\"of nothing\"",
            "Basic scope=x",
            "\u{e9}\u{e9}=\"\\",
            "Digest Bearer==",
        ] {
            assert_eq!(Challenge::read([text]), Challenge::default(), "{text}");
        }
        let cut = Challenge::read(["Bearer scope=\"a b"]);
        assert!(cut.is_bearer && cut.scopes.is_empty());
    }
}
