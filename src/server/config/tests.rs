//! What a broker takes from flags and files, and what it refuses.

use super::*;

fn problems(settings: Settings) -> Vec<String> {
    let settings = Settings {
        data_dir: Some("/nowhere".into()),
        ..settings
    };
    settings.check().err().unwrap_or_default()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn with_nothing_said_it_is_loopback() {
    assert!(problems(Settings::default()).is_empty());
}

#[test]
fn every_problem_is_said_at_once() {
    let problems = problems(Settings {
        listen: some("nonsense"),
        public_url: some("http://berth.example.com"),
        tls_cert: Some("/no/such/file".into()),
        trusted_proxy: vec!["proxy".into()],
        keep: Some(0),
        hold: Some(46),
        gc_grace: some("1 day"),
        docker_host: some("ssh://build.example.com"),
        master_key: vec!["canary".into(), "env:NO_SUCH_VARIABLE".into(), "command: ".into()],
        ..Settings::default()
    });
    assert!(!problems.concat().contains("canary"));
    assert_eq!(problems.len(), 11, "{problems:#?}");
}

#[test]
fn a_grace_is_longer_than_an_upload() {
    let grace = |text| {
        problems(Settings {
            gc_grace: some(text),
            ..Settings::default()
        })
    };
    assert!(grace("10m").is_empty());
    for short in ["1s", "9m"] {
        assert!(grace(short)[0].contains("at least 10m"), "{short}");
    }
}

#[test]
fn what_others_reach_is_protected() {
    let open = Settings {
        listen: some("0.0.0.0:8420"),
        ..Settings::default()
    };
    assert_eq!(problems(open.clone()).len(), 2);
    let behind_a_proxy = Settings {
        public_url: some("https://berth.example.com"),
        trusted_proxy: vec!["10.0.0.1".into()],
        ..open
    };
    assert!(problems(behind_a_proxy).is_empty());
}

#[test]
fn flags_win_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("serve.toml");
    fs::write(
        &path,
        "listen = '127.0.0.1:1'\ndata-dir = 'data'\nmaster-key = ['file:key']\ntrusted-proxy = ['10.0.0.1']\nkeep = 3\ngc-grace = '1h'\n",
    )
    .unwrap();
    let file = Settings::from_file(&path).unwrap();
    let flags = Settings {
        listen: some("127.0.0.1:2"),
        ..Settings::default()
    };
    let config = flags.or(file).check().unwrap();
    assert_eq!(config.listen.port(), 2);
    let hour = Duration::from_secs(3600);
    assert_eq!((config.keep.releases, config.keep.grace), (3, hour));
    assert_eq!(config.data_dir, dir.path().join("data"));
    assert_eq!(
        config.master_keys[0].to_string(),
        format!("file:{}", dir.path().join("key").display())
    );
    fs::write(&path, "lisen = '127.0.0.1:1'\n").unwrap();
    assert!(Settings::from_file(&path).unwrap_err().contains("lisen"));
}
