//! `berth version`

use serde::Serialize;

use super::{context::Context, documents, error::CmdError, ui};

/// Show this program's version, and the broker's
///
/// Where no broker was ever signed in to, or it does not answer, there is only this program's.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth version
  berth version --output json | jq -r '.broker.version'")]
pub(crate) struct Args {}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    version: &'static str,
    /// Absent where none is known; without a version, where it does not answer.
    broker: Option<Broker>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Broker {
    url: String,
    version: Option<String>,
}

impl Body {
    /// This program's alone.
    pub(super) fn own() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            broker: None,
        }
    }
}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let broker = match ctx.target() {
        // Its version is open to everybody: no credential crosses the network for it.
        Ok(target) => {
            let url = target.url.to_string();
            let version = match ctx.connect(target.url, None)?.server().await {
                Ok(server) => Some(server.version),
                Err(error) => {
                    ctx.ui.warn(format!("the broker's version is not known: {error}"));
                    None
                }
            };
            Some(Broker { url, version })
        }
        Err(error) => {
            ctx.ui.detail(error.chain());
            None
        }
    };
    let body = Body {
        broker,
        ..Body::own()
    };
    ctx.ui.answer(documents::VERSION, &body, || text(&body))
}

fn text(body: &Body) -> String {
    let broker = body.broker.as_ref().map(|broker| {
        let version = broker.version.as_deref().unwrap_or("not known");
        format!("{version} ({})", broker.url)
    });
    ui::fields([
        ("berth", body.version.to_owned()),
        ("Broker", broker.unwrap_or_default()),
    ])
}
