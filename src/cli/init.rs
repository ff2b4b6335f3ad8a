//! `berth init`: what a folder is recognised as, written down in its `berth.toml`.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::Serialize;
use toml::Value;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind, Problems},
    source::{Chosen, FLAG, Found, SourceArgs, TransportArgs, Wanted, chosen},
};
use crate::{
    manifest::{FILE_NAME, Manifest},
    model::{ConnectorName, Transport},
};

/// Write a berth.toml that says how a folder is deployed
///
/// It holds what `berth deploy` would guess, or what the flags say, so that every later deploy does the same and
/// guesses nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth init                                  what the current folder looks like
  berth init ./server --name gong-crm
  berth init --npx @modelcontextprotocol/server-everything
  berth init --force                          replace the berth.toml that is there")]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,

    /// What the connector is called [default: guessed from the source]
    #[arg(long)]
    name: Option<ConnectorName>,

    #[command(flatten)]
    transport: TransportArgs,

    /// Replace a berth.toml that is there; its name, settings and names of secrets stay
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    path: PathBuf,
    connector: ConnectorName,
    source: String,
    source_from: String,
    transport: &'static str,
    transport_from: String,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let folder = folder(&args.source);
    let path = folder.join(FILE_NAME);
    if !args.force && fs::symlink_metadata(&path).is_ok() {
        return Err(
            CmdError::new(Kind::Conflict, format!("{} is there already", path.display()))
                .with_hint("edit it, or replace it with --force"),
        );
    }
    let mut problems = Problems::default();
    let mut found = args.source.find_aside(&mut problems).await;
    if let Some(found) = &mut found {
        problems.keep(keep_values(&folder, &mut found.manifest));
    }
    let (name, transport) = match &found {
        Some(found) => {
            let name = match (args.name, &found.manifest.name) {
                (Some(name), _) => Some(chosen(name, FLAG)),
                (None, Some(name)) => Some(chosen(name.clone(), FILE_NAME)),
                (None, None) => found.guess_name(),
            };
            if name.is_none() {
                problems.add(ctx.missing(&["--name"]));
            }
            let guess = found.guesses.transport.as_ref();
            (name, problems.keep(args.transport.choose(&found.manifest, guess)))
        }
        None => (None, None),
    };
    problems.settle()?;
    let (Some(found), Some(name), Some(transport)) = (found, name, transport) else {
        return Err(CmdError::usage("there is nothing to write down"));
    };
    for warning in &found.guesses.warnings {
        ctx.ui.warn(warning);
    }
    let text = text(&folder, &found, &name, &transport);
    write(&path, &text).map_err(|error| {
        CmdError::new(Kind::Failed, format!("{} can't be written", path.display())).with_source(error)
    })?;
    ctx.ui.say(text.trim_end());
    let body = Body {
        path: path.clone(),
        connector: name.value.clone(),
        source: found.source.value.describe(),
        source_from: found.source.origin.to_string(),
        transport: transport.value.as_str(),
        transport_from: transport.origin.to_string(),
    };
    ctx.ui
        .answer(documents::INIT, &body, || format!("{}\n", path.display()))
}

/// Takes over the name, the settings and the names of secrets that the folder's `berth.toml` says, whatever names the
/// source now. What it says about that source, its transport included, is not what is being written down.
fn keep_values(folder: &Path, manifest: &mut Manifest) -> Result<(), CmdError> {
    let old = Manifest::load(folder).map_err(|error| {
        let hint = match error.hint() {
            "" => "mend what it says, or remove it: --force keeps its name, settings and names of secrets",
            hint => hint,
        };
        CmdError::usage(error.to_string()).with_hint(hint)
    })?;
    if let Some(old) = old {
        if old.has_sections() {
            let message =
                "the berth.toml that is there describes more than a deploy ([oauth], [access] or [tools])";
            return Err(CmdError::new(Kind::Conflict, message).with_hint("edit it: --force would lose that"));
        }
        manifest.name = old.name.or(manifest.name.take());
        (manifest.env, manifest.secrets) = (old.env, old.secrets);
    }
    Ok(())
}

/// The folder that is described: that which is named, or that of a zip file; else the current one.
fn folder(source: &SourceArgs) -> PathBuf {
    match source.place.as_deref() {
        Some(place) if place.is_dir() => place.to_owned(),
        Some(place) => match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        },
        None => PathBuf::from("."),
    }
}

