//! How it looks: without colours, on a terminal where nothing moves, in a narrow one, and in one that is not UTF-8.

use tokio::process::Command;

use crate::support::{
    broker::{Broker, Transport},
    program::{Program, fixture},
    terminal::{self, CTRL_C, Ended},
};

/// What is looked at; the connector is deployed anew by the first. `CONNECTOR` stands for the tests' connector.
const COMMANDS: &[&str] = &[
    "deploy --name gong-crm --force --yes -- node CONNECTOR",
    "list",
    "show gong-crm",
    "status",
    "releases gong-crm",
    "tools gong-crm",
    "plan --name gong-crm -e REGION=eu --detailed-exit-code -- node CONNECTOR",
    "logs gong-crm",
    "oauth presets",
    "show gong",
    "depoly",
    "help exit-codes",
    "token revoke -h",
];

fn berth(broker: &Broker, words: &str, variables: &[(&str, &str)]) -> Command {
    let connector = fixture("connector.mjs");
    let mut command = broker.command();
    command.args(words.split(' ').map(|word| match word {
        "CONNECTOR" => connector.to_str().unwrap(),
        word => word,
    }));
    command.envs(variables.iter().copied());
    command
}

async fn each(columns: u16, variables: &[(&str, &str)], check: impl Fn(&str, &Ended)) {
    let broker = Broker::start().await;
    broker.deploy("gong-crm", Transport::Stdio, &[]).await;
    for words in COMMANDS {
        let mut command = berth(&broker, words, variables);
        let ended = terminal::shown(&mut command, columns, None, |_| {}).await;
        let ended = ended.with(
            match *words {
                "show gong" => 5,
                "depoly" => 2,
                words if words.starts_with("plan") => 10,
                _ => 0,
            },
            &[],
        );
        assert!(!ended.said.trim().is_empty(), "{words}");
        check(words, &ended);
    }
}

#[tokio::test]
async fn a_terminal_that_is_not_utf_8_is_shown_ascii() {
    each(80, &[("LC_ALL", "C")], |words, ended| {
        assert!(ended.said.is_ascii(), "{words}: {ended}");
    })
    .await;
    let broker = Broker::start().await;
    let mut set = berth(&broker, "oauth set gong-crm", &[("LC_ALL", "C")]);
    let left = terminal::at(&mut set, |terminal| {
        terminal.expect("GitHub, Google, Slack, ...");
        terminal.press(CTRL_C);
    });
    assert!(left.await.with(130, &[]).said.is_ascii());
}

#[tokio::test]
async fn without_colours_only_lines_move() {
    each(80, &[("NO_COLOR", "1")], |words, ended| {
        for sequence in ended.said.split('\u{1b}').skip(1) {
            let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
            assert_ne!(&sequence[end..=end], "m", "{words}: {ended}");
        }
    })
    .await;
}

#[tokio::test]
async fn on_a_dumb_terminal_nothing_moves() {
    each(80, &[("TERM", "dumb")], |words, ended| {
        assert!(!ended.said.contains('\u{1b}'), "{words}: {ended}");
        assert!(!ended.said.replace("\r\n", "").contains('\r'), "{words}: {ended}");
    })
    .await;
}

#[tokio::test]
async fn on_a_dumb_terminal_questions_are_lines() {
    let broker = Broker::start().await;
    let dumb = [("TERM", "dumb")];
    let mut set = berth(&broker, "oauth set gong-crm", &dumb);
    let ended = terminal::at(&mut set, |terminal| {
        terminal.expect("4) addresses, typed");
        terminal.answer("Which? [1]: ", "4");
        terminal.answer("Authorize URL: ", "nowhere");
        terminal.answer("write it whole, as https://", "http://127.0.0.1:9/auth");
        terminal.answer("Token URL: ", "http://127.0.0.1:9/token");
        terminal.answer("Revocation URL (empty if there is none): ", "");
        terminal.answer("Client ID: ", "the-client");
        terminal.answer_unseen("Client secret (empty if there is none): ", "canary-typed");
        terminal.answer("Scopes: ", "read");
        terminal.expect("1) a request header");
        terminal.answer("Which? [1]: ", "3");
        terminal.answer("a number from 1 to 2", "2");
        terminal.answer("Variable [ACCESS_TOKEN={access_token}]: ", "");
    });
    let ended = ended.await.with(0, &[]);
    assert!(
        !ended.said.contains('\u{1b}') && !ended.said.contains("canary"),
        "{ended}"
    );
    let shown = broker.json(&["oauth", "show", "gong-crm"]).await.to_string();
    assert!(shown.contains("ACCESS_TOKEN={access_token}"), "{shown}");

    let mut unset = berth(&broker, "oauth unset gong-crm", &dumb);
    let left = terminal::at(&mut unset, |terminal| {
        terminal.expect("[y/N] ");
        terminal.press(CTRL_C);
    });
    assert!(!left.await.with(130, &[]).said.contains('\u{1b}'));
    let mut unset = berth(&broker, "oauth unset gong-crm", &dumb);
    let done = terminal::at(&mut unset, |terminal| {
        terminal.answer("[y/N] ", "perhaps");
        terminal.answer("y or n?", "yes");
    });
    done.await.with(0, &["has no OAuth settings"]);

    let mut password = berth(&broker, "users password admin", &dumb);
    let left = terminal::at(&mut password, |terminal| {
        terminal.expect("New password of admin: ");
        terminal.press(CTRL_C);
    });
    assert!(!left.await.with(130, &[]).said.contains('\u{1b}'));
}

/// What is broken off a line stands below the second column, so that rows can be told apart.
#[tokio::test]
async fn a_narrow_terminal_breaks_lines_at_words() {
    let broker = Broker::start().await;
    broker.deploy("gong-crm", Transport::Stdio, &[]).await;
    let mut list = berth(&broker, "list", &[]);
    let ended = terminal::shown(&mut list, 40, None, |_| {}).await.with(0, &[]);
    let lines: Vec<&str> = ended.said.lines().collect();
    let indent = " ".repeat("gong-crm  ".len());
    assert_eq!(lines.len(), 4, "{ended}");
    assert!(lines[0].starts_with("NAME      STATE  RELEASE"), "{ended}");
    assert_eq!(lines[1], format!("{indent}ENDPOINT"));
    assert!(lines[2].starts_with("gong-crm  live   1  "), "{ended}");
    assert_eq!(lines[3], format!("{indent}{}", broker.endpoint("gong-crm")));
    // What goes elsewhere is not broken.
    let list = broker.cli(&["list"]).await.ok();
    assert_eq!(list.stdout.lines().count(), 2, "{list:?}");
}

#[tokio::test]
async fn colours_can_be_had_without_a_terminal() {
    let broker = Broker::start().await;
    let forced = Program::start(&mut berth(&broker, "show nobody", &[("CLICOLOR_FORCE", "1")]));
    forced.finish().await.fails(5, &["\u{1b}[1;31merror:\u{1b}[0m"]);
    let plain = broker.cli(&["show", "nobody"]).await.fails(5, &["error: "]);
    assert!(!plain.stderr.contains('\u{1b}'), "{plain:?}");
}
