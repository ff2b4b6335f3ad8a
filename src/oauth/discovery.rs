//! What an issuer says of itself: RFC 8414, and OpenID Connect Discovery 1.0.
//!
//! The document is read when an admin names the issuer, and pinned then. Read again later, it changes no address by
//! itself: whoever could change the document could have secrets sent elsewhere. What it says otherwise is a warning.

use std::{collections::BTreeMap, time::Duration};

use http::{Request, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    Inner, OAuth,
    error::{OAuthError, scrub},
    found,
};
use crate::{
    model::{self, Discovered, FoundIssuer, Millis, Tried, with_causes},
    net::{Http, NetError},
    store::Provider,
};

/// How often pinned documents are looked at again, in milliseconds.
const AGE: Millis = 24 * 3_600_000;
/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(3600);

/// The addresses of a document, by the name of the setting that each gives.
const ENDPOINTS: [(&str, &str); 5] = [
    ("auth_url", "authorization_endpoint"),
    ("token_url", "token_endpoint"),
    ("revoke_url", "revocation_endpoint"),
    ("introspect_url", "introspection_endpoint"),
    ("userinfo_url", "userinfo_endpoint"),
];

/// Why an issuer's document is not used.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum DiscoveryError {
    #[error("{0:?} is not an issuer: it is an https address without query and fragment (RFC 8414 §2)")]
    NotAnIssuer(String),
    #[error("its document could not be read")]
    Net(#[from] NetError),
    /// None of the places has one.
    #[error("it has no document at {}", .0.join(", "))]
    None(Vec<String>),
    /// RFC 8414 §3.3: such a document must not be used.
    #[error("the document at {at} is of another issuer: {found:?}")]
    OtherIssuer { at: String, found: String },
    #[error("its document has {0}, which is no address")]
    NotAnAddress(&'static str),
    /// RFC 8414 §2: what is not advertised is not there.
    #[error("its document does not advertise PKCE with S256, and berth does not go without unasked")]
    NoPkce,
}

impl DiscoveryError {
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Net(error) => error.hint(),
            Self::NotAnIssuer(_) | Self::OtherIssuer { .. } => {
                "write the issuer exactly as its own document has it, a slash at the end included".to_owned()
            }
            Self::None(_) | Self::NotAnAddress(_) => {
                "leave --issuer out and give --auth-url and --token-url as the provider documents them".to_owned()
            }
            Self::NoPkce => {
                "leave --issuer out if the provider documents PKCE all the same, or turn it off with --no-pkce"
                    .to_owned()
            }
        }
    }
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// Reads an issuer's document, which has to name exactly this issuer.
pub(super) async fn read(http: &Http, issuer: &str) -> Result<Discovered, DiscoveryError> {
    let (_, document) = look(http, issuer, &mut Vec::new()).await?;
    Ok(document)
}

/// The same with all else that the document says. Adds what was asked to `tried`.
pub(super) async fn look(
    http: &Http,
    issuer: &str,
    tried: &mut Vec<Tried>,
) -> Result<(FoundIssuer, Discovered), DiscoveryError> {
    let places = places(issuer)?;
    for place in &places {
        let Ok(request) = Request::get(place.as_str())
            .header(header::ACCEPT, "application/json")
            .body(Vec::new())
        else {
            continue;
        };
        let answer = http.send(request).await.inspect_err(|error| {
            tried.push(Tried::new(place, with_causes(error)).hint(error.hint()));
        })?;
        // Some servers answer every address with the same page.
        let document = match found::json::<Document>(&answer, "issuer") {
            Ok(document) => document,
            Err(lack) => {
                tried.push(lack.at(place));
                continue;
            }
        };
        let taken = take(issuer, place, &document).inspect_err(|error| {
            tried.push(Tried::new(place, error.to_string()).hint(error.hint()));
        })?;
        tried.push(Tried::used(place, "the issuer's document"));
        return Ok((all_of(issuer, place, &taken, &document.more), taken));
    }
    Err(DiscoveryError::None(places.iter().map(Url::to_string).collect()))
}