/// Writes the file whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".berth.toml.")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    // Like any other file of the folder, which its owner's umask would have made so.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(mode)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// The manifest, with where each value came from.
fn text(folder: &Path, found: &Found, name: &Chosen<ConnectorName>, transport: &Chosen<Transport>) -> String {
    let mut lines = Lines::default();
    lines.text.push_str(
        "# How `berth deploy` deploys this folder. A flag wins over what stands here; `berth deploy --help` tells them.\n\n",
    );
    lines.key("name", name.value.as_str().into(), &name.origin);
    let from = &found.source.origin;
    let strings = |words: &[String]| Value::Array(words.iter().map(|word| word.as_str().into()).collect());
    let (args, scripts) = match &found.source.value {
        Wanted::Image { reference, args } => {
            lines.key("image", reference.as_str().into(), from);
            (args.as_slice(), false)
        }
        Wanted::Dockerfile { path, context, args } => {
            lines.key("dockerfile", relative(folder, path), from);
            if path.parent() != Some(context) {
                lines.key("context", relative(folder, context), from);
            }
            (args.as_slice(), false)
        }
        Wanted::Artifact {
            reference,
            start,
            args,
        } => {
            lines.key("artifact", reference.as_str().into(), from);
            if let Some(start) = start {
                lines.key("start", strings(start), from);
            }
            (args.as_slice(), false)
        }
        Wanted::Npx {
            package,
            args,
            allow_scripts,
        } => {
            lines.key("npx", package.as_str().into(), from);
            (args.as_slice(), *allow_scripts)
        }
        Wanted::Uvx {
            package,
            args,
            allow_scripts,
        } => {
            lines.key("uvx", package.as_str().into(), from);
            (args.as_slice(), *allow_scripts)
        }
        Wanted::Command { command } => {
            lines.key("command", strings(command), from);
            (&[][..], false)
        }
        Wanted::Bundle { path, start, .. } => {
            match &found.manifest.bundle {
                Some(bundle) => lines.key("bundle", bundle.display().to_string().into(), FILE_NAME),
                None if is_same(folder, path) => {}
                None => lines.key("bundle", relative(folder, path), from),
            }
            lines.key("start", strings(start), from);
            (&[][..], false)
        }
    };
    if !args.is_empty() {
        lines.key("args", strings(args), FLAG);
    }
    if scripts {
        lines.key("allow-scripts", true.into(), FLAG);
    }
    lines.key("transport", transport.value.as_str().into(), &transport.origin);
    if let Transport::Http { port, path } = &transport.value {
        if let Some(port) = port {
            lines.key("port", i64::from(*port).into(), &transport.origin);
        }
        lines.key("path", path.as_str().into(), "where it answers MCP");
    }
    lines.values(&found.manifest);
    lines.text
}

#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    /// A key with its value, and where that comes from.
    fn key(&mut self, key: &str, value: Value, comment: &str) {
        // A comment ends with its line, whatever a file's name has in it.
        let comment: String = comment.chars().filter(|c| !c.is_control()).collect();
        let comment = comment.trim_end_matches("; `berth init` pins it");
        self.text
            .push_str(&format!("{:<40}  # {comment}\n", format!("{key} = {value}")));
    }

    /// The settings and the names of secrets that were there, or an example of them.
    fn values(&mut self, before: &Manifest) {
        self.text
            .push_str("\n# Secrets are only named here; their values come with the deploy: --secret KEY.\n");
        if before.secrets.is_empty() {
            self.text.push_str("# secrets = [\"API_KEY\"]\n");
        } else {
            let names = before.secrets.iter().map(|name| name.as_str().into()).collect();
            self.text
                .push_str(&format!("secrets = {}\n", Value::Array(names)));
        }
        if before.env.is_empty() {
            self.text.push_str("\n# [env]\n# REGION = \"eu\"\n");
            return;
        }
        self.text.push_str("\n[env]\n");
        for (name, value) in &before.env {
            self.text
                .push_str(&format!("{name} = {}\n", Value::from(value.as_str())));
        }
    }
}

