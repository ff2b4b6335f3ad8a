//! A folder with a Dockerfile.

use std::{collections::HashMap, path::Path};

use super::{Guessed, Look, RecogniseError, Recognised, text_of};
use crate::model::Transport;

const NAMES: [&str; 2] = ["Dockerfile", "Containerfile"];

pub(super) fn recognise(folder: &Path) -> Result<Option<Recognised>, RecogniseError> {
    for name in NAMES {
        let file = folder.join(name);
        let Some(text) = text_of(&file)? else {
            continue;
        };
        return Ok(Some(read(&file, &text)));
    }
    Ok(None)
}

pub(super) fn read(file: &Path, text: &str) -> Recognised {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let ports = exposed(text);
    let mut warnings = Vec::new();
    if let [first, _, ..] = &ports[..] {
        warnings.push(format!(
            "{name} exposes several ports: {first} is taken for the connector's, --port says otherwise"
        ));
    }
    Recognised {
        from: format!("its {name}"),
        name: None,
        transport: ports.first().map(|port| Guessed {
            value: Transport::Http {
                port: Some(*port),
                path: "/mcp".to_owned(),
            },
            from: format!("EXPOSE in {name}"),
        }),
        warnings,
        look: Look::Dockerfile(file.to_owned()),
    }
}

/// The TCP ports that the last stage exposes, in their order. A stage has what the stage that it starts from has.
fn exposed(text: &str) -> Vec<u16> {
    let mut stages: HashMap<String, Vec<u16>> = HashMap::new();
    let mut variables: HashMap<String, String> = HashMap::new();
    let (mut stage, mut ports) = (None::<String>, Vec::new());
    for instruction in instructions(text) {
        let mut words = instruction.split_whitespace();
        let Some(first) = words.next() else { continue };
        match first.to_ascii_uppercase().as_str() {
            "FROM" => {
                if let Some(name) = stage.take() {
                    stages.insert(name, std::mem::take(&mut ports));
                }
                let mut words = words.filter(|word| !word.starts_with("--"));
                let base = words.next().unwrap_or_default().to_ascii_lowercase();
                ports = stages.get(&base).cloned().unwrap_or_default();
                let is_named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("as"));
                // A stage without a name can't be started from, but ends the one before all the same.
                stage = Some(match words.next() {
                    Some(name) if is_named => name.to_ascii_lowercase(),
                    _ => format!("#{}", stages.len()),
                });
            }
            "ARG" | "ENV" => {
                let rest: Vec<&str> = words.collect();
                match &rest[..] {
                    [name, value] if !name.contains('=') => {
                        variables.insert((*name).to_owned(), (*value).to_owned());
                    }
                    all => variables.extend(all.iter().filter_map(|pair| {
                        let (name, value) = pair.split_once('=')?;
                        Some((name.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
                    })),
                }
            }
            "EXPOSE" => {
                for word in words {
                    let word = word.trim_matches(['"', '\'']);
                    let (port, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
                    let port = match port.strip_prefix('$') {
                        Some(name) => {
                            let name = name.trim_start_matches('{').trim_end_matches('}');
                            let (name, default) = name.split_once(":-").unwrap_or((name, ""));
                            variables.get(name).map_or(default, String::as_str)
                        }
                        None => port,
                    };
                    if protocol.eq_ignore_ascii_case("tcp")
                        && let Ok(port) = port.parse::<u16>()
                        && port != 0
                        && !ports.contains(&port)
                    {
                        ports.push(port);
                    }
                }
            }
            _ => {}
        }
    }
    ports
}

/// The instructions, each in one line, without comments.
fn instructions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(part) => {
                open.push_str(part);
                open.push(' ');
            }
            None => {
                open.push_str(line);
                found.push(std::mem::take(&mut open));
            }
        }
    }
    found.push(open);
    found
}

#[cfg(test)]
mod tests {
    use super::exposed;

    #[test]
    fn ports_of_the_last_stage_are_found() {
        for (text, expected) in [
            ("FROM x\nEXPOSE 8000", &[8000][..]),
            (
                "from x\nexpose 8000/tcp 53/udp \\\n # comment\n 9000\nEXPOSE 8000",
                &[8000, 9000],
            ),
            ("FROM x AS a\nEXPOSE 1\nFROM y\nRUN echo EXPOSE 3", &[]),
            (
                "FROM x AS Base\nEXPOSE 1\nFROM y\nEXPOSE 9\nFROM --platform=linux/amd64 base as last\nEXPOSE 2",
                &[1, 2],
            ),
            (
                "ARG PORT=81\nENV OTHER 82\nFROM x\nEXPOSE $PORT ${OTHER} ${NONE:-83} $UNKNOWN",
                &[81, 82, 83],
            ),
            ("FROM x\nEXPOSE 0 70000 8000-8010", &[]),
            ("", &[]),
        ] {
            assert_eq!(exposed(text), expected, "{text}");
        }
    }
}
