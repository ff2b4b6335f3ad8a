//! Trying a connector's settings out: everything that can be seen without a person, and with one all the rest.
//!
//! A code that nobody gave shows whether the client's credentials are accepted: a provider that accepts them refuses the
//! code (`invalid_grant`), one that does not refuses the client. Since some look at the code first, the same is tried with
//! a made-up secret: whoever answers that alike has shown nothing.

mod login;

use http::{Request, StatusCode, header};
use url::Url;

pub(crate) use login::Progress;
pub(super) use login::Trials;

use super::{
    Inner, OAuth,
    authorize::{Asking, location},
    discovery,
    endpoint::{Redeem, redeem},
    error::{OAuthError, TokenError},
    params::{Params, Stage},
};
use crate::{
    model::{
        ClientAuth, ConnectorId, GrantType, ProviderName, ProviderSettings, Step, StepVerdict, Values,
        with_causes,
    },
    secret::{self, Secret},
    store::{Connection, Provider},
};

impl OAuth {
    /// Looks at all that needs no person.
    pub(crate) async fn try_out(
        &self,
        connector: &ConnectorId,
        provider: Option<&ProviderName>,
    ) -> Result<Vec<Step>, OAuthError> {
        let inner = &self.0;
        let connection = inner.connection_at(connector, provider).await?;
        let provider = &connection.provider;
        let redirect_uri = self.redirect_uri(&provider.name);
        let mut steps = vec![
            inner.try_discovery(provider).await,
            Step::ok("redirect-uri", redirect_uri.as_str())
                .hint("register exactly this at the provider, if it is not registered yet"),
            pkce(provider),
            self.try_authorization(&connection, &redirect_uri).await,
            match provider.settings.grant {
                GrantType::AuthorizationCode => inner.try_client(provider, &redirect_uri).await,
                GrantType::ClientCredentials => inner.try_own_token(&connection).await,
            },
        ];
        for (name, address) in [
            ("revoke", &provider.settings.revoke_url),
            ("userinfo", &provider.settings.userinfo_url),
            ("introspect", &provider.settings.introspect_url),
        ] {
            steps.push(match address {
                None => Step::skipped(name, "no such address is set"),
                Some(address) => match provider.settings.fill(address, &Values::new()) {
                    Ok(url) => inner.try_address(name, provider, &url).await,
                    Err(invalid) => Step::skipped(name, invalid.to_string()),
                },
            });
        }
        Ok(steps)
    }

    /// Sends the request that begins an authorization, as a browser without any cookie would.
    async fn try_authorization(&self, connection: &Connection, redirect_uri: &Url) -> Step {
        const NAME: &str = "authorize";
        if connection.provider.settings.grant == GrantType::ClientCredentials {
            return Step::skipped(NAME, "its grant needs no person");
        }
        let settings = &connection.provider.settings;
        let address = settings.auth_url.as_ref();
        let url = match address.map(|address| settings.fill(address, &Values::new())) {
            Some(Ok(url)) => url,
            Some(Err(invalid)) => return Step::skipped(NAME, invalid.to_string()),
            None => return Step::skipped(NAME, "no such address is set"),
        };
        let (state, verifier) = (secret::generate(""), secret::generate(""));
        let asking = Asking {
            redirect_uri,
            state: &state,
            verifier: (!settings.no_pkce).then_some(&verifier),
            scopes: &connection.scopes,
        };
        let url = location(settings, url, &asking);
        let (http, trace) = self.0.http.traced();
        let Ok(request) = Request::get(url.as_str())
            .header(header::ACCEPT, "text/html")
            .body(Vec::new())
        else {
            return Step::failed(NAME, "its address can't be asked");
        };
        let answer = http.send(request).await;
        let step = match answer {
            Err(error) => Step::warning(NAME, with_causes(&error)).hint(
                "people's browsers go there, so that the broker need not reach it; check the address if they don't either",
            ),
            Ok(answer) if answer.status().is_redirection() => {
                let location = answer.headers().get(header::LOCATION);
                let location = location.and_then(|location| url.join(location.to_str().ok()?).ok());
                let back = location.filter(|location| {
                    location.as_str().starts_with(redirect_uri.as_str())
                });
                let error = back.as_ref().and_then(|back| {
                    back.query_pairs().find(|(key, _)| key == "error").map(|(_, error)| error.into_owned())
                });
                match error {
                    Some(error) => Step::failed(NAME, format!("the provider refuses the request: {}", super::error::scrub(&error)))
                        .hint(advice(&error)),
                    None => Step::ok(NAME, "the provider takes the request and goes on to its own pages"),
                }
            }
            Ok(answer) if answer.status().is_success() => {
                Step::ok(NAME, "the provider answers the request with a page")
            }
            Ok(answer) => Step::warning(
                NAME,
                format!("the provider answers the request with status {}", answer.status().as_u16()),
            )
            .hint(format!(
                "most often the redirect URI is not registered there, or the client id is wrong: register {redirect_uri}"
            )),
        };
        step.sent(trace.take())
    }
}

