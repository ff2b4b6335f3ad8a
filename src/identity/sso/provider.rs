//! Talking to the provider, by berth's own HTTP client.

use std::{pin::Pin, sync::Arc};

use openidconnect::{
    AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardErrorResponse, TokenResponse as _,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreProviderMetadata, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
    },
};

use super::{
    Sso, SsoError, SsoSettings,
    answer::{Claims, Extra, IdClaims, InfoClaims, TokenAnswer, Verifier},
};
use crate::{
    net::{Http, NetError},
    secret::Secret,
};

/// The settings of now.
pub(super) struct Configured {
    pub(super) settings: SsoSettings,
    secret: Option<Secret<String>>,
    pub(super) version: i64,
}

type Relying = Client<
    Extra,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    TokenAnswer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// [`Http`] as the crate wants it.
struct Guarded<'a>(&'a Http);

impl<'c> AsyncHttpClient<'c> for Guarded<'_> {
    type Error = NetError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NetError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = self.0.send(request).await?.into_parts();
            Ok(HttpResponse::from_parts(parts, body.to_vec()))
        })
    }
}

/// What a provider says of itself, and its keys; its issuer has to be the one that was asked for.
pub(super) async fn discover(http: &Http, issuer: &str) -> Result<CoreProviderMetadata, SsoError> {
    let url = IssuerUrl::new(issuer.to_owned())
        .map_err(|_| SsoError::Refused(format!("the issuer {issuer:?} is no URL")))?;
    http.check(url.url()).map_err(SsoError::Net)?;
    CoreProviderMetadata::discover_async(url, &Guarded(http))
        .await
        .map_err(|error| match error {
            openidconnect::DiscoveryError::Request(error) => SsoError::Net(error),
            openidconnect::DiscoveryError::Response(status, ..) => SsoError::Provider(format!(
                "answers with status {status} at .well-known/openid-configuration"
            )),
            openidconnect::DiscoveryError::Validation(_) => {
                SsoError::Provider("says that its issuer is another one".to_owned())
            }
            _ => {
                SsoError::Provider("does not describe itself as OpenID Connect Discovery wants it".to_owned())
            }
        })
}

impl Sso {
    pub(super) async fn configured(&self) -> Result<Configured, SsoError> {
        let record = self.identity.store.sso().await?.ok_or(SsoError::NotConfigured)?;
        Ok(Configured {
            settings: SsoSettings::read(&record.settings)?,
            secret: record.secret,
            version: record.version,
        })
    }

    pub(super) async fn provider(
        &self,
        configured: &Configured,
    ) -> Result<Arc<CoreProviderMetadata>, SsoError> {
        if let Some(known) = self.providers.get(&configured.version) {
            return Ok(known);
        }
        let found = Arc::new(discover(&self.http, &configured.settings.issuer).await?);
        self.providers.insert(configured.version, Arc::clone(&found));
        Ok(found)
    }

    pub(super) fn client(
        &self,
        configured: &Configured,
        provider: &CoreProviderMetadata,
    ) -> Result<Relying, SsoError> {
        let secret = configured.secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.expose().clone()));
        let redirect = RedirectUrl::new(self.redirect_uri.clone())
            .map_err(|_| SsoError::Refused("berth's own URL can't be used".to_owned()))?;
        let client_id = ClientId::new(configured.settings.client_id.clone());
        let client = Client::from_provider_metadata(provider.clone(), client_id, secret);
        // Basic is the default of the standard and of the crate.
        let body = provider
            .token_endpoint_auth_methods_supported()
            .is_some_and(|methods| !methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth = if body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        };
        Ok(client.set_redirect_uri(redirect).set_auth_type(auth))
    }

    /// Redeems a code, and reads what the provider says of its person.
    pub(super) async fn claims(
        &self,
        configured: &Configured,
        code: AuthorizationCode,
        verifier: PkceCodeVerifier,
        nonce: &Nonce,
    ) -> Result<Claims, SsoError> {
        let provider = self.provider(configured).await?;
        let client = self.client(configured, &provider)?;
        let http = Guarded(&self.http);
        let request = client
            .exchange_code(code)
            .map_err(|_| SsoError::Provider("has no token endpoint".to_owned()))?
            .set_pkce_verifier(verifier);
        let answer = request.request_async(&http).await.map_err(refused)?;
        let id_token = answer
            .id_token()
            .ok_or_else(|| SsoError::Provider("sent no ID token".to_owned()))?;
        let untrue = |_| SsoError::Provider("sent an ID token that does not hold".to_owned());
        let is_true = |client: &Relying| -> Result<IdClaims, _> {
            let verifier: Verifier<'_> = client.id_token_verifier();
            id_token.claims(&verifier, nonce).cloned()
        };
        let id = match is_true(&client) {
            Ok(claims) => claims,
            // It may have changed its keys since it was last asked for them.
            Err(_) => {
                self.providers.invalidate_all();
                let provider = self.provider(configured).await?;
                is_true(&self.client(configured, &provider)?).map_err(untrue)?
            }
        };
        let info: Option<InfoClaims> =
            match client.user_info(answer.access_token().clone(), Some(id.subject().clone())) {
                Err(_) => None,
                Ok(request) => Some(request.request_async(&http).await.map_err(|error| match error {
                    openidconnect::UserInfoError::Request(error) => SsoError::Net(error),
                    _ => SsoError::Provider("sent a userinfo that does not hold".to_owned()),
                })?),
            };
        Ok(Claims::of(&id, info.as_ref(), &configured.settings.groups_claim))
    }
}

/// Why the code was not redeemed. The crate's own texts may hold what was answered.
fn refused(error: RequestTokenError<NetError, StandardErrorResponse<CoreErrorResponseType>>) -> SsoError {
    match error {
        RequestTokenError::Request(error) => SsoError::Net(error),
        RequestTokenError::ServerResponse(answer) => {
            let code: String = answer.error().to_string().chars().take(60).collect();
            SsoError::Provider(format!("refused the code ({code})"))
        }
        _ => SsoError::Provider("answered the code with what can't be read".to_owned()),
    }
}
