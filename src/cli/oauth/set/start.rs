//! Where the settings of a connector that has none come from, when a person is asked.

use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use super::{ask, base};
use crate::{
    cli::{
        context::Context,
        error::CmdError,
        oauth::{discover, file, presets},
        prompt,
    },
    client::Client,
    model::ConnectorName,
    wire::{OAuthSearch, OAuthUpdate},
};

/// What is asked first. Whoever has an address need not know what stands behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Preset,
    Issuer,
    Resource,
    Connector,
    Typed,
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preset => "a provider that berth knows: GitHub, Google, Slack, …",
            Self::Issuer => "an issuer: its own document has the addresses",
            Self::Resource => "the address of an API or MCP server: it says whose tokens it takes",
            Self::Connector => "the connector: it may say itself whose tokens it takes",
            Self::Typed => "addresses, typed in one by one",
        })
    }
}

/// Asks until there is something to start from, and then for the rest.
pub(super) async fn settings(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
) -> Result<OAuthUpdate, CmdError> {
    let transport = ask::transport(client, name).await?;
    let mut starts = vec![Start::Preset, Start::Issuer, Start::Resource];
    if transport.is_some_and(|transport| transport != "stdio") {
        starts.push(Start::Connector);
    }
    starts.push(Start::Typed);
    loop {
        let ways = starts.iter().map(ToString::to_string).collect();
        let chosen = prompt::choose("Start from".to_owned(), ways).await?;
        let search = match starts.get(chosen).copied().unwrap_or(Start::Typed) {
            Start::Preset => return of_preset(ctx, client, name).await,
            Start::Typed => return ask::settings(ctx, client, name, None).await,
            Start::Issuer => OAuthSearch::Issuer(address("Issuer").await?),
            Start::Resource => OAuthSearch::Resource(url(&address("Address").await?)?),
            Start::Connector => OAuthSearch::Connector(name.clone()),
        };
        // What was typed is the base of it, and not worth starting anew.
        match discover::look(ctx, client, &search).await {
            Ok((text, values)) => {
                ctx.ui.say(text.trim_end());
                if let Some(values) = values {
                    return of_found(ctx, client, name, &values).await;
                }
                ctx.ui.warn("no issuer was found there");
            }
            Err(error) => ctx.ui.warn(error.chain()),
        }
    }
}

async fn of_preset(ctx: &Context, client: &Client, name: &ConnectorName) -> Result<OAuthUpdate, CmdError> {
    let mut all = presets::all()?;
    let titles = all.iter().map(|preset| preset.title.clone()).collect();
    let chosen = prompt::choose("Provider".to_owned(), titles).await?;
    let preset = all.swap_remove(chosen);
    base::of_preset(ctx, client, name, (preset, OAuthUpdate::default()), None).await
}

async fn of_found(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    values: &Map<String, Value>,
) -> Result<OAuthUpdate, CmdError> {
    let mut update = file::of_section(values)?.into_update();
    ask::client_of(ctx, client, name, &mut update).await?;
    let known = update.scopes.take().unwrap_or_default().join(" ");
    update.scopes = Some(ask::scopes(known).await?);
    ask::mapping(ctx, client, name, None, &mut update).await?;
    Ok(update)
}

/// As it is typed: an issuer's name may end with a slash or not.
async fn address(question: &str) -> Result<String, CmdError> {
    let accept = |text: &str| discover::whole(text).map(drop);
    prompt::line(question.to_owned(), String::new(), accept).await
}

fn url(text: &str) -> Result<Url, CmdError> {
    discover::whole(text).map_err(CmdError::usage)
}
