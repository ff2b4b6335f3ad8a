//! Every question that a command asks: what an answer does, that Ctrl-C at it leaves the terminal as it was, and what is
//! said where nobody can be asked.

use std::fs;

use tokio::process::Command;

use crate::support::{
    broker::{Broker, Transport},
    program::fixture,
    terminal::{self, CTRL_C, Terminal},
};

/// A question, and how it is answered.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// With a key.
    Key(&'static str, &'static str),
    /// With a line, which replaces what stands there.
    Line(&'static str, &'static str),
    /// With a line that is not shown; `TOKEN` stands for a good one.
    Unseen(&'static str, &'static str),
}

use Step::{Key, Line, Unseen};

/// The key up from the first of a list, and the one that takes it.
const LAST: &str = "\u{1b}[A\r";

/// A command with its questions.
struct Talk {
    words: &'static str,
    steps: &'static [Step],
    status: i32,
    /// What a second command then has to say, if anything: its words, and a part of its answer.
    effect: Option<(&'static str, &'static str)>,
}

/// In this order: some need what others before them did. `CONNECTOR` stands for the tests' connector, `DIR` for a folder
/// with a manifest, `URL` for the broker.
const TALKS: &[Talk] = &[
    Talk {
        words: "deploy --name asked -- node CONNECTOR",
        steps: &[Key("Deploy?", "n")],
        status: 1,
        effect: Some(("list", "\"connectors\":[]")),
    },
    Talk {
        words: "deploy --name asked -- node CONNECTOR",
        steps: &[Key("Deploy?", "y")],
        status: 0,
        effect: Some(("status asked", "\"state\":\"live\"")),
    },
    Talk {
        words: "deploy DIR",
        steps: &[
            Unseen("Secret KEY_ONE", "canary-1"),
            Unseen("Secret KEY_TWO", "canary-2"),
            Key("Deploy?", "y"),
        ],
        status: 0,
        effect: Some(("show described", "\"secrets\":[\"KEY_ONE\",\"KEY_TWO\"]")),
    },
    Talk {
        words: "env set asked --secret API_KEY",
        steps: &[Unseen("API_KEY", "canary-3")],
        status: 0,
        effect: Some(("env list asked", "\"API_KEY\"")),
    },
    Talk {
        words: "rollback asked 1",
        steps: &[Key("Roll back?", "y")],
        status: 0,
        effect: Some(("status asked", "\"serving\":3")),
    },
    Talk {
        words: "oauth set asked",
        steps: &[
            Key("Start from", LAST),
            Line("Authorize URL", "http://127.0.0.1:9/auth"),
            Line("Token URL", "http://127.0.0.1:9/token"),
            Line("Revocation URL", ""),
            Line("Client ID", "the-client"),
            Unseen("Client secret (empty if there is none)", "canary-4"),
            Line("Scopes", "read write"),
            Line("Variable", ""),
        ],
        status: 0,
        effect: Some(("oauth show asked", "\"ACCESS_TOKEN={access_token}\"")),
    },
    Talk {
        words: "oauth set early",
        steps: &[
            Key("Start from", LAST),
            Line("Authorize URL", "http://127.0.0.1:9/auth"),
            Line("Token URL", "http://127.0.0.1:9/token"),
            Line("Revocation URL", "http://127.0.0.1:9/revoke"),
            Line("Client ID", "the-client"),
            Unseen("Client secret (empty if there is none)", ""),
            Line("Scopes", ""),
            Key("The token reaches the connector in", "\r"),
            Line("Header", ""),
        ],
        status: 0,
        effect: Some(("oauth show early", "authorization: Bearer {access_token}")),
    },
    Talk {
        words: "oauth set meetings",
        steps: &[
            Key("Start from", "\r"),
            Key("Provider", LAST),
            Line("Client ID", "the-client"),
            Unseen("Client secret (empty if there is none)", "canary-7"),
        ],
        status: 0,
        effect: Some(("oauth show meetings", "https://zoom.us/oauth/token")),
    },
    Talk {
        words: "oauth set help-desk --preset zendesk",
        steps: &[
            Line("subdomain (what stands before .zendesk.com)", "acme"),
            Line("Client ID", "the-client"),
            Unseen("Client secret (empty if there is none)", "canary-5"),
        ],
        status: 0,
        effect: Some(("oauth show help-desk", "\"subdomain\":\"acme\"")),
    },
    Talk {
        words: "oauth unset asked",
        steps: &[Key("Take the OAuth settings of asked away", "y")],
        status: 0,
        effect: Some(("show asked", "\"oauth\":null")),
    },
    Talk {
        words: "users password ada",
        steps: &[Unseen("New password of ada", "canary-of-some-length")],
        status: 0,
        effect: Some(("audit", "\"password.set\"")),
    },
    Talk {
        words: "users remove ada",
        steps: &[Key("Remove ada from", "n")],
        status: 1,
        effect: Some(("users list", "\"ada\"")),
    },
    // Asks for what each user gives.
    Talk {
        words: "call described echo",
        steps: &[Key("Done? Call again", "n")],
        status: 4,
        effect: None,
    },
    Talk {
        words: "env set described --mine",
        steps: &[Unseen("MINE (your key)", "canary-6")],
        status: 0,
        effect: Some(("env list described --mine", "\"given\":true")),
    },
    Talk {
        words: "login URL --with-token --profile other",
        steps: &[Unseen("Access token", "TOKEN")],
        status: 0,
        effect: Some(("whoami --profile other", "\"user\":\"admin\"")),
    },
    Talk {
        words: "delete asked",
        steps: &[Key("Delete asked on", "y")],
        status: 0,
        effect: Some(("list", "\"described\"")),
    },
];

