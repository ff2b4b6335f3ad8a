//! Real MCP clients, from npm and PyPI: what each makes of each form of "authorization needed". `tests/README.md` has
//! the table; `UPDATE=1` writes it.

use std::{fmt::Write as _, fs, path::Path};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::authorization::allow;
use crate::{
    journeys::oauth::{NAME, Person, Setting, link_in},
    support::{
        broker::Transport,
        clients::Kind,
        forwarder::Forwarder,
        mcp::text_of,
        program::{Output, Program},
    },
};

/// How a call says that its person has to authorize first (see `gateway/consent`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    A,
    B2,
    B1,
    C,
    D,
}

/// What a client makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It opens the link, and the call goes on by itself.
    GoesOn,
    /// It knows the link, in an error of its own.
    Raises,
    /// It shows what the tool said, the link in it.
    Shows,
    /// Its first call fails, the next one shows the link.
    ShowsLater,
}

/// What `kind` makes of `form`; `None` where it never gets to see it.
fn outcome(kind: Kind, form: Form) -> Option<Outcome> {
    match form {
        Form::C => Some(Outcome::Shows),
        Form::D => Some(match kind {
            Kind::Inspector => Outcome::ShowsLater,
            // It refreshes its token, calls again, and is told in words.
            Kind::Npm => Outcome::Shows,
            _ => Outcome::GoesOn,
        }),
        Form::A => kind.is_modern().then_some(Outcome::GoesOn),
        Form::B2 => (kind.elicits() && !kind.is_modern()).then_some(Outcome::GoesOn),
        Form::B1 => (kind.elicits() && !kind.is_modern()).then_some(Outcome::Raises),
    }
}

const WHOAMI: &str = "whoami";

/// Runs `check` with each kind of client, at once, and a user for each. Kinds that are not installed are left out.
async fn with_each(form: Form, transport: Transport, check: impl AsyncFn(&Setting, Kind, Person)) {
    let Some(setting) = Setting::new(transport, 3600).await else {
        return;
    };
    let setting = &setting;
    let kinds = Kind::ALL
        .into_iter()
        .filter(|kind| outcome(*kind, form).is_some());
    let check = &check;
    join_all(kinds.map(|kind| async move {
        let person = setting.user(kind.word()).await;
        check(setting, kind, person).await;
    }))
    .await;
}

fn start(kind: Kind, endpoint: &str, person: &Person, elicit: &str, calls: &Value) -> Option<Program> {
    let plan = json!({"elicit": elicit, "calls": calls});
    kind.start(endpoint, Some(&person.token), &plan)
}

/// The first texts of the results that a client printed.
fn results(output: &Output) -> Vec<Value> {
    let lines = output
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line.get("result").is_some())
        .map(|line| line["result"]["content"][0]["text"].clone())
        .collect()
}

#[tokio::test]
async fn one_that_declares_nothing_lists_calls_and_is_shown_the_link() {
    with_each(Form::C, Transport::Stdio, async |setting, kind, mut person| {
        let endpoint = setting.broker.endpoint(NAME);
        let call = json!([{"name": WHOAMI, "arguments": {}}]);
        let Some(client) = start(kind, &endpoint, &person, "none", &call) else {
            return;
        };
        let listed = client.stdout.json_with("tools").await;
        assert!(listed["tools"].as_array().unwrap().contains(&json!(WHOAMI)));
        let first = client.stdout.json_with("result").await;
        client.finish().await.ok();
        person.browser.connect(&link_in(&first), kind.word()).await;

        let client = start(kind, &endpoint, &person, "none", &call).unwrap();
        let output = client.finish().await.ok();
        assert_eq!(results(&output), [json!(kind.word())], "{kind:?}: {output:#?}");
    })
    .await;
}

#[tokio::test]
async fn one_that_opens_urls_has_its_first_call_completed() {
    completes(Form::B2).await;
}

#[tokio::test]
async fn one_that_opens_urls_and_asks_again_has_its_first_call_completed() {
    completes(Form::A).await;
}

async fn completes(form: Form) {
    with_each(form, Transport::Http, async |setting, kind, mut person| {
        let calls = json!([
            {"name": WHOAMI, "arguments": {}},
            {"name": "echo", "arguments": {"text": "hello"}},
        ]);
        let Some(client) = start(kind, &setting.broker.endpoint(NAME), &person, "url", &calls) else {
            return;
        };
        let asked = client.stdout.json_with("elicit").await;
        let link = asked["elicit"].as_str().expect("a link");
        person.browser.connect(link, kind.word()).await;
        let output = client.finish().await.ok();
        assert_eq!(
            results(&output),
            [json!(kind.word()), json!("hello")],
            "{kind:?}: {output:#?}"
        );
    })
    .await;
}

