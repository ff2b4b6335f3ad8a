//! `berth oauth`: which third party a connector's users authorize at, and where their token is put.

mod diff;
mod discover;
mod file;
mod presets;
mod redirect_uri;
mod section;
mod set;
mod show;
mod test;
mod unset;

pub(super) use diff::Differences;
pub(super) use discover::Discovered;
pub(super) use presets::{Presets, Shown as ShownPreset};
pub(super) use section::of_section;
pub(super) use test::Tested;
pub(super) use unset::Unset;

use super::{context::Context, error::CmdError, ui};
use serde_json::{Map, Value, json};

use crate::{
    client::Client,
    model::{ConnectorName, Owner, ProviderName, Seconds},
    wire::{OAuthShown, OAuthView},
};

/// Configure a connector's OAuth, before or after it is deployed
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Set(Box<set::Args>),
    Show(show::Args),
    Diff(diff::Args),
    Discover(discover::Args),
    Test(test::Args),
    Unset(unset::Args),
    RedirectUri(redirect_uri::Args),
    Presets(presets::Args),
}

impl Args {
    /// Whether the answer can be written as a file.
    pub(super) fn has_file(&self) -> bool {
        matches!(self.command, Command::Show(_) | Command::Discover(_))
    }
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Set(args) => set::run(ctx, *args).await,
        Command::Show(args) => show::run(ctx, args).await,
        Command::Diff(args) => diff::run(ctx, args).await,
        Command::Discover(args) => discover::run(ctx, args).await,
        Command::Test(args) => test::run(ctx, args).await,
        Command::Unset(args) => unset::run(ctx, args).await,
        Command::RedirectUri(args) => redirect_uri::run(ctx, args).await,
        Command::Presets(args) => presets::run(ctx, args),
    }
}

/// The settings of one provider of a connector's, its only one where none is named. `None` when there are none yet.
async fn present(
    client: &Client,
    name: &ConnectorName,
    provider: Option<&ProviderName>,
) -> Result<Option<OAuthView>, CmdError> {
    match client.oauth(name, provider).await {
        Ok(OAuthShown::One(settings)) => Ok(Some(*settings)),
        Ok(several) => Err(which(name, &several)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// One provider has to be named.
fn which(name: &ConnectorName, several: &OAuthShown) -> CmdError {
    let names = several.names().join(", ");
    CmdError::usage(format!("{name} uses several providers: {names}")).with_hint("name one with --provider")
}

/// What a provider's settings are called for people, in the order in which they are shown.
const LABELS: [(&str, &str); 28] = [
    ("issuer", "Issuer"),
    ("auth_url", "Authorize URL"),
    ("token_url", "Token URL"),
    ("refresh_url", "Refresh URL"),
    ("revoke_url", "Revoke URL"),
    ("introspect_url", "Introspect URL"),
    ("userinfo_url", "Userinfo URL"),
    ("vars", "Variables"),
    ("user_vars", "Asked from users"),
    ("client_id", "Client ID"),
    ("client_auth", "Client is shown by"),
    ("grant", "Grant"),
    ("resource", "Resource"),
    ("scope_param", "Scope parameter"),
    ("scope_separator", "Scope separator"),
    ("auth_params", "Authorize with"),
    ("token_params", "Ask tokens with"),
    ("refresh_params", "Refresh with"),
    ("rename_params", "Renamed"),
    ("no_pkce", "Without PKCE"),
    ("token_body", "Token body"),
    ("fields", "Fields of a token"),
    ("captures", "Kept of a token"),
    ("callback_captures", "Kept of a callback"),
    ("assume_lifetime", "Taken to live"),
    ("refresh_margin", "Refresh ahead"),
    ("keep_warm", "Keep warm after"),
    ("rotation", "Rotation"),
];

/// Rows of a provider's settings; what is not set has an empty one.
fn setting_rows(settings: &Map<String, Value>) -> impl Iterator<Item = (&'static str, String)> {
    LABELS.into_iter().map(|(field, label)| {
        let text = settings.get(field).map(|value| value_text(field, value));
        (label, text.unwrap_or_default())
    })
}

/// The value of a setting, as it is typed.
fn value_text(field: &str, value: &Value) -> String {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join("\n"),
        Value::Object(named) => {
            let pair = |(name, value): (&String, &Value)| format!("{name}={}", plain(value));
            named.iter().map(pair).collect::<Vec<_>>().join("\n")
        }
        Value::Bool(true) => "yes".to_owned(),
        Value::Null | Value::Bool(false) => String::new(),
        // A separator may be a space.
        Value::String(text) if field == "scope_separator" => format!("{text:?}"),
        Value::Number(seconds) => seconds
            .as_u64()
            .map(|seconds| Seconds(seconds).to_string())
            .unwrap_or_default(),
        text => plain(text),
    }
}

/// The settings of all providers, for people.
pub(super) fn texts(settings: &OAuthShown) -> String {
    let texts: Vec<String> = settings.all().iter().map(text).collect();
    texts.join("\n")
}

/// The settings, for people.
fn text(settings: &OAuthView) -> String {
    let headers = settings.mapping.headers.iter().cloned().map(String::from);
    let variables = settings.mapping.env.iter().cloned().map(String::from);
    let files = settings.mapping.files.iter().cloned().map(String::from);
    let shared: Vec<&str> = settings.connectors.iter().map(|name| name.as_str()).collect();
    let secret = if settings.client_secret_set { "set" } else { "none" };
    let own = match json!(settings.settings) {
        Value::Object(own) => own,
        _ => Map::new(),
    };
    let mut rows = vec![("Provider", settings.provider.to_string())];
    for (label, value) in setting_rows(&own) {
        rows.push((label, value));
        if label == "Client ID" {
            rows.push(("Client secret", secret.to_owned()));
        }
    }
    let pinned = settings.discovered.as_ref();
    let changed = pinned.map(|pinned| pinned.changed.join("\n"));
    rows.push(("Issuer changed", changed.unwrap_or_default()));
    rows.extend([
        ("Scopes", settings.scopes.join(" ")),
        ("Header", headers.collect::<Vec<_>>().join("\n")),
        ("Environment", variables.collect::<Vec<_>>().join("\n")),
        ("Token file", files.collect::<Vec<_>>().join("\n")),
        ("Redirect URI", settings.redirect_uri.clone()),
        ("Connectors", shared.join(", ")),
        (
            "Authorized",
            match (settings.owner, settings.grants) {
                (Owner::User, grants) => format!("{grants} users"),
                (Owner::Connector, 0) => "not yet, for everybody".to_owned(),
                (Owner::Connector, _) => "for everybody".to_owned(),
            },
        ),
        ("Version", settings.version.clone()),
    ]);
    ui::fields(rows)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::FIELDS;

    #[test]
    fn every_setting_is_shown() {
        let labelled: BTreeSet<&str> = LABELS.map(|(field, _)| field).into();
        assert_eq!(labelled, FIELDS.into());
    }
}
