//! What a malicious connector in a container can connect to.

use std::{fs, net::Ipv4Addr};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::images::{broker, deploy_live, push, spec};
use crate::support::{
    broker::{Broker, Surroundings, Transport},
    images::Engine,
    mcp::http,
    program::{certificate, eventually},
};

#[tokio::test]
async fn link_local_addresses_are_not_reached() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let settings = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    if settings.contains("nameserver 169.254.") {
        eprintln!("skipped: names are resolved at a link-local address here");
        return;
    }
    let image = engine.build("LABEL story=link-local");
    let broker = broker(&engine).await;
    let artifact = push(&broker, &engine, &image).await;
    let token = broker.token("admin").await;
    for way in Transport::BOTH {
        let name = way.as_str();
        deploy_live(&broker, name, spec(&image, way, Some(&artifact), &[])).await;
        let mcp = broker.mcp(name, &token).await;
        // They are its own neighbours, and none of them is there.
        let ways = mcp.text("read", json!({"path": "/proc/net/route"})).await;
        let near = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields.get(1..3) == Some(&["0000FEA9", "00000000"]) && fields.get(7) == Some(&"0000FFFF")
        };
        assert!(ways.lines().any(near), "{ways}");
        let metadata = json!({"address": "169.254.169.254:80"});
        let said = mcp.text("connect", metadata).await;
        assert_ne!(said, "connected");
    }
}

#[tokio::test]
async fn the_broker_takes_no_connection_from_containers() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=gateway");
    let folder = tempfile::tempdir().unwrap();
    let [cert, key] = certificate(folder.path()).await;
    let arguments = [
        "--public-url",
        "https://berth.example.com",
        "--tls-cert",
        &cert,
        "--tls-key",
        &key,
        "--docker-host",
        &engine.host,
        "--engine",
        "docker",
        "--engine-image",
        &image.reference,
    ];
    let surroundings = Surroundings {
        listen: Some("0.0.0.0:0"),
        ..Surroundings::default()
    };
    let mut broker = Broker::start_in(&arguments, surroundings).await;
    let port: u16 = broker.url.rsplit(':').next().unwrap().parse().unwrap();
    broker.url = format!("https://127.0.0.1:{port}");
    let token = broker.first_token();
    let body = json!({"spec": {
        "source": {"kind": "command", "command": ["/connector"]},
        "transport": {"kind": "stdio"},
    }});
    let releases = format!("{}/api/v1/connectors/attacker/releases", broker.url);
    let deployed = http()
        .post(&releases)
        .bearer_auth(&token)
        .json(&body)
        .send()
        .await;
    assert!(deployed.unwrap().status().is_success());
    eventually("it is live", async || {
        let listed = http().get(&releases).bearer_auth(&token).send().await.unwrap();
        let listed: Value = listed.json().await.unwrap();
        listed["releases"][0]["state"] == "live"
    })
    .await;
    let mcp = broker.mcp("attacker", &token).await;

    // Others are answered, if only to be told that this is no TLS.
    let mut other = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .unwrap();
    other.write_all(b"hello?\r\n\r\n").await.unwrap();
    assert_ne!(other.read(&mut [0; 64]).await.unwrap(), 0);
    let networks = engine.networks_of(&broker.data());
    let format = "{{(index .IPAM.Config 0).Gateway}}";
    let gateway = engine.docker(&["network", "inspect", "--format", format, &networks[0]]);
    // The machine's own address as well, by whatever name.
    for host in [gateway.clone(), own_address().unwrap_or(gateway)] {
        let address = json!({"address": format!("{host}:{port}")});
        let heard = mcp.text("heard", address).await;
        assert!(heard == "0" || heard.contains("reset"), "{host}: {heard}");
    }
    broker
        .logged("a connector's connection to the broker was refused", |_| true)
        .await;
    assert_eq!(
        mcp.text("echo", json!({"text": "all the same"})).await,
        "all the same"
    );
}

/// An address of this machine that is not loopback, if it has one.
fn own_address() -> Option<String> {
    // Nothing is sent by connecting a datagram socket: the kernel only looks up the way.
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}
