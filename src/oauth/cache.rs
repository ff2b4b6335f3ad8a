//! What the hot path reads instead of the database.
//!
//! An entry is put in only while nothing was forgotten since its maker began to read: else a grant that was deleted
//! in between would come back to life here.

use std::{collections::HashMap, sync::Arc};

use parking_lot::RwLock;

use super::access::Token;
use crate::{
    model::{ConnectorId, Millis, Owner, UserId},
    store::{Connection, Grant},
};

/// How many users' tokens are held at most; beyond that all are read again.
const TOKENS: usize = 50_000;

/// A token and how long it may be served from memory.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) token: Arc<Token>,
    /// From when on it has to be looked at again; `None` for a token that does not end.
    pub(super) until: Option<Millis>,
}

#[derive(Debug, Default)]
pub(super) struct Cache(RwLock<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// Grows whenever anything is forgotten.
    epoch: u64,
    /// None for a connector without OAuth.
    connections: HashMap<ConnectorId, Arc<[Connection]>>,
    /// By user, or `None` where the same serves everybody.
    tokens: HashMap<(ConnectorId, Option<UserId>), Held>,
}

/// Under whom a grant's token is held. One that serves everybody is held once, so that a new one reaches all of them; but
/// with each user where another provider's is their own.
pub(super) fn holder(grant: &Grant) -> Option<&UserId> {
    match grant.owner {
        Owner::User => Some(&grant.user),
        Owner::Connector => None,
    }
}

impl Entries {
    /// Under whom the token is held that serves `user`.
    fn holder(&self, connector: &ConnectorId, user: &UserId) -> Option<UserId> {
        let connections = self.connections.get(connector).filter(|known| !known.is_empty());
        let serves_all = |connection: &Connection| connection.owner() == Owner::Connector;
        match connections.is_some_and(|connections| connections.iter().all(serves_all)) {
            true => None,
            false => Some(user.clone()),
        }
    }
}

/// The moment at which a reader began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epoch(u64);

impl Cache {
    pub(super) fn epoch(&self) -> Epoch {
        Epoch(self.0.read().epoch)
    }

    pub(super) fn connections(&self, connector: &ConnectorId) -> Option<Arc<[Connection]>> {
        self.0.read().connections.get(connector).cloned()
    }

    pub(super) fn token(&self, connector: &ConnectorId, user: &UserId, now: Millis) -> Option<Arc<Token>> {
        let entries = self.0.read();
        let holder = entries.holder(connector, user);
        let held = entries.tokens.get(&(connector.clone(), holder))?;
        held.until
            .is_none_or(|until| now < until)
            .then(|| Arc::clone(&held.token))
    }

    pub(super) fn put_connections(
        &self,
        since: Epoch,
        connector: &ConnectorId,
        connections: Arc<[Connection]>,
    ) {
        let mut entries = self.0.write();
        if entries.epoch == since.0 {
            entries.connections.insert(connector.clone(), connections);
        }
    }

    pub(super) fn put_token(
        &self,
        since: Epoch,
        connector: &ConnectorId,
        holder: Option<&UserId>,
        held: Held,
    ) {
        let mut entries = self.0.write();
        if entries.epoch == since.0 {
            if entries.tokens.len() >= TOKENS {
                entries.tokens.clear();
            }
            entries.tokens.insert((connector.clone(), holder.cloned()), held);
        }
    }

    /// Puts a refreshed token in the place of the one before, or nothing. Whoever read that one meanwhile can't put it
    /// back.
    pub(super) fn renew(
        &self,
        since: Epoch,
        connector: &ConnectorId,
        holder: Option<&UserId>,
        held: Option<Held>,
    ) {
        let mut entries = self.0.write();
        let key = (connector.clone(), holder.cloned());
        match held.filter(|_| entries.epoch == since.0) {
            Some(held) => _ = entries.tokens.insert(key, held),
            None => _ = entries.tokens.remove(&key),
        }
        entries.epoch += 1;
    }

    /// Forgets the tokens that `gone` names, by connector and holder.
    pub(super) fn forget_tokens(&self, gone: impl Fn(&ConnectorId, Option<&UserId>) -> bool) {
        let mut entries = self.0.write();
        entries.epoch += 1;
        entries
            .tokens
            .retain(|(connector, holder), _| !gone(connector, holder.as_ref()));
    }

    /// Forgets a user's token if it is the one of this generation.
    pub(super) fn forget_generation(&self, connector: &ConnectorId, user: &UserId, generation: u64) {
        let mut entries = self.0.write();
        entries.epoch += 1;
        let key = (connector.clone(), entries.holder(connector, user));
        let held = entries.tokens.get(&key);
        if held.is_some_and(|held| held.token.generation == generation) {
            entries.tokens.remove(&key);
        }
    }

    /// Forgets everything: settings have changed, which is rare.
    pub(super) fn clear(&self) {
        let mut entries = self.0.write();
        entries.epoch += 1;
        entries.connections.clear();
        entries.tokens.clear();
    }
}
