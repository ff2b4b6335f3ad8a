//! Reading server-sent events, where berth itself needs what is in them (WHATWG HTML, "Server-sent events").

use std::{io::BufRead as _, time::Duration};

use bytes::{Buf, Bytes, BytesMut};

/// An event's id that is longer than this is not kept, in bytes.
const LONGEST_ID: usize = 1024;

/// Collects the data of events from chunks of a stream.
#[derive(Debug, Default)]
pub(super) struct Events {
    buffer: BytesMut,
    searched: usize,
    data: Vec<u8>,
    has_data: bool,
    last_id: Option<String>,
    retry: Option<Duration>,
}

impl Events {
    /// The id that the last event had: where a stream goes on that broke off.
    pub(super) fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// How long to wait before asking for the rest, where the stream said so.
    pub(super) fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Forgets what came of an event that its stream did not end.
    pub(super) fn cut(&mut self) {
        let (last_id, retry) = (self.last_id.take(), self.retry);
        *self = Self {
            last_id,
            retry,
            ..Self::default()
        };
    }

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
            } else if let Some(value) = line.strip_prefix(b"id:") {
                let id = std::str::from_utf8(value.trim_ascii()).ok();
                self.last_id = id
                    .filter(|id| id.len() <= LONGEST_ID && !id.contains('\0'))
                    .map(str::to_owned);
            } else if let Some(value) = line.strip_prefix(b"retry:") {
                let millis = std::str::from_utf8(value.trim_ascii()).ok();
                self.retry = millis
                    .and_then(|millis| millis.parse().ok())
                    .map(Duration::from_millis);
            }
        }
    }
}

/// Reads a whole stream in chunks of `size` bytes: the events in it, and whether the [`Watch`] saw a response.
pub(crate) fn read_events(stream: &[u8], size: usize) -> (Vec<Bytes>, bool) {
    let (mut events, mut watch, mut found) = (Events::default(), Watch::default(), Vec::new());
    for chunk in stream.chunks(size) {
        events.push(chunk);
        watch.push(chunk);
        found.extend(std::iter::from_fn(|| events.next()));
    }
    (found, watch.answered())
}

/// How much of an event tells whether it is a response, in bytes.
const HEAD: usize = 1024;

/// Looks out for the response in a stream that is relayed unread. Only the beginning of each event is looked at, and
/// nothing any more once the response was there. What it can't judge counts as the response.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The beginnings of the current line, and of the data of the current event.
    line: Vec<u8>,
    data: Vec<u8>,
    /// Whether the last chunk ended in a CR, which may be half of a CRLF.
    after_return: bool,
    answered: bool,
    /// How long the current event is so far, in bytes.
    length: usize,
    /// Some event had an id: the stream may go on elsewhere.
    has_id: bool,
}

impl Watch {
    pub(super) fn push(&mut self, mut chunk: &[u8]) {
        while !self.answered && !chunk.is_empty() {
            let whole = chunk;
            // The fastest search for a byte that the standard library has. Reading from memory does not fail.
            let length = chunk.skip_until(b'\n').unwrap_or(whole.len());
            let piece = &whole[..length];
            self.length += length;
            let ends = piece.ends_with(b"\n");
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            let returns = text.ends_with(b"\r");
            let lone = self.after_return && !(ends && text.is_empty())
                || text.strip_suffix(b"\r").unwrap_or(text).contains(&b'\r');
            self.after_return = returns && !ends;
            if lone {
                // Lines that end in CR alone are lawful, but nobody writes them.
                self.answered = true;
                return;
            }
            add(&mut self.line, text);
            if ends {
                self.end_line();
            }
        }
    }

    /// How long the event is that has come in part, in bytes.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Whether a stream that ends without the response may be taken up again.
    pub(super) fn is_resumable(&self) -> bool {
        self.has_id
    }

    /// Whether the response came through, whole.
    pub(super) fn answered(&self) -> bool {
        self.answered
    }

    fn end_line(&mut self) {
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        if line.is_empty() {
            self.answered = !self.data.is_empty() && may_be_response(&self.data);
            self.data.clear();
            self.length = 0;
        } else if line
            .strip_prefix(b"id:")
            .is_some_and(|id| !id.trim_ascii().is_empty())
        {
            self.has_id = true;
        } else if let Some(value) = line.strip_prefix(b"data:") {
            add(&mut self.data, value);
        }
        self.line.clear();
    }
}

