//! What a client may be allowed to do.

/// The one scope that an endpoint asks for.
pub(super) use crate::identity::CALLS as SCOPE;
use crate::{identity::step_up_scope, model::ConnectorName};

/// Clients ask for it to get a refresh token (OpenID Connect Core §11); here they get one anyway.
const OFFLINE: &str = "offline_access";

/// Those that can be asked for.
pub(super) const KNOWN: [&str; 2] = [SCOPE, OFFLINE];

/// What a client gets that asks for `asked`: what is known of it; without a word, to call tools. `None` when nothing is
/// known of what it asks for (RFC 6749 §3.3).
pub(super) fn granted(asked: Option<&str>, connector: &ConnectorName) -> Option<String> {
    let asked = asked.unwrap_or_default();
    if asked.trim().is_empty() {
        return Some(SCOPE.to_owned());
    }
    let step_up = step_up_scope(connector);
    let known: Vec<&str> = KNOWN
        .into_iter()
        .chain([step_up.as_str()])
        .filter(|known| asked.split(' ').any(|word| word == *known))
        .collect();
    (!known.is_empty()).then(|| known.join(" "))
}

/// Whether `scope` has the word for what a connector needs of a person.
pub(super) fn steps_up(scope: &str, connector: &ConnectorName) -> bool {
    is_within(&step_up_scope(connector), scope)
}

/// The same scope without that word.
pub(super) fn stepped_down(scope: &str, connector: &ConnectorName) -> String {
    let step_up = step_up_scope(connector);
    let others: Vec<&str> = scope.split(' ').filter(|word| *word != step_up).collect();
    others.join(" ")
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
            let connector = "crm".parse().unwrap();
            assert_eq!(granted(asked, &connector).as_deref(), expected, "{asked:?}");
        };
        check(None, Some("mcp"));
        check(Some(" "), Some("mcp"));
        check(Some("openid offline_access mcp mcp"), Some("mcp offline_access"));
        check(Some("offline_access"), Some("offline_access"));
        check(Some("admin"), None);
        check(Some("connector:crm mcp"), Some("mcp connector:crm"));
        check(Some("connector:other mcp"), Some("mcp"));
        let crm = "crm".parse().unwrap();
        assert!(steps_up("mcp connector:crm", &crm) && !steps_up("mcp connector:crm2", &crm));
        assert_eq!(stepped_down("mcp connector:crm", &crm), "mcp");
        assert!(is_within("mcp", "mcp offline_access") && is_within("", "mcp") && !is_within("mcp", "mc"));
    }
}
