//! What `/authorize` is asked, and what its page decides (RFC 6749 §4.1.1).
//!
//! Until the client and its redirect URI are known to be right, nobody is sent anywhere: a person sees why. From then
//! on the client is told, with its state and who answers (RFC 9207), so that it can't take one server's answer for
//! another's.

use url::Url;

use super::{
    AuthServer, Inner,
    client::{is_document, redirect_uri},
    issue::{self, millis},
    params::Params,
    redirect, scope,
};
use crate::{
    identity::IdentityError,
    model::{self, ConnectorId, ConnectorName, Digest, Millis, Operator},
    store::{ClientRecord, ConnectorRecord, NewCode, NewConsent, StoreError},
};

const PARAMETERS: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
];
/// Longest query, in bytes: it goes through a form and the sign-in page.
const LONGEST: usize = 8 << 10;

/// Why a request gets no code.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is not known who could be told: the person is, with this text.
    Page(String),
    /// The client is told, at this address.
    Back(String),
    Store(StoreError),
}

/// A request that is right.
#[derive(Debug)]
pub(crate) struct Asked {
    client: ClientRecord,
    redirect_uri: String,
    state: Option<String>,
    challenge: String,
    scope: String,
    connector: ConnectorRecord,
    /// The client wants its person to be asked, whatever was said before (OpenID Connect Core §3.1.2.1).
    ask_again: bool,
}

impl Asked {
    /// Whether the client wants its person led through what the connector needs of them.
    pub(crate) fn steps_up(&self) -> bool {
        scope::steps_up(&self.scope, &self.connector.name)
    }

    /// Takes that out: they have not given it.
    pub(crate) fn step_down(&mut self) {
        self.scope = scope::stepped_down(&self.scope, &self.connector.name);
    }

    pub(crate) fn connector(&self) -> (&ConnectorId, &ConnectorName) {
        (&self.connector.id, &self.connector.name)
    }

    /// What the client calls itself; may be empty.
    pub(crate) fn client_name(&self) -> &str {
        &self.client.name
    }
}

/// What comes next for somebody who is signed in.
#[derive(Debug)]
pub(crate) enum Step {
    /// Back to the client, at this address.
    Back(String),
    Ask(View),
}

/// What the consent page says.
#[derive(Debug)]
pub(crate) struct View {
    /// What the client calls itself; may be empty.
    pub(crate) client: String,
    /// The host that vouches for the client, where its id is an address.
    pub(crate) vouched_by: Option<String>,
    pub(crate) redirect: String,
    /// The answer goes to a program on the person's own machine, which any other there could be.
    pub(crate) is_local: bool,
    /// The answer goes to whichever app took the scheme.
    pub(crate) is_app: bool,
    pub(crate) connector: ConnectorName,
    /// When the person let the same client in before.
    pub(crate) before: Option<Millis>,
}

/// The S256 challenge of a request (RFC 7636 §4.2).
pub(super) fn challenge(params: &Params) -> Option<&str> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    params
        .get("code_challenge")
        .filter(|text| text.len() == 43 && text.bytes().all(is_base64))
}

impl AuthServer {
    /// Reads the query of a request. Call it for people who are signed in alone: it may ask a client's own server.
    pub(crate) async fn asked(&self, query: &str) -> Result<Asked, Refusal> {
        let inner = &self.0;
        if query.len() > LONGEST {
            return Err(Refusal::Page("the request is longer than 8 KiB".to_owned()));
        }
        let params = Params::parse(query);
        if let Some(name) = params.repeated(&PARAMETERS[..2]) {
            return Err(Refusal::Page(format!("{name} is there more than once")));
        }
        let Some(id) = params.get("client_id") else {
            return Err(Refusal::Page(
                "it does not say which client asks (client_id)".to_owned(),
            ));
        };
        let client = inner.client(id).await?;
        let redirect_uri = redirect_uri(&client, params.get("redirect_uri"))?;
        let state = params.get("state").map(str::to_owned);
        let back = |error: &str, text: &str| {
            let answer = [("error", error), ("error_description", text)];
            Err(Refusal::Back(inner.location(
                &redirect_uri,
                state.as_deref(),
                &answer,
            )))
        };
        if let Some(name) = params.repeated(&PARAMETERS) {
            let error = if name == "resource" {
                "invalid_target"
            } else {
                "invalid_request"
            };
            return back(error, &format!("{name} is there more than once"));
        }
        if params.get("response_type") != Some("code") {
            return back("unsupported_response_type", "response_type must be code");
        }
        if !matches!(params.get("response_mode"), None | Some("query")) {
            return back("invalid_request", "response_mode must be query");
        }
        if params.get("code_challenge_method") != Some("S256") {
            return back(
                "invalid_request",
                "PKCE is needed: code_challenge_method must be S256",
            );
        }
        let Some(challenge) = challenge(&params) else {
            return back(
                "invalid_request",
                "code_challenge is not 43 characters of base64url",
            );
        };
        let resource = params.get("resource").unwrap_or_default();
        let connector = match inner.connector_of(resource) {
            Some(name) => inner.store.connector_named(&name).await.map_err(Refusal::Store)?,
            None => None,
        };
        let Some(connector) = connector else {
            let text = "resource must be the address of an MCP endpoint of this server";
            return back("invalid_target", text);
        };
        let Some(scope) = scope::granted(params.get("scope"), &connector.name) else {
            return back("invalid_scope", "the scopes here are mcp and offline_access");
        };
        Ok(Asked {
            challenge: challenge.to_owned(),
            ask_again: params
                .get("prompt")
                .is_some_and(|prompt| prompt.split(' ').any(|word| word == "consent")),
            client,
            redirect_uri,
            state,
            scope,
            connector,
        })
    }

