//! `berth token list`

use crate::{
    cli::{context::Context, documents, error::CmdError, ui},
    model::TokenScope,
    wire::TokenView,
};

/// List the tokens, never their values
#[derive(Debug, clap::Args)]
#[command(visible_alias = "ls")]
#[command(after_help = "Example:
  berth token list")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let list = ctx.client()?.tokens().await?;
    ctx.ui.answer(documents::TOKEN_LIST, &list, || {
        let row = |token: &TokenView| {
            vec![
                token.id.to_string(),
                token.user.to_string(),
                token.label.clone(),
                match &token.scope {
                    TokenScope::Everything => "all".to_owned(),
                    scope => scope.to_string(),
                },
                ui::instant(token.created_at),
                token.expires_at.map_or_else(|| "never".to_owned(), ui::instant),
            ]
        };
        let rows: Vec<_> = list.tokens.iter().map(row).collect();
        ui::table(&["ID", "USER", "LABEL", "SCOPE", "CREATED", "EXPIRES"], &rows)
    })
}
