//! `berth login`

use serde_json::json;
use url::Url;

use super::{
    context::Context,
    error::{CmdError, Kind},
    input, prompt,
};
use crate::{
    client::{Client, ClientError, Credential},
    model::{Roles, UserName},
    secret::Secret,
};

/// Sign in to a broker
///
/// Takes the one-time link that `berth serve` or `berth users add` printed, or the broker's address and an access
/// token from a file, from standard input or, on a terminal, typed in unseen. The sign-in is kept in
/// credentials.toml and used by every later command.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth login https://berth.example/login/4h2k…
  berth login https://berth.example                      asks for a token
  berth login https://berth.example --token-file token
  pass show berth | berth login https://berth.example --token-file -")]
pub(crate) struct Args {
    /// A one-time link (`-` reads it from standard input), or the broker's address
    #[arg(value_name = "LINK|URL")]
    link: String,

    /// Read the access token from this file; `-` is standard input
    #[arg(long, value_name = "FILE|-")]
    token_file: Option<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let link = match args.link.as_str() {
        "-" if args.token_file.as_deref() == Some("-") => {
            return Err(CmdError::usage(
                "standard input can't give both the link and the token",
            ));
        }
        "-" => input::read_input("-").await?,
        link => Secret::new(link.to_owned()),
    };
    let (url, code) = parse_link(link.expose())?;
    ctx.warn_if_open(&url);
    let (user, roles, token) = match (code, &args.token_file) {
        (Some(_), Some(_)) => {
            return Err(CmdError::usage(
                "a one-time link needs no --token-file: give one or the other",
            ));
        }
        (Some(code), None) => {
            let signed_in = Client::new(url.clone(), None)?
                .login(code)
                .await
                .map_err(spent_link)?;
            (signed_in.user, signed_in.roles, signed_in.token)
        }
        (None, file) => with_token(&url, token(ctx, file.as_deref()).await?).await?,
    };
    let credentials = ctx.credentials()?;
    match ctx.profile() {
        Some(name) => credentials.save_named(name, &url, &user, &token)?,
        None => credentials.save_login(&url, &user, &token, true)?,
    }
    ctx.ui.say(format!("Signed in to {url} as {user} ({roles})."));
    ctx.ui.say(format!("Kept in {}", credentials.path().display()));
    ctx.ui.answer(
        "login",
        &json!({ "url": url, "user": user, "roles": roles }),
        String::new,
    )
}

/// The token, from where the flag says or by asking for it.
async fn token(ctx: &Context, file: Option<&str>) -> Result<Secret<String>, CmdError> {
    let (token, origin) = match file {
        Some(path) => (input::read_input(path).await?, "--token-file"),
        None if ctx.cannot_ask().is_some() => return Err(ctx.missing(&["--token-file"])),
        None => (prompt::hidden("Access token".to_owned()).await?, "the terminal"),
    };
    input::checked_token(Secret::new(token.expose().trim().to_owned()), origin)
}

/// Finds out whose token it is, and so that it works.
async fn with_token(url: &Url, token: Secret<String>) -> Result<(UserName, Roles, Secret<String>), CmdError> {
    let credential = Credential {
        token: token.clone(),
        origin: "what was just given".to_owned(),
    };
    let identity = Client::new(url.clone(), Some(credential))?.whoami().await?;
    Ok((identity.user, identity.roles, token))
}

fn spent_link(error: ClientError) -> CmdError {
    let refused = matches!(error, ClientError::Unauthenticated { .. }) || error.is_not_found();
    let error = CmdError::from(error);
    if refused {
        let mut error = error.with_hint("a link works once and not for long: ask an admin for a new one (`berth users link NAME`); `berth serve --setup-link` prints one for the first admin");
        error.kind = Kind::Authentication;
        return error;
    }
    error
}

/// Takes `{address}/login/{code}` apart; a text without a code is the address alone.
fn parse_link(text: &str) -> Result<(Url, Option<Secret<String>>), CmdError> {
    let mut url = input::broker_url(text)?;
    let segments: Vec<&str> = url
        .path_segments()
        .map(|parts| parts.collect())
        .unwrap_or_default();
    let [before @ .., "login", code] = segments.as_slice() else {
        return Ok((url, None));
    };
    if code.is_empty() {
        return Err(CmdError::usage("the link ends before its code: copy it whole"));
    }
    let (path, code) = (before.join("/"), Secret::new((*code).to_owned()));
    url.set_path(&path);
    Ok((url, Some(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_an_address_and_a_code() {
        let check = |text: &str, address: &str, code: Option<&str>| {
            let (url, found) = parse_link(text).unwrap();
            assert_eq!(
                (url.as_str(), found.as_ref().map(|c| c.expose().as_str())),
                (address, code)
            );
        };
        check("https://b.example/login/abc", "https://b.example/", Some("abc"));
        check(
            "http://127.0.0.1:8420/login/abc",
            "http://127.0.0.1:8420/",
            Some("abc"),
        );
        check(
            "https://x.example/berth/login/abc",
            "https://x.example/berth",
            Some("abc"),
        );
        check("https://b.example", "https://b.example/", None);
        check("b.example", "https://b.example/", None);
        parse_link("https://b.example/login/").unwrap_err();
    }
}