    /// Whether the person let the same client use the connector before.
    pub(crate) async fn knows(&self, asked: &Asked, person: &Operator) -> Result<bool, Refusal> {
        self.0.check_use(asked, person).await?;
        let consent = self
            .0
            .store
            .consent(&asked.client.id, &person.user, &asked.connector.id)
            .await;
        Ok(consent.map_err(Refusal::Store)?.is_some())
    }

    /// Whether the person has to be asked. What they said before counts where only that client can get the answer: a
    /// program on a person's machine can't show that it is the same as before (RFC 8252 §8.6).
    pub(crate) async fn next(&self, asked: &Asked, person: &Operator) -> Result<Step, Refusal> {
        let inner = &self.0;
        inner.check_use(asked, person).await?;
        let consent = inner
            .store
            .consent(&asked.client.id, &person.user, &asked.connector.id)
            .await
            .map_err(Refusal::Store)?;
        let remembered = consent.as_ref().is_some_and(|consent| {
            !asked.ask_again
                && consent.redirect_uri == asked.redirect_uri
                && redirect::proves_client(&asked.redirect_uri)
                && scope::is_within(
                    &scope::stepped_down(&asked.scope, &asked.connector.name),
                    &consent.scope,
                )
        });
        if remembered {
            return self.allow(asked, person).await.map(Step::Back);
        }
        let id = &asked.client.id;
        let host = || id.parse::<Url>().ok()?.host_str().map(str::to_owned);
        Ok(Step::Ask(View {
            client: asked.client.name.clone(),
            vouched_by: is_document(id).then(host).flatten(),
            redirect: redirect::shown(&asked.redirect_uri),
            is_local: redirect::is_local(&asked.redirect_uri),
            is_app: !redirect::is_web(&asked.redirect_uri),
            connector: asked.connector.name.clone(),
            before: consent.map(|consent| consent.created_at),
        }))
    }

    /// Notes the person's yes; where the browser goes with the code.
    pub(crate) async fn allow(&self, asked: &Asked, person: &Operator) -> Result<String, Refusal> {
        let inner = &self.0;
        inner.check_use(asked, person).await?;
        let consent = NewConsent {
            client: &asked.client,
            user: &person.user,
            connector: &asked.connector.id,
            redirect_uri: &asked.redirect_uri,
            scope: &asked.scope,
        };
        let consent = inner.store.put_consent(&consent).await.map_err(Refusal::Store)?;
        let code = issue::code();
        let now = model::now();
        let new = NewCode {
            hash: &Digest::of(code.expose().as_bytes()),
            consent: &consent,
            redirect_uri: &asked.redirect_uri,
            challenge: &asked.challenge,
            scope: &asked.scope,
            now,
            expires_at: now + millis(issue::CODE),
        };
        inner.store.add_code(&new).await.map_err(Refusal::Store)?;
        let detail = serde_json::json!({
            "client": asked.client.id, "name": asked.client.name, "connector": asked.connector.name,
            "redirect": redirect::shown(&asked.redirect_uri),
        });
        inner
            .audit
            .record(person.user.as_str(), "client.allowed", consent.as_str(), detail);
        let answer = [("code", code.expose().as_str())];
        Ok(inner.location(&asked.redirect_uri, asked.state.as_deref(), &answer))
    }

    /// Where the browser goes with the person's no.
    pub(crate) fn deny(&self, asked: &Asked) -> String {
        let answer = [
            ("error", "access_denied"),
            ("error_description", "the person did not allow it"),
        ];
        self.0
            .location(&asked.redirect_uri, asked.state.as_deref(), &answer)
    }
}

impl Inner {
    /// Whether the person may use the connector at all.
    async fn check_use(&self, asked: &Asked, person: &Operator) -> Result<(), Refusal> {
        let name = &asked.connector.name;
        match self.identity.check_use(&person.user, &person.name, name).await {
            Ok(()) => Ok(()),
            Err(IdentityError::Store(error)) => Err(Refusal::Store(error)),
            Err(error) => {
                let text = format!("{error}: ask an admin");
                let answer = [("error", "access_denied"), ("error_description", text.as_str())];
                Err(Refusal::Back(self.location(
                    &asked.redirect_uri,
                    asked.state.as_deref(),
                    &answer,
                )))
            }
        }
    }

    /// A redirect URI with an answer in its query.
    pub(super) fn location(
        &self,
        redirect_uri: &str,
        state: Option<&str>,
        answer: &[(&str, &str)],
    ) -> String {
        // It was parsed when it was checked.
        let Ok(mut url) = redirect_uri.parse::<Url>() else {
            return self.issuer.clone();
        };
        let mut query = url.query_pairs_mut();
        query.extend_pairs(answer);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", &self.issuer);
        drop(query);
        url.into()
    }
}
