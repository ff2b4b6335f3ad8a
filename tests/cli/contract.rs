//! What `--output json` prints: one document, of the schema that is kept in `tests/schemas`, and nothing else, whatever
//! the command and wherever it runs. berth looks for no updates, so that none is ever pending; a proxy, warnings and a
//! pipeline are what else might have been told on standard output.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::support::{
    broker::{Broker, Transport},
    forwarder::Forwarder,
    program::{Output, Program, fixture},
};

/// How each command is called: its words, then its arguments. `CONNECTOR` stands for the tests' connector, `DIR` for an
/// empty folder. Those that need more than that fail, and failing is a document too.
const CALLS: &[(&str, &str)] = &[
    ("access set", "talker --everyone"),
    ("access show", "talker"),
    ("audit", "--connector talker"),
    ("call", "talker echo --args {\"text\":\"hi\"}"),
    ("check", "--timeout 30s -- node CONNECTOR"),
    ("clients list", ""),
    ("clients revoke", "cst_none --yes"),
    ("completions", "fish"),
    ("config get", "url"),
    ("config list", "--show-origin"),
    ("connect-config", "talker --client cursor"),
    ("connections list", ""),
    ("connections revoke", "talker --user admin --yes"),
    ("delete", "nobody --yes"),
    ("demo", "--no-such-flag"),
    ("deploy", "--name talker --yes -- node CONNECTOR"),
    ("doctor", ""),
    ("env import", "talker no-such-file"),
    ("env list", "talker"),
    ("env set", "talker A=1 --detach"),
    ("env unset", "talker B"),
    ("help", "exit-codes"),
    ("init", "DIR --npx x --name y"),
    ("list", ""),
    ("login", "http://127.0.0.1:1"),
    ("logout", "--profile nobody"),
    ("logs", "talker"),
    ("man", "DIR"),
    ("oauth diff", "talker --from no-such-file"),
    ("oauth discover", "--issuer http://127.0.0.1:1"),
    ("oauth presets", ""),
    ("oauth presets show", "github"),
    ("oauth redirect-uri", "talker"),
    ("oauth set", "talker"),
    ("oauth show", "talker"),
    ("oauth test", "talker"),
    ("oauth unset", "talker --yes"),
    ("open", "talker"),
    ("package", "--bundle DIR --start x"),
    ("plan", "--name talker -- node CONNECTOR"),
    ("releases", "talker"),
    ("restart", "talker"),
    ("rollback", "talker --yes"),
    ("serve", "--listen nowhere"),
    ("server backup", "DIR/copy"),
    ("server keys", ""),
    ("server rotate-key", "--no-such-flag"),
    ("show", "talker"),
    ("sso set", "--issuer http://127.0.0.1:1 --client-id c"),
    ("sso show", ""),
    ("sso unset", "--yes"),
    ("status", "talker --wait"),
    ("token create", "--label x"),
    ("token list", ""),
    ("token revoke", "tok_none --yes"),
    ("tools", "talker"),
    ("tools set", "talker --reset"),
    ("trust add github", "acme/crm --allow deploy:talker"),
    (
        "trust add oidc",
        "--issuer https://idp.example --claim sub=x --allow deploy:talker",
    ),
    ("trust list", ""),
    ("trust remove", "tru_none --yes"),
    ("users add", "ada"),
    ("users groups", "ada g"),
    ("users link", "ada"),
    ("users list", ""),
    ("users password", "ada --remove"),
    ("users remove", "nobody --yes"),
    ("version", ""),
    ("whoami", ""),
];

/// Those that can't but work, so that the test does not pass by failures alone.
const MUST_WORK: &[&str] = &[
    "access show",
    "audit",
    "call",
    "completions",
    "config list",
    "deploy",
    "help",
    "list",
    "man",
    "plan",
    "show",
    "status",
    "tools",
    "users list",
    "version",
    "whoami",
];

/// The commands that do something, by their words.
fn commands() -> BTreeSet<String> {
    fn collect(command: &clap::Command, words: &str, all: &mut BTreeSet<String>) {
        for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
            let words = format!("{words} {}", inner.get_name()).trim_start().to_owned();
            // `help` among them is clap's own, and prints words.
            if inner.get_name() == "help" && words != "help" {
                continue;
            }
            if !inner.has_subcommands() || !inner.is_subcommand_required_set() {
                all.insert(words.clone());
            }
            collect(inner, &words, all);
        }
    }
    let mut all = BTreeSet::new();
    collect(&berth::command(), "", &mut all);
    all
}

/// What is wrong with the document that `output` should hold.
fn objection(words: &str, output: &Output) -> Option<String> {
    let mut values = serde_json::Deserializer::from_str(&output.stdout).into_iter::<Value>();
    let document = match values.next() {
        Some(Ok(document)) => document,
        Some(Err(error)) => return Some(format!("it is not JSON: {error}")),
        None => return Some("there is none".to_owned()),
    };
    if values.next().is_some() {
        return Some("something follows it".to_owned());
    }
    let schema = document["schema"].as_str().unwrap_or_default();
    let own = format!("berth.{}/v1", words.replace(' ', "."));
    let is_ok = document["ok"] == true;
    match output.status {
        Some(0) if !is_ok || schema != own => {
            return Some(format!("it worked, and says {schema}, ok: {is_ok}"));
        }
        Some(0) => {}
        _ if is_ok => return Some("it failed, and says that it is ok".to_owned()),
        _ if schema != own && schema != "berth.error/v1" => return Some(format!("it says {schema}")),
        _ => {}
    }
    let name = schema.trim_end_matches("/v1");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/schemas/{name}.v1.json"));
    let kept: Value = serde_json::from_slice(&fs::read(path).ok()?).unwrap();
    mismatch(&kept, &kept, &document)
}