impl Step {
    fn question(self) -> &'static str {
        let (Key(question, _) | Line(question, _) | Unseen(question, _)) = self;
        question
    }

    fn take(self, terminal: &mut Terminal, token: &str) {
        match self {
            Key(question, key) => {
                terminal.expect(question);
                terminal.press(key);
            }
            Line(question, answer) => terminal.answer(question, answer),
            Unseen(question, answer) => {
                terminal.answer_unseen(question, if answer == "TOKEN" { token } else { answer });
            }
        }
    }
}

/// A folder whose manifest names two secrets.
fn folder(broker: &Broker) -> String {
    let folder = broker.scratch().join("described");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(fixture("connector.mjs"), folder.join("connector.mjs")).unwrap();
    let manifest =
        "name = \"described\"\nstart = \"node connector.mjs\"\nsecrets = [\"KEY_ONE\", \"KEY_TWO\"]\n";
    fs::write(folder.join("berth.toml"), manifest).unwrap();
    folder.to_str().unwrap().to_owned()
}

fn filled(broker: &Broker, folder: &str, words: &str) -> Command {
    let connector = fixture("connector.mjs");
    let mut command = broker.command();
    command.args(words.split(' ').map(|word| match word {
        "CONNECTOR" => connector.to_str().unwrap(),
        "DIR" => folder,
        "URL" => &broker.url,
        word => word,
    }));
    command
}

#[tokio::test]
async fn every_question_can_be_answered_and_left() {
    let broker = Broker::start().await;
    let folder = folder(&broker);
    let token = broker.token("admin").await;
    broker.add_user("ada").await;
    for talk in TALKS {
        if talk.words.starts_with("call") {
            let asks = ["env", "set", "described", "--per-user", "MINE=your key"];
            broker.cli(&asks).await.ok();
        }
        for (left_at, _) in talk.steps.iter().enumerate() {
            let token = token.clone();
            let mut command = filled(&broker, &folder, talk.words);
            let ended = terminal::at(&mut command, move |terminal| {
                for step in &talk.steps[..left_at] {
                    step.take(terminal, &token);
                }
                terminal.expect(talk.steps[left_at].question());
                terminal.press(CTRL_C);
            });
            ended.await.with(130, &[terminal::CURSOR]);
        }
        let token = token.clone();
        let mut command = filled(&broker, &folder, talk.words);
        let ended = terminal::at(&mut command, move |terminal| {
            for step in talk.steps {
                step.take(terminal, &token);
            }
        });
        let ended = ended.await.with(talk.status, &[]);
        assert!(!ended.said.contains("canary"), "{}: {ended}", talk.words);
        if let Some((words, part)) = talk.effect {
            let words: Vec<&str> = ["--output", "json"].into_iter().chain(words.split(' ')).collect();
            let output = broker.cli(&words).await.ok();
            assert!(
                output.stdout.contains(part),
                "{}: {part} in {output:#?}",
                talk.words
            );
        }
    }
}

/// A script is told all that it has to give.
#[tokio::test]
async fn where_nobody_can_be_asked_all_that_is_missing_is_named() {
    let broker = Broker::start().await;
    let folder = folder(&broker);
    broker.deploy("asked", Transport::Stdio, &[]).await;
    let asks = ["env", "set", "asked", "--per-user", "MINE", "--per-user", "YOURS"];
    broker.cli(&asks).await.ok();
    for (words, parts) in [
        (
            "deploy DIR --yes",
            &["--secret KEY_ONE, --secret KEY_TWO are needed"][..],
        ),
        ("env set asked", &["KEY=VALUE, --secret or --per-user"]),
        ("env set asked --mine", &["MINE, YOURS are needed", "--mine KEY"]),
        (
            "oauth set asked",
            &[
                "--auth-url, --token-url, --client-id, --header, --env or --file are needed",
                "berth oauth presets",
            ],
        ),
        (
            "oauth set asked --preset zendesk",
            &["--var subdomain=VALUE (what stands before .zendesk.com), --client-id are needed"],
        ),
        ("users password ada", &["--password-file or --password-env"]),
        ("login URL", &["--token-file, --device or --browser"]),
        ("login URL --with-token --no-input", &["--token-file is needed"]),
        ("delete asked", &["--yes is needed"]),
        ("users remove ada", &["--yes is needed"]),
        ("oauth unset asked", &["--yes is needed"]),
        ("sso unset", &["--yes is needed"]),
        ("clients revoke cst_none", &["--yes is needed"]),
        ("connections revoke asked --user ada", &["--yes is needed"]),
    ] {
        let output = crate::support::program::Program::start(&mut filled(&broker, &folder, words));
        let output = output.finish().await.fails(2, parts);
        let why = if words.contains("--no-input") {
            "--no-input"
        } else {
            "stdin is not a terminal"
        };
        assert!(output.stderr.contains(why), "{words}: {output:#?}");
    }
}
