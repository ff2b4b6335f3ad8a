//! What a person should know about how a folder was packed.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
};

/// Most names that a note lists.
const MOST: usize = 5;

#[derive(Debug, Default)]
pub(super) struct Remarks {
    /// Looks private, and `.berthignore` asks for it.
    pub(super) asked: Vec<PathBuf>,
    /// Folders of dependencies that `.gitignore` names.
    pub(super) sent_anyway: Vec<PathBuf>,
    /// Patterns that were not applied to packages.
    pub(super) despite: Vec<String>,
    /// Names among dependencies that differ only by case.
    pub(super) same_names: Vec<(PathBuf, PathBuf)>,
    /// Links that were left out, by the folder that they were in.
    interpreters: BTreeMap<PathBuf, Vec<String>>,
}

impl Remarks {
    /// A link to the interpreter of this machine was left out.
    pub(super) fn interpreter(&mut self, folder: &Path, name: &OsStr) {
        let names = self.interpreters.entry(folder.to_owned()).or_default();
        names.push(name.display().to_string());
    }

    /// In whole sentences.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.asked.is_empty() {
            let names = paths(&self.asked);
            notes.push(format!(
                "{names}: sent although it looks private, because .berthignore asks for it"
            ));
        }
        if !self.sent_anyway.is_empty() {
            let names = paths(&self.sent_anyway);
            notes.push(format!(
                "{names}: sent although .gitignore names it, because installed dependencies are needed to run; \
                 a line in .berthignore leaves it out"
            ));
        }
        for pattern in &self.despite {
            let bare = pattern.trim_end_matches('/');
            notes.push(format!(
                "{pattern:?} in .berthignore was not applied inside dependencies; \"**/{bare}\" would be"
            ));
        }
        for (folder, names) in &self.interpreters {
            notes.push(format!(
                "{}: links to this machine's Python are left out ({}); the broker makes them anew",
                folder.display(),
                some(names.iter().cloned())
            ));
        }
        if let Some((one, other)) = self.same_names.first() {
            let more = match self.same_names.len() {
                1 => String::new(),
                count => format!(", and {} more pairs", count - 1),
            };
            notes.push(format!(
                "{} and {} differ only by case{more}: they can't be unpacked on every machine",
                one.display(),
                other.display()
            ));
        }
        notes
    }
}

fn paths(paths: &[PathBuf]) -> String {
    let mut shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    shown.sort_unstable();
    some(shown.into_iter())
}

fn some(names: impl ExactSizeIterator<Item = String>) -> String {
    let rest = names.len().saturating_sub(MOST);
    let mut shown: Vec<String> = names.take(MOST).collect();
    if rest > 0 {
        shown.push(format!("{rest} more"));
    }
    shown.join(", ")
}
