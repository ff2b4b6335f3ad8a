//! The completions and manual pages in the repository are those that the program generates; so is the help that is kept.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{collections::BTreeSet, fs, path::Path};

mod generated {
    mod help;

    use super::updates;
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn generated_files_are_fresh() {
    let files = berth::generated().unwrap();
    if updates() {
        for (path, content) in &files {
            let path = Path::new(ROOT).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
    let stale: Vec<&str> = files
        .iter()
        .filter(|(path, content)| fs::read(Path::new(ROOT).join(path)).ok().as_ref() != Some(content))
        .map(|(path, _)| path.as_str())
        .collect();
    assert!(
        stale.is_empty(),
        "stale: {stale:?}; run UPDATE=1 cargo test --test generated"
    );
    let known: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    for folder in ["completions", "man"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let path = format!("{folder}/{name}");
            assert!(
                known.contains(path.as_str()),
                "{path} is not generated any more: remove it"
            );
        }
    }
}

/// Whether whoever runs the test wants the files written.
#[allow(
    clippy::disallowed_methods,
    reason = "asks whoever runs the test, not the program"
)]
fn updates() -> bool {
    std::env::var_os("UPDATE").is_some()
}
