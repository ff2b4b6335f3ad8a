use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::*;
use crate::{
    audit::Audit,
    bundle,
    model::{Digest, Role, Roles},
    seal::Sealer,
};

mod access;
mod content;
mod deletion;
mod manifests;
mod uploads;

struct Fixture {
    routes: TowerToHyperService<Router>,
    identity: Identity,
    token: String,
    store: Arc<Store>,
    blobs: Blobs,
    dir: TempDir,
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    /// The status and the code of the error.
    fn refusal(&self) -> (u16, String) {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        let code = body["errors"][0]["code"].as_str().unwrap().to_owned();
        assert!(body["errors"][0]["message"].as_str().unwrap().len() > 10);
        (self.status.as_u16(), code)
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    fn is(self, status: u16) -> Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{body}");
        self
    }

    #[track_caller]
    fn refuses(&self, status: u16, code: &str) {
        assert_eq!(self.refusal(), (status, code.to_owned()));
    }
}

async fn fixture(limit: u64) -> Fixture {
    fixture_in(tempfile::tempdir().unwrap(), limit).await
}

async fn fixture_in(dir: TempDir, limit: u64) -> Fixture {
    let store = Store::open_file(&dir.path().join("berth.db"), Sealer::new([1; 32]))
        .await
        .unwrap();
    let store = Arc::new(store);
    let audit = Audit::start(Arc::clone(&store), &TaskTracker::new());
    let identity = Identity::new(Arc::clone(&store), audit);
    let blobs = Blobs::open(&dir.path().join("blobs")).unwrap();
    let reached = Reached {
        public_url: "https://berth.example".parse().unwrap(),
        scheme: "http",
    };
    let registry = Registry::new(
        identity.clone(),
        Arc::clone(&store),
        blobs.clone(),
        reached,
        limit,
    );
    let mut fixture = Fixture {
        routes: TowerToHyperService::new(router(registry)),
        identity,
        token: String::new(),
        store,
        blobs,
        dir,
    };
    fixture.token = fixture.token_of("dora", Role::Deployer).await;
    fixture
}

impl Fixture {
    async fn token_of(&self, name: &str, role: Role) -> String {
        let name = name.parse().unwrap();
        let user = match self.identity.user_named(&name).await.unwrap() {
            Some(user) => user,
            None => self
                .identity
                .add_user("test", &name, &Roles::new([role]))
                .await
                .unwrap(),
        };
        let (_, token) = self
            .identity
            .create_token("test", &user.id, "test", None)
            .await
            .unwrap();
        token.expose().clone()
    }

    async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Reply {
        self.send_with(method, path, &[], body).await
    }

    async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = headers.to_vec();
        headers.push(("authorization", &bearer));
        self.send_raw(method, path, &headers, body).await
    }

    async fn send_raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .routes
            .call(request.body(body.into()).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        }
    }

    /// The same broker after it was killed: nothing of it is left but its folder.
    async fn start_again(self, limit: u64) -> Self {
        let Self { dir, .. } = self;
        fixture_in(dir, limit).await
    }

    /// Stores a blob in one request.
    async fn blob(&self, content: &[u8]) -> Digest {
        let digest = Digest::of(content);
        let path = format!("/v2/any/blobs/uploads/?digest={digest}");
        self.send("POST", &path, content.to_vec()).await.is(201);
        digest
    }

    async fn put_manifest(&self, path: &str, media_type: &str, manifest: &Value) -> Reply {
        let kind = [("content-type", media_type)];
        self.send_with("PUT", path, &kind, manifest.to_string()).await
    }

    /// A manifest of two blobs, tagged; gives its digest.
    async fn image(&self, repository: &str, tag: &str, content: &str) -> Digest {
        self.blob(b"{}").await;
        self.blob(content.as_bytes()).await;
        let path = format!("/v2/{repository}/manifests/{tag}");
        let put = self
            .put_manifest(&path, bundle::MANIFEST_TYPE, &image(content))
            .await
            .is(201);
        put.header("docker-content-digest").parse().unwrap()
    }
}

/// A descriptor of `content`.
fn descriptor(media_type: &str, content: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": Digest::of(content), "size": content.len()})
}

/// An image's manifest with one layer, `content`.
fn image(content: &str) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": bundle::MANIFEST_TYPE,
        "config": descriptor("application/vnd.oci.image.config.v1+json", b"{}"),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", content.as_bytes())],
    })
}

/// The digest of a manifest that is sent as `manifest`.
fn digest_of(manifest: &Value) -> Digest {
    Digest::of(manifest.to_string().as_bytes())
}
