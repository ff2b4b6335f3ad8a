//! The settings of a provider, as flags; each becomes the field of `ProviderSettings` that is called like it.

use serde_json::{Map, Value, json};

use crate::{
    cli::error::CmdError,
    model::{Address, ClientAuth, Invalid, Pointer, Rotation, Seconds, TokenField, Variable, VariableName},
};

/// An empty value takes a setting away; a list replaces the whole list.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Flags {
    /// The issuer, whose metadata gives the addresses that are not given (RFC 8414, OpenID Connect Discovery); they are
    /// read now, and stay as they are
    #[arg(long, value_name = "URL", help_heading = "Provider")]
    pub(super) issuer: Option<String>,

    /// Where users are sent to authorize
    #[arg(long, value_name = "URL", help_heading = "Provider")]
    pub(super) auth_url: Option<String>,

    /// Where codes and refresh tokens are redeemed
    #[arg(long, value_name = "URL", help_heading = "Provider")]
    pub(super) token_url: Option<String>,

    /// Where refresh tokens are redeemed, if elsewhere
    #[arg(long, value_name = "URL", help_heading = "Provider")]
    refresh_url: Option<String>,

    /// Where tokens are revoked (RFC 7009) [default: nowhere; they are only erased]
    #[arg(long, value_name = "URL", help_heading = "Provider")]
    revoke_url: Option<String>,

    /// Where a token's state is asked (RFC 7662)
    #[arg(long, value_name = "URL", help_heading = "Provider")]
    introspect_url: Option<String>,

    /// Where a token's owner is asked, so that another account is noticed
    #[arg(long, value_name = "URL", help_heading = "Provider")]
    userinfo_url: Option<String>,

    /// The client id that the third party gave
    #[arg(long, value_name = "ID", help_heading = "Client")]
    pub(super) client_id: Option<String>,

    /// How the client authenticates: in the header, in the body, or not [default: found out]
    #[arg(long, value_name = "basic|post|none", help_heading = "Client")]
    client_auth: Option<String>,

    /// How a grant comes about: each user's consent, or the client's own, for all users
    #[arg(
        long,
        value_name = "authorization-code|client-credentials",
        help_heading = "Client"
    )]
    pub(super) grant: Option<String>,

    /// What stands between scopes [default: a space]
    #[arg(long, value_name = "TEXT", help_heading = "Quirks")]
    scope_separator: Option<String>,

    /// The parameter that carries the scopes [default: scope]
    #[arg(long, value_name = "NAME", help_heading = "Quirks")]
    scope_param: Option<String>,

    /// A further parameter of the authorization request
    #[arg(long = "auth-param", value_name = "NAME=VALUE", help_heading = "Quirks")]
    auth_params: Vec<String>,

    /// A further parameter of a request for tokens
    #[arg(long = "token-param", value_name = "NAME=VALUE", help_heading = "Quirks")]
    token_params: Vec<String>,

    /// A further parameter of a refresh
    #[arg(long = "refresh-param", value_name = "NAME=VALUE", help_heading = "Quirks")]
    refresh_params: Vec<String>,

    /// Another name for a parameter of the standard, such as client_id=app_id; `response_type=` leaves one out, and
    /// callback.code=the_code is for that place alone (authorize, callback, token, refresh)
    #[arg(long = "rename-param", value_name = "NAME=NAME", help_heading = "Quirks")]
    rename_params: Vec<String>,

    /// Authorize without PKCE, for a provider that refuses it
    #[arg(
        long,
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        help_heading = "Quirks"
    )]
    no_pkce: Option<bool>,

    /// What requests for tokens are written in [default: form]
    #[arg(long, value_name = "form|json", help_heading = "Quirks")]
    token_body: Option<String>,

    /// Where a field of the token stands in the answer, such as access_token=/authed_user/access_token (RFC 6901)
    #[arg(long = "field", value_name = "FIELD=/POINTER", help_heading = "Quirks")]
    fields: Vec<String>,

    /// More to keep of a token's answer, such as instance_url=/instance_url; templates may name it
    #[arg(long = "capture", value_name = "NAME=/POINTER", help_heading = "Quirks")]
    captures: Vec<String>,

    /// What to keep of the answer to an authorization, such as realmId; with a pattern for what it may look like
    #[arg(
        long = "capture-callback",
        value_name = "NAME[:REGEX]",
        help_heading = "Quirks"
    )]
    callback_captures: Vec<String>,

    /// What a variable in an address stands for, such as subdomain=acme in https://{subdomain}.example/token
    #[arg(long = "var", value_name = "NAME=VALUE", help_heading = "Quirks")]
    vars: Vec<String>,

    /// A variable that each user is asked for, with a pattern for what it may look like
    #[arg(long = "user-var", value_name = "NAME[:REGEX]", help_heading = "Quirks")]
    user_vars: Vec<String>,

    /// How long an access token lives whose provider does not say [default: 1h where there is a refresh token]
    #[arg(long, value_name = "TIME", help_heading = "Refresh")]
    assume_lifetime: Option<String>,

    /// How long before its end a token is refreshed, at most [default: 60s]
    #[arg(long, value_name = "TIME", help_heading = "Refresh")]
    refresh_margin: Option<String>,

    /// Refresh a grant that was not used for this long, so that it does not die of it
    #[arg(long, value_name = "TIME", help_heading = "Refresh")]
    keep_warm: Option<String>,

    /// What happens to a refresh token that was used: nothing, it lives a while longer, or it is dead [default: strict]
    #[arg(long, value_name = "none|grace=TIME|strict", help_heading = "Refresh")]
    rotation: Option<String>,

    /// The resource that tokens are for (RFC 8707)
    #[arg(long, value_name = "URL", help_heading = "Provider")]
    resource: Option<String>,
}

