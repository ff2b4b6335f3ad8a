//! What an operator of the broker itself relies on.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::support::{
    broker::Broker,
    database,
    mcp::http,
    program::{Program, certificate},
};

#[tokio::test]
async fn it_says_how_it_is() {
    let broker = Broker::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = http().get(format!("{}{path}", broker.url)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
    }
    let token = broker.token("admin").await;
    let metrics = http()
        .get(format!("{}/metrics", broker.url))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(metrics.status(), 200);
    let text = metrics.text().await.unwrap();
    assert!(text.contains("# TYPE berth_"), "{text}");
    assert!(text.trim_end().ends_with("# EOF"), "{text}");
}

#[tokio::test]
async fn errors_carry_the_requests_id_and_so_does_the_log() {
    let broker = Broker::start().await;
    let token = broker.token("admin").await;
    let answer = http()
        .get(format!("{}/api/v1/connectors/nothing", broker.url))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "not_found");
    assert_eq!(body["request_id"], id);

    // What a request changed is logged under its id.
    let created = http()
        .post(format!("{}/api/v1/tokens", broker.url))
        .bearer_auth(&token)
        .header("x-request-id", "from-the-caller-1")
        .json(&serde_json::json!({"user": "admin", "label": "for its log line"}))
        .send()
        .await
        .unwrap();
    assert_eq!(created.headers()["x-request-id"], "from-the-caller-1");
    broker
        .logged("token.created", |line| line.contains("from-the-caller-1"))
        .await;
}

#[tokio::test]
async fn its_key_is_its_own() {
    let broker = Broker::start().await;
    let mode = fs::metadata(broker.data()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let keys: Vec<_> = fs::read_dir(broker.data())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_string_lossy().contains("key"))
        .collect();
    assert!(!keys.is_empty(), "a master key");
    for key in keys {
        assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let credentials = broker.data().parent().unwrap().join("config/credentials.toml");
    assert_eq!(
        fs::metadata(credentials).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn a_folder_of_a_newer_berth_is_left_alone() {
    let mut broker = Broker::start().await;
    assert_eq!(broker.stop().await, Some(0));
    database::change(&broker, "UPDATE meta SET value = '99' WHERE key = 'schema'").await;
    let mut command = broker.command();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(broker.data());
    Program::start(&mut command)
        .finish()
        .await
        .fails(1, &["newer berth"]);
}

#[tokio::test]
async fn it_speaks_https() {
    let folder = tempfile::tempdir().unwrap();
    let [cert, key] = certificate(folder.path()).await;
    let broker = Broker::start_with(&["--tls-cert", &cert, "--tls-key", &key]).await;
    assert!(broker.url.starts_with("https://127.0.0.1:"), "{}", broker.url);
    let answer = http()
        .get(format!("{}/healthz", broker.url))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let signed_in = http()
        .post(format!("{}/login", broker.url))
        .header("origin", &broker.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("credential={}", broker.first_token()))
        .send()
        .await
        .unwrap();
    assert_eq!(signed_in.status(), 303);
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-"), "{cookie}");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let plain = http().get(broker.url.replace("https", "http")).send().await;
    assert!(plain.is_err(), "{plain:?}");
}

#[tokio::test]
async fn mistakes_in_its_settings_are_told_before_a_port_opens() {
    let broker = Broker::start().await;
    let serve = async |arguments: &[&str]| {
        let mut command = broker.command();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
        command.arg(broker.scratch().join("another")).args(arguments);
        Program::start(&mut command).finish().await
    };
    serve(&["--public-url", "ftp://x"])
        .await
        .fails(2, &["--public-url"]);
    serve(&["--tls-cert", "missing.pem", "--tls-key", "missing.key"])
        .await
        .fails(2, &["missing.pem"]);
    let file = broker.scratch().join("berth.toml");
    fs::write(&file, "listne = \"127.0.0.1:1\"\n").unwrap();
    serve(&["--config", file.to_str().unwrap()])
        .await
        .fails(2, &["listne"]);
    // Two brokers on one folder would harm each other.
    let mut command = broker.command();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(broker.data());
    let output = Program::start(&mut command).finish().await;
    assert_ne!(output.status, Some(0), "{output:#?}");
}
