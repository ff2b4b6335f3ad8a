//! `berth trust list`

use crate::{
    cli::{context::Context, documents, error::CmdError, ui},
    wire::TrustView,
};

/// List the pipelines that are trusted
#[derive(Debug, clap::Args)]
#[command(visible_alias = "ls")]
#[command(after_help = "Example:
  berth trust list")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let list = ctx.client()?.trusts().await?;
    ctx.ui.answer(documents::TRUST_LIST, &list, || {
        let row = |trust: &TrustView| {
            let claims: Vec<String> = trust
                .claims
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            vec![
                trust.id.to_string(),
                trust.issuer.trim_start_matches("https://").to_owned(),
                claims.join(" "),
                trust.scope.to_string(),
                trust.user.to_string(),
                trust.used_at.map_or_else(|| "never".to_owned(), ui::instant),
            ]
        };
        let rows: Vec<_> = list.trusts.iter().map(row).collect();
        ui::table(&["ID", "ISSUER", "CLAIMS", "MAY", "AS", "USED"], &rows)
    })
}
