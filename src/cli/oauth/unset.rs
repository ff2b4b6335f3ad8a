//! `berth oauth unset`

use serde::Serialize;

use crate::{
    cli::{context::Context, delete::erased, documents, error::CmdError, sure::Sure},
    model::{ConnectorName, ProviderName},
};

/// Take a connector's OAuth settings away and erase its users' grants
///
/// Grants are revoked as well where the third party has a revocation URL. The connector keeps running, and is called
/// without that token from now on.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth unset gong-crm
  berth oauth unset planner --provider github   one of several providers
  berth oauth unset gong-crm --yes              in a script, where nobody can be asked")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// The provider that is meant, where the connector uses several
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,

    #[command(flatten)]
    sure: Sure,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Unset {
    connector: ConnectorName,
    grants: usize,
    /// Where it was one of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderName>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let Args { name, provider, sure } = args;
    let at = provider.as_ref().map(|provider| format!(" for {provider}"));
    let at = at.unwrap_or_default();
    let question = |_: &_| format!("Take the OAuth settings of {name}{at} away and erase its users' grants?");
    let client = sure.client(ctx, question).await?;
    let deleted = client.unset_oauth(&name, provider.as_ref()).await?;
    ctx.ui.say(format!(
        "{name} has no OAuth settings{at} any more; {}.",
        erased(deleted.grants)
    ));
    let body = Unset {
        connector: name,
        grants: deleted.grants,
        provider,
    };
    ctx.ui.answer(documents::OAUTH_UNSET, &body, String::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::{
            context::{Environment, Global},
            error::Kind,
        },
        client::fake::Fake,
    };

    #[tokio::test]
    async fn nothing_is_taken_away_where_nobody_can_be_asked() {
        let fake = Fake::start(|_| (200, String::new(), r#"{"grants":0}"#.to_owned())).await;
        let run = async |yes| {
            let environment = Environment::of([
                ("BERTH_URL", fake.url.as_str()),
                ("BERTH_TOKEN", "berth_test"),
                ("BERTH_CONFIG_DIR", "/nonexistent"),
            ]);
            let global = Global {
                no_input: true,
                quiet: true,
                ..Global::default()
            };
            let name = "gong-crm".parse().unwrap();
            run(
                &Context::new(&global, environment),
                Args {
                    name,
                    provider: None,
                    sure: Sure { yes },
                },
            )
            .await
        };
        let error = run(false).await.unwrap_err();
        assert_eq!(error.kind, Kind::Usage);
        assert!(error.message.starts_with("--yes is needed"), "{}", error.message);
        assert!(fake.seen().is_empty());
        run(true).await.unwrap();
        assert_eq!(fake.lines(), ["DELETE /api/v1/connectors/gong-crm/oauth"]);
    }
}
