//! `berth help`: a command's help, or a topic's.

use clap_mangen::roff::{Roff, bold, roman};

use super::{
    context::Context,
    documents,
    error::CmdError,
    ui::{Output, Words},
};
use crate::model::nearest;

/// Show the help of a command, or of a topic: exit-codes, environment, manifest, templates
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth help deploy
  berth help oauth set
  berth help exit-codes     what each exit code means, for scripts
  berth help environment    the environment variables that are read
  berth help manifest       the keys of berth.toml
  berth help templates      how a token is written into a header, a variable or a file")]
pub(crate) struct Args {
    /// A command with its parts, or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

/// A page of its own.
struct Topic {
    name: &'static str,
    title: &'static str,
    text: &'static str,
}

const TOPICS: [Topic; 4] = [
    Topic {
        name: "exit-codes",
        title: "what each exit code of berth means",
        text: include_str!("help/exit-codes.txt"),
    },
    Topic {
        name: "environment",
        title: "the environment variables that berth reads",
        text: include_str!("help/environment.txt"),
    },
    Topic {
        name: "manifest",
        title: "berth.toml, which says how a folder is deployed",
        text: include_str!("help/manifest.txt"),
    },
    Topic {
        name: "templates",
        title: "how berth writes a token where a connector reads it",
        text: include_str!("help/templates.txt"),
    },
];

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), CmdError> {
    let text = match &args.words[..] {
        [word] if let Some(topic) = TOPICS.iter().find(|topic| topic.name == word) => topic.text.to_owned(),
        words => of_command(words)?,
    };
    match ctx.ui.output {
        Output::Json => ctx.ui.document(documents::HELP, true, &Words { text }),
        _ => ctx.ui.show(&text),
    }
}

fn of_command(words: &[String]) -> Result<String, CmdError> {
    let mut command = super::command();
    command.build();
    let mut found = &command;
    for (at, word) in words.iter().enumerate() {
        let mut known: Vec<String> = found
            .get_subcommands()
            .map(|inner| inner.get_name().to_owned())
            .collect();
        if at == 0 {
            known.extend(TOPICS.iter().map(|topic| topic.name.to_owned()));
        }
        match found.find_subcommand(word) {
            Some(inner) => found = inner,
            None => return Err(unknown(word, known)),
        }
    }
    Ok(found.clone().render_long_help().to_string())
}

fn unknown(word: &str, known: Vec<String>) -> CmdError {
    let hint = match nearest(word, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there is help for {}", known.join(", ")),
    };
    CmdError::usage(format!("there is no command and no topic {word:?}")).with_hint(hint)
}

/// The manual page of each topic, with its file name.
pub(crate) fn pages() -> Vec<(String, Vec<u8>)> {
    let page = |topic: &Topic| {
        let mut page = Roff::new();
        let name = format!("berth-{}", topic.name);
        page.control(
            "TH",
            [
                name.as_str(),
                "7",
                "",
                concat!("berth ", env!("CARGO_PKG_VERSION")),
            ],
        );
        page.control("SH", ["NAME"]);
        page.text([bold(name.as_str()), roman(format!(" - {}", topic.title))]);
        page.control("SH", ["DESCRIPTION"]);
        page.control("nf", []);
        for line in topic.text.lines() {
            page.text([roman(line)]);
        }
        page.control("fi", []);
        (format!("{name}.7"), page.render().into_bytes())
    };
    TOPICS.iter().map(page).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{cli::error::Kind, manifest, model::TOKEN_FIELDS};

    fn text(name: &str) -> &'static str {
        TOPICS.iter().find(|topic| topic.name == name).unwrap().text
    }

    #[test]
    fn every_exit_code_is_told() {
        let told = text("exit-codes");
        for kind in Kind::ALL {
            let line = format!("{:>5}  ", kind.exit_code());
            assert!(told.contains(&line) && told.contains(kind.code()), "{kind:?}");
        }
    }

    #[test]
    fn every_variable_that_is_read_is_told() {
        let told = text("environment");
        let sources = [include_str!("context.rs"), include_str!("context/engine.rs")];
        let mut read = BTreeSet::new();
        for source in sources {
            for call in [
                "environment.get(\"",
                "environment.text(\"",
                "self.get(\"",
                "named(\"",
            ] {
                for part in source.split(call).skip(1) {
                    read.insert(part.split('"').next().unwrap());
                }
            }
        }
        // Where programs are, and Docker's socket; nothing that one would set for berth.
        for unneeded in ["PATH", "XDG_RUNTIME_DIR"] {
            read.remove(unneeded);
        }
        assert!(read.contains("BERTH_URL") && read.len() > 8, "{read:?}");
        for name in read {
            assert!(told.contains(name), "{name}");
        }
    }

    #[test]
    fn every_key_and_every_field_is_told() {
        for key in manifest::KEYS {
            let told = text("manifest");
            let is_told = [
                format!("\n  {key} = "),
                format!("\n  [{key}]"),
                format!("\n  [[{key}]]"),
            ]
            .iter()
            .any(|line| told.contains(line));
            assert!(is_told, "{key}");
        }
        for field in TOKEN_FIELDS {
            assert!(text("templates").contains(&format!("{{{field}}}")), "{field}");
        }
    }

    #[test]
    fn help_is_found_or_suggested() {
        let of = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            of_command(&words)
        };
        assert!(of(&[]).unwrap().contains("Usage: berth"));
        assert!(of(&["oauth", "set"]).unwrap().contains("berth oauth set"));
        assert_eq!(of(&["exit-code"]).unwrap_err().hint, "did you mean `exit-codes`?");
        assert_eq!(of(&["depoly"]).unwrap_err().hint, "did you mean `deploy`?");
        assert_eq!(of(&["oauth", "sett"]).unwrap_err().hint, "did you mean `set`?");
    }
}
