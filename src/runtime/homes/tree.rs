//! Measuring and emptying a folder whose owner may be hostile, and may be at work in it.
//!
//! Nothing is reached by a path: each folder is opened from the one above it, never through a link, so that what is
//! looked at or removed lies inside. Modes that would shut the broker out are changed: it owns what is in there, or is
//! root.

use std::{
    ffi::{CStr, CString},
    io,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{
        AtFlags, CWD, Dir, FileType, Mode, OFlags, chownat, fchmod, fchown, fstat, openat, renameat, statat,
        unlinkat,
    },
    io::Errno,
    process::{Gid, Uid},
};

/// How deep folders may lie in each other. Each level that is looked into holds a descriptor of the broker's.
const DEEPEST: usize = 64;
/// What a file counts for at least: an empty one takes room as well.
const LEAST: u64 = 4096;

/// What a folder holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::runtime) struct Held {
    /// Room on the disk, in bytes.
    pub(in crate::runtime) bytes: u64,
    /// Whether there was more than was asked about, and counting stopped; or folders lie too deep in each other.
    pub(super) is_more: bool,
    /// The file system that it lies in.
    pub(super) device: u64,
}

/// What lies below `folder`, up to `most` bytes.
pub(in crate::runtime) fn measure(folder: &Path, most: u64) -> io::Result<Held> {
    let top = open(CWD, &path(folder)?)?;
    let mut held = Held {
        device: device(&top)?,
        ..Held::default()
    };
    // One a level: a folder's entries are read while those below it are looked at.
    let mut levels = vec![Dir::read_from(&top)?];
    while let Some(level) = levels.last_mut() {
        let Some(entry) = level.read() else {
            levels.pop();
            continue;
        };
        let Ok(entry) = entry else { continue };
        let name = entry.file_name();
        if is_dots(name) {
            continue;
        }
        let below = match statat(level.fd()?, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                // A file with several names is counted in parts.
                let names = u64::from(stat.st_nlink as u32).max(1);
                let is_folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
                let room = (stat.st_blocks.cast_unsigned() * 512).max(LEAST);
                held.bytes += if is_folder { room } else { room / names };
                is_folder.then(|| open(level.fd()?, name))
            }
            // It is gone meanwhile.
            Err(_) => None,
        };
        held.is_more |= held.bytes > most;
        if let Some(Ok(folder)) = below {
            held.is_more |= levels.len() >= DEEPEST;
            if !held.is_more {
                levels.push(Dir::read_from(&folder)?);
            }
        }
        if held.is_more {
            break;
        }
    }
    Ok(held)
}

/// Removes everything below `folder`, which itself stays; nobody may be at work in it any more. One that is not there is
/// empty.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    let top = match open(CWD, &path(folder)?) {
        Err(Errno::NOENT) => return Ok(()),
        top => top?,
    };
    let mut moved = 0_u32;
    loop {
        let before = moved;
        clear_level(top.as_fd(), &top, 0, &mut moved)?;
        // What lay too deep was moved up here, and is removed in the next round.
        if moved == before {
            return Ok(());
        }
    }
}

