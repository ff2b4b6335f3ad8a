//! Uploads that outlive a request, and the process.
//!
//! Each is two files among the uploads: `ID`, what has arrived, and `ID.json`, whose it is. After a restart the
//! received length is the file's. Requests of one upload take turns; a user has so many and no more, and the one
//! that was idle longest makes room.

use std::{
    collections::HashMap,
    fs,
    io::{self, ErrorKind},
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
    /// When a request of it began or ended last.
    touched: Arc<Mutex<SystemTime>>,
}

/// Held by the one request that may add to an upload.
#[derive(Debug)]
pub(crate) struct Turn {
    _turn: OwnedMutexGuard<()>,
    touched: Arc<Mutex<SystemTime>>,
}

/// An upload that is one request's alone, and ends with it.
#[derive(Debug)]
pub(crate) struct Passing {
    blobs: Blobs,
    session: Session,
    _turn: Option<Turn>,
}

/// The uploads under way, by id.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<Arc<str>, Session>>);

impl Session {
    fn new(id: Arc<str>, upload: Upload, origin: Origin, touched: SystemTime) -> Self {
        Self {
            id,
            upload,
            origin: Arc::new(origin),
            turns: Arc::default(),
            touched: Arc::new(Mutex::new(touched)),
        }
    }

    /// Waits for its turn; `None` when another request of the same upload does not end.
    pub(crate) async fn turn(&self) -> Option<Turn> {
        let turn = Arc::clone(&self.turns).lock_owned();
        let turn = tokio::time::timeout(PATIENCE, turn).await.ok()?;
        Some(self.held(turn))
    }

    fn held(&self, turn: OwnedMutexGuard<()>) -> Turn {
        Turn {
            _turn: turn,
            touched: Arc::clone(&self.touched),
        }
    }

    fn touch(&self) {
        *self.touched.lock() = SystemTime::now();
    }

    fn is_idle(&self) -> bool {
        self.turns.try_lock().is_ok()
    }

    fn has_expired(&self) -> bool {
        let idle = match self.origin.digest {
            Some(_) => IDLE_RESUMABLE,
            None => IDLE,
        };
        self.is_idle() && self.touched.lock().elapsed().is_ok_and(|age| age > idle)
    }
}

impl Drop for Turn {
    /// A part may take longer to come than an upload may be idle.
    fn drop(&mut self) {
        *self.touched.lock() = SystemTime::now();
    }
}

impl Passing {
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// As [`Blobs::finish`].
    pub(crate) async fn finish(self, expected: &Digest) -> Result<(), BlobError> {
        self.blobs.finish(self.session.clone(), expected).await
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        self.blobs.sessions.0.lock().remove(&self.session.id);
    }
}

impl Blobs {
    /// Begins an upload under `id`, which nobody may guess. It makes room for itself among the user's others.
    pub(crate) async fn begin(&self, id: &str, origin: Origin) -> Result<Session, BlobError> {
        self.expire().await?;
        self.make_room(&origin.user, 1).await?;
        let (content, beside) = (self.uploads().join(id), self.uploads().join(format!("{id}.json")));
        let text = serde_json::to_vec(&origin).map_err(io::Error::other)?;
        let mut partial = blocking(move || Ok(Partial::create(&content, &beside, &text)?)).await?;
        // From here to the map there is nothing to wait for: whoever gives up sooner leaves nothing.
        partial.keep();
        let upload = Upload::new(self.clone(), origin.limit, partial);
        let session = Session::new(id.into(), upload, origin, SystemTime::now());
        self.insert(&session);
        Ok(session)
    }

    /// Begins an upload that no other request can go on with. It counts among the user's, and leaves nothing unless
    /// it is finished.
    pub(crate) async fn pass(&self, id: &str, origin: Origin) -> Result<Passing, BlobError> {
        self.expire().await?;
        self.make_room(&origin.user, 1).await?;
        let upload = self.upload(origin.limit).await?;
        let session = Session::new(id.into(), upload, origin, SystemTime::now());
        // Before anybody can see it, and take it for idle.
        let turn = Arc::clone(&session.turns).try_lock_owned().ok();
        self.insert(&session);
        Ok(Passing {
            blobs: self.clone(),
            _turn: turn.map(|turn| session.held(turn)),
            session,
        })
    }

    fn insert(&self, session: &Session) {
        let mut sessions = self.sessions.0.lock();
        sessions.insert(Arc::clone(&session.id), session.clone());
    }

    /// The upload, for who began it.
    pub(crate) fn session(&self, id: &str, repository: &str, user: &UserId) -> Option<Session> {
        let sessions = self.sessions.0.lock();
        let session = sessions
            .get(id)
            .filter(|session| session.origin.repository == repository && session.origin.user == *user)?;
        session.touch();
        Some(session.clone())
    }

