//! The view, made: mounts in a namespace that nobody else sees.

use std::{
    ffi::OsStr,
    fs::File,
    io,
    io::Write as _,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Component, Path, PathBuf},
};

use rustix::{
    fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, openat, openat2, symlinkat},
    io::Errno,
    mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MountPropagationFlags, MoveMountFlags,
        OpenTreeFlags, UnmountFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen, mount,
        mount_change, mount_remount, move_mount, open_tree, unmount,
    },
    process::{chdir, fchdir, pivot_root},
};

use super::{
    plan::{Access, Step, View},
    sys,
};

/// Entries of a file system in memory: each takes about a kilobyte of the kernel's, which no limit counts.
const ENTRIES: u32 = 65_536;

/// What went wrong, with what.
pub(super) type Failed = (String, io::Error);

/// Makes the view and moves into it; what was there before can't be reached any more. `owners` is the user namespace
/// that [`Access::ReadAsOwn`] needs.
pub(super) fn enter(view: &View, owners: Option<&OwnedFd>) -> Result<(), Failed> {
    let said = |what: &str| {
        let what = what.to_owned();
        move |error: Errno| (what, io::Error::from(error))
    };
    // Nothing that is mounted from here on is seen by anybody else, and what others mount is not seen here.
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)
        .map_err(said("the namespace of mounts"))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount(
        "tmpfs",
        &view.root,
        "tmpfs",
        flags,
        c"mode=0755,size=4m,nr_inodes=8192",
    )
    .map_err(said("its root"))?;
    let root = openat(
        CWD,
        &view.root,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map_err(said("its root"))?;
    for folder in ["tmp", "dev", "proc", "etc"] {
        mkdirat(&root, folder, Mode::from_raw_mode(0o755)).map_err(said(folder))?;
    }
    mkdirat(&root, "dev/shm", Mode::from_raw_mode(0o755)).map_err(said("/dev/shm"))?;
    let scratch = format!("mode=1777,size={},nr_inodes={ENTRIES}\0", view.scratch);
    let scratch = std::ffi::CStr::from_bytes_with_nul(scratch.as_bytes())
        .map_err(|error| ("/tmp".to_owned(), io::Error::other(error)))?;
    for place in ["tmp", "dev/shm"] {
        mount("tmpfs", view.root.join(place), "tmpfs", flags, scratch).map_err(said(place))?;
    }
    let mut covers = Vec::new();
    for step in &view.steps {
        take(&root, step, owners, &mut covers).map_err(|error| (describe(step), error))?;
    }
    for cover in covers {
        // Only now: what is shown inside of it was made room for.
        sys::set_mount(cover.as_fd(), libc::MOUNT_ATTR_RDONLY)
            .map_err(|error| ("a cover".to_owned(), error))?;
    }
    if view.proc {
        let flags = flags | MountFlags::NOEXEC;
        mount("proc", view.root.join("proc"), "proc", flags, None).map_err(said("/proc"))?;
    }
    let name = "the new root";
    mount_remount(&view.root, flags | MountFlags::RDONLY, c"").map_err(said(name))?;
    fchdir(&root).map_err(said(name))?;
    pivot_root(".", ".").map_err(said(name))?;
    // The old root lies on the new one now, at the same place; nothing of it stays within reach.
    unmount(".", UnmountFlags::DETACH).map_err(said("the old root"))?;
    chdir("/").map_err(said(name))
}

fn describe(step: &Step) -> String {
    let (Step::Show { at, .. } | Step::Link { at, .. } | Step::Write { at, .. } | Step::Cover { at }) = step;
    at.display().to_string()
}

