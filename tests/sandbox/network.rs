//! Where a malicious connector can connect to.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};
use tokio::net::{TcpListener, UdpSocket};

use crate::support::{
    attacker::{Account, Attacker, texts},
    broker::Transport,
    processes,
};

/// The broker's own port, from its URL.
fn port_of(attacker: &Attacker) -> u16 {
    attacker.broker.url.rsplit(':').next().unwrap().parse().unwrap()
}

/// An address of this machine that is not loopback, if it has one.
fn own_address() -> Option<Ipv4Addr> {
    // Nothing is sent by connecting a datagram socket: the kernel only looks up the way.
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    match socket.local_addr().ok()? {
        SocketAddr::V4(address) if !address.ip().is_loopback() => Some(*address.ip()),
        _ => None,
    }
}

/// Every way to write `port` on this machine.
fn targets(port: u16) -> Vec<Value> {
    let mut hosts = vec![
        "127.0.0.1".to_owned(),
        "127.8.8.8".into(),
        "0.0.0.0".into(),
        "::1".into(),
        "::".into(),
        "::ffff:127.0.0.1".into(),
        "localhost".into(),
    ];
    hosts.extend(own_address().map(|ip| ip.to_string()));
    hosts
        .iter()
        .map(|host| json!({ "host": host, "port": port }))
        .collect()
}

async fn connected(attacker: &Attacker, targets: &[Value]) -> Vec<String> {
    let reached = texts(&attacker.tries("connect", json!({ "targets": targets })).await);
    assert_eq!(reached.len(), targets.len(), "{reached:?}");
    let connected = reached.into_iter().filter(|(_, outcome)| outcome == "connected");
    connected.map(|(target, _)| target).collect()
}

/// Deploys an honest http connector beside the attacker, and calls it.
async fn deploy_honest(attacker: &Attacker, name: &str, more: &[&str]) {
    let broker = &attacker.broker;
    let script = attacker.files.script.with_file_name("connector.mjs");
    if !script.exists() {
        std::fs::copy(crate::support::program::fixture("connector.mjs"), &script).unwrap();
    }
    let deploy = [
        "deploy",
        "--name",
        name,
        "--transport",
        Transport::Http.as_str(),
        "--yes",
    ];
    let command = ["--", "node", script.to_str().unwrap(), "--http"];
    broker.cli(&[&deploy[..], more, &command].concat()).await.ok();
    let honest = broker.mcp(name, &broker.first_token()).await;
    assert_eq!(honest.text("echo", json!({ "text": "hi" })).await, "hi");
}

/// Where the broker's connectors listen.
fn ports(attacker: &Attacker) -> Vec<u16> {
    let connectors = attacker.broker.connectors().into_iter();
    connectors
        .filter_map(|pid| processes::environment(pid).get("PORT")?.parse().ok())
        .collect()
}

#[tokio::test]
async fn the_broker_can_not_be_reached() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        // In development, where the public URL is loopback, other programs of this machine can be.
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = open_target(&open);
        assert_eq!(connected(&attacker, &[open]).await.len(), 1, "{account:?}");
        let reached = connected(&attacker, &targets(port_of(&attacker))).await;
        assert!(reached.is_empty(), "{account:?}: {reached:?}");
        let said = attacker
            .native(&["fastopen", "127.0.0.1", &port_of(&attacker).to_string()])
            .await;
        assert!(
            said.trim() == "fastopen errno 1" || said.trim() == "fastopen errno 13",
            "{account:?}: {said}"
        );
        let logs = attacker.broker.cli(&["logs", "attacker"]).await.ok().stdout;
        assert!(
            logs.contains("--allow-private 127.0.0.1"),
            "{account:?}: it is said what was refused: {logs}"
        );
        assert!(!logs.contains("::ffff:"), "{account:?}: {logs}");
    }
}

fn open_target(listener: &TcpListener) -> Value {
    json!({ "host": "127.0.0.1", "port": listener.local_addr().unwrap().port() })
}

#[tokio::test]
async fn what_is_allowed_goes_through() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let listener = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = json!({ "host": "127.0.0.1", "port": port });
        assert_eq!(attacker.tries("datagram", target).await, "sent", "{account:?}");
        let mut heard = [0; 16];
        let length = listener.recv(&mut heard).await.unwrap();
        assert_eq!(&heard[..length], b"hello", "{account:?}");
        // Descriptors between its own processes, too.
        assert_eq!(
            attacker.tries("handsOver", json!({})).await,
            "hello",
            "{account:?}"
        );
    }
}

