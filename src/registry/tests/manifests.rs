use super::*;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn index(children: &[Value]) -> Value {
    let entries: Vec<Value> = children
        .iter()
        .map(|child| descriptor(bundle::MANIFEST_TYPE, child.to_string().as_bytes()))
        .collect();
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
}

#[tokio::test]
async fn a_bundle_is_pushed_and_pulled() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("server.js"), "serve").unwrap();
    let artifact = bundle::pack(dir.path()).unwrap();
    for blob in &artifact.blobs {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut blob.reader(0).unwrap(), &mut content).unwrap();
        assert_eq!(fixture.blob(&content).await, blob.digest);
    }
    let at = format!("/v2/gong/manifests/{}", artifact.digest);
    let kind = [("content-type", artifact.media_type)];
    let manifest = artifact.manifest.clone();
    let pushed = fixture.send_with("PUT", &at, &kind, manifest).await.is(201);
    assert_eq!(pushed.header("location"), at);
    assert_eq!(fixture.send("GET", &at, "").await.body, artifact.manifest);
}

#[tokio::test]
async fn a_manifest_is_known_by_its_tag_and_digest() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = fixture.image("team/app", "v1", "layer").await;
    for reference in ["v1", digest.as_str()] {
        let path = format!("/v2/team/app/manifests/{reference}");
        let pulled = fixture.send("GET", &path, "").await.is(200);
        assert_eq!(pulled.header("docker-content-digest"), digest.as_str());
        assert_eq!(pulled.header("content-type"), bundle::MANIFEST_TYPE);
        assert_eq!(Digest::of(&pulled.body), digest);
        let head = fixture.send("HEAD", &path, "").await.is(200);
        assert_eq!(head.header("content-length"), pulled.body.len().to_string());
        assert!(head.body.is_empty());
        // In its own repository alone.
        let other = path.replace("team/app", "team");
        fixture
            .send("GET", &other, "")
            .await
            .refuses(404, "MANIFEST_UNKNOWN");
    }
    let moved = fixture.image("team/app", "v1", "other layer").await;
    let tag = fixture.send("GET", "/v2/team/app/manifests/v1", "").await;
    assert_eq!(tag.header("docker-content-digest"), moved.as_str());
}

#[tokio::test]
async fn a_manifest_may_have_no_layers() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    fixture.blob(b"{}").await;
    let mut manifest = image("");
    manifest["layers"] = json!([]);
    fixture
        .put_manifest("/v2/gong/manifests/empty", bundle::MANIFEST_TYPE, &manifest)
        .await
        .is(201);
}

#[tokio::test]
async fn a_type_that_is_not_accepted_is_not_sent() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    fixture.image("gong", "v1", "layer").await;
    let get = async |accept: &str| {
        let headers = [("accept", accept)];
        fixture
            .send_with("GET", "/v2/gong/manifests/v1", &headers, "")
            .await
    };
    for accept in [
        bundle::MANIFEST_TYPE,
        "*/*",
        "application/*;q=0.5",
        &format!("text/html, {};q=0.9", bundle::MANIFEST_TYPE),
    ] {
        get(accept).await.is(200);
    }
    get(INDEX).await.refuses(404, "MANIFEST_UNKNOWN");
}

#[tokio::test]
async fn docker_s_own_types_are_taken() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    fixture.blob(b"{}").await;
    fixture.blob(b"layer").await;
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let list = "application/vnd.docker.distribution.manifest.list.v2+json";
    let mut single = image("layer");
    single["mediaType"] = docker.into();
    fixture
        .put_manifest("/v2/gong/manifests/v2", docker, &single)
        .await
        .is(201);
    let mut several = index(&[single]);
    several["mediaType"] = list.into();
    fixture
        .put_manifest("/v2/gong/manifests/list", list, &several)
        .await
        .is(201);
    let pulled = fixture.send("GET", "/v2/gong/manifests/list", "").await;
    assert_eq!(pulled.header("content-type"), list);
}

