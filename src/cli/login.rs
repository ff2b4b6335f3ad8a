//! `berth login`

mod browser;
mod device;

use serde::Serialize;
use url::Url;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    input, prompt, ui,
};
use crate::{
    client::{Client, ClientError, Credential, Kept, Origin},
    model::{Millis, Roles, UserName},
    secret::Secret,
    wire::Identity,
};

/// Sign in to a broker
///
/// With an address alone, your browser opens at the broker's page, and brings the sign-in back here. On a machine
/// without a browser (over ssh, say) you type a code on that page, on any device. A one-time link from an admin and an
/// access token do as well. BROWSER names the browser. The sign-in is kept in your desktop's keyring where that answers
/// (never with BERTH_KEYRING=off), else in credentials.toml, and used by every later command.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth login https://berth.example                      with your browser, or a code
  berth login https://berth.example --device             with a code, on any other device
  berth login https://berth.example/login/4h2k…          with a one-time link
  berth login https://berth.example --with-token         asks for a token
  pass show berth | berth login https://berth.example --token-file -")]
pub(crate) struct Args {
    /// A one-time link (`-` reads it from standard input), or the broker's address
    #[arg(value_name = "LINK|URL")]
    link: String,

    /// Show a code to type on another device
    #[arg(long, conflicts_with_all = ["browser", "with_token"])]
    device: bool,

    /// Open the browser, also without a terminal
    #[arg(long, conflicts_with = "with_token")]
    browser: bool,

    /// Ask for an access token, or read it from standard input
    #[arg(long)]
    with_token: bool,
}

/// How somebody signs in.
enum Way {
    Link(Secret<String>),
    Token(Credential),
    Browser,
    Device,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    url: String,
    user: UserName,
    roles: Roles,
    /// A file, or what the keyring is called.
    kept_in: String,
    expires_at: Option<Millis>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let link = match args.link.as_str() {
        "-" if ctx.token_file() == Some("-") || (args.with_token && ctx.cannot_ask().is_some()) => {
            return Err(CmdError::usage(
                "standard input can't give both the link and the token",
            ));
        }
        "-" => input::read_input("-").await?,
        link => Secret::new(link.to_owned()),
    };
    let (url, code) = parse_link(link.expose())?;
    ctx.warn_if_open(&url);
    let way = way(ctx, &args, code).await?;
    let credentials = ctx.credentials()?;
    // Before somebody goes to the trouble, and before a token is made that nobody keeps.
    credentials.check_writable()?;
    let is_new = !matches!(way, Way::Token(_));
    let token = match way {
        Way::Link(code) => {
            let signed_in = ctx.connect(url.clone(), None)?.login(code).await;
            signed_in.map_err(spent_link)?.token
        }
        Way::Token(given) => given.token,
        Way::Browser => browser::run(ctx, &ctx.connect(url.clone(), None)?).await?,
        Way::Device => device::run(ctx, &ctx.connect(url.clone(), None)?).await?,
    };
    let client = ctx.connect(url.clone(), Some(just_given(&token)))?;
    let who = client.whoami().await?;
    let kept = match credentials.keep(ctx.profile(), &url, &who.user, &token) {
        Ok(kept) => kept,
        Err(error) if is_new => return Err(give_back(&client, error.into()).await),
        Err(error) => return Err(error.into()),
    };
    tell(ctx, &url, &who, &kept, &credentials.path().display().to_string())
}

async fn way(ctx: &Context, args: &Args, code: Option<Secret<String>>) -> Result<Way, CmdError> {
    let has_token = args.with_token || ctx.token_file().is_some();
    match code {
        Some(_) if has_token || args.device || args.browser => Err(CmdError::usage(
            "a one-time link signs in by itself: give one or the other",
        )),
        Some(code) => Ok(Way::Link(code)),
        None if args.with_token && ctx.token_file().is_some() => Err(CmdError::usage(
            "--with-token and --token-file give the same: give one or the other",
        )),
        None if args.with_token => typed_token(ctx).await.map(Way::Token),
        None if ctx.token_file().is_some() => ctx
            .given()?
            .map(Way::Token)
            .ok_or_else(|| ctx.missing(&["--token-file"])),
        None if args.device => Ok(Way::Device),
        None if args.browser => Ok(Way::Browser),
        None if ctx.cannot_ask().is_some() => {
            Err(ctx.missing(&["--token-file, --device or --browser"]).with_hint(
                "a script needs no sign-in: it sets BERTH_URL and BERTH_TOKEN, or has its pipeline trusted (`berth trust add`)",
            ))
        }
        None if ctx.has_browser() => Ok(Way::Browser),
        None => Ok(Way::Device),
    }
}

/// A token that is typed unseen, or comes from a pipe.
async fn typed_token(ctx: &Context) -> Result<Credential, CmdError> {
    let (token, place) = match ctx.cannot_ask() {
        None => (prompt::hidden("Access token".to_owned()).await?, "the terminal"),
        Some("--no-input") => return Err(ctx.missing(&["--token-file"])),
        Some(_) => (input::read_input("-").await?, "standard input"),
    };
    let token = Secret::new(token.expose().trim().to_owned());
    Ok(just_given(&input::checked_token(token, place)?))
}

fn just_given(token: &Secret<String>) -> Credential {
    Credential {
        token: token.clone(),
        origin: Origin {
            place: "what was just given".to_owned(),
            remedy: "`berth token create` makes one that is good".to_owned(),
        },
        renewal: None,
    }
}

/// A token that can't be kept is not left lying about.
async fn give_back(client: &Client, error: CmdError) -> CmdError {
    let mut error = error;
    match client.logout().await {
        Ok(_) => error
            .message
            .push_str("; the token that was just made is revoked"),
        Err(_) => error
            .message
            .push_str("; the token that was just made could not be revoked: `berth token list` shows it"),
    }
    error
}

fn tell(ctx: &Context, url: &Url, who: &Identity, kept: &Kept, file: &str) -> Result<(), CmdError> {
    ctx.ui
        .say(format!("Signed in to {url} as {} ({}).", who.user, who.roles));
    let place = match kept {
        Kept::File => file.to_owned(),
        Kept::Keyring(keyring) => keyring.name().to_owned(),
        Kept::NotKeyring(error) => {
            ctx.ui
                .warn(format!("{error}: the token is kept in a file instead"));
            file.to_owned()
        }
    };
    let expires_at = who.token.as_ref().and_then(|token| token.expires_at);
    let until = expires_at.map_or_else(String::new, |at| format!(", good until {}", ui::instant(at)));
    ctx.ui.say(format!("Kept in {place}{until}."));
    let body = Body {
        url: url.to_string(),
        user: who.user.clone(),
        roles: who.roles.clone(),
        kept_in: place,
        expires_at,
    };
    ctx.ui.answer(documents::LOGIN, &body, String::new)
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
