//! The broker's master keys: where they come from, and how a new one takes over while everything goes on.
//!
//! The first key of the first source seals; all the others only open what was sealed before. A rotation puts a new key
//! first, walks through every sealed value and wraps its data key anew, and lets an old key go only when nothing is
//! under it any more. All of that can stop at any moment: what is left to do is seen in the store, and the next start
//! of the broker goes on with it.

mod source;
#[cfg(test)]
mod tests;

use std::{fs, io, path::PathBuf, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use source::{Source, SourceError};

use crate::{
    audit::Audit,
    seal::{KeyId, MasterKey, Sealer},
    store::{Store, StoreError},
};

/// How long an old key stays after nothing was found under it: what was sealed with it just before may still wait for
/// its turn to be written.
const SETTLE: Duration = Duration::from_secs(60);
/// After a walk that failed.
const PAUSE: Duration = Duration::from_secs(5);

/// The keys of all sources, each source with its own.
#[derive(Debug)]
pub(crate) struct Ring(Vec<(Source, Vec<MasterKey>)>);

/// Why the master key was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RotateError {
    #[error("another change of the master key is under way")]
    UnderWay,
    /// The broker can't make a key there.
    #[error("the master key comes from {0}, as it was when the broker started")]
    Fixed(String),
    #[error("the command still gives the key that seals already")]
    Same,
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One key, as it is shown.
#[derive(Debug)]
pub(crate) struct KeyState {
    pub(crate) id: KeyId,
    pub(crate) source: String,
    pub(crate) seals: bool,
    /// How many values are under it.
    pub(crate) values: i64,
}

/// Looks after the keys; cheap to clone.
#[derive(Clone)]
pub(crate) struct Keys(Arc<Inner>);

struct Inner {
    parts: Parts,
    ring: Mutex<Ring>,
    /// Whoever changes keys or moves values to them.
    turn: Arc<Turn<()>>,
    settle: Duration,
}

/// What the keys are looked after with.
pub(crate) struct Parts {
    pub(crate) store: Arc<Store>,
    pub(crate) audit: Audit,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// A folder with sealed values that the store did not take yet. While there is one, no key goes.
    pub(crate) aside: PathBuf,
}

impl Ring {
    /// Reads every source. Where nothing is stored yet, a first source that is a file may not be there: it is made.
    pub(crate) async fn read(sources: Vec<Source>, nothing_stored: bool) -> Result<Self, SourceError> {
        let mut ring = Vec::new();
        for source in sources {
            let keys = match (source.read().await, &source) {
                (Err(SourceError::Gone(_)), Source::File(path)) if ring.is_empty() && nothing_stored => {
                    let key = MasterKey::random();
                    source::write_file(path, &[&key])?;
                    vec![key]
                }
                (keys, _) => keys?,
            };
            ring.push((source, keys));
        }
        Ok(Self(ring))
    }

    pub(crate) fn sealer(&self) -> Sealer {
        let (newest, older) = self.keys();
        Sealer::with(&newest, &older)
    }

    /// The key that seals, and the others.
    fn keys(&self) -> (MasterKey, Vec<MasterKey>) {
        let mut keys = self.0.iter().flat_map(|(_, keys)| keys.iter().cloned());
        #[allow(
            clippy::expect_used,
            reason = "the configuration names one, and none is read empty"
        )]
        let newest = keys.next().expect("there is a source, and it has a key");
        (newest, keys.collect())
    }
}

impl Keys {
    /// Looks after the keys that `parts.store` was opened with, and goes on with a rotation that was cut short.
    pub(crate) async fn start(parts: Parts, ring: Ring) -> Result<Self, StoreError> {
        Self::start_settling(parts, ring, SETTLE).await
    }