/// What to do about an error of an authorization (RFC 6749 §4.1.2.1).
fn advice(error: &str) -> &'static str {
    match error {
        "invalid_scope" => "ask for scopes that this client may have: berth oauth set --scope",
        "unauthorized_client" => "allow the authorization code grant for this client at the provider",
        "unsupported_response_type" => {
            "the provider wants another response type: see --rename-param and --auth-param"
        }
        "invalid_request" => {
            "the provider misses or refuses a parameter: see --auth-param, --rename-param and --no-pkce"
        }
        _ => "the provider's documentation of its authorization errors says what it means",
    }
}

fn pkce(provider: &Provider) -> Step {
    const NAME: &str = "pkce";
    match (&provider.discovered, provider.settings.no_pkce) {
        (Some(pinned), true) if pinned.s256 => {
            Step::warning(NAME, "turned off, and the issuer advertises S256")
                .hint("turn it on again with --no-pkce=false")
        }
        (_, true) => Step::warning(
            NAME,
            "turned off: a stolen code could be redeemed by another client of berth's kind",
        ),
        (Some(pinned), false) if pinned.s256 => Step::ok(NAME, "the issuer advertises S256"),
        (Some(_), false) => Step::warning(NAME, "the issuer does not advertise S256"),
        (None, false) => Step::ok(
            NAME,
            "S256 is used; whether the provider looks at it is not known without an issuer",
        ),
    }
}

impl Inner {
    async fn try_discovery(&self, provider: &Provider) -> Step {
        const NAME: &str = "discovery";
        let (Some(issuer), pinned) = (&provider.settings.issuer, &provider.discovered) else {
            return Step::skipped(NAME, "no issuer is set");
        };
        if pinned.is_none() {
            return match discovery::read(&self.http, issuer).await {
                Ok(_) => Step::warning(NAME, "the issuer has a document by now, which is not used")
                    .hint("take it with berth oauth set --issuer"),
                Err(error) => Step::warning(NAME, with_causes(&error)).hint(error.hint()),
            };
        }
        match self.look_again(provider).await {
            Ok(changed) if changed.is_empty() => {
                Step::ok(NAME, "the issuer's document says what it said when it was set")
            }
            Ok(changed) => Step::warning(
                NAME,
                format!("the issuer's document has changed: {}", changed.join("; ")),
            )
            .hint("ask the provider whether it meant to; then take it with berth oauth set --issuer"),
            Err(error) => Step::failed(NAME, with_causes(&error)).hint(error.hint()),
        }
    }

