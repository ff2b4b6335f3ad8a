//! `berth server keys`

use crate::{
    cli::{
        context::Context,
        documents::{self, Document},
        error::CmdError,
        ui,
    },
    wire::KeyList,
};

/// List the master keys and how many values are sealed with each
///
/// The first one seals; the others only open what was sealed before. Ids tell keys apart and say nothing about them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  berth server keys")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let list = ctx.client()?.server_keys().await?;
    tell(ctx, &list, documents::SERVER_KEYS)
}

pub(super) fn tell(ctx: &Context, list: &KeyList, document: Document<KeyList>) -> Result<(), CmdError> {
    ctx.ui.answer(document, list, || {
        let row = |key: &crate::wire::KeyView| {
            vec![
                key.id.clone(),
                if key.seals { "yes" } else { "no" }.to_owned(),
                key.values.to_string(),
                key.source.clone(),
            ]
        };
        ui::table(
            &["KEY", "SEALS", "VALUES", "FROM"],
            &list.keys.iter().map(row).collect::<Vec<_>>(),
        )
    })
}
