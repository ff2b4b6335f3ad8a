//! Identities: random, immutable, never reused. Names are labels on top of them.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The alphabet of ids: no letter that is easily taken for another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

macro_rules! id {
    ($(#[$doc:meta])* $type:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub(crate) struct $type(Arc<str>);

        impl $type {
            /// A new id: 128 random bits behind a prefix that tells its kind.
            #[allow(dead_code, reason = "one macro makes every kind of id; not each is made here")]
            pub(crate) fn random() -> Self {
                Self(random($prefix).into())
            }

            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $type {
            /// Takes an id that was made by `random` earlier: one read from the store.
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A connector, for as long as it exists: one made again under an old name has another.
    ConnectorId,
    "con_"
);
id!(
    /// One release of a connector.
    ReleaseId,
    "rel_"
);
id!(
    /// A person.
    UserId,
    "usr_"
);
id!(
    /// A bearer token that berth gave out; not the token itself.
    TokenId,
    "tok_"
);
id!(
    /// Pipelines that an issuer's tokens let in.
    TrustId,
    "tru_"
);
id!(
    /// Third-party OAuth settings.
    ProviderId,
    "prv_"
);
id!(
    /// One user's authorization for one connector at its provider.
    GrantId,
    "gra_"
);

id!(
    /// An MCP client that registered itself.
    ClientId,
    "cli_"
);
id!(
    /// One user's word that an MCP client may use a connector for them.
    ConsentId,
    "cst_"
);

id!(
    /// One entry of the audit trail.
    AuditId,
    "aud_"
);

impl UserId {
    /// Whether the text has the form of an id of a user; names of users can have it as well.
    pub(crate) fn is_one(text: &str) -> bool {
        let random = text.strip_prefix("usr_").unwrap_or_default();
        random.len() == 26 && random.bytes().all(|b| ALPHABET.contains(&b))
    }
}

/// `prefix` and 128 random bits.
pub(super) fn random(prefix: &str) -> String {
    let mut bytes = [0u8; 16];
    #[allow(clippy::expect_used, reason = "no random source: nothing safe can be done")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let mut bits = u128::from_be_bytes(bytes);
    let mut text = String::with_capacity(prefix.len() + 26);
    text.push_str(prefix);
    for _ in 0..26 {
        text.push(char::from(ALPHABET[(bits & 31) as usize]));
        bits >>= 5;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_kind_and_differ() {
        let (one, two) = (UserId::random(), UserId::random());
        assert!(one.as_str().starts_with("usr_") && one.as_str().len() == 30);
        assert!(UserId::is_one(one.as_str()) && !UserId::is_one(ProviderId::random().as_str()));
        assert_ne!(one, two);
    }
}
