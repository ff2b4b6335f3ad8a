//! Master keys: where they are, and how one takes over from another.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Stdio, time::Duration};

use serde_json::{Value, json};

use super::oauth::{NAME, Person, Setting};
use crate::support::{
    broker::{Broker, Surroundings, Transport},
    database,
    program::{Program, eventually},
};

/// So many values that moving them all takes a while.
const MANY: usize = 4000;

async fn keys(broker: &Broker) -> Vec<Value> {
    let list = broker.json(&["server", "keys"]).await;
    list["keys"].as_array().unwrap().clone()
}

/// Waits until everything is under the key that seals.
async fn moved(broker: &Broker) -> Vec<Value> {
    eventually("everything is under the newest key", async || {
        let keys = keys(broker).await;
        keys[1..].iter().all(|key| key["values"] == 0)
    })
    .await;
    keys(broker).await
}

/// A connector with very many secrets.
async fn deploy_many(broker: &Broker) {
    broker.deploy("many", Transport::Stdio, &[]).await;
    let file = broker.scratch().join("many.env");
    let lines: Vec<String> = (0..MANY).map(|number| format!("K{number}=v{number}")).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    let import = ["env", "import", "many", file.to_str().unwrap(), "--secret"];
    broker.cli(&import).await.ok();
}

