//! What an admin says of the single sign-on.

use serde::{Deserialize, Serialize};

use super::{SsoError, answer::Claims};
use crate::{model::GroupName, secret::Secret, store::StoreError};

/// Where people sign in, and who of them gets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SsoSettings {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// Of e-mail addresses; empty means all.
    #[serde(default)]
    pub(crate) allow_domains: Vec<String>,
    /// One of these is enough; empty means all.
    #[serde(default)]
    pub(crate) allow_groups: Vec<GroupName>,
    /// The claim that has a user's groups.
    pub(crate) groups_claim: String,
    pub(crate) scopes: Vec<String>,
}

/// Settings as an admin gives them.
#[derive(Debug)]
pub(crate) struct SsoChange {
    pub(crate) settings: SsoSettings,
    /// Absent leaves the one that there is.
    pub(crate) secret: Option<Secret<String>>,
}

impl SsoSettings {
    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(StoreError::corrupt)
    }

    pub(super) fn check(&self) -> Result<(), SsoError> {
        let wrong = |text: String| Err(SsoError::Refused(text));
        if self.client_id.is_empty() {
            return wrong("the client id is empty".to_owned());
        }
        for domain in &self.allow_domains {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            if domain.is_empty() || !domain.chars().all(fits) {
                return wrong(format!("{domain:?} is no domain: write it as example.com"));
            }
        }
        if self.groups_claim.is_empty() {
            return wrong("the groups claim is empty".to_owned());
        }
        Ok(())
    }

    /// Whether the person gets in.
    pub(super) fn admit(&self, claims: &Claims) -> Result<(), SsoError> {
        let refused = |text: &str| Err(SsoError::Refused(text.to_owned()));
        if !self.allow_domains.is_empty() {
            let Some(email) = claims.email.as_deref().filter(|_| claims.email_verified) else {
                return refused("the provider does not say that your e-mail address is verified");
            };
            let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
            if !self
                .allow_domains
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(domain))
            {
                return refused("people of your e-mail domain are not let in here");
            }
        }
        let in_one = || {
            claims
                .groups
                .iter()
                .any(|group| self.allow_groups.contains(group))
        };
        if !self.allow_groups.is_empty() && !in_one() {
            return refused("you are in none of the groups that are let in here");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_want_a_verified_address_and_groups_one_of_them() {
        let settings = |domains: &[&str], groups: &[&str]| SsoSettings {
            issuer: "https://idp.example".to_owned(),
            client_id: "c".to_owned(),
            allow_domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
            allow_groups: groups.iter().map(|group| group.parse().unwrap()).collect(),
            groups_claim: "groups".to_owned(),
            scopes: Vec::new(),
        };
        let claims = |email: Option<&str>, email_verified: bool, groups: &[&str]| Claims {
            subject: "s".to_owned(),
            email: email.map(str::to_owned),
            email_verified,
            preferred: None,
            groups: groups.iter().map(|group| group.parse().unwrap()).collect(),
        };
        let check = |settings: &SsoSettings, claims: &Claims, expected: bool| {
            assert_eq!(
                settings.admit(claims).is_ok(),
                expected,
                "{settings:?} {claims:?}"
            );
        };
        check(&settings(&[], &[]), &claims(None, false, &[]), true);
        let domains = settings(&["Example.com"], &[]);
        check(&domains, &claims(Some("a@example.COM"), true, &[]), true);
        check(&domains, &claims(Some("a@example.com"), false, &[]), false);
        check(&domains, &claims(Some("a@evil-example.com"), true, &[]), false);
        check(&domains, &claims(Some("example.com"), true, &[]), false);
        check(
            &domains,
            &claims(Some("a@example.com@evil.example"), true, &[]),
            false,
        );
        check(&domains, &claims(None, true, &[]), false);
        let groups = settings(&[], &["sales", "ops"]);
        check(&groups, &claims(None, false, &["x", "ops"]), true);
        check(&groups, &claims(None, false, &["x"]), false);
        let both = settings(&["example.com"], &["ops"]);
        check(&both, &claims(Some("a@example.com"), true, &["x"]), false);
    }
}
