//! `berth oauth discover`

mod draft;
mod report;

use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    cli::{
        context::Context,
        documents,
        error::{CmdError, Kind},
        ui::{self, Output},
    },
    client::Client,
    model::{ConnectorName, Found},
    wire::OAuthSearch,
};

/// Find what a third party's OAuth is, and print what `berth oauth set` would take; changes nothing
///
/// With --resource, the address of an API or MCP server is asked without a token: its answer 401 or its well-known
/// addresses name the issuer of its tokens (RFC 9728), and the issuer's own document has the rest (RFC 8414, OpenID Connect
/// Discovery). With --issuer only that document is read. With a connector's name alone the connector itself is asked, if it
/// speaks http and serves. The broker asks, with what it may reach; every address is listed with what it answered.
///
/// Exit code 5 means that nothing was found.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("subject").args(["name", "issuer", "resource"]).required(true).multiple(true)),
    after_help = "Examples:
  berth oauth discover --resource https://mcp.linear.app/mcp
  berth oauth discover gong-crm --issuer https://accounts.example.com
  berth oauth discover tracker                            asks the connector itself
  berth oauth discover tracker --resource https://mcp.example.com/mcp --output toml > tracker.toml
  berth oauth set tracker --from tracker.toml --client-id 7f3a --client-secret-file secret.txt"
)]
pub(crate) struct Args {
    /// The connector that the settings would be for; it need not be deployed, unless it is asked itself
    name: Option<ConnectorName>,

    /// The third party, exactly as its own document names it
    #[arg(long, value_name = "URL", conflicts_with = "resource")]
    issuer: Option<String>,

    /// The API or MCP server that wants tokens
    #[arg(long, value_name = "URL", value_parser = whole)]
    resource: Option<Url>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Discovered {
    connector: Option<ConnectorName>,
    #[serde(flatten)]
    found: Found,
    /// What to register at the third party; known where a connector is named.
    redirect_uri: Option<String>,
    /// How to go on with the first issuer, in words of a shell; what only a person knows stands in capitals.
    command: Option<String>,
    /// What to know before that.
    notes: Vec<String>,
}

pub(super) fn whole(text: &str) -> Result<Url, String> {
    match text.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err("write it whole, as https://HOST/PATH".to_owned()),
    }
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let search = match (args.issuer, args.resource, &args.name) {
        (Some(issuer), ..) => OAuthSearch::Issuer(issuer),
        (_, Some(resource), _) => OAuthSearch::Resource(resource),
        (_, _, Some(name)) => OAuthSearch::Connector(name.clone()),
        (None, None, None) => return Err(ctx.missing(&["NAME, --issuer or --resource"])),
    };
    let client = ctx.client()?;
    let found = find(ctx, &client, &search).await?;
    let (place, redirect_uri) = match &args.name {
        Some(name) => surroundings(&client, name).await?,
        None => (draft::Place::Unknown, None),
    };
    let draft = draft::of(&found, place);
    let body = Discovered {
        command: draft.as_ref().map(|draft| draft.command(args.name.as_ref())),
        notes: draft
            .as_ref()
            .map(|draft| draft.notes.clone())
            .unwrap_or_default(),
        connector: args.name,
        found,
        redirect_uri,
    };
    let is_found = draft.is_some();
    match (ctx.ui.output, draft) {
        (Output::Json, _) => ctx.ui.document(documents::OAUTH_DISCOVER, is_found, &body)?,
        (Output::Text, _) => ctx.ui.show(report::text(&body))?,
        (Output::Toml, Some(draft)) => ctx.ui.print(draft.file()?)?,
        (Output::Toml, None) => {}
        (Output::Jsonl, _) => return Err(ui::no_such_form()),
    }
    match is_found {
        true => Ok(()),
        false if ctx.ui.output == Output::Json => Err(CmdError::told(Kind::NotFound)),
        false => Err(nothing(ctx, &body.found)),
    }
}

/// What is found, in words, and the settings that it would make; `None` where there is no issuer. Where the token goes is
/// left open.
pub(super) async fn look(
    ctx: &Context,
    client: &Client,
    search: &OAuthSearch,
) -> Result<(String, Option<Map<String, Value>>), CmdError> {
    let found = find(ctx, client, search).await?;
    let draft = draft::of(&found, draft::Place::Kept);
    let mut text = report::found(&found);
    for note in draft.iter().flat_map(|draft| &draft.notes) {
        text.push_str(&report::note(note));
    }
    Ok((text, draft.map(|draft| draft.values)))
}

async fn find(ctx: &Context, client: &Client, search: &OAuthSearch) -> Result<Found, CmdError> {
    let spinner = ctx.ui.spinner("looking".to_owned());
    let found = client.find_oauth(search).await;
    spinner.finish_and_clear();
    Ok(found.map_err(|error| refused(error.into(), search))?.found)
}

/// Where a new token would go, and what to register. A connector that has its places keeps them.
async fn surroundings(
    client: &Client,
    name: &ConnectorName,
) -> Result<(draft::Place, Option<String>), CmdError> {
    let redirect = client.redirect_uri(name, None).await?;
    let place = match client.oauth(name, None).await {
        Ok(_) => draft::Place::Kept,
        Err(error) if error.is_not_found() => match super::set::transport(client, name).await?.as_deref() {
            Some("stdio") => draft::Place::Variable,
            Some(_) => draft::Place::Header,
            None => draft::Place::Unknown,
        },
        Err(error) => return Err(error.into()),
    };
    Ok((place, Some(redirect.redirect_uri)))
}

/// A connector that can't be asked is no reason to give up.
fn refused(error: CmdError, search: &OAuthSearch) -> CmdError {
    match search {
        OAuthSearch::Connector(_) if error.kind == Kind::NotFound => error.with_hint(
            "deploy it first, or name what it calls with --resource, or whose tokens that takes with --issuer",
        ),
        _ => error,
    }
}

/// Nothing was found. The table has said what was asked, unless the output is a file.
fn nothing(ctx: &Context, found: &Found) -> CmdError {
    let error = CmdError::new(
        Kind::NotFound,
        match ctx.ui.output {
            Output::Text => "no issuer was found".to_owned(),
            _ => format!("no issuer was found:\n{}", report::tried(found).trim_end()),
        },
    );
    let said = found.tried.iter().rev().map(|tried| &tried.hint);
    match said.into_iter().find(|hint| !hint.is_empty()) {
        Some(hint) => error.with_hint(hint),
        None => error.with_hint(
            "look into the third party's documentation, and give what it says with berth oauth set --auth-url and --token-url; \
             `berth oauth presets` lists those that are known",
        ),
    }
}
