//! A folder with a pyproject.toml and the virtual environment that its dependencies are in.

use std::path::Path;

use toml::{Table, Value};

use super::{Guessed, Look, RecogniseError, Recognised, text_of, transport_of};

const FILE: &str = "pyproject.toml";
/// Where a virtual environment usually is.
const VENVS: [&str; 2] = [".venv", "venv"];
/// What is started where the project has no scripts.
const MAINS: [&str; 3] = ["main.py", "server.py", "app.py"];

pub(super) fn recognise(folder: &Path) -> Result<Option<Recognised>, RecogniseError> {
    let file = folder.join(FILE);
    let Some(text) = text_of(&file)? else {
        return Ok(None);
    };
    let project: Table = text
        .parse()
        .map_err(|error: toml::de::Error| RecogniseError::Malformed {
            file: file.clone(),
            problem: error.message().to_owned(),
        })?;
    let project = Value::Table(project);
    let at = |keys: &[&str]| keys.iter().try_fold(&project, |value, key| value.get(key));
    let name = at(&["project", "name"]).or_else(|| at(&["tool", "poetry", "name"]));
    let name = name.and_then(Value::as_str);
    let scripts = [
        ("project.scripts", at(&["project", "scripts"])),
        ("tool.poetry.scripts", at(&["tool", "poetry", "scripts"])),
    ];
    let scripts = scripts.into_iter().find_map(|(key, table)| {
        let table = table?.as_table()?;
        (!table.is_empty()).then_some((key, table))
    });
    let what = match scripts {
        Some((key, table)) => Some((script(&file, table, name)?, format!("{FILE} `{key}`"))),
        None => MAINS
            .iter()
            .find(|main| folder.join(main).is_file())
            .map(|main| (Script::File((*main).to_owned()), format!("{FILE} and {main}"))),
    };
    let Some((script, from)) = what else {
        return Ok(None);
    };
    let Some(venv) = VENVS
        .iter()
        .find(|venv| folder.join(venv).join("pyvenv.cfg").is_file())
    else {
        return Err(RecogniseError::NotInstalled { file });
    };
    let start = match script {
        Script::File(main) => vec![format!("{venv}/bin/python"), main],
        Script::Entry(entry) => {
            let program = format!("{venv}/bin/{entry}");
            if !folder.join(&program).is_file() {
                return Err(RecogniseError::NotThere {
                    file,
                    missing: program,
                    make: format!("run `uv sync`, or `{venv}/bin/pip install .`, which makes it"),
                });
            }
            vec![program]
        }
    };
    Ok(Some(Recognised {
        transport: transport_of(folder, &start),
        look: Look::Files { start },
        from,
        name: name.map(|name| Guessed {
            value: name.to_owned(),
            from: format!("{FILE} `name`"),
        }),
        warnings: Vec::new(),
    }))
}

enum Script {
    /// A program that installing the project makes.
    Entry(String),
    File(String),
}

/// The only script, or that which is called as the project is.
fn script(file: &Path, table: &Table, name: Option<&str>) -> Result<Script, RecogniseError> {
    let names: Vec<&String> = table.keys().collect();
    // As PEP 503 compares names.
    let normal = |name: &str| name.to_lowercase().replace(['_', '.'], "-");
    let own = names
        .iter()
        .find(|script| name.is_some_and(|name| normal(name) == normal(script)));
    match (own, &names[..]) {
        (Some(script), _) | (None, [script]) => Ok(Script::Entry((*script).clone())),
        (None, several) => Err(RecogniseError::Several {
            file: file.to_owned(),
            what: "names several scripts",
            flags: several
                .iter()
                .map(|script| format!("--start .venv/bin/{script}"))
                .collect(),
        }),
    }
}
