//! A part of a blob on its way out, never whole in memory.

use std::{io::Read, ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use parking_lot::Mutex;
use reqwest::{Body, RequestBuilder, Response, header};
use tokio::{
    sync::mpsc::{self, Sender},
    task::spawn_blocking,
    time::Instant,
};

use super::{answers::Setback, progress::Gauge};
use crate::{
    bundle::Blob,
    client::{Client, ClientError},
};

/// How much is read at once, in bytes, and how many such chunks may wait for the line.
const CHUNK: usize = 64 * 1024;
const WAITING: usize = 4;
/// For one part, over a line that is slow but never stands still.
const DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);

/// Sends the bytes of `part` as the body of `request` and waits for the answer, whatever it says.
pub(super) async fn send(
    client: &Client,
    request: RequestBuilder,
    blob: &Blob,
    part: Range<u64>,
    gauge: &Gauge,
) -> Result<Response, Setback> {
    let length = part.end - part.start;
    let reader = blob.reader(part.start).map_err(ClientError::Blob)?;
    let (chunks, taken) = mpsc::channel(WAITING);
    let failure = Arc::new(Mutex::new(None));
    let place = Arc::clone(&failure);
    // It ends when all is read, or when the request is given up and with it the other end of the channel.
    spawn_blocking(move || {
        if let Err(error) = read(reader, length, &chunks) {
            *place.lock() = Some(error);
            let _ = chunks.blocking_send(Err(std::io::ErrorKind::Other.into()));
        }
    });
    let moved = Arc::new(Mutex::new(Instant::now()));
    let (mover, gauge) = (Arc::clone(&moved), gauge.clone());
    let body = stream::unfold(taken, async |mut taken| Some((taken.recv().await?, taken)));
    let body = body.inspect_ok(move |chunk: &Bytes| {
        *mover.lock() = Instant::now();
        gauge.advance(chunk.len() as u64);
    });
    let request = request
        .timeout(DEADLINE)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::CONTENT_LENGTH, length)
        .body(Body::wrap_stream(body))
        .send();
    tokio::pin!(request);
    let outcome = loop {
        let deadline = *moved.lock() + client.stall;
        match tokio::time::timeout_at(deadline, &mut request).await {
            Ok(outcome) => break outcome.map_err(|error| client.cut(error)),
            Err(_) if *moved.lock() + client.stall <= Instant::now() => {
                let url = Box::new(client.base.clone());
                break Err(Setback::passing(ClientError::TimedOut { url }));
            }
            Err(_) => {}
        }
    };
    match failure.lock().take() {
        Some(error) => Err(ClientError::Blob(error).into()),
        None => outcome,
    }
}

/// Reads exactly `length` bytes into the channel, as fast as they are taken out of it.
fn read(mut reader: impl Read, length: u64, chunks: &Sender<std::io::Result<Bytes>>) -> std::io::Result<()> {
    let mut left = length;
    while left > 0 {
        let wanted = CHUNK.min(usize::try_from(left).unwrap_or(CHUNK));
        let mut chunk = vec![0; wanted];
        reader.read_exact(&mut chunk)?;
        left -= wanted as u64;
        if chunks.blocking_send(Ok(chunk.into())).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
