//! Lines of a byte stream, none of them longer than a limit.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// How much one read takes at least and at most, in bytes; a pipe holds no more.
const LEAST_ROOM: usize = 2 * 1024;
const MOST_ROOM: usize = 64 * 1024;
/// How much a long line grows by at a time, at most.
const LONGEST_STEP: usize = 8 * 1024 * 1024;

/// What becomes of a line over the limit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Overlong {
    /// Reading fails.
    Fail,
    /// It comes out in pieces of the limit's length.
    Split,
}

/// Why reading stopped before the end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    #[error("a line is longer than {0} bytes")]
    TooLong(usize),
    #[error("reading failed")]
    Io(#[source] std::io::Error),
}

/// Cuts what it reads at newlines. Each line shares the read buffer's memory: nothing is copied.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    source: R,
    buffer: BytesMut,
    /// How much the next read may take at most.
    room: usize,
    /// How much of the buffer is known to hold no newline.
    searched: usize,
    longest: usize,
    overlong: Overlong,
    cut: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(source: R, longest: usize, overlong: Overlong) -> Self {
        Self {
            source,
            buffer: BytesMut::new(),
            room: LEAST_ROOM,
            searched: 0,
            longest,
            overlong,
            cut: false,
        }
    }

    /// Whether the last piece was cut off: its line goes on.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut
    }

    /// The next line without its line end; the last one needs none. `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, LineError> {
        self.cut = false;
        loop {
            let fresh = &self.buffer[self.searched..];
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                let end = self.searched + at;
                if end > self.longest && matches!(self.overlong, Overlong::Split) {
                    self.cut = true;
                    return Ok(Some(self.take(self.longest)));
                }
                let mut line = self.take(end + 1);
                line.truncate(line.len() - 1);
                if line.last() == Some(&b'\r') {
                    line.truncate(line.len() - 1);
                }
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.buffer.len() >= self.longest {
                return match self.overlong {
                    Overlong::Fail => Err(LineError::TooLong(self.longest)),
                    Overlong::Split => {
                        self.cut = true;
                        Ok(Some(self.take(self.longest)))
                    }
                };
            }
            self.make_room();
            let read = self.source.read_buf(&mut self.buffer).await;
            let read = read.map_err(LineError::Io)?;
            if read == 0 {
                let rest = self.buffer.len();
                return Ok((rest > 0).then(|| self.take(rest)));
            }
            // Whoever writes much is read in large pieces until it is quiet again.
            self.room = match read >= self.room {
                true => (self.room * 4).min(MOST_ROOM),
                false => LEAST_ROOM,
            };
        }
    }

    /// Most streams are silent most of the time, and many are read at once: an empty buffer is a small one.
    fn make_room(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::with_capacity(self.room);
        } else {
            // A long line doubles its room.
            self.buffer
                .reserve(self.buffer.len().clamp(self.room, LONGEST_STEP));
        }
    }

    fn take(&mut self, length: usize) -> Bytes {
        self.searched = 0;
        self.buffer.split_to(length).freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(text: &str, longest: usize, overlong: Overlong) -> Vec<String> {
        let mut lines = Lines::new(text.as_bytes(), longest, overlong);
        let mut found = Vec::new();
        loop {
            match lines.next().await {
                Ok(Some(line)) => found.push(String::from_utf8_lossy(&line).into_owned()),
                Ok(None) => return found,
                Err(error) => {
                    found.push(error.to_string());
                    return found;
                }
            }
        }
    }

    #[tokio::test]
    async fn lines_end_at_newlines_and_at_the_end() {
        assert_eq!(all("a\r\n\nbc", 9, Overlong::Fail).await, ["a", "", "bc"]);
        assert_eq!(all("", 9, Overlong::Fail).await, [""; 0]);
    }

    #[tokio::test]
    async fn a_line_over_the_limit_fails_or_is_split() {
        assert_eq!(
            all("abcdef\nabcd\n", 4, Overlong::Split).await,
            ["abcd", "ef", "abcd"]
        );
        let long = "x".repeat(40_000);
        assert_eq!(
            all(&long, 20_000, Overlong::Fail).await,
            ["a line is longer than 20000 bytes"]
        );
        let pieces = all(&long, 15_000, Overlong::Split).await;
        assert_eq!(pieces.iter().map(String::len).sum::<usize>(), 40_000);
    }
}
