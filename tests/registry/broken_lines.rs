//! Uploads whose line breaks, and whose broker is killed.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

use reqwest::Response;
use sha2::Digest as _;

use crate::support::{broker::Broker, mcp::http, program::eventually};

fn sha256(bytes: &[u8]) -> String {
    let hex: String = sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

/// Bytes that look like nothing, the same ones in every run.
fn content(length: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(next).collect()
}

struct Uploader<'a> {
    broker: &'a Broker,
    token: &'a str,
    digest: String,
}

impl Uploader<'_> {
    async fn resume(&self) -> Response {
        let url = format!(
            "{}/v2/team/app/blobs/uploads/?resume={}",
            self.broker.url, self.digest
        );
        http().post(url).bearer_auth(self.token).send().await.unwrap()
    }

    /// Where the upload goes on, and at which byte.
    async fn place(&self) -> (String, usize) {
        let answer = self.resume().await;
        assert_eq!(answer.status(), 202);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let last: usize = header("range").strip_prefix("0-").unwrap().parse().unwrap();
        (header("location"), if last == 0 { 0 } else { last + 1 })
    }

    /// Sends what stands in `sent` of a body that should be longer by `missing`, and breaks the line.
    fn send_and_break(&self, place: &str, start: usize, sent: &[u8], missing: usize) {
        let host = self.broker.url.trim_start_matches("http://");
        let mut line = TcpStream::connect(host).unwrap();
        let (length, token) = (sent.len() + missing, self.token);
        let end = start + length - 1;
        write!(
            line,
            "PATCH {place} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
             content-length: {length}\r\ncontent-range: {start}-{end}\r\n\r\n"
        )
        .unwrap();
        line.write_all(sent).unwrap();
        line.shutdown(Shutdown::Write).unwrap();
        _ = line.read_to_end(&mut Vec::new());
    }

    async fn received(&self, place: &str) -> usize {
        let url = format!("{}{place}", self.broker.url);
        let answer = http().get(url).bearer_auth(self.token).send().await.unwrap();
        assert_eq!(answer.status(), 204);
        let range = answer.headers()["range"].to_str().unwrap();
        let last: usize = range.strip_prefix("0-").unwrap().parse().unwrap();
        if last == 0 { 0 } else { last + 1 }
    }
}

#[tokio::test]
async fn an_upload_goes_on_where_its_line_broke() {
    let mut broker = Broker::start().await;
    let token = broker.token("admin").await;
    let content = content(5_000_000);
    let digest = sha256(&content);
    // From a few bytes to some MiB, in the middle of whatever the broker gathers before it writes.
    for (part, is_killed) in [
        (3, false),
        (100_001, true),
        (1_500_000, false),
        (1_048_576, true),
        (700_000, false),
    ] {
        let uploader = Uploader {
            broker: &broker,
            token: &token,
            digest: digest.clone(),
        };
        let (place, start) = uploader.place().await;
        let end = start + part;
        uploader.send_and_break(&place, start, &content[start..end], content.len() - end);
        eventually("all that was sent is there", async || {
            uploader.received(&place).await == end
        })
        .await;
        if is_killed {
            broker.kill().await;
            broker.start_again().await;
        }
    }
    let uploader = Uploader {
        broker: &broker,
        token: &token,
        digest: digest.clone(),
    };
    let (place, start) = uploader.place().await;
    // What the line brought before the last kill may not have been written yet, but no more than that is lost.
    assert!((3_000_000..=3_348_580).contains(&start), "{start}");
    let url = format!("{}{place}?digest={digest}", broker.url);
    let done = http()
        .put(url)
        .bearer_auth(&token)
        .body(content[start..].to_vec())
        .send()
        .await
        .unwrap();
    assert_eq!(done.status(), 201);
    assert_eq!(uploader.resume().await.status(), 201);
    let url = format!("{}/v2/gong/blobs/{digest}", broker.url);
    let whole = http().get(url).bearer_auth(&token).send().await.unwrap();
    assert_eq!(whole.bytes().await.unwrap(), content);
    let left = std::fs::read_dir(broker.data().join("blobs/uploads")).unwrap();
    assert_eq!(left.count(), 0);
}
