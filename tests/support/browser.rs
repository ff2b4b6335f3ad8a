//! A browser without a screen: cookies, redirects and forms.

use std::collections::BTreeMap;

use super::mcp::http;

/// One person's browser.
pub(crate) struct Browser {
    http: reqwest::Client,
    /// By name; every server of a test is on one host, and cookies do not know ports.
    cookies: BTreeMap<String, Cookie>,
}

struct Cookie {
    value: String,
    path: String,
}

/// What a page says, after all redirects.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) url: reqwest::Url,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

/// A form as it would be sent untouched.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) action: reqwest::Url,
    pub(crate) fields: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self {
            http: http(),
            cookies: BTreeMap::new(),
        }
    }

    /// A browser in which whoever got the one-time `link` is signed in.
    pub(crate) async fn signed_in(link: &str) -> Self {
        let mut browser = Self::new();
        let page = browser.open(link).await;
        let page = browser.submit(page.form(), &[]).await;
        assert_eq!(page.status, 200, "{page:?}");
        browser
    }

    /// Gets a page, following redirects.
    pub(crate) async fn open(&mut self, url: &str) -> Page {
        let request = self.http.get(url);
        self.follow(request, url.parse().unwrap(), &|_| true).await
    }

    /// The same, but stops at a redirect whose target `goes_on` does not want: then the page is that redirect.
    pub(crate) async fn open_until(&mut self, url: &str, goes_on: &dyn Fn(&reqwest::Url) -> bool) -> Page {
        let request = self.http.get(url);
        self.follow(request, url.parse().unwrap(), goes_on).await
    }

    /// Sends a form with some fields filled in.
    pub(crate) async fn submit(&mut self, form: Form, filled: &[(&str, &str)]) -> Page {
        self.submit_until(form, filled, &|_| true).await
    }

    /// The same, but stops at a redirect whose target `goes_on` does not want: then the page is that redirect.
    pub(crate) async fn submit_until(
        &mut self,
        form: Form,
        filled: &[(&str, &str)],
        goes_on: &dyn Fn(&reqwest::Url) -> bool,
    ) -> Page {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &form.fields {
            if !filled.iter().any(|(filled, _)| filled == name) {
                body.append_pair(name, value);
            }
        }
        body.extend_pairs(filled);
        let request = self
            .http
            .post(form.action.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", form.action.origin().ascii_serialization())
            .body(body.finish());
        self.follow(request, form.action, goes_on).await
    }

    /// The whole way of someone who was sent a connect link: berth's page, the provider's login as `account`, its
    /// consent, and back. Gives the last page.
    pub(crate) async fn connect(&mut self, link: &str, account: &str) -> Page {
        self.connect_giving(link, account, &[]).await
    }

    /// The same, with what berth's own page asks for.
    pub(crate) async fn connect_giving(&mut self, link: &str, account: &str, given: &[(&str, &str)]) -> Page {
        let page = self.open(link).await;
        assert_eq!(page.status, 200, "{page:?}");
        let berth = page.url.origin();
        let mut page = self.submit(page.form(), given).await;
        // A provider that knows this browser already may skip its login, and consent too.
        for _ in 0..5 {
            if page.url.origin() == berth {
                assert!(!page.url.path().starts_with("/connect/"), "{page:?}");
                return page;
            }
            let form = page.form();
            page = if form.has("login") {
                self.submit(form, &[("login", account), ("password", "any")])
                    .await
            } else {
                self.submit(form, &[]).await
            };
        }
        panic!("the provider does not lead back: {page:?}");
    }

    async fn follow(
        &mut self,
        request: reqwest::RequestBuilder,
        url: reqwest::Url,
        goes_on: &dyn Fn(&reqwest::Url) -> bool,
    ) -> Page {
        let mut url = url;
        let mut request = request;
        for _ in 0..20 {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .filter(|(_, cookie)| covers(&cookie.path, url.path()))
                .map(|(name, cookie)| format!("{name}={}", cookie.value))
                .collect();
            if !cookies.is_empty() {
                request = request.header("cookie", cookies.join("; "));
            }
            let response = request.send().await.unwrap();
            self.keep(response.headers());
            let target = response
                .headers()
                .get("location")
                .filter(|_| response.status().is_redirection())
                .map(|location| url.join(location.to_str().unwrap()).unwrap());
            match target {
                Some(target) if goes_on(&target) => {
                    request = self.http.get(target.clone());
                    url = target;
                }
                _ => {
                    return Page {
                        status: response.status().as_u16(),
                        headers: response.headers().clone(),
                        url,
                        body: response.text().await.unwrap(),
                    };
                }
            }
        }
        panic!("too many redirects, at {url}");
    }

    fn keep(&mut self, headers: &reqwest::header::HeaderMap) {
        for header in headers.get_all("set-cookie") {
            let mut parts = header.to_str().unwrap().split(';').map(str::trim);
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let attribute = |wanted: &str| {
                parts.clone().find_map(|part| {
                    let (name, value) = part.split_once('=')?;
                    name.eq_ignore_ascii_case(wanted).then(|| value.to_owned())
                })
            };
            if value.is_empty() || attribute("max-age").as_deref() == Some("0") {
                self.cookies.remove(name);
                continue;
            }
            let path = attribute("path").unwrap_or_else(|| "/".to_owned());
            let value = value.to_owned();
            self.cookies.insert(name.to_owned(), Cookie { value, path });
        }
    }
}

impl Page {
    /// Where the link with this text leads.
    pub(crate) fn link(&self, text: &str) -> String {
        let end = self.body.find(&format!("{text}</a>"));
        let end = end.unwrap_or_else(|| panic!("no link {text:?}: {self:?}"));
        let start = self.body[..end].rfind("<a ").unwrap();
        let tag = tags(&self.body[start..end]).next().unwrap();
        self.url.join(&tag["href"]).unwrap().into()
    }

    /// The first form of what the page is about, which is not its header.
    pub(crate) fn form(&self) -> Form {
        let main = self.body.find("<main").unwrap_or_default();
        let start = self.body[main..]
            .find("<form")
            .unwrap_or_else(|| panic!("status {} at {}, no form:\n{}", self.status, self.url, self.body));
        let form = &self.body[main + start..];
        let form = &form[..form.find("</form>").unwrap()];
        let mut tags = tags(form);
        let action = tags
            .next()
            .and_then(|tag| tag.get("action").cloned())
            .unwrap_or_default();
        let fields = tags
            .filter_map(|tag| {
                Some((
                    tag.get("name")?.clone(),
                    tag.get("value").cloned().unwrap_or_default(),
                ))
            })
            .collect();
        Form {
            action: self.url.join(&action).unwrap(),
            fields,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

impl Form {
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }
}

/// RFC 6265 §5.1.4.
fn covers(cookie: &str, path: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

/// The attributes of each tag in turn.
fn tags(html: &str) -> impl Iterator<Item = BTreeMap<String, String>> {
    html.split('<').skip(1).map(|tag| {
        let mut rest = tag.split_once('>').map_or(tag, |(tag, _)| tag);
        let mut attributes = BTreeMap::new();
        while let Some((before, after)) = rest.split_once("=\"") {
            let name = before.rsplit([' ', '\n']).next().unwrap_or_default();
            let (value, after) = after.split_once('"').unwrap_or((after, ""));
            attributes.insert(name.to_owned(), unescape(value));
            rest = after;
        }
        attributes
    })
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x3D;", "=")
        .replace("&amp;", "&")
}
