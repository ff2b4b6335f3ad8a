//! The temporary folders that zip files are unpacked into.
//!
//! None outlives its use: the last user removes it; at the end of the process [`remove_all`] does, because a thread
//! that is not waited for may still have it in hand; and what a killed process left is removed by the next one that
//! unpacks. A process holds a lock on its folders, which the kernel takes back when the process ends, however that
//! comes about.

use std::{
    fs::{self, File, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use parking_lot::Mutex;
use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

const PREFIX: &str = "berth-zip-";
/// A folder that is younger may belong to a process that is about to lock it.
const YOUNG: Duration = Duration::from_secs(60);
/// How often, and how soon after another, a removal is tried that another thread's writing gets in the way of.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// The folders of this process. It is the whole process that ends, so that there is one such list in it.
static MADE: Mutex<Made> = Mutex::new(Made {
    is_over: false,
    paths: Vec::new(),
});

struct Made {
    is_over: bool,
    paths: Vec<PathBuf>,
}

/// A folder that is removed when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    folder: TempDir,
    /// Locked for as long as this process has the folder.
    _lock: File,
}

impl Place {
    pub(super) fn make() -> io::Result<Self> {
        let temporary = std::env::temp_dir();
        sweep(&temporary, YOUNG);
        // Under the lock, so that a folder is either on the list at the end or not made any more.
        let mut made = MADE.lock();
        if made.is_over {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(temporary)?;
        let lock = File::open(folder.path())?;
        // Where there are no locks, nobody sweeps either.
        let _ = flock(&lock, FlockOperation::NonBlockingLockExclusive);
        made.paths.push(folder.path().to_owned());
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        remove(self.path());
        MADE.lock().paths.retain(|path| path != self.folder.path());
    }
}

/// Removes every folder of this process: for its end, whoever uses them still. No more can be made.
pub(crate) fn remove_all() {
    let paths = {
        let mut made = MADE.lock();
        made.is_over = true;
        std::mem::take(&mut made.paths)
    };
    paths.iter().for_each(|path| remove(path));
}

fn remove(path: &Path) {
    for _ in 0..ATTEMPTS {
        match fs::remove_dir_all(path) {
            Ok(()) => return,
            Err(_) if fs::symlink_metadata(path).is_err() => return,
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Removes what processes that were killed left in `temporary`, unless it is younger than `young`.
fn sweep(temporary: &Path, young: Duration) {
    let own = rustix::process::geteuid().as_raw();
    let is_old = |metadata: &Metadata| {
        let age = metadata.modified().ok().and_then(|time| time.elapsed().ok());
        metadata.is_dir() && metadata.uid() == own && age.is_some_and(|age| age >= young)
    };
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !is_ours || !entry.metadata().is_ok_and(|metadata| is_old(&metadata)) {
            continue;
        }
        let lock = File::open(entry.path());
        if lock.is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_is_swept() {
        let temporary = tempfile::tempdir().unwrap();
        let path = |name: &str| temporary.path().join(name);
        for name in ["berth-zip-left", "berth-zip-held", "others"] {
            fs::create_dir(path(name)).unwrap();
            fs::write(path(name).join("f"), "1").unwrap();
        }
        let held = File::open(path("berth-zip-held")).unwrap();
        flock(&held, FlockOperation::NonBlockingLockExclusive).unwrap();
        sweep(temporary.path(), YOUNG);
        assert!(path("berth-zip-left").exists());
        sweep(temporary.path(), Duration::ZERO);
        assert!(!path("berth-zip-left").exists());
        assert!(path("berth-zip-held").exists() && path("others").exists());
        // Not by closing it: a program that another test starts at this moment has it, too, until it is that program.
        flock(&held, FlockOperation::Unlock).unwrap();
        sweep(temporary.path(), Duration::ZERO);
        assert!(!path("berth-zip-held").exists());
    }

    #[test]
    fn a_place_is_removed_with_what_is_in_it() {
        let place = Place::make().unwrap();
        let path = place.path().to_owned();
        fs::create_dir(path.join("d")).unwrap();
        fs::write(path.join("d/f"), "1").unwrap();
        drop(place);
        assert!(!path.exists());
    }
}