    /// The unfinished upload of the same origin that has most; none that another request is adding to.
    pub(crate) fn unfinished(&self, origin: &Origin) -> Option<Session> {
        let sessions = self.sessions.0.lock();
        let session = sessions
            .values()
            .filter(|session| *session.origin == *origin && session.is_idle())
            // `Range: 0-0` means one byte as well as none, so one is not gone on with.
            .filter(|session| session.upload.received() != 1)
            .max_by_key(|session| session.upload.received())?;
        session.touch();
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
        abandon(vec![session.clone()]).await
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
            of_user.sort_by_key(|session| (session.origin.digest.is_some(), *session.touched.lock()));
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
            match self.found(&content, &beside) {
                Ok(Some(session)) => {
                    kept.extend([content, beside]);
                    found.insert(Arc::clone(&session.id), session);
                }
                Ok(None) => {}
                // It may be whole: a later start finds it again.
                Err(error) => {
                    tracing::warn!(%error, path = %beside.display(), "an unfinished upload can't be read");
                    kept.extend([content, beside]);
                }
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

    /// `None` for what is no upload, or only half of one.
    fn found(&self, content: &Path, beside: &Path) -> io::Result<Option<Session>> {
        let read = || Ok::<_, io::Error>((fs::read(beside)?, fs::metadata(content)?.modified()?));
        let (text, touched) = match read() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let id = content.file_name().and_then(|name| name.to_str());
        let (Some(id), Ok(origin)) = (id, serde_json::from_slice::<Origin>(&text)) else {
            return Ok(None);
        };
        let partial = Partial::found(content, beside)?;
        let upload = Upload::new(self.clone(), origin.limit, partial);
        Ok(Some(Session::new(id.into(), upload, origin, touched)))
    }
}

/// Removes all of them, however soon whoever asked for it stops waiting: they are in no list any more.
async fn abandon(sessions: Vec<Session>) -> Result<(), BlobError> {
    if sessions.is_empty() {
        return Ok(());
    }
    blocking(move || {
        for session in sessions {
            session.upload.abandon();
        }
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use bytes::Bytes;

    use super::*;

    fn origin(digest: Option<Digest>) -> Origin {
        Origin {
            repository: "gong".into(),
            user: UserId::random(),
            digest,
            limit: 100,
        }
    }

    async fn add(session: &Session, content: &'static str) {
        let content = Bytes::from_static(content.as_bytes());
        session.upload.append(content).await.unwrap();
        session.upload.flush().await.unwrap();
    }

    fn uploads(blobs: &Blobs) -> Vec<PathBuf> {
        let entries = fs::read_dir(blobs.uploads()).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    #[tokio::test]
    async fn a_part_that_took_long_does_not_expire_at_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let session = blobs.begin("s", origin(None)).await.unwrap();
        let turn = session.turn().await.unwrap();
        let age = || *session.touched.lock() = SystemTime::now() - 2 * IDLE;
        age();
        blobs.expire().await.unwrap();
        drop(turn);
        blobs.expire().await.unwrap();
        assert_eq!(uploads(&blobs).len(), 2);
        age();
        blobs.expire().await.unwrap();
        assert!(uploads(&blobs).is_empty());
    }

    #[tokio::test]
    async fn idle_uploads_hold_no_files_open() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let session = blobs.begin("s", origin(None)).await.unwrap();
        add(&session, "he").await;
        add(&session, "llo").await;
        let open = fs::read_dir("/proc/self/fd").unwrap();
        let open = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
        assert_eq!(open.filter(|path| path.starts_with(dir.path())).count(), 0);
        blobs.finish(session, &Digest::of(b"hello")).await.unwrap();
        assert!(uploads(&blobs).is_empty());
    }

    #[tokio::test]
    async fn what_can_t_begin_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let beside = blobs.uploads().join("s.json");
        fs::create_dir(&beside).unwrap();
        let begun = blobs.begin("s", origin(None)).await;
        assert!(matches!(begun, Err(BlobError::Write(_))));
        assert_eq!(uploads(&blobs), [beside]);
    }

    #[tokio::test]
    async fn one_request_s_upload_ends_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let passing = blobs.pass("s", origin(None)).await.unwrap();
        add(passing.session(), "hel").await;
        assert_eq!(uploads(&blobs).len(), 1);
        assert!(!passing.session().is_idle());
        drop(passing);
        assert!(uploads(&blobs).is_empty());
        assert!(blobs.sessions.0.lock().is_empty());
    }

    #[tokio::test]
    async fn a_start_removes_only_what_is_no_upload() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let session = blobs.begin("whole", origin(None)).await.unwrap();
        add(&session, "hel").await;
        drop(session);
        let at = |name: &str| blobs.uploads().join(name);
        for (name, text) in [("alone", ""), ("lost.json", "{}"), ("bad", ""), ("bad.json", "{")] {
            fs::write(at(name), text).unwrap();
        }
        // What can't be read now may be readable next time.
        fs::create_dir(at("odd.json")).unwrap();
        fs::write(at("odd"), "content").unwrap();
        let again = Blobs::open(dir.path()).unwrap();
        let kept = ["odd", "odd.json", "whole", "whole.json"].map(at);
        assert_eq!(uploads(&again), kept);
        assert_eq!(again.sessions.0.lock()["whole"].upload.received(), 3);
    }
}
