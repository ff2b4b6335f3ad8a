//! The authorization request and its answer: RFC 6749 §4.1.1 and §4.1.2, PKCE (RFC 7636), resource indicators
//! (RFC 8707), and how a provider strays from them.

use std::collections::BTreeMap;

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use super::{
    OAuth,
    answer::CallbackQuery,
    error::FlowError,
    params::{Params, Stage, name_of},
};
use crate::{
    model::{Invalid, ProviderName, ProviderSettings, Values},
    secret::Secret,
};

/// What differs from one authorization to the next.
pub(super) struct Asking<'a> {
    pub(super) redirect_uri: &'a Url,
    pub(super) state: &'a Secret<String>,
    /// Absent for a provider that does not stand PKCE.
    pub(super) verifier: Option<&'a Secret<String>>,
    pub(super) scopes: &'a [String],
}

/// Longest value that is kept of an answer, in bytes.
const LONGEST: usize = 512;

/// Where a person is sent: `url` with the request in its query.
pub(super) fn location(settings: &ProviderSettings, mut url: Url, asking: &Asking<'_>) -> Url {
    let mut params = Params::new(settings, Stage::Authorize);
    params.add("response_type", "code");
    params.add("client_id", &settings.client_id);
    params.add("redirect_uri", asking.redirect_uri.as_str());
    params.add_scopes(asking.scopes);
    params.add("state", asking.state.expose());
    if let Some(verifier) = asking.verifier {
        params.add("code_challenge", &challenge(verifier));
        params.add("code_challenge_method", "S256");
    }
    if let Some(resource) = &settings.resource {
        params.add("resource", resource.as_str());
    }
    params.add_own(&settings.auth_params);
    let query = match url.query() {
        Some(already) if !already.is_empty() => format!("{already}&{}", params.query()),
        _ => params.query(),
    };
    url.set_query(Some(&query));
    url
}

/// S256 (RFC 7636 §4.2).
fn challenge(verifier: &Secret<String>) -> String {
    let hash = Sha256::digest(verifier.expose().as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash)
}

/// Refuses parameters of an admin's that berth sets itself.
pub(super) fn check(settings: &ProviderSettings) -> Result<(), Invalid> {
    let own = |key: &str| {
        let standard = [
            "response_type",
            "client_id",
            "redirect_uri",
            "state",
            "code_challenge",
            "code_challenge_method",
        ];
        let scope = settings.scope_param.as_deref();
        key == scope.unwrap_or_else(|| name_of(settings, Stage::Authorize, "scope"))
            || standard
                .iter()
                .any(|name| key == name_of(settings, Stage::Authorize, name) || key == *name)
    };
    // Any other mode brings the answer in a way that berth does not read.
    let elsewhere = |key: &str, value: &str| key == "response_mode" && value != "query";
    if let Some(auth_url) = &settings.auth_url {
        let query = auth_url.as_str().split_once('?').map_or("", |(_, query)| query);
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        if let Some((key, _)) = pairs.find(|(key, value)| own(key) || elsewhere(key, value)) {
            return Err(Invalid(format!(
                "the authorization URL has the parameter {key}, which berth sets itself: write the URL without it"
            )));
        }
    }
    let mut params = settings.auth_params.iter();
    if let Some((key, _)) = params.find(|(key, value)| own(key) || elsewhere(key, value)) {
        return Err(Invalid(format!(
            "--auth-param {key} is a parameter that berth sets itself"
        )));
    }
    Ok(())
}

impl OAuth {
    /// Reads the query that a provider sent a person back with, by the names that it has for things.
    pub(crate) async fn read_answer(
        &self,
        provider: &ProviderName,
        query: &str,
    ) -> Result<CallbackQuery, FlowError> {
        let provider = self.0.store.provider(provider).await?;
        let provider = provider.ok_or(FlowError::Unknown)?;
        read(&provider.settings, query)
    }
}

fn read(settings: &ProviderSettings, query: &str) -> Result<CallbackQuery, FlowError> {
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        // RFC 6749 §3.1: none comes twice. Which of them to believe is not ours to guess.
        if pairs.insert(key.into_owned(), value.into_owned()).is_some() {
            return Err(FlowError::Unknown);
        }
    }
    // What stands for the standard's own is not also something to keep.
    let mut take = |standard: &str| pairs.remove(name_of(settings, Stage::Callback, standard));
    let (code, state) = (take("code"), take("state"));
    let (error, error_description) = (take("error"), take("error_description"));
    let iss = take("iss");
    let mut captured = Values::new();
    for variable in &settings.callback_captures {
        if let Some(value) = pairs.remove(variable.name.as_str()) {
            captured.insert(variable.name.clone(), value);
        }
    }
    Ok(CallbackQuery {
        code: code.map(Secret::new),
        state: state.map(Secret::new),
        error,
        error_description,
        iss,
        captured,
    })
}

