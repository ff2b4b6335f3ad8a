//! What people give besides names: files, standard input, addresses, tokens.

use std::{
    fs,
    io::{self, Read as _},
};

use url::Url;

use super::error::{CmdError, Kind};
use crate::{client, model::TokenKind, secret::Secret};

/// The text of a file, or of standard input for `-`, without the one line end that editors and `echo` add.
///
/// A pipe may give nothing for long, so it is read beside the command, which Ctrl-C can then end.
pub(crate) async fn read_input(path: &str) -> Result<Secret<String>, CmdError> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || read(&path))
        .await
        .map_err(|error| CmdError::new(Kind::Failed, "the reading broke off").with_source(error))?
}

/// The same where waiting does no harm.
pub(crate) fn read(path: &str) -> Result<Secret<String>, CmdError> {
    let mut bytes = Vec::new();
    let read = match path {
        "-" => io::stdin().lock().read_to_end(&mut bytes).map(drop),
        path => fs::read(path).map(|content| bytes = content),
    };
    let name = if path == "-" { "standard input" } else { path };
    read.map_err(|error| CmdError::usage(format!("{name} can't be read")).with_source(error))?;
    let text = String::from_utf8(bytes).map_err(|_| CmdError::usage(format!("{name} is not UTF-8 text")))?;
    let text = Secret::new(text);
    Ok(Secret::new(without_line_end(text.expose()).to_owned()))
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// The address of a broker as it is typed; `host:port` alone means https, or http on this machine.
pub(crate) fn broker_url(text: &str) -> Result<Url, CmdError> {
    // Its text would go to a name server, and into this message.
    if text.starts_with("berth_") {
        return Err(
            CmdError::usage("that is a token, where a broker's address is needed")
                .with_hint("berth login URL --token-file FILE takes a token; `-` is standard input"),
        );
    }
    let wrong = || {
        CmdError::usage(format!(
            "{text:?} is not a broker's address: write it as https://berth.example"
        ))
    };
    let spelled = match text.split_once("://") {
        Some(_) => text.to_owned(),
        None => {
            let guess: Url = format!("http://{text}").parse().map_err(|_| wrong())?;
            let scheme = if client::is_loopback(&guess) {
                "http"
            } else {
                "https"
            };
            format!("{scheme}://{text}")
        }
    };
    let mut url: Url = spelled.parse().map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(CmdError::usage(
            "a broker's address has no user name or password in it",
        ));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// A token of berth's, by its beginning; what `origin` gave is told by what it looks like.
pub(crate) fn checked_token(token: Secret<String>, origin: &str) -> Result<Secret<String>, CmdError> {
    let wrong =
        |message: String, hint: &str| Err(CmdError::new(Kind::Authentication, message).with_hint(hint));
    let text = token.expose();
    if text.is_empty() {
        return wrong(
            format!("there is no token in what came from {origin}: it is empty"),
            "a token is one word that starts with berth_: `berth token create` makes one",
        );
    }
    let kind = TokenKind::of(text);
    if let Some(what) = kind.described() {
        return wrong(
            format!("what came from {origin} is {what}, not a token of berth's control API"),
            kind.hint(),
        );
    }
    if kind == TokenKind::Berth && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(token);
    }
    wrong(
        format!("what came from {origin} is not a token"),
        "a token is one word that starts with berth_: `berth token create` makes one",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_type_them() {
        let check = |text: &str, expected: &str| assert_eq!(broker_url(text).unwrap().as_str(), expected);
        check("berth.example", "https://berth.example/");
        check("127.0.0.1:8420", "http://127.0.0.1:8420/");
        check("[::1]:8420", "http://[::1]:8420/");
        check("https://example.com/berth?x#y", "https://example.com/berth");
        for bad in ["", "ftp://x", "https://", "https://u:p@x", "a b"] {
            assert_eq!(broker_url(bad).unwrap_err().kind, Kind::Usage, "{bad}");
        }
        let token = broker_url("berth_canary").unwrap_err();
        assert!(!format!("{token:?}").contains("canary"));
    }

    #[tokio::test]
    async fn a_pipe_that_gives_nothing_does_not_hold_the_command() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let path = pipe.to_str().unwrap().to_owned();
        // What comes second is tried only once the reading has begun and let go of the command.
        let interrupted = tokio::select! {
            biased;
            _ = read_input(&path) => false,
            () = std::future::ready(()) => true,
        };
        assert!(interrupted);
        // Lets the thread that reads go, which the runtime waits for at its end.
        let writer = tokio::task::spawn_blocking(move || fs::write(pipe, "late"));
        writer.await.unwrap().unwrap();
    }

    #[test]
    fn exactly_one_line_end_is_taken_off() {
        for (given, expected) in [
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
            ("a", "a"),
            ("", ""),
        ] {
            assert_eq!(without_line_end(given), expected);
        }
    }
}
