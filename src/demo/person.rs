//! Alice and bob: each with a berth user, an account at the provider, a browser and a token for their MCP client.

use anyhow::{Context as _, bail, ensure};
use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use super::{
    broker::Broker,
    browser::{Browser, Page},
    client::{Client, Elicitation, ToolResult},
    provider::{Account, PASSWORD},
    shell::Shell,
    tell::{Tell, mask},
};

pub(crate) struct Person {
    pub(crate) account: Account,
    /// The bearer token of this person's MCP client.
    pub(crate) token: String,
    browser: Browser,
}

/// What `whoami` answered.
#[derive(Debug, Deserialize)]
pub(crate) struct Whoami {
    pub(crate) name: String,
    pub(crate) sub: String,
    /// The last characters of the token that arrived: they tell two tokens apart without giving one away.
    pub(crate) token: String,
    #[serde(rename = "where")]
    pub(crate) place: String,
}

impl Person {
    /// Adds the user and a token, and signs the browser in with the one-time link.
    pub(crate) async fn join(
        tell: &mut Tell<'_>,
        shell: &Shell,
        broker: &Broker,
        account: Account,
    ) -> anyhow::Result<Self> {
        let name = account.username;
        let added = shell.run(tell, &["users", "add", name]).await?;
        let link = Url::parse(added.word(broker.url.as_str())?)?;
        let created = shell.run(tell, &["token", "create", "--user", name]).await?;
        let token = created.word("berth_")?.to_owned();
        let mut browser = Browser::new()?;
        let page = browser.open(&link).await?;
        expect(&page, StatusCode::OK)?;
        let home = browser.submit(&page, &[]).await?;
        expect(&home, StatusCode::OK)?;
        tell.note(format!("{name}'s browser opened the link and is signed in"));
        Ok(Self {
            account,
            token,
            browser,
        })
    }

    /// Connects this person's MCP client.
    pub(crate) async fn connect(&self, endpoint: &str, elicitation: Elicitation) -> anyhow::Result<Client> {
        Client::connect(endpoint, &self.token, elicitation)
            .await
            .with_context(|| format!("{}'s MCP client could not connect", self.account.username))
    }

    /// Opens an authorization link and goes all the way: berth's page, the provider's form, back to berth.
    pub(crate) async fn authorize(
        &mut self,
        tell: &mut Tell<'_>,
        broker: &Broker,
        link: &Url,
    ) -> anyhow::Result<()> {
        let page = self.browser.open(link).await?;
        self.trail(tell, broker, &page);
        expect(&page, StatusCode::OK)?;
        let form = self.browser.submit(&page, &[]).await?;
        self.trail(tell, broker, &form);
        expect(&form, StatusCode::OK)?;
        let filled = [
            ("username", self.account.username),
            ("password", PASSWORD),
            ("decision", "allow"),
        ];
        let end = self.browser.submit(&form, &filled).await?;
        self.trail(tell, broker, &end);
        expect(&end, StatusCode::OK)?;
        ensure!(
            end.url.origin() == broker.url.origin(),
            "the browser ended at {} and not at berth",
            end.url.path()
        );
        Ok(())
    }

    /// Opens somebody else's authorization link; it must not work.
    pub(crate) async fn is_turned_away(
        &mut self,
        tell: &mut Tell<'_>,
        broker: &Broker,
        link: &Url,
    ) -> anyhow::Result<()> {
        let page = self.browser.open(link).await?;
        self.trail(tell, broker, &page);
        expect(&page, StatusCode::FORBIDDEN)
    }

    fn trail(&self, tell: &mut Tell<'_>, broker: &Broker, page: &Page) {
        let who = self.account.username;
        for visit in &page.trail {
            let home = if visit.url.origin() == broker.url.origin() {
                "berth"
            } else {
                "provider"
            };
            let (method, path) = (visit.method.as_str(), visit.url.path());
            let status = visit.status.as_u16();
            let query = if visit.url.query().is_some() { "?…" } else { "" };
            tell.note(format!(
                "{who}'s browser  {method:<4} {home:<8} {path}{query}  {status}"
            ));
        }
        tell.note(format!("{who}'s browser  shows “{}”", page.title));
    }
}

/// The authorization link in the text of a failed call: what a model would show to its user.
pub(crate) fn link(result: &ToolResult, broker: &Broker) -> anyhow::Result<Url> {
    let start = broker.at("/connect/");
    let text = result.text();
    ensure!(
        result.is_error,
        "the call worked without an authorization: {text}"
    );
    let word = text
        .split_whitespace()
        .find(|word| word.starts_with(&start))
        .with_context(|| format!("no authorization link in {text:?}"))?;
    let end = word
        .rfind(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        .map_or(0, |at| at + 1);
    Ok(Url::parse(&word[..end])?)
}

/// Reads what `whoami` answered, which must be about `person`'s account.
pub(crate) fn whoami(result: &ToolResult, person: &Person) -> anyhow::Result<Whoami> {
    let text = result.text();
    ensure!(!result.is_error, "the tool failed: {text}");
    let who: Whoami = serde_json::from_str(text).with_context(|| format!("an unexpected answer: {text}"))?;
    let account = person.account;
    ensure!(
        who.name == account.name && who.sub == account.subject,
        "{} called and the provider knew {} ({})",
        account.username,
        who.name,
        who.sub
    );
    Ok(who)
}

fn expect(page: &Page, status: StatusCode) -> anyhow::Result<()> {
    if page.status != status {
        let (path, title) = (mask(page.url.path()), &page.title);
        bail!(
            "{path} answered {} and not {status}: “{title}” {}",
            page.status,
            page.excerpt()
        );
    }
    Ok(())
}