#[tokio::test]
async fn one_that_opens_urls_but_takes_no_stream_is_told_the_link() {
    with_each(Form::B1, Transport::Http, async |setting, kind, mut person| {
        let forwarder = Forwarder::without_streams(&setting.broker.url).await;
        let endpoint = format!("{}/mcp/{NAME}", forwarder.url);
        let call = json!([{"name": WHOAMI, "arguments": {}}]);
        let Some(client) = start(kind, &endpoint, &person, "url", &call) else {
            return;
        };
        let told = client.stdout.json_with("error").await;
        client.finish().await.ok();
        assert_eq!(told["error"]["code"], -32042, "{kind:?}: {told}");
        let link = told["error"]["data"]["elicitations"][0]["url"]
            .as_str()
            .expect("a link");
        person.browser.connect(link, kind.word()).await;
        assert_eq!(person.whoami().await, kind.word());
    })
    .await;
}

#[tokio::test]
async fn each_needs_nothing_but_the_address() {
    with_each(Form::C, Transport::Stdio, async |setting, kind, mut person| {
        let endpoint = setting.broker.endpoint(NAME);
        let call = json!({"name": WHOAMI, "arguments": {}});
        let stepping_up = outcome(kind, Form::D);
        // In the first run the person authorizes the client, then berth at the third party; a second run is another
        // client for most of them, and the person is the same.
        for run in 0..2 {
            let calls = match (run, stepping_up) {
                (0, Some(Outcome::ShowsLater)) => json!([call, call]),
                _ => json!([call]),
            };
            let Some(mut client) = kind.start(&endpoint, None, &json!({"calls": calls})) else {
                return;
            };
            let asked = client.stdout.json_with("authorize").await;
            let link = asked["authorize"].as_str().expect("an address");
            let back = allow(&mut person.browser, link).await;
            let mut stdin = client.child.stdin.take().unwrap();
            stdin.write_all(format!("{back}\n").as_bytes()).await.unwrap();
            let listed = client.stdout.json_with("tools").await;
            assert!(listed["tools"].as_array().unwrap().contains(&json!(WHOAMI)));
            // Its first call is answered with a challenge for more scope (form D).
            let next = client.stdout.wait_for("an answer or another address", |line| {
                let line: Value = serde_json::from_str(line).ok()?;
                let is_next =
                    line.get("result").is_some() || line.get("authorize").is_some_and(|to| to != link);
                is_next.then_some(line)
            });
            let next = next.await;
            let Some(again) = next["authorize"].as_str() else {
                assert_eq!(run == 0, next["result"]["isError"] == true, "{kind:?}: {next}");
                client.finish().await.ok();
                match run {
                    0 => {
                        assert_ne!(stepping_up, Some(Outcome::GoesOn), "{kind:?}: {next}");
                        _ = person.browser.connect(&link_in(&next), kind.word()).await;
                    }
                    _ => assert_eq!(text_of(&next), kind.word(), "{kind:?}"),
                }
                continue;
            };
            assert_eq!((run, stepping_up), (0, Some(Outcome::GoesOn)), "{kind:?}");
            let page = person.browser.connect(again, kind.word()).await;
            let back = allow(&mut person.browser, page.url.as_str()).await;
            stdin.write_all(format!("{back}\n").as_bytes()).await.unwrap();
            let output = client.finish().await.ok();
            assert_eq!(results(&output), [json!(kind.word())], "{kind:?}: {output:#?}");
        }
    })
    .await;
}

#[test]
fn the_table_says_what_the_stories_show() {
    let mut table = "| client | A | B2 | B1 | C | D |\n|---|---|---|---|---|---|\n".to_owned();
    for kind in Kind::ALL {
        let said = [Form::A, Form::B2, Form::B1, Form::C, Form::D].map(|form| match outcome(kind, form) {
            Some(Outcome::GoesOn) => "goes on by itself",
            Some(Outcome::Raises) => "error with the link",
            Some(Outcome::Shows) => "shows the link",
            Some(Outcome::ShowsLater) => "fails once, then shows the link",
            None => "–",
        });
        writeln!(table, "| {} | {} |", kind.title(), said.join(" | ")).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let start = readme.find("| client |").expect("the table");
    let end = start
        + readme[start..]
            .find("\n\n")
            .map_or(readme[start..].len(), |at| at + 1);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{}{table}{}", &readme[..start], &readme[end..])).unwrap();
    } else {
        assert_eq!(
            &readme[start..end],
            table,
            "run UPDATE=1 cargo test --test main -- the_table"
        );
    }
}
