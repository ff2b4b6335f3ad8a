//! The parameters of requests to a provider, under the names that it has for them.

use std::collections::BTreeSet;

use base64::Engine as _;
use http::{Method, Request, header};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use crate::{
    model::{ClientAuth, Invalid, ProviderSettings, TokenBody},
    secret::Secret,
    store::Provider,
};

/// Where a parameter stands. A provider may have a name of its own for it at one place alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// RFC 6749 §4.1.1.
    Authorize,
    /// The answer to it: §4.1.2.
    Callback,
    /// §4.1.3 and §4.4.2.
    Token,
    /// §6.
    Refresh,
    /// RFC 7009 §2.1.
    Revoke,
}

impl Stage {
    const ALL: [Self; 5] = [
        Self::Authorize,
        Self::Callback,
        Self::Token,
        Self::Refresh,
        Self::Revoke,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Callback => "callback",
            Self::Token => "token",
            Self::Refresh => "refresh",
            Self::Revoke => "revoke",
        }
    }
}

/// What the standards name, and whether a provider may do without it.
const STANDARD: [(&str, Needed); 15] = [
    ("response_type", Needed::No),
    ("client_id", Needed::No),
    ("client_secret", Needed::No),
    ("redirect_uri", Needed::No),
    ("scope", Needed::No),
    ("state", Needed::Yes),
    ("code_challenge", Needed::Yes),
    ("code_challenge_method", Needed::Yes),
    ("resource", Needed::No),
    ("code", Needed::Yes),
    ("error", Needed::Yes),
    ("error_description", Needed::No),
    ("grant_type", Needed::No),
    ("refresh_token", Needed::Yes),
    ("code_verifier", Needed::Yes),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    Yes,
    No,
}

/// What a provider calls a parameter of the standard; empty when it is to be left out.
pub(super) fn name_of<'a>(settings: &'a ProviderSettings, stage: Stage, standard: &'a str) -> &'a str {
    let names = &settings.rename_params;
    names
        .get(&format!("{}.{standard}", stage.as_str()))
        .or_else(|| names.get(standard))
        .map_or(standard, String::as_str)
}

/// Refuses new names for what is no parameter, those that two would share, and leaving out what guards the person.
pub(super) fn check_names(settings: &ProviderSettings) -> Result<(), Invalid> {
    let mut taken = BTreeSet::new();
    for (key, name) in &settings.rename_params {
        let (stage, standard) = key.split_once('.').unwrap_or(("", key));
        let is_stage = stage.is_empty() || Stage::ALL.iter().any(|known| known.as_str() == stage);
        let known = STANDARD.iter().find(|(known, _)| *known == standard);
        let (true, Some((_, needed))) = (is_stage, known) else {
            return Err(Invalid(format!(
                "--rename-param {key} is no parameter that berth sends or reads: use one such as client_id or code, \
                 or callback.code for that place alone"
            )));
        };
        if name.is_empty() && *needed == Needed::Yes {
            return Err(Invalid(format!("--rename-param {key}= can't be left out")));
        }
        if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Invalid(format!("--rename-param {key}={name:?} is no name")));
        }
        if !name.is_empty() && !taken.insert((stage, name)) {
            return Err(Invalid(format!("--rename-param gives the name {name} twice")));
        }
    }
    Ok(())
}

/// A request's parameters in order.
#[derive(Debug)]
pub(super) struct Params<'a> {
    settings: &'a ProviderSettings,
    stage: Stage,
    pairs: Vec<(String, String)>,
}

impl<'a> Params<'a> {
    pub(super) fn new(settings: &'a ProviderSettings, stage: Stage) -> Self {
        Self {
            settings,
            stage,
            pairs: Vec::new(),
        }
    }

    /// Adds a parameter of the standard.
    pub(super) fn add(&mut self, standard: &str, value: &str) {
        let name = match standard {
            "scope" => self.settings.scope_param.as_deref(),
            _ => None,
        };
        let name = name.unwrap_or_else(|| name_of(self.settings, self.stage, standard));
        if !name.is_empty() {
            self.pairs.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Adds what is asked for, if anything is.
    pub(super) fn add_scopes(&mut self, scopes: &[String]) {
        if !scopes.is_empty() {
            let separator = self.settings.scope_separator.as_deref().unwrap_or(" ");
            self.add("scope", &scopes.join(separator));
        }
    }

    /// Adds the admin's own parameters. One of a name that is there already stands in its place.
    pub(super) fn add_own<'p>(&mut self, own: impl IntoIterator<Item = (&'p String, &'p String)>) {
        for (name, value) in own {
            self.pairs.retain(|(taken, _)| taken != name);
            self.pairs.push((name.clone(), value.clone()));
        }
    }

    /// As a query, where a space is `%20`: not every server takes a plus for one.
    pub(super) fn query(&self) -> String {
        self.form().replace('+', "%20")
    }

    /// As `application/x-www-form-urlencoded`.
    fn form(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.pairs)
            .finish()
    }