    async fn start_settling(parts: Parts, ring: Ring, settle: Duration) -> Result<Self, StoreError> {
        let keys = Self(Arc::new(Inner {
            parts,
            ring: Mutex::new(ring),
            turn: Arc::default(),
            settle,
        }));
        if keys.left_over().await? > 0 {
            keys.go_on();
        } else if let Err(error) = keys.retire().await {
            // It serves as well as before; the next rotation tries again.
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "an old master key could not be let go");
        }
        Ok(keys)
    }

    /// Every key, the one that seals first.
    pub(crate) async fn list(&self) -> Result<Vec<KeyState>, StoreError> {
        let counts = self.0.parts.store.key_counts().await?;
        let ring = self.0.ring.lock();
        let mut list: Vec<KeyState> = Vec::new();
        for (source, keys) in &ring.0 {
            for key in keys {
                if list.iter().all(|known| known.id != key.id) {
                    list.push(KeyState {
                        id: key.id,
                        source: source.to_string(),
                        seals: list.is_empty(),
                        values: counts.get(&key.id).copied().unwrap_or(0),
                    });
                }
            }
        }
        Ok(list)
    }

    /// Puts a new key first and starts to move everything to it; where that was started before, goes on. Gives how
    /// many values are to be moved.
    pub(crate) async fn rotate(&self, actor: &str) -> Result<i64, RotateError> {
        let turn = Arc::clone(&self.0.turn)
            .try_lock_owned()
            .map_err(|_| RotateError::UnderWay)?;
        if self.left_over().await? == 0 {
            let newest = self.renew().await?;
            let detail = serde_json::json!({ "key": newest.to_string() });
            self.0
                .parts
                .audit
                .record(actor, "keys.rotated", "master key", detail);
        }
        let left = self.left_over().await?;
        self.spawn_move(turn);
        Ok(left)
    }

    /// Gets a new key and seals with it from now on. It is kept before anything is sealed with it.
    async fn renew(&self) -> Result<KeyId, RotateError> {
        let (source, known) = {
            let ring = self.0.ring.lock();
            let (source, keys) = &ring.0[0];
            (source.clone(), keys.clone())
        };
        let keys = match &source {
            Source::File(path) => {
                // Somebody may have written there since.
                let there = source.read().await?;
                let new = MasterKey::random();
                let mut keys = vec![new];
                keys.extend(known);
                for key in there {
                    if keys.iter().all(|known| known.id != key.id) {
                        keys.push(key);
                    }
                }
                source::write_file(path, &keys.iter().collect::<Vec<_>>())?;
                keys
            }
            Source::Command(_) => {
                let mut keys = source.read().await?;
                if keys[0].id == known[0].id {
                    return Err(RotateError::Same);
                }
                // Those that it gives no more are needed until everything was moved.
                keys.extend(known);
                keys
            }
            Source::Variable { .. } => return Err(RotateError::Fixed(source.to_string())),
        };
        let (newest, older) = {
            let mut ring = self.0.ring.lock();
            ring.0[0].1 = keys;
            ring.keys()
        };
        self.0.parts.store.change_keys(&newest, &older).await?;
        Ok(newest.id)
    }

    /// How many values are under another key than the one that seals.
    async fn left_over(&self) -> Result<i64, StoreError> {
        let newest = self.0.ring.lock().keys().0.id;
        let counts = self.0.parts.store.key_counts().await?;
        Ok(counts
            .iter()
            .filter(|(id, _)| **id != newest)
            .map(|(_, values)| values)
            .sum())
    }

    fn go_on(&self) {
        if let Ok(turn) = Arc::clone(&self.0.turn).try_lock_owned() {
            tracing::info!("moving what is sealed to the newest master key");
            self.spawn_move(turn);
        }
    }

    fn spawn_move(&self, turn: OwnedMutexGuard<()>) {
        let keys = self.clone();
        self.0.parts.tasks.spawn(async move {
            let stop = keys.0.parts.stop.clone();
            tokio::select! {
                // Whatever is cut short here goes on at the next start.
                () = stop.cancelled() => {}
                () = keys.move_all() => {}
            }
            drop(turn);
        });
    }

    /// Moves everything to the newest key, then lets the old ones go.
    async fn move_all(&self) {
        let mut moved = 0;
        loop {
            match self.pass(&mut moved).await {
                Ok(Pass::Again) => {}
                Ok(Pass::Done) => break,
                Ok(Pass::Stuck(stuck)) => {
                    tracing::error!(
                        stuck,
                        "sealed values that no master key opens keep the old master key from being let go"
                    );
                    return;
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "moving to the newest master key stopped; it is tried again"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        tracing::info!(moved, "everything is sealed with the newest master key");
        if let Err(error) = self.retire().await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "an old master key could not be let go");
        }
    }

    async fn pass(&self, moved: &mut u64) -> Result<Pass, StoreError> {
        let done = self.0.parts.store.reseal().await?;
        *moved += done.moved;
        if done.stuck > 0 {
            return Ok(Pass::Stuck(done.stuck));
        }
        if self.left_over().await? > 0 {
            return Ok(Pass::Again);
        }
        tokio::time::sleep(self.0.settle).await;
        Ok(if self.left_over().await? > 0 {
            Pass::Again
        } else {
            Pass::Done
        })
    }

    /// Takes the old keys out of the file that the broker writes itself. The caller knows that nothing is under them.
    async fn retire(&self) -> Result<(), RotateError> {
        let (newest, older, gone) = {
            let mut ring = self.0.ring.lock();
            let (source, keys) = &mut ring.0[0];
            // What other places give is theirs to decide; it does no harm meanwhile.
            let Source::File(path) = source else {
                return Ok(());
            };
            if keys.len() == 1 || self.0.parts.has_something_aside() {
                return Ok(());
            }
            source::write_file(path, &[&keys[0]])?;
            let gone = keys.split_off(1);
            let (newest, older) = ring.keys();
            (newest, older, gone)
        };
        self.0.parts.store.change_keys(&newest, &older).await?;
        for key in gone {
            let detail = serde_json::json!({ "key": key.id.to_string() });
            self.0
                .parts
                .audit
                .record("berth", "keys.retired", "master key", detail);
        }
        Ok(())
    }
}

impl Parts {
    /// Whether a sealed value waits beside the store, or whether that can't be told.
    fn has_something_aside(&self) -> bool {
        match fs::read_dir(&self.aside) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }
}

/// What came of a walk through everything.
enum Pass {
    /// Something was written under an old key meanwhile.
    Again,
    Done,
    Stuck(u64),
}
