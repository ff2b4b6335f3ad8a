//! What can go wrong, by what a caller does about it.

use std::{sync::Arc, time::Duration};

use super::discovery::DiscoveryError;
use crate::{
    model::{Invalid, ProviderName},
    net::NetError,
    store::StoreError,
};

/// Why settings were not taken or a token is not to be had.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum OAuthError {
    #[error("OAuth is not configured for this connector")]
    NotConfigured,
    /// It is not said which of the connector's providers is meant.
    #[error("this connector uses several providers: {}", names(.0))]
    Several(Vec<ProviderName>),
    #[error("this connector does not use provider {0}")]
    NotUsed(ProviderName),
    /// One grant is to serve everybody, and it is not there.
    #[error("an admin has to authorize this connector once, for everybody who uses it")]
    ForAdmins,
    /// The first settings of a provider lack these.
    #[error("the OAuth settings are not complete: {} missing", .0.join(", "))]
    Incomplete(Vec<&'static str>),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("{what} can't be used")]
    Address {
        /// Such as `the token URL`.
        what: &'static str,
        #[source]
        source: NetError,
    },
    #[error("the issuer {issuer} can't be used")]
    Issuer {
        issuer: String,
        #[source]
        source: DiscoveryError,
    },
    /// Somebody else changed the same settings at the same time.
    #[error("the OAuth settings were changed by somebody else meanwhile")]
    Conflict,
    #[error("no fresh token from provider {provider}")]
    Token {
        provider: ProviderName,
        #[source]
        source: Arc<TokenError>,
    },
    #[error("the store failed")]
    Store(#[source] Arc<StoreError>),
    /// A task of berth's own ended early.
    #[error("the work was broken off")]
    Interrupted,
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            other => Self::Store(Arc::new(other)),
        }
    }
}

impl OAuthError {
    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NotConfigured => "an admin configures it with berth oauth set".to_owned(),
            Self::Several(_) => "name one with --provider".to_owned(),
            Self::NotUsed(_) => "berth oauth show lists those that it uses".to_owned(),
            Self::ForAdmins => "ask an admin to call one of its tools, and to follow the link".to_owned(),
            Self::Incomplete(_) => {
                "give the missing ones; what is set once need not be given again".to_owned()
            }
            Self::Conflict => "look with berth oauth show, then set again".to_owned(),
            Self::Address { source, .. } => source.hint(),
            Self::Token { source, .. } => source.hint(),
            Self::Issuer { source, .. } => source.hint(),
            Self::Invalid(_) | Self::Store(_) | Self::Interrupted => String::new(),
        }
    }
}

