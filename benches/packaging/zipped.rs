//! `zip -r -q`, and curl to a server that reads and forgets.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    thread,
};

use crate::{
    measure::{Step, run},
    tree,
};

pub(crate) fn measure(tree: &Path, whole: u64) -> anyhow::Result<Vec<Step>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/connector.zip", listener.local_addr()?);
    // It ends with the program.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = forget(stream);
        }
    });
    let send = |name| step(name, tree, &url, whole);
    let mut steps = vec![send("first upload")?, send("unchanged")?];
    tree::change_a_line(tree)?;
    steps.push(send("one line changed")?);
    tree::add_a_dependency(tree)?;
    steps.push(send("one dependency added")?);
    Ok(steps)
}

fn step(name: &'static str, tree: &Path, url: &str, whole: u64) -> anyhow::Result<Step> {
    let zip = tree.with_extension("zip");
    let _ = fs::remove_file(&zip);
    let zipped = run(Command::new("zip")
        .args(["-r", "-q"])
        .arg(&zip)
        .arg(".")
        .current_dir(tree))?;
    let sent = run(Command::new("curl")
        .args(["-sS", "--fail", "--upload-file"])
        .arg(&zip)
        .arg(url))?;
    Ok(Step {
        name,
        time: zipped.time + sent.time,
        bytes: Some(fs::metadata(&zip)?.len()),
        whole,
        peak: Some(zipped.peak.max(sent.peak)),
    })
}

/// Reads a request of a known length and says that it is there.
fn forget(mut stream: TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    let (end, length) = loop {
        let read = stream.read(&mut buffer)?;
        head.extend_from_slice(&buffer[..read]);
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&head[..end]).to_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if text.contains("expect: 100-continue") {
                stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            break (end + 4, length.unwrap_or(0));
        }
        if read == 0 {
            return Ok(());
        }
    };
    let mut left: usize = length - (head.len() - end);
    while left > 0 {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        left -= read;
    }
    stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}
