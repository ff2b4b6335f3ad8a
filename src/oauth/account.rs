//! Which account of the provider a grant is for, and the question that comes before another takes its place.
//!
//! An account is written as its identifier, and behind a space its name where one is known. Two are the same when their
//! identifiers are.

use std::sync::Arc;

use base64::Engine as _;
use http::{Request, StatusCode, header};
use serde_json::{Map, Value, json};

use super::{
    Inner, OAuth,
    answer::Finished,
    endpoint::bound_to,
    error::{FlowError, OAuthError, scrub},
};
use crate::{
    model::{ConnectorName, UserId},
    net::Http,
    store::{Connection, Flow, FlowOutcome, NewGrant, Pending, Provider, Revocation, TokenSet},
};

/// Where answers about a person have what never changes, and what a person knows them by.
const IDENTIFIERS: [&str; 7] = ["sub", "id", "user_id", "account_id", "uid", "gid", "uri"];
const NAMES: [&str; 6] = [
    "email",
    "preferred_username",
    "login",
    "username",
    "name",
    "display_name",
];
/// Some answers have it all one level deeper.
const WRAPPERS: [&str; 5] = ["data", "user", "account", "viewer", "resource"];

/// Two accounts, of which a person has to choose.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) before: String,
    pub(crate) now: String,
}

/// What the person says to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    TakeNew,
    KeepOld,
}

/// Whether both are known, and are not the same.
pub(super) fn differ(before: Option<&str>, now: Option<&str>) -> bool {
    let identifier = |account: &str| account.split(' ').next().map(str::to_owned);
    before
        .zip(now)
        .is_some_and(|(before, now)| identifier(before) != identifier(now))
}

impl Inner {
    /// The account that `tokens` are for, as far as the provider says: by the id token, else its userinfo address, else
    /// what was captured.
    pub(super) async fn account(
        &self,
        http: &Http,
        provider: &Provider,
        tokens: &TokenSet,
    ) -> Option<String> {
        if let Some(claims) = claims(provider, tokens) {
            let known = describe(&claims);
            if known.as_ref().is_some_and(|known| known.contains(' ')) {
                return known;
            }
            // The name may be told elsewhere, if it is the same person's (OpenID Connect Core §5.3.2).
            let more = userinfo(http, provider, tokens).await;
            return more
                .filter(|more| !differ(known.as_deref(), Some(more)))
                .or(known);
        }
        if let Some(account) = userinfo(http, provider, tokens).await {
            return Some(account);
        }
        let captured = |name: &str| {
            let name = name.parse().ok()?;
            tokens.vars.get(&name).cloned()
        };
        ["account", "account_id", "user_id"]
            .into_iter()
            .find_map(captured)
    }

    /// Keeps tokens of another account until the person has said which one counts. False when the flow is gone.
    /// Without a word they are revoked in the end.
    pub(super) async fn ask_first(
        &self,
        flow: &Flow,
        provider: &Provider,
        pending: &Pending,
    ) -> Result<bool, FlowError> {
        let otherwise = Revocation {
            id: pending.revocation.clone(),
            // Nobody's, so that no other grant of the person's keeps them alive.
            user: UserId::random(),
            bound_to: pending.bound_to.clone(),
            provider: provider.clone(),
            tokens: pending.tokens.clone(),
            tries: 0,
        };
        let held = self.store.hold_flow(&flow.hash, pending, &otherwise).await?;
        self.audit.record(
            flow.user.as_str(),
            "grant.held",
            flow.connector.as_str(),
            json!({ "provider": flow.provider_name, "why": "another account" }),
        );
        Ok(held)
    }
}

async fn userinfo(http: &Http, provider: &Provider, tokens: &TokenSet) -> Option<String> {
    let address = provider.settings.userinfo_url.as_ref()?;
    let url = provider.settings.fill(address, &tokens.vars).ok()?;
    let request = Request::get(url.as_str())
        .header(header::ACCEPT, "application/json")
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", tokens.access_token.expose()),
        )
        .body(Vec::new())
        .ok()?;
    let answer = match http.send(request).await {
        Ok(answer) if answer.status() == StatusCode::OK => answer,
        Ok(answer) => {
            let status = answer.status().as_u16();
            tracing::info!(provider = %provider.name, status, "userinfo tells no account");
            return None;
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::info!(provider = %provider.name, error, "userinfo could not be asked");
            return None;
        }
    };
    describe(&serde_json::from_slice(answer.body()).ok()?)
}

/// The claims of an id token that came straight from the token endpoint, so that its signature need not be checked
/// (OpenID Connect Core §3.1.3.7, 6).
fn claims(provider: &Provider, tokens: &TokenSet) -> Option<Map<String, Value>> {
    let payload = tokens.id_token.as_ref()?.expose().split('.').nth(1)?;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
    let client = provider.settings.client_id.as_str();
    let is_for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == client,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == client),
        _ => false,
    };
    let issuer = provider.settings.issuer.as_deref();
    let is_issuers = issuer.is_none_or(|issuer| claims.get("iss").and_then(Value::as_str) == Some(issuer));
    (is_for_us && is_issuers).then_some(claims)
}

