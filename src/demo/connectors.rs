//! The demo's two connectors: plain Node programs without dependencies, written into the demo's folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

const WHOAMI: &str = include_str!("connectors/whoami.mjs");
const HTTP: &str = include_str!("connectors/http.mjs");
const STDIO: &str = include_str!("connectors/stdio.mjs");

pub(crate) const HTTP_NAME: &str = "whoami-http";
pub(crate) const STDIO_NAME: &str = "whoami-stdio";

/// Writes the http connector; it is deployed as a plain command, so what comes back is its program's path.
pub(crate) fn write_http(folder: &Path) -> io::Result<PathBuf> {
    let folder = write(&folder.join(HTTP_NAME), HTTP)?;
    Ok(folder.join("server.mjs"))
}

/// Writes the stdio connector with its `berth.toml`, so that it is deployed from its folder with no flags.
pub(crate) fn write_stdio(folder: &Path, userinfo_url: &str) -> io::Result<PathBuf> {
    let folder = write(&folder.join(STDIO_NAME), STDIO)?;
    fs::write(folder.join("berth.toml"), manifest(userinfo_url))?;
    Ok(folder)
}

fn manifest(userinfo_url: &str) -> String {
    format!(
        "name = \"{STDIO_NAME}\"\n\
         transport = \"stdio\"\n\
         start = \"node server.mjs\"\n\
         \n\
         [env]\n\
         USERINFO_URL = \"{userinfo_url}\"\n"
    )
}

fn write(folder: &Path, server: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("whoami.mjs"), WHOAMI)?;
    fs::write(folder.join("server.mjs"), server)?;
    Ok(folder.to_owned())
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use serde_json::Value;
    use tokio::{
        io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
        net::{TcpListener, TcpStream},
        process::{Child, Command},
    };
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::demo::{
        client::{Client, Elicitation},
        provider::Provider,
    };

    /// A connector is given a token that the provider does not know: the demo itself shows one that works.
    const TOKEN: &str = "at_stale";

    fn start(server: &Path, env: &[(&str, &str)]) -> Child {
        #[allow(clippy::disallowed_methods, reason = "a test of programs")]
        let mut node = Command::new("node");
        node.arg(server)
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    #[tokio::test]
    async fn the_stdio_one_takes_its_token_from_the_environment() {
        crate::demo::use_ring();
        let provider = Provider::start(&TaskTracker::new()).await.unwrap();
        let (folder, userinfo) = (tempfile::tempdir().unwrap(), provider.at("/userinfo"));
        let server = write_stdio(folder.path(), &userinfo).unwrap().join("server.mjs");
        for (token, said) in [("", "no token arrived"), (TOKEN, "the provider answered 401")] {
            let mut node = start(&server, &[("USERINFO_URL", &userinfo), ("ACCESS_TOKEN", token)]);
            let call = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n\
                        {\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"tools/call\",\"params\":{\"name\":\"whoami\"}}\n";
            let mut stdin = node.stdin.take().unwrap();
            stdin.write_all(call.as_bytes()).await.unwrap();
            let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
            let answer: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
            let text = answer["result"]["content"][0]["text"].as_str().unwrap();
            assert!(text.starts_with(said) && text.ends_with("environment"), "{text}");
            drop(stdin);
            assert!(node.wait().await.unwrap().success(), "it ends with its input");
        }
    }

    #[tokio::test]
    async fn the_http_one_takes_its_token_from_the_header() {
        crate::demo::use_ring();
        let provider = Provider::start(&TaskTracker::new()).await.unwrap();
        let (folder, userinfo) = (tempfile::tempdir().unwrap(), provider.at("/userinfo"));
        let server = write_http(folder.path()).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let _node = start(
            &server,
            &[("USERINFO_URL", &userinfo), ("PORT", &port.to_string())],
        );
        // Nothing tells from outside that another program listens, but trying.
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        let endpoint = format!("http://127.0.0.1:{port}/mcp");
        let client = Client::connect(&endpoint, TOKEN, Elicitation::None)
            .await
            .unwrap();
        assert_eq!(client.tools().await.unwrap(), ["whoami"]);
        let result = client.call("whoami").await.unwrap();
        assert!(result.is_error);
        assert_eq!(
            result.text(),
            "the provider answered 401 to the token in the header"
        );
    }
}