/// What a document says besides what berth pins.
fn all_of(issuer: &str, place: &Url, taken: &Discovered, more: &Map<String, Value>) -> FoundIssuer {
    // RFC 8414 §2: what stands for a list that is left out.
    let list = |field: &str, usual: &[&str]| match more.get(field) {
        Some(Value::Array(list)) => found::words(list.iter().filter_map(Value::as_str)),
        _ => usual.iter().map(|word| (*word).to_owned()).collect(),
    };
    FoundIssuer {
        issuer: issuer.to_owned(),
        at: place.to_string(),
        endpoints: taken.endpoints.clone(),
        s256: taken.s256,
        names_itself: taken.names_itself,
        client_auth: list("token_endpoint_auth_methods_supported", &["client_secret_basic"]),
        grants: list("grant_types_supported", &["authorization_code", "implicit"]),
        scopes: list("scopes_supported", &[]),
        registration_url: more
            .get("registration_endpoint")
            .and_then(Value::as_str)
            .map(scrub),
    }
}

/// Where an issuer's document may be: RFC 8414 §3.1 and §5, then OpenID Connect Discovery §4.1.
fn places(issuer: &str) -> Result<Vec<Url>, DiscoveryError> {
    let refuse = || DiscoveryError::NotAnIssuer(scrub(issuer));
    let url: Url = issuer.parse().map_err(|_| refuse())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.query().is_none()
        && url.fragment().is_none();
    if !plain {
        return Err(refuse());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    let at = |path: String| {
        let mut place = url.clone();
        place.set_path(&path);
        place
    };
    let mut places = vec![
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("/.well-known/openid-configuration{path}")),
    ];
    if !path.is_empty() {
        places.push(at(format!("{path}/.well-known/openid-configuration")));
    }
    Ok(places)
}

fn take(issuer: &str, place: &Url, document: &Document) -> Result<Discovered, DiscoveryError> {
    if document.issuer != issuer {
        return Err(DiscoveryError::OtherIssuer {
            at: place.to_string(),
            found: scrub(&document.issuer),
        });
    }
    let mut endpoints = BTreeMap::new();
    for (setting, field) in ENDPOINTS {
        let Some(value) = document.more.get(field).filter(|value| !value.is_null()) else {
            continue;
        };
        // A brace would make a variable of it.
        let text = value.as_str().filter(|text| !text.contains(['{', '}']));
        let url: Url = text
            .and_then(|text| text.parse().ok())
            .ok_or(DiscoveryError::NotAnAddress(field))?;
        endpoints.insert(setting.to_owned(), url.to_string());
    }
    Ok(Discovered {
        read_at: model::now(),
        endpoints,
        names_itself: document.authorization_response_iss_parameter_supported,
        s256: document
            .code_challenge_methods_supported
            .iter()
            .any(|method| method == "S256"),
        changed: Vec::new(),
    })
}

impl Inner {
    /// What the issuer that `change` names says of itself, and puts the addresses that `change` does not name itself
    /// into it. Without an issuer in the change, what was pinned before stays.
    pub(super) async fn discover(
        &self,
        known: Option<&Provider>,
        change: &mut Map<String, Value>,
    ) -> Result<Option<Discovered>, OAuthError> {
        let issuer = match change.get("issuer") {
            None => return Ok(known.and_then(|known| known.discovered.clone())),
            Some(Value::String(issuer)) if !issuer.is_empty() => issuer.clone(),
            Some(_) => return Ok(None),
        };
        let refuse = |source| OAuthError::Issuer {
            issuer: scrub(&issuer),
            source,
        };
        let is_named = |name: &str| change.get(name).is_some_and(|value| !value.is_null());
        let is_complete = is_named("auth_url") && is_named("token_url");
        let document = match read(&self.http, &issuer).await {
            Ok(document) => document,
            // Issuers there are that name themselves in answers and have no document: with the addresses at hand it is
            // not needed.
            Err(DiscoveryError::Net(_) | DiscoveryError::None(_)) if is_complete => return Ok(None),
            Err(error) => return Err(refuse(error)),
        };
        let goes_without = match change.get("no_pkce") {
            Some(told) => *told == json!(true),
            None => known.is_some_and(|known| known.settings.no_pkce),
        };
        if !document.s256 && !goes_without {
            return Err(refuse(DiscoveryError::NoPkce));
        }
        for (name, address) in &document.endpoints {
            change
                .entry(name.clone())
                .or_insert_with(|| Value::String(address.clone()));
        }
        Ok(Some(document))
    }

