use super::*;
use crate::{client::fake::Fake, secret::Secret};

fn context(global: &Global, variables: &[(&str, &str)], directory: &std::path::Path) -> Context {
    let mut environment: HashMap<OsString, OsString> = variables
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    environment.insert("BERTH_CONFIG_DIR".into(), directory.into());
    Context::new(global, Environment(environment))
}

fn signed_in(directory: &std::path::Path) {
    let credentials = Credentials::new(directory.to_owned());
    let token = Secret::new("berth_stored".to_owned());
    let (user, url) = ("admin".parse().unwrap(), "http://127.0.0.1:8420".parse().unwrap());
    credentials.save_login(&url, &user, &token, true).unwrap();
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_sign_in() {
    let directory = tempfile::tempdir().unwrap();
    signed_in(directory.path());
    let check = |flag: Option<&str>, variables: &[(&str, &str)], expected: (&str, &str, Option<&str>)| {
        let global = Global {
            url: flag.map(str::to_owned),
            ..Global::default()
        };
        let target = context(&global, variables, directory.path()).target().unwrap();
        let token = target.credential.as_ref().map(|c| c.token.expose().as_str());
        assert_eq!((target.url.as_str(), target.origin, token), expected);
    };
    check(
        None,
        &[],
        ("http://127.0.0.1:8420/", "the last sign-in", Some("berth_stored")),
    );
    check(
        None,
        &[("BERTH_TOKEN", "berth_given\n")],
        ("http://127.0.0.1:8420/", "the last sign-in", Some("berth_given")),
    );
    let elsewhere = [("BERTH_URL", "https://berth.example")];
    check(None, &elsewhere, ("https://berth.example/", "BERTH_URL", None));
    check(
        Some("http://127.0.0.1:8420/"),
        &elsewhere,
        ("http://127.0.0.1:8420/", "--url", Some("berth_stored")),
    );
    check(
        Some("https://other.example"),
        &[("BERTH_URL", "")],
        ("https://other.example/", "--url", None),
    );
}

#[test]
fn each_lack_of_a_credential_says_its_own_thing() {
    let directory = tempfile::tempdir().unwrap();
    let check = |global: &Global, variables: &[(&str, &str)], expected: &str| {
        let error = context(global, variables, directory.path()).client().unwrap_err();
        assert_eq!(error.kind, Kind::Authentication);
        assert!(error.message.contains(expected), "{}", error.message);
        assert!(!format!("{error:?}").contains("canary"));
    };
    let there = Global {
        url: Some("https://berth.example".to_owned()),
        ..Global::default()
    };
    check(&Global::default(), &[], "not signed in to any broker");
    check(&there, &[], "no credential for https://berth.example/");
    check(
        &there,
        &[("BERTH_TOKEN", "two words canary")],
        "from BERTH_TOKEN is not a token",
    );
}

#[test]
fn a_token_can_come_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    fs::write(&path, "berth_filed\n").unwrap();
    let variables = [
        ("BERTH_URL", "localhost:1"),
        ("BERTH_TOKEN_FILE", path.to_str().unwrap()),
    ];
    let target = context(&Global::default(), &variables, directory.path())
        .target()
        .unwrap();
    assert_eq!(target.url.as_str(), "http://localhost:1/");
    let credential = target.credential.unwrap();
    assert_eq!(credential.token.expose(), "berth_filed");
    assert!(credential.origin.place.contains("BERTH_TOKEN_FILE"));
}

