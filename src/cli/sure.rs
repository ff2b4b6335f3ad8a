//! What is asked before something is destroyed.

use super::{
    context::Context,
    error::{CmdError, Kind},
    prompt,
};
use crate::client::Client;

/// Whether a person has agreed already.
#[derive(Debug, clap::Args)]
pub(super) struct Sure {
    /// Do not ask
    #[arg(long, short)]
    pub(super) yes: bool,
}

impl Sure {
    /// The broker, once a person has agreed to the question; ends the command at a no. Where nobody can be asked, `--yes`
    /// has to say it.
    pub(super) async fn client(
        &self,
        ctx: &Context,
        question: impl FnOnce(&Client) -> String,
    ) -> Result<Client, CmdError> {
        if self.yes {
            return ctx.client();
        }
        if ctx.cannot_ask().is_some() {
            return Err(ctx
                .missing(&["--yes"])
                .with_hint("this destroys something, and nobody can be asked here"));
        }
        let client = ctx.client()?;
        match prompt::confirm(question(&client), false).await? {
            true => Ok(client),
            false => {
                ctx.ui.say("Nothing was changed.");
                Err(CmdError::told(Kind::Failed))
            }
        }
    }
}
