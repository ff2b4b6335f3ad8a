//! The demo's steps, in the order in which they are told.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use url::Url;

use super::{
    Stage,
    broker::Broker,
    client::{Client, Elicitation, Event},
    connectors::{self, HTTP_NAME, STDIO_NAME},
    person::{Person, Whoami, link, whoami},
    provider::{ACCESS_LIFETIME, ALICE, BOB, Counters},
    tell::Tell,
};

const PROVIDER: &str = "acme";
const TOOL: &str = "whoami";
/// How many calls arrive together when the token has expired.
const TOGETHER: usize = 5;

/// Who took part, for `--keep`.
pub(crate) struct Cast {
    pub(crate) alice: Person,
    pub(crate) bob: Person,
}

/// What the steps after the start share.
#[derive(Clone, Copy)]
struct Scene<'a> {
    stage: &'a Stage,
    broker: &'a Broker,
}

/// Plays every step. The first thing that is not as it must be is an error.
pub(crate) async fn play(stage: &mut Stage, tell: &mut Tell<'_>) -> anyhow::Result<Cast> {
    let began = Instant::now();
    tell.step("Start a strict OAuth provider and a broker, on loopback");
    tell.note(format!("provider on {}", stage.provider.at("")));
    tell.note("PKCE required, refresh tokens that work once, access tokens that live 10 seconds");
    let broker = Broker::start(&stage.shell, &stage.tasks, tell).await?;
    stage.broker = Some(broker);
    let stage = &*stage;
    let broker = stage.broker.as_ref().context("the broker is gone")?;
    let scene = Scene { stage, broker };

    tell.step("Deploy two connectors; nobody has thought of OAuth yet");
    scene.deploy(tell).await?;

    tell.step("Add two users, each with a token for an MCP client");
    let mut alice = Person::join(tell, &stage.shell, broker, ALICE).await?;
    let mut bob = Person::join(tell, &stage.shell, broker, BOB).await?;

    tell.step("Connect alice's MCP clients: lists work, a call has no token yet");
    let by_header = alice
        .connect(&scene.endpoint(HTTP_NAME), Elicitation::None)
        .await?;
    let by_env = alice
        .connect(&scene.endpoint(STDIO_NAME), Elicitation::Url)
        .await?;
    scene.lists(tell, &by_header, HTTP_NAME).await?;
    scene.lists(tell, &by_env, STDIO_NAME).await?;
    scene.has_no_token(tell, &by_header).await?;

    tell.step("Now set OAuth, without deploying anything again");
    scene.set_oauth(tell).await?;

    tell.step("Alice's first call is answered with a link; she follows it and calls again");
    let asked = by_header.call(TOOL).await?;
    let to_alice = link(&asked, broker)?;
    tell.answered(asked.text());
    bob.is_turned_away(tell, broker, &to_alice).await?;
    tell.checked("the link is alice's: bob's browser is turned away");
    alice.authorize(tell, broker, &to_alice).await?;
    let header = whoami(&by_header.call(TOOL).await?, &alice)?;
    ensure!(
        header.place == "header",
        "the token arrived in the {}",
        header.place
    );
    arrived(tell, &header);

    tell.step("Alice's other client opens links itself: its call is held, and completes");
    let (env, granted) = scene.held_call(tell, &by_env, &mut alice).await?;

    tell.step("Bob calls the same connector, and is bob");
    let by_bob = bob.connect(&scene.endpoint(HTTP_NAME), Elicitation::None).await?;
    let to_bob = link(&by_bob.call(TOOL).await?, broker)?;
    bob.authorize(tell, broker, &to_bob).await?;
    let bobs = whoami(&by_bob.call(TOOL).await?, &bob)?;
    arrived(tell, &bobs);

    tell.step("Wait until alice's tokens have expired, then call again");
    expire(tell, granted).await;
    let before = stage.provider.counters();
    let renewed = scene.together(tell, &by_header, &alice, &header, before).await?;
    let before = stage.provider.counters();
    let respawned = scene.together(tell, &by_env, &alice, &env, before).await?;

    tell.step("Summary");
    stage.shell.run(tell, &["list"]).await?;
    let took = began.elapsed().as_secs();
    for (who, first, last) in [
        ("alice", &header, Some(&renewed)),
        ("alice", &env, Some(&respawned)),
        ("bob", &bobs, None),
    ] {
        let then = last.map_or(String::new(), |last| {
            format!(", then …{} after one refresh", last.token)
        });
        let (place, name, token) = (&first.place, &first.name, &first.token);
        tell.checked(format!(
            "{who:<5}  by {place:<11}  {name:<12}  token …{token}{then}"
        ));
    }
    let Counters {
        authorizations,
        refreshes,
        reuses,
    } = stage.provider.counters();
    tell.checked(format!(
        "the provider saw {authorizations} authorizations, {refreshes} refreshes, {reuses} tokens used twice"
    ));
    ensure!(
        (authorizations, reuses) == (3, 0),
        "that should have been 3 authorizations, and no token used twice"
    );
    tell.checked(format!("all of it in {took} seconds"));
    Ok(Cast { alice, bob })
}

