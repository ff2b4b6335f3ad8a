use bytes::Bytes;
use futures_util::stream;

use super::*;

/// Begins an upload; gives its path.
async fn begin(fixture: &Fixture, query: &str) -> String {
    let path = format!("/v2/team/app/blobs/uploads/{query}");
    let begun = fixture.send("POST", &path, "").await.is(202);
    assert!(!begun.header("docker-upload-uuid").is_empty());
    begun.header("location").to_owned()
}

/// A body that breaks after `content`, as when a connection is cut.
fn cut(content: &'static str) -> Body {
    let broken = Err(std::io::Error::other("reset"));
    Body::from_stream(stream::iter([Ok(Bytes::from_static(content.as_bytes())), broken]))
}

async fn range(fixture: &Fixture, at: &str) -> String {
    let status = fixture.send("GET", at, "").await.is(204);
    assert_eq!(status.header("location"), at);
    status.header("range").to_owned()
}

#[tokio::test]
async fn a_blob_comes_in_one_put() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let at = begin(&fixture, "").await;
    let digest = Digest::of(b"hello");
    let done = fixture
        .send("PUT", &format!("{at}?digest={digest}"), "hello")
        .await;
    let done = done.is(201);
    assert_eq!(done.header("location"), format!("/v2/team/app/blobs/{digest}"));
    assert_eq!(done.header("docker-content-digest"), digest.as_str());
    let path = done.header("location");
    assert_eq!(fixture.send("GET", path, "").await.is(200).body, b"hello");
    fixture
        .send("GET", &at, "")
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn a_blob_comes_in_one_post() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    for content in ["hello", ""] {
        let digest = Digest::of(content.as_bytes());
        // With the slash that the specification has, and without it; with the digest's colon escaped.
        let escaped = digest.as_str().replace(':', "%3A");
        for path in [
            format!("/v2/gong/blobs/uploads/?digest={digest}"),
            format!("/v2/gong/blobs/uploads?digest={escaped}"),
        ] {
            fixture.send("POST", &path, content).await.is(201);
        }
        let path = format!("/v2/gong/blobs/{digest}");
        assert_eq!(
            fixture.send("GET", &path, "").await.is(200).body,
            content.as_bytes()
        );
    }
}

#[tokio::test]
async fn a_blob_is_streamed_in_one_patch() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let at = begin(&fixture, "").await;
    let patched = fixture.send("PATCH", &at, "hello").await.is(202);
    assert_eq!(patched.header("range"), "0-4");
    let done = format!("{}?digest={}", patched.header("location"), Digest::of(b"hello"));
    fixture.send("PUT", &done, "").await.is(201);
}

#[tokio::test]
async fn a_blob_comes_in_chunks_in_their_order() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let at = begin(&fixture, "").await;
    assert_eq!(range(&fixture, &at).await, "0-0");
    let patch = async |range: &str, content: &'static str| {
        let headers = [("content-range", range)];
        fixture.send_with("PATCH", &at, &headers, content).await
    };
    patch("4-4", "o").await.refuses(416, "BLOB_UPLOAD_INVALID");
    assert_eq!(patch("0-1", "he").await.is(202).header("range"), "0-1");
    // The same part again: where it goes on is in the answer too.
    let again = patch("0-1", "he").await;
    again.refuses(416, "BLOB_UPLOAD_INVALID");
    assert_eq!(again.header("range"), "0-1");
    assert_eq!(again.header("location"), at);
    for bad in ["2", "x-y", "2-1", "2-99999999999999999999", "-5", "3-4"] {
        patch(bad, "ll").await.refuses(416, "BLOB_UPLOAD_INVALID");
    }
    assert_eq!(range(&fixture, &at).await, "0-1");
    assert_eq!(patch("bytes 2-3/5", "ll").await.is(202).header("range"), "0-3");
    let done = format!("{at}?digest={}", Digest::of(b"hello"));
    let last = [("content-range", "4-4")];
    fixture.send_with("PUT", &done, &last, "o").await.is(201);
}

#[tokio::test]
async fn a_part_is_as_long_as_its_range() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let at = begin(&fixture, "").await;
    let declared = [("content-range", "0-4"), ("content-length", "2")];
    let refused = fixture.send_with("PATCH", &at, &declared, "he").await;
    refused.refuses(400, "BLOB_UPLOAD_INVALID");
    assert_eq!(range(&fixture, &at).await, "0-0");
    // Without a length it is seen only when the body is there: what fits the range is kept.
    let short = fixture
        .send_with("PATCH", &at, &[("content-range", "0-4")], "he")
        .await;
    short.refuses(400, "BLOB_UPLOAD_INVALID");
    assert_eq!(range(&fixture, &at).await, "0-1");
    let long = fixture
        .send_with("PATCH", &at, &[("content-range", "2-3")], "llo and more")
        .await;
    long.refuses(400, "BLOB_UPLOAD_INVALID");
    assert_eq!(range(&fixture, &at).await, "0-3");
}

