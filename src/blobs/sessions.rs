//! Uploads that outlive a request, and the process.
//!
//! Each is two files among the uploads: `ID`, what has arrived, and `ID.json`, whose it is. After a restart the
//! received length is the file's. Requests of one upload take turns; a user has so many and no more, and the one
//! that was idle longest makes room.

use std::{
    collections::HashMap,
    fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex as Turns, OwnedMutexGuard};

use super::{
    BlobError, Blobs, Upload,
    upload::{Partial, blocking},
};
use crate::model::{Digest, UserId};

/// An upload that nothing was added to for so long is given up.
const IDLE: Duration = Duration::from_secs(3600);
/// The same for one whose digest is known: its sender may come back for it in another process.
const IDLE_RESUMABLE: Duration = Duration::from_secs(24 * 3600);
/// Most unfinished uploads of one user.
const MOST: usize = 256;
/// Most bytes of one user's unfinished uploads.
const MOST_BYTES: u64 = 16 << 30;
/// How long a request waits for another one of the same upload to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whose an upload is, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) repository: String,
    pub(crate) user: UserId,
    /// What the sender says that it will be: by this it is found again.
    pub(crate) digest: Option<Digest>,
    /// Largest content, in bytes.
    pub(crate) limit: u64,
}

/// An upload under way; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: Arc<str>,
    pub(crate) upload: Upload,
    origin: Arc<Origin>,
    turns: Arc<Turns<()>>,
    touched: SystemTime,
}

/// Held by the one request that may add to an upload.
pub(crate) type Turn = OwnedMutexGuard<()>;

/// The uploads under way, by id.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<Arc<str>, Session>>);

impl Session {
    /// Waits for its turn; `None` when another request of the same upload does not end.
    pub(crate) async fn turn(&self) -> Option<Turn> {
        let turn = Arc::clone(&self.turns).lock_owned();
        tokio::time::timeout(PATIENCE, turn).await.ok()
    }

    fn is_idle(&self) -> bool {
        self.turns.try_lock().is_ok()
    }

    fn has_expired(&self) -> bool {
        let idle = match self.origin.digest {
            Some(_) => IDLE_RESUMABLE,
            None => IDLE,
        };
        self.is_idle() && self.touched.elapsed().is_ok_and(|age| age > idle)
    }
}

impl Blobs {
    /// Begins an upload under `id`, which nobody may guess. It makes room for itself among the user's others.
    pub(crate) async fn begin(&self, id: &str, origin: Origin) -> Result<Session, BlobError> {
        self.expire().await?;
        self.make_room(&origin.user, 1).await?;
        let (content, beside) = (self.uploads().join(id), self.uploads().join(format!("{id}.json")));
        let text = serde_json::to_vec(&origin).map_err(io::Error::other)?;
        let partial = blocking(move || {
            let partial = Partial::create(&content, &beside)?;
            fs::write(&beside, text)?;
            Ok(partial)
        })
        .await?;
        let session = Session {
            id: id.into(),
            upload: Upload::new(self.clone(), origin.limit, partial),
            origin: Arc::new(origin),
            turns: Arc::default(),
            touched: SystemTime::now(),
        };
        let mut sessions = self.sessions.0.lock();
        sessions.insert(Arc::clone(&session.id), session.clone());
        Ok(session)
    }

    /// The upload, for who began it.
    pub(crate) fn session(&self, id: &str, repository: &str, user: &UserId) -> Option<Session> {
        let mut sessions = self.sessions.0.lock();
        let session = sessions
            .get_mut(id)
            .filter(|session| session.origin.repository == repository && session.origin.user == *user)?;
        session.touched = SystemTime::now();
        Some(session.clone())
    }

    /// The unfinished upload of the same origin that has most; none that another request is adding to.
    pub(crate) fn unfinished(&self, origin: &Origin) -> Option<Session> {
        let mut sessions = self.sessions.0.lock();
        let session = sessions
            .values_mut()
            .filter(|session| *session.origin == *origin && session.is_idle())
            // `Range: 0-0` means one byte as well as none, so one is not gone on with.
            .filter(|session| session.upload.received() != 1)
            .max_by_key(|session| session.upload.received())?;
        session.touched = SystemTime::now();
        Some(session.clone())
    }

