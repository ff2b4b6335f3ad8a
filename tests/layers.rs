//! Who may import whom: the table of the architecture as data, held against every `crate::` path in `src`.
//!
//! Test modules are left out: what a test reaches for is no dependency of what it tests.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Bottom up: modules, and what each of them may import of berth.
const MAY_IMPORT: &str = "
    model secret mcp |
    manifest bundle presets | model
    wire seal net    | model secret
    store            | model secret seal
    blobs            | model
    connector        | model secret mcp
    package          | model manifest bundle
    client           | model secret wire bundle mcp
    audit            | model store
    environment      | model secret store audit
    keys backups     | model secret store seal audit
    identity         | model secret store net audit
    authserver       | model secret store net identity audit
    oauth            | model secret store net audit
    runtime          | model secret mcp connector blobs bundle
    resolve          | model bundle blobs runtime
    releases         | model secret mcp store blobs bundle environment resolve runtime audit
    calls            | model secret mcp identity oauth environment releases runtime connector
    api              | model secret wire keys backups identity authserver oauth environment releases runtime calls \
                       audit
    registry         | model secret store identity blobs bundle
    gateway          | model secret mcp identity connector calls
    console          | model secret wire identity authserver oauth environment releases runtime calls audit bundle blobs
    demo             | model mcp
    server           | model secret mcp wire bundle net store seal audit blobs identity authserver oauth environment keys backups \
                       connector runtime resolve releases calls api registry gateway console demo
    cli              | model secret wire manifest package client mcp presets
    fuzz             | model mcp connector bundle manifest
    main             | cli
";

/// Files that may import more than their module: commands that run a part of the broker in this process.
const FILES_MAY_ALSO: [(&str, &[&str]); 9] = [
    ("cli/serve.rs", &["server", "demo"]),
    ("cli/demo.rs", &["server", "demo"]),
    ("cli/doctor.rs", &["server", "runtime", "resolve"]),
    ("cli/check/bench.rs", &["runtime", "resolve", "blobs"]),
    ("cli/check/subject.rs", &["runtime", "resolve"]),
    ("cli/check/listening.rs", &["runtime"]),
    ("cli/check/stdio.rs", &["runtime", "connector"]),
    ("cli/check/http.rs", &["runtime", "connector"]),
    ("cli/exec.rs", &["runtime", "connector"]),
];

/// What may stand only in some modules or files, and in which.
const ONLY_IN: [(&str, &[&str], &[&str]); 6] = [
    (
        "axum",
        &["axum::"],
        &[
            "api",
            "registry",
            "gateway",
            "console",
            "authserver",
            "demo",
            "server",
        ],
    ),
    ("SQL", &["sqlx::"], &["store"]),
    ("the Docker API", &["bollard::"], &["runtime", "package/image.rs"]),
    ("clap", &["clap::", "clap_complete::", "clap_mangen::"], &["cli"]),
    (
        "printing",
        &["println!", "eprintln!", "print!", "eprint!"],
        &["cli"],
    ),
    (
        "environment variables",
        &[
            "env::var",
            "env::vars",
            "env::var_os",
            "env::set_var",
            "env::remove_var",
        ],
        &["cli/context.rs", "server/config.rs"],
    ),
];

