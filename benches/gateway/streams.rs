//! Long answers: how soon the first of one is there, how fast all of it, and what the proxy keeps of it.

use std::time::Instant;

use anyhow::ensure;
use http_body_util::BodyExt as _;

use crate::{
    load::{Session, Target},
    process::resident,
};

const EVENT: usize = 64 << 10;
/// Of an answer of which only the first piece is timed.
const FEW: usize = 16;
const SHORT_CALLS: usize = 400;
const MIB: f64 = (1 << 20) as f64;

/// What came of one target.
#[derive(Default)]
struct Row {
    /// Microseconds from the request to the first piece of the answer's body, in order.
    first: Vec<u32>,
    rate: f64,
    /// How much the target's memory grew, in bytes.
    grown: Option<u64>,
}

/// Targets take turns; `events` are those of the one long answer.
pub(crate) async fn measure(targets: &[Target], events: usize) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut sessions = Vec::new();
    for target in targets {
        let mut session = Session::open(target).await?;
        drain(&mut session, FEW, |_| Ok(())).await?;
        sessions.push(session);
        rows.push(Row::default());
    }
    for _ in 0..SHORT_CALLS {
        for (session, row) in sessions.iter_mut().zip(&mut rows) {
            row.first.push(drain(session, FEW, |_| Ok(())).await?);
        }
    }
    for ((session, row), target) in sessions.iter_mut().zip(&mut rows).zip(targets) {
        let before = target.pid.map(resident).transpose()?;
        let (began, mut most, mut pieces) = (Instant::now(), before, 0_u32);
        drain(session, events, |_| {
            pieces += 1;
            if let (Some(pid), 0) = (target.pid, pieces % 256) {
                most = most.max(Some(resident(pid)?));
            }
            Ok(())
        })
        .await?;
        row.rate = (events * EVENT) as f64 / MIB / began.elapsed().as_secs_f64();
        row.grown = most.zip(before).map(|(most, before)| most - before);
        row.first.sort_unstable();
    }
    println!("\nevents of 64 KiB: the first of {FEW}, {SHORT_CALLS} times; then {events} in one answer");
    println!(
        "{:<24} {:>9} {:>9} {:>10} {:>10} {:>9} {:>12} {:>10}",
        "target", "p50 µs", "p99 µs", "added p50", "added p99", "MiB/s", "rate/direct", "grew MiB"
    );
    let at = |row: &Row, part: f64| {
        let last = row.first.len().saturating_sub(1);
        f64::from(row.first[(last as f64 * part).round() as usize])
    };
    for (target, row) in targets.iter().zip(&rows) {
        let grown = row.grown.map(|bytes| format!("{:.1}", bytes as f64 / MIB));
        println!(
            "{:<24} {:>9.0} {:>9.0} {:>10.0} {:>10.0} {:>9.0} {:>12.2} {:>10}",
            target.name,
            at(row, 0.5),
            at(row, 0.99),
            at(row, 0.5) - at(&rows[0], 0.5),
            at(row, 0.99) - at(&rows[0], 0.99),
            row.rate,
            row.rate / rows[0].rate,
            grown.unwrap_or_else(|| "-".to_owned()),
        );
    }
    Ok(())
}

/// Makes one call and reads its answer up to the end; gives the microseconds up to its first piece.
async fn drain(
    session: &mut Session,
    events: usize,
    mut piece: impl FnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<u32> {
    let sent = Instant::now();
    let arguments = format!(r#"{{"events":{events},"bytes":{EVENT}}}"#);
    let mut answer = session.begin("stream", &arguments).await?.into_body();
    let (mut first, mut length) = (None, 0);
    while let Some(frame) = answer.frame().await {
        if let Ok(data) = frame?.into_data() {
            first.get_or_insert_with(|| sent.elapsed());
            length += data.len();
            piece(data.len())?;
        }
    }
    ensure!(length > events * EVENT, "the answer ended after {length} bytes");
    Ok(u32::try_from(first.unwrap_or_default().as_micros())?)
}