#[tokio::test]
async fn a_new_key_takes_over_while_tokens_are_refreshed_and_brokers_are_killed() {
    // Long lives, as long as brokers are killed: a strict provider ends a grant whose refresh is cut off.
    let Some(mut setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    deploy_many(&setting.broker).await;
    let mut people = [setting.connected("alice").await, setting.connected("bob").await];
    let first = keys(&setting.broker).await[0]["id"].clone();
    let mut cut = 0;
    for _ in 0..4 {
        let rotated = setting.broker.cli(&["server", "rotate-key", "--no-wait"]).await;
        rotated.ok();
        {
            let halfway = async {
                while under_newest(&setting.broker).await < 500 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            let calls = async {
                loop {
                    use_all(&people).await;
                }
            };
            // The kill must not wait for calls that go on.
            tokio::select! {
                () = halfway => {}
                () = calls => {}
            }
        }
        setting.broker.kill().await;
        cut += usize::from(kinds(&setting.broker).await > 1);
        setting.broker.start_again().await;
        for person in &mut people {
            person.mcp = setting.broker.mcp(NAME, &person.token).await;
        }
        use_all(&people).await;
        // One that was cut goes on by itself; nobody asks for it again.
        let now = moved(&setting.broker).await;
        assert_ne!(now[0]["id"], first);
        if cut > 0 && now.len() == 1 {
            break;
        }
        // The next start lets the old key go, and then there can be another new one.
        assert_eq!(setting.broker.stop().await, Some(0));
        setting.broker.start_again().await;
        for person in &mut people {
            person.mcp = setting.broker.mcp(NAME, &person.token).await;
        }
        assert_eq!(keys(&setting.broker).await.len(), 1);
    }
    assert_ne!(cut, 0, "no kill came halfway");

    setting.provider.change(json!({"ttl": 5})).await;
    let brief = [setting.connected("carol").await, setting.connected("dave").await];
    let before = setting.provider.counted().await;
    let rotated = setting.broker.cli(&["server", "rotate-key", "--no-wait"]).await;
    rotated.ok();
    let refreshed = async || {
        let now = setting.provider.counted().await;
        now["refreshes"].as_u64() >= before["refreshes"].as_u64().map(|before| before + 4)
    };
    while !refreshed().await {
        use_all(&brief).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    moved(&setting.broker).await;
    // Tokens from before, from under the old key and from under the new one are all good.
    use_all(&brief).await;
    use_all(&people).await;
    let after = setting.provider.counted().await;
    assert_eq!(after["grantsRevoked"], 0, "{after}");
    let many = setting.broker.mcp("many", &people[0].token).await;
    assert!(many.text("env", json!({})).await.contains(r#""K3999":"v3999""#));
}

async fn use_all(people: &[Person; 2]) {
    for _ in 0..3 {
        let (hers, his) = tokio::join!(people[0].whoami(), people[1].whoami());
        assert_eq!([&hers, &his], [&people[0].name, &people[1].name]);
    }
}

/// How many of the many values are under the key that the fewest were under.
async fn under_newest(broker: &Broker) -> i64 {
    let keys = keys(broker).await;
    keys[0]["values"].as_i64().unwrap()
}

/// Under how many keys the connectors' values are.
async fn kinds(broker: &Broker) -> i64 {
    database::number(
        broker,
        "SELECT COUNT(DISTINCT SUBSTR(sealed, 2, 8)) FROM environment",
    )
    .await
}

#[tokio::test]
async fn a_broker_does_not_start_without_its_key() {
    let mut broker = Broker::start().await;
    let secret = ["--secret", "KEY=@/dev/stdin"];
    let file = broker.scratch().join("value");
    fs::write(&file, "canary-secret").unwrap();
    let value = format!("KEY=@{}", file.display());
    broker
        .deploy("sealed", Transport::Stdio, &[secret[0], &value])
        .await;
    assert_eq!(broker.stop().await, Some(0));
    let key = broker.data().join("master.key");
    let kept = broker.scratch().join("kept.key");
    fs::rename(&key, &kept).unwrap();

    let said = refusal(&broker, &[]).await;
    assert!(
        said.contains("there is no master key") && said.contains("restore it from a backup"),
        "{said}"
    );
    assert!(!key.exists(), "no other key is made");
    let other = "A".repeat(43) + "=";
    write_private(&key, &other);
    let said = refusal(&broker, &[]).await;
    assert!(
        said.contains("another master key") && said.contains("--master-key"),
        "{said}"
    );
    assert!(!said.contains(&other), "{said}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refusal(&broker, &[]).await.contains("chmod 600"));
    for wrong in [&other, "env:NO_SUCH_VARIABLE", "command:false", "command:echo"] {
        let said = refusal(&broker, &["--master-key", wrong]).await;
        assert!(
            said.contains("master key") || said.contains("--master-key"),
            "{said}"
        );
        assert!(!said.contains(&other), "{said}");
    }

    fs::rename(&kept, &key).unwrap();
    broker.start_again().await;
    let admin = broker.first_token();
    let sealed = broker.mcp("sealed", &admin).await;
    assert!(sealed.text("env", json!({})).await.contains("canary-secret"));
}

#[tokio::test]
async fn keys_come_from_variables_and_commands_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = ("A".repeat(43) + "=", "ab".repeat(32));
    let printed = folder.path().join("printed");
    write_private(&printed, &old);
    let command = format!("command:cat '{}'", printed.display());
    let surroundings = Surroundings {
        variables: vec![("TESTS_MASTER_KEY", new.clone())],
        ..Surroundings::default()
    };
    let mut broker = Broker::start_in(&["--master-key", &command], surroundings).await;
    broker.deploy("plain", Transport::Stdio, &["-e", "K=v"]).await;
    assert!(!broker.data().join("master.key").exists());
    let first = keys(&broker).await;
    assert_eq!((first.len(), &first[0]["source"]), (1, &json!("command")));
    let failed = broker.cli(&["server", "rotate-key"]).await;
    assert_eq!(failed.status, Some(9), "{failed:#?}");
    assert!(failed.stderr.contains("print the new key first"), "{failed:#?}");

    // The variable's key takes over from the command's at the next start.
    assert_eq!(broker.stop().await, Some(0));
    broker.arguments = ["--master-key", "env:TESTS_MASTER_KEY", "--master-key", &command]
        .map(str::to_owned)
        .to_vec();
    broker.start_again().await;
    let both = moved(&broker).await;
    assert_eq!(both[0]["source"], "env:TESTS_MASTER_KEY");
    assert_eq!((&both[1]["id"], &both[1]["values"]), (&first[0]["id"], &json!(0)));
    let failed = broker.cli(&["server", "rotate-key"]).await;
    assert!(failed.stderr.contains("first --master-key"), "{failed:#?}");
    // Then the old one is needed no more.
    assert_eq!(broker.stop().await, Some(0));
    broker.arguments.truncate(2);
    broker.start_again().await;
    let mcp = broker.mcp("plain", &broker.first_token()).await;
    let env = mcp.text("env", json!({})).await;
    assert!(env.contains(r#""K":"v""#), "{env}");
    assert!(
        !env.contains(&new),
        "a connector does not see the broker's variables: {env}"
    );
    assert!(!broker.log().contains(&new));
}

/// What `berth serve` says that does not start on the broker's folder.
async fn refusal(broker: &Broker, arguments: &[&str]) -> String {
    let data = broker.data();
    let mut command = broker.command();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&data)
        .args(arguments)
        .stdin(Stdio::null());
    let output = Program::start(&mut command).finish().await;
    assert_ne!(output.status, Some(0), "{output:#?}");
    output.stderr
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
