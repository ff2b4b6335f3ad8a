//! `berth oauth set`

mod ask;
mod base;
mod provider;
mod start;

pub(super) use ask::transport;

use serde_json::{Map, Value, json};

use crate::{
    cli::{context::Context, documents, error::CmdError, input},
    model::{ConnectorName, Owner, Placement, ProviderName},
    wire::{OAuthShown, OAuthUpdate, OAuthView},
};

/// Set a connector's OAuth: the third party's addresses, the client, and where the token is put
///
/// Sets what is named and leaves the rest as it is; an empty value ('') takes a setting away. What can be given several times
/// replaces the whole list.
/// With the connector's name alone, on a terminal, it asks. No deploy is needed before or after.
///
/// A connector may use several providers: --provider adds one beside those that it has. Each user authorizes at each of them,
/// and every call carries all their tokens, each in places of its own.
///
/// A client secret is never given on the command line, where other users and logs would see it: put it into a file,
/// pipe it in, or name an environment variable.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth set gong-crm                                asks, on a terminal
  berth oauth set gmail --preset google --client-id 7f3a --client-secret-file secret.txt
  berth oauth set gong-crm --auth-url https://idp.example/authorize --token-url https://idp.example/token \\
      --client-id 7f3a --client-secret-file secret.txt --scope crm.read --scope offline_access \\
      --header 'Authorization: Bearer {access_token}'
  pass show gong | berth oauth set gong-crm --client-secret-file -
  berth oauth set gmail --provider google --env 'ACCESS_TOKEN={access_token}'
  berth oauth set planner --provider github --preset github --client-id 9c1d --env 'GITHUB_TOKEN={access_token}'
  berth oauth set gong-crm --from gong.toml --if-version 5e884898da28
  berth oauth set drive --file 'TOKEN_FILE={access_token}'
  berth oauth set sheets --file 'CREDENTIALS={{\"token\": \"{access_token}\"}}'")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// Set what is known of a provider (`berth oauth presets` lists them), in place of all its settings but the client;
    /// the other flags are laid over it
    #[arg(long, value_name = "PRESET")]
    preset: Option<String>,

    /// Set what a file says, as `berth oauth show --output toml` writes it, in place of all settings but the client's
    /// secret; the other flags are laid over it. `-` is standard input
    #[arg(long, value_name = "FILE|-", conflicts_with = "preset")]
    from: Option<String>,

    /// Refuse when somebody changed the settings since `berth oauth show` gave this version; '' stands for no settings
    #[arg(long, value_name = "VERSION")]
    if_version: Option<String>,

    #[command(flatten)]
    settings: provider::Flags,

    /// Read the client secret from this file; `-` is standard input
    #[arg(long, value_name = "FILE|-", help_heading = "Client")]
    client_secret_file: Option<String>,

    /// Take the client secret from this environment variable
    #[arg(
        long,
        value_name = "VAR",
        conflicts_with = "client_secret_file",
        help_heading = "Client"
    )]
    client_secret_env: Option<String>,

    /// There only to be refused with the ways that are safe.
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    client_secret: Option<String>,

    /// A scope to ask for; repeatable, and several may stand in one, separated by spaces
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,

    /// Whose grants serve the users: each their own, or one that an admin makes for all [default: user]
    #[arg(long, value_name = "user|connector", help_heading = "Client")]
    owner: Option<Owner>,

    /// For http connectors: a header that carries the token, such as 'Authorization: Bearer {access_token}'
    #[arg(long = "header", value_name = "NAME: TEMPLATE")]
    headers: Vec<String>,

    /// For stdio connectors: a variable that carries the token, such as 'ACCESS_TOKEN={access_token}'
    #[arg(long = "env", value_name = "NAME=TEMPLATE")]
    variables: Vec<String>,

    /// For stdio connectors: a variable that names a file with the token in it, such as 'TOKEN_FILE={access_token}';
    /// a connector that reads it at each call needs no restart when the token changes
    #[arg(long = "file", value_name = "NAME=TEMPLATE")]
    files: Vec<String>,

    /// Set the provider of this name, beside those that the connector uses; several connectors may share one [default: the
    /// only one in use, else one of its own]
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let name = args.name.clone();
    let named_nothing = args.names_nothing(&args.settings.change()?);
    let from = args.from.clone();
    let preset = args.preset.as_deref().map(super::presets::named).transpose()?;
    let update = update(ctx, args).await?;
    let client = ctx.client()?;
    let update = match from {
        Some(path) => base::over(super::file::read(&path).await?.into_update(), update),
        None => update,
    };
    let present = super::present(&client, &name, update.provider.as_ref()).await?;
    let is_new = present.is_none() && update.provider.is_some();
    let update = match preset {
        Some(preset) => base::of_preset(ctx, &client, &name, (preset, update), present.as_ref()).await?,
        None => update,
    };
    let update = match ctx.cannot_ask() {
        None if named_nothing && present.is_none() => start::settings(ctx, &client, &name).await?,
        None if named_nothing => ask::settings(ctx, &client, &name, present).await?,
        _ => {
            let missing = missing(&update, present.as_ref(), named_nothing);
            if !missing.is_empty() {
                return Err(ctx.missing(&missing).with_hint(
                    "--preset NAME or --issuer URL stands for the addresses: `berth oauth presets` and `berth oauth discover` help to find it",
                ));
            }
            update
        }
    };
    let settings = client.set_oauth(&name, &update).await?;
    ctx.ui.say(format!(
        "Saved. Register this redirect URI at the third party: {}",
        settings.redirect_uri
    ));
    ctx.ui.say(format!(
        "To try it before its users do: berth oauth test {name} --login"
    ));
    if is_new && let several @ OAuthShown::Several { .. } = client.oauth(&name, None).await? {
        ctx.ui.say(format!(
            "{name} uses several providers now ({}), and its users authorize at each. \
             `berth oauth unset {name} --provider NAME` takes one away.",
            several.names().join(", ")
        ));
    }
    if !settings.mapping.env.is_empty() && !settings.mapping.files.is_empty() {
        ctx.ui.warn(format!(
            "a variable carries the token too, so that each new token needs a new process: `berth oauth set {name} --env ''` \
             leaves the file alone"
        ));
    }
    ctx.ui
        .answer(documents::OAUTH_SET, &settings, || super::text(&settings))
}

