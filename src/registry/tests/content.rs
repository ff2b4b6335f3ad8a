use super::*;

#[tokio::test]
async fn a_blob_is_read_whole_and_in_parts() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = fixture.blob(b"0123456789").await;
    let path = format!("/v2/team/app/blobs/{digest}");
    let head = fixture.send("HEAD", &path, "").await.is(200);
    assert_eq!(head.header("content-length"), "10");
    assert_eq!(head.header("docker-content-digest"), digest.as_str());
    assert_eq!(head.header("accept-ranges"), "bytes");
    assert!(head.body.is_empty());
    let whole = fixture.send("GET", &path, "").await.is(200);
    assert_eq!(whole.body, b"0123456789");
    assert_eq!(whole.header("etag"), format!("\"{digest}\""));
    for (range, content_range, content) in [
        ("bytes=0-0", "bytes 0-0/10", "0"),
        ("bytes=3-5", "bytes 3-5/10", "345"),
        ("bytes=8-", "bytes 8-9/10", "89"),
        ("bytes=-4", "bytes 6-9/10", "6789"),
        ("bytes=5-99999999999999999999", "bytes 5-9/10", "56789"),
    ] {
        let part = fixture
            .send_with("GET", &path, &[("range", range)], "")
            .await
            .is(206);
        assert_eq!(part.header("content-range"), content_range);
        assert_eq!(part.header("content-length"), content.len().to_string());
        assert_eq!(part.body, content.as_bytes(), "{range}");
    }
    for range in ["bytes=10-", "bytes=-0"] {
        let none = fixture.send_with("GET", &path, &[("range", range)], "").await;
        none.refuses(416, "SIZE_INVALID");
        assert_eq!(none.header("content-range"), "bytes */10");
    }
    for range in ["bytes=0-1,3-4", "bytes=5-2", "pages=1-2"] {
        let whole = fixture
            .send_with("GET", &path, &[("range", range)], "")
            .await
            .is(200);
        assert_eq!(whole.body.len(), 10);
    }
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let blob = format!("/v2/gong/blobs/{}", fixture.blob(b"0123456789").await);
    fixture.image("gong", "v1", "layer").await;
    for path in [blob.as_str(), "/v2/gong/manifests/v1"] {
        let etag = fixture
            .send("GET", path, "")
            .await
            .is(200)
            .header("etag")
            .to_owned();
        for condition in [etag.as_str(), "*", &format!("\"x\", W/{etag}")] {
            let known = fixture
                .send_with("GET", path, &[("if-none-match", condition)], "")
                .await
                .is(304);
            assert!(known.body.is_empty());
        }
        let other = [("if-none-match", "\"sha256:other\"")];
        fixture.send_with("GET", path, &other, "").await.is(200);
    }
    // A part of something else is no use.
    let stale = [("range", "bytes=0-1"), ("if-range", "\"other\"")];
    fixture.send_with("GET", &blob, &stale, "").await.is(200);
}

#[tokio::test]
async fn what_is_not_here_says_so() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = Digest::of(b"absent");
    for (method, path, status, code) in [
        ("GET", format!("/v2/gong/blobs/{digest}"), 404, "BLOB_UNKNOWN"),
        ("GET", "/v2/gong/blobs/sha256:xyz".into(), 400, "DIGEST_INVALID"),
        ("GET", "/v2/gong/manifests/v1".into(), 404, "MANIFEST_UNKNOWN"),
        (
            "GET",
            format!("/v2/gong/manifests/{digest}"),
            404,
            "MANIFEST_UNKNOWN",
        ),
        (
            "GET",
            "/v2/gong/manifests/.INVALID".into(),
            404,
            "MANIFEST_UNKNOWN",
        ),
        ("GET", "/v2/gong/tags/list".into(), 404, "NAME_UNKNOWN"),
        ("GET", "/v2/Gong/manifests/v1".into(), 400, "NAME_INVALID"),
        ("GET", "/v2/a/../b/manifests/v1".into(), 400, "NAME_INVALID"),
        ("GET", "/v2/a/%2e%2e/b/manifests/v1".into(), 400, "NAME_INVALID"),
        (
            "GET",
            format!("/v2/{}/tags/list", "a".repeat(256)),
            400,
            "NAME_INVALID",
        ),
        ("GET", "/v2/gong/blobs/sha256:..%2Fx".into(), 404, "UNSUPPORTED"),
        ("GET", "/v2/gong".into(), 404, "UNSUPPORTED"),
        ("GET", "/v2/%ff".into(), 404, "UNSUPPORTED"),
        (
            "PATCH",
            "/v2/gong/blobs/uploads/none".into(),
            404,
            "BLOB_UPLOAD_UNKNOWN",
        ),
        ("DELETE", format!("/v2/gong/blobs/{digest}"), 404, "BLOB_UNKNOWN"),
        ("DELETE", "/v2/gong/manifests/v1".into(), 404, "MANIFEST_UNKNOWN"),
        (
            "DELETE",
            format!("/v2/gong/manifests/{digest}"),
            404,
            "MANIFEST_UNKNOWN",
        ),
    ] {
        let reply = fixture.send(method, &path, "").await;
        assert_eq!(reply.refusal(), (status, code.to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn other_methods_are_named() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let blob = format!("/v2/gong/blobs/{}", Digest::of(b"x"));
    for (method, path, allowed) in [
        ("PUT", blob.as_str(), "GET, HEAD, DELETE"),
        ("GET", "/v2/gong/blobs/uploads/", "POST"),
        ("POST", "/v2/gong/manifests/x", "GET, HEAD, PUT, DELETE"),
        ("POST", "/v2/gong/tags/list", "GET, HEAD"),
        ("DELETE", "/v2/", "GET, HEAD"),
        ("PUT", "/v2/token", "GET, POST"),
    ] {
        let reply = fixture.send(method, path, "").await;
        reply.refuses(405, "UNSUPPORTED");
        assert_eq!(reply.header("allow"), allowed, "{method} {path}");
    }
}
