//! The person's browser.

use std::{ffi::OsString, process::Stdio, time::Duration};

use tokio::process::Command;

use super::context::Context;

/// A browser that still runs after this time has taken the address.
const TAKEN: Duration = Duration::from_secs(2);

/// Opens `url`; whether a browser took it. It goes on when this program ends.
pub(super) async fn open(ctx: &Context, url: &str) -> bool {
    for words in candidates(ctx.browsers().and_then(|list| list.to_str()), url) {
        let Some((program, arguments)) = words.split_first() else {
            continue;
        };
        #[allow(clippy::disallowed_methods, reason = "the person's own browser")]
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(variables(ctx))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let Ok(mut started) = command.spawn() else {
            continue;
        };
        match tokio::time::timeout(TAKEN, started.wait()).await {
            Err(_) => return true,
            Ok(Ok(status)) if status.success() => return true,
            Ok(_) => {}
        }
    }
    false
}

/// The person's variables without berth's own: a browser has no use for a token.
fn variables(ctx: &Context) -> impl Iterator<Item = (OsString, OsString)> {
    let is_ours = |name: &OsString| name.as_encoded_bytes().starts_with(b"BERTH_");
    ctx.variables().filter(move |(name, _)| !is_ours(name))
}

/// The command lines to try, the best first: what `BROWSER` lists, with `%s` for the address, else what the system has.
fn candidates(preferred: Option<&str>, url: &str) -> Vec<Vec<String>> {
    let listed: Vec<Vec<String>> = preferred
        .unwrap_or_default()
        .split(':')
        .filter(|entry| !entry.trim().is_empty())
        .map(|entry| {
            let mut words: Vec<String> = entry
                .split_whitespace()
                .map(|word| word.replace("%s", url))
                .collect();
            if !entry.contains("%s") {
                words.push(url.to_owned());
            }
            words
        })
        .collect();
    match listed.is_empty() {
        false => listed,
        true => ["xdg-open", "open", "wslview"]
            .map(|program| vec![program.to_owned(), url.to_owned()])
            .to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_tried_in_order() {
        let check = |preferred: Option<&str>, expected: &[&str]| {
            let words: Vec<String> = candidates(preferred, "https://b/x?y=1&z")
                .iter()
                .map(|words| words.join(" "))
                .collect();
            assert_eq!(words, expected);
        };
        let url = "https://b/x?y=1&z";
        check(
            Some("firefox --new-tab %s:w3m"),
            &[&format!("firefox --new-tab {url}"), &format!("w3m {url}")],
        );
        let usual = ["xdg-open", "open", "wslview"].map(|program| format!("{program} {url}"));
        let usual: Vec<&str> = usual.iter().map(String::as_str).collect();
        check(None, &usual);
        check(Some(" : "), &usual);
    }
}
