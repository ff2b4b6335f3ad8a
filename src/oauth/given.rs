//! Reading what an admin gives: the client, scopes, and where a token is put.

use std::collections::BTreeSet;

use super::{access::place, error::OAuthError, settings::Change};
use crate::{
    model::{Invalid, Mapping, ProviderSettings, TOKEN_FIELDS, Values, VariableName, unknown_field},
    secret::Secret,
    store::TokenSet,
};

/// The variables that the settings, the users or the provider's answers give values.
pub(super) fn gives(settings: &ProviderSettings) -> BTreeSet<VariableName> {
    let told = settings.user_vars.iter().chain(&settings.callback_captures);
    (settings.vars.keys())
        .chain(told.map(|variable| &variable.name))
        .chain(settings.captures.keys())
        .cloned()
        .collect()
}

/// Client ids and secrets are visible characters and spaces (VSCHAR, RFC 6749 appendix A); a line's end most often
/// comes from the file that they stood in.
pub(super) fn check_client(what: &str, text: Option<&String>) -> Result<(), OAuthError> {
    if text.is_none_or(|text| text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))) {
        return Ok(());
    }
    Err(OAuthError::Invalid(Invalid(format!(
        "the {what} has a line break or another character that none may have (RFC 6749 appendix A)"
    ))))
}

/// Scopes (RFC 6749 §3.3); one text may hold several.
pub(super) fn read_scopes(texts: &[String]) -> Result<Vec<String>, OAuthError> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in texts.iter().flat_map(|text| text.split_whitespace()) {
        let allowed = |byte: u8| (0x21..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
        if !scope.bytes().all(allowed) {
            let shown: String = scope.chars().take(60).collect();
            return Err(OAuthError::Invalid(Invalid(format!(
                "scope {shown:?} has a character that no scope may have (RFC 6749 §3.3)"
            ))));
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(scopes)
}

pub(super) fn merge_mapping(
    old: Option<&Mapping>,
    change: &Change,
    settings: &ProviderSettings,
) -> Result<Mapping, OAuthError> {
    let mut mapping = old.cloned().unwrap_or_default();
    if let Some(headers) = &change.headers {
        mapping.headers.clone_from(headers);
    }
    if let Some(env) = &change.env {
        mapping.env.clone_from(env);
    }
    if let Some(files) = &change.files {
        mapping.files.clone_from(files);
    }
    mapping.check().map_err(OAuthError::Invalid)?;
    if mapping.is_empty() {
        return Err(OAuthError::Incomplete(vec![
            "how the token reaches the connector (--header 'Authorization: Bearer {access_token}', --env 'ACCESS_TOKEN={access_token}' or --file 'TOKEN_FILE={access_token}')",
        ]));
    }
    for name in mapping.fields() {
        let is_variable = name.parse().is_ok_and(|name| gives(settings).contains(&name));
        if !TOKEN_FIELDS.contains(&name) && !is_variable {
            return Err(OAuthError::Invalid(unknown_field(name)));
        }
    }
    let sample = TokenSet {
        access_token: Secret::new("x".to_owned()),
        refresh_token: None,
        id_token: None,
        token_type: "x".to_owned(),
        scope: "x".to_owned(),
        lifetime: Some(1),
        asked_at: 0,
        revoke_origin: None,
        vars: Values::new(),
    };
    place(&mapping, &settings.vars, &sample).map_err(|_| {
        OAuthError::Invalid(Invalid(
            "a header template has a character that no header may have: use plain ASCII".to_owned(),
        ))
    })?;
    Ok(mapping)
}