/// Where `value` is not what `schema` says; as much of JSON Schema as the kept ones use.
fn mismatch(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return mismatch(
            root,
            root.pointer(reference.trim_start_matches('#')).unwrap(),
            value,
        );
    }
    for word in ["anyOf", "oneOf"] {
        let forms = schema[word].as_array();
        if forms.is_some_and(|forms| forms.iter().all(|form| mismatch(root, form, value).is_some())) {
            return Some(format!("{value} is of none of the forms"));
        }
    }
    if schema.get("const").is_some_and(|expected| expected != value) {
        return Some(format!("{value} is not {}", schema["const"]));
    }
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = match &schema["type"] {
        Value::String(one) => one == is,
        Value::Array(several) => several.iter().any(|one| one == is),
        _ => true,
    };
    if !fits {
        return Some(format!("{value} is not {}", schema["type"]));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            return Some(format!("{name} is missing"));
        }
    }
    if let (Some(properties), Some(fields)) = (schema["properties"].as_object(), value.as_object()) {
        let wrong = properties.iter().find_map(|(name, inner)| {
            let found = mismatch(root, inner, fields.get(name)?)?;
            Some(format!("{name}: {found}"))
        });
        if wrong.is_some() {
            return wrong;
        }
    }
    let items = value.as_array().filter(|_| schema["items"].is_object());
    items?
        .iter()
        .find_map(|item| mismatch(root, &schema["items"], item))
}

/// Where berth runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Just so.
    Plain,
    /// Behind a proxy, on plain http to another machine, which is warned of.
    Proxied,
    /// In a pipeline of GitHub's, which is told what came out.
    Pipeline,
}

#[tokio::test]
async fn every_command_prints_one_document() {
    let listed: BTreeSet<String> = CALLS.iter().map(|(words, _)| (*words).to_owned()).collect();
    let missing: Vec<_> = commands().difference(&listed).cloned().collect();
    assert!(missing.is_empty(), "no call for {missing:?}");
    let broker = Broker::start().await;
    broker.deploy("talker", Transport::Stdio, &[]).await;
    let token = broker.first_token();
    let proxy = Forwarder::adding_token(&broker.url, &token).await;
    let mut wrong = Vec::new();
    for place in [Place::Plain, Place::Proxied, Place::Pipeline] {
        for (words, arguments) in CALLS {
            let folder = tempfile::tempdir_in(broker.scratch()).unwrap();
            let mut command = broker.command();
            command.args(["--output", "json"]).args(words.split(' '));
            for argument in arguments.split_whitespace() {
                let argument = argument
                    .replace("CONNECTOR", fixture("connector.mjs").to_str().unwrap())
                    .replace("DIR", folder.path().to_str().unwrap());
                command.arg(argument);
            }
            match place {
                Place::Plain => {}
                Place::Proxied => {
                    command
                        .env("BERTH_URL", "http://berth.example")
                        .env("BERTH_TOKEN", &token)
                        .env("HTTP_PROXY", &proxy.url)
                        .env("http_proxy", &proxy.url);
                }
                Place::Pipeline => {
                    command
                        .env("CI", "true")
                        .env("GITHUB_ACTIONS", "true")
                        .env("GITHUB_OUTPUT", folder.path().join("output"))
                        .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"))
                        .env("CLICOLOR_FORCE", "1");
                }
            }
            let output = Program::start(&mut command).finish().await;
            if let Some(objection) = objection(words, &output) {
                wrong.push(format!(
                    "{place:?}: berth {words} {arguments}: {objection}\n{output:#?}"
                ));
            }
            if MUST_WORK.contains(words) && output.status != Some(0) {
                wrong.push(format!(
                    "{place:?}: berth {words} {arguments} failed\n{output:#?}"
                ));
            }
            let is_warned = output.stderr.contains("plain http");
            if place == Place::Proxied && *words == "list" && !is_warned {
                wrong.push(format!("nothing was warned of\n{output:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn help_versions_and_what_has_no_end_are_documents_too() {
    let folder = tempfile::tempdir().unwrap();
    let berth = || {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_berth"));
        command
            .env("BERTH_CONFIG_DIR", folder.path())
            .stdin(std::process::Stdio::null());
        command
    };
    for (arguments, schema) in [
        (&["--version"][..], "berth.version/v1"),
        (&["deploy", "--help"], "berth.help/v1"),
        (&["depoly"], "berth.error/v1"),
        (&["logs", "x", "--follow"], "berth.error/v1"),
    ] {
        let mut command = berth();
        command.args(arguments).args(["--output", "json"]);
        let output = Program::start(&mut command).finish().await;
        assert_eq!(output.json()["schema"], schema, "{output:#?}");
    }
    let mut command = berth();
    command
        .args([
            "--output",
            "json",
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--data-dir",
        ])
        .arg(folder.path().join("data"));
    let mut serving = Program::start(&mut command);
    let told = serving.stdout.json_with("public_url").await;
    assert_eq!(
        (&told["schema"], &told["ok"]),
        (&"berth.serve/v1".into(), &true.into())
    );
    serving.child.start_kill().unwrap();
    assert_eq!(serving.finish().await.stdout.lines().count(), 1);
}
