//! Ctrl-C in the middle: what goes on, what does not, and what is said of it.

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{
    broker::Broker,
    line::Line,
    processes,
    program::fixture,
    terminal::{self, CTRL_C, CURSOR, Terminal},
};

/// A deploy of what never answers its probe.
fn endless(broker: &Broker, more: &[&str]) -> Command {
    let mut command = broker.command();
    command.args(["deploy", "--name", "slow"]);
    command.args(more).args(["--", "sleep", "600"]);
    command
}

#[tokio::test]
async fn who_leaves_a_release_is_told_that_it_goes_on() {
    let broker = Broker::start().await;
    let leave = |terminal: &mut Terminal| {
        terminal.expect("Release 1: ");
        terminal.press(CTRL_C);
    };
    let goes_on = "Detached: release 1 of slow goes on. `berth status slow --wait` waits for it.";
    let left = terminal::at(&mut endless(&broker, &["--yes"]), leave).await;
    left.with(130, &[goes_on, CURSOR]);
    assert_eq!(broker.json(&["status", "slow"]).await["under_way"], 1);

    // Whoever comes back to it may leave again.
    let mut again = broker.command();
    again.args(["status", "slow", "--wait"]);
    terminal::at(&mut again, leave).await.with(130, &[goes_on]);

    // A script gets a document, and one only.
    let stdout = broker.scratch().join("stdout");
    let mut again = broker.command();
    again.args(["--output", "json", "status", "slow", "--wait"]);
    let left = terminal::shown(&mut again, 80, Some(stdout), leave).await;
    let left = left.with(130, &[goes_on]);
    let document: Value =
        serde_json::from_str(&left.stdout).unwrap_or_else(|error| panic!("{error}: {left}"));
    assert_eq!(
        document,
        json!({
            "schema": "berth.error/v1",
            "ok": false,
            "code": "INTERRUPTED",
            "message": "Detached: release 1 of slow goes on.",
            "hint": "`berth status slow --wait` waits for it.",
            "request_id": "",
            "connector": "slow",
            "release": 1,
        })
    );
}

#[tokio::test]
async fn who_leaves_before_anything_was_asked_for_has_deployed_nothing() {
    let broker = Broker::start().await;
    let mut deploy = endless(&broker, &[]);
    let left = terminal::at(&mut deploy, |terminal| {
        terminal.expect("Deploy?");
        terminal.press(CTRL_C);
    });
    left.await.with(130, &["Nothing was deployed.", CURSOR]);
    assert_eq!(broker.json(&["list"]).await["connectors"], json!([]));
}

#[tokio::test]
async fn who_leaves_while_the_broker_is_asked_is_told_its_answer() {
    let broker = Broker::start().await;
    let pid = broker.pid();
    let ask = move |terminal: &mut Terminal| {
        terminal.expect("Deploy?");
        processes::freeze(pid);
        terminal.press("y");
        terminal.expect("Asking the broker for the release");
        terminal.press(CTRL_C);
        terminal.expect("Ctrl-C again quits at once");
    };
    let mut deploy = endless(&broker, &["-v"]);
    let left = terminal::at(&mut deploy, move |terminal| {
        ask(terminal);
        terminal.press(CTRL_C);
        terminal.expect("whether slow gets a new release is not known");
        processes::thaw(pid);
    });
    left.await.with(130, &["`berth status slow` tells."]);
    let mut next = broker.command();
    next.args(["deploy", "-v", "--name", "next", "--", "sleep", "600"]);
    let left = terminal::at(&mut next, move |terminal| {
        ask(terminal);
        processes::thaw(pid);
    });
    left.await.with(130, &["Detached: release 1 of next goes on."]);
}

#[tokio::test]
async fn who_leaves_a_rollback_or_a_restart_is_told_that_it_goes_on() {
    let broker = Broker::start().await;
    let script = broker.scratch().join("server.sh");
    let path = script.to_str().unwrap().to_owned();
    let server = fixture("connector.mjs").to_str().unwrap().to_owned();
    // Starts until it is told to hang instead.
    let hang = broker.scratch().join("hang");
    let text = format!(
        "test -e '{}' && exec sleep 600\nexec node \"$1\"\n",
        hang.display()
    );
    std::fs::write(&script, text).unwrap();
    let readable = format!("--readable={}", broker.scratch().display());
    for region in ["eu", "us"] {
        let setting = format!("REGION={region}");
        let deploy = [
            "deploy", "--name", "slow", "--yes", &readable, "-e", &setting, "--", "sh", &path, &server,
        ];
        broker.cli(&deploy).await.ok();
    }
    std::fs::write(&hang, "").unwrap();
    let mut restart = broker.command();
    restart.args(["restart", "slow"]);
    let left = terminal::at(&mut restart, |terminal| {
        terminal.expect("starting and probing");
        terminal.press(CTRL_C);
    });
    left.await.with(
        130,
        &[
            "Detached: the restart of slow goes on.",
            "`berth logs slow`",
            CURSOR,
        ],
    );
    let mut back = broker.command();
    back.args(["rollback", "slow"]);
    let left = terminal::at(&mut back, |terminal| {
        terminal.expect("Roll back?");
        terminal.press("y");
        terminal.expect("Release 3: ");
        terminal.press(CTRL_C);
    });
    left.await.with(130, &["Detached: release 3 of slow goes on."]);
}

#[tokio::test]
async fn who_leaves_an_upload_may_go_on_with_it() {
    let broker = Broker::start().await;
    let folder = broker.scratch().join("heavy");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(fixture("connector.mjs"), folder.join("connector.mjs")).unwrap();
    let noise: Vec<u8> = (0..1_000_000_u64)
        .flat_map(|i| {
            i.wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(29)
                .to_le_bytes()
        })
        .collect();
    std::fs::write(folder.join("model.bin"), noise).unwrap();
    let line = Line::breaking_for_good(&broker.url, &[3 << 20]).await;
    let deploy = || {
        let mut command = broker.command();
        command
            .env("BERTH_URL", &line.url)
            .env("BERTH_TOKEN", broker.first_token())
            .args([
                "deploy",
                "--name",
                "heavy",
                "--start",
                "node connector.mjs",
                "--yes",
            ])
            .arg(&folder);
        command
    };
    let mut first = deploy();
    let left = terminal::at(&mut first, |terminal| {
        terminal.expect("trying again");
        terminal.press(CTRL_C);
    });
    let kept = "Nothing was deployed. What has arrived is kept: the same command goes on from there.";
    // The bar: how much, how fast, how long.
    left.await
        .with(130, &[kept, CURSOR, "/7.64 MiB, ", "B/s, ", " left"]);
    line.mend();
    let mut second = deploy();
    let done = terminal::at(&mut second, |_| {});
    done.await.with(0, &["were there from an earlier try"]);
}
