//! Addresses of sockets, as they lie in memory (`struct sockaddr`).

use std::{
    ffi::{OsStr, OsString},
    mem,
    net::SocketAddr,
    os::unix::ffi::OsStrExt,
};

use libc::c_int;

/// Where a socket is to lead.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address {
    Internet(SocketAddr),
    /// A file, in Unix's own family.
    Path(OsString),
    /// None: AF_UNSPEC, or Unix's family without a name.
    None,
}

/// Reads an address as it lies in a caller's memory; `None` for what is no address that is known here.
pub(super) fn read_address(bytes: &[u8]) -> Option<Address> {
    let family = c_int::from(u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?));
    let port = || Some(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?));
    match family {
        libc::AF_UNSPEC => Some(Address::None),
        libc::AF_INET => {
            let host: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
            Some(Address::Internet((host, port()?).into()))
        }
        libc::AF_INET6 => {
            let host: [u8; 16] = bytes.get(8..24)?.try_into().ok()?;
            Some(Address::Internet((host, port()?).into()))
        }
        libc::AF_UNIX => match bytes.get(2..)? {
            [] => Some(Address::None),
            [0, ..] => None,
            path => {
                let end = path.iter().position(|byte| *byte == 0).unwrap_or(path.len());
                Some(Address::Path(OsStr::from_bytes(&path[..end]).to_owned()))
            }
        },
        _ => None,
    }
}

/// An address as the kernel takes it.
pub(super) fn write_address(address: SocketAddr) -> Vec<u8> {
    let family = match address {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    };
    let mut bytes = (family as u16).to_ne_bytes().to_vec();
    bytes.extend(address.port().to_be_bytes());
    match address {
        SocketAddr::V4(address) => {
            bytes.extend(address.ip().octets());
            bytes.resize(mem::size_of::<libc::sockaddr_in>(), 0);
        }
        SocketAddr::V6(address) => {
            bytes.extend(address.flowinfo().to_ne_bytes());
            bytes.extend(address.ip().octets());
            bytes.extend(address.scope_id().to_ne_bytes());
        }
    }
    bytes
}

/// The address of a file in Unix's own family; `None` where the path is too long for one.
pub(super) fn write_path(path: &[u8]) -> Option<Vec<u8>> {
    let mut address = (libc::AF_UNIX as u16).to_ne_bytes().to_vec();
    address.extend_from_slice(path);
    address.push(0);
    (address.len() <= mem::size_of::<libc::sockaddr_un>()).then_some(address)
}
