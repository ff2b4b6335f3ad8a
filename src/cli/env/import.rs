//! `berth env import`

use super::{change, dotenv};
use crate::{
    cli::{context::Context, documents, error::CmdError, input::read_input, verdict::Waiting},
    model::{ConnectorName, ValueKind},
    wire::{EnvSet, EnvUpdate},
};

/// Set values of a connector from a file of KEY=VALUE lines (.env)
///
/// What the file does not name stays as it is. Quotes and comments are understood as dotenv tools do; variables in
/// values ($NAME) are not replaced. A name that is a secret already stays one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth env import gong-crm .env --secret            all of them as secrets
  berth env import gong-crm settings.env
  sops -d secrets.env | berth env import gong-crm - --secret")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// The file; `-` is standard input
    #[arg(value_name = "FILE|-")]
    file: String,

    /// Take all of them as secrets
    #[arg(long)]
    secret: bool,

    #[command(flatten)]
    waiting: Waiting,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let text = read_input(&args.file).await?;
    let parsed = dotenv::parse(text.expose())?;
    for remark in &parsed.remarks {
        ctx.ui.warn(remark);
    }
    if parsed.values.is_empty() {
        return Err(CmdError::usage("the file has no values").with_hint("a line of it is KEY=VALUE"));
    }
    let kind = args.secret.then_some(ValueKind::Secret);
    let set = parsed.values.into_iter();
    let update = EnvUpdate {
        set: set.map(|(name, value)| (name, EnvSet { kind, value })).collect(),
        unset: Vec::new(),
    };
    change(ctx, documents::ENV_IMPORT, &args.name, &update, &args.waiting).await
}
