//! `berth serve`

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    ui::Output,
};
use crate::server::{self, Config, FirstStart, LogFormat, Server, Settings};

/// Run the broker: it hosts connectors and holds their users' tokens
///
/// With no flags it listens on 127.0.0.1:8420 and keeps everything in one data folder. The first start makes a
/// master key, which nothing can be read without (keep a copy of it), and one admin, whose credential
/// it stores for this machine's berth command. SIGTERM lets calls in flight finish, then stops.
///
/// Images run on the Docker Engine, and all else as processes of this machine, or with --engine docker in containers
/// of --engine-image, on an engine of this machine: what was installed is shown to them read-only, their home
/// read-write. Packages are still installed with this machine's node, npm, Python and uv; what they are started with
/// is looked up in the image, and so is the program of a command, which need not be on this machine.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth serve
  berth serve --listen 0.0.0.0:8420 --public-url https://berth.example.com --tls-cert cert.pem --tls-key key.pem
  berth serve --listen 10.0.0.5:8420 --public-url https://berth.example.com --trusted-proxy 10.0.0.1
  berth serve --master-key env:BERTH_MASTER_KEY
  berth serve --config /etc/berth/serve.toml

A file for --config has the same names:
  listen = \"127.0.0.1:8420\"
  public-url = \"https://berth.example.com\"
  data-dir = \"/var/lib/berth\"
  trusted-proxy = [\"127.0.0.1\"]")]
pub(crate) struct Args {
    /// Where to listen [default: 127.0.0.1:8420]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,

    /// How users and providers reach the broker [default: the address it listens on]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,

    /// The folder that everything is kept in [default: berth in the XDG data folder]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,

    /// Serve HTTPS with this certificate chain (PEM)
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,

    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,

    /// Where a master key is: file:PATH, env:NAME or command:COMMAND; the first one seals, the others open what was
    /// sealed before (repeatable) [default: master.key in the data folder]
    #[arg(long, value_name = "PLACE")]
    master_key: Vec<String>,

    /// A proxy in front that speaks HTTPS to users: plain connections are taken from it (repeatable)
    #[arg(long, value_name = "IP")]
    trusted_proxy: Vec<String>,

    /// Let providers be at this private host, or speak plain http; an IP address is let to connectors too (repeatable)
    #[arg(long, value_name = "HOST")]
    allow_private: Vec<String>,

    /// How long a call waits for its person to authorize, at most 45, before its client is told where they have to
    /// go; less for clients that give up sooner [default: 45]
    #[arg(long, value_name = "SECONDS")]
    hold: Option<u64>,

    /// How long a connector may take to start [default: 60]
    #[arg(long, value_name = "SECONDS")]
    start_timeout: Option<u64>,

    /// How many old releases of each connector to keep to go back to, and how many that failed [default: 10]
    #[arg(long, value_name = "N")]
    keep: Option<usize>,

    /// How long uploaded files stay that no release and no tag names, at least 10m [default: 24h]
    #[arg(long, value_name = "DURATION")]
    gc_grace: Option<String>,

    /// What runs packages, bundles and commands: process, or docker [default: process]
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,

    /// With --engine docker: the image that packages, bundles and commands run in
    #[arg(long, value_name = "IMAGE")]
    engine_image: Option<String>,

    /// Whether connectors' processes must run in a sandbox: required, best-effort or off [default: required]
    #[arg(long, value_name = "POLICY")]
    sandbox: Option<String>,

    /// How many instances of connectors may run at a time [default: 500]
    #[arg(long, value_name = "N")]
    max_instances: Option<usize>,

    /// After how long without a call an instance stops [default: 10m]
    #[arg(long, value_name = "DURATION")]
    idle_timeout: Option<String>,

    /// How many MCP requests a user may make in a minute; 0 for any number [default: 60000]
    #[arg(long, value_name = "N")]
    requests_per_minute: Option<u32>,

    /// The Docker Engine that runs images [default: DOCKER_HOST, or unix:///var/run/docker.sock]
    #[arg(long, value_name = "URL")]
    docker_host: Option<String>,

    /// A TOML file with these settings; flags win over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print a new one-time link that signs the first admin in
    #[arg(long)]
    setup_link: bool,

    /// What to log, such as debug or warn,berth=debug
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,

    /// Write the log as JSON, a line an entry
    #[arg(long)]
    log_json: bool,
}