    /// Reads a pinned document again, and notes what it says otherwise. Gives that.
    pub(super) async fn look_again(&self, provider: &Provider) -> Result<Vec<String>, DiscoveryError> {
        let (Some(issuer), Some(pinned)) = (&provider.settings.issuer, &provider.discovered) else {
            return Ok(Vec::new());
        };
        let (read_at, changed) = match read(&self.http, issuer).await {
            Ok(now) => (now.read_at, pinned.differences(&now)),
            Err(error @ (DiscoveryError::OtherIssuer { .. } | DiscoveryError::NotAnAddress(_))) => {
                (model::now(), vec![error.to_string()])
            }
            Err(error) => return Err(error),
        };
        if !changed.is_empty() && changed != pinned.changed {
            tracing::warn!(
                provider = %provider.name, issuer, changed = changed.join("; "),
                "an issuer's document has changed; berth goes on with what was set, until berth oauth set --issuer takes the new one"
            );
        }
        let noted = Discovered {
            read_at,
            changed: changed.clone(),
            ..pinned.clone()
        };
        if let Err(error) = self.store.note_discovered(provider, &noted).await {
            tracing::warn!(
                provider = %provider.name, error = &error as &dyn std::error::Error,
                "what an issuer says of itself by now is not noted"
            );
        }
        Ok(changed)
    }

    async fn look_at_old_ones(&self) {
        let due = match self.store.providers_read_before(model::now() - AGE).await {
            Ok(due) => due,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                return tracing::warn!(error, "issuers were not looked at");
            }
        };
        for provider in due {
            if let Err(error) = self.look_again(&provider).await {
                tracing::info!(
                    provider = %provider.name, error = &error as &dyn std::error::Error,
                    "an issuer's document could not be read again"
                );
            }
        }
    }
}

impl OAuth {
    /// Looks at the issuers' documents once a day, until `stop`.
    pub(crate) fn watch_issuers(&self, stop: CancellationToken) {
        let inner = std::sync::Arc::clone(&self.0);
        self.0.tasks.spawn(async move {
            while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
                stop.run_until_cancelled(inner.look_at_old_ones()).await;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_where_the_standards_have_them() {
        let check = |issuer: &str, expected: &[&str]| {
            let places = places(issuer).unwrap();
            assert_eq!(places.iter().map(Url::as_str).collect::<Vec<_>>(), expected);
        };
        check(
            "https://idp.example",
            &[
                "https://idp.example/.well-known/oauth-authorization-server",
                "https://idp.example/.well-known/openid-configuration",
            ],
        );
        check(
            "https://idp.example:8443/realms/one/",
            &[
                "https://idp.example:8443/.well-known/oauth-authorization-server/realms/one",
                "https://idp.example:8443/.well-known/openid-configuration/realms/one",
                "https://idp.example:8443/realms/one/.well-known/openid-configuration",
            ],
        );
        for bad in [
            "idp.example",
            "https://idp.example/?x",
            "https://idp.example/#x",
            "file:///x",
            "data:x",
        ] {
            places(bad).unwrap_err();
        }
    }

    #[test]
    fn what_a_document_says_otherwise_is_named() {
        let document = |token: &str, names_itself| Discovered {
            read_at: 0,
            endpoints: [("token_url".to_owned(), token.to_owned())].into(),
            names_itself,
            s256: true,
            changed: Vec::new(),
        };
        let pinned = document("https://a/", true);
        assert!(pinned.differences(&document("https://a/", true)).is_empty());
        assert_eq!(
            pinned.differences(&document("https://b/", false)),
            [
                "token_url: https://b/ instead of https://a/",
                "answers name the issuer: no instead of yes"
            ]
        );
    }
}
