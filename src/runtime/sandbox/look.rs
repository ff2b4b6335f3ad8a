//! What this machine has of what a sandbox is made of, found out by trying each.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::Path,
};

use rustix::{
    pipe::{PipeFlags, pipe_with},
    process::{Gid, Uid, WaitOptions, getuid, waitpid},
    thread::{set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid},
};

use super::{
    files, filters, helper, identity,
    pieces::{Missing, Part, Piece},
    plan::{Access, Step, View},
    supervisor,
    sys::{self, Forked},
};

/// Tries everything, each in a process of its own; `folder` is an empty one. Only for a process with one thread.
pub(crate) fn look(folder: &Path) -> Vec<Piece> {
    let is_root = getuid().is_root();
    let mut found = Vec::new();
    let mut note = |part, tried: Result<(), String>, first: Option<Part>| {
        let missing = tried.err().map(|why| Missing { why, first });
        found.push(Piece { part, missing });
    };
    let mut view = View {
        root: folder.to_owned(),
        steps: vec![Step::show(Path::new("/usr"), Access::Read)],
        proc: false,
        scratch: 1 << 20,
    };
    let namespaces = attempt(|| enter(&view, is_root));
    // The first process of a namespace is who watches over the others.
    let (inside, first) = match &namespaces {
        Ok(()) => (Ok(()), None),
        Err(_) => (Err("it takes namespaces".to_owned()), Some(Part::Namespaces)),
    };
    view.proc = true;
    let proc = inside.clone().and_then(|()| attempt(|| enter(&view, is_root)));
    let network = inside.clone().and_then(|()| attempt(supervise));
    note(Part::Namespaces, namespaces, None);
    note(Part::Proc, proc, first);
    note(Part::Network, network, first);
    if is_root {
        // What it may read lies below the data folder, which is shut to every other account: it has to be shown.
        let identities = inside.and_then(|()| attempt(become_another));
        note(Part::Identities, identities, first);
    }
    note(Part::Calls, attempt(filter), None);
    found
}

fn become_another() -> Result<(), String> {
    let (uid, gid) = identity::of("a connector", "a user");
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    set_thread_groups(&[])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid))
        .map_err(|error| said("another user", &error.into()))
}

fn enter(view: &View, is_root: bool) -> Result<(), String> {
    helper::apart(!is_root).map_err(|(what, error)| said(what, &error))?;
    // The namespace of processes begins with a child.
    attempt(|| files::enter(view, None).map_err(|(what, error)| said(&what, &error)))
}

fn filter() -> Result<(), String> {
    let said = |error: io::Error| said("a filter", &error);
    if filters::ARCHITECTURE.is_none() {
        return Err(said(io::ErrorKind::Unsupported.into()));
    }
    set_no_new_privs(true).map_err(|error| said(error.into()))?;
    sys::filter(&filters::calls()).map_err(said)
}

fn supervise() -> Result<(), String> {
    supervisor::rehearse().map_err(|(what, error)| said(&what, &error))
}

fn said(what: &str, error: &io::Error) -> String {
    match error.raw_os_error() {
        // unshare(2): the kernel's word for it speaks of devices.
        Some(libc::ENOSPC) => format!("{what}: this machine's limit of them is reached"),
        _ => format!("{what}: {error}"),
    }
}

/// What fails of what is done in a process of its own.
fn attempt(what: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let tried = (|| {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
        match sys::fork()? {
            Forked::Child => {
                drop(read);
                let said = what().err().unwrap_or_default();
                _ = File::from(write).write_all(format!("{said}\n").as_bytes());
                sys::end(0)
            }
            Forked::Parent(child) => {
                drop(write);
                let mut said = String::new();
                File::from(read).read_to_string(&mut said)?;
                _ = waitpid(Some(child), WaitOptions::empty());
                io::Result::Ok(said)
            }
        }
    })();
    match tried {
        Ok(said) if said == "\n" => Ok(()),
        Ok(said) if said.is_empty() => Err("it was killed".into()),
        Ok(said) => Err(said.trim_end().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