#[test]
fn imports_follow_the_table() {
    let breaches: Vec<String> = sources().iter().flat_map(breaches_of_imports).collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn each_thing_stays_where_it_belongs() {
    let breaches: Vec<String> = sources().iter().flat_map(breaches_of_absence).collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn a_breach_is_found() {
    let file = |path: &str, text: &str| Source {
        path: path.to_owned(),
        code: code_of(text),
    };
    let check = |path: &str, text: &str, expected: &str| {
        let file = file(path, text);
        let found = [breaches_of_imports(&file), breaches_of_absence(&file)].concat();
        assert_eq!(found, [expected], "{path}: {text}");
    };
    check(
        "oauth.rs",
        "use crate::gateway::Gateway;",
        "oauth.rs: oauth may not import gateway",
    );
    check(
        "oauth/flow.rs",
        "use crate::{\n    model::{Millis, UserId},\n    api::Api,\n};",
        "oauth/flow.rs: oauth may not import api",
    );
    check(
        "model/ids.rs",
        "fn f() { crate::store::open() }",
        "model/ids.rs: model may not import store",
    );
    check(
        "cli/deploy.rs",
        "use crate::server::Server;",
        "cli/deploy.rs: cli may not import server",
    );
    check("odd.rs", "fn f() {}", "odd.rs: module odd is not in the table");
    check(
        "oauth.rs",
        "use super::store;",
        "oauth.rs: write crate:: instead of super:: for another module",
    );
    check(
        "oauth.rs",
        "fn f() { println!(\"\") }",
        "oauth.rs: printing belongs in cli",
    );
    check(
        "net.rs",
        "let x = std::env::var(\"X\");",
        "net.rs: environment variables belongs in cli/context.rs, server/config.rs",
    );
    check("calls.rs", "use sqlx::Row;", "calls.rs: SQL belongs in store");

    let clean = |path: &str, text: &str| {
        let file = file(path, text);
        let found = [breaches_of_imports(&file), breaches_of_absence(&file)].concat();
        assert!(found.is_empty(), "{found:?}");
    };
    clean(
        "oauth.rs",
        "// crate::gateway\nlet s = \"crate::gateway::\"; let r = r#\"sqlx::\"#; let c = '\"';",
    );
    clean(
        "oauth.rs",
        "use crate::oauth::Flow;\n#[cfg(test)]\nmod tests { use crate::gateway::Gateway; }",
    );
    clean("cli/serve.rs", "use crate::{server::Server, client::Profiles};");
    clean("cli/ui.rs", "fn f<'a>(x: &'a str) { eprintln!(\"{x}\") }");
}

struct Source {
    /// Below `src`.
    path: String,
    /// Without comments, string contents and test modules.
    code: String,
}

impl Source {
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

fn breaches_of_imports(source: &Source) -> Vec<String> {
    let module = source.module();
    if module == "lib" {
        return Vec::new(); // It decides what is public, and may name anything for that.
    }
    let Some(allowed) = may_import(module) else {
        return vec![format!("{}: module {module} is not in the table", source.path)];
    };
    let also = FILES_MAY_ALSO
        .iter()
        .find(|(path, _)| *path == source.path)
        .map_or(&[][..], |(_, also)| also);
    let mut found: Vec<String> = crate_paths(&source.code)
        .into_iter()
        .filter(|name| name != module && !allowed.contains(&name.as_str()) && !also.contains(&name.as_str()))
        .map(|name| format!("{}: {module} may not import {name}", source.path))
        .collect();
    let leaves_by_super =
        !source.path.contains('/') && source.code.lines().any(|line| line.starts_with("use super::"));
    if leaves_by_super {
        found.push(format!(
            "{}: write crate:: instead of super:: for another module",
            source.path
        ));
    }
    found
}

/// What the table says of `module`.
fn may_import(module: &str) -> Option<Vec<&'static str>> {
    MAY_IMPORT
        .lines()
        .filter_map(|line| line.split_once('|'))
        .find(|(modules, _)| modules.split_whitespace().any(|name| name == module))
        .map(|(_, imports)| imports.split_whitespace().collect())
}

fn breaches_of_absence(source: &Source) -> Vec<String> {
    ONLY_IN
        .iter()
        .filter(|(_, needles, homes)| {
            !homes.contains(&source.module())
                && !homes.contains(&source.path.as_str())
                && needles.iter().any(|needle| has_word(&source.code, needle))
        })
        .map(|(what, _, homes)| format!("{}: {what} belongs in {}", source.path, homes.join(", ")))
        .collect()
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 20, "only {} files found", files.len());
    let texts: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            (file, text)
        })
        .collect();
    let tests: BTreeSet<PathBuf> = texts
        .iter()
        .flat_map(|(file, text)| {
            let folder = file.with_extension("");
            test_modules(&without_literals(text))
                .into_iter()
                .map(move |(_, name, _)| folder.join(name).with_extension("rs"))
        })
        .collect();
    texts
        .into_iter()
        // A test module's own files are tests too.
        .filter(|(file, _)| {
            !tests
                .iter()
                .any(|test| file == test || file.starts_with(test.with_extension("")))
        })
        .map(|(file, text)| Source {
            path: file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(),
            code: code_of(&text),
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules that follow `crate::`, alone or in a group, once each.
fn crate_paths(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(is_word) || code[..at].ends_with('$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(heads(group)),
            None => names.extend([word(rest)]),
        }
    }
    names.remove("");
    names
}

/// The first word of each item of a `{…}` group, which starts just after its brace.
fn heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut item = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                heads.push(word(group[item..at].trim_start()));
                item = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `needle` occurs and is not the tail of a longer word; a needle that ends in a word is a whole one.
fn has_word(code: &str, needle: &str) -> bool {
    code.match_indices(needle).any(|(at, _)| {
        let after = &code[at + needle.len()..];
        let inside_a_word = code[..at].ends_with(is_word);
        let goes_on = needle.ends_with(is_word) && after.starts_with(is_word);
        !inside_a_word && !goes_on
    })
}

/// Rust source without what is no code: comments, the contents of strings, `#[cfg(test)]` modules.
fn code_of(text: &str) -> String {
    let mut bare = without_literals(text);
    // By habit a file's test module is its last item.
    if let Some((at, _, _)) = test_modules(&bare).into_iter().find(|(_, _, inline)| *inline) {
        bare.truncate(at);
    }
    bare
}

/// Where each `#[cfg(test)]` module is declared, its name, and whether it stands right there.
fn test_modules(code: &str) -> Vec<(usize, String, bool)> {
    code.match_indices("#[cfg(test)]")
        .filter_map(|(at, attribute)| {
            let mut rest = code[at + attribute.len()..].trim_start();
            while rest.starts_with("#[") {
                rest = rest[rest.find("]\n")? + 1..].trim_start();
            }
            let rest = rest
                .strip_prefix("pub(crate) ")
                .unwrap_or(rest)
                .strip_prefix("mod ")?;
            let name = word(rest);
            let inline = rest[name.len()..].trim_start().starts_with('{');
            Some((at, name, inline))
        })
        .collect()
}

fn without_literals(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = raw_string(rest).filter(|_| !out.ends_with(is_word)) {
            length
        } else if c == '"' {
            quoted(rest, '"')
        } else if c == '\'' && is_char_literal(rest) {
            quoted(rest, '\'')
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        rest = &rest[skipped..];
    }
    out
}

/// How long the raw string is that `text` starts with.
fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.chars().take_while(|c| *c == '#').count();
    let inner = body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - inner.len();
    Some(inner.find(&end).map_or(text.len(), |at| start + at + end.len()))
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character and not a lifetime: `'x'` or `'\n'`.
fn is_char_literal(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    matches!(
        (chars.next(), chars.next()),
        (Some('\\'), _) | (Some(_), Some('\''))
    )
}
