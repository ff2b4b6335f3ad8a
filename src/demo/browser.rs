//! As much of a browser as a person needs here: cookies, redirects, forms. One value is one browser profile.

use anyhow::{Context as _, bail};
use reqwest::{Method, Response, StatusCode, header};
use url::Url;

use form::{forms, text, title};
use jar::Jar;

mod form;
mod jar;

const MOST_REDIRECTS: usize = 10;
/// Far more than any page of berth's or the provider's.
const LARGEST_PAGE: usize = 1 << 20;

pub(crate) struct Browser {
    http: reqwest::Client,
    jar: Jar,
}

/// A page that was arrived at, and the way there.
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) title: String,
    pub(crate) trail: Vec<Visit>,
    html: String,
    policy: Policy,
}

/// One request on the way.
pub(crate) struct Visit {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
}

/// What a page's headers demand of a browser that sends its forms.
#[derive(Default)]
struct Policy {
    /// `Referrer-Policy: no-referrer`, with which a browser sends `Origin: null`.
    hides_origin: bool,
    /// The sources of the Content-Security-Policy's `form-action`; they hold for redirects as well.
    form_action: Option<Vec<String>>,
}

impl Browser {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .context("could not make an HTTP client")?;
        let jar = Jar::default();
        Ok(Self { http, jar })
    }

    /// Goes to an address, through redirects, up to a page.
    pub(crate) async fn open(&mut self, url: &Url) -> anyhow::Result<Page> {
        self.go(Method::GET, url.clone(), None).await
    }

    /// Fills the page's own form (the one that answers where the page came from), and sends it.
    pub(crate) async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> anyhow::Result<Page> {
        let mut own = None;
        for form in forms(&page.html) {
            let url = page
                .url
                .join(&form.action)
                .context("a form's address is not valid")?;
            if url.path() == page.url.path() && fields.iter().all(|(name, _)| form.has(name)) {
                own = Some((form, url));
            }
        }
        let (form, url) = own.with_context(|| format!("the page {:?} has no such form", page.title))?;
        let sent = Sent {
            body: form.filled(fields),
            policy: &page.policy,
            origin: page.url.origin().ascii_serialization(),
            from: page.url.clone(),
        };
        match form.method {
            Method::POST => self.go(Method::POST, url, Some(sent)).await,
            _ => bail!("the form on {:?} is not sent by POST", page.title),
        }
    }

    async fn go(&mut self, method: Method, url: Url, form: Option<Sent<'_>>) -> anyhow::Result<Page> {
        let (mut method, mut url) = (method, url);
        let mut trail = Vec::new();
        let mut site = if form.is_some() { "same-origin" } else { "none" };
        while trail.len() <= MOST_REDIRECTS {
            if let Some(form) = &form {
                form.check(&url)?;
                site = form.farther(site, &url);
            }
            let body = form.as_ref().filter(|_| method == Method::POST);
            let answer = self.fetch(&method, &url, site, body).await?;
            let status = answer.status();
            trail.push(Visit {
                method: method.clone(),
                url: url.clone(),
                status,
            });
            if !status.is_redirection() {
                return page(answer, url, trail).await;
            }
            let location = answer
                .headers()
                .get(header::LOCATION)
                .and_then(|value| value.to_str().ok())
                .with_context(|| format!("{} redirected to nowhere", url.path()))?;
            url = url
                .join(location)
                .with_context(|| format!("redirected to {location:?}"))?;
            // 303, and by custom also 301 and 302, make a GET of a POST (RFC 9110 §15.4).
            if !matches!(status.as_u16(), 307 | 308) {
                method = Method::GET;
            }
        }
        bail!("more than {MOST_REDIRECTS} redirects, at last to {}", url.path())
    }

    async fn fetch(
        &mut self,
        method: &Method,
        url: &Url,
        site: &str,
        form: Option<&Sent<'_>>,
    ) -> anyhow::Result<Response> {
        let mut request = self
            .http
            .request(method.clone(), url.clone())
            .header("sec-fetch-site", site);
        if let Some(cookies) = self.jar.for_url(url) {
            request = request.header(header::COOKIE, cookies);
        }
        if let Some(form) = form {
            let origin = if form.policy.hides_origin {
                "null"
            } else {
                &form.origin
            };
            request = request
                .header(header::ORIGIN, origin)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.body.clone());
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("the browser could not reach {}", url.path()))?;
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            if let Ok(text) = cookie.to_str() {
                self.jar.store(url, text);
            }
        }
        Ok(answer)
    }
}