/// What the first settings of a connector need; all that is missing at once. A shared provider may have its part
/// already.
fn missing(update: &OAuthUpdate, present: Option<&OAuthView>, named_nothing: bool) -> Vec<&'static str> {
    if present.is_some() {
        return if named_nothing {
            vec!["at least one setting"]
        } else {
            Vec::new()
        };
    }
    let mut missing = Vec::new();
    if update.provider.is_none() {
        let is_named = |field: &str| update.settings.get(field).is_some_and(|value| !value.is_null());
        let by_itself = update.settings.get("grant") == Some(&json!("client-credentials"));
        let needed = [
            ("--auth-url", "auth_url", by_itself),
            ("--token-url", "token_url", false),
            ("--client-id", "client_id", false),
        ];
        // What an issuer says of itself is read by the broker.
        let is_needed = |field: &str| field == "client_id" || !is_named("issuer");
        missing.extend(needed.into_iter().filter_map(|(flag, field, spared)| {
            (!spared && !is_named(field) && is_needed(field)).then_some(flag)
        }));
    }
    if update.headers.is_none() && update.env.is_none() && update.files.is_none() {
        missing.push("--header, --env or --file");
    }
    missing
}

impl Args {
    fn names_nothing(&self, settings: &Map<String, Value>) -> bool {
        let texts = [
            &self.client_secret_file,
            &self.client_secret_env,
            &self.client_secret,
        ];
        let lists = [&self.scopes, &self.headers, &self.variables, &self.files];
        settings.is_empty()
            && texts.iter().all(|text| text.is_none())
            && lists.iter().all(|list| list.is_empty())
            && self.provider.is_none()
            && self.preset.is_none()
            && self.from.is_none()
            && self.owner.is_none()
    }
}

/// What was typed, as what it means.
async fn update(ctx: &Context, args: Args) -> Result<OAuthUpdate, CmdError> {
    if args.from.as_deref() == Some("-") && args.client_secret_file.as_deref() == Some("-") {
        return Err(CmdError::usage(
            "--from and --client-secret-file can't both be standard input",
        ));
    }
    if args.client_secret.is_some() {
        return Err(CmdError::usage("a client secret is not given on the command line, where others can see it")
            .with_hint("use --client-secret-file FILE, --client-secret-file - (standard input), or --client-secret-env VAR; and change the secret if it was typed"));
    }
    let client_secret = match (&args.client_secret_file, &args.client_secret_env) {
        (Some(path), _) => Some(input::read_input(path).await?),
        (None, Some(variable)) => Some(ctx.secret_from_variable("--client-secret-env", variable)?),
        (None, None) => None,
    };
    if client_secret
        .as_ref()
        .is_some_and(|secret| secret.expose().is_empty())
    {
        return Err(CmdError::usage("the client secret is empty"));
    }
    Ok(OAuthUpdate {
        provider: args.provider,
        settings: args.settings.change()?,
        client_secret,
        owner: args.owner,
        scopes: (!args.scopes.is_empty()).then(|| words(&args.scopes)),
        headers: placements("--header", &args.headers)?,
        env: placements("--env", &args.variables)?,
        files: placements("--file", &args.files)?,
        if_version: args.if_version,
    })
}

