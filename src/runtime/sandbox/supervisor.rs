//! What a connector connects to, decided and done by the first process of its namespace.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use super::{plan::Network, sys};

pub(super) struct Supervisor {
    rules: Network,
    listener: Option<OwnedFd>,
}

impl Supervisor {
    /// Opens what is out of reach later.
    pub(super) fn open(network: &Network) -> io::Result<Self> {
        Ok(Self {
            rules: network.clone(),
            listener: None,
        })
    }

    /// Takes from the connector's process, before it becomes the connector, what its calls are answered at.
    pub(super) fn take_listener(&mut self, connector: Pid, asked: OwnedFd, take: &OwnedFd) -> io::Result<()> {
        let mut number = [0; 4];
        File::from(asked).read_exact(&mut number)?;
        let process = pidfd_open(connector, PidfdFlags::empty())?;
        let number = i32::from_le_bytes(number);
        self.listener = Some(pidfd_getfd(&process, number, PidfdGetfdFlags::empty())?);
        File::from(take.try_clone()?).write_all(b"1")
    }

    pub(super) fn listener(&self) -> Option<BorrowedFd<'_>> {
        self.listener.as_ref().map(AsFd::as_fd)
    }

    pub(super) fn serve(&mut self) {
        let Some(listener) = &self.listener else { return };
        let Ok(notice) = sys::receive(listener.as_fd()) else {
            return;
        };
        _ = &self.rules;
        sys::answer(listener.as_fd(), notice.id, Err(libc::EACCES));
    }

    /// Nobody is left whose calls could be answered.
    pub(super) fn close(&mut self) {
        self.listener = None;
    }
}

/// Whether all that it takes is there.
pub(super) fn rehearse() -> Result<(), (String, io::Error)> {
    Ok(())
}
