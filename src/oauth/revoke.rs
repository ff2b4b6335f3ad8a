//! Ending grants at their provider (RFC 7009), as far as it has a way for that.

use std::time::Duration;

use base64::Engine as _;
use http::{Method, Request, StatusCode, header};
use url::form_urlencoded;

use super::{
    Inner,
    endpoint::{bound_to, may_revoke},
    metrics::count,
};
use crate::{
    model::{ClientAuth, GrantId, UserId},
    secret::Secret,
    store::{Grant, Provider, StoreError, TokenSet},
};

/// A grant that is gone here and is to be ended at its provider.
#[derive(Debug)]
pub(super) struct Revocation {
    pub(super) grant: GrantId,
    pub(super) provider: Provider,
    pub(super) tokens: TokenSet,
}

/// How long whoever deletes a grant waits for the provider; the rest goes on behind.
const PATIENCE: Duration = Duration::from_secs(5);
const RETRIES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(3),
    Duration::from_secs(15),
];

impl Inner {
    /// Which of the grants that were just deleted are to be ended at their provider: not those without a way, nor
    /// those made with other settings, whose tokens are nothing for the new place, nor those of a user who has another grant with the same client, because
    /// many providers end all of them with one.
    pub(super) async fn revocations(&self, grants: Vec<Grant>) -> Vec<Revocation> {
        let mut revocations: Vec<Revocation> = Vec::new();
        for grant in grants {
            match self.revocable_at(&grant).await {
                Ok(None) => {}
                Ok(Some(provider)) => revocations.push(Revocation {
                    grant: grant.id,
                    provider,
                    tokens: grant.tokens,
                }),
                // The grant is gone here already; the others are still to be ended.
                Err(error) => tracing::error!(
                    grant = %grant.id, error = &error as &dyn std::error::Error,
                    "a deleted grant is not ended at its provider"
                ),
            }
        }
        revocations
    }

    async fn revocable_at(&self, grant: &Grant) -> Result<Option<Provider>, StoreError> {
        let provider = self.store.provider_by_id(&grant.provider).await?;
        let Some(provider) = provider.filter(|provider| {
            may_revoke(
                grant.tokens.revoke_origin.as_deref(),
                &provider.settings,
                &grant.tokens.vars,
            ) && grant.bound_to == bound_to(&provider.settings, &grant.tokens.vars)
        }) else {
            return Ok(None);
        };
        let another = self.store.has_grant_at(&grant.user, &grant.bound_to).await?;
        Ok((!another).then_some(provider))
    }

    /// Revokes tokens that were got for a grant which can't be stored: nobody else knows them. `to` are the user and
    /// what the grant is bound to.
    pub(super) async fn disown(
        &self,
        grant: GrantId,
        to: (&UserId, &str),
        provider: &Provider,
        tokens: TokenSet,
    ) {
        // Some providers end all of a user's grants for a client with one.
        if !matches!(self.store.has_grant_at(to.0, to.1).await, Ok(true)) {
            self.revoke(vec![Revocation {
                grant,
                provider: provider.clone(),
                tokens,
            }])
            .await;
        }
    }

    /// Starts the revocations on tasks of their own and waits a little for them.
    pub(super) async fn revoke(&self, revocations: Vec<Revocation>) {
        let tasks: Vec<_> = revocations
            .into_iter()
            .filter(|revocation| {
                let made_with = revocation.tokens.revoke_origin.as_deref();
                may_revoke(made_with, &revocation.provider.settings, &revocation.tokens.vars)
            })
            .map(|revocation| {
                let http = self.http.clone();
                let counter = self.metrics.revocations.clone();
                self.tasks.spawn(async move {
                    let revoked = revocation.run(&http).await;
                    count(&counter, if revoked { "ok" } else { "failed" });
                })
            })
            .collect();
        // Whatever is not done by then goes on by itself.
        let _ = tokio::time::timeout(PATIENCE, futures_util::future::join_all(tasks)).await;
    }
}

impl Revocation {
    /// Revokes the refresh token, and then the access token for providers that do not end one with the other.
    async fn run(&self, http: &crate::net::Http) -> bool {
        let mut all = true;
        for (hint, token) in [
            ("refresh_token", self.tokens.refresh_token.as_ref()),
            ("access_token", Some(&self.tokens.access_token)),
        ] {
            if let Some(token) = token {
                all &= self.revoke(http, hint, token).await;
            }
        }
        all
    }

    async fn revoke(&self, http: &crate::net::Http, hint: &str, token: &Secret<String>) -> bool {
        let mut retries = RETRIES.iter();
        let known = self.provider.auth();
        let mut auth = known.unwrap_or(ClientAuth::Basic);
        let mut other = known.is_none().then_some(ClientAuth::Post);
        loop {
            let Some(request) = self.request(auth, hint, token) else {
                return false;
            };
            let passing = match http.send(request).await {
                Ok(answer) if answer.status().is_success() => return true,
                Ok(answer)
                    if [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED].contains(&answer.status())
                        && other.is_some() =>
                {
                    // Not known how the client's secret is taken, and perhaps not in the header.
                    auth = other.take().unwrap_or(auth);
                    continue;
                }
                Ok(answer) => answer.status().is_server_error(),
                Err(_) => true,
            };
            match retries.next() {
                Some(wait) if passing => tokio::time::sleep(*wait).await,
                _ => {
                    tracing::warn!(
                        grant = %self.grant, provider = %self.provider.name, hint,
                        "a deleted grant's token was not revoked at its provider"
                    );
                    return false;
                }
            }
        }
    }

    /// RFC 7009 §2.1, with the client's authentication as at the token endpoint.
    fn request(&self, auth: ClientAuth, hint: &str, token: &Secret<String>) -> Option<Request<Vec<u8>>> {
        let settings = &self.provider.settings;
        let url = settings
            .fill(settings.revoke_url.as_ref()?, &self.tokens.vars)
            .ok()?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token.expose())
            .append_pair("token_type_hint", hint);
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(url.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        match (&self.provider.client_secret, auth) {
            (Some(secret), ClientAuth::Basic) => {
                let encode =
                    |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = Secret::new(format!(
                    "{}:{}",
                    encode(&settings.client_id),
                    encode(secret.expose())
                ));
                let basic = base64::engine::general_purpose::STANDARD.encode(pair.expose());
                request = request.header(header::AUTHORIZATION, format!("Basic {basic}"));
            }
            (Some(secret), ClientAuth::Post) => {
                form.append_pair("client_id", &settings.client_id)
                    .append_pair("client_secret", secret.expose());
            }
            (None, _) | (_, ClientAuth::None) => {
                form.append_pair("client_id", &settings.client_id);
            }
        }
        request.body(form.finish().into_bytes()).ok()
    }
}
