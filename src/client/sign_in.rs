//! How the command line gets a token: at the broker's authorization server, as berth's own client there.

use std::time::Duration;

use reqwest::{Method, Response, header};
use serde::Deserialize;
use url::Url;

use super::{Client, ClientError, PAUSES};
use crate::secret::Secret;

/// What berth's command line calls itself.
const CLIENT: &str = "berth-cli";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// What the broker's authorization server says of itself (RFC 8414 §2).
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: Url,
}

/// A code to be typed (RFC 8628 §3.2).
#[derive(Debug, Deserialize)]
pub(crate) struct DeviceCode {
    pub(crate) device_code: Secret<String>,
    pub(crate) user_code: String,
    pub(crate) verification_uri: String,
    pub(crate) expires_in: u64,
    #[serde(default = "five")]
    pub(crate) interval: u64,
}

fn five() -> u64 {
    5
}

/// A token that was just given out.
#[derive(Debug, Deserialize)]
pub(crate) struct Granted {
    pub(crate) access_token: Secret<String>,
    /// In seconds; absent where the broker does not say.
    #[serde(default)]
    pub(crate) expires_in: u64,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GrantError {
    /// Nobody has typed the code yet.
    #[error("nobody has typed the code yet")]
    Pending,
    /// The same, and it was asked too often.
    #[error("the broker wants to be asked less often")]
    SlowDown,
    #[error("the person did not allow it")]
    Denied,
    #[error("nobody typed the code in time")]
    Expired,
    /// In the broker's words.
    #[error("{0}")]
    Refused(String),
    /// The same, and it may go well a little later.
    #[error("{0}")]
    NotNow(String),
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// RFC 6749 §5.2.
#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// GitHub's answer to a request for a job's token.
#[derive(Deserialize)]
struct JobToken {
    value: Secret<String>,
}

impl Client {
    pub(crate) async fn metadata(&self) -> Result<Metadata, ClientError> {
        let url = self.url([".well-known", "oauth-authorization-server"]);
        self.send_safely(self.request_to(Method::GET, url)).await
    }

    pub(crate) async fn device_code(&self, host: &str) -> Result<DeviceCode, GrantError> {
        let fields = [("client_id", CLIENT), ("host", host)];
        let answer = self.form("device_authorization", &fields).await?;
        Ok(self.read(answer).await?)
    }

    /// Asks once whether the code was typed.
    pub(crate) async fn redeem_device(&self, code: &Secret<String>) -> Result<Granted, GrantError> {
        let fields = [
            ("grant_type", DEVICE),
            ("client_id", CLIENT),
            ("device_code", code.expose()),
        ];
        self.token(&fields).await
    }

    /// Where a browser is sent, to come back to `redirect` with a code.
    pub(crate) fn login_page(metadata: &Metadata, redirect: &str, asked: &Asked<'_>) -> Url {
        let mut url = metadata.authorization_endpoint.clone();
        url.query_pairs_mut().extend_pairs([
            ("client_id", CLIENT),
            ("response_type", "code"),
            ("redirect_uri", redirect),
            ("state", asked.state),
            ("code_challenge", asked.challenge),
            ("code_challenge_method", "S256"),
            ("host", asked.host),
        ]);
        url
    }

    pub(crate) async fn redeem_code(
        &self,
        code: &Secret<String>,
        redirect: &str,
        verifier: &Secret<String>,
    ) -> Result<Granted, GrantError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("code", code.expose()),
            ("redirect_uri", redirect),
            ("code_verifier", verifier.expose()),
        ];
        self.token(&fields).await
    }

    /// Trades a pipeline's own token for one of berth's (RFC 8693 §2.1).
    pub(crate) async fn exchange(&self, token: &Secret<String>) -> Result<Granted, GrantError> {
        let fields = [
            ("grant_type", EXCHANGE),
            ("subject_token_type", ID_TOKEN),
            ("subject_token", token.expose()),
        ];
        // A token that is made and lost ends by itself soon: it can be asked for again.
        for pause in PAUSES {
            match self.token(&fields).await {
                Err(GrantError::Client(error)) if error.is_transient() => tokio::time::sleep(pause).await,
                Err(GrantError::NotNow(_)) => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.token(&fields).await
    }

    /// Asks GitHub, whose address this client's is, for the job's own token.
    pub(crate) async fn job_token(&self, audience: &str) -> Result<Secret<String>, ClientError> {
        let mut url = self.base().clone();
        url.query_pairs_mut().append_pair("audience", audience);
        let token: JobToken = self.send_safely(self.request_to(Method::GET, url)).await?;
        Ok(token.value)
    }

    async fn token(&self, fields: &[(&str, &str)]) -> Result<Granted, GrantError> {
        let answer = self.form("token", fields).await?;
        Ok(self.read(answer).await?)
    }

    /// Sends a form to an endpoint of the authorization server's.
    async fn form(&self, endpoint: &str, fields: &[(&str, &str)]) -> Result<Response, GrantError> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .request_to(Method::POST, self.url([endpoint]))
            .timeout(Duration::from_secs(30))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        let answer = request.send().await.map_err(|e| self.lost(e))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let headers = answer.headers().clone();
        let bytes = answer.bytes().await.map_err(|e| self.lost(e))?;
        let Ok(refusal) = serde_json::from_slice::<Refusal>(&bytes) else {
            return Err(self.not_understood(status, &headers, &bytes).into());
        };
        Err(match refusal.error.as_str() {
            "authorization_pending" => GrantError::Pending,
            "slow_down" => GrantError::SlowDown,
            "access_denied" => GrantError::Denied,
            "expired_token" => GrantError::Expired,
            code => {
                let is_passing = matches!(code, "temporarily_unavailable" | "server_error");
                let text = match refusal.error_description.as_str() {
                    "" => refusal.error,
                    text => text.to_owned(),
                };
                if is_passing {
                    GrantError::NotNow(text)
                } else {
                    GrantError::Refused(text)
                }
            }
        })
    }
}

/// What the page is asked for.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) state: &'a str,
    pub(crate) challenge: &'a str,
    /// What this machine calls itself.
    pub(crate) host: &'a str,
}
