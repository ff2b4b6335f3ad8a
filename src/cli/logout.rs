//! `berth logout`

use serde::Serialize;
use url::Url;

use super::{context::Context, documents, error::CmdError};
use crate::client::{ClientError, Credential, Credentials, Origin, Profile};

/// Sign out of a broker: end the token there, and forget it here
///
/// With --profile, that sign-in alone. Where the broker can't be reached, the token is forgotten here and the command
/// says that it is still good there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth logout                                  the broker signed in to last
  berth logout --url https://berth.example
  berth logout --profile work                   that sign-in, and no other to the same broker")]
pub(crate) struct Args {}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    url: String,
    /// How many sign-ins.
    forgotten: usize,
    /// How many tokens ended at the broker.
    revoked: usize,
}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let credentials = ctx.credentials()?;
    let url = match ctx.profile() {
        Some(name) => credentials.named(name)?.0,
        None => ctx.broker()?,
    };
    let mut revoked = 0;
    for (url, profile) in credentials.profiles(ctx.profile(), Some(&url))? {
        match revoke(ctx, &credentials, &url, &profile).await {
            Ok(()) => revoked += 1,
            Err(error) => ctx.ui.warn(format!(
                "the token of {} is still good at {url} ({}): `berth token list` shows it, `berth token revoke` ends it",
                profile.user,
                error.chain()
            )),
        }
        if let Err(error) = credentials.forget_token(&profile) {
            ctx.ui.warn(CmdError::from(error).chain());
        }
    }
    let forgotten = match ctx.profile() {
        Some(name) => credentials.forget_named(name).map(|_| 1)?,
        None => credentials.forget(&url)?,
    };
    ctx.ui.say(match forgotten {
        0 => format!("There was no sign-in to {url}."),
        1 => format!("Signed out of {url}."),
        several => format!("Signed out of {url}, {several} times."),
    });
    let body = Body {
        url: url.to_string(),
        forgotten,
        revoked,
    };
    ctx.ui.answer(documents::LOGOUT, &body, String::new)
}

/// Ends a token at its broker; one that is no good there any more has ended.
async fn revoke(
    ctx: &Context,
    credentials: &Credentials,
    url: &Url,
    profile: &Profile,
) -> Result<(), CmdError> {
    let credential = Credential {
        token: credentials.token(profile)?,
        origin: Origin {
            place: credentials.place(profile),
            remedy: String::new(),
        },
        renewal: None,
    };
    match ctx.connect(url.clone(), Some(credential))?.logout().await {
        Ok(_) | Err(ClientError::Unauthenticated { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
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
        // Nobody is there: what can't be revoked is forgotten all the same.
        let (url, user) = ("http://127.0.0.1:1".parse().unwrap(), "alice".parse().unwrap());
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
