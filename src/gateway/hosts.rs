//! A page on another site must not use a broker that its visitor can reach, not even by a name that leads there (DNS
//! rebinding): browsers say which site a page is of, and which name they went to.

use http::{HeaderMap, HeaderValue, Uri, header};
use url::{Host, Url};

/// What is wrong with where a request comes from or went to, to be told; `None` for nothing.
pub(super) fn foreign(public_url: &Url, headers: &HeaderMap) -> Option<&'static str> {
    if let Some(origin) = headers.get(header::ORIGIN)
        && !is_own_origin(public_url, origin)
    {
        return Some("requests from pages of another origin are not taken");
    }
    if let Some(host) = headers.get(header::HOST)
        && !is_own_host(public_url, host)
    {
        return Some(
            "the Host header does not name this broker: a proxy in front has to pass on the one it was sent",
        );
    }
    None
}

/// A broker on loopback is called from pages on loopback, whatever their port.
fn is_own_origin(public_url: &Url, origin: &HeaderValue) -> bool {
    let Some(origin) = origin.to_str().ok().and_then(|text| text.parse::<Url>().ok()) else {
        return false;
    };
    let is_loopback = |url: &Url| url.host().is_some_and(|host| is_loopback(&host));
    origin.origin() == public_url.origin() || is_loopback(public_url) && is_loopback(&origin)
}

/// Only names can be made to lead elsewhere: an address always is what it says, whatever the port.
fn is_own_host(public_url: &Url, host: &HeaderValue) -> bool {
    let host = host.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
    let Some(host) = host
        .as_ref()
        .and_then(Uri::host)
        .and_then(|host| Host::parse(host).ok())
    else {
        return false;
    };
    let is_address = !matches!(host, Host::Domain(_));
    is_address || is_loopback(&host) || public_url.host().is_some_and(|own| own.to_owned() == host)
}

fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_others_are_not_taken() {
        let check = |public_url: &str, host: &str, expected: bool| {
            let own = is_own_host(&public_url.parse().unwrap(), &host.parse().unwrap());
            assert_eq!(own, expected, "{host} at {public_url}");
        };
        for host in [
            "127.0.0.1:8420",
            "localhost",
            "localhost:1",
            "[::1]:8420",
            "10.0.0.7:80",
        ] {
            check("http://127.0.0.1:8420", host, true);
            check("https://berth.example.com", host, true);
        }
        check("https://berth.example.com", "berth.example.com", true);
        check("https://berth.example.com", "BERTH.example.com:443", true);
        for host in [
            "evil.example",
            "berth.example.com.evil.example",
            "localhost.evil.example",
            "a b",
            "",
        ] {
            check("https://berth.example.com", host, false);
            check("http://localhost:8420", host, false);
        }
    }

    #[test]
    fn pages_of_others_are_not_taken() {
        let check = |public_url: &str, origin: &str, expected: bool| {
            let own = is_own_origin(&public_url.parse().unwrap(), &origin.parse().unwrap());
            assert_eq!(own, expected, "{origin} at {public_url}");
        };
        check("http://127.0.0.1:8420", "http://localhost:6274", true);
        check("https://berth.example.com", "https://berth.example.com", true);
        check("https://berth.example.com", "http://berth.example.com", false);
        check("https://berth.example.com", "http://localhost", false);
        check("https://berth.example.com", "null", false);
    }
}