#[tokio::test]
async fn an_index_needs_its_manifests() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let (one, two) = (image("one"), image("two"));
    fixture.image("gong", "one", "one").await;
    let both = index(&[one.clone(), two.clone()]);
    let put = async || fixture.put_manifest("/v2/gong/manifests/all", INDEX, &both).await;
    let missing = put().await;
    missing.refuses(400, "MANIFEST_BLOB_UNKNOWN");
    assert_eq!(
        missing.json()["errors"][0]["detail"]["digest"],
        json!(digest_of(&two))
    );
    // In another repository it does not count: who pulls the index looks for it in this one.
    fixture.image("other", "two", "two").await;
    put().await.refuses(400, "MANIFEST_BLOB_UNKNOWN");
    fixture.image("gong", "two", "two").await;
    put().await.is(201);
    // Indexes may stand in indexes, and hold nothing.
    let outer = json!({"schemaVersion": 2, "mediaType": INDEX,
        "manifests": [descriptor(INDEX, both.to_string().as_bytes())]});
    fixture
        .put_manifest("/v2/gong/manifests/outer", INDEX, &outer)
        .await
        .is(201);
    fixture
        .put_manifest("/v2/gong/manifests/none", INDEX, &index(&[]))
        .await
        .is(201);
}

#[tokio::test]
async fn a_manifest_that_is_not_whole_or_lies_is_refused() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    fixture.blob(b"{}").await;
    let put = async |reference: &str, kind: &str, manifest: &Value| {
        let path = format!("/v2/gong/manifests/{reference}");
        fixture.put_manifest(&path, kind, manifest).await
    };
    let kind = bundle::MANIFEST_TYPE;
    let missing = put("v1", kind, &image("layer")).await;
    missing.refuses(400, "MANIFEST_BLOB_UNKNOWN");
    let detail = &missing.json()["errors"][0]["detail"];
    assert_eq!(detail["digest"], json!(Digest::of(b"layer")));
    fixture.blob(b"layer").await;
    let other = Digest::of(b"other");
    put(other.as_str(), kind, &image("layer"))
        .await
        .refuses(400, "DIGEST_INVALID");
    put("-x", kind, &image("layer"))
        .await
        .refuses(400, "MANIFEST_INVALID");
    put("v1", "text/plain", &image("layer"))
        .await
        .refuses(400, "MANIFEST_INVALID");
    put("v1", INDEX, &image("layer"))
        .await
        .refuses(400, "MANIFEST_INVALID");
    let change = |field: &str, value: Value| {
        let mut manifest = image("layer");
        manifest[field] = value;
        manifest
    };
    let mut wrong_size = image("layer");
    wrong_size["layers"][0]["size"] = 6.into();
    let mut sha512 = image("layer");
    sha512["layers"][0]["digest"] = format!("sha512:{}", "a".repeat(128)).into();
    let mut upper = image("layer");
    upper["config"]["digest"] = Digest::of(b"{}").as_str().to_uppercase().into();
    for bad in [
        wrong_size,
        sha512,
        upper,
        change("schemaVersion", 1.into()),
        change("mediaType", "text/plain".into()),
        change("manifests", json!([])),
        change("config", Value::Null),
        json!("hello"),
        json!({}),
    ] {
        put("v1", kind, &bad).await.refuses(400, "MANIFEST_INVALID");
    }
    let untyped = fixture.send(
        "PUT",
        "/v2/gong/manifests/v1",
        change("mediaType", Value::Null).to_string(),
    );
    untyped.await.refuses(400, "MANIFEST_INVALID");
    let large = " ".repeat(4 * 1024 * 1024 + 1);
    let large = fixture.send("PUT", "/v2/gong/manifests/v1", large).await;
    large.refuses(413, "SIZE_INVALID");
    fixture
        .send("GET", "/v2/gong/tags/list", "")
        .await
        .refuses(404, "NAME_UNKNOWN");
    // Parameters of the type are no part of it, and 4 MiB are not too much.
    let mut annotated = image("layer");
    annotated["annotations"] = json!({"note": "x".repeat(4 * 1024 * 1024 - 1000)});
    put("v1", &format!("{kind}; charset=utf-8"), &annotated)
        .await
        .is(201);
}

#[tokio::test]
async fn a_manifest_that_breaks_off_is_not_too_large() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let broken = [
        Ok(bytes::Bytes::from_static(b"{")),
        Err(std::io::Error::other("reset")),
    ];
    let broken = Body::from_stream(futures_util::stream::iter(broken));
    let put = fixture.send("PUT", "/v2/gong/manifests/v1", broken).await;
    put.refuses(400, "MANIFEST_INVALID");
}