/// Every combination of what can be there: the first of the order counts, whatever else is there.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_credential_of_the_order_counts() {
    let broker = Fake::start(|seen| match seen.line.as_str() {
        "POST /token" => {
            let body = r#"{"access_token":"berth_traded","token_type":"Bearer","expires_in":900}"#;
            (200, String::new(), body.to_owned())
        }
        _ => (404, String::new(), String::new()),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let empty = folder.path().join("empty");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (flagged, filed) = (file("flag", "berth_flag\n"), file("file", " berth_file\r\n"));
    let user = "alice".parse().unwrap();
    let stored = Secret::new("berth_stored".to_owned());
    Credentials::new(config.clone())
        .save_login(&broker.url, &user, &stored, true)
        .unwrap();
    for case in 0..64u32 {
        let has = |bit: u32| case & (1 << bit) != 0;
        let global = Global {
            token_file: has(0).then(|| flagged.clone()),
            ..Global::default()
        };
        let is_named = has(5);
        let mut variables = Vec::new();
        for (bit, name, value) in [
            (1, "BERTH_TOKEN", "berth_variable"),
            (2, "BERTH_TOKEN_FILE", filed.as_str()),
            (3, "BERTH_OIDC_TOKEN", "eyJ.a.b"),
            (5, "BERTH_URL", broker.url.as_str()),
        ] {
            if has(bit) {
                variables.push((name, value));
            }
        }
        let context = context(&global, &variables, if has(4) { &config } else { &empty });
        let expected = match case {
            // Without an address and a sign-in there is no broker.
            _ if !is_named && !has(4) => Err("not signed in to any broker"),
            _ if has(0) => Ok(("berth_flag", "--token-file")),
            _ if has(1) => Ok(("berth_variable", "BERTH_TOKEN")),
            _ if has(2) => Ok(("berth_file", "BERTH_TOKEN_FILE")),
            _ if has(3) && is_named => {
                Ok(("berth_traded", "the pipeline's OIDC token, from BERTH_OIDC_TOKEN"))
            }
            _ if has(4) => Ok(("berth_stored", "credentials.toml (signed in as alice)")),
            _ => Err("there is no credential for"),
        };
        let got = context.target().and_then(|target| match target.credential {
            Some(credential) => Ok(credential),
            None => Err(context.client().unwrap_err()),
        });
        match (got, expected) {
            (Ok(got), Ok((token, place))) => {
                assert_eq!(got.token.expose(), token, "{case:06b}");
                assert!(
                    got.origin.place.contains(place),
                    "{case:06b}: {}",
                    got.origin.place
                );
            }
            (Err(got), Err(text)) => {
                assert_eq!(got.kind, Kind::Authentication, "{case:06b}");
                assert!(got.message.contains(text), "{case:06b}: {}", got.message);
            }
            (got, expected) => panic!("{case:06b}: {got:?}, not {expected:?}"),
        }
    }
}

#[test]
fn each_wrong_kind_of_token_says_what_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let check = |token: &str, expected: &str| {
        let variables = [("BERTH_URL", "http://127.0.0.1:1"), ("BERTH_TOKEN", token)];
        let error = context(&Global::default(), &variables, directory.path())
            .client()
            .unwrap_err();
        assert_eq!(error.kind, Kind::Authentication);
        assert!(error.message.contains("BERTH_TOKEN"), "{}", error.message);
        assert!(error.message.contains(expected), "{}", error.message);
        assert!(!error.hint.is_empty() && !format!("{error:?}").contains("canary"));
    };
    check("bertha_canary", "a token of an MCP client");
    check("berthv2_canary", "the artifact registry");
    check("http://127.0.0.1:1/login/canary", "a one-time sign-in link");
    check("ghp_canary", "another service (GitHub)");
    check("eyJhbGciOiJub25lIn0.canary.x", "a signed token (JWT)");
    check("canary", "is not a token");
    check("berth_two words canary", "is not a token");
    check("  ", "it is empty");
}

#[test]
fn a_pipeline_without_a_token_is_told_how_to_get_one() {
    let directory = tempfile::tempdir().unwrap();
    let hint = |variables: &[(&str, &str)]| {
        let error = context(&Global::default(), variables, directory.path()).client();
        error.unwrap_err().hint
    };
    let url = ("BERTH_URL", "http://127.0.0.1:1");
    assert!(hint(&[url, ("GITHUB_ACTIONS", "true")]).contains("id-token: write"));
    assert!(hint(&[url, ("GITLAB_CI", "true")]).contains("BERTH_OIDC_TOKEN"));
    assert!(!hint(&[url]).contains("OIDC"));
    let elsewhere = [
        url,
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://evil.example/"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary"),
    ];
    let error = context(&Global::default(), &elsewhere, directory.path())
        .client()
        .unwrap_err();
    assert_eq!(error.kind, Kind::Usage);
}

#[test]
fn a_browser_is_looked_for_where_one_could_be_seen() {
    let directory = tempfile::tempdir().unwrap();
    let check = |variables: &[(&str, &str)], expected: bool| {
        let context = context(&Global::default(), variables, directory.path());
        assert_eq!(context.has_browser(), expected, "{variables:?}");
    };
    let display = ("DISPLAY", ":0");
    check(&[display], true);
    check(&[("WAYLAND_DISPLAY", "wayland-0")], true);
    check(&[display, ("SSH_CONNECTION", "a b")], false);
    check(&[display, ("SSH_TTY", "/dev/pts/0")], false);
    check(&[("SSH_TTY", "/dev/pts/0"), ("BROWSER", "w3m")], true);
    if !cfg!(target_os = "macos") {
        check(&[], false);
    }
}
