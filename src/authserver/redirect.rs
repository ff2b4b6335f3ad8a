//! Where a browser may be sent with a code.

use url::{Host, Url};

use crate::model::Invalid;

const LONGEST: usize = 2048;

/// Editors whose pages are opened by a scheme that is no reversed domain name (RFC 8252 §7.1 wants one).
const EDITORS: [&str; 9] = [
    "antigravity",
    "cursor",
    "kiro",
    "trae",
    "vscode",
    "vscode-insiders",
    "vscodium",
    "windsurf",
    "zed",
];

/// Checks a URI that a client wants its answers at: https, http on loopback, or a scheme that belongs to an app.
pub(super) fn check(uri: &str) -> Result<(), Invalid> {
    let shown: String = uri.chars().take(100).collect();
    let wrong = |why: &str| Err(Invalid(format!("redirect URI {shown:?} {why}")));
    if uri.len() > LONGEST {
        return wrong("is longer than 2048 bytes");
    }
    if !uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return wrong("has a character that no URI has");
    }
    let Ok(url) = uri.parse::<Url>() else {
        return wrong("is no absolute URI");
    };
    if uri.contains('#') {
        return wrong("has a fragment (#…)");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("has a user name or password");
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => wrong("is plain http to another machine: use https"),
        scheme if scheme.contains('.') || EDITORS.contains(&scheme) => Ok(()),
        _ => wrong(
            "has a scheme that belongs to no app: use https, http on loopback, or a reversed domain name",
        ),
    }
}

/// Whether a browser may be sent to `asked` when `registered` was registered: the same, or on loopback the same but for
/// the port, which a program there can't choose (RFC 8252 §7.3).
pub(super) fn matches(registered: &str, asked: &str) -> bool {
    if registered == asked {
        return true;
    }
    if check(asked).is_err() {
        return false;
    }
    let without_port = |uri: &str| {
        let mut url: Url = uri.parse().ok()?;
        (url.scheme() == "http" && is_loopback(&url)).then_some(())?;
        url.set_port(None).ok()?;
        Some(url)
    };
    match (without_port(registered), without_port(asked)) {
        (Some(registered), Some(asked)) => registered == asked,
        _ => false,
    }
}

/// Whether the answer stays on the machine of whoever's browser it is.
pub(super) fn is_local(uri: &str) -> bool {
    uri.parse::<Url>().is_ok_and(|url| is_loopback(&url))
}

/// Whether a server gets the answer, here or elsewhere, and not whichever app took a scheme.
pub(super) fn is_web(uri: &str) -> bool {
    uri.starts_with("https://") || uri.starts_with("http://")
}

/// Whether only the one who has the host can get the answer, and no other program of a machine.
pub(super) fn proves_client(uri: &str) -> bool {
    uri.parse::<Url>()
        .is_ok_and(|url| url.scheme() == "https" && !is_loopback(&url))
}

/// What a person is told of where the answer goes.
pub(super) fn shown(uri: &str) -> String {
    match uri.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") => match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        },
        Ok(url) => format!("the app that opens {}: links", url.scheme()),
        Err(_) => String::new(),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_a_client_is_taken() {
        for fine in [
            "https://claude.ai/api/mcp/auth_callback",
            "http://localhost:3334/oauth/callback",
            "http://127.0.0.1/cb",
            "http://[::1]:9/cb?x=1",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "com.example.app:/callback",
        ] {
            check(fine).unwrap();
        }
        for bad in [
            "https://client.example/cb#x",
            "https://client.example/cb#",
            "https://user@client.example/cb",
            "https://user:pw@client.example/cb",
            "http://client.example/cb",
            "http://localhost.evil.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "evil://x",
            "/cb",
            "",
            "https://client.example/\\evil",
            "https://client.example/a b",
            "https://client.example/\r\nx",
            &format!("https://client.example/{}", "a".repeat(2048)),
        ] {
            check(bad).unwrap_err();
        }
    }

    #[test]
    fn nothing_but_the_port_of_loopback_may_differ() {
        let check = |registered: &str, asked: &str, expected: bool| {
            assert_eq!(matches(registered, asked), expected, "{registered} {asked}");
        };
        check("http://localhost/cb", "http://localhost:49152/cb", true);
        check("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb", true);
        check("https://a.example/cb", "https://a.example/cb", true);
        check("http://localhost/cb", "http://127.0.0.1/cb", false);
        check("http://localhost/cb", "http://localhost/cb/../evil", false);
        check("http://localhost/cb", "http://localhost:1/cb?x=1", false);
        check("http://localhost/cb", "http://user@localhost:1/cb", false);
        check("http://localhost/cb", "http://localhost:1/cb#x", false);
        check("http://localhost/cb", "https://localhost:1/cb", false);
        check("https://a.example/cb", "https://a.example:444/cb", false);
        check("https://a.example/cb", "https://a.example/cb/", false);
        check("https://a.example/cb", "https://evil.example/cb", false);
    }
}
