//! What is known of a provider besides its secrets: addresses, the client, and where it strays from RFC 6749.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Address, Invalid, Seconds, Variable, VariableName, address::Values, text::as_text};

/// One registration at a third party. Every field is a setting of `berth oauth set`, under the same name, in the API, in
/// files for `--from` and in presets; what is absent is as the standards have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderSettings {
    /// RFC 8414 §2. An answer to an authorization that names another is refused, and one that names none where the
    /// issuer says of itself that it does (RFC 9207).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) issuer: Option<String>,
    /// Only a grant that no user makes can do without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) auth_url: Option<Address>,
    pub(crate) token_url: Address,
    /// Where refresh tokens are redeemed, if not at the token URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_url: Option<Address>,
    /// RFC 7009; without one, berth can only forget a token, not revoke it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revoke_url: Option<Address>,
    /// RFC 7662.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) introspect_url: Option<Address>,
    /// Who authorized: OpenID Connect Core §5.3, or any address that answers an access token with JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) userinfo_url: Option<Address>,
    pub(crate) client_id: String,
    /// How the client authenticates; absent means that berth finds out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_auth: Option<ClientAuth>,
    /// What stands between scopes, if not a space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope_separator: Option<String>,
    /// The parameter that carries the scopes, if not `scope`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope_param: Option<String>,
    /// More parameters of the authorization request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) auth_params: BTreeMap<String, String>,
    /// More parameters of a request for tokens.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) token_params: BTreeMap<String, String>,
    /// More parameters of a refresh.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) refresh_params: BTreeMap<String, String>,
    /// Parameters of the standard that have another name here, in requests and in the answer to an authorization; an
    /// empty name leaves one out. `authorize.`, `callback.`, `token.` or `refresh.` before one means that place alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) rename_params: BTreeMap<String, String>,
    /// Whether authorizations go without PKCE (RFC 7636), which the provider does not stand.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) no_pkce: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) token_body: TokenBody,
    /// Where fields of a token stand in the answer, if not at the top under their own name: JSON pointers (RFC 6901).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) fields: BTreeMap<TokenField, Pointer>,
    /// More that is kept of a token's answer, under a name that templates and addresses may use.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) captures: BTreeMap<VariableName, Pointer>,
    /// What is kept of the answer to an authorization, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) callback_captures: Vec<Variable>,
    /// What variables stand for, the same for all users.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) vars: Values,
    /// Variables that each user is asked for before the first authorization.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) user_vars: Vec<Variable>,
    /// How long an access token is taken to live whose provider does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) assume_lifetime: Option<Seconds>,
    /// How long before its end a token is refreshed, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_margin: Option<Seconds>,
    /// How long a grant may lie unused before it is refreshed to keep it alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) keep_warm: Option<Seconds>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) rotation: Rotation,
    /// RFC 8707.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<Url>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) grant: GrantType,
}

/// The fields of [`ProviderSettings`], in its order.
pub(crate) const FIELDS: [&str; 28] = [
    "issuer",
    "auth_url",
    "token_url",
    "refresh_url",
    "revoke_url",
    "introspect_url",
    "userinfo_url",
    "client_id",
    "client_auth",
    "scope_separator",
    "scope_param",
    "auth_params",
    "token_params",
    "refresh_params",
    "rename_params",
    "no_pkce",
    "token_body",
    "fields",
    "captures",
    "callback_captures",
    "vars",
    "user_vars",
    "assume_lifetime",
    "refresh_margin",
    "keep_warm",
    "rotation",
    "resource",
    "grant",
];

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ProviderSettings {
    /// `address` with the admin's variables in it, and with those of one grant; the admin's count first.
    pub(crate) fn fill(&self, address: &Address, of_grant: &Values) -> Result<Url, Invalid> {
        if of_grant.is_empty() {
            return address.fill(&self.vars);
        }
        let mut values = of_grant.clone();
        values.extend(
            self.vars
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        address.fill(&values)
    }

    /// Every address, with the flag that sets it.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (&'static str, &Address)> {
        [
            ("--auth-url", self.auth_url.as_ref()),
            ("--token-url", Some(&self.token_url)),
            ("--refresh-url", self.refresh_url.as_ref()),
            ("--revoke-url", self.revoke_url.as_ref()),
            ("--introspect-url", self.introspect_url.as_ref()),
            ("--userinfo-url", self.userinfo_url.as_ref()),
        ]
        .into_iter()
        .filter_map(|(flag, address)| Some((flag, address?)))
    }
}

