use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use base64::Engine as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::*;
use crate::{
    audit::Audit,
    bundle::{self, Artifact},
    model::{Digest, Role, Roles, UserId},
    seal::Sealer,
};

struct Fixture {
    routes: TowerToHyperService<Router>,
    identity: Identity,
    token: String,
    _dir: TempDir,
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
}

async fn fixture(limit: u64) -> Fixture {
    let dir = tempfile::tempdir().unwrap();
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
    let registry = Registry::new(identity.clone(), store, blobs, reached, limit);
    let mut fixture = Fixture {
        routes: TowerToHyperService::new(router(registry)),
        identity,
        token: String::new(),
        _dir: dir,
    };
    fixture.token = fixture.token_of("dora", Role::Deployer).await;
    fixture
}

impl Fixture {
    async fn token_of(&self, name: &str, role: Role) -> String {
        let user = self
            .identity
            .add_user("test", &name.parse().unwrap(), &Roles::new([role]))
            .await
            .unwrap();
        let id: &UserId = &user.id;
        let (_, token) = self
            .identity
            .create_token("test", id, "test", None)
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

    /// As `berth deploy` sends it.
    async fn push(&self, artifact: &Artifact, repository: &str) -> Reply {
        for blob in &artifact.blobs {
            let path = format!("/v2/{repository}/blobs/{}", blob.digest);
            if self.send("HEAD", &path, "").await.status == StatusCode::OK {
                continue;
            }
            let begun = self
                .send("POST", &format!("/v2/{repository}/blobs/uploads/"), "")
                .await;
            assert_eq!(begun.status, StatusCode::ACCEPTED);
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut blob.reader(0).unwrap(), &mut content).unwrap();
            let body = Body::from(content);
            let path = format!("{}?digest={}", begun.header("location"), blob.digest);
            let done = self.send("PUT", &path, body).await;
            assert_eq!(done.status, StatusCode::CREATED);
            assert_eq!(done.header("docker-content-digest"), blob.digest.as_str());
        }
        let path = format!("/v2/{repository}/manifests/{}", artifact.digest);
        let kind = [("content-type", bundle::MANIFEST_TYPE)];
        self.send_with("PUT", &path, &kind, artifact.manifest.clone())
            .await
    }
}

fn artifact() -> Artifact {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("server.js"), "serve").unwrap();
    bundle::pack(dir.path()).unwrap()
}