fn describe(fields: &Map<String, Value>) -> Option<String> {
    let text = |fields: &Map<String, Value>, keys: &[&str]| {
        keys.iter().find_map(|key| match fields.get(*key)? {
            Value::String(text) if !text.trim().is_empty() => Some(scrub(text.trim())),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let inner = || WRAPPERS.iter().find_map(|key| fields.get(*key)?.as_object());
    let fields = match text(fields, &IDENTIFIERS) {
        Some(_) => fields,
        None => inner()?,
    };
    let identifier = text(fields, &IDENTIFIERS)?.replace(' ', "_");
    Some(match text(fields, &NAMES) {
        Some(name) if name != identifier => format!("{identifier} {name}"),
        _ => identifier,
    })
}

impl OAuth {
    /// What `user` is asked before another account of the provider takes the place of the one that a connector uses.
    pub(crate) async fn question(
        &self,
        user: &UserId,
        connector: &ConnectorName,
    ) -> Result<Option<Question>, OAuthError> {
        let Some((flow, pending)) = self.0.store.held_flow(user, connector).await? else {
            return Ok(None);
        };
        let before = self
            .0
            .store
            .grant_at(user, &flow.connector, &flow.provider)
            .await?;
        Ok(Some(Question {
            before: before.and_then(|grant| grant.account).unwrap_or_default(),
            now: pending.account.unwrap_or_default(),
        }))
    }

    /// Takes the person's word for it. The tokens of the account that is not taken are revoked, where there is a way.
    pub(crate) async fn choose(
        &self,
        user: &UserId,
        connector: &ConnectorName,
        choice: Choice,
    ) -> Result<Finished, FlowError> {
        let inner = &self.0;
        let (flow, pending) = inner
            .store
            .held_flow(user, connector)
            .await?
            .ok_or(FlowError::Unknown)?;
        let outcome = match choice {
            Choice::TakeNew => FlowOutcome::Granted,
            Choice::KeepOld => FlowOutcome::Kept,
        };
        if !inner.store.settle_flow(&flow.hash, outcome).await? {
            return Err(FlowError::Unknown);
        }
        let (inner, came_for) = (Arc::clone(inner), flow.clone());
        // What was taken out of the flow is stored or revoked, also when the browser leaves meanwhile.
        let done = self
            .0
            .tasks
            .spawn(async move { inner.settle(&flow, pending, choice).await });
        done.await
            .unwrap_or(Err(FlowError::Failed(OAuthError::Interrupted)))?;
        Ok(Finished {
            next: self.0.next_after(&came_for).await,
            connector: came_for.connector_name,
        })
    }
}

impl Inner {
    async fn settle(
        self: &Arc<Self>,
        flow: &Flow,
        pending: Pending,
        choice: Choice,
    ) -> Result<(), FlowError> {
        let connection = self.store.connection(&flow.connector, &flow.provider).await?;
        let bound = pending.bound_to.as_str();
        let owner = connection.as_ref().map(Connection::owner).unwrap_or_default();
        let provider = connection
            .map(|connection| connection.provider)
            .filter(|provider| bound == bound_to(&provider.settings, &pending.tokens.vars));
        let Some(provider) = provider else {
            return Err(FlowError::Unknown);
        };
        if choice == Choice::KeepOld {
            self.audit.record(
                flow.user.as_str(),
                "grant.declined",
                flow.connector.as_str(),
                json!({ "provider": flow.provider_name, "why": "another account" }),
            );
            // The grant that goes on is another account's: ending this one does not touch it.
            if self.store.withdraw_revocation(&pending.revocation).await? {
                self.revoke_tokens(&provider, bound, pending.tokens).await;
            }
            self.leave_as_it_is(flow).await?;
            return Ok(());
        }
        if !self.store.withdraw_revocation(&pending.revocation).await? {
            return Err(FlowError::Unknown);
        }
        let place = (&flow.provider, owner);
        let before = self.store.grant_for(&flow.user, &flow.connector, place).await?;
        let new = NewGrant {
            connector: &flow.connector,
            provider: &flow.provider,
            user: &flow.user,
            owner,
            bound_to: bound,
            tokens: &pending.tokens,
            asked: &pending.asked,
            account: pending.account.as_deref(),
        };
        self.take_grant(flow, &provider, &new, before.as_ref()).await?;
        if let Some(before) = before.filter(|before| before.bound_to == bound) {
            self.revoke_tokens(&provider, bound, before.tokens).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_where_providers_put_them() {
        let check = |answer: Value, expected: Option<&str>| {
            assert_eq!(
                describe(answer.as_object().unwrap()).as_deref(),
                expected,
                "{answer}"
            );
        };
        check(json!({"sub": "7", "email": "a@x.example"}), Some("7 a@x.example"));
        check(
            json!({"id": 583231, "login": "octocat", "name": "Octo"}),
            Some("583231 octocat"),
        );
        check(json!({"data": {"gid": "12", "name": "A B"}}), Some("12 A B"));
        check(json!({"sub": "alice"}), Some("alice"));
        check(json!({"sub": "a\u{1b}[2Jb c"}), Some("a[2Jb_c"));
        check(json!({"name": "nobody in particular"}), None);
        assert!(differ(Some("7 a"), Some("8 a")));
        assert!(!differ(Some("7 a"), Some("7 b")));
        assert!(!differ(None, Some("7")) && !differ(Some("7"), None));
    }
}
