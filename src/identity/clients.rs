//! People who call through an MCP client that berth's authorization server gave a token.

use moka::sync::Cache;

use super::{Identity, IdentityError, REMEMBERED};
use crate::model::{self, Caller, ClientConsent, ConnectorName, Digest, Millis};

/// What the access tokens of MCP clients start with.
pub(crate) const CLIENT_TOKEN_PREFIX: &str = "bertha_";
/// The scope that calls need.
pub(crate) const CALLS: &str = "mcp";

/// The scope for which `/authorize` leads a person through what a connector needs of them, too.
pub(crate) fn step_up_scope(connector: &ConnectorName) -> String {
    format!("connector:{connector}")
}

/// Tokens that were seen before, by hash.
pub(super) type Known = Cache<Digest, ClientCaller>;

/// Who calls with a token, and what it is for.
#[derive(Debug, Clone)]
pub(super) struct ClientCaller {
    caller: Caller,
    connector: ConnectorName,
    may_call: bool,
    expires_at: Millis,
}

pub(super) fn known() -> Known {
    Cache::builder()
        .max_capacity(100_000)
        .time_to_live(REMEMBERED)
        .build()
}

impl Identity {
    /// A token for another connector is no token here (RFC 8707 §2.2).
    pub(super) async fn by_client_token(
        &self,
        token: &str,
        connector: &ConnectorName,
    ) -> Result<Caller, IdentityError> {
        let hash = Digest::of(token.as_bytes());
        let now = model::now();
        let known = match self.clients.get(&hash) {
            Some(known) => known,
            None => {
                let revocations = self.changes();
                let found = self.store.client_token(&hash, now).await?;
                let found = found.ok_or(IdentityError::Unknown)?;
                let has = |scope: &str| found.scope.split(' ').any(|held| held == scope);
                let known = ClientCaller {
                    may_call: has(CALLS),
                    caller: Caller {
                        user: found.user.id,
                        name: found.user.name,
                        client: Some(ClientConsent {
                            id: found.consent,
                            stepped_up: has(&step_up_scope(&found.connector)),
                        }),
                    },
                    connector: found.connector,
                    expires_at: found.expires_at,
                };
                self.clients.insert(hash.clone(), known.clone());
                if self.changes() != revocations {
                    self.clients.invalidate(&hash);
                }
                known
            }
        };
        if known.expires_at <= now || known.connector != *connector {
            return Err(IdentityError::Unknown);
        }
        if !known.may_call {
            return Err(IdentityError::Scope);
        }
        Ok(known.caller)
    }
}