    /// Any answer shows that it is there, and that its certificate is good. What takes tokens is asked about one that
    /// nobody gave (RFC 7009 §2.1, RFC 7662 §2.1); many of those know no other method.
    async fn try_address(&self, name: &str, provider: &Provider, url: &Url) -> Step {
        let (http, trace) = self.http.traced();
        let request = match name {
            "userinfo" => Request::get(url.as_str()).body(Vec::new()),
            _ => {
                let mut params = Params::new(&provider.settings, Stage::Revoke);
                params.add("token", secret::generate("berth-test-").expose());
                params.request(url, provider, provider.auth().unwrap_or(ClientAuth::Basic))
            }
        };
        let Ok(request) = request else {
            return Step::failed(name, "its address can't be asked");
        };
        let step = match http.send(request).await {
            Ok(answer) if answer.status() == StatusCode::NOT_FOUND => {
                Step::warning(name, "it answers with status 404").hint("check the path of its address")
            }
            Ok(answer) => Step::ok(name, format!("it answers ({})", answer.status().as_u16())),
            Err(error) => Step::failed(name, with_causes(&error)).hint(error.hint()),
        };
        step.sent(trace.take())
    }

    /// Asks for a token as a call would; nobody gets this one.
    async fn try_own_token(&self, connection: &Connection) -> Step {
        const NAME: &str = "client";
        let provider = &connection.provider;
        let (http, trace) = self.http.traced();
        let ways: &[ClientAuth] = match (&provider.client_secret, provider.auth()) {
            (None, _) => &[ClientAuth::None],
            (_, Some(ClientAuth::Post)) => &[ClientAuth::Post, ClientAuth::Basic],
            _ => &[ClientAuth::Basic, ClientAuth::Post],
        };
        let mut seen = Vec::new();
        for way in ways {
            let provider = Provider {
                settings: ProviderSettings {
                    client_auth: Some(*way),
                    ..provider.settings.clone()
                },
                ..provider.clone()
            };
            let asked = Redeem::Client {
                scopes: &connection.scopes,
            };
            match redeem(&http, &provider, asked).await {
                Ok(redeemed) => {
                    seen.push((*way, Seen::Accepted));
                    let mut step = judge(connection.provider.settings.client_auth, &[*way], true, &seen);
                    if step.verdict == StepVerdict::Ok {
                        step.detail.push_str(match redeemed.tokens.lifetime {
                            Some(_) => "; a token came",
                            None => "; a token came, and no lifetime with it (see --assume-lifetime)",
                        });
                    }
                    return step.sent(trace.take());
                }
                Err(error) if error.refuses_client() => seen.push((*way, Seen::Refused(error))),
                Err(error) => {
                    let step = Step::failed(NAME, with_causes(&error)).hint(error.hint());
                    return step.sent(trace.take());
                }
            }
        }
        judge(provider.settings.client_auth, &[], true, &seen).sent(trace.take())
    }

    /// The bogus-code probe.
    async fn try_client(&self, provider: &Provider, redirect_uri: &Url) -> Step {
        const NAME: &str = "client";
        let settings = &provider.settings;
        if let Err(invalid) = settings.fill(&settings.token_url, &Values::new()) {
            return Step::skipped(NAME, invalid.to_string());
        }
        let (http, trace) = self.http.traced();
        let vars = Values::new();
        let probe = async |auth: ClientAuth, secret: Option<Secret<String>>| {
            let provider = Provider {
                settings: ProviderSettings {
                    client_auth: Some(auth),
                    ..settings.clone()
                },
                client_secret: secret,
                ..provider.clone()
            };
            let (code, verifier) = (secret::generate("berth-test-"), secret::generate("berth-test-"));
            let redeem_code = Redeem::Code {
                code: &code,
                verifier: (!settings.no_pkce).then_some(&verifier),
                redirect_uri,
                vars: &vars,
            };
            Seen::of(redeem(&http, &provider, redeem_code).await.err())
        };
        let ways: &[ClientAuth] = match provider.client_secret {
            Some(_) => &[ClientAuth::Basic, ClientAuth::Post],
            None => &[ClientAuth::None],
        };
        let mut seen = Vec::new();
        for way in ways {
            seen.push((*way, probe(*way, provider.client_secret.clone()).await));
        }
        let accepted: Vec<ClientAuth> = seen
            .iter()
            .filter_map(|(way, seen)| matches!(seen, Seen::Accepted).then_some(*way))
            .collect();
        let proved = match (accepted.first(), &provider.client_secret) {
            (Some(way), Some(_)) => {
                let made_up = probe(*way, Some(secret::generate("berth-test-"))).await;
                !matches!(made_up, Seen::Accepted)
            }
            _ => true,
        };
        judge(settings.client_auth, &accepted, proved, &seen).sent(trace.take())
    }
}

