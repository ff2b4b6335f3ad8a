//! What a deploy means: each value with the place that it came from, decided before anything is sent.

use std::collections::BTreeMap;

use super::{ConnectorArgs, described::Sections};
use crate::{
    cli::{
        context::Context,
        error::{CmdError, Problems},
        prompt,
        source::{Chosen, FLAG, Wanted, chosen},
        ui,
        values::{self, Absent},
    },
    client::Client,
    manifest::FILE_NAME,
    model::{ConnectorName, EnvName, Run, Source, Transport},
    package::Artifact,
    secret::Secret,
    wire::ConnectorView,
};

#[derive(Debug)]
pub(in crate::cli) struct Plan {
    pub(super) name: Chosen<ConnectorName>,
    pub(in crate::cli) source: Chosen<Wanted>,
    pub(in crate::cli) transport: Chosen<Transport>,
    pub(in crate::cli) settings: BTreeMap<EnvName, String>,
    pub(in crate::cli) run: Run,
    pub(in crate::cli) secrets: BTreeMap<EnvName, Secret<String>>,
    /// What the manifest describes besides the release.
    pub(super) sections: Sections,
    /// Secrets that the manifest names and nobody gave.
    pub(in crate::cli) unset: Vec<EnvName>,
}

impl Plan {
    /// Decides everything that can be decided without the broker.
    pub(in crate::cli) async fn of(ctx: &Context, args: ConnectorArgs) -> Result<Self, CmdError> {
        let mut problems = Problems::default();
        let found = args.source.find_aside(&mut problems).await;
        let manifest = found
            .as_ref()
            .map(|found| found.manifest.clone())
            .unwrap_or_default();
        let name = match (&args.name, &manifest.name, &found) {
            (Some(name), ..) => Some(chosen(name.clone(), FLAG)),
            (None, Some(name), _) => Some(chosen(name.clone(), FILE_NAME)),
            (None, None, Some(found)) => found.guess_name(),
            (None, None, None) => None,
        };
        if name.is_none() && found.is_some() {
            problems.add(ctx.missing(&["--name"]));
        }
        let guess = found.as_ref().and_then(|found| found.guesses.transport.as_ref());
        let transport = problems.keep(args.transport.choose(&manifest, guess));
        let sections = Sections::of(&manifest);
        let run = problems.keep(args.run.over(manifest.run)).unwrap_or_default();
        let mut settings = manifest.env;
        settings.extend(
            problems
                .keep(values::settings(&args.settings))
                .unwrap_or_default(),
        );
        let mut secrets = problems
            .keep(values::secrets(ctx, "--secret", &args.secrets, Absent::Refused).await)
            .unwrap_or_default();
        let mut unset = Vec::new();
        for name in manifest.secrets {
            if secrets.contains_key(&name) {
                continue;
            }
            match ctx.secret_from_variable(FILE_NAME, name.as_str()) {
                Ok(value) => drop(secrets.insert(name, value)),
                Err(_) => unset.push(name),
            }
        }
        for both in settings.keys().filter(|name| secrets.contains_key(name)) {
            problems.add(
                CmdError::usage(format!("{both} is given as a plain setting and as a secret"))
                    .with_hint("keep the secret, and take it out of -e and berth.toml's [env]"),
            );
        }
        problems.settle()?;
        let (Some(found), Some(name), Some(transport)) = (found, name, transport) else {
            return Err(CmdError::usage("there is nothing to deploy"));
        };
        for warning in &found.guesses.warnings {
            ctx.ui.warn(warning);
        }
        let source = found.source;
        Ok(Self {
            name,
            source,
            transport,
            settings,
            run,
            secrets,
            sections,
            unset,
        })
    }

    /// Gets the secrets that the manifest names: those that the connector has already stay as they are.
    pub(super) async fn ask_for_secrets(
        &mut self,
        ctx: &Context,
        present: Option<&ConnectorView>,
    ) -> Result<(), CmdError> {
        let unset = self.needed_of(present);
        self.unset.clear();
        if unset.is_empty() {
            return Ok(());
        }
        if ctx.cannot_ask().is_some() {
            let flags: Vec<String> = unset.iter().map(|name| format!("--secret {name}")).collect();
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            return Err(ctx.missing(&flags).with_hint(
                "--secret KEY takes the environment variable KEY, --secret KEY=@FILE a file's contents",
            ));
        }
        for name in unset {
            let value = prompt::hidden(format!("Secret {name}")).await?;
            if value.expose().is_empty() {
                return Err(CmdError::usage(format!(
                    "the secret {name} is needed, and nothing was typed"
                )));
            }
            self.secrets.insert(name, value);
        }
        Ok(())
    }

    /// The secrets that the manifest names, nobody gave, and the connector has not got.
    pub(super) fn needed_of(&self, present: Option<&ConnectorView>) -> Vec<EnvName> {
        let has = |name: &EnvName| {
            present.is_some_and(|known| {
                let lists = [&known.secrets, &known.values, &known.per_user];
                lists.iter().any(|list| list.contains(name))
            })
        };
        self.unset.iter().filter(|name| !has(name)).cloned().collect()
    }

    /// The plan, for people.
    pub(super) fn lines(
        &self,
        client: &Client,
        source: &Source,
        artifact: Option<&Artifact>,
        present: Option<&ConnectorView>,
    ) -> Vec<String> {
        let named = |names: Vec<&EnvName>| {
            names
                .iter()
                .map(|name| name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let live = present.and_then(|connector| connector.live.as_ref());
        let change = match (present, live) {
            (None, _) => "new".to_owned(),
            (Some(_), None) => "has no live release yet".to_owned(),
            (Some(_), Some(live)) => format!("release {} is live", live.number),
        };
        let text = ui::fields([
            (
                "Source",
                format!("{} ({})", self.source.value.describe(), self.source.origin),
            ),
            ("Files", artifact.map(files).unwrap_or_default()),
            (
                "Left out",
                artifact
                    .map(|artifact| some_of(&artifact.left_out))
                    .unwrap_or_default(),
            ),
            (
                "Note",
                artifact
                    .map(|artifact| artifact.notes.join("\n"))
                    .unwrap_or_default(),
            ),
            (
                "Connector",
                format!("{} ({}), {change}", self.name.value, self.name.origin),
            ),
            (
                "Transport",
                format!("{} ({})", self.transport.value.describe(), self.transport.origin),
            ),
            ("Scripts", scripts(source).to_owned()),
            ("Settings", named(self.settings.keys().collect())),
            ("Secrets", named(self.secrets.keys().collect())),
            ("Broker", client.base().to_string()),
        ]);
        text.lines().map(|line| format!("  {line}")).collect()
    }
}

/// What is done about the scripts that packages bring.
fn scripts(source: &Source) -> &'static str {
    match source {
        Source::Npx {
            allow_scripts: false, ..
        } => "install scripts are not run (--allow-scripts runs them)",
        Source::Npx { .. } => "install scripts are run",
        Source::Uvx {
            allow_scripts: false, ..
        } => "only wheels are installed, nothing is built (--allow-scripts builds source distributions)",
        Source::Uvx { .. } => "source distributions are built, which runs their code",
        _ => "",
    }
}

fn files(artifact: &Artifact) -> String {
    match artifact.files {
        // An image's are not counted.
        0 => ui::size(artifact.bytes),
        files => format!("{files} files, {}", ui::size(artifact.bytes)),
    }
}

/// The first few of a list that may be long.
fn some_of(list: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = list
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if list.len() > SHOWN {
        text.push_str(&format!(" and {} more", list.len() - SHOWN));
    }
    text
}
