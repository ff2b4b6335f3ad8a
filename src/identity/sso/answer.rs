//! What a provider says of somebody.

use openidconnect::{
    AdditionalClaims, EmptyExtraTokenFields, IdTokenFields, StandardTokenResponse, UserInfoClaims,
    core::{
        CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
        CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{GroupName, UserName};

/// How many groups of a person are looked at.
const MOST_GROUPS: usize = 1000;

/// Claims that the standard does not have, among which the groups are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Extra {
    #[serde(flatten)]
    all: serde_json::Map<String, Value>,
}

impl AdditionalClaims for Extra {}

pub(super) type TokenAnswer = StandardTokenResponse<
    IdTokenFields<
        Extra,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
pub(super) type IdClaims = openidconnect::IdTokenClaims<Extra, CoreGenderClaim>;
pub(super) type InfoClaims = UserInfoClaims<Extra, CoreGenderClaim>;
pub(super) type Verifier<'a> = openidconnect::IdTokenVerifier<'a, CoreJsonWebKey>;

/// What counts of it.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) subject: String,
    pub(super) email: Option<String>,
    pub(super) email_verified: bool,
    pub(super) preferred: Option<String>,
    pub(super) groups: Vec<GroupName>,
}

impl Claims {
    /// From the ID token, and where that is silent from userinfo.
    pub(super) fn of(id: &IdClaims, info: Option<&InfoClaims>, groups_claim: &str) -> Self {
        let email = id.email().map(|email| email.as_str().to_owned());
        // An address and whether it is verified come from one place.
        let (email, email_verified) = match (email, info) {
            (None, Some(info)) => (
                info.email().map(|email| email.as_str().to_owned()),
                info.email_verified().unwrap_or(false),
            ),
            (email, _) => (email, id.email_verified().unwrap_or(false)),
        };
        let preferred = id.preferred_username().map(|name| name.as_str().to_owned());
        let preferred = preferred.or_else(|| {
            let name = info?.preferred_username()?;
            Some(name.as_str().to_owned())
        });
        let groups = id.additional_claims().all.get(groups_claim);
        let groups = groups.or_else(|| info?.additional_claims().all.get(groups_claim));
        Self {
            subject: id.subject().as_str().to_owned(),
            email,
            email_verified,
            preferred,
            groups: groups.map(named).unwrap_or_default(),
        }
    }

    /// What a new user could be called, the best name first.
    pub(super) fn names(&self) -> Vec<UserName> {
        let local = |text: &String| text.split('@').next().unwrap_or_default().to_owned();
        let wanted = self.preferred.as_ref().or(self.email.as_ref()).map(local);
        let base = label(&wanted.unwrap_or_default());
        let base = if base.is_empty() { "user".to_owned() } else { base };
        let random = crate::secret::generate("");
        let last = label(&random.expose().to_ascii_lowercase());
        let last: String = last
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(10)
            .collect();
        let numbered = (2..10).map(|number| format!("{base}-{number}"));
        std::iter::once(base.clone())
            .chain(numbered)
            .chain([format!("{base}-{last}")])
            .filter_map(|name| name.parse().ok())
            .collect()
    }
}

/// A claim of groups: a list of texts, or one text.
fn named(claim: &Value) -> Vec<GroupName> {
    match claim {
        Value::String(name) => name.parse().into_iter().collect(),
        Value::Array(names) => names
            .iter()
            .take(MOST_GROUPS)
            .filter_map(|name| name.as_str()?.parse().ok())
            .collect(),
        _ => Vec::new(),
    }
}

/// `text` as a user's name can be written, or nothing.
fn label(text: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = text.chars().take(50).map(plain).collect();
    name.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anybody_gets_a_name_that_a_user_may_have() {
        let check = |preferred: Option<&str>, email: Option<&str>, expected: &str| {
            let claims = Claims {
                subject: "s".to_owned(),
                email: email.map(str::to_owned),
                email_verified: false,
                preferred: preferred.map(str::to_owned),
                groups: Vec::new(),
            };
            let names = claims.names();
            assert_eq!(names[0].as_str(), expected);
            assert_eq!(names.len(), 10, "{names:?}");
        };
        check(Some("Alice.Smith"), Some("x@example.com"), "alice-smith");
        check(None, Some("bob@example.com"), "bob");
        check(None, None, "user");
        check(Some("日本"), None, "user");
        check(Some(&"a".repeat(200)), None, &"a".repeat(50));
    }

    #[test]
    fn groups_are_a_list_or_one() {
        let names = |claim: Value| named(&claim).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(serde_json::json!(["a", 1, "", "/b c"])), ["a", "/b c"]);
        assert_eq!(names(serde_json::json!("a")), ["a"]);
        assert!(names(serde_json::json!({"a": true})).is_empty());
    }
}