impl Flags {
    /// What is named, as a change of the settings.
    pub(super) fn change(&self) -> Result<Map<String, Value>, CmdError> {
        let mut change = Change::default();
        change.text("issuer", &self.issuer, as_is)?;
        for (name, given) in [
            ("auth_url", &self.auth_url),
            ("token_url", &self.token_url),
            ("refresh_url", &self.refresh_url),
            ("revoke_url", &self.revoke_url),
            ("introspect_url", &self.introspect_url),
            ("userinfo_url", &self.userinfo_url),
        ] {
            change.text(name, given, |text| Ok(json!(text.parse::<Address>()?)))?;
        }
        change.text("client_id", &self.client_id, as_is)?;
        change.text("client_auth", &self.client_auth, word::<ClientAuth>)?;
        change.text("grant", &self.grant, word::<crate::model::GrantType>)?;
        change.text("token_body", &self.token_body, word::<crate::model::TokenBody>)?;
        // A space is a separator like any other, and none at all takes the setting away.
        change.text("scope_separator", &self.scope_separator, as_is)?;
        change.text("scope_param", &self.scope_param, as_is)?;
        for (name, given) in [
            ("auth_params", &self.auth_params),
            ("token_params", &self.token_params),
            ("refresh_params", &self.refresh_params),
            ("rename_params", &self.rename_params),
        ] {
            change.pairs(name, given, |_, value| Ok(json!(value)))?;
        }
        change.pairs("fields", &self.fields, |name, value| {
            word::<TokenField>(name)?;
            Ok(json!(value.parse::<Pointer>()?))
        })?;
        change.pairs("captures", &self.captures, |name, value| {
            name.parse::<VariableName>()?;
            Ok(json!(value.parse::<Pointer>()?))
        })?;
        change.pairs("vars", &self.vars, |name, value| {
            name.parse::<VariableName>()?;
            Ok(json!(value))
        })?;
        change.list("callback_captures", &self.callback_captures)?;
        change.list("user_vars", &self.user_vars)?;
        for (name, given) in [
            ("assume_lifetime", &self.assume_lifetime),
            ("refresh_margin", &self.refresh_margin),
            ("keep_warm", &self.keep_warm),
        ] {
            change.text(name, given, |text| Ok(json!(text.parse::<Seconds>()?)))?;
        }
        change.text("rotation", &self.rotation, |text| {
            Ok(json!(text.parse::<Rotation>()?))
        })?;
        change.text("resource", &self.resource, |text| {
            let url: url::Url = text
                .parse()
                .map_err(|error| Invalid(format!("{text:?} is not a URL: {error}")))?;
            Ok(json!(url))
        })?;
        if let Some(no_pkce) = self.no_pkce {
            change.0.insert("no_pkce".to_owned(), json!(no_pkce));
        }
        Ok(change.0)
    }
}

