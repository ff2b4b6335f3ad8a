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
    /// What `.gitignore` kept back: folders first, which are `false`.
    pub(super) ignored: Vec<(bool, PathBuf)>,
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
            let names = some(sorted(&self.asked));
            notes.push(format!(
                "sent because .berthignore asks for it, although it looks private: {names}"
            ));
        }
        if !self.sent_anyway.is_empty() {
            let names = some(sorted(&self.sent_anyway));
            notes.push(format!(
                "sent although .gitignore names it, because dependencies are needed to run: {names} \
                 (.berthignore leaves it out)"
            ));
        }
        if let Some((_, first)) = self.ignored.iter().min() {
            let names = some(sorted(&self.ignored).map(|(_, path)| path));
            notes.push(format!(
                "not sent because .gitignore names it: {names} (a line \"!{}\" in .berthignore sends it)",
                first.display()
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
                "links to this machine's Python are left out of {}, and made anew by the broker: {}",
                folder.display(),
                some(names.iter().map(Path::new))
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

fn sorted<T: Ord>(of: &[T]) -> impl ExactSizeIterator<Item = &T> {
    let mut sorted: Vec<&T> = of.iter().collect();
    sorted.sort_unstable();
    sorted.into_iter()
}

fn some<P: AsRef<Path>>(paths: impl ExactSizeIterator<Item = P>) -> String {
    let rest = paths.len().saturating_sub(MOST);
    let mut shown: Vec<String> = paths
        .take(MOST)
        .map(|path| path.as_ref().display().to_string())
        .collect();
    if rest > 0 {
        shown.push(format!("{rest} more"));
    }
    shown.join(", ")
}