#[tokio::test]
async fn what_is_done_for_it_is_done_with_its_own_rights() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let home = attacker.home().await;
        for folder in ["/tmp", home.to_str().unwrap()] {
            let said = attacker.native(&["deputy", folder]).await;
            assert_eq!(said, "netlink errno 1\npeer done\n", "{account:?} {folder}");
        }
    }
}

#[tokio::test]
async fn an_address_that_changes_meanwhile_leads_nowhere() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = open.local_addr().unwrap().port();
        let accepting = tokio::spawn(async move { while open.accept().await.is_ok() {} });
        let said = attacker
            .native(&["race", &port.to_string(), &port_of(&attacker).to_string(), "3000"])
            .await;
        accepting.abort();
        let (reached, shut) = said
            .trim()
            .split_once(' ')
            .unwrap_or_else(|| panic!("{account:?}: {said:?}"));
        assert_ne!(reached, "0", "{account:?}: it ran");
        assert_eq!(shut, "0", "{account:?}");
    }
}

#[tokio::test]
async fn the_control_api_is_shut_whatever_is_in_its_environment() {
    for account in Account::all() {
        let attacker = Attacker::start_with(account, &[], &["-e", "OTHER=a:b c"]).await;
        let url = format!("{}/api/v1/connectors", attacker.broker.url);
        let answers = texts(&attacker.tries("guess", json!({ "url": url })).await);
        assert!(!answers.is_empty());
        let heard: Vec<_> = answers
            .keys()
            .filter(|status| status.parse::<u16>().is_ok())
            .collect();
        assert!(heard.is_empty(), "{account:?}: {answers:?}");
        // Nor would it have helped: there is no credential in it.
        let env = texts(&attacker.tries("env", json!({})).await);
        for word in env.values() {
            let answer = attacker.broker.cli_with_token(word, &["list"]).await;
            assert_ne!(answer.status, Some(0), "{account:?}: {word}");
        }
    }
}

#[tokio::test]
async fn other_connectors_can_not_be_reached() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        deploy_honest(&attacker, "victim", &[]).await;
        let port = *ports(&attacker).first().expect("the victim's port");
        let reached = connected(&attacker, &targets(port)).await;
        assert!(reached.is_empty(), "{account:?}: {reached:?}");
        // Nor can it take the place of one that is to come.
        let taken = attacker
            .tries("listen", json!({ "host": "127.0.0.1", "port": 20_123 }))
            .await;
        assert!(taken.get("error").is_some(), "{account:?}: {taken}");
        let own = attacker
            .tries("listen", json!({ "host": "127.0.0.1", "port": 0 }))
            .await;
        assert!(own.get("port").is_some(), "{account:?}: {own}");
    }
}

#[tokio::test]
async fn what_listens_for_the_broker_listens_for_nobody_else() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        for (name, host) in [("old", "HOST=0.0.0.0"), ("new", "HOST=::")] {
            deploy_honest(&attacker, name, &["-e", host]).await;
        }
        let ports = ports(&attacker);
        assert!(ports.len() >= 2, "{account:?}: {ports:?}");
        for port in ports {
            assert!(
                std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(),
                "{account:?}"
            );
            if let Some(address) = own_address() {
                assert!(
                    std::net::TcpStream::connect((address, port)).is_err(),
                    "{account:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn metadata_services_can_not_be_reached() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let hosts = [
            "169.254.169.254",
            "169.254.170.2",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
            "100.100.100.200",
            "fe80::1",
            "224.0.0.1",
            "255.255.255.255",
        ];
        let targets: Vec<Value> = hosts
            .iter()
            .map(|host| json!({ "host": host, "port": 80 }))
            .collect();
        let reached = texts(&attacker.tries("connect", json!({ "targets": targets })).await);
        for (target, outcome) in &reached {
            assert_eq!(outcome, "EACCES", "{account:?}: {target}");
        }
        assert_eq!(reached.len(), hosts.len());
    }
}

#[tokio::test]
async fn a_public_broker_keeps_its_connectors_off_the_machine() {
    for account in Account::all() {
        let public = [
            "--public-url",
            "https://berth.example.com",
            "--trusted-proxy",
            "127.0.0.1",
        ];
        let attacker = Attacker::start_with(account, &public, &[]).await;
        let open = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = open.local_addr().unwrap().port();
        let reached = connected(&attacker, &targets(port)).await;
        assert!(reached.is_empty(), "{account:?}: {reached:?}");
        // Datagrams are no way around it.
        let listener = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent = attacker
            .tries("datagram", json!({ "host": "127.0.0.1", "port": port }))
            .await;
        let mut buffer = [0; 16];
        let heard =
            tokio::time::timeout(std::time::Duration::from_millis(300), listener.recv(&mut buffer)).await;
        assert!(heard.is_err(), "{account:?}: {sent}");
    }
}
