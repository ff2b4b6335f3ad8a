//! Reading server-sent events, where berth itself needs what is in them (WHATWG HTML, "Server-sent events").

use bytes::{Buf, Bytes, BytesMut};

/// Collects the data of events from chunks of a stream.
#[derive(Debug, Default)]
pub(super) struct Events {
    buffer: BytesMut,
    searched: usize,
    data: Vec<u8>,
    has_data: bool,
}

impl Events {
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.buffer.extend_from_slice(chunk);
    }

    /// How many bytes wait for the rest of their event.
    pub(super) fn pending(&self) -> usize {
        self.buffer.len() + self.data.len()
    }

    /// The data of the next whole event that has any.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        loop {
            let at = self.buffer[self.searched..]
                .iter()
                .position(|byte| matches!(byte, b'\n' | b'\r'))
                .map(|at| at + self.searched);
            let Some(at) = at else {
                self.searched = self.buffer.len();
                return None;
            };
            // A CR at the very end may be half of a CRLF: wait for what follows.
            let end = match (self.buffer[at], self.buffer.get(at + 1)) {
                (b'\r', None) => {
                    self.searched = at;
                    return None;
                }
                (b'\r', Some(b'\n')) => at + 2,
                _ => at + 1,
            };
            self.searched = 0;
            let line = self.buffer.split_to(at);
            self.buffer.advance(end - at);
            if line.is_empty() {
                if std::mem::take(&mut self.has_data) {
                    let data = std::mem::take(&mut self.data);
                    // An event with empty data only primes resumption (MCP 2025-11-25).
                    if !data.is_empty() {
                        return Some(data.into());
                    }
                }
            } else if let Some(value) = line.strip_prefix(b"data:") {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data
                    .extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_whole_however_they_were_cut() {
        let stream =
            "id: 1\ndata:\n\nevent: message\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\n: hello\n\ndata:x\n\n";
        for size in [1, 2, 3, 7, 1000] {
            let mut events = Events::default();
            let mut found = Vec::new();
            for chunk in stream.as_bytes().chunks(size) {
                events.push(chunk);
                while let Some(event) = events.next() {
                    found.push(String::from_utf8(event.to_vec()).unwrap());
                }
            }
            assert_eq!(found, ["{\"a\":\n1}", "x"], "chunks of {size}");
        }
    }
}
