//! `berth server rotate-key`

use std::time::Duration;

use super::keys;
use crate::cli::{
    context::Context,
    documents,
    error::{CmdError, Kind},
};

/// How often it is asked how far the broker is.
const PAUSE: Duration = Duration::from_millis(300);
/// So often nothing may have changed; the broker moves thousands of values in that time.
const PATIENCE: u32 = 200;

/// Seal with a new master key, and move everything that is stored to it, while calls go on
///
/// The broker makes the key and writes it into its key file, before the old one. A key command (--master-key
/// command:…) is run again and must print the new key first. What this began goes on when it is interrupted, and at
/// the broker's next start when that is. The old key leaves the key file a minute after the last value has moved; keep
/// it with the backups that were made before, which it alone opens.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth server rotate-key
  berth server rotate-key --no-wait && berth server keys")]
pub(crate) struct Args {
    /// Don't wait until everything has been moved
    #[arg(long)]
    no_wait: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let client = ctx.client()?;
    let mut list = client.rotate_key().await?;
    if let Some(key) = list.keys.iter().find(|key| key.seals) {
        ctx.ui
            .say(format!("Key {} seals from now on ({}).", key.id, key.source));
    }
    let mut still = 0;
    while !args.no_wait && list.left() > 0 {
        tokio::time::sleep(PAUSE).await;
        let now = client.server_keys().await?;
        still = if now.left() < list.left() { 0 } else { still + 1 };
        if still > PATIENCE {
            return Err(CmdError::new(
                Kind::TimedOut,
                format!("{} values are still sealed with an older key", now.left()),
            )
            .with_hint("the broker's log says what keeps them; berth server keys shows how far it is"));
        }
        list = now;
    }
    match list.left() {
        0 => ctx
            .ui
            .say("Everything is sealed with it. Back it up: berth server keys says where it is."),
        left => ctx.ui.say(format!("{left} values are being moved to it.")),
    }
    keys::tell(ctx, &list, documents::SERVER_ROTATE_KEY)
}
