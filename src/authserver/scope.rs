//! What a client may be allowed to do.

/// The one scope that an endpoint asks for.
pub(super) use crate::identity::CALLS as SCOPE;

/// Clients ask for it to get a refresh token (OpenID Connect Core §11); here they get one anyway.
const OFFLINE: &str = "offline_access";

/// Those that can be asked for.
pub(super) const KNOWN: [&str; 2] = [SCOPE, OFFLINE];

/// What a client gets that asks for `asked`: what is known of it; without a word, to call tools. `None` when nothing is
/// known of what it asks for (RFC 6749 §3.3).
pub(super) fn granted(asked: Option<&str>) -> Option<String> {
    let asked = asked.unwrap_or_default();
    if asked.trim().is_empty() {
        return Some(SCOPE.to_owned());
    }
    let known: Vec<&str> = KNOWN
        .into_iter()
        .filter(|known| asked.split(' ').any(|word| word == *known))
        .collect();
    (!known.is_empty()).then(|| known.join(" "))
}

/// Whether everything in `asked` is in `granted`.
pub(super) fn is_within(asked: &str, granted: &str) -> bool {
    asked
        .split(' ')
        .filter(|word| !word.is_empty())
        .all(|word| granted.split(' ').any(|held| held == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let check = |asked: Option<&str>, expected: Option<&str>| {
            assert_eq!(granted(asked).as_deref(), expected, "{asked:?}");
        };
        check(None, Some("mcp"));
        check(Some(" "), Some("mcp"));
        check(Some("openid offline_access mcp mcp"), Some("mcp offline_access"));
        check(Some("offline_access"), Some("offline_access"));
        check(Some("admin"), None);
        assert!(is_within("mcp", "mcp offline_access") && is_within("", "mcp") && !is_within("mcp", "mc"));
    }
}