/// What an answer to a made-up code shows of the client.
enum Seen {
    Accepted,
    Refused(TokenError),
    /// Neither.
    Unclear(TokenError),
    Nonsense,
}

impl Seen {
    fn of(error: Option<TokenError>) -> Self {
        const CODES: [&str; 5] = [
            "bad_verification_code",
            "invalid_code",
            "code_already_used",
            "expired_code",
            "redirect_uri_mismatch",
        ];
        match error {
            None => Self::Nonsense,
            Some(error) if error.ends_grant() => Self::Accepted,
            Some(error) if error.refuses_client() => Self::Refused(error),
            Some(TokenError::Refused { error, .. }) if CODES.contains(&error.as_str()) => Self::Accepted,
            Some(error) => Self::Unclear(error),
        }
    }
}

fn way(auth: ClientAuth) -> &'static str {
    match auth {
        ClientAuth::Basic => "basic",
        ClientAuth::Post => "post",
        ClientAuth::None => "none",
    }
}

fn judge(
    set: Option<ClientAuth>,
    accepted: &[ClientAuth],
    proved: bool,
    seen: &[(ClientAuth, Seen)],
) -> Step {
    const NAME: &str = "client";
    let names: Vec<&str> = accepted.iter().map(|auth| way(*auth)).collect();
    let names = names.join("` and `");
    if !accepted.is_empty() && !proved {
        return Step::warning(
            NAME,
            "not proved: the provider answers a made-up client secret in the same way, so that it looks at the code first",
        )
        .hint("berth oauth test --login proves it");
    }
    let refused = seen.iter().find_map(|(auth, seen)| match seen {
        Seen::Refused(error) => Some((*auth, error)),
        _ => None,
    });
    match (set, accepted.first(), refused) {
        (Some(set), Some(first), Some((auth, error))) if auth == set => {
            let code = match error {
                TokenError::Refused { error, .. } => error.as_str(),
                _ => "invalid_client",
            };
            Step::failed(
                NAME,
                format!(
                    "{code}: the provider refuses this client with `{}`; it accepts `{names}`",
                    way(set)
                ),
            )
            .hint(format!(
                "berth oauth set --client-auth {}, or --client-auth '' to have it found out",
                way(*first)
            ))
        }
        (_, Some(ClientAuth::None), _) => Step::ok(NAME, "the provider knows this public client"),
        (_, Some(_), _) => Step::ok(
            NAME,
            format!("the provider accepts the client's secret with `{names}`"),
        ),
        (_, None, Some((_, error))) => {
            let tried: Vec<&str> = seen.iter().map(|(auth, _)| way(*auth)).collect();
            Step::failed(NAME, format!("{}, with `{}`", with_causes(error), tried.join("` and with `")))
                .hint("the client id or the secret is wrong, or belongs to another environment of the provider: give them again with berth oauth set --client-id … --client-secret-file FILE")
        }
        (_, None, None) => match seen.first() {
            Some((_, Seen::Unclear(error @ TokenError::Net(_)))) => {
                Step::failed(NAME, with_causes(error)).hint(error.hint())
            }
            Some((_, Seen::Unclear(error @ (TokenError::Unexpected(_) | TokenError::Address(_))))) => {
                Step::failed(NAME, with_causes(error))
                    .hint("check the token URL: no token endpoint answers like that")
            }
            Some((_, Seen::Unclear(error))) => {
                Step::warning(NAME, format!("not proved: {}", with_causes(error))).hint(error.hint())
            }
            _ => Step::warning(NAME, "not proved: the provider gives a token for a made-up code"),
        },
    }
}
