//! The help of each command is the one that was read and found good, fits on a screen, and has examples that work.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/help");
const WIDEST: usize = 100;

/// The commands that one can type, by their words.
fn commands() -> BTreeMap<String, clap::Command> {
    fn collect(command: &clap::Command, words: &str, all: &mut BTreeMap<String, clap::Command>) {
        for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
            // Within a group, `help` is clap's own.
            if inner.get_name() != "help" || words == "berth" {
                collect(inner, &format!("{words} {}", inner.get_name()), all);
            }
        }
        // Whatever the terminal of whoever runs the test is like.
        all.insert(words.to_owned(), command.clone().term_width(WIDEST));
    }
    let mut root = berth::command();
    root.build();
    let mut all = BTreeMap::new();
    collect(&root, "berth", &mut all);
    assert!(all.len() > 60, "{:?}", all.keys());
    all
}

/// What `-h` and `--help` print.
fn text(words: &str, command: &mut clap::Command) -> String {
    let (short, long) = (command.render_help(), command.render_long_help());
    format!("$ {words} -h\n{short}\n$ {words} --help\n{long}")
}

#[test]
fn help_is_what_is_kept() {
    let mut stale = Vec::new();
    let mut known = BTreeSet::new();
    for (words, mut command) in commands() {
        let name = format!("{}.txt", words.replace(' ', "-"));
        let (path, text) = (Path::new(FOLDER).join(&name), text(&words, &mut command));
        if super::updates() {
            fs::create_dir_all(FOLDER).unwrap();
            fs::write(&path, &text).unwrap();
        }
        if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            stale.push(name.clone());
        }
        known.insert(name);
    }
    assert!(
        stale.is_empty(),
        "other than in tests/help: {stale:?}; UPDATE=1 cargo test --test generated writes it anew, to be read"
    );
    for entry in fs::read_dir(FOLDER).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            known.contains(&name),
            "tests/help/{name}: there is no such command"
        );
    }
}

#[test]
fn help_fits_and_has_examples() {
    let mut wrong = String::new();
    for (words, mut command) in commands() {
        for line in text(&words, &mut command).lines() {
            if line.chars().count() > WIDEST {
                writeln!(wrong, "{words}: too wide: {line}").unwrap();
            }
        }
        let is_leaf = !command.has_subcommands() || !command.is_subcommand_required_set();
        if is_leaf && examples(&command).is_empty() {
            writeln!(wrong, "{words}: no examples").unwrap();
        }
        for example in examples(&command) {
            let typed = berth::command().try_get_matches_from(split(&example));
            if let Err(error) = typed {
                writeln!(wrong, "{words}: `{example}`: {error}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn lines_are_split_as_a_shell_does() {
    let check = |line: &str, expected: &[&str]| assert_eq!(split(line), expected, "{line}");
    check("a  b", &["a", "b"]);
    check("a 'b c'd \"e f\" ''", &["a", "b cd", "e f", ""]);
}

/// The calls of berth in the help's examples.
fn examples(command: &clap::Command) -> Vec<String> {
    let help = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let Some((_, examples)) = help.split_once("Example") else {
        return Vec::new();
    };
    let examples = examples.replace("\\\n    ", "");
    let lines = examples.lines().skip(1).take_while(|line| line.starts_with("  "));
    let calls = lines
        .flat_map(|line| line.trim_start().split(" | "))
        .filter_map(|call| {
            // What comes before is how it is called, and more than two spaces precede a remark.
            let from = if call.starts_with("berth ") {
                0
            } else {
                call.rfind(" berth ")? + 1
            };
            let call = &call[from..];
            let end = ["   ", " > ", " && "]
                .iter()
                .filter_map(|sign| call.find(sign))
                .min();
            Some(call[..end.unwrap_or(call.len())].to_owned())
        });
    calls.collect()
}

/// The words of a command line.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            // What a shell would put there is one word.
            (None, '(') => quote = Some(')'),
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
