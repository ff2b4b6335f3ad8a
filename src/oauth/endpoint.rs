//! Talking to a provider's token endpoint: RFC 6749 §4.1.3 and §6, with PKCE (RFC 7636).

use futures_util::future::BoxFuture;
use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, ExtraTokenFields, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _, TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
        BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    error::{TokenError, scrub},
    reply,
};
use crate::{
    model::{self, Address, ClientAuth, ProviderSettings, Values},
    net::Http,
    secret::Secret,
    store::{Provider, TokenSet},
};

/// What is exchanged for tokens.
pub(super) enum Redeem<'a> {
    Code {
        code: &'a Secret<String>,
        verifier: &'a Secret<String>,
        redirect_uri: &'a Url,
    },
    /// The tokens as they are; what the answer leaves out stays.
    Refresh { held: &'a TokenSet },
}

/// A provider's answer, and how it took the client's secret where that was not known before.
#[derive(Debug)]
pub(super) struct Redeemed {
    pub(super) tokens: TokenSet,
    pub(super) learned: Option<ClientAuth>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Extra {
    #[serde(default)]
    id_token: Option<String>,
}

impl ExtraTokenFields for Extra {}

type Reply = StandardTokenResponse<Extra, BasicTokenType>;
type Client = oauth2::Client<
    BasicErrorResponse,
    Reply,
    BasicTokenIntrospectionResponse,
    oauth2::StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// The guarded client in the form that the oauth2 crate asks for; it hands on what reads like RFC 6749.
struct Guarded<'a>(&'a Http);

impl<'c> AsyncHttpClient<'c> for Guarded<'_> {
    type Error = TokenError;
    type Future = BoxFuture<'c, Result<oauth2::HttpResponse, TokenError>>;

    fn call(&'c self, request: oauth2::HttpRequest) -> Self::Future {
        Box::pin(async move { reply::plain(&self.0.send(request).await?) })
    }
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
    let vars = match redeem {
        Redeem::Code { .. } => &none,
        Redeem::Refresh { held } => &held.vars,
    };
    let token_url = settings
        .fill(&settings.token_url, vars)
        .map_err(TokenError::Address)?;
    let mut client = Client::new(ClientId::new(provider.settings.client_id.clone()))
        .set_token_uri(TokenUrl::from_url(token_url))
        .set_auth_type(match auth {
            ClientAuth::Basic => AuthType::BasicAuth,
            ClientAuth::Post | ClientAuth::None => AuthType::RequestBody,
        });
    if let Some(secret) = &provider.client_secret {
        client = client.set_client_secret(ClientSecret::new(secret.expose().clone()));
    }
    let send = Guarded(http);
    // The lifetime counts from here: what the way takes is not to be trusted to the token.
    let asked_at = model::now();
    let (reply, held) = match redeem {
        Redeem::Code {
            code,
            verifier,
            redirect_uri,
        } => {
            let client = client.set_redirect_uri(RedirectUrl::from_url((*redirect_uri).clone()));
            let reply = client
                .exchange_code(AuthorizationCode::new(code.expose().clone()))
                .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().clone()))
                .request_async(&send)
                .await;
            (reply, None)
        }
        Redeem::Refresh { held } => {
            let token = held
                .refresh_token
                .as_ref()
                .map_or_else(String::new, |token| token.expose().clone());
            let reply = client
                .exchange_refresh_token(&RefreshToken::new(token))
                .request_async(&send)
                .await;
            (reply, Some(*held))
        }
    };
    let reply = reply.map_err(|error| conceal(explain(error), provider, redeem))?;
    let mut tokens = keep(&reply, held, asked_at)?;
    tokens.revoke_origin = match held {
        Some(held) => held.revoke_origin.clone(),
        None => revoke_origin(settings, &none),
    };
    Ok(tokens)
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
        Redeem::Code { code, verifier, .. } => [Some(*code), Some(*verifier)],
        Redeem::Refresh { held } => [held.refresh_token.as_ref(), Some(&held.access_token)],
    };
    for secret in sent.into_iter().flatten().chain(&provider.client_secret) {
        if !secret.expose().is_empty() {
            error = error.replace(secret.expose(), "***");
            description = description.replace(secret.expose(), "***");
        }
    }
    TokenError::Refused {
        error: scrub(&error),
        description: scrub(&description),
    }
}

/// The parse error of the client library carries the answer's bytes, so nothing of it goes on.
fn explain(
    error: RequestTokenError<TokenError, StandardErrorResponse<BasicErrorResponseType>>,
) -> TokenError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(refusal) => TokenError::Refused {
            error: refusal.error().as_ref().to_owned(),
            description: refusal.error_description().cloned().unwrap_or_default(),
        },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            TokenError::Unexpected("its fields are not those of a token".to_owned())
        }
    }
}

/// The tokens to store: what the reply has, and of those `held` what it leaves out.
fn keep(reply: &Reply, held: Option<&TokenSet>, asked_at: model::Millis) -> Result<TokenSet, TokenError> {
    let token_type = match reply.token_type() {
        BasicTokenType::Bearer => "Bearer".to_owned(),
        BasicTokenType::Mac => "mac".to_owned(),
        BasicTokenType::Extension(other) => other.clone(),
    };
    let scope = match reply.scopes() {
        Some(scopes) => scopes
            .iter()
            .map(|scope| scope.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        None => held.map(|held| held.scope.clone()).unwrap_or_default(),
    };
    let tokens = TokenSet {
        access_token: Secret::new(reply.access_token().secret().clone()),
        refresh_token: reply
            .refresh_token()
            .map(|token| Secret::new(token.secret().clone()))
            .or_else(|| held.and_then(|held| held.refresh_token.clone())),
        id_token: reply
            .extra_fields()
            .id_token
            .clone()
            .map(Secret::new)
            .or_else(|| held.and_then(|held| held.id_token.clone())),
        token_type,
        scope,
        lifetime: reply
            .expires_in()
            .map(|lifetime| lifetime.as_secs())
            .or_else(|| held.and_then(|held| held.lifetime)),
        asked_at,
        revoke_origin: None,
        vars: held.map(|held| held.vars.clone()).unwrap_or_default(),
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
    Ok(tokens)
}
