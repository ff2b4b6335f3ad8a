//! Signing in with a browser on this machine: it brings a code back to a port of loopback (RFC 8252 §7.3).

use std::time::Duration;

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::{
    cli::{
        browser,
        context::Context,
        error::{CmdError, Kind},
    },
    client::{Asked, Client, GrantError},
    secret::{self, Secret},
};

/// How long the person may take.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// How long a connection may take to say what it wants.
const REQUEST: Duration = Duration::from_secs(5);
/// Longest request that is read, in bytes.
const LONGEST: usize = 8 << 10;
const PATH: &str = "/callback";

/// What the browser came back with.
struct Back {
    code: Option<Secret<String>>,
    state: String,
    error: Option<String>,
    iss: Option<String>,
}

/// Opens the broker's page and waits for the token.
pub(super) async fn run(ctx: &Context, client: &Client) -> Result<Secret<String>, CmdError> {
    let metadata = client.metadata().await?;
    let cannot = |error| {
        CmdError::new(Kind::Failed, "no port of loopback can be listened on")
            .with_hint("`berth login URL --device` needs none")
            .with_source(error)
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(cannot)?;
    let port = listener.local_addr().map_err(cannot)?.port();
    let redirect = format!("http://127.0.0.1:{port}{PATH}");
    let (state, verifier) = (secret::generate(""), secret::generate(""));
    let challenge =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose().as_bytes()));
    let host = ctx.host_name();
    let asked = Asked {
        state: state.expose(),
        challenge: &challenge,
        host: &host,
    };
    let page = Client::login_page(&metadata, &redirect, &asked);
    ctx.ui
        .prompt(format!("Sign in with your browser at:\n\n  {page}\n"));
    let opening = async {
        if browser::open(ctx, page.as_str()).await {
            ctx.ui.detail("It was opened.");
        } else {
            ctx.ui
                .warn("no browser could be opened: open the address yourself");
            ctx.ui
                .say("On a machine without a browser, `berth login URL --device` signs in with a code.");
        }
    };
    let answered = timeout(PATIENCE, async {
        loop {
            let (mut stream, _) = listener.accept().await.map_err(cannot)?;
            // Other programs, and the browser's own wish for an icon, get nothing.
            let Some(back) = read(&mut stream).await else {
                continue;
            };
            let is_ours = state.expose().as_bytes().ct_eq(back.state.as_bytes());
            if !bool::from(is_ours) {
                say(&mut stream, 400, "This is not the answer that berth waits for.").await;
                continue;
            }
            let outcome = redeem(client, &metadata.issuer, back, &redirect, &verifier).await;
            let text = match &outcome {
                Ok(_) => "You are signed in. Close this page and go back to the terminal.",
                Err(_) => "You are not signed in: the terminal says why.",
            };
            say(&mut stream, 200, text).await;
            return outcome;
        }
    });
    // A browser that runs in this terminal is at the callback before it ends.
    let ((), answered) = tokio::join!(opening, answered);
    answered.unwrap_or_else(|_| {
        Err(
            CmdError::new(Kind::TimedOut, "nobody signed in within 10 minutes")
                .with_hint("type the command again; `--device` signs in with a code"),
        )
    })
}

async fn redeem(
    client: &Client,
    issuer: &str,
    back: Back,
    redirect: &str,
    verifier: &Secret<String>,
) -> Result<Secret<String>, CmdError> {
    let refused = |text: String| CmdError::new(Kind::Authentication, text);
    // RFC 9207: another server's answer is none.
    if back.iss.as_deref() != Some(issuer) {
        return Err(refused(
            "the answer came from another server than the one that was asked".to_owned(),
        ));
    }
    let code = match (back.code, back.error.as_deref()) {
        (Some(code), None) => code,
        (_, Some("access_denied")) => return Err(refused("you did not allow it in the browser".to_owned())),
        (_, error) => {
            let error: String = error.unwrap_or("no code").chars().take(60).collect();
            return Err(refused(format!("the broker did not sign you in ({error})")));
        }
    };
    match client.redeem_code(&code, redirect, verifier).await {
        Ok(granted) => Ok(granted.access_token),
        Err(GrantError::Client(error)) => Err(error.into()),
        Err(GrantError::NotNow(text)) => Err(CmdError::new(Kind::Unavailable, text)),
        Err(error) => Err(refused(error.to_string()).with_hint("type the command again")),
    }
}

/// What a browser sent; `None` for what is no answer to us.
async fn read(stream: &mut TcpStream) -> Option<Back> {
    let mut bytes = Vec::new();
    let whole = timeout(REQUEST, async {
        while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
            if bytes.len() > LONGEST || stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
        Some(())
    });
    whole.await.ok().flatten()?;
    let back = std::str::from_utf8(&bytes).ok().and_then(parse);
    if back.is_none() {
        say(stream, 404, "There is nothing here.").await;
    }
    back
}

/// Reads `GET /callback?… HTTP/1.1`.
fn parse(request: &str) -> Option<Back> {
    let target = request.lines().next()?.strip_prefix("GET ")?.split(' ').next()?;
    let (path, query) = target.split_once('?')?;
    if path != PATH {
        return None;
    }
    let value = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    Some(Back {
        code: value("code").map(Secret::new),
        state: value("state")?,
        error: value("error"),
        iss: value("iss"),
    })
}

async fn say(stream: &mut TcpStream, status: u16, text: &str) {
    let page = format!(
        "<!doctype html><meta charset=utf-8><title>berth</title><body style=\"font-family:sans-serif;margin:3em\"><p>{text}"
    );
    let answer = format!(
        "HTTP/1.1 {status} \r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    // A browser that has gone needs no page.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_callback_is_an_answer() {
        let back = parse("GET /callback?code=c%2B&state=s&iss=https%3A%2F%2Fb HTTP/1.1\r\n").unwrap();
        assert_eq!(back.code.unwrap().expose(), "c+");
        assert_eq!(
            (back.state.as_str(), back.iss.as_deref()),
            ("s", Some("https://b"))
        );
        for other in [
            "GET /favicon.ico HTTP/1.1",
            "GET /callback HTTP/1.1",
            "POST /callback?state=s HTTP/1.1",
            "GET /callback?code=c HTTP/1.1",
            "",
        ] {
            assert!(parse(other).is_none(), "{other}");
        }
    }
}
