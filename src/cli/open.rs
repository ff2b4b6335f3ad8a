//! `berth open`

use serde::Serialize;

use super::{browser, context::Context, documents, error::CmdError};
use crate::model::ConnectorName;

/// Open the broker's console in a browser, or a connector's page of it
///
/// The address is printed too. Without a terminal nothing is opened. BROWSER names the browsers to try, with a colon
/// between them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth open
  berth open gong-crm
  BROWSER=firefox berth open gong-crm")]
pub(crate) struct Args {
    /// The connector, whose page has what it asks you for
    name: Option<ConnectorName>,

    /// Print the address, and open nothing
    #[arg(long)]
    print: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    url: String,
    opened: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let client = ctx.client()?;
    let public = client.server().await?.public_url;
    let public = public.trim_end_matches('/');
    let url = match &args.name {
        None => format!("{public}/"),
        Some(name) => {
            // One that is not there has no page: that is said here, and not in a browser.
            client.connector(name).await?;
            format!("{public}/connections/{name}")
        }
    };
    let may_open = !args.print && ctx.cannot_ask().is_none();
    let opened = may_open && browser::open(ctx, &url).await;
    if may_open && !opened {
        ctx.ui
            .say("No browser could be started here: open the address yourself.");
    }
    let body = Body { url, opened };
    ctx.ui
        .answer(documents::OPEN, &body, || format!("{}\n", body.url))
}