/// What is said as soon as it listens.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    version: &'static str,
    address: String,
    public_url: String,
    data_dir: PathBuf,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let format = if args.log_json {
        LogFormat::Json
    } else {
        LogFormat::Text
    };
    server::log_to_stderr(&args.log, format).map_err(CmdError::usage)?;
    let config = configuration(args)?;
    let data_dir = config.data_dir.clone();
    let failed = |error: anyhow::Error| {
        CmdError::new(Kind::Failed, "the broker did not start")
            .with_source(Box::<dyn std::error::Error + Send + Sync>::from(error))
    };
    // The start itself may take a while: what is missing of a live release is installed again.
    let mut signals = Signals::listen().map_err(failed)?;
    let server = tokio::select! {
        started = Box::pin(Server::start(config)) => started.map_err(failed)?,
        () = signals.next("not starting") => {
            return Err(CmdError::new(Kind::Interrupted, "stopped before the broker had started"));
        }
    };
    ctx.ui.say(format!(
        "berth {} · data in {}",
        env!("CARGO_PKG_VERSION"),
        data_dir.display()
    ));
    if let Some(first) = &server.first {
        remember(ctx, &server.public_url, first);
    }
    if let Some(link) = &server.setup_link {
        ctx.ui
            .say("To sign in from another machine, or in a browser, use this link once within 24 hours:");
        ctx.ui.say(format!("  {}", link.expose()));
        ctx.ui.say("  (a terminal takes it too: berth login LINK)");
    }
    ctx.ui.say(format!("listening on {}", server.address));
    if server.address != server.public_url {
        ctx.ui.say(format!("users reach it at {}", server.public_url));
    }
    if ctx.ui.output == Output::Json {
        let body = Body {
            version: env!("CARGO_PKG_VERSION"),
            address: server.address.clone(),
            public_url: server.public_url.clone(),
            data_dir,
        };
        ctx.ui.document(documents::SERVE, true, &body)?;
    }
    let stop = CancellationToken::new();
    let served = Box::pin(server.run(stop.cancelled()));
    let impatient = async {
        signals.next("draining").await;
        stop.cancel();
        signals.next("stopping at once").await;
    };
    tokio::select! {
        () = served => Ok(()),
        () = impatient => Err(CmdError::new(Kind::Interrupted, "stopped without waiting for the calls in flight")),
    }
}

fn configuration(args: Args) -> Result<Config, CmdError> {
    let file = match &args.config {
        Some(path) => Settings::from_file(path).map_err(CmdError::usage)?,
        None => Settings::default(),
    };
    let flags = Settings {
        listen: args.listen,
        public_url: args.public_url,
        data_dir: args.data_dir,
        tls_cert: args.tls_cert,
        tls_key: args.tls_key,
        master_key: args.master_key,
        trusted_proxy: args.trusted_proxy,
        allow_private: args.allow_private,
        largest_request: None,
        requests_per_minute: args.requests_per_minute,
        hold: args.hold,
        start_timeout: args.start_timeout,
        keep: args.keep,
        gc_grace: args.gc_grace,
        docker_host: args.docker_host,
        engine: args.engine,
        engine_image: args.engine_image,
        sandbox: args.sandbox,
        max_instances: args.max_instances,
        idle_timeout: args.idle_timeout,
        setup_link: args.setup_link,
    };
    flags
        .or(file)
        .check()
        .map_err(|problems| CmdError::usage(problems.join("\n       ")))
}

/// Signs this machine's berth command in as the first admin.
fn remember(ctx: &Context, public_url: &str, first: &FirstStart) {
    let stored = public_url
        .parse::<Url>()
        .map_err(|e| CmdError::new(Kind::Failed, e.to_string()))
        .and_then(|url| {
            let credentials = ctx.credentials()?;
            credentials.save_login(&url, &first.user, &first.token, true)?;
            Ok(credentials.path())
        });
    match stored {
        Ok(path) => ctx.ui.say(format!(
            "First start: made the user {}, who may do everything; this machine is signed in by {}",
            first.user,
            path.display()
        )),
        Err(error) => {
            ctx.ui.warn(format!(
                "the admin's credential could not be stored: {}",
                error.chain()
            ));
            ctx.ui.warn("sign in with the link below: berth login LINK");
        }
    }
}

/// The signals that stop the broker: the first one lets calls in flight finish, the second one does not.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("SIGTERM can't be waited for")?,
            interrupt: signal(SignalKind::interrupt()).context("SIGINT can't be waited for")?,
        })
    }

    async fn next(&mut self, then: &str) {
        tokio::select! {
            _ = self.terminate.recv() => tracing::info!("SIGTERM: {then}"),
            _ = self.interrupt.recv() => tracing::info!("SIGINT: {then}"),
        }
    }
}