impl Scene<'_> {
    fn endpoint(&self, connector: &str) -> String {
        self.broker.at(&format!("/mcp/{connector}"))
    }

    /// One as a folder with a `berth.toml`, one as a plain command.
    async fn deploy(&self, tell: &mut Tell<'_>) -> anyhow::Result<()> {
        let (shell, folder) = (&self.stage.shell, self.stage.folder.path());
        let userinfo = self.stage.provider.at("/userinfo");
        connectors::write_stdio(folder, &userinfo).context("could not write the stdio connector")?;
        let server = connectors::write_http(folder).context("could not write the http connector")?;
        shell.run_in(tell, STDIO_NAME, &["deploy", "--yes"]).await?;
        let setting = format!("USERINFO_URL={userinfo}");
        let server = server
            .to_str()
            .context("the temporary folder's path is not UTF-8")?;
        let deploy = [
            "deploy",
            "--name",
            HTTP_NAME,
            "--transport",
            "http",
            "-e",
            &setting,
            "--yes",
            "--",
            "node",
            server,
        ];
        shell.run(tell, &deploy).await?;
        Ok(())
    }

    async fn lists(&self, tell: &mut Tell<'_>, client: &Client, connector: &str) -> anyhow::Result<()> {
        let tools = client.tools().await?;
        ensure!(tools == [TOOL], "{connector} lists {tools:?}");
        tell.checked(format!(
            "{connector}: initialize and tools/list answer: {}",
            tools.join(", ")
        ));
        Ok(())
    }

    async fn has_no_token(&self, tell: &mut Tell<'_>, client: &Client) -> anyhow::Result<()> {
        let result = client.call(TOOL).await?;
        let text = result.text();
        ensure!(
            result.is_error && text.starts_with("no token"),
            "the tool answered {text}"
        );
        tell.checked(format!(
            "{HTTP_NAME}: the call reaches the connector, which says: {text}"
        ));
        Ok(())
    }

    /// One registration at the provider, used by both connectors; each says where it wants the token.
    async fn set_oauth(&self, tell: &mut Tell<'_>) -> anyhow::Result<()> {
        let (shell, provider) = (&self.stage.shell, &self.stage.provider);
        let asked = ["oauth", "redirect-uri", HTTP_NAME, "--provider", PROVIDER];
        let redirect = shell.run(tell, &asked).await?;
        let redirect = Url::parse(redirect.word(self.broker.url.as_str())?)?;
        let client = provider.register("berth", &redirect);
        tell.note("registered a client with that redirect URI at the provider");
        let secret_file = "acme-secret";
        write_secret(&self.stage.folder.path().join(secret_file), &client.secret)?;
        let (auth, token) = (provider.at("/authorize"), provider.at("/token"));
        let first = [
            "oauth",
            "set",
            HTTP_NAME,
            "--provider",
            PROVIDER,
            "--auth-url",
            &auth,
            "--token-url",
            &token,
            "--client-id",
            &client.id,
            "--client-secret-file",
            secret_file,
            "--scope",
            "profile",
            "--header",
            "Authorization: Bearer {access_token}",
        ];
        shell.run(tell, &first).await?;
        let second = [
            "oauth",
            "set",
            STDIO_NAME,
            "--provider",
            PROVIDER,
            "--env",
            "ACCESS_TOKEN={access_token}",
        ];
        shell.run(tell, &second).await?;
        Ok(())
    }

    /// A call that waits while its caller is in the browser. Also says when the token was given.
    async fn held_call(
        &self,
        tell: &mut Tell<'_>,
        client: &Client,
        alice: &mut Person,
    ) -> anyhow::Result<(Whoami, Instant)> {
        let mut call = client.start(TOOL).await?;
        let Event::OpenUrl { id, url } = call.next().await? else {
            anyhow::bail!("the call was answered before anyone authorized");
        };
        tell.note(format!(
            "the broker asks the client to open {url}; the call waits"
        ));
        call.accept(&id).await?;
        alice.authorize(tell, self.broker, &url).await?;
        let granted = Instant::now();
        let Event::Done(result) = call.next().await? else {
            anyhow::bail!("the broker asked to open a page twice");
        };
        let env = whoami(&result, alice)?;
        ensure!(
            env.place == "environment",
            "the token arrived in the {}",
            env.place
        );
        tell.checked("the held call completed by itself");
        arrived(tell, &env);
        Ok((env, granted))
    }

    /// Several calls at once with an expired token: all work, with one new token, after one refresh.
    async fn together(
        &self,
        tell: &mut Tell<'_>,
        client: &Client,
        person: &Person,
        old: &Whoami,
        before: Counters,
    ) -> anyhow::Result<Whoami> {
        let results = try_join_all((0..TOGETHER).map(|_| client.call(TOOL))).await?;
        let mut answers = Vec::with_capacity(TOGETHER);
        for result in &results {
            answers.push(whoami(result, person)?);
        }
        let new = answers.pop().context("no call was made")?;
        ensure!(
            new.token != old.token && answers.iter().all(|answer| answer.token == new.token),
            "the calls did not all carry one new token"
        );
        let refreshes = self.stage.provider.counters().refreshes - before.refreshes;
        ensure!(
            refreshes == 1,
            "the provider counted {refreshes} refreshes, not 1"
        );
        tell.checked(format!(
            "by {}: {TOGETHER} calls at once worked, token …{} is now …{}, the provider counted one refresh",
            new.place, old.token, new.token
        ));
        Ok(new)
    }
}

fn arrived(tell: &mut Tell<'_>, who: &Whoami) {
    let Whoami {
        name,
        sub,
        token,
        place,
    } = who;
    tell.checked(format!(
        "the token …{token} arrived in the {place}; it belongs to {name} ({sub})"
    ));
}

/// Waits until a token that was given at `granted` has certainly expired.
async fn expire(tell: &mut Tell<'_>, granted: Instant) {
    let expired = granted + ACCESS_LIFETIME + Duration::from_millis(500);
    let left = expired.saturating_duration_since(Instant::now());
    tell.note(format!("waiting {:.1} s", left.as_secs_f32()));
    tokio::time::sleep(left).await;
}

/// Readable by its owner alone, as a client secret's file should be.
fn write_secret(path: &std::path::Path, secret: &str) -> anyhow::Result<()> {
    use std::{fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .context("could not write the client secret's file")?;
    file.write_all(secret.as_bytes())?;
    Ok(())
}
