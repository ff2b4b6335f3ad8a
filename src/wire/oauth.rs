//! A connector's OAuth settings.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    model::{
        ConnectorName, Discovered, EnvName, HeaderField, Mapping, Owner, Placement, ProviderName,
        ProviderSettings,
    },
    secret::{self, Secret},
};

/// `PUT /connectors/{name}/oauth`: what is named is set, what is absent stays as it is. A list replaces the list.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct OAuthUpdate {
    /// The provider to set, beside those in use; absent means the only one in use, else one named after the connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<ProviderName>,
    /// Fields of [`ProviderSettings`]: each stands in for the one that is there, and `null` takes it away.
    #[serde(flatten)]
    pub(crate) settings: Map<String, Value>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "secret::expose_option"
    )]
    pub(crate) client_secret: Option<Secret<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scopes: Option<Vec<String>>,
    /// Whose grants serve the connector's users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<Owner>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) headers: Option<Vec<Placement<HeaderField>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) env: Option<Vec<Placement<EnvName>>>,
    /// Variables that name a file with the token in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<Vec<Placement<EnvName>>>,
    /// Refuses the change unless this is the version that is there; empty stands for no settings at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) if_version: Option<String>,
}

/// `GET /connectors/{name}/oauth`: a list where the connector uses several providers and `?provider=` names none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum OAuthShown {
    /// By their names.
    Several {
        providers: Vec<OAuthView>,
    },
    One(Box<OAuthView>),
}

impl OAuthShown {
    /// `None` where there is none.
    pub(crate) fn of(mut views: Vec<OAuthView>) -> Option<Self> {
        match views.len() {
            0 | 1 => views.pop().map(|only| Self::One(Box::new(only))),
            _ => Some(Self::Several { providers: views }),
        }
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.all().iter().map(|view| view.provider.as_str()).collect()
    }

    pub(crate) fn all(&self) -> &[OAuthView] {
        match self {
            Self::Several { providers } => providers,
            Self::One(only) => std::slice::from_ref(only),
        }
    }
}

/// One provider of a connector's: everything but the secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OAuthView {
    pub(crate) provider: ProviderName,
    #[serde(flatten)]
    pub(crate) settings: ProviderSettings,
    /// What the issuer said of itself, and what it says otherwise by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) discovered: Option<Discovered>,
    pub(crate) client_secret_set: bool,
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) owner: Owner,
    pub(crate) mapping: Mapping,
    pub(crate) redirect_uri: String,
    /// Every connector that uses this provider, this one included.
    pub(crate) connectors: Vec<ConnectorName>,
    /// How many users have authorized this connector there.
    pub(crate) grants: usize,
    /// Another one after every change, whoever made it.
    pub(crate) version: String,
}

/// `POST /connectors/{name}/oauth/secret`: whether the client's secret that is set is this one. Nothing is changed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SecretCheck {
    #[serde(serialize_with = "secret::expose")]
    pub(crate) client_secret: Secret<String>,
}

/// What `POST /connectors/{name}/oauth/secret` answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecretChecked {
    pub(crate) is_set: bool,
}

/// The query of what is about one provider of a connector's; absent means its only one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct OfProvider {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<ProviderName>,
}

/// `GET /connectors/{name}/oauth/redirect-uri`, also before there is a connector or a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RedirectUri {
    pub(crate) provider: ProviderName,
    pub(crate) redirect_uri: String,
}
