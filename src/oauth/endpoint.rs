//! Talking to a provider's token endpoint: RFC 6749 §4.1.3 and §6, with PKCE (RFC 7636).

use base64::Engine as _;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::{
    error::{TokenError, scrub},
    params::{Params, Stage},
    reply::{self, Reply},
};
use crate::{
    model::{self, Address, ClientAuth, GrantType, ProviderSettings, Values},
    net::Http,
    secret::Secret,
    store::{Provider, TokenSet},
};

/// What is exchanged for tokens.
pub(super) enum Redeem<'a> {
    Code {
        code: &'a Secret<String>,
        /// Absent where the authorization went without PKCE.
        verifier: Option<&'a Secret<String>>,
        redirect_uri: &'a Url,
        /// The user's variables, and what came with the code.
        vars: &'a Values,
    },
    /// The tokens as they are; what the answer leaves out stays.
    Refresh { held: &'a TokenSet },
    /// Nothing but who the client is (RFC 6749 §4.4).
    Client { scopes: &'a [String] },
}

/// A provider's answer, and how it took the client's secret where that was not known before.
#[derive(Debug)]
pub(super) struct Redeemed {
    pub(super) tokens: TokenSet,
    pub(super) learned: Option<ClientAuth>,
}

/// What a grant made with these settings and variables of its own is bound to: where its secrets go, and the client.
pub(super) fn bound_to(settings: &ProviderSettings, vars: &Values) -> String {
    let token = origin(settings, &settings.token_url, vars);
    let refresh = settings
        .refresh_url
        .as_ref()
        .map(|url| origin(settings, url, vars));
    match refresh.filter(|refresh| *refresh != token) {
        Some(refresh) => format!("{token} {refresh} {}", settings.client_id),
        None => format!("{token} {}", settings.client_id),
    }
}

/// The origin of an address; the address itself as long as a variable in it has no value.
fn origin(settings: &ProviderSettings, address: &Address, vars: &Values) -> String {
    match settings.fill(address, vars) {
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => address.to_string(),
    }
}

/// The origin of the revocation URL.
pub(super) fn revoke_origin(settings: &ProviderSettings, vars: &Values) -> Option<String> {
    Some(origin(settings, settings.revoke_url.as_ref()?, vars))
}

/// Whether what was made or given with settings `old` may be sent to the revocation URL of `new`: to the place that
/// it went to before, or to the token endpoint's, which has it anyway. Both must be bound to the same.
pub(super) fn may_revoke(old: Option<&str>, new: &ProviderSettings, vars: &Values) -> bool {
    revoke_origin(new, vars)
        .is_some_and(|revoke| Some(revoke.as_str()) == old || revoke == origin(new, &new.token_url, vars))
}

/// Whether all that is told a secret or a token besides the token endpoint is where it was with settings `old`, or where
/// the token endpoint is. Both must be bound to the same.
pub(super) fn goes_where_it_went(old: &ProviderSettings, new: &ProviderSettings) -> bool {
    type Of = fn(&ProviderSettings) -> Option<&Address>;
    let told: [Of; 3] = [
        |settings| settings.revoke_url.as_ref(),
        |settings| settings.introspect_url.as_ref(),
        |settings| settings.userinfo_url.as_ref(),
    ];
    let none = Values::new();
    told.into_iter().all(|of| {
        let before = of(old).map(|address| origin(old, address, &none));
        let now = of(new).map(|address| origin(new, address, &none));
        now.is_none() || now == before || now == Some(origin(new, &new.token_url, &none))
    })
}

/// Exchanges a code or a refresh token. Where it is not known how the provider takes the client's secret, the header
/// is tried first, then the body; never both at once, which strict servers refuse.
pub(super) async fn redeem(
    http: &Http,
    provider: &Provider,
    redeem: Redeem<'_>,
) -> Result<Redeemed, TokenError> {
    if let Some(auth) = provider.auth() {
        let tokens = attempt(http, provider, auth, &redeem).await?;
        return Ok(Redeemed {
            tokens,
            learned: None,
        });
    }
    let (tokens, learned) = match attempt(http, provider, ClientAuth::Basic, &redeem).await {
        Err(refused) if refused.refuses_client() => (
            attempt(http, provider, ClientAuth::Post, &redeem).await?,
            ClientAuth::Post,
        ),
        result => (result?, ClientAuth::Basic),
    };
    Ok(Redeemed {
        tokens,
        learned: Some(learned),
    })
}

async fn attempt(
    http: &Http,
    provider: &Provider,
    auth: ClientAuth,
    redeem: &Redeem<'_>,
) -> Result<TokenSet, TokenError> {
    let settings = &provider.settings;
    let none = Values::new();
    let (address, params, vars, held) = match redeem {
        Redeem::Code { vars, .. } => (&settings.token_url, code_params(settings, redeem), *vars, None),
        Redeem::Client { scopes } => (&settings.token_url, client_params(settings, scopes), &none, None),
        Redeem::Refresh { held } if settings.grant == GrantType::ClientCredentials => {
            // There is nothing to refresh with: the client asks again.
            let scopes: Vec<String> = held.scope.split_whitespace().map(str::to_owned).collect();
            let params = client_params(settings, &scopes);
            (&settings.token_url, params, &held.vars, Some(*held))
        }
        Redeem::Refresh { held } => {
            let address = settings.refresh_url.as_ref().unwrap_or(&settings.token_url);
            (address, refresh_params(settings, held), &held.vars, Some(*held))
        }
    };
    let url = settings.fill(address, vars).map_err(TokenError::Address)?;
    let request = params
        .request(&url, provider, auth)
        .map_err(|_| TokenError::Malformed("client"))?;
    // The lifetime counts from here: what the way takes is not to be trusted to the token.
    let asked_at = model::now();
    let answer = http.send(request).await?;
    let at = match held {
        None => reply::At::Exchange,
        Some(_) => reply::At::Refresh,
    };
    let reply = reply::read(&answer, settings, at).map_err(|error| conceal(error, provider, redeem))?;
    keep(reply, settings, vars, held, asked_at)
}

fn code_params<'a>(settings: &'a ProviderSettings, redeem: &Redeem<'_>) -> Params<'a> {
    let mut params = Params::new(settings, Stage::Token);
    params.add("grant_type", "authorization_code");
    if let Redeem::Code {
        code,
        verifier,
        redirect_uri,
        ..
    } = redeem
    {
        params.add("code", code.expose());
        params.add("redirect_uri", redirect_uri.as_str());
        if let Some(verifier) = verifier {
            params.add("code_verifier", verifier.expose());
        }
    }
    add_resource(&mut params, settings);
    params.add_own(&settings.token_params);
    params
}

fn client_params<'a>(settings: &'a ProviderSettings, scopes: &[String]) -> Params<'a> {
    let mut params = Params::new(settings, Stage::Token);
    params.add("grant_type", "client_credentials");
    params.add_scopes(scopes);
    add_resource(&mut params, settings);
    params.add_own(&settings.token_params);
    params
}