#[tokio::test]
async fn layers_that_lie_elsewhere_may_be_missing() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    fixture.blob(b"{}").await;
    let mut manifest = image("layer");
    manifest["layers"][0]["mediaType"] =
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip".into();
    fixture
        .put_manifest("/v2/gong/manifests/v1", bundle::MANIFEST_TYPE, &manifest)
        .await
        .is(201);
}

#[tokio::test]
async fn referrers_are_listed_and_filtered() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let subject = Digest::of(image("layer").to_string().as_bytes());
    let path = format!("/v2/team/app/referrers/{subject}");
    let none = fixture.send("GET", &path, "").await.is(200);
    assert_eq!(none.header("content-type"), INDEX);
    assert_eq!(none.json()["manifests"], json!([]));
    // The subject need not be here yet.
    fixture.blob(b"{}").await;
    fixture.blob(b"signature").await;
    let about = descriptor(bundle::MANIFEST_TYPE, image("layer").to_string().as_bytes());
    let mut signature = image("signature");
    signature["subject"] = about.clone();
    signature["artifactType"] = "application/x.signature".into();
    signature["annotations"] = json!({"by": "dora"});
    let mut plain = image("signature");
    plain["subject"] = about;
    for (tag, manifest) in [("sig", &signature), ("plain", &plain)] {
        let put = format!("/v2/team/app/manifests/{tag}");
        let put = fixture
            .put_manifest(&put, bundle::MANIFEST_TYPE, manifest)
            .await
            .is(201);
        assert_eq!(put.header("oci-subject"), subject.as_str());
    }
    let all = fixture.send("GET", &path, "").await.is(200).json();
    assert_eq!(all["manifests"].as_array().unwrap().len(), 2);
    let filtered = format!("{path}?artifactType=application/x.signature");
    let filtered = fixture.send("GET", &filtered, "").await.is(200);
    assert_eq!(filtered.header("oci-filters-applied"), "artifactType");
    assert_eq!(
        filtered.json()["manifests"],
        json!([{
            "mediaType": bundle::MANIFEST_TYPE, "digest": digest_of(&signature),
            "size": signature.to_string().len(), "artifactType": "application/x.signature",
            "annotations": {"by": "dora"},
        }])
    );
    // Without an artifactType the configuration's type stands for it.
    let config = format!("{path}?artifactType=application/vnd.oci.image.config.v1%2Bjson");
    let config = fixture.send("GET", &config, "").await.is(200).json();
    assert_eq!(config["manifests"][0]["digest"], json!(digest_of(&plain)));
    let other = path.replace("team/app", "team");
    assert_eq!(
        fixture.send("GET", &other, "").await.json()["manifests"],
        json!([])
    );
}

#[tokio::test]
async fn tags_come_in_pages() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    for tag in ["b", "a", "C", "a1"] {
        fixture.image("team/app", tag, "layer").await;
    }
    let list = async |query: &str| {
        let path = format!("/v2/team/app/tags/list{query}");
        fixture.send("GET", &path, "").await
    };
    let all = list("").await.is(200);
    assert_eq!(
        all.json(),
        json!({"name": "team/app", "tags": ["C", "a", "a1", "b"]})
    );
    assert!(!all.headers.contains_key("link"));
    let first = list("?n=2").await.is(200);
    assert_eq!(first.json()["tags"], json!(["C", "a"]));
    assert_eq!(
        first.header("link"),
        "</v2/team/app/tags/list?n=2&last=a>; rel=\"next\""
    );
    assert_eq!(list("?n=2&last=a").await.json()["tags"], json!(["a1", "b"]));
    assert_eq!(list("?last=a0").await.json()["tags"], json!(["a1", "b"]));
    assert_eq!(list("?n=0").await.is(200).json()["tags"], json!([]));
    assert_eq!(list("?n=99999999999999999999").await.status, 400);
    list("?n=-1").await.refuses(400, "PAGINATION_NUMBER_INVALID");
    fixture.image("gong", "v1", "layer").await;
    let catalog = fixture.send("GET", "/v2/_catalog?n=1", "").await.is(200);
    assert_eq!(catalog.json(), json!({"repositories": ["gong"]}));
    assert_eq!(
        catalog.header("link"),
        "</v2/_catalog?n=1&last=gong>; rel=\"next\""
    );
}