/// How the client authenticates at the token endpoint (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClientAuth {
    /// `client_secret_basic`: in the header.
    Basic,
    /// `client_secret_post`: in the body.
    Post,
    /// A public client, which has no secret to show.
    None,
}

/// What a request for tokens is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TokenBody {
    #[default]
    Form,
    Json,
}

/// How a grant comes about (RFC 6749 §1.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GrantType {
    #[default]
    AuthorizationCode,
    /// The client's own: made without a user, and for all of them.
    ClientCredentials,
}

/// Whose grants serve a connector's users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Owner {
    /// Each their own.
    #[default]
    User,
    /// One that an admin made serves everybody: a bot's, or a service's.
    Connector,
}

impl Owner {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Connector => "connector",
        }
    }
}

impl FromStr for Owner {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::User, Self::Connector]
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| Invalid(format!("{text:?} owns no grants: write user or connector")))
    }
}

/// What the provider does to a refresh token that was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Rotation {
    /// It goes on being good.
    None,
    /// It is good for this much longer.
    Grace(Seconds),
    /// It is good once, and may end the grant when it is seen again. What is taken to be so until it is said otherwise.
    #[default]
    Strict,
}

/// A field of a token that berth reads (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenField {
    AccessToken,
    RefreshToken,
    IdToken,
    TokenType,
    ExpiresIn,
    Scope,
}

/// A JSON pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Pointer(String);

impl Pointer {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pointer {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_escape = |rest: &str| rest.starts_with(['0', '1']);
        if !text.starts_with('/') || !text.split('~').skip(1).all(is_escape) || text.len() > 256 {
            return Err(Invalid(format!(
                "{text:?} is not a JSON pointer: write it as /field/inner (RFC 6901)"
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Rotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "none" => return Ok(Self::None),
            "strict" => return Ok(Self::Strict),
            _ => {}
        }
        let grace = text.strip_prefix("grace=").map(str::parse);
        match grace {
            Some(Ok(grace)) => Ok(Self::Grace(grace)),
            _ => Err(Invalid(format!(
                "{text:?} is not a way to rotate refresh tokens: write none, strict or grace=10m"
            ))),
        }
    }
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Grace(grace) => write!(f, "grace={grace}"),
            Self::Strict => f.write_str("strict"),
        }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

as_text!(Pointer, Rotation);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_absent_is_as_the_standards_have_it() {
        let plain = json!({
            "auth_url": "https://idp.example/authorize",
            "token_url": "https://idp.example/token",
            "client_id": "c",
        });
        let settings: ProviderSettings = serde_json::from_value(plain.clone()).unwrap();
        assert_eq!(settings.rotation, Rotation::Strict);
        assert_eq!(serde_json::to_value(&settings).unwrap(), plain);
        for (field, bad) in [
            ("token_urls", json!("https://idp.example/")),
            ("rotation", json!("grace")),
            ("client_auth", json!("client_secret_jwt")),
            ("fields", json!({"access_token": "authed_user"})),
            ("fields", json!({"secret": "/x"})),
        ] {
            let mut settings = plain.clone();
            settings[field] = bad;
            serde_json::from_value::<ProviderSettings>(settings).unwrap_err();
        }
    }

    #[test]
    fn every_field_is_listed() {
        // The error names the fields that there are.
        let error = serde_json::from_value::<ProviderSettings>(json!({"other": 1})).unwrap_err();
        let listed = FIELDS.map(|field| format!("`{field}`")).join(", ");
        assert_eq!(
            error.to_string(),
            format!("unknown field `other`, expected one of {listed}")
        );
    }

    #[test]
    fn rotation_and_pointers_are_read() {
        let grace: Rotation = "grace=10m".parse().unwrap();
        assert_eq!(grace, Rotation::Grace(Seconds(600)));
        assert_eq!(grace.to_string(), "grace=10m");
        "/a/b~1c".parse::<Pointer>().unwrap();
        for bad in ["", "a", "/a~2", "/a~"] {
            bad.parse::<Pointer>().unwrap_err();
        }
    }
}
