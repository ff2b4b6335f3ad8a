//! C: what gives up all that the plan does not leave it, and becomes the connector.

use std::{
    fs::File,
    io::{self, Read, Write as _},
    os::{fd::OwnedFd, unix::process::CommandExt},
    process::Command,
};

use rustix::{
    io::Errno,
    process::{
        DumpableBehavior, Gid, Resource, Rlimit, Signal, Uid, chdir, getrlimit, set_dumpable_behavior,
        set_parent_process_death_signal, setrlimit, setsid,
    },
    thread::{
        CapabilitySet, CapabilitySets, clear_ambient_capability_set, remove_capability_from_bounding_set,
        set_capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
    },
};

use super::{
    super::{
        NOT_RUNNABLE, Refusal, filters,
        plan::{Ceilings, Plan},
        sys,
    },
    refuse,
};

/// How open files are limited: what programs get, and what they may raise it to.
const FILES: Rlimit = Rlimit {
    current: Some(1024),
    maximum: Some(4096),
};

/// Becomes what the plan says; returns when that fails. `listener` are pipes over which B is given what it answers calls at.
pub(super) fn become_connector(plan: &Plan, listener: Option<(OwnedFd, OwnedFd)>) -> Refusal {
    match give_up(plan, listener) {
        Ok(()) => {}
        Err((what, error)) => return refuse(what, error),
    }
    let Some((program, arguments)) = plan.argv.split_first() else {
        return refuse("its program", io::ErrorKind::NotFound);
    };
    #[allow(clippy::disallowed_methods, reason = "this process becomes the connector")]
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    command.envs(
        plan.env
            .iter()
            .map(|variable| (&variable.name, variable.value.expose())),
    );
    let error = command.exec();
    Refusal {
        code: NOT_RUNNABLE,
        said: format!("cannot run {program}: {error}"),
    }
}

fn give_up(plan: &Plan, listener: Option<(OwnedFd, OwnedFd)>) -> Result<(), (&'static str, io::Error)> {
    fn said<E: Into<io::Error>>(what: &'static str) -> impl Fn(E) -> (&'static str, io::Error) {
        move |error| (what, error.into())
    }
    sys::forget_signals();
    _ = setsid();
    limit(&plan.limits).map_err(said("its limits"))?;
    sys::close_from_at_exec(3).map_err(said("its descriptors"))?;
    drop_bounding_set();
    clear_ambient_capability_set().map_err(said("its capabilities"))?;
    if let Some((uid, gid)) = plan.identity {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        set_thread_groups(&[])
            .and_then(|()| set_thread_res_gid(gid, gid, gid))
            .and_then(|()| set_thread_res_uid(uid, uid, uid))
            .map_err(said("its user"))?;
    }
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, none).map_err(said("its capabilities"))?;
    chdir(&plan.directory).map_err(said("its folder"))?;
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(said("the end of its parent"))?;
    set_no_new_privs(true).map_err(said("new privileges"))?;
    if let (Some(_), Some((ask, taken))) = (&plan.network, listener) {
        // Otherwise B could not take what it answers at; the connector is not there yet.
        set_dumpable_behavior(DumpableBehavior::Dumpable).map_err(said("the network's rules"))?;
        let own = sys::filter_with_listener(&filters::addresses()).map_err(said("the network's rules"))?;
        let number = std::os::fd::AsRawFd::as_raw_fd(&own);
        File::from(ask)
            .write_all(&number.to_le_bytes())
            .map_err(said("the network's rules"))?;
        let mut answer = [0; 1];
        File::from(taken)
            .read_exact(&mut answer)
            .map_err(said("the network's rules"))?;
    }
    if plan.filtered {
        if plan.limits.memory.is_some() {
            sys::filter(&filters::unseen_memory()).map_err(said("the filter of system calls"))?;
        }
        sys::filter(&filters::calls()).map_err(said("the filter of system calls"))?;
    }
    Ok(())
}

/// Nothing that it may run gets a capability from its file.
fn drop_bounding_set() {
    for number in 0..63 {
        // Fails for numbers that this kernel does not know.
        let capability = CapabilitySet::from_bits_retain(1 << number);
        if remove_capability_from_bounding_set(capability) == Err(Errno::INVAL) {
            break;
        }
    }
}

fn limit(limits: &Ceilings) -> rustix::io::Result<()> {
    let both = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    lower(Resource::Core, both(0))?;
    lower(Resource::Nofile, FILES)?;
    lower(Resource::Fsize, both(limits.file))?;
    if let Some(bytes) = limits.memory {
        lower(Resource::Data, both(bytes))?;
    }
    if let Some(pids) = limits.pids {
        lower(Resource::Nproc, both(pids))?;
    }
    Ok(())
}

/// As much as is wanted, or as the broker's own limit leaves.
fn lower(resource: Resource, wanted: Rlimit) -> rustix::io::Result<()> {
    let least = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    let most = getrlimit(resource).maximum;
    let limit = Rlimit {
        current: least(wanted.current, most),
        maximum: least(wanted.maximum, most),
    };
    setrlimit(resource, limit)
}