/// `path` as the manifest in `folder` names it.
fn relative(folder: &Path, path: &Path) -> Value {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (folder, path) = (whole(folder), whole(path));
    let named = match path.strip_prefix(&folder) {
        Ok(within) if within.as_os_str().is_empty() => Path::new("."),
        Ok(within) => within,
        Err(_) => &path,
    };
    named.display().to_string().into()
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::context::{Environment, Global};

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn init(words: &[&str]) -> Result<(), CmdError> {
        let global = Global {
            quiet: true,
            ..Global::default()
        };
        let ctx = Context::new(&global, Environment::of([]));
        let args = Line::parse_from(["init"].iter().chain(words)).args;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(&ctx, args))
    }

    #[test]
    fn what_is_written_is_read_back_as_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        fs::write(
            folder.path().join("package.json"),
            r#"{"name":"@acme/Gong CRM","bin":"a b.js"}"#,
        )
        .unwrap();
        fs::write(folder.path().join("a b.js"), "StreamableHTTPServerTransport").unwrap();
        init(&[place]).unwrap();
        let text = fs::read_to_string(folder.path().join(FILE_NAME)).unwrap();
        assert!(text.contains("# guessed from package.json `bin`\n"), "{text}");
        let manifest: Manifest = text.parse().unwrap();
        assert_eq!(manifest.name.as_ref().unwrap().as_str(), "gong-crm");
        assert_eq!(manifest.start.as_deref().unwrap(), ["node", "a b.js"]);
        assert_eq!(manifest.path.as_deref(), Some("/mcp"));
        let again = init(&[place]).unwrap_err();
        assert_eq!(again.kind, Kind::Conflict);
        // What was there stays, but for what is said anew.
        let kept = "name = \"kept\"\nsecrets = [\"KEY\"]\nstart = \"node 'a b.js'\"\n[env]\nA = \"1\\n2\"\n";
        fs::write(folder.path().join(FILE_NAME), kept).unwrap();
        init(&[place, "--force", "--port", "8000"]).unwrap();
        let manifest = Manifest::load(folder.path()).unwrap().unwrap();
        assert_eq!(manifest.name.as_ref().unwrap().as_str(), "kept");
        assert_eq!((manifest.port, manifest.secrets.len()), (Some(8000), 1));
        assert_eq!(manifest.env.values().collect::<Vec<_>>(), ["1\n2"]);
    }

    #[test]
    fn another_source_keeps_the_name_the_settings_and_the_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let old =
            "name = \"kept\"\nnpx = \"old\"\ntransport = \"http\"\nsecrets = [\"KEY\"]\n[env]\nA = \"1\"\n";
        let check = |words: &[&str], line: &str| {
            fs::write(folder.path().join(FILE_NAME), old).unwrap();
            let mut problems = Problems::default();
            let args = Line::parse_from(["init", "--force"].iter().chain(words)).args;
            let mut found = args.source.find(&mut problems).unwrap();
            keep_values(folder.path(), &mut found.manifest).unwrap();
            let name = chosen(found.manifest.name.clone().unwrap(), FILE_NAME);
            let transport = args.transport.choose(&found.manifest, None).unwrap();
            let text = text(folder.path(), &found, &name, &transport);
            assert!(text.contains(line), "{text}");
            let manifest: Manifest = text.parse().unwrap();
            assert_eq!(manifest.name.unwrap().as_str(), "kept");
            assert_eq!((manifest.env.len(), manifest.secrets.len()), (1, 1));
        };
        check(&["--npx", "x"], "transport = \"stdio\"");
        check(&["--uvx", "x"], "uvx = \"x\"");
        check(&["--image", "x"], "image = \"x\"");
        check(
            &["--artifact", "x:1", "--transport", "stdio"],
            "artifact = \"x:1\"",
        );
        check(&["--", "/bin/x"], "command = [\"/bin/x\"]");
        fs::write(folder.path().join(FILE_NAME), "nmae = 1\nx = 2\n").unwrap();
        let refused = keep_values(folder.path(), &mut Manifest::default()).unwrap_err();
        assert_eq!(refused.kind, Kind::Usage);
        assert!(refused.to_string().contains("berth.toml"), "{refused}");
    }

    #[test]
    fn every_source_can_be_written_down() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("Dockerfile"), "FROM x\nEXPOSE 8000").unwrap();
        let check = |words: &[&str], expected: &str| {
            let mut problems = Problems::default();
            let args = Line::parse_from(["init"].iter().chain(words)).args;
            let found = args.source.find(&mut problems).unwrap();
            problems.settle().unwrap();
            let transport = args
                .transport
                .choose(&found.manifest, found.guesses.transport.as_ref());
            let name = chosen("x".parse().unwrap(), FLAG);
            let text = text(folder.path(), &found, &name, &transport.unwrap());
            let manifest: Manifest = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
            assert!(manifest.source().is_some(), "{text}");
            assert!(text.contains(expected), "{expected} is not in {text}");
        };
        let place = folder.path().to_str().unwrap();
        check(&["--npx", "x@1", "--allow-scripts", "--", "-v"], "npx = \"x@1\"");
        check(
            &["--npx", "x@1", "--allow-scripts", "--", "-v"],
            "allow-scripts = true",
        );
        check(&["--uvx", "x", "--", "a\"b"], "args = [");
        check(&["--image", "ghcr.io/x:1"], "image = \"ghcr.io/x:1\"");
        check(
            &["--artifact", "x:1", "--start", "node x"],
            "start = [\"node\", \"x\"]",
        );
        check(&["--", "/bin/x", "-y"], "command = [\"/bin/x\", \"-y\"]");
        check(&["--dockerfile", place], "dockerfile = \"Dockerfile\"");
        check(&["--dockerfile", place], "port = 8000");
        check(&["--bundle", place, "--start", "x"], "start = [\"x\"]");
    }
}
