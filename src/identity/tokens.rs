//! Bearer tokens of the control API.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use serde_json::json;

use super::{Identity, IdentityError, REMEMBERED, TokenRecord, User, millis, operator_of};
use crate::{
    model::{self, Digest, Millis, Operator, TOKEN_PREFIX, TokenId, TokenKind, TokenScope, TrustId, UserId},
    secret::{self, Secret},
};

/// What was found out before.
pub(super) type Known = Cache<Digest, Owner>;

/// A bearer token's owner, as remembered.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    operator: Arc<Operator>,
    expires_at: Option<Millis>,
}

/// A token to be made.
#[derive(Debug)]
pub(crate) struct NewToken<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) label: &'a str,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) scope: TokenScope,
    /// Why a pipeline gets it.
    pub(crate) trust: Option<Vec<TrustId>>,
}

pub(super) fn known() -> Known {
    Cache::builder()
        .max_capacity(100_000)
        .time_to_live(REMEMBERED)
        .build()
}

impl Identity {
    pub(super) async fn by_token(&self, token: &str) -> Result<Arc<Operator>, IdentityError> {
        match TokenKind::of(token) {
            TokenKind::Berth => Ok(self.by_hash(Digest::of(token.as_bytes())).await?.operator),
            TokenKind::Unknown => Err(IdentityError::Unknown),
            kind => Err(IdentityError::WrongKind(kind)),
        }
    }

    pub(super) async fn by_hash(&self, hash: Digest) -> Result<Owner, IdentityError> {
        let known = match self.known.get(&hash) {
            Some(known) => known,
            None => {
                let revocations = self.changes();
                let (record, user) = self
                    .store
                    .token_by_hash(&hash)
                    .await?
                    .ok_or(IdentityError::Unknown)?;
                if let Some(at) = record.revoked_at {
                    return Err(IdentityError::Revoked(at));
                }
                let known = Owner {
                    operator: Arc::new(Operator {
                        scope: record.scope,
                        ..operator_of(user)
                    }),
                    expires_at: record.expires_at,
                };
                self.known.insert(hash.clone(), known.clone());
                if self.changes() != revocations {
                    self.known.invalidate(&hash);
                }
                known
            }
        };
        match known.expires_at {
            Some(at) if at <= model::now() => Err(IdentityError::Expired(at)),
            _ => Ok(known),
        }
    }

    /// A new token for `user` that may do all that they may; `actor` is who made it.
    pub(crate) async fn create_token(
        &self,
        actor: &str,
        user: &UserId,
        label: &str,
        lifetime: Option<Duration>,
    ) -> Result<(TokenRecord, Secret<String>), IdentityError> {
        let new = NewToken {
            user,
            label,
            lifetime,
            scope: TokenScope::Everything,
            trust: None,
        };
        self.make_token(actor, new).await
    }

    /// A new token; `actor` is who made it.
    pub(crate) async fn make_token(
        &self,
        actor: &str,
        new: NewToken<'_>,
    ) -> Result<(TokenRecord, Secret<String>), IdentityError> {
        let token = secret::generate(TOKEN_PREFIX);
        let created_at = model::now();
        let record = TokenRecord {
            id: TokenId::random(),
            user: new.user.clone(),
            label: new.label.to_owned(),
            scope: new.scope,
            trust: new.trust,
            created_at,
            expires_at: new
                .lifetime
                .map(|lifetime| created_at.saturating_add(millis(lifetime))),
            revoked_at: None,
        };
        self.store
            .add_token(&record, &Digest::of(token.expose().as_bytes()))
            .await?;
        let detail = json!({ "user": new.user, "label": new.label, "scope": record.scope });
        self.audit
            .record(actor, "token.created", record.id.as_str(), detail);
        Ok((record, token))
    }

    /// The tokens of one user, or of all.
    pub(crate) async fn tokens(
        &self,
        user: Option<&UserId>,
    ) -> Result<Vec<(TokenRecord, User)>, IdentityError> {
        Ok(self.store.tokens(user, model::now()).await?)
    }

    /// The token that stands in the headers, as the store has it.
    pub(crate) async fn presented(&self, headers: &http::HeaderMap) -> Result<TokenRecord, IdentityError> {
        let token = super::bearer(headers).ok_or(IdentityError::Missing)?;
        let found = self.store.token_by_hash(&Digest::of(token.as_bytes())).await?;
        Ok(found.ok_or(IdentityError::Unknown)?.0)
    }

    /// Revokes a token: the next request with it is refused. Returns whether there was such a one.
    pub(crate) async fn revoke_token(&self, actor: &Operator, id: &TokenId) -> Result<bool, IdentityError> {
        let removed = self.store.revoke_token(id, model::now()).await?;
        self.forget();
        if removed {
            self.audit
                .record(actor.user.as_str(), "token.revoked", id.as_str(), json!({}));
        }
        Ok(removed)
    }
}

impl Owner {
    pub(super) fn operator(&self) -> &Operator {
        &self.operator
    }
}
