//! `berth oauth diff`

use serde::Serialize;
use serde_json::{Map, Value};

use super::file;
use crate::{
    cli::{
        context::Context,
        documents,
        error::{CmdError, Kind},
        ui,
    },
    model::{ConnectorName, ProviderName},
};

/// Show what `berth oauth set --from` would change
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth diff gong-crm --from gong.toml
  berth oauth diff gong-crm --from gong.toml --exit-code   fails where something differs")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// The file, as `berth oauth show --output toml` writes it; `-` is standard input
    #[arg(long, value_name = "FILE|-")]
    from: String,

    /// The provider to compare with [default: the one that the file names, else the only one in use]
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,

    /// Exit with 1 where something differs
    #[arg(long)]
    exit_code: bool,
}

/// A setting that is not the same on both sides.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Change {
    pub(super) setting: &'static str,
    /// `null` where it is not set.
    pub(super) is: Value,
    /// `null` where it would not be set any more.
    pub(super) would_be: Value,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Differences {
    /// Of the settings that are there, if there are some.
    version: Option<String>,
    changes: Vec<Change>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let file = file::read(&args.from).await?.for_provider(args.provider);
    let present = super::present(&ctx.client()?, &args.name, file.provider()).await?;
    let is = present.as_ref().map(file::values).unwrap_or_default();
    let changes = changes(&is, &file.values(present.as_ref()));
    let version = present.map(|present| present.version);
    let body = Differences { version, changes };
    ctx.ui
        .answer(documents::OAUTH_DIFF, &body, || text(&body.changes))?;
    match args.exit_code && !body.changes.is_empty() {
        true => Err(CmdError::told(Kind::Failed)),
        false => Ok(()),
    }
}

pub(super) fn changes(is: &Map<String, Value>, would_be: &Map<String, Value>) -> Vec<Change> {
    let of = |values: &Map<String, Value>, name: &str| values.get(name).cloned().unwrap_or_default();
    let both = |setting| Change {
        setting,
        is: of(is, setting),
        would_be: of(would_be, setting),
    };
    let differs = |change: &Change| change.is != change.would_be;
    file::names().map(both).filter(differs).collect()
}

fn text(changes: &[Change]) -> String {
    let mut text = String::new();
    for Change {
        setting,
        is,
        would_be,
    } in changes
    {
        text.push_str(&format!("{setting}\n"));
        for (sign, value) in [("-", is), ("+", would_be)] {
            for line in ui::plain(&super::value_text(setting, value)).lines() {
                text.push_str(&format!("  {sign} {line}\n"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_told() {
        let is = file::values(&file::tests::full());
        assert!(changes(&is, &is).is_empty());
        let mut would_be = is.clone();
        would_be.remove("refresh_url");
        would_be.insert("keep_warm".to_owned(), json!(3600));
        would_be.insert("scopes".to_owned(), json!(["a", "c"]));
        assert_eq!(
            text(&changes(&is, &would_be)),
            "scopes\n  - a\n  - b\n  + a\n  + c\nrefresh_url\n  - https://idp.example/refresh\nkeep_warm\n  - 1d\n  + 1h\n"
        );
    }
}