#[tokio::test]
async fn a_bundle_is_pushed_and_pulled() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let artifact = artifact();
    let pushed = fixture.push(&artifact, "gong").await;
    assert_eq!(pushed.status, StatusCode::CREATED);
    let at = format!("/v2/gong/manifests/{}", artifact.digest);
    assert_eq!(pushed.header("location"), at);
    let pulled = fixture.send("GET", &at, "").await;
    assert_eq!(pulled.body, artifact.manifest);
    assert_eq!(pulled.header("content-type"), bundle::MANIFEST_TYPE);
    let head = fixture.send("HEAD", &at, "").await;
    assert_eq!(head.header("content-length"), artifact.manifest.len().to_string());
    let layer = &artifact.blobs[1];
    let path = format!("/v2/other/blobs/{}", layer.digest);
    let head = fixture.send("HEAD", &path, "").await;
    assert_eq!(head.header("content-length"), layer.size.to_string());
    let body = fixture.send("GET", &path, "").await.body;
    assert_eq!(Digest::of(&body), layer.digest);
    // A tag names it too, in its own repository alone.
    let tag = fixture
        .send("PUT", "/v2/gong/manifests/v1.0", artifact.manifest.clone())
        .await;
    assert_eq!(tag.status, StatusCode::CREATED);
    assert_eq!(
        fixture.send("GET", "/v2/gong/manifests/v1.0", "").await.body,
        artifact.manifest
    );
    let other = fixture.send("GET", "/v2/other/manifests/v1.0", "").await;
    assert_eq!(other.refusal(), (404, "MANIFEST_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn an_upload_may_come_in_parts() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = Digest::of(b"hello");
    let begun = fixture.send("POST", "/v2/gong/blobs/uploads", "").await;
    let at = begun.header("location").to_owned();
    let part = fixture
        .send_with("PATCH", &at, &[("content-range", "0-1")], "he")
        .await;
    assert_eq!((part.status.as_u16(), part.header("range")), (202, "0-1"));
    let gap = fixture
        .send_with("PATCH", &at, &[("content-range", "4-4")], "o")
        .await;
    assert_eq!(gap.refusal(), (416, "BLOB_UPLOAD_INVALID".to_owned()));
    let status = fixture.send("GET", &at, "").await;
    assert_eq!((status.status.as_u16(), status.header("range")), (204, "0-1"));
    // Nobody else may go on with it.
    let token = fixture.token_of("eve", Role::Deployer).await;
    let bearer = format!("Bearer {token}");
    let stolen = fixture
        .send_raw("PATCH", &at, &[("authorization", &bearer)], "x")
        .await;
    assert_eq!(stolen.refusal(), (404, "BLOB_UPLOAD_UNKNOWN".to_owned()));
    let done = fixture.send("PUT", &format!("{at}?digest={digest}"), "llo").await;
    assert_eq!(done.status, StatusCode::CREATED);
    let again = fixture.send("PATCH", &at, "x").await;
    assert_eq!(again.refusal().0, 404);
    // Whole in one request, and mounted from another repository.
    let world = Digest::of(b"world");
    let whole = format!("/v2/gong/blobs/uploads/?digest={world}");
    assert_eq!(
        fixture.send("POST", &whole, "world").await.status,
        StatusCode::CREATED
    );
    let mount = format!("/v2/other/blobs/uploads/?mount={world}&from=gong");
    assert_eq!(fixture.send("POST", &mount, "").await.status, StatusCode::CREATED);
    let unknown = format!("/v2/other/blobs/uploads/?mount={}&from=gong", Digest::of(b"?"));
    let begun = fixture.send("POST", &unknown, "").await;
    assert_eq!(begun.status, StatusCode::ACCEPTED);
    let at = begun.header("location").to_owned();
    assert_eq!(
        fixture.send("DELETE", &at, "").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(fixture.send("GET", &at, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_deployers_come_in() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let nobody = fixture.send_raw("GET", "/v2/", &[], "").await;
    assert_eq!(nobody.refusal(), (401, "UNAUTHORIZED".to_owned()));
    assert_eq!(
        nobody.header("www-authenticate"),
        "Bearer realm=\"https://berth.example/v2/token\",service=\"berth\""
    );
    let wrong = [("authorization", "Bearer berth_wrong")];
    assert_eq!(fixture.send_raw("GET", "/v2/", &wrong, "").await.refusal().0, 401);
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("dora:{}", fixture.token));
    let basic = format!("Basic {basic}");
    let docker = fixture
        .send_raw("GET", "/v2/", &[("authorization", &basic)], "")
        .await;
    assert_eq!(docker.status, StatusCode::OK);
    assert_eq!(docker.header("docker-distribution-api-version"), "registry/2.0");
    let member = format!("Bearer {}", fixture.token_of("mia", Role::Member).await);
    let member = [("authorization", member.as_str())];
    for (method, path) in [
        ("GET", "/v2/"),
        ("POST", "/v2/gong/blobs/uploads/"),
        ("PUT", "/v2/gong/manifests/x"),
    ] {
        let refused = fixture.send_raw(method, path, &member, "").await;
        assert_eq!(refused.refusal(), (403, "DENIED".to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let fixture = fixture(10).await;
    let check = async |method: &str, path: &str, body: &str, status: u16, code: &str| {
        let reply = fixture.send(method, path, body.to_owned()).await;
        assert_eq!(reply.refusal(), (status, code.to_owned()), "{method} {path}");
    };
    let hello = Digest::of(b"hello");
    let whole = format!("/v2/gong/blobs/uploads/?digest={hello}");
    check("POST", &whole, "hullo", 400, "DIGEST_INVALID").await;
    check("POST", &whole, "hello world", 413, "SIZE_INVALID").await;
    let declared = fixture
        .send_with("POST", &whole, &[("content-length", "11")], "hello world")
        .await;
    assert_eq!(declared.refusal().0, 413);
    check(
        "POST",
        "/v2/gong/blobs/uploads/?digest=sha256:x",
        "",
        400,
        "DIGEST_INVALID",
    )
    .await;
    let begun = fixture.send("POST", "/v2/gong/blobs/uploads/", "").await;
    check("PUT", begun.header("location"), "", 400, "DIGEST_INVALID").await;
    let absent = format!("/v2/gong/blobs/{hello}");
    check("GET", &absent, "", 404, "BLOB_UNKNOWN").await;
    check("GET", "/v2/gong/blobs/sha256:..%2Fx", "", 404, "UNSUPPORTED").await;
    check("POST", "/v2/Gong/blobs/uploads/", "", 400, "NAME_INVALID").await;
    check(
        "PATCH",
        "/v2/gong/blobs/uploads/none",
        "x",
        404,
        "BLOB_UPLOAD_UNKNOWN",
    )
    .await;
    check("PUT", "/v2/gong/manifests/v1", "hello", 400, "MANIFEST_INVALID").await;
    check("PUT", "/v2/gong/manifests/-x", "{}", 400, "MANIFEST_INVALID").await;
    let artifact = artifact();
    let manifest = String::from_utf8(artifact.manifest.clone()).unwrap();
    check(
        "PUT",
        "/v2/gong/manifests/v1",
        &manifest,
        400,
        "MANIFEST_BLOB_UNKNOWN",
    )
    .await;
    let other = format!("/v2/gong/manifests/{hello}");
    check("PUT", &other, &manifest, 400, "DIGEST_INVALID").await;
    let kind = [(header::CONTENT_TYPE.as_str(), "text/plain")];
    let reply = fixture
        .send_with("PUT", "/v2/gong/manifests/v1", &kind, manifest)
        .await;
    assert_eq!(reply.refusal(), (400, "MANIFEST_INVALID".to_owned()));
    let large = " ".repeat(4 * 1024 * 1024 + 1);
    check("PUT", "/v2/gong/manifests/v1", &large, 413, "SIZE_INVALID").await;
}
