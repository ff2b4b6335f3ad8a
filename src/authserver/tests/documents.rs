//! Clients that are known by a document, which a server of the test's hands out.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, response::IntoResponse as _, routing::get};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use super::{CALLBACK, Refusal, World};
use crate::net::Policy;

/// A server that answers every path with `answer` of its own address and that path; gives its address and how often it
/// was asked.
async fn serve(
    answer: impl Fn(&str, &str) -> axum::response::Response + Clone + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let (own, counted) = (base.clone(), Arc::clone(&asked));
    let app = Router::new().route(
        "/{*path}",
        get(move |uri: http::Uri| {
            counted.fetch_add(1, Ordering::SeqCst);
            let answer = answer(&own, uri.path());
            async move { answer }
        }),
    );
    TaskTracker::new().spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let app = TowerToHyperService::new(app.clone());
            let connection = hyper::server::conn::http1::Builder::new()
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), app);
            // A client may go away before it has read all.
            let _ = connection.await;
        }
    });
    (base, asked)
}

fn loopback() -> Policy {
    Policy {
        allow_loopback: true,
        allow_private: Vec::new(),
    }
}

fn document(client: &str) -> Value {
    json!({"client_id": client, "client_name": "a client", "redirect_uris": [CALLBACK]})
}

fn json(body: Vec<u8>) -> axum::response::Response {
    ([("content-type", "application/json")], body).into_response()
}

#[tokio::test]
async fn a_document_makes_a_client_and_is_kept() {
    let (base, asked) = serve(|base, path| json(document(&format!("{base}{path}")).to_string().into())).await;
    let world = World::at(super::BASE, loopback()).await;
    let client = format!("{base}/client.json");
    for _ in 0..3 {
        world.server.asked(&world.right(&client).text()).await.unwrap();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let tokens = world.tokens(&client).await;
    world.calls(&tokens["access_token"], "crm").await.unwrap();
    assert_eq!(world.refresh(&client, &tokens["refresh_token"]).await.0, 200);
    let elsewhere = world.right(&client).with("redirect_uri", "https://evil.example/");
    assert!(matches!(
        world.server.asked(&elsewhere.text()).await,
        Err(Refusal::Page(_))
    ));
}

#[tokio::test]
async fn a_document_that_is_not_right_makes_none() {
    let (base, _) = serve(|base, path| {
        let own = document(&format!("{base}{path}"));
        let with = |name: &str, value: Value| {
            let mut changed = own.clone();
            changed[name] = value;
            json(changed.to_string().into())
        };
        match path {
            "/redirects" => (http::StatusCode::FOUND, [("location", "/right")]).into_response(),
            "/missing" => http::StatusCode::NOT_FOUND.into_response(),
            "/huge" => with("padding", Value::String("x".repeat(70_000))),
            "/html" => ([("content-type", "text/html")], own.to_string()).into_response(),
            "/broken" => json(b"{".to_vec()),
            "/another" => with("client_id", Value::String(format!("{base}/right"))),
            "/secret" => with("client_secret", Value::String("s".to_owned())),
            "/method" => with(
                "token_endpoint_auth_method",
                Value::String("client_secret_basic".to_owned()),
            ),
            "/nowhere" => with("redirect_uris", json!(["http://evil.example/", "evil:x"])),
            "/many" => with("redirect_uris", json!(vec![CALLBACK; 33])),
            _ => json(own.to_string().into()),
        }
    })
    .await;
    let world = World::at(super::BASE, loopback()).await;
    let ask = async |path: &str| {
        world
            .server
            .asked(&world.right(&format!("{base}{path}")).text())
            .await
    };
    ask("/right").await.unwrap();
    for path in [
        "/redirects",
        "/missing",
        "/huge",
        "/html",
        "/broken",
        "/another",
        "/secret",
        "/method",
        "/nowhere",
        "/many",
    ] {
        let refused = ask(path).await;
        assert!(matches!(refused, Err(Refusal::Page(_))), "{path}: {refused:?}");
    }
}

#[tokio::test]
async fn no_document_is_asked_for_at_a_private_address() {
    let (base, asked) = serve(|_, _| json(Vec::new())).await;
    let world = World::new().await;
    let port = base.rsplit(':').next().unwrap();
    for client in [
        format!("{base}/client.json"),
        format!("https://127.0.0.1:{port}/client.json"),
        format!("https://localhost:{port}/client.json"),
        format!("https://[::ffff:127.0.0.1]:{port}/client.json"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.1/client.json".to_owned(),
    ] {
        let refused = world.server.asked(&world.right(&client).text()).await;
        assert!(matches!(refused, Err(Refusal::Page(_))), "{client}: {refused:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}
