//! Refresh tokens whose answer was lost: when they may be sent again.

use std::time::Duration;

use super::access::millis;
use crate::{
    model::{self, Rotation},
    store::{Grant, Provider, Sending},
};

/// Whether there is an access token to lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Alive,
    Dead,
}

/// Whether a refresh token may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MaySend {
    Now(Sending),
    Later,
    /// It was sent twice without an answer.
    Never,
}

/// What is known of the refresh token of `grant`. One that may be used up is sent again only where its provider minds
/// nothing; elsewhere once more, when the access token is dead and nothing is left that a strict provider could end.
pub(super) fn may_send(grant: &Grant, provider: &Provider, life: Life, late: Duration) -> MaySend {
    let Some(attempt) = grant.attempt else {
        return MaySend::Now(Sending::First);
    };
    let age = model::now() - attempt.at;
    let late = i64::try_from(late.as_millis()).unwrap_or(i64::MAX);
    match (provider.rotation(), attempt.sending) {
        (Rotation::None, _) => MaySend::Now(Sending::First),
        (Rotation::Grace(grace), _) if age < millis(grace) => MaySend::Now(Sending::First),
        (_, Sending::Late) if life == Life::Dead => MaySend::Never,
        (_, Sending::First) if life == Life::Dead && age >= late => MaySend::Now(Sending::Late),
        _ => MaySend::Later,
    }
}
