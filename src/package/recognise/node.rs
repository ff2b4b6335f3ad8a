//! A folder with a package.json that has a `bin` or a `start` script.

use std::path::Path;

use serde_json::Value;

use super::{Guessed, Look, RecogniseError, Recognised, text_of, transport_of};
use crate::manifest::split_words;

const FILE: &str = "package.json";

pub(super) fn recognise(folder: &Path) -> Result<Option<Recognised>, RecogniseError> {
    let file = folder.join(FILE);
    let Some(text) = text_of(&file)? else {
        return Ok(None);
    };
    // Some editors begin a text with a byte order mark, which npm lets pass.
    let package: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        RecogniseError::Malformed {
            file: file.clone(),
            problem: error.to_string(),
        }
    })?;
    let name = package["name"].as_str();
    let (start, from) = match bin(&file, &package)? {
        Some(script) => (vec!["node".to_owned(), script], format!("{FILE} `bin`")),
        None => match package["scripts"]["start"].as_str() {
            Some(script) => (start_script(script), format!("{FILE} `scripts.start`")),
            None => return Ok(None),
        },
    };
    if let Some(missing) = missing_script(folder, &start) {
        let builds = package["scripts"]["build"].is_string();
        return Err(RecogniseError::NotThere {
            file,
            missing,
            make: match builds {
                true => "run `npm run build` first, or say what starts it with --start".to_owned(),
                false => "make the file first, or say what starts it with --start".to_owned(),
            },
        });
    }
    let mut warnings = Vec::new();
    let depends = package["dependencies"]
        .as_object()
        .is_some_and(|all| !all.is_empty());
    if depends && !folder.join("node_modules").is_dir() {
        warnings.push(format!(
            "{FILE} names dependencies and there is no node_modules: run `npm install` first"
        ));
    }
    if start[0] == "npm" {
        warnings.push(
            "it is started through npm, which has to be on the broker's machine: --start 'node FILE' starts it directly"
                .to_owned(),
        );
    }
    Ok(Some(Recognised {
        transport: transport_of(folder, &start),
        look: Look::Files { start },
        from,
        name: name.map(|name| Guessed {
            value: unscoped(name).to_owned(),
            from: format!("{FILE} `name`"),
        }),
        warnings,
    }))
}

/// The script that `bin` names: the only one, or that which is called as the package is.
fn bin(file: &Path, package: &Value) -> Result<Option<String>, RecogniseError> {
    let plain = |path: &str| path.trim_start_matches("./").to_owned();
    let table = match &package["bin"] {
        Value::String(path) => return Ok(Some(plain(path))),
        Value::Object(table) => table,
        _ => return Ok(None),
    };
    let scripts: Vec<(&String, &str)> = table
        .iter()
        .filter_map(|(name, path)| Some((name, path.as_str()?)))
        .collect();
    let own = package["name"].as_str().map(unscoped);
    let named = scripts.iter().find(|(name, _)| Some(name.as_str()) == own);
    match (named, &scripts[..]) {
        (Some((_, path)), _) | (None, [(_, path)]) => Ok(Some(plain(path))),
        (None, []) => Ok(None),
        (None, several) => {
            // Two names of one script are no choice.
            if several.iter().all(|(_, path)| *path == several[0].1) {
                return Ok(Some(plain(several[0].1)));
            }
            Err(RecogniseError::Several {
                file: file.to_owned(),
                what: "names several programs in `bin`",
                flags: several
                    .iter()
                    .map(|(_, path)| format!("--start 'node {}'", plain(path)))
                    .collect(),
            })
        }
    }
}

fn unscoped(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, name)| name)
}

/// A `start` script as a command line: itself where no shell is needed for it, else through npm.
fn start_script(script: &str) -> Vec<String> {
    let needs_shell = script.contains([
        '&', '|', ';', '<', '>', '$', '`', '(', ')', '*', '?', '~', '#', '\n',
    ]);
    match split_words(script) {
        Ok(words) if words[0] == "node" && !needs_shell => words,
        _ => ["npm", "run", "--silent", "start"].map(str::to_owned).to_vec(),
    }
}

/// The script of `node …` that is not in the folder.
fn missing_script(folder: &Path, start: &[String]) -> Option<String> {
    if start[0] != "node" {
        return None;
    }
    // Behind a flag may stand its value; then only the folder tells which word is the script.
    let words = start.iter().skip(1);
    let script = words.clone().find(|word| !word.starts_with('-'))?;
    let is_there = |word: &&String| {
        let path = folder.join(word);
        path.is_file() || path.with_added_extension("js").is_file() || path.join("index.js").is_file()
    };
    match words.clone().any(|word| is_there(&word)) {
        true => None,
        false => Some(script.clone()),
    }
}