fn take(root: &OwnedFd, step: &Step, owners: Option<&OwnedFd>, covers: &mut Vec<OwnedFd>) -> io::Result<()> {
    match step {
        Step::Show { from, at, access } => {
            let flags = OpenTreeFlags::OPEN_TREE_CLONE
                | OpenTreeFlags::OPEN_TREE_CLOEXEC
                | OpenTreeFlags::AT_RECURSIVE;
            let tree = match open_tree(CWD, from, flags) {
                // It was there when the plan was made: somebody removed it, and the connector misses it, or not.
                Err(Errno::NOENT) => return Ok(()),
                tree => tree?,
            };
            restrict(&tree, *access, owners)?;
            let is_folder = FileType::from_raw_mode(fstat(&tree)?.st_mode).is_dir();
            place(root, &tree, at, is_folder)
        }
        Step::Link { at, to } => {
            let (folder, name) = split(root, at)?;
            match symlinkat(to, folder, name) {
                Err(Errno::EXIST) => Ok(()),
                made => Ok(made?),
            }
        }
        Step::Write { at, text } => {
            let (folder, name) = split(root, at)?;
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = openat(folder, name, flags, Mode::from_raw_mode(0o644))?;
            File::from(file).write_all(text.as_bytes())
        }
        Step::Cover { at } => {
            let folder = match inside(root, at) {
                Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
                folder => folder?,
            };
            if FileType::from_raw_mode(fstat(&folder)?.st_mode).is_dir() {
                let cover = nothing()?;
                move_to(&cover, &folder)?;
                covers.push(cover);
                Ok(())
            } else {
                let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
                let null = open_tree(CWD, "/dev/null", flags)?;
                sys::set_tree(
                    null.as_fd(),
                    libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID,
                    None,
                )?;
                move_to(&null, &folder)
            }
        }
    }
}

fn restrict(tree: &OwnedFd, access: Access, owners: Option<&OwnedFd>) -> io::Result<()> {
    let (nosuid, nodev, read) = (
        libc::MOUNT_ATTR_NOSUID,
        libc::MOUNT_ATTR_NODEV,
        libc::MOUNT_ATTR_RDONLY,
    );
    let tree = tree.as_fd();
    match access {
        Access::Read => sys::set_tree(tree, nosuid | nodev | read, None),
        // Not every file system can; it is shown as it is then.
        Access::ReadAsOwn => match owners {
            Some(owners) if sys::set_tree(tree, nosuid | nodev | read, Some(owners.as_fd())).is_ok() => {
                Ok(())
            }
            _ => sys::set_tree(tree, nosuid | nodev | read, None),
        },
        Access::Write => sys::set_tree(tree, nosuid | nodev, None),
        Access::Device => sys::set_tree(tree, nosuid | libc::MOUNT_ATTR_NOEXEC, None),
    }
}

/// An empty folder.
fn nothing() -> io::Result<OwnedFd> {
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_set_string(context.as_fd(), "size", "4k")?;
    fsconfig_set_string(context.as_fd(), "mode", "0755")?;
    fsconfig_create(context.as_fd())?;
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID
        | MountAttrFlags::MOUNT_ATTR_NODEV
        | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    Ok(fsmount(
        context.as_fd(),
        FsMountFlags::FSMOUNT_CLOEXEC,
        attributes,
    )?)
}

/// Mounts `tree` at `path` of the view, where a file or folder is made for it if there is none.
fn place(root: &OwnedFd, tree: &OwnedFd, path: &Path, is_folder: bool) -> io::Result<()> {
    let target = match inside(root, path) {
        Err(Errno::NOENT) => make(root, path, is_folder)?,
        target => target?,
    };
    move_to(tree, &target)
}

fn move_to(tree: &OwnedFd, target: &OwnedFd) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(move_mount(tree, "", target, "", flags)?)
}

/// What lies at `path` of the view. Links in it lead to places of the view, never to one of the machine.
fn inside(root: &OwnedFd, path: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    openat2(
        root,
        path,
        flags,
        Mode::empty(),
        ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS,
    )
}

/// Makes an empty file or folder at `path`, and the folders that lead to it.
fn make(root: &OwnedFd, path: &Path, is_folder: bool) -> io::Result<OwnedFd> {
    let (folder, name) = split(root, path)?;
    if is_folder {
        make_folder(&folder, name)?;
    } else {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        drop(openat(&folder, name, flags, Mode::from_raw_mode(0o644))?);
    }
    Ok(openat(
        &folder,
        name,
        OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )?)
}

/// The folder that `path` lies in, made if need be, and its name there.
fn split<'p>(root: &OwnedFd, path: &'p Path) -> io::Result<(OwnedFd, &'p OsStr)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    match inside(root, folder) {
        Ok(folder) => return Ok((folder, name)),
        Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let mut walked = PathBuf::from("/");
    let mut at = inside(root, &walked)?;
    for part in folder.components() {
        let Component::Normal(part) = part else { continue };
        walked.push(part);
        at = match inside(root, &walked) {
            Err(Errno::NOENT) => {
                make_folder(&at, part)?;
                inside(root, &walked)?
            }
            next => next?,
        };
    }
    Ok((at, name))
}

fn make_folder(at: &OwnedFd, name: &OsStr) -> io::Result<()> {
    Ok(mkdirat(at, name.as_bytes(), Mode::from_raw_mode(0o755))?)
}
