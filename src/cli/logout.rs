//! `berth logout`

use serde_json::json;

use super::{context::Context, error::CmdError};

/// Forget the sign-ins to a broker on this machine
///
/// With --profile, that sign-in alone. The token itself stays valid: `berth token revoke` ends it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth logout                                  the broker signed in to last
  berth logout --url https://berth.example
  berth logout --profile work                   that sign-in, and no other to the same broker")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let credentials = ctx.credentials()?;
    let (url, forgotten) = match ctx.profile() {
        Some(name) => (credentials.forget_named(name)?, 1),
        None => {
            let url = ctx.broker()?;
            let forgotten = credentials.forget(&url)?;
            (url, forgotten)
        }
    };
    ctx.ui.say(match forgotten {
        0 => format!("There was no sign-in to {url}."),
        1 => format!("Forgot the sign-in to {url}."),
        several => format!("Forgot {several} sign-ins to {url}."),
    });
    ctx.ui.answer(
        "logout",
        &json!({ "url": url, "forgotten": forgotten }),
        String::new,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::context::{Environment, Global},
        secret::Secret,
    };

    #[tokio::test]
    async fn a_profile_goes_alone_and_no_token_is_needed() {
        let directory = tempfile::tempdir().unwrap();
        let environment = || {
            Environment::of([
                ("BERTH_CONFIG_DIR", directory.path().to_str().unwrap()),
                ("BERTH_TOKEN", "no token at all"),
            ])
        };
        let context = |profile: Option<&str>| {
            let global = Global {
                profile: profile.map(str::to_owned),
                quiet: true,
                ..Global::default()
            };
            Context::new(&global, environment())
        };
        let credentials = context(None).credentials().unwrap();
        let (url, user) = ("https://berth.example".parse().unwrap(), "alice".parse().unwrap());
        let token = Secret::new("berth_a".to_owned());
        for name in ["work", "other", "third"] {
            credentials.save_named(name, &url, &user, &token).unwrap();
        }
        run(&context(Some("work")), Args {}).await.unwrap();
        credentials.named("work").unwrap_err();
        credentials.named("other").unwrap();
        run(&context(None), Args {}).await.unwrap();
        assert!(credentials.current().unwrap().is_none());
        credentials.named("other").unwrap_err();
    }
}
