//! A build's context on its way to the engine, in pieces.

use std::io::{self, Write};

use bytes::Bytes;
use tokio::sync::mpsc::Sender;

use super::{ImageError, context::Context};

/// In bytes.
const PIECE: usize = 64 * 1024;
/// How many pieces may wait for the engine.
pub(super) const WAITING: usize = 16;

/// Writes the context into the channel, in pieces.
pub(super) fn send(context: &Context, sender: &Sender<io::Result<Bytes>>) -> Result<(), ImageError> {
    let mut pieces = Pieces {
        sender,
        waiting: Vec::with_capacity(PIECE),
    };
    let written = context
        .write(&mut pieces)
        .and_then(|()| pieces.flush().map_err(ImageError::Cut));
    if let Err(error) = &written {
        // The request ends there, instead of with a context that only looks whole.
        let _ = sender.blocking_send(Err(io::Error::other(error.to_string())));
    }
    written
}

struct Pieces<'a> {
    sender: &'a Sender<io::Result<Bytes>>,
    waiting: Vec<u8>,
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len().min(PIECE - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..length]);
        if self.waiting.len() == PIECE {
            self.flush()?;
        }
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.waiting, Vec::with_capacity(PIECE));
        if piece.is_empty() {
            return Ok(());
        }
        self.sender
            .blocking_send(Ok(piece.into()))
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