/// What came of asking a token endpoint.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("the provider could not be reached")]
    Net(#[from] NetError),
    /// The provider says that it can't answer now.
    #[error("the provider answers with status {status}")]
    Unavailable {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// An error in the sense of RFC 6749 §5.2, by the exact value of the field `error`.
    #[error("the provider refuses: {error}{}", describe(description))]
    Refused { error: String, description: String },
    #[error("the provider's answer is not a token: {0}")]
    Unexpected(String),
    /// The token could not be put into a header or an environment variable.
    #[error("the provider's {0} has characters that no token may have (RFC 6749 appendix A)")]
    Malformed(&'static str),
    /// Waiting before the provider is asked again.
    #[error("the provider failed a moment ago and is asked again in {} s", wait.as_secs().max(1))]
    Cooling {
        wait: Duration,
        #[source]
        last: Arc<TokenError>,
    },
    /// A variable in the address has no value, or one that is none for it.
    #[error("the provider's address is not known")]
    Address(#[source] Invalid),
    /// An earlier refresh got no answer, and sending its refresh token again could end the grant.
    #[error("an earlier refresh got no answer; the token in hand is used until it ends")]
    InDoubt,
    /// The same again after that token had ended.
    #[error("two refreshes got no answer: the refresh token is taken to be used up")]
    Lost,
    /// Another broker on the same store holds the lease and gives no result.
    #[error("another broker is refreshing the token and has not finished")]
    Busy,
}

fn names(providers: &[ProviderName]) -> String {
    let names: Vec<&str> = providers.iter().map(ProviderName::as_str).collect();
    names.join(", ")
}

fn describe(description: &str) -> String {
    if description.is_empty() {
        String::new()
    } else {
        format!(" ({description})")
    }
}

impl TokenError {
    /// Whether the provider says that the grant is over. GitHub and Slack have names of their own for it.
    pub(super) fn ends_grant(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if
            ["invalid_grant", "bad_refresh_token", "invalid_refresh_token"].contains(&error.as_str()))
    }

    /// Whether the client itself was not accepted, as far as the answer tells. Servers that look for the client in
    /// the body alone answer `invalid_request` to one that is in the header.
    pub(super) fn refuses_client(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if
            ["invalid_client", "invalid_request", "unauthorized_client", "incorrect_client_credentials"]
                .contains(&error.as_str()))
    }

    /// Whether the provider may have used up what was sent to it.
    pub(super) fn leaves_doubt(&self) -> bool {
        match self {
            Self::Net(error) => !error.is_unsent(),
            // Only these two say that nothing was done; any other may come after the work, or from a proxy.
            Self::Unavailable { status, .. } => !matches!(status, 429 | 503),
            Self::Unexpected(_) | Self::Malformed(_) => true,
            Self::InDoubt | Self::Lost => true,
            Self::Refused { .. } | Self::Cooling { .. } | Self::Busy | Self::Address(_) => false,
        }
    }

    /// Whether no answer came that could be read, so that what was sent is known to be neither used nor unused. A status
    /// of the provider's is an answer.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Net(error) => !error.is_unsent(),
            Self::Malformed(_) => true,
            _ => false,
        }
    }

    /// Whether an admin has to look at the client's settings: nothing about the grant is wrong.
    pub(super) fn blames_client(&self) -> bool {
        let client = [
            "invalid_client",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
            "incorrect_client_credentials",
        ];
        match self {
            Self::Refused { error, .. } => client.contains(&error.as_str()),
            Self::Address(_) => true,
            _ => false,
        }
    }

    /// Whether the answer says nothing about who could mend it.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. } | Self::Unexpected(_) | Self::Malformed(_)
        )
    }

    /// One word for metrics and the audit trail.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Net(_) => "unreachable",
            Self::Unavailable { .. } => "unavailable",
            Self::Refused { .. } if self.ends_grant() => "invalid_grant",
            Self::Refused { .. } => "refused",
            Self::Address(_) => "no_address",
            Self::Unexpected(_) | Self::Malformed(_) => "unexpected",
            Self::Cooling { .. } | Self::InDoubt | Self::Lost | Self::Busy => "waiting",
        }
    }

    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Net(error) => error.hint(),
            Self::Cooling { last, .. } => last.hint(),
            Self::Refused { error, .. } => match error.as_str() {
                "invalid_client" | "unauthorized_client" | "incorrect_client_credentials" => {
                    "an admin checks the client id and secret with berth oauth set".to_owned()
                }
                "invalid_scope" => "an admin checks the scopes with berth oauth set".to_owned(),
                "redirect_uri_mismatch" => {
                    "an admin registers what berth oauth redirect-uri prints at the provider".to_owned()
                }
                _ => String::new(),
            },
            Self::Unexpected(_) => "an admin checks the token URL with berth oauth set".to_owned(),
            Self::Address(_) => "an admin checks the variables with berth oauth show".to_owned(),
            Self::Unavailable { .. } | Self::Malformed(_) | Self::InDoubt | Self::Lost | Self::Busy => {
                String::new()
            }
        }
    }
}

/// Why an authorization under way does not go on. Each is a page that a person sees.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum FlowError {
    /// Never made, expired, used, replaced by a newer one, or its settings have changed.
    #[error("this authorization link is not known, was used already, or has expired")]
    Unknown,
    #[error("nobody is signed in")]
    NotSignedIn,
    #[error("this authorization was started for somebody else")]
    OtherUser,
    #[error("this authorization was started in another browser")]
    OtherBrowser,
    /// It names another issuer, or none where it has to (RFC 9207). Nothing of it is used or shown.
    #[error("the answer comes from another issuer than the one that was asked")]
    OtherIssuer,
    /// The person said no at the provider.
    #[error("the authorization was declined")]
    Denied,
    /// The provider sent the person back with an error.
    #[error("the provider answered with an error: {error}{}", describe(description))]
    Provider { error: String, description: String },
    /// One that the person gave, or that came with the provider's answer.
    #[error("a value does not look as it has to: {0}")]
    Value(Invalid),
    #[error("the authorization could not be completed")]
    Failed(#[source] OAuthError),
}

impl From<OAuthError> for FlowError {
    fn from(error: OAuthError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for FlowError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// Text of a provider's that is shown to people: at most 200 characters, nothing that steers a terminal.
pub(super) fn scrub(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_its_own_word_ends_a_grant() {
        let ends = |error: &str, description: &str| {
            let refused = TokenError::Refused {
                error: error.to_owned(),
                description: description.to_owned(),
            };
            refused.ends_grant()
        };
        assert!(ends("invalid_grant", ""));
        for other in [
            "unsupported_grant_type",
            "invalid_grant_type",
            "Invalid_Grant",
            "invalid_grant ",
            "invalid grant",
            "invalid_client",
            "",
        ] {
            assert!(!ends(other, "invalid_grant"), "{other:?}");
        }
    }
}