    /// Makes the upload a blob, which has to have the `expected` digest. It is gone afterwards, however that ends.
    pub(crate) async fn finish(&self, session: Session, expected: &Digest) -> Result<(), BlobError> {
        self.sessions.0.lock().remove(&session.id);
        session.upload.finish(Some(expected)).await.map(drop)
    }

    /// Gives an upload up, with what arrived of it.
    pub(crate) async fn forget(&self, session: &Session) -> Result<(), BlobError> {
        self.sessions.0.lock().remove(&session.id);
        session.upload.abandon().await
    }

    /// Sees that the user may have `more` uploads, and that those under way are not too large together.
    pub(crate) async fn make_room(&self, user: &UserId, more: usize) -> Result<(), BlobError> {
        let given_up = {
            let mut sessions = self.sessions.0.lock();
            let mut of_user: Vec<&Session> = sessions
                .values()
                .filter(|session| session.origin.user == *user)
                .collect();
            // Those that nobody can ask for again go first, then by age.
            of_user.sort_by_key(|session| (session.origin.digest.is_some(), session.touched));
            let mut count = of_user.len() + more;
            let mut bytes: u64 = of_user.iter().map(|session| session.upload.received()).sum();
            let mut given_up = Vec::new();
            for session in of_user {
                if count <= MOST && bytes <= MOST_BYTES {
                    break;
                }
                let counts = count > MOST || session.upload.received() > 0;
                if counts && session.is_idle() {
                    count -= 1;
                    bytes -= session.upload.received();
                    given_up.push(session.clone());
                }
            }
            if count > MOST || bytes > MOST_BYTES {
                return Err(BlobError::TooMany);
            }
            sessions.retain(|id, _| given_up.iter().all(|session| session.id != *id));
            given_up
        };
        abandon(given_up).await
    }

    /// Gives up what was idle for too long.
    pub(super) async fn expire(&self) -> Result<(), BlobError> {
        let expired: Vec<Session> = {
            let mut sessions = self.sessions.0.lock();
            sessions
                .extract_if(|_, session| session.has_expired())
                .map(|(_, session)| session)
                .collect()
        };
        abandon(expired).await
    }

    /// Finds the uploads that an earlier process left. What belongs to none is removed: no other process uses the
    /// folder.
    pub(super) fn find_sessions(&self) -> io::Result<()> {
        let mut found = HashMap::new();
        let mut kept = Vec::new();
        let entries = fs::read_dir(self.uploads())?.collect::<io::Result<Vec<_>>>()?;
        for entry in &entries {
            let beside = entry.path();
            if beside.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let content = beside.with_extension("");
            if let Some(session) = self.found(&content, &beside) {
                kept.extend([content, beside]);
                found.insert(Arc::clone(&session.id), session);
            }
        }
        for entry in entries {
            if !kept.contains(&entry.path())
                && let Err(error) = fs::remove_file(entry.path())
            {
                tracing::warn!(%error, "a temporary file of an earlier upload stays");
            }
        }
        *self.sessions.0.lock() = found;
        Ok(())
    }

    fn found(&self, content: &Path, beside: &Path) -> Option<Session> {
        let origin: Origin = serde_json::from_slice(&fs::read(beside).ok()?).ok()?;
        let touched = fs::metadata(content)
            .and_then(|metadata| metadata.modified())
            .ok()?;
        let partial = Partial::open(content, beside).ok()?;
        Some(Session {
            id: content.file_name()?.to_str()?.into(),
            upload: Upload::new(self.clone(), origin.limit, partial),
            origin: Arc::new(origin),
            turns: Arc::default(),
            touched,
        })
    }
}

async fn abandon(sessions: Vec<Session>) -> Result<(), BlobError> {
    for session in sessions {
        session.upload.abandon().await?;
    }
    Ok(())
}