    fn json(&self) -> String {
        let object: Map<String, Value> = self
            .pairs
            .iter()
            .map(|(name, value)| (name.clone(), Value::String(value.clone())))
            .collect();
        Value::Object(object).to_string()
    }

    /// The request, with the client's authentication: in the header or in the body, never in both, which strict
    /// servers refuse.
    pub(super) fn request(
        mut self,
        url: &Url,
        provider: &Provider,
        auth: ClientAuth,
    ) -> Result<Request<Vec<u8>>, http::Error> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(url.as_str())
            .header(header::ACCEPT, "application/json");
        let client_id = &provider.settings.client_id;
        match (&provider.client_secret, auth) {
            (Some(secret), ClientAuth::Basic) => {
                request = request.header(header::AUTHORIZATION, basic(client_id, secret)?);
            }
            (Some(secret), ClientAuth::Post) => {
                self.add("client_id", client_id);
                self.add("client_secret", secret.expose());
            }
            (None, _) | (_, ClientAuth::None) => self.add("client_id", client_id),
        }
        let (content_type, body) = match provider.settings.token_body {
            TokenBody::Form => ("application/x-www-form-urlencoded", self.form()),
            TokenBody::Json => ("application/json", self.json()),
        };
        request
            .header(header::CONTENT_TYPE, content_type)
            .body(body.into_bytes())
    }
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they are joined.
fn basic(client_id: &str, secret: &Secret<String>) -> Result<http::HeaderValue, http::Error> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Secret::new(format!("{}:{}", encode(client_id), encode(secret.expose())));
    let basic = base64::engine::general_purpose::STANDARD.encode(pair.expose());
    let mut value = http::HeaderValue::try_from(format!("Basic {basic}"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(more: Value) -> ProviderSettings {
        let mut all = json!({
            "auth_url": "https://idp.example/authorize",
            "token_url": "https://idp.example/token",
            "client_id": "c",
        });
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn names_and_separators_are_the_providers() {
        let odd = settings(json!({
            "rename_params": {"client_id": "client_key", "response_type": "", "callback.code": "the_code"},
            "scope_param": "user_scope",
            "scope_separator": ",",
        }));
        let mut params = Params::new(&odd, Stage::Authorize);
        params.add("response_type", "code");
        params.add("client_id", "a b+c");
        params.add_scopes(&["x".to_owned(), "y".to_owned()]);
        params.add_own([(&"access_type".to_owned(), &"offline".to_owned())]);
        assert_eq!(
            params.query(),
            "client_key=a%20b%2Bc&user_scope=x%2Cy&access_type=offline"
        );
        assert_eq!(name_of(&odd, Stage::Callback, "code"), "the_code");
        assert_eq!(name_of(&odd, Stage::Token, "code"), "code");
    }

    #[test]
    fn an_own_parameter_stands_in_the_place_of_the_standards() {
        let plain = settings(json!({}));
        let mut params = Params::new(&plain, Stage::Refresh);
        params.add("grant_type", "refresh_token");
        params.add_own([(&"grant_type".to_owned(), &"fb_exchange_token".to_owned())]);
        assert_eq!(params.json(), r#"{"grant_type":"fb_exchange_token"}"#);
    }

    #[test]
    fn only_parameters_that_may_go_are_left_out() {
        for (good, names) in [
            (
                true,
                json!({"client_id": "app_id", "response_type": "", "redirect_uri": "redirect_url"}),
            ),
            (
                true,
                json!({"callback.code": "spapi_oauth_code", "authorize.client_id": "application_id"}),
            ),
            (false, json!({"state": ""})),
            (false, json!({"authorize.state": ""})),
            (false, json!({"code_challenge": ""})),
            (false, json!({"cliend_id": "x"})),
            (false, json!({"elsewhere.code": "x"})),
            (false, json!({"client_id": "x", "redirect_uri": "x"})),
            (false, json!({"client_id": "x\r\ny"})),
        ] {
            let settings = settings(json!({ "rename_params": names }));
            assert_eq!(
                check_names(&settings).is_ok(),
                good,
                "{:?}",
                settings.rename_params
            );
        }
    }
}
