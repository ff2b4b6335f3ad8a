//! `berth users password`

use crate::{
    cli::{context::Context, documents, error::CmdError, input::read_input, prompt},
    model::UserName,
    wire::UserPassword,
};

/// Set a user's password, or take it away
///
/// Users set their own on the broker's pages, once a one-time link has signed them in. Every browser that is signed in as
/// the user is signed out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth users password alice                          asks for it
  pass show berth/alice | berth users password alice --password-file -
  berth users password alice --remove")]
pub(crate) struct Args {
    /// The user
    name: UserName,

    /// A file with the password; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["password_env", "remove"])]
    password_file: Option<String>,

    /// The environment variable with the password
    #[arg(long, value_name = "VAR", conflicts_with = "remove")]
    password_env: Option<String>,

    /// Take the password away: links and tokens are left
    #[arg(long)]
    remove: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let password = match (&args.password_file, &args.password_env) {
        _ if args.remove => None,
        (Some(path), _) => Some(read_input(path).await?),
        (None, Some(variable)) => Some(ctx.secret_from_variable("--password-env", variable)?),
        (None, None) if ctx.cannot_ask().is_some() => {
            return Err(ctx.missing(&["--password-file or --password-env"]));
        }
        (None, None) => Some(prompt::hidden(format!("New password of {}", args.name)).await?),
    };
    let removed = password.is_none();
    let user = ctx
        .client()?
        .set_password(&args.name, &UserPassword { password })
        .await?;
    let done = if removed { "Took away" } else { "Set" };
    ctx.ui.say(format!("{done} the password of {}.", user.name));
    ctx.ui.answer(documents::USERS_PASSWORD, &user, String::new)
}