fn clear_level(folder: BorrowedFd<'_>, top: &OwnedFd, depth: usize, moved: &mut u32) -> io::Result<()> {
    // All names first: a folder that changes while it is read may be read in part.
    let mut entries = Vec::new();
    for entry in Dir::read_from(folder)? {
        let name = entry?.file_name().to_owned();
        if !is_dots(&name) {
            entries.push(name);
        }
    }
    for name in entries {
        let removed = match unlinkat(folder, &name, AtFlags::empty()) {
            // Nothing is taken out of a folder that its owner may not write to.
            Err(Errno::ACCESS) => {
                fchmod(folder, Mode::RWXU).and_then(|()| unlinkat(folder, &name, AtFlags::empty()))
            }
            removed => removed,
        };
        match removed {
            Ok(()) | Err(Errno::NOENT) => continue,
            // What Linux says of a folder, and what others do.
            Err(Errno::ISDIR | Errno::PERM) => {}
            Err(error) => return Err(error.into()),
        }
        if depth >= DEEPEST {
            *moved += 1;
            let aside = CString::new(format!(".berth-{moved}"))?;
            // A name that is taken is that of a folder that was moved there earlier, or of one that is not empty: then
            // the next round finds both.
            match renameat(folder, &name, top, &aside) {
                Ok(()) | Err(Errno::NOTEMPTY | Errno::EXIST) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let below = open(folder, &name)?;
        clear_level(below.as_fd(), top, depth + 1, moved)?;
        match unlinkat(folder, &name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Gives a folder and all in it to a user; the folder itself last, so that what was broken off is done again.
pub(in crate::runtime) fn give(folder: &Path, (uid, gid): (u32, u32)) -> io::Result<()> {
    let top = open(CWD, &path(folder)?)?;
    Ok(give_level(
        &top,
        Some(Uid::from_raw(uid)),
        Some(Gid::from_raw(gid)),
    )?)
}

fn give_level(folder: &OwnedFd, uid: Option<Uid>, gid: Option<Gid>) -> rustix::io::Result<()> {
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if is_dots(name) {
            continue;
        }
        let given = match open(folder, name) {
            Ok(below) => give_level(&below, uid, gid),
            // A link is given itself, and never followed.
            Err(Errno::NOTDIR | Errno::LOOP) => chownat(folder, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW),
            Err(error) => Err(error),
        };
        match given {
            Err(Errno::NOENT) => {}
            given => given?,
        }
    }
    fchown(folder, uid, gid)
}

/// Opens a folder that is no link, whatever its owner took from its mode.
fn open(at: impl std::os::fd::AsFd, name: &CStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let read = || openat(&at, name, flags | OFlags::RDONLY, Mode::empty());
    match read() {
        #[cfg(target_os = "linux")]
        Err(Errno::ACCESS) => {
            let shut = openat(&at, name, flags | OFlags::PATH, Mode::empty())?;
            // By what was opened, not by its name, which may mean something else by now.
            let number = std::os::fd::AsRawFd::as_raw_fd(&shut);
            rustix::fs::chmod(format!("/proc/self/fd/{number}"), Mode::RWXU)?;
            read()
        }
        opened => opened,
    }
}

#[allow(
    clippy::unnecessary_cast,
    reason = "a number of another type on other systems"
)]
fn device(folder: &OwnedFd) -> rustix::io::Result<u64> {
    Ok(fstat(folder)?.st_dev as u64)
}

fn path(folder: &Path) -> io::Result<CString> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(CString::new(folder.as_os_str().as_bytes())?)
}

fn is_dots(name: &CStr) -> bool {
    matches!(name.to_bytes(), b"." | b"..")
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[test]
    fn what_is_below_is_counted_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("large"), vec![1; 1 << 20]).unwrap();
        let home = folder.path().join("home");
        fs::create_dir_all(home.join("a/b")).unwrap();
        std::os::unix::fs::symlink(outside.path(), home.join("link")).unwrap();
        let empty = measure(&home, u64::MAX).unwrap();
        assert!(empty.bytes < 64 << 10 && !empty.is_more, "{empty:?}");
        fs::write(home.join("a/b/file"), vec![1; 256 << 10]).unwrap();
        fs::hard_link(home.join("a/b/file"), home.join("again")).unwrap();
        let full = measure(&home, u64::MAX).unwrap();
        let grown = full.bytes - empty.bytes;
        assert!((256 << 10..300 << 10).contains(&grown), "{full:?}");
        assert!(measure(&home, 64 << 10).unwrap().is_more);
        // A file of nothing but a hole takes no room, and many empty files do.
        let sparse = fs::File::create(home.join("sparse")).unwrap();
        sparse.set_len(1 << 40).unwrap();
        assert!(!measure(&home, 1 << 20).unwrap().is_more);
        for number in 0..300 {
            fs::write(home.join(format!("empty-{number}")), "").unwrap();
        }
        assert!(measure(&home, 1 << 20).unwrap().is_more);
        clear(&home).unwrap();
        assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
        assert!(outside.path().join("large").exists());
        measure(&folder.path().join("none"), 1).unwrap_err();
        clear(&folder.path().join("none")).unwrap();
    }

    #[test]
    fn folders_that_shut_the_broker_out_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let shut = folder.path().join("shut");
        fs::create_dir_all(shut.join("inner")).unwrap();
        fs::write(shut.join("inner/file"), vec![1; 256 << 10]).unwrap();
        // One that can be read and not written to, as caches of modules are.
        let fixed = folder.path().join("fixed");
        fs::create_dir(&fixed).unwrap();
        fs::write(fixed.join("file"), "x").unwrap();
        fs::set_permissions(&fixed, fs::Permissions::from_mode(0o500)).unwrap();
        for path in [shut.join("inner"), shut.clone()] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
        }
        // As root nothing is shut, so this is looked at by a user.
        let thread = std::thread::scope(|scope| {
            let looked = scope.spawn(|| {
                if rustix::process::geteuid().is_root() {
                    for path in [folder.path().to_owned(), shut.clone(), fixed.clone()] {
                        std::os::unix::fs::chown(path, Some(61_999), Some(61_999)).unwrap();
                    }
                    let user = rustix::process::Uid::from_raw(61_999);
                    fs::set_permissions(&shut, fs::Permissions::from_mode(0o700)).unwrap();
                    std::os::unix::fs::chown(shut.join("inner"), Some(61_999), Some(61_999)).unwrap();
                    fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
                    rustix::thread::set_thread_res_uid(user, user, user).unwrap();
                }
                let held = measure(folder.path(), u64::MAX).unwrap();
                clear(folder.path()).map(|()| held)
            });
            looked.join().unwrap()
        });
        assert!(thread.unwrap().bytes > 256 << 10);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_given_away_lies_inside() {
        use std::os::unix::fs::{MetadataExt as _, symlink};
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root gives files away");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("file"), "x").unwrap();
        let home = folder.path().join("home");
        fs::create_dir_all(home.join("a/b")).unwrap();
        fs::write(home.join("a/b/file"), "x").unwrap();
        symlink(outside.path(), home.join("folder")).unwrap();
        symlink(outside.path().join("file"), home.join("a/link")).unwrap();
        let pipe = CString::new(home.join("pipe").to_str().unwrap()).unwrap();
        rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
        give(&home, (61_998, 61_998)).unwrap();
        for own in ["", "a", "a/b", "a/b/file", "a/link", "folder", "pipe"] {
            assert_eq!(
                fs::symlink_metadata(home.join(own)).unwrap().uid(),
                61_998,
                "{own}"
            );
        }
        for other in [outside.path().to_owned(), outside.path().join("file")] {
            assert_eq!(fs::metadata(&other).unwrap().uid(), 0, "{other:?}");
        }
    }

    #[test]
    fn what_lies_deep_is_no_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let deep: std::path::PathBuf = (0..400).map(|_| "d").collect();
        fs::create_dir_all(folder.path().join(&deep)).unwrap();
        fs::write(folder.path().join(deep).join("file"), "x").unwrap();
        assert!(measure(folder.path(), u64::MAX).unwrap().is_more);
        clear(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