/// What of `captured` the settings keep. Fails when a value does not look as it has to: it came through a browser.
pub(super) fn kept(settings: &ProviderSettings, captured: &Values) -> Result<Values, Invalid> {
    let mut kept = Values::new();
    for variable in &settings.callback_captures {
        let Some(value) = captured.get(&variable.name) else {
            continue;
        };
        variable.check(value)?;
        if value.len() > LONGEST || value.chars().any(char::is_control) {
            return Err(Invalid(format!("the value of {} is not one", variable.name)));
        }
        kept.insert(variable.name.clone(), value.clone());
    }
    Ok(kept)
}

/// What a user gave for the variables that each is asked for. Fails when one is missing or does not look as it has to.
pub(super) fn given(settings: &ProviderSettings, entered: &Values) -> Result<Values, Invalid> {
    let mut given = Values::new();
    for variable in &settings.user_vars {
        let value = entered.get(&variable.name).map_or("", |value| value.trim());
        if value.is_empty() {
            return Err(Invalid(format!("{} is missing", variable.name)));
        }
        variable.check(value)?;
        given.insert(variable.name.clone(), value.to_owned());
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(more: Value) -> ProviderSettings {
        let mut all = json!({
            "auth_url": "https://idp.example/authorize?prompt=consent",
            "token_url": "https://idp.example/token",
            "client_id": "c d",
        });
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    fn sent(settings: &ProviderSettings, verifier: Option<&str>) -> String {
        let verifier = verifier.map(|text| Secret::new(text.to_owned()));
        let asking = Asking {
            redirect_uri: &"https://berth.example/cb".parse().unwrap(),
            state: &Secret::new("s".to_owned()),
            verifier: verifier.as_ref(),
            scopes: &["a".to_owned(), "b".to_owned()],
        };
        let url = settings.auth_url.as_ref().unwrap().fill(&Values::new()).unwrap();
        location(settings, url, &asking).to_string()
    }

    #[test]
    fn the_request_is_the_standards_unless_the_provider_strays() {
        // The verifier and its challenge of RFC 7636 appendix B.
        let verifier = Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(
            sent(&settings(json!({"resource": "https://api.example/"})), verifier),
            "https://idp.example/authorize?prompt=consent&response_type=code&client_id=c%20d\
             &redirect_uri=https%3A%2F%2Fberth.example%2Fcb&scope=a%20b&state=s\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
             &resource=https%3A%2F%2Fapi.example%2F"
        );
        let odd = settings(json!({
            "auth_url": "https://idp.example/authorize",
            "no_pkce": true,
            "scope_separator": ",",
            "scope_param": "user_scope",
            "rename_params": {"client_id": "client_key", "response_type": "", "state": "custom"},
            "auth_params": {"access_type": "offline"},
        }));
        assert_eq!(
            sent(&odd, None),
            "https://idp.example/authorize?client_key=c%20d&redirect_uri=https%3A%2F%2Fberth.example%2Fcb\
             &user_scope=a%2Cb&custom=s&access_type=offline"
        );
    }

    #[test]
    fn what_berth_sets_is_nobody_elses_to_set() {
        for (good, more) in [
            (true, json!({"auth_params": {"response_mode": "query"}})),
            (
                true,
                json!({"scope_param": "user_scope", "auth_params": {"scope": "chat:write"}}),
            ),
            (false, json!({"auth_params": {"response_mode": "form_post"}})),
            (false, json!({"auth_params": {"state": "x"}})),
            (
                false,
                json!({"auth_params": {"custom": "x"}, "rename_params": {"state": "custom"}}),
            ),
            (
                false,
                json!({"auth_params": {"redirect_uri": "https://evil.example"}}),
            ),
            (
                false,
                json!({"auth_url": "https://idp.example/a?code_challenge=x"}),
            ),
        ] {
            assert_eq!(check(&settings(more.clone())).is_ok(), good, "{more}");
        }
    }

    #[test]
    fn the_answer_is_read_by_the_providers_names() {
        let odd = settings(json!({
            "rename_params": {"callback.code": "the_code"},
            "callback_captures": ["realmId:[0-9]+", "accounts-server:https://accounts\\.zoho\\.(com|eu)"],
        }));
        let answer = read(&odd, "the_code=c&code=other&state=s&realmId=12&x=y").unwrap();
        assert_eq!(answer.code.unwrap().expose(), "c");
        assert_eq!(answer.state.unwrap().expose(), "s");
        assert_eq!(kept(&odd, &answer.captured).unwrap(), answer.captured);
        assert_eq!(answer.captured.len(), 1);
        for twice in ["state=a&state=b", "the_code=a&state=s&the_code=b"] {
            assert!(matches!(read(&odd, twice), Err(FlowError::Unknown)));
        }
        for hostile in [
            "https://accounts.zoho.com.evil.example",
            "https://evil.example",
            "https://accounts.zoho.eu@evil.example",
            "https://accounts.zoho.eu\r\n",
            "",
        ] {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("accounts-server", hostile)
                .finish();
            let answer = read(&odd, &query).unwrap();
            kept(&odd, &answer.captured).unwrap_err();
        }
    }
}
