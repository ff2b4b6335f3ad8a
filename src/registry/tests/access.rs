use base64::Engine as _;

use super::*;

fn basic(user: &str, password: &str) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {encoded}")
}

#[tokio::test]
async fn only_deployers_come_in() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let nobody = fixture.send_raw("GET", "/v2/", &[], "").await;
    nobody.refuses(401, "UNAUTHORIZED");
    let wrong = [("authorization", "Bearer berth_wrong")];
    let wrong = fixture.send_raw("GET", "/v2/", &wrong, "").await;
    wrong.refuses(401, "UNAUTHORIZED");
    let basic = basic("dora", &fixture.token);
    let docker = fixture
        .send_raw("GET", "/v2/", &[("authorization", &basic)], "")
        .await;
    assert_eq!(
        docker.is(200).header("docker-distribution-api-version"),
        "registry/2.0"
    );
    let member = format!("Bearer {}", fixture.token_of("mia", Role::Member).await);
    let member = [("authorization", member.as_str())];
    let blob = format!("/v2/gong/blobs/{}", Digest::of(b"x"));
    for (method, path) in [
        ("GET", "/v2/"),
        ("GET", blob.as_str()),
        ("DELETE", &blob),
        ("POST", "/v2/gong/blobs/uploads/"),
        ("PUT", "/v2/gong/manifests/x"),
        ("GET", "/v2/gong/tags/list"),
        ("GET", "/v2/_catalog"),
        ("GET", "/v2/no/such/path"),
    ] {
        let refused = fixture.send_raw(method, path, &member, "").await;
        assert_eq!(refused.refusal(), (403, "DENIED".to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn a_challenge_says_where_a_token_is_had_and_what_for() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let check = async |method: &str, path: &str, headers: &[(&str, &str)], expected: &str| {
        let reply = fixture.send_raw(method, path, headers, "").await;
        reply.refuses(401, "UNAUTHORIZED");
        assert_eq!(
            reply.header("www-authenticate"),
            expected,
            "{method} {path} {headers:?}"
        );
    };
    let public = r#"Bearer realm="https://berth.example/v2/token",service="berth""#;
    check("GET", "/v2/", &[], public).await;
    check("GET", "/v2/", &[("host", "berth.example")], public).await;
    let pull = format!(r#"{public},scope="repository:team/app:pull""#);
    check("GET", "/v2/team/app/manifests/v1", &[], &pull).await;
    let push = format!(r#"{public},scope="repository:gong:pull,push""#);
    check("POST", "/v2/gong/blobs/uploads/", &[], &push).await;
    let delete = format!(r#"{public},scope="repository:gong:delete""#);
    check("DELETE", "/v2/gong/manifests/v1", &[], &delete).await;
    let catalog = format!(r#"{public},scope="registry:catalog:*""#);
    check("GET", "/v2/_catalog", &[], &catalog).await;
    // Reached by another name than the public one.
    let local = r#"Bearer realm="http://127.0.0.1:8470/v2/token",service="berth""#;
    check("GET", "/v2/", &[("host", "127.0.0.1:8470")], local).await;
    let proxied = [("host", "other.example"), ("x-forwarded-proto", "https")];
    check(
        "GET",
        "/v2/",
        &proxied,
        &local.replace("http://127.0.0.1:8470", "https://other.example"),
    )
    .await;
    let list = [("host", "other.example"), ("x-forwarded-proto", "HTTPS, http")];
    let other = local.replace("http://127.0.0.1:8470", "https://other.example");
    check("GET", "/v2/", &list, &other).await;
    // A token is not asked for in clear, whatever a proxy forgets or says.
    for proto in ["", "http", "http, https", "gopher"] {
        let plain = [("host", "other.example"), ("x-forwarded-proto", proto)];
        check("GET", "/v2/", &plain, &other).await;
        let name = [("host", "localhost.example:80"), ("x-forwarded-proto", proto)];
        check(
            "GET",
            "/v2/",
            &name,
            &other.replace("other.example", "localhost.example:80"),
        )
        .await;
    }
    for here in ["localhost:1", "[::1]:1", "127.9.9.9"] {
        let at = local.replace("127.0.0.1:8470", here);
        check("GET", "/v2/", &[("host", here)], &at).await;
    }
    for odd in ["a\"b", "u@h", "", "a b"] {
        check("GET", "/v2/", &[("host", odd)], public).await;
    }
    check("GET", "/v2/..%22x/manifests/y", &[], public).await;
}

#[tokio::test]
async fn a_token_is_had_for_an_api_token() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let basic = basic("dora", &fixture.token);
    let path = "/v2/token?service=berth&account=dora&scope=repository:gong:pull,push";
    let had = fixture
        .send_raw("GET", path, &[("authorization", &basic)], "")
        .await
        .is(200);
    assert_eq!(had.header("cache-control"), "no-store");
    let had = had.json();
    assert_eq!(had["token"], had["access_token"]);
    assert_eq!(had["expires_in"], 300);
    assert!(had["issued_at"].as_str().unwrap().ends_with('Z'));
    assert!(had.get("refresh_token").is_none());
    let token = had["token"].as_str().unwrap();
    assert_ne!(token, fixture.token);
    let bearer = format!("Bearer {token}");
    fixture
        .send_raw("GET", "/v2/", &[("authorization", &bearer)], "")
        .await
        .is(200);
    // Where it goes on without asking the user again.
    let offline = format!("{path}&offline_token=true");
    let had = fixture
        .send_raw("GET", &offline, &[("authorization", &basic)], "")
        .await
        .is(200);
    let refresh = had.json()["refresh_token"].as_str().unwrap().to_owned();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for body in [
        format!("grant_type=refresh_token&service=berth&client_id=docker&refresh_token={refresh}"),
        format!(
            "grant_type=password&username=dora&access_type=offline&password={}",
            fixture.token
        ),
    ] {
        let had = fixture.send_raw("POST", "/v2/token", &form, body).await.is(200);
        assert_eq!(had.json()["refresh_token"], refresh.as_str());
    }
}

#[tokio::test]
async fn a_wrong_credential_gets_no_token() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for headers in [vec![], vec![("authorization", basic("dora", "berth_wrong"))]] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let refused = fixture.send_raw("GET", "/v2/token", &headers, "").await;
        refused.refuses(401, "UNAUTHORIZED");
        assert!(refused.header("www-authenticate").starts_with("Basic realm="));
    }
    for (body, status) in [
        ("grant_type=password&username=x&password=wrong", 401),
        ("grant_type=refresh_token&refresh_token=berth_wrong", 401),
        ("grant_type=refresh_token", 401),
        ("grant_type=authorization_code", 400),
        ("", 400),
    ] {
        let refused = fixture.send_raw("POST", "/v2/token", &form, body).await;
        assert_eq!(refused.refusal().0, status, "{body}");
    }
    let member = basic("mia", &fixture.token_of("mia", Role::Member).await);
    let refused = fixture
        .send_raw("GET", "/v2/token", &[("authorization", &member)], "")
        .await;
    refused.refuses(403, "DENIED");
    // One of its own is no key to another.
    let own = basic("dora", "berthv2_x");
    fixture
        .send_raw("GET", "/v2/token", &[("authorization", &own)], "")
        .await
        .is(401);
}

#[test]
fn a_port_with_tls_believes_no_header_about_it() {
    let reached = Reached {
        public_url: "https://berth.example".parse().unwrap(),
        scheme: "https",
    };
    let mut headers = HeaderMap::new();
    headers.insert("host", "127.0.0.1:8470".parse().unwrap());
    headers.insert("x-forwarded-proto", "http".parse().unwrap());
    let challenge = token::challenge(&reached, &Method::GET, "/v2/", &headers);
    let challenge = challenge.to_str().unwrap();
    assert!(
        challenge.contains("realm=\"https://127.0.0.1:8470/"),
        "{challenge}"
    );
}
