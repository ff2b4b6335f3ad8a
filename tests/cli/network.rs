//! What stands between a command and its broker: nothing, another version, a proxy, a certificate that nobody trusts.

use std::path::Path;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};

use crate::support::{
    broker::Broker,
    program::{Output, Program, certificate},
};

/// Answers every request with the same.
async fn server(answer: String) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            // Whoever has gone needs no answer.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, tasks)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

async fn ask(url: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_berth"));
    command
        .env_clear()
        .env("BERTH_CONFIG_DIR", folder.path())
        .env("BERTH_URL", url)
        .env("BERTH_TOKEN", "berth_any")
        .envs(variables.iter().copied())
        .args(arguments);
    Program::start(&mut command).finish().await
}

#[tokio::test]
async fn whoever_answers_in_the_broker_s_place_is_told_apart() {
    let html = "<!doctype html><title>Sign in to the network</title>";
    let unknown = r#"{"code":"no_route","message":"the control API has no GET /api/v1/connectors"}"#;
    let later = r#"{"problem":{"kind":"moved"}}"#;
    for (given, code, said) in [
        (
            answer("200 OK", "content-type: text/html\r\n", html),
            1,
            "that is a web page",
        ),
        (
            answer("302 Found", "location: https://proxy.example/\r\n", html),
            1,
            "that is a web page",
        ),
        (
            answer("407 Proxy Authentication Required", "", ""),
            8,
            "HTTPS_PROXY",
        ),
        (
            answer("502 Bad Gateway", "", html),
            8,
            "the broker behind it seems to be down",
        ),
        (answer("200 OK", "", "hello"), 1, "without /mcp or /api"),
        (
            answer("404 Not Found", "berth-api: 2\r\nberth-version: 7.0.0\r\n", later),
            1,
            "upgrade the berth on this machine",
        ),
        (
            answer("404 Not Found", "berth-api: 0\r\nberth-version: 0.0.1\r\n", later),
            1,
            "upgrade the broker",
        ),
        (
            answer(
                "404 Not Found",
                "berth-api: 1\r\nberth-version: 0.0.1\r\n",
                unknown,
            ),
            1,
            "the broker is berth 0.0.1",
        ),
        (
            answer(
                "404 Not Found",
                "berth-api: 1\r\nberth-version: 99.0.0\r\n",
                unknown,
            ),
            1,
            "upgrade the berth on this machine",
        ),
    ] {
        let (url, _tasks) = server(given).await;
        ask(&url, &[], &["list"]).await.fails(code, &[said]);
    }
    ask("http://127.0.0.1:1", &[], &["list"])
        .await
        .fails(8, &["no berth broker to be reached at http://127.0.0.1:1/"]);
}

#[tokio::test]
async fn the_broker_says_which_one_it_is() {
    let broker = Broker::start().await;
    for path in [
        "/api/v1/server",
        "/api/v1/whoami",
        "/api/v1/nothing",
        "/api/v2/server",
    ] {
        let url = format!("{}{path}", broker.url);
        let answer = crate::support::mcp::http().get(url).send().await.unwrap();
        assert_eq!(answer.headers()["berth-api"], "1", "{path}");
        assert!(answer.headers().contains_key("berth-version"), "{path}");
    }
}

#[tokio::test]
async fn a_certificate_has_to_be_trusted_by_somebody() {
    let folder = tempfile::tempdir().unwrap();
    let [cert, key] = authority(folder.path()).await;
    let broker = Broker::start_with(&["--tls-cert", &cert, "--tls-key", &key]).await;
    let token = broker.first_token();
    let ask = async |variables: &[(&str, &str)], more: &[&str]| {
        let mut all = vec![("BERTH_TOKEN", token.as_str())];
        all.extend(variables);
        ask(&broker.url, &all, &[&["whoami"], more].concat()).await
    };
    ask(&[], &[]).await.fails(
        8,
        &["a certificate that is not trusted", "--ca-file", "SSL_CERT_FILE"],
    );
    ask(&[], &["--ca-file", &cert]).await.ok();
    ask(&[("SSL_CERT_FILE", &cert)], &[]).await.ok();
    let [other, _] = certificate(folder.path()).await;
    ask(&[], &["--ca-file", &other]).await.fails(8, &["not trusted"]);
    ask(&[], &["--ca-file", &key])
        .await
        .fails(2, &["--ca-file", "no certificate in it"]);
    ask(&[], &["--ca-file", "/nowhere"])
        .await
        .fails(2, &["--ca-file", "can't be read"]);
}

/// A certificate for 127.0.0.1 that signed itself, and its key.
async fn authority(folder: &Path) -> [String; 2] {
    let files = ["ca.pem", "ca.key"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let mut command = tokio::process::Command::new("openssl");
    command
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args([
            "-subj",
            "/CN=berth test",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-days",
            "2",
        ])
        .args(["-out", &files[0], "-keyout", &files[1]]);
    Program::start(&mut command).finish().await.ok();
    files
}
