//! What no connector may reach, on whatever it is allowed else: the broker itself and other connectors.
//!
//! The list is a file that the sandboxes' supervisors read at each connection to this machine. It is replaced whole, so
//! that none of them reads half of it.

use std::{
    collections::BTreeMap,
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;

/// The list; clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Forbidden(Arc<List>);

#[derive(Debug)]
struct List {
    folder: PathBuf,
    /// How often each line is wanted. The lock is held while the file is written, so that the last one is the newest.
    lines: Mutex<BTreeMap<String, usize>>,
}

/// A line of the list, which goes when this is dropped.
#[derive(Debug)]
pub(super) struct Line {
    text: String,
    list: Forbidden,
}

impl Forbidden {
    /// An empty list, in a folder that is made.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let list = Self(Arc::new(List {
            folder: folder.to_owned(),
            lines: Mutex::default(),
        }));
        list.write(&BTreeMap::new())?;
        Ok(list)
    }

    /// A port of this machine, at whichever of its addresses.
    pub(super) fn port(&self, port: u16) -> io::Result<Line> {
        self.line(port.to_string())
    }

    /// Every port of a host.
    pub(super) fn host(&self, host: IpAddr) -> io::Result<Line> {
        self.line(host.to_string())
    }

    fn line(&self, text: String) -> io::Result<Line> {
        let mut lines = self.0.lines.lock();
        *lines.entry(text.clone()).or_default() += 1;
        let line = Line {
            text,
            list: self.clone(),
        };
        let written = self.write(&lines);
        // Before the line may be dropped, which takes the lock.
        drop(lines);
        written.map(|()| line)
    }

    fn write(&self, lines: &BTreeMap<String, usize>) -> io::Result<()> {
        let text: String = lines.keys().flat_map(|line| [line, "\n"]).collect();
        let (new, list) = (self.0.folder.join("new"), self.0.folder.join("list"));
        fs::write(&new, text)?;
        fs::rename(new, list)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut lines = self.list.0.lines.lock();
        if let Some(times) = lines.get_mut(&self.text) {
            *times -= 1;
            if *times == 0 {
                lines.remove(&self.text);
            }
        }
        if let Err(error) = self.list.write(&lines) {
            tracing::warn!(%error, line = self.text, "a place stays out of connectors' reach that is nobody's any more");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_as_long_as_somebody_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        let list = Forbidden::new(&folder.path().join("list")).unwrap();
        let text = || fs::read_to_string(folder.path().join("list/list")).unwrap();
        assert_eq!(text(), "");
        let (one, two) = (list.port(8420).unwrap(), list.port(8420).unwrap());
        let host = list.host("172.18.0.5".parse().unwrap()).unwrap();
        assert_eq!(text(), "172.18.0.5\n8420\n");
        drop((one, host));
        assert_eq!(text(), "8420\n");
        drop(two);
        assert_eq!(text(), "");
    }
}
