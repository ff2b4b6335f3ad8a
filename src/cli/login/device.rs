//! Signing in from a machine without a browser: its person types a code on the broker's page (RFC 8628).

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    cli::{
        context::Context,
        error::{CmdError, Kind},
    },
    client::{Client, GrantError},
    secret::Secret,
};

/// How much longer the pause gets where the broker says so (RFC 8628 §3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// A broker that says nothing sensible is not asked more often than this.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// Shows a code and waits until somebody has typed it.
pub(super) async fn run(ctx: &Context, client: &Client) -> Result<Secret<String>, CmdError> {
    let code = client.device_code(&ctx.host_name()).await.map_err(refused)?;
    ctx.ui.prompt(format!(
        "On any device with a browser, open\n\n  {}\n\nand type the code\n\n  {}\n",
        code.verification_uri, code.user_code
    ));
    let minutes = code.expires_in.div_ceil(60);
    ctx.ui.say(format!("Waiting for up to {minutes} minutes …"));
    let end = Instant::now() + Duration::from_secs(code.expires_in);
    let mut pause = Duration::from_secs(code.interval).max(LEAST_PAUSE);
    loop {
        sleep(pause).await;
        match client.redeem_device(&code.device_code).await {
            Ok(granted) => return Ok(granted.access_token),
            Err(GrantError::SlowDown) => pause += SLOWER,
            Err(GrantError::Pending) => {}
            // The line may come back before the code has expired (RFC 8628 §3.5).
            Err(GrantError::Client(error)) if error.is_transient() && Instant::now() < end => {
                pause += SLOWER;
                ctx.ui.detail(format!("{error}: it is tried again"));
            }
            Err(error) => return Err(refused(error)),
        }
        if Instant::now() >= end {
            return Err(refused(GrantError::Expired));
        }
    }
}

fn refused(error: GrantError) -> CmdError {
    match error {
        GrantError::Client(error) => error.into(),
        GrantError::NotNow(text) => {
            CmdError::new(Kind::Unavailable, text).with_hint("try again a little later")
        }
        GrantError::Expired => CmdError::new(Kind::TimedOut, error.to_string())
            .with_hint("type the command again: it shows another code"),
        error => CmdError::new(Kind::Authentication, error.to_string()),
    }
}