#[tokio::test]
async fn what_an_upload_that_was_cut_brought_stays() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let at = begin(&fixture, "").await;
    let broken = fixture.send("PATCH", &at, cut("he")).await;
    broken.refuses(400, "BLOB_UPLOAD_INVALID");
    assert_eq!(range(&fixture, &at).await, "0-1");
    let done = format!("{at}?digest={}", Digest::of(b"hello"));
    fixture
        .send("PUT", &done, cut("l"))
        .await
        .refuses(400, "BLOB_UPLOAD_INVALID");
    assert_eq!(range(&fixture, &at).await, "0-2");
    fixture.send("PUT", &done, "lo").await.is(201);
}

#[tokio::test]
async fn a_blob_that_came_in_one_post_and_was_cut_leaves_nothing() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = Digest::of(b"hello");
    let path = format!("/v2/team/app/blobs/uploads/?digest={digest}");
    let broken = fixture.send("POST", &path, cut("hel")).await;
    broken.refuses(400, "BLOB_UPLOAD_INVALID");
    let left = std::fs::read_dir(fixture.dir.path().join("blobs/uploads")).unwrap();
    assert_eq!(left.count(), 0);
    let resume = format!("/v2/team/app/blobs/uploads/?resume={digest}");
    let begun = fixture.send("POST", &resume, "").await.is(202);
    assert_eq!(begun.header("range"), "0-0");
}

#[tokio::test]
async fn an_upload_survives_the_broker() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let at = begin(&fixture, "").await;
    fixture.send("PATCH", &at, "hel").await.is(202);
    let fixture = fixture.start_again(UPLOAD_LIMIT).await;
    assert_eq!(range(&fixture, &at).await, "0-2");
    let done = format!("{at}?digest={}", Digest::of(b"hello"));
    fixture.send("PUT", &done, "lo").await.is(201);
    let left = std::fs::read_dir(fixture.dir.path().join("blobs/uploads")).unwrap();
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn an_unfinished_upload_is_found_by_its_digest() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = Digest::of(b"hello");
    let resume = format!("/v2/team/app/blobs/uploads/?resume={digest}");
    let begun = fixture.send("POST", &resume, "").await.is(202);
    let at = begun.header("location").to_owned();
    assert_eq!(begun.header("range"), "0-0");
    fixture.send("PATCH", &at, cut("hel")).await;
    let fixture = fixture.start_again(UPLOAD_LIMIT).await;
    let found = fixture.send("POST", &resume, "").await.is(202);
    assert_eq!(
        (found.header("location"), found.header("range")),
        (at.as_str(), "0-2")
    );
    // Another user, repository or digest does not find it.
    let token = fixture.token_of("eve", Role::Deployer).await;
    let eve = format!("Bearer {token}");
    let eve = [("authorization", eve.as_str())];
    let other = fixture.send_raw("POST", &resume, &eve, "").await.is(202);
    assert_ne!(other.header("location"), at);
    fixture
        .send_raw("GET", &at, &eve, "")
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
    for path in [
        resume.replace("team/app", "team"),
        format!("/v2/team/app/blobs/uploads/?resume={}", Digest::of(b"other")),
    ] {
        let other = fixture.send("POST", &path, "").await.is(202);
        assert_eq!(other.header("range"), "0-0");
    }
    let done = format!("{at}?digest={digest}");
    let rest = [("content-range", "3-4")];
    fixture.send_with("PUT", &done, &rest, "lo").await.is(201);
    // What is here already needs no upload.
    let here = fixture.send("POST", &resume, "").await.is(201);
    assert_eq!(here.header("location"), format!("/v2/team/app/blobs/{digest}"));
}

#[tokio::test]
async fn an_upload_that_is_being_added_to_is_not_gone_on_with() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let resume = format!("?resume={}", Digest::of(b"hello"));
    let at = begin(&fixture, &resume).await;
    let (sender, body) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    sender.send(Ok(Bytes::from_static(b"hel"))).await.unwrap();
    let body = stream::unfold(body, async |mut body| Some((body.recv().await?, body)));
    let adding = fixture.send("PATCH", &at, Body::from_stream(body));
    let meanwhile = async {
        while range(&fixture, &at).await != "0-2" {
            tokio::task::yield_now().await;
        }
        let other = begin(&fixture, &resume).await;
        assert_ne!(other, at);
        drop(sender);
    };
    let (added, ()) = futures_util::join!(adding, meanwhile);
    assert_eq!(added.is(202).header("range"), "0-2");
}