fn refresh_params<'a>(settings: &'a ProviderSettings, held: &TokenSet) -> Params<'a> {
    let mut params = Params::new(settings, Stage::Refresh);
    params.add("grant_type", "refresh_token");
    if let Some(token) = &held.refresh_token {
        params.add("refresh_token", token.expose());
    }
    add_resource(&mut params, settings);
    params.add_own(&settings.refresh_params);
    params
}

fn add_resource(params: &mut Params<'_>, settings: &ProviderSettings) {
    if let Some(resource) = &settings.resource {
        params.add("resource", resource.as_str());
    }
}

/// A refusal without what was sent: some servers repeat it in their description.
fn conceal(error: TokenError, provider: &Provider, redeem: &Redeem<'_>) -> TokenError {
    let TokenError::Refused {
        mut error,
        mut description,
    } = error
    else {
        return error;
    };
    let sent = match redeem {
        Redeem::Code { code, verifier, .. } => [Some(*code), *verifier],
        Redeem::Refresh { held } => [held.refresh_token.as_ref(), Some(&held.access_token)],
        Redeem::Client { .. } => [None, None],
    };
    for secret in sent.into_iter().flatten().chain(&provider.client_secret) {
        for form in forms(secret.expose(), &provider.settings.client_id) {
            error = error.replace(form.as_str(), "***");
            description = description.replace(form.as_str(), "***");
        }
    }
    TokenError::Refused {
        error: scrub(&error),
        description: scrub(&description),
    }
}

