//! A broker with the MCP server deployed, its OAuth set, and one user who has authorized.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use reqwest::header;
use tokio::time::sleep;
use url::{Url, form_urlencoded::Serializer};

use crate::{
    load::{Session, Target},
    process::Process,
    provider::{Provider, TOKEN},
};

const CONNECTOR: &str = "bench";

pub(crate) struct Broker {
    process: Process,
    address: String,
    token: String,
}

impl Broker {
    pub(crate) fn target(&self, name: String) -> Target {
        Target {
            name,
            address: self.address.clone(),
            path: format!("/mcp/{CONNECTOR}"),
            token: self.token.clone(),
            pid: Some(self.process.0.id()),
        }
    }
}

pub(crate) async fn start(program: &Path, folder: &Path, provider: &Provider) -> anyhow::Result<Broker> {
    fs::create_dir_all(folder)?;
    let operator = Operator {
        program: program.canonicalize()?,
        folder: folder.to_owned(),
    };
    let data = folder.join("data");
    // One user makes the whole load.
    let mut serve = operator.command(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        "data",
        "--requests-per-minute",
        "0",
    ]);
    serve.stderr(fs::File::create(folder.join("serve.log"))?);
    let mut process = Process::start(serve)?;
    let url = address(&mut process, &data)
        .await
        .with_context(|| fs::read_to_string(folder.join("serve.log")).unwrap_or_default())?;
    let server = std::env::current_exe()?.display().to_string();
    operator.run(&[
        "deploy",
        "--name",
        CONNECTOR,
        "--transport",
        "http",
        "--yes",
        "--",
        &server,
        "--upstream",
    ])?;
    fs::write(folder.join("secret"), "s")?;
    let (auth, token) = (
        format!("{}/authorize", provider.url),
        format!("{}/token", provider.url),
    );
    operator.run(&[
        "oauth",
        "set",
        CONNECTOR,
        "--auth-url",
        &auth,
        "--token-url",
        &token,
        "--client-id",
        "c",
        "--client-secret-file",
        "secret",
        "--header",
        "Authorization: Bearer {access_token}",
    ])?;
    let link = operator.run(&["users", "add", "load"])?;
    let token = operator.run(&["token", "create", "--user", "load"])?;
    let broker = Broker {
        process,
        address: url.authority().to_owned(),
        token: word(&token, "berth_")?,
    };
    authorize(&broker, &url, &word(&link, url.as_str())?).await?;
    Ok(broker)
}

/// Waits for the file in which a broker says where it listens.
async fn address(process: &mut Process, data: &Path) -> anyhow::Result<Url> {
    for _ in 0..1000 {
        if let Some(status) = process.0.try_wait()? {
            anyhow::bail!("the broker ended with {status}");
        }
        if let Ok(text) = fs::read_to_string(data.join("berth.addr"))
            && let Ok(url) = Url::parse(text.trim())
        {
            return Ok(url);
        }
        sleep(Duration::from_millis(10)).await;
    }
    anyhow::bail!("the broker did not say where it listens within ten seconds")
}

/// Signs in, goes through the consent, and checks that the token arrives.
async fn authorize(broker: &Broker, url: &Url, link: &str) -> anyhow::Result<()> {
    let target = broker.target("berth".into());
    let mut session = Session::open(&target).await?;
    let asked = String::from_utf8_lossy(&session.tool("authorization", "").await?).into_owned();
    let connect = word(
        &asked.replace(['"', '\\', '<', '>', '(', ')'], " "),
        &format!("{url}connect/"),
    )?;
    let mut browser = Browser::new()?;
    browser.press(link).await?;
    browser.press(connect.trim_end_matches(['.', ','])).await?;
    let arrived = session.tool("authorization", "").await?;
    let arrived = String::from_utf8_lossy(&arrived);
    ensure!(
        arrived.contains(&format!("Bearer {TOKEN}")),
        "the token did not arrive: {arrived}"
    );
    Ok(())
}

/// Runs berth's commands with a profile of their own.
struct Operator {
    program: PathBuf,
    folder: PathBuf,
}

impl Operator {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .env_remove("BERTH_URL")
            .env_remove("BERTH_TOKEN")
            .env_remove("BERTH_TOKEN_FILE")
            .env("BERTH_CONFIG_DIR", self.folder.join("profile"));
        command
    }

    fn run(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = self.command(args).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        ensure!(
            output.status.success(),
            "berth {} failed: {stderr}",
            args.join(" ")
        );
        Ok(format!("{stdout}\n{stderr}"))
    }
}

fn word(text: &str, start: &str) -> anyhow::Result<String> {
    text.split_whitespace()
        .find(|word| word.starts_with(start) && word.len() > start.len())
        .map(str::to_owned)
        .with_context(|| format!("no {start}… in {text:?}"))
}

/// Enough of a browser to press the one button on each of berth's pages.
struct Browser {
    http: reqwest::Client,
    cookies: HashMap<String, String>,
}

impl Browser {
    fn new() -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let cookies = HashMap::new();
        Ok(Self { http, cookies })
    }

    /// Opens a page, sends its form as it is, and follows where that leads.
    async fn press(&mut self, page: &str) -> anyhow::Result<()> {
        let (url, html) = self.follow(Url::parse(page)?, None).await?;
        // The page's own form: a header may have others, to sign out for one.
        let own = |form: &&str| attribute(form, "action").as_deref() == Some(url.path());
        let forms = html.split("<form").skip(1);
        let form = forms
            .filter_map(|form| Some(form.split_once("</form>")?.0))
            .find(own)
            .context("the page has no form of its own")?;
        let mut body = Serializer::new(String::new());
        for input in form.split("<input").skip(1) {
            let input = input.split_once('>').map_or(input, |(input, _)| input);
            if let Some(name) = attribute(input, "name") {
                body.append_pair(&name, &attribute(input, "value").unwrap_or_default());
            }
        }
        self.follow(url, Some(body.finish())).await?;
        Ok(())
    }

    async fn follow(&mut self, url: Url, form: Option<String>) -> anyhow::Result<(Url, String)> {
        let (mut url, mut form) = (url, form);
        for _ in 0..10 {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let request = match form.take() {
                None => self.http.get(url.clone()).header("sec-fetch-site", "none"),
                Some(body) => self
                    .http
                    .post(url.clone())
                    .header("sec-fetch-site", "same-origin")
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(body),
            };
            let answer = request.header(header::COOKIE, cookies.join("; ")).send().await?;
            for cookie in answer.headers().get_all(header::SET_COOKIE) {
                let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
                if let Some((name, value)) = pair.split_once('=') {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            let Some(location) = answer.headers().get(header::LOCATION) else {
                let status = answer.status();
                let html = answer.text().await?;
                ensure!(status.is_success(), "{} answered {status}: {html}", url.path());
                return Ok((url, html));
            };
            url = url.join(location.to_str()?)?;
        }
        anyhow::bail!("too many redirects")
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(rest.split_once('"')?.0.replace("&amp;", "&"))
}
