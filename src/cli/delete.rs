//! `berth delete`

use serde::Serialize;

use super::{context::Context, documents, error::CmdError, sure::Sure};
use crate::{client::Client, model::ConnectorName};

/// Delete a connector: stop it, erase its settings, its secrets and its users' grants
///
/// Grants are revoked as well where the third party has a revocation URL (`berth oauth set --revoke-url`). A connector
/// that is made again under the same name starts with nothing of the old one. Files that no other connector needs go
/// from the broker's data folder a while later (`berth serve --gc-grace`).
#[derive(Debug, clap::Args)]
#[command(visible_alias = "rm")]
#[command(after_help = "Examples:
  berth delete gong-crm
  berth delete gong-crm --yes        in a script, where nobody can be asked")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    #[command(flatten)]
    sure: Sure,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    connector: ConnectorName,
    grants: usize,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let Args { name, sure } = args;
    let question = |client: &Client| {
        let base = client.base();
        format!("Delete {name} on {base}, with all its releases, secrets and users' grants?")
    };
    let client = sure.client(ctx, question).await?;
    let deleted = client.delete_connector(&name).await?;
    ctx.ui.say(format!("Deleted {name}; {}.", erased(deleted.grants)));
    let body = Body {
        connector: name,
        grants: deleted.grants,
    };
    ctx.ui.answer(documents::DELETE, &body, String::new)
}

/// What became of users' grants. Whether one could also be revoked is up to its provider.
pub(crate) fn erased(grants: usize) -> String {
    let grants = match grants {
        0 => return "there were no grants".to_owned(),
        1 => "1 grant".to_owned(),
        several => format!("{several} grants"),
    };
    format!("{grants} erased (and revoked where the provider has a revocation URL)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_claimed_than_was_done() {
        assert_eq!(erased(0), "there were no grants");
        assert!(erased(1).starts_with("1 grant erased (and revoked where"));
        assert!(erased(2).starts_with("2 grants erased (and revoked where"));
    }
}
