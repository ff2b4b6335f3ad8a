//! `berth env set`

use std::collections::BTreeMap;

use super::{change, change_mine, missing};
use crate::{
    cli::{
        context::Context,
        documents,
        error::CmdError,
        prompt,
        values::{self, Absent},
        verdict::Waiting,
    },
    model::{ConnectorName, EnvName, ValueKind},
    secret::Secret,
    wire::{EnvSet, EnvUpdate, OwnUpdate},
};

/// Set values of a connector, or your own with --mine
///
/// A secret is never given on the command line, where other users and logs would see it: it is taken from the
/// environment variable of its name, from a file or from standard input, or asked for on a terminal. KEY=VALUE is for
/// what may be seen; a name that is a secret already stays one.
///
/// With --mine, gives what the connector asks each of its users for (--per-user): only your own calls have it, and nobody
/// is shown it again. Users who have not given theirs are asked by their MCP client when they call a tool.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth env set gong-crm REGION=eu LOG_LEVEL=debug
  berth env set gong-crm --secret API_KEY            from the variable API_KEY, or asked for
  berth env set gong-crm --secret KEY=@key.pem
  pass show gong | berth env set gong-crm --secret API_KEY=@-
  berth env set gong-crm --per-user 'API_KEY=your key, from gong.example/settings'
  berth env set gong-crm --mine API_KEY              your own, asked for
  berth env set gong-crm --mine                      all that is missing")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// A plain value; with --mine KEY, KEY=@FILE or KEY=@-
    #[arg(value_name = "KEY=VALUE")]
    values: Vec<String>,

    /// A secret: from the environment variable KEY, from a file, or from standard input; repeatable
    #[arg(long = "secret", value_name = "KEY|KEY=@FILE|KEY=@-")]
    secrets: Vec<String>,

    /// A value that each user gives, and what they are told of it; repeatable
    #[arg(long, value_name = "KEY[=WHAT IT IS]")]
    per_user: Vec<String>,

    /// Give your own values
    #[arg(long, conflicts_with_all = ["secrets", "per_user", "detach", "wait_timeout"])]
    mine: bool,

    #[command(flatten)]
    waiting: Waiting,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    if args.mine {
        let set = match args.values.is_empty() {
            true => all_missing(ctx, &args.name).await?,
            false => values::secrets(ctx, "--mine", &args.values, Absent::AskedFor).await?,
        };
        if set.is_empty() {
            let name = &args.name;
            ctx.ui
                .say(format!("Nothing to do: {name} needs nothing more of you."));
        }
        let unset = Vec::new();
        return change_mine(ctx, documents::ENV_SET, &args.name, &OwnUpdate { set, unset }).await;
    }
    let update = update(ctx, &args).await?;
    change(ctx, documents::ENV_SET, &args.name, &update, &args.waiting).await
}

/// What was typed, as what it means.
async fn update(ctx: &Context, args: &Args) -> Result<EnvUpdate, CmdError> {
    if args.values.is_empty() && args.secrets.is_empty() && args.per_user.is_empty() {
        return Err(ctx.missing(&["KEY=VALUE, --secret or --per-user"]));
    }
    let mut set: BTreeMap<EnvName, EnvSet> = BTreeMap::new();
    let mut add = |kind: Option<ValueKind>, name: EnvName, value: Secret<String>| {
        set.insert(name, EnvSet { kind, value });
    };
    for (name, value) in values::assignments("KEY=VALUE", &args.values)? {
        add(None, name, Secret::new(value));
    }
    for (name, about) in values::described("--per-user", &args.per_user)? {
        add(Some(ValueKind::PerUser), name, Secret::new(about));
    }
    // Last, since it may ask.
    for (name, value) in values::secrets(ctx, "--secret", &args.secrets, Absent::AskedFor).await? {
        add(Some(ValueKind::Secret), name, value);
    }
    if set.len() < args.values.len() + args.secrets.len() + args.per_user.len() {
        return Err(CmdError::usage("a name is given twice"));
    }
    let unset = Vec::new();
    Ok(EnvUpdate { set, unset })
}

/// Asks for each value that the connector needs of this person and has not got.
async fn all_missing(
    ctx: &Context,
    name: &ConnectorName,
) -> Result<BTreeMap<EnvName, Secret<String>>, CmdError> {
    let own = ctx.client()?.own_values(name).await?;
    let missing = missing(&own);
    if ctx.cannot_ask().is_some() && !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
        return Err(ctx.missing(&names).with_hint(format!(
            "name it to take it from the variable: berth env set {name} --mine KEY"
        )));
    }
    let mut given = BTreeMap::new();
    for value in own.values.iter().filter(|value| !value.given) {
        let question = match value.about.as_str() {
            "" => value.name.to_string(),
            about => format!(
                "{} ({})",
                value.name,
                crate::cli::ui::plain(about).replace(['\n', '\t'], " ")
            ),
        };
        let text = prompt::hidden(question).await?;
        // Left out for now.
        if !text.expose().is_empty() {
            given.insert(value.name.clone(), text);
        }
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{
        context::{Environment, Global},
        error::Kind,
    };

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    async fn meaning(words: &[&str]) -> Result<EnvUpdate, CmdError> {
        let args = Line::parse_from(["set", "gong-crm"].iter().chain(words)).args;
        let global = Global {
            no_input: true,
            ..Global::default()
        };
        let environment = Environment::of([("API_KEY", "canary")]);
        update(&Context::new(&global, environment), &args).await
    }

    #[tokio::test]
    async fn what_is_typed_becomes_an_update() {
        let words = [
            "A=1=2",
            "B=",
            "--secret",
            "API_KEY",
            "--per-user",
            "MINE=your key",
            "--per-user",
            "BARE",
        ];
        let update = meaning(&words).await.unwrap();
        let told = |(name, set): (&EnvName, &EnvSet)| {
            let kind = set.kind.map_or("-", ValueKind::as_str);
            format!("{name} {kind} {}", set.value.expose())
        };
        let told: Vec<_> = update.set.iter().map(told).collect();
        assert_eq!(
            told,
            [
                "A - 1=2",
                "API_KEY secret canary",
                "B - ",
                "BARE per-user ",
                "MINE per-user your key"
            ]
        );
    }

    #[tokio::test]
    async fn what_can_not_be_right_is_refused_without_repeating_it() {
        for words in [
            &[][..],
            &["canary"],
            &["PATH=canary"],
            &["A=canary", "A=canary"],
            &["API_KEY=canary", "--secret", "API_KEY"],
            &["A=1", "--per-user", "A=canary"],
            &["--secret", "API_KEY=canary"],
            &["--secret", "UNSET"],
            &["--per-user", "a canary=x"],
        ] {
            let error = meaning(words).await.unwrap_err();
            assert_eq!(error.kind, Kind::Usage, "{words:?}");
            assert!(!format!("{error:?}").contains("canary"), "{words:?}: {error:?}");
        }
    }
}
