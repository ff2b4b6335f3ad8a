//! Cookies, as RFC 6265 keeps them for hosts without subdomains: by host and path, whatever the port.

use url::Url;

#[derive(Default)]
pub(crate) struct Jar {
    cookies: Vec<Cookie>,
}

struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
}

impl Jar {
    /// Keeps one `Set-Cookie`. The demo is over before a cookie expires, so only deletion is looked at; a cookie
    /// that asks for https is not kept from plain http, as a browser does it.
    pub(crate) fn store(&mut self, from: &Url, set_cookie: &str) {
        let mut parts = set_cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let host = from.host_str().unwrap_or_default();
        let mut path = default_path(from.path());
        let (mut gone, mut secure) = (false, false);
        for attribute in parts {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match key.to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => path = value,
                "max-age" => gone = value.parse().is_ok_and(|seconds: i64| seconds <= 0),
                "secure" => secure = true,
                _ => {}
            }
        }
        self.cookies
            .retain(|cookie| (&*cookie.host, &*cookie.path, &*cookie.name) != (host, path, name));
        if !gone && (!secure || from.scheme() == "https") {
            self.cookies.push(Cookie {
                host: host.to_owned(),
                path: path.to_owned(),
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
    }

    /// The `Cookie` header for a request to `url`.
    pub(crate) fn for_url(&self, url: &Url) -> Option<String> {
        let sent: Vec<String> = self
            .cookies
            .iter()
            .filter(|cookie| Some(&*cookie.host) == url.host_str() && matches(&cookie.path, url.path()))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!sent.is_empty()).then(|| sent.join("; "))
    }
}

/// RFC 6265 §5.1.4.
fn matches(cookie: &str, path: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn cookies_go_back_where_they_belong() {
        let mut jar = Jar::default();
        let login = url("http://127.0.0.1:1/login/x");
        jar.store(&login, "session=a; Path=/; HttpOnly; SameSite=Lax");
        jar.store(&login, "flow=b; Path=/oauth/callback");
        jar.store(&login, "__Host-no=c; Path=/; Secure");
        let sent = |at: &str| jar.for_url(&url(at));
        assert_eq!(sent("http://127.0.0.1:1/").as_deref(), Some("session=a"));
        let callback = sent("http://127.0.0.1:1/oauth/callback/acme");
        assert_eq!(callback.as_deref(), Some("session=a; flow=b"));
        assert_eq!(
            sent("http://127.0.0.1:1/oauth/callbacks").as_deref(),
            Some("session=a")
        );
        assert_eq!(sent("http://localhost:1/"), None);
    }

    #[test]
    fn a_cookie_is_replaced_and_deleted() {
        let mut jar = Jar::default();
        let at = url("http://127.0.0.1/");
        jar.store(&at, "s=1; Path=/");
        jar.store(&at, "s=2; Path=/");
        assert_eq!(jar.for_url(&at).as_deref(), Some("s=2"));
        jar.store(&at, "s=; Path=/; Max-Age=0");
        assert_eq!(jar.for_url(&at), None);
    }
}
