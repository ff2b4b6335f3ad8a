//! What a connector is called when nobody says.

use std::path::Path;

use super::Wanted;
use crate::model::ConnectorName;

/// A name after the package, the folder or the program; `None` where that gives no name.
pub(super) fn guess(wanted: &Wanted) -> Option<ConnectorName> {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let raw = match wanted {
        Wanted::Npx { package, .. } => {
            let unscoped = package
                .rsplit_once('/')
                .map_or(package.as_str(), |(_, name)| name);
            let unversioned = unscoped.split_once('@').map_or(unscoped, |(name, _)| name);
            unversioned.to_owned()
        }
        Wanted::Uvx { package, .. } => {
            let end = package.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
            package[..end.unwrap_or(package.len())].to_owned()
        }
        // A name ends at its digest or tag; a ':' before the last '/' is that of a port.
        Wanted::Image { reference, .. } | Wanted::Artifact { reference, .. } => {
            let path = reference
                .split_once('@')
                .map_or(reference.as_str(), |(path, _)| path);
            let last = path.rsplit_once('/').map_or(path, |(_, last)| last);
            last.split_once(':').map_or(last, |(name, _)| name).to_owned()
        }
        Wanted::Dockerfile { context, .. } => stem(&context.canonicalize().ok()?)?,
        Wanted::Bundle { path, .. } => stem(&path.canonicalize().ok()?)?,
        Wanted::Command { command } => stem(Path::new(program(command)?))?,
    };
    from_text(&raw)
}

/// `raw` in the letters that a name may have.
pub(super) fn from_text(raw: &str) -> Option<ConnectorName> {
    let mut name = String::new();
    for c in raw.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    name.truncate(63);
    name.trim_end_matches('-').parse().ok()
}

/// The word of a command that tells what it is: after an interpreter, the script.
fn program(command: &[String]) -> Option<&str> {
    const INTERPRETERS: [&str; 9] = [
        "node", "python", "python3", "deno", "bun", "ruby", "sh", "bash", "env",
    ];
    let (first, rest) = command.split_first()?;
    let name = Path::new(first).file_name()?.to_str()?;
    if !INTERPRETERS.contains(&name) {
        return Some(first);
    }
    rest.iter()
        .map(String::as_str)
        .find(|word| !word.starts_with('-') && !word.contains(' '))
}