/// How a secret may come back: as it is, as it stood in a form, and in the header of a client.
fn forms(secret: &str, client_id: &str) -> Vec<Zeroizing<String>> {
    if secret.is_empty() {
        return Vec::new();
    }
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let (id, encoded) = (encode(client_id), encode(secret));
    let header = base64(&format!("{id}:{encoded}"));
    let plain = base64(&format!("{client_id}:{secret}"));
    let all = [
        header,
        plain,
        encoded.replace('+', "%20"),
        encoded,
        secret.to_owned(),
    ];
    all.into_iter().map(Zeroizing::new).collect()
}

/// The tokens to store: what the reply has, and of those `held` what it leaves out.
fn keep(
    reply: Reply,
    settings: &ProviderSettings,
    vars: &Values,
    held: Option<&TokenSet>,
    asked_at: model::Millis,
) -> Result<TokenSet, TokenError> {
    let token_type = match reply.token_type {
        Some(other) if !other.eq_ignore_ascii_case("bearer") => other,
        _ => "Bearer".to_owned(),
    };
    let mut tokens = TokenSet {
        access_token: reply.access_token,
        refresh_token: reply
            .refresh_token
            .or_else(|| held.and_then(|held| held.refresh_token.clone())),
        id_token: reply
            .id_token
            .or_else(|| held.and_then(|held| held.id_token.clone())),
        token_type,
        scope: reply
            .scope
            .or_else(|| held.map(|held| held.scope.clone()))
            .unwrap_or_default(),
        lifetime: reply.lifetime.or_else(|| held.and_then(|held| held.lifetime)),
        asked_at,
        revoke_origin: held.and_then(|held| held.revoke_origin.clone()),
        vars: vars.clone(),
    };
    for (name, text) in [
        ("access token", Some(tokens.access_token.expose())),
        ("refresh token", tokens.refresh_token.as_ref().map(Secret::expose)),
        ("id token", tokens.id_token.as_ref().map(Secret::expose)),
        ("token type", Some(&tokens.token_type)),
        ("scope", Some(&tokens.scope)),
    ] {
        // VSCHAR of RFC 6749 appendix A: anything else could start a header or a variable of its own.
        if !text.is_none_or(|text| text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))) {
            return Err(TokenError::Malformed(name));
        }
    }
    let is_fine = |value: &String| value.len() <= LONGEST && !value.chars().any(char::is_control);
    if !reply.captured.values().all(is_fine) {
        return Err(TokenError::Malformed("captured value"));
    }
    tokens.vars.extend(reply.captured);
    match held {
        None => tokens.revoke_origin = revoke_origin(settings, &tokens.vars),
        // What a later answer says does not move a grant to another place.
        Some(held) if bound_to(settings, &tokens.vars) != bound_to(settings, &held.vars) => {
            tokens.vars.clone_from(&held.vars);
        }
        Some(_) => {}
    }
    Ok(tokens)
}

/// Longest value that is captured of an answer, in bytes.
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_in_every_form_it_is_sent_in() {
        let forms = forms("s3+cr et", "client one");
        let has = |text: &str| forms.iter().any(|form| form.as_str() == text);
        for sent in [
            "s3+cr et",
            "s3%2Bcr+et",
            "s3%2Bcr%20et",
            // base64 of "client+one:s3%2Bcr+et"
            "Y2xpZW50K29uZTpzMyUyQmNyK2V0",
        ] {
            assert!(has(sent), "{sent}");
        }
        assert!(super::forms("", "client").is_empty());
    }
}