/// The scopes in `given`, each once; `--scope ''` alone gives none, which clears the list.
fn words(given: &[String]) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in given.iter().flat_map(|text| text.split_whitespace()) {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

pub(super) fn placements<N>(flag: &str, given: &[String]) -> Result<Option<Vec<Placement<N>>>, CmdError>
where
    Placement<N>: std::str::FromStr<Err = crate::model::Invalid>,
{
    if given.is_empty() {
        return Ok(None);
    }
    let given = given.iter().filter(|text| !text.trim().is_empty());
    let mut placements = Vec::new();
    for text in given {
        // A token itself, put here by mistake, is not repeated.
        if !text.contains('{') {
            return Err(
                CmdError::usage(format!("{flag} names no field of the token")).with_hint(
                    "write it in braces: --header 'Authorization: Bearer {access_token}' or --env 'ACCESS_TOKEN={access_token}'",
                ),
            );
        }
        let placement = text
            .parse()
            .map_err(|invalid| CmdError::usage(format!("{flag}: {invalid}")))?;
        placements.push(placement);
    }
    Ok(Some(placements))
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

    async fn meaning(words: &[&str]) -> Result<OAuthUpdate, CmdError> {
        let args = Line::parse_from(["set", "gong-crm"].iter().chain(words)).args;
        update(&Context::new(&Global::default(), Environment::default()), args).await
    }

    #[tokio::test]
    async fn what_is_typed_becomes_an_update() {
        let update = meaning(&[
            "--auth-url",
            "https://idp.example/authorize",
            "--scope",
            "a b",
            "--scope",
            "b",
            "--header",
            "Authorization: Bearer {access_token}",
        ])
        .await
        .unwrap();
        assert_eq!(
            serde_json::to_string(&update).unwrap(),
            r#"{"auth_url":"https://idp.example/authorize","scopes":["a","b"],"headers":["authorization: Bearer {access_token}"]}"#
        );
        assert_eq!(meaning(&["--scope", ""]).await.unwrap().scopes, Some(Vec::new()));
        assert_eq!(missing(&update, None, false), ["--token-url", "--client-id"]);
    }

    #[tokio::test]
    async fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
        for line in [&["--client-secret", "canary"][..], &["--client-secret=canary"]] {
            let error = meaning(line).await.unwrap_err();
            assert_eq!(error.kind, Kind::Usage);
            assert!(error.hint.contains("--client-secret-file -"));
            assert!(!format!("{error:?}").contains("canary"));
        }
    }

    #[tokio::test]
    async fn a_secret_is_read_from_a_file_without_its_line_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, "s3cret\n").unwrap();
        let update = meaning(&["--client-secret-file", path.to_str().unwrap()])
            .await
            .unwrap();
        assert!(update.client_secret.unwrap().expose() == "s3cret");
        meaning(&["--client-secret-file", "/nonexistent"])
            .await
            .unwrap_err();
        std::fs::write(&path, "\n").unwrap();
        let error = meaning(&["--client-secret-file", path.to_str().unwrap()])
            .await
            .unwrap_err();
        assert_eq!(error.message, "the client secret is empty");
        let error = meaning(&["--client-secret-env", "canary"]).await.unwrap_err();
        assert!(
            error.message.starts_with("--client-secret-env"),
            "{}",
            error.message
        );
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[tokio::test]
    async fn a_bad_template_names_its_flag() {
        let error = meaning(&["--env", "PATH={access_token}"]).await.unwrap_err();
        assert!(error.message.starts_with("--env: "), "{}", error.message);
        for line in [["--header", "Authorization: Bearer canary"], ["--env", "canary"]] {
            let error = meaning(&line).await.unwrap_err();
            assert!(error.message.starts_with(line[0]), "{}", error.message);
            assert!(!format!("{error:?}").contains("canary"));
        }
    }
}
