//! Where a sign-in is kept: in the desktop's keyring, in a file, or nowhere.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use super::sign_in::{elsewhere, run};
use crate::support::{broker::Broker, program::Program};

/// An executable file with a line of shell.
fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A desktop whose keyring is a folder, or hangs.
fn desktop(broker: &Broker, name: &str, keyring: &str) -> (Command, PathBuf) {
    let folder = broker.scratch().join(name);
    fs::create_dir_all(folder.join("bin")).unwrap();
    script(&folder.join("bin"), "secret-tool", keyring);
    let mut command = broker.command();
    let path = format!(
        "{}:{}",
        folder.join("bin").display(),
        std::env::var("PATH").unwrap()
    );
    command
        .env("PATH", path)
        .env("KEYRING", &folder)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        .env("BERTH_CONFIG_DIR", folder.join("config"));
    (command, folder)
}

const KEYRING: &str = r#"case $1 in
store) cat > "$KEYRING/secret" ;;
lookup) [ "$5" = berth-probe ] && exit 1; cat "$KEYRING/secret" ;;
clear) rm "$KEYRING/secret" ;;
esac"#;

#[tokio::test]
async fn a_keyring_keeps_the_token_where_it_answers() {
    let broker = Broker::start().await;
    let token = broker.token("admin").await;
    let given = broker.scratch().join("token");
    fs::write(&given, &token).unwrap();
    let login = ["login", &broker.url, "--token-file", given.to_str().unwrap()];

    let (mut command, folder) = desktop(&broker, "desktop", KEYRING);
    let said = run(&mut command, &login).await.ok();
    assert!(said.stderr.contains("the desktop's keyring"), "{said:?}");
    let file = folder.join("config/credentials.toml");
    assert!(!fs::read_to_string(&file).unwrap().contains("berth_"));
    assert_eq!(fs::read_to_string(folder.join("secret")).unwrap(), token);
    let who = run(&mut desktop(&broker, "desktop", KEYRING).0, &["whoami"])
        .await
        .ok();
    assert!(
        who.stdout.contains("the desktop's keyring (signed in as admin)"),
        "{who:?}"
    );
    // One that stops answering is told, and not waited for.
    run(&mut desktop(&broker, "desktop", "exec sleep 600").0, &["whoami"])
        .await
        .fails(4, &["keyring", "did not answer within 2 s", "BERTH_TOKEN"]);
    run(&mut desktop(&broker, "desktop", "exit 1").0, &["whoami"])
        .await
        .fails(4, &["keyring", "no such entry"]);
    let mut without = desktop(&broker, "desktop", KEYRING).0;
    run(without.env("BERTH_KEYRING", "off"), &["whoami"])
        .await
        .fails(4, &["in a keyring", "berth login"]);
    run(&mut desktop(&broker, "desktop", KEYRING).0, &["logout"])
        .await
        .ok();
    assert!(!folder.join("secret").exists());
    broker
        .cli_with_token(&token, &["whoami"])
        .await
        .fails(4, &["revoked"]);

    // Where none answers, a file only its person can read has to do.
    let token = broker.token("admin").await;
    fs::write(&given, &token).unwrap();
    for (name, keyring, said) in [
        ("hangs", "exec sleep 600", "did not answer within 2 s"),
        ("refuses", r#"[ "$1" = store ] && exit 1; exit 1"#, "refused"),
    ] {
        let (mut command, folder) = desktop(&broker, name, keyring);
        let output = run(&mut command, &login).await.ok();
        assert!(output.stderr.contains(said), "{output:?}");
        let file = folder.join("config/credentials.toml");
        assert!(fs::read_to_string(&file).unwrap().contains(&token));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_can_t_be_kept_is_told_and_what_is_kept_stays() {
    let broker = Broker::start().await;
    let token = broker.token("admin").await;
    let given = broker.scratch().join("token");
    fs::write(&given, &token).unwrap();
    let login = ["login", &broker.url, "--token-file", given.to_str().unwrap()];
    // Nobody can write there, root neither.
    let mut read_only = broker.command();
    read_only.env("BERTH_CONFIG_DIR", "/proc/berth");
    run(&mut read_only, &login).await.fails(
        1,
        &[
            "/proc/berth/credentials.toml can't be written",
            "BERTH_CONFIG_DIR",
        ],
    );
    // A link is not used up for it.
    let link = broker.add_user("alice").await;
    let mut read_only = broker.command();
    read_only.env("BERTH_CONFIG_DIR", "/proc/berth");
    run(&mut read_only, &["login", &link])
        .await
        .fails(1, &["can't be written"]);

    run(&mut elsewhere(&broker), &["login", &link]).await.ok();
    let file = broker.scratch().join("elsewhere/credentials.toml");
    let before = fs::read_to_string(&file).unwrap();
    // A disk without room: every write fails.
    let binary = env!("CARGO_BIN_EXE_berth");
    let mut full = Command::new("sh");
    full.env("BERTH_CONFIG_DIR", broker.scratch().join("elsewhere"))
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh", binary])
        .args(login);
    Program::start(&mut full).finish().await.fails(
        1,
        &["credentials.toml can't be written", "BERTH_TOKEN needs none"],
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    let left = fs::read_dir(broker.scratch().join("elsewhere")).unwrap().count();
    assert_eq!(left, 1, "nothing half written stays");
}
