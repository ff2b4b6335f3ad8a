//! `berth config list`

use serde::Serialize;

use crate::cli::{
    context::{Context, Origin},
    documents,
    error::CmdError,
    ui,
};

/// List the settings that hold here
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth config list
  berth config list --show-origin
  BERTH_URL=https://berth.example berth config list --output json | jq '.settings[]'")]
pub(crate) struct Args {
    /// Show where each comes from
    #[arg(long)]
    show_origin: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Listed {
    settings: Vec<Origin>,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<(), CmdError> {
    let body = Listed {
        settings: super::all(ctx)?,
    };
    ctx.ui.answer(documents::CONFIG_LIST, &body, || {
        let value = |setting: &Origin| setting.value.clone().unwrap_or_else(|| "-".to_owned());
        match args.show_origin {
            false => {
                let rows: Vec<_> = body
                    .settings
                    .iter()
                    .map(|setting| vec![setting.key.clone(), value(setting)])
                    .collect();
                ui::table(&["SETTING", "VALUE"], &rows)
            }
            true => {
                let rows: Vec<_> = body
                    .settings
                    .iter()
                    .map(|setting| vec![setting.key.clone(), value(setting), setting.origin.clone()])
                    .collect();
                ui::table(&["SETTING", "VALUE", "FROM"], &rows)
            }
        }
    })
}