#[tokio::test]
async fn a_mount_needs_a_blob_that_is_here() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = fixture.blob(b"world").await;
    for from in ["&from=team/other", ""] {
        let path = format!("/v2/gong/blobs/uploads/?mount={digest}{from}");
        let mounted = fixture.send("POST", &path, "").await.is(201);
        let at = format!("/v2/gong/blobs/{digest}");
        assert_eq!(mounted.header("location"), at);
        fixture.send("HEAD", &at, "").await.is(200);
    }
    let unknown = format!("/v2/gong/blobs/uploads/?mount={}&from=x", Digest::of(b"?"));
    let begun = fixture.send("POST", &unknown, "").await.is(202);
    assert!(begun.header("location").starts_with("/v2/gong/blobs/uploads/"));
    let bad = format!("/v2/gong/blobs/uploads/?mount={digest}&from=../x");
    fixture.send("POST", &bad, "").await.refuses(400, "NAME_INVALID");
}

#[tokio::test]
async fn an_upload_may_be_cancelled() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let at = begin(&fixture, "").await;
    fixture.send("PATCH", &at, "hel").await.is(202);
    fixture.send("DELETE", &at, "").await.is(204);
    for method in ["GET", "PATCH", "DELETE"] {
        let gone = fixture.send(method, &at, "").await;
        gone.refuses(404, "BLOB_UPLOAD_UNKNOWN");
    }
    let left = std::fs::read_dir(fixture.dir.path().join("blobs/uploads")).unwrap();
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn a_digest_that_lies_ends_the_upload() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let hello = Digest::of(b"hello");
    let at = begin(&fixture, "").await;
    let done = format!("{at}?digest={hello}");
    fixture
        .send("PUT", &done, "hullo")
        .await
        .refuses(400, "DIGEST_INVALID");
    fixture
        .send("GET", &at, "")
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
    let whole = format!("/v2/gong/blobs/uploads/?digest={hello}");
    fixture
        .send("POST", &whole, "hullo")
        .await
        .refuses(400, "DIGEST_INVALID");
    // What is no digest of this registry's is said before anything is sent, and costs nothing.
    let at = begin(&fixture, "").await;
    let (sha512, upper) = (
        format!("sha512:{}", "a".repeat(128)),
        hello.as_str().to_uppercase(),
    );
    for bad in [
        "",
        "?digest=",
        "?digest=sha256:x",
        &format!("?digest={sha512}"),
        &format!("?digest={upper}"),
    ] {
        let refused = fixture.send("PUT", &format!("{at}{bad}"), "hello").await;
        refused.refuses(400, "DIGEST_INVALID");
    }
    assert_eq!(range(&fixture, &at).await, "0-0");
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let fixture = fixture(10).await;
    let whole = format!("/v2/gong/blobs/uploads/?digest={}", Digest::of(b"hello"));
    fixture
        .send("POST", &whole, "hello world")
        .await
        .refuses(413, "SIZE_INVALID");
    let declared = [("content-length", "11")];
    let refused = fixture.send_with("POST", &whole, &declared, "hello world").await;
    refused.refuses(413, "SIZE_INVALID");
    let resume = format!("?resume={}", Digest::of(b"hello"));
    let path = format!("/v2/team/app/blobs/uploads/{resume}&size=11");
    let refused = fixture.send("POST", &path, "").await;
    refused.refuses(413, "SIZE_INVALID");
    begin(&fixture, &format!("{resume}&size=10")).await;
    let at = begin(&fixture, "").await;
    fixture.send("PATCH", &at, "hello w").await.is(202);
    fixture
        .send("PATCH", &at, "orld")
        .await
        .refuses(413, "SIZE_INVALID");
    // It can never become whole, so nothing is kept of it.
    fixture
        .send("GET", &at, "")
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn uploads_without_end_push_each_other_out() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let resume = format!("?resume={}", Digest::of(b"hello"));
    let valuable = begin(&fixture, &resume).await;
    fixture.send("PATCH", &valuable, "hel").await.is(202);
    for _ in 0..400 {
        begin(&fixture, "").await;
    }
    let left = std::fs::read_dir(fixture.dir.path().join("blobs/uploads")).unwrap();
    assert!(left.count() <= 2 * 256);
    // Those that nobody can find again went first.
    assert_eq!(range(&fixture, &valuable).await, "0-2");
}

#[tokio::test]
async fn parts_that_come_at_once_are_not_mixed() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let at = begin(&fixture, "").await;
    let patch = |content: &'static str| {
        let headers = [("content-range", "0-4")];
        let (fixture, at) = (&fixture, &at);
        async move { fixture.send_with("PATCH", at, &headers, content).await }
    };
    let (one, two) = futures_util::join!(patch("hello"), patch("world"));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 416]);
    let digest = Digest::of(if one.status == 202 { b"hello" } else { b"world" });
    fixture
        .send("PUT", &format!("{at}?digest={digest}"), "")
        .await
        .is(201);
}