impl Page {
    /// The beginning of what it says, for an error.
    pub(crate) fn excerpt(&self) -> String {
        text(&self.html).chars().take(300).collect()
    }
}

/// A form on its way.
struct Sent<'a> {
    body: String,
    policy: &'a Policy,
    origin: String,
    from: Url,
}

impl Sent<'_> {
    /// `Sec-Fetch-Site` after one more stop: it never comes nearer again (Fetch Metadata, §2.4).
    fn farther(&self, site: &'static str, stop: &Url) -> &'static str {
        if stop.origin() == self.from.origin() {
            site
        } else if site != "cross-site"
            && stop.host() == self.from.host()
            && stop.scheme() == self.from.scheme()
        {
            "same-site"
        } else {
            "cross-site"
        }
    }

    /// Refuses what a browser refuses: a target outside of the page's `form-action`, also behind a redirect.
    fn check(&self, target: &Url) -> anyhow::Result<()> {
        let Some(sources) = &self.policy.form_action else {
            return Ok(());
        };
        let origin = target.origin().ascii_serialization();
        let allowed = sources.iter().any(|source| match source.as_str() {
            "'self'" => target.origin() == self.from.origin(),
            "*" | "https:" | "http:" => source == "*" || source.trim_end_matches(':') == target.scheme(),
            listed => listed.trim_end_matches('/') == origin,
        });
        if !allowed {
            bail!("a browser would not go to {origin}: the page's form-action forbids it");
        }
        Ok(())
    }
}

async fn page(mut answer: Response, url: Url, trail: Vec<Visit>) -> anyhow::Result<Page> {
    let status = answer.status();
    let policy = policy(answer.headers());
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.context("the page broke off")? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST_PAGE {
            bail!("the page {} is larger than 1 MiB", url.path());
        }
    }
    let html = String::from_utf8_lossy(&bytes).into_owned();
    let title = title(&html);
    Ok(Page {
        url,
        status,
        title,
        trail,
        html,
        policy,
    })
}

fn policy(headers: &header::HeaderMap) -> Policy {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let form_action = text(header::CONTENT_SECURITY_POLICY)
        .split(';')
        .filter_map(|directive| directive.trim().strip_prefix("form-action"))
        .map(|sources| sources.split_whitespace().map(str::to_owned).collect())
        .next();
    Policy {
        hides_origin: text(header::REFERRER_POLICY) == "no-referrer",
        form_action,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_action_holds_for_every_stop_on_the_way() {
        let url = |text: &str| Url::parse(text).unwrap();
        let check = |csp: &'static str, target: &str, allowed: bool| {
            let mut headers = header::HeaderMap::new();
            headers.insert(
                header::CONTENT_SECURITY_POLICY,
                header::HeaderValue::from_static(csp),
            );
            let sent = Sent {
                body: String::new(),
                policy: &policy(&headers),
                origin: "http://127.0.0.1:1".into(),
                from: url("http://127.0.0.1:1/connect/x"),
            };
            assert_eq!(sent.check(&url(target)).is_ok(), allowed, "{csp} {target}");
            assert_eq!(sent.farther("cross-site", &sent.from), "cross-site");
            assert_eq!(
                sent.farther("same-origin", &url("http://127.0.0.1:2")),
                "same-site"
            );
        };
        check("default-src 'none'", "http://127.0.0.1:2/authorize", true);
        check("form-action 'self'", "http://127.0.0.1:1/login", true);
        check(
            "default-src 'none'; form-action 'self'",
            "http://127.0.0.1:2/",
            false,
        );
        check(
            "form-action 'self' http://127.0.0.1:2",
            "http://127.0.0.1:2/a",
            true,
        );
        check("form-action 'self' https:", "https://example.com/a", true);
        check("form-action 'none'", "http://127.0.0.1:1/", false);
    }
}