fn add(head: &mut Vec<u8>, more: &[u8]) {
    let room = HEAD.saturating_sub(head.len());
    head.extend_from_slice(&more[..more.len().min(room)]);
}

/// Whether a message that begins like this is a response, as its first telling field says.
fn may_be_response(head: &[u8]) -> bool {
    let Some(mut rest) = head.trim_ascii_start().strip_prefix(b"{") else {
        return true;
    };
    loop {
        let Some((key, after)) = string(rest.trim_ascii_start()) else {
            return true;
        };
        match key {
            b"method" | b"params" => return false,
            b"jsonrpc" | b"id" => {}
            _ => return true,
        }
        let Some(value) = after.trim_ascii_start().strip_prefix(b":") else {
            return true;
        };
        let value = value.trim_ascii_start();
        let after = string(value).map_or(value, |(_, after)| after);
        let Some(comma) = after.iter().position(|byte| *byte == b',') else {
            return true;
        };
        rest = &after[comma + 1..];
    }
}

/// Splits a JSON string off, without its quotes and with its escapes as they are.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })?;
    Some((&text[..end], &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(stream: &str, size: usize) -> bool {
        let mut watch = Watch::default();
        stream.as_bytes().chunks(size).for_each(|chunk| watch.push(chunk));
        watch.answered()
    }

    #[test]
    fn a_response_is_told_from_what_comes_before_it() {
        let long = format!("data: {{\"id\":1,\"result\":\"{}\"}}\n\n", "x".repeat(5000));
        let answers = [
            "data: {\"jsonrpc\":\"2.0\",\"id\":\"a,\\\"b\",\"result\":{\"method\":1}}\n\n",
            "event: message\r\ndata:{\"result\":{},\"jsonrpc\":\"2.0\",\"id\":1}\r\n\r\n: bye\r\n\r\n",
            "data: {\ndata: \"id\" : 7 ,\ndata: \"error\": {}}\n\n",
            "data: {\"method\":\"x\"}\n\ndata: {\"id\":1,\"result\":{}}\n\ndata: {\"method\":\"x\"}\n\n",
            "data: {\"new\":1}\n\n",
            "event: message\rdata: {}\r\r\n",
            "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\r\r",
            &long,
        ];
        let none = [
            "",
            "data:\nid: 7\n\n: hello\n\n",
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{\"result\":1}}\n\n",
            "data: {\"jsonrpc\":\"2.0\",\"id\":\"result\",\"method\":\"x\"}\n\n",
            "data: {\"params\":{},\"method\":\"x\"}\r\n\r\n",
            // Half an event is none.
            "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n",
        ];
        for size in [1, 2, 3, 7, 100_000] {
            for stream in answers {
                assert!(answered(stream, size), "{stream:?} in chunks of {size}");
            }
            for stream in none {
                assert!(!answered(stream, size), "{stream:?} in chunks of {size}");
            }
        }
    }

    #[test]
    fn a_stream_that_goes_on_elsewhere_is_told() {
        let watch = |stream: &str| {
            let mut watch = Watch::default();
            watch.push(stream.as_bytes());
            watch
        };
        assert!(watch("id: 7\ndata:\n\n").is_resumable());
        assert!(!watch("id:\ndata: {\"method\":\"x\"}\n\n: hello").is_resumable());
        assert_eq!(watch("data: {\"method\":1}\n\ndata: 12\nd").length(), 10);
        let mut events = Events::default();
        events.push(b"id: a b\nretry: 7\ndata: 1\n\nid: b\n\ndata: cut o");
        assert_eq!(events.next().as_deref(), Some(&b"1"[..]));
        assert_eq!(events.next(), None);
        assert_eq!(
            (events.last_id(), events.retry()),
            (Some("b"), Some(Duration::from_millis(7)))
        );
        events.cut();
        events.push(b"data: 2\n\n");
        assert_eq!(events.next().as_deref(), Some(&b"2"[..]));
        assert_eq!(events.last_id(), Some("b"));
    }

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