fn as_is(text: &str) -> Result<Value, Invalid> {
    Ok(json!(text))
}

/// One of the words that a type knows.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<Value, Invalid> {
    let value = json!(text);
    match serde_json::from_value::<T>(value.clone()) {
        Ok(_) => Ok(value),
        Err(error) => Err(Invalid(error.to_string())),
    }
}

#[derive(Default)]
struct Change(Map<String, Value>);

impl Change {
    fn text(
        &mut self,
        name: &str,
        given: &Option<String>,
        read: impl Fn(&str) -> Result<Value, Invalid>,
    ) -> Result<(), CmdError> {
        let value = match given.as_deref() {
            None => return Ok(()),
            Some("") => Value::Null,
            Some(text) => read(text).map_err(|invalid| refused(name, &invalid))?,
        };
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    fn pairs(
        &mut self,
        name: &str,
        given: &[String],
        read: impl Fn(&str, &str) -> Result<Value, Invalid>,
    ) -> Result<(), CmdError> {
        if given.is_empty() {
            return Ok(());
        }
        let mut pairs = Map::new();
        for text in given.iter().filter(|text| !text.is_empty()) {
            let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                return Err(refused(name, &Invalid(format!("{text:?} is not NAME=VALUE"))));
            };
            let value = read(key, value).map_err(|invalid| refused(name, &invalid))?;
            pairs.insert(key.to_owned(), value);
        }
        self.0.insert(name.to_owned(), Value::Object(pairs));
        Ok(())
    }

    fn list(&mut self, name: &str, given: &[String]) -> Result<(), CmdError> {
        if given.is_empty() {
            return Ok(());
        }
        let given = given.iter().filter(|text| !text.is_empty());
        let list: Result<Vec<Variable>, Invalid> = given.map(|text| text.parse()).collect();
        let list = list.map_err(|invalid| refused(name, &invalid))?;
        self.0.insert(name.to_owned(), json!(list));
        Ok(())
    }
}

/// The flag that a field belongs to.
fn flag(name: &str) -> String {
    let flag = match name {
        "callback_captures" => "capture-callback",
        name => name,
    };
    let repeated = ["_params", "fields", "captures", "vars"];
    let one = match repeated.iter().any(|list| flag.ends_with(list)) {
        true => flag.trim_end_matches('s'),
        false => flag,
    };
    format!("--{}", one.replace('_', "-"))
}

fn refused(name: &str, invalid: &Invalid) -> CmdError {
    CmdError::usage(format!("{}: {invalid}", flag(name)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Args as _, Parser};

    use super::*;
    use crate::model::FIELDS;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: Flags,
    }

    #[test]
    fn flags_and_fields_agree() {
        let command = Flags::augment_args(clap::Command::new("set"));
        let flags: BTreeSet<String> = command
            .get_arguments()
            .filter_map(|argument| Some(format!("--{}", argument.get_long()?)))
            .collect();
        assert_eq!(flags, FIELDS.map(flag).into());
        // An empty value takes a setting away, whichever it is.
        for field in FIELDS.into_iter().filter(|field| *field != "no_pkce") {
            let change = Line::parse_from(["set", &flag(field), ""])
                .flags
                .change()
                .unwrap();
            let empty = [Value::Null, json!({}), json!([])];
            assert!(
                change.len() == 1 && empty.contains(&change[field]),
                "{field}: {change:?}"
            );
        }
    }
}
