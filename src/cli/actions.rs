//! What a pipeline is given besides the answer: the step's outputs and summary of GitHub Actions, and a file of lines
//! `NAME=value` for everybody else's (GitLab's `artifacts:reports:dotenv`, `source` in a shell).

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{
    error::{CmdError, Kind},
    ui,
};
use crate::{
    model::{ConnectorName, Digest},
    wire::ReleaseView,
};

/// Where a pipeline wants to be told what came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// `GITHUB_OUTPUT`: lines are added.
    pub(super) output: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`: Markdown is added.
    pub(super) summary: Option<PathBuf>,
    /// `--output-file`: it is written anew.
    pub(super) file: Option<PathBuf>,
}

impl Wishes {
    /// Makes the file that was named, so that a path that can't be written is told before anything is done.
    pub(super) fn prepare(&self) -> Result<(), CmdError> {
        match &self.file {
            Some(path) => fs::write(path, "").map_err(|error| unwritable(path, error)),
            None => Ok(()),
        }
    }

    /// Tells what the release is and where.
    pub(super) fn tell_release(
        &self,
        name: &ConnectorName,
        release: &ReleaseView,
        previous: Option<i64>,
    ) -> Result<(), CmdError> {
        let digest = release.artifact.as_ref().map(Digest::to_string);
        let number = release.number.to_string();
        let values = [
            ("connector", name.as_str()),
            ("url", release.endpoint.as_str()),
            ("release", number.as_str()),
            ("digest", digest.as_deref().unwrap_or_default()),
        ];
        if let Some(path) = &self.output {
            add(path, &lines(values))?;
        }
        if let Some(path) = &self.file {
            // BERTH_URL is the broker's address to every berth command, and a dotenv file becomes variables.
            let [connector, url, release, digest] = values.map(|(_, value)| value);
            let named = [
                ("BERTH_CONNECTOR", connector),
                ("BERTH_ENDPOINT", url),
                ("BERTH_RELEASE", release),
                ("BERTH_DIGEST", digest),
            ];
            fs::write(path, lines(named)).map_err(|error| unwritable(path, error))?;
        }
        let state = match previous {
            Some(previous) if previous != release.number => {
                format!("{} (was release {previous})", release.state.as_str())
            }
            _ => release.state.as_str().to_owned(),
        };
        let tools = release.tools.map(|tools| tools.to_string());
        self.summarise(
            &format!("berth: {name}"),
            &[
                ("Release", &number),
                ("State", &state),
                ("Source", release.pinned.as_deref().unwrap_or(&release.source)),
                ("Artifact", digest.as_deref().unwrap_or("none")),
                ("Tools", tools.as_deref().unwrap_or("not known")),
                ("Endpoint", &release.endpoint),
            ],
        )
    }

    /// Tells why there is nothing to tell.
    pub(super) fn tell_failure(&self, error: &CmdError) -> Result<(), CmdError> {
        self.summarise(
            "berth: deploy failed",
            &[
                ("Code", error.kind.code()),
                ("What happened", &error.chain()),
                ("What to do", &error.hint),
            ],
        )
    }

    fn summarise(&self, title: &str, rows: &[(&str, &str)]) -> Result<(), CmdError> {
        let Some(path) = &self.summary else {
            return Ok(());
        };
        let mut text = format!("### {title}\n\n| | |\n|---|---|\n");
        for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(&format!("| {name} | {} |\n", cell(value)));
        }
        text.push('\n');
        add(path, &text)
    }
}

/// `text` as what stands in one cell of a table, and as nothing else: what others wrote may hold Markdown and HTML.
fn cell(text: &str) -> String {
    let mut shown = String::new();
    for c in ui::plain(text).chars() {
        match c {
            '\n' | '\t' => shown.push(' '),
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '|' | '`' | '[' | ']' | '*' | '_' | '\\' | '!' => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown
}

/// One value a line. None of them has a line break: names, numbers, digests and addresses.
fn lines<const N: usize>(values: [(&str, &str); N]) -> String {
    let line = |(name, value): (&str, &str)| {
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        format!("{name}={value}\n")
    };
    values.into_iter().map(line).collect()
}

fn add(path: &Path, text: &str) -> Result<(), CmdError> {
    let added = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    added.map_err(|error| unwritable(path, error))
}

fn unwritable(path: &Path, error: std::io::Error) -> CmdError {
    CmdError::new(Kind::Failed, format!("{} can't be written", path.display())).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(
            cell("a|b\n<img src=x> [x](y)"),
            "a\\|b &lt;img src=x&gt; \\[x\\](y)"
        );
    }

    #[test]
    fn each_is_told_in_its_own_way() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| Some(directory.path().join(name));
        let wishes = Wishes {
            output: path("output"),
            summary: path("summary"),
            file: path("file"),
        };
        fs::write(directory.path().join("output"), "before=1\n").unwrap();
        fs::write(directory.path().join("file"), "stale=1\n").unwrap();
        wishes.prepare().unwrap();
        let release = r#"{"number":7,"state":"live","source":"npx x","transport":"stdio","created_at":0,"tools":2,"endpoint":"https://b/mcp/x"}"#;
        let release: ReleaseView = serde_json::from_str(release).unwrap();
        wishes
            .tell_release(&"x".parse().unwrap(), &release, Some(6))
            .unwrap();
        let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
        assert_eq!(
            read("output"),
            "before=1\nconnector=x\nurl=https://b/mcp/x\nrelease=7\ndigest=\n"
        );
        assert_eq!(
            read("file"),
            "BERTH_CONNECTOR=x\nBERTH_ENDPOINT=https://b/mcp/x\nBERTH_RELEASE=7\nBERTH_DIGEST=\n"
        );
        let summary = read("summary");
        assert!(
            summary.contains("| State | live (was release 6) |\n| Source | npx x |"),
            "{summary}"
        );
        let nowhere = Wishes {
            file: path("no/such/folder"),
            ..Wishes::default()
        };
        assert!(nowhere.prepare().unwrap_err().message.contains("no/such/folder"));
    }
}
