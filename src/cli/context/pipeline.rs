//! A pipeline's own OIDC token, which a broker that trusts it takes for one of its own.

use std::{fs, thread, time::Duration};

use reqwest::Certificate;
use url::Url;

use super::{Context, Environment};
use crate::{
    cli::error::{CmdError, Kind},
    client::{Client, Credential, GrantError, Origin, Renewal, Traded, is_loopback},
    secret::Secret,
};

/// How long a token is taken to be good, in seconds, by a broker that says less, or nothing.
const LEAST_LIFETIME: u64 = 60;

/// Where the token comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// It is there, from this place.
    Token(Secret<String>, String),
    /// GitHub makes one for whom it is asked for.
    GitHub { url: Url, bearer: Secret<String> },
}

/// What the environment has of one.
pub(super) fn source(environment: &Environment) -> Result<Option<Source>, CmdError> {
    if let Some(token) = environment.text("BERTH_OIDC_TOKEN")? {
        let token = Secret::new(token.trim().to_owned());
        return Ok(Some(Source::Token(token, "BERTH_OIDC_TOKEN".to_owned())));
    }
    if let Some(path) = environment.get("BERTH_OIDC_TOKEN_FILE") {
        let place = format!("the file of BERTH_OIDC_TOKEN_FILE, {}", path.display());
        let text = fs::read_to_string(path)
            .map_err(|error| CmdError::usage(format!("{place}, can't be read")).with_source(error))?;
        let text = Secret::new(text);
        let token = Secret::new(text.expose().trim().to_owned());
        return Ok(Some(Source::Token(token, place)));
    }
    let (Some(url), Some(bearer)) = (
        environment.text("ACTIONS_ID_TOKEN_REQUEST_URL")?,
        environment.text("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?,
    ) else {
        return Ok(None);
    };
    let wrong = || CmdError::usage("ACTIONS_ID_TOKEN_REQUEST_URL is not an https address");
    let url: Url = url.parse().map_err(|_| wrong())?;
    // What is sent there gets tokens in the job's name.
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(wrong());
    }
    Ok(Some(Source::GitHub {
        url,
        bearer: Secret::new(bearer.to_owned()),
    }))
}

/// Trades it for one of the broker's at `broker`, and for another before that ends.
pub(super) fn trade(ctx: &Context, broker: &Url, source: Source) -> Result<Credential, CmdError> {
    ctx.warn_if_open(broker);
    let place = match &source {
        Source::Token(_, place) => place.clone(),
        Source::GitHub { .. } => "GitHub Actions".to_owned(),
    };
    let exchange = Exchange {
        broker: broker.clone(),
        authorities: ctx.authorities()?,
        source,
    };
    let traded = exchange.run().map_err(|mut error| {
        error.message = format!(
            "the pipeline's OIDC token, from {place}, got no token of berth's: {}",
            error.message
        );
        error
    })?;
    Ok(Credential {
        token: traded.token.clone(),
        origin: Origin {
            place: format!("the pipeline's OIDC token, from {place}"),
            remedy: "it is good for 15 minutes, or until its trust is removed: run the job again".to_owned(),
        },
        renewal: Some(Renewal::new(traded, move || exchange.run().ok())),
    })
}

/// What it takes to trade.
struct Exchange {
    broker: Url,
    authorities: Vec<Certificate>,
    source: Source,
}

impl Exchange {
    /// Whoever asks for a client does not wait for anything, so this is waited for beside the command: a second or two
    /// in a pipeline, where nobody sits and watches.
    fn run(&self) -> Result<Traded, CmdError> {
        let traded = thread::scope(|scope| {
            let beside = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .map_err(|error| {
                        CmdError::new(Kind::Failed, "the asynchronous runtime can't be started")
                            .with_source(error)
                    })?;
                runtime.block_on(self.trade())
            });
            beside.join()
        });
        traded.unwrap_or_else(|_| Err(CmdError::new(Kind::Failed, "the exchange broke off")))
    }

    async fn trade(&self) -> Result<Traded, CmdError> {
        let connect = |url: &Url, credential| Client::trusting(url.clone(), credential, &self.authorities);
        let token = match &self.source {
            Source::Token(token, _) => token.clone(),
            Source::GitHub { url, bearer } => {
                let credential = Credential {
                    token: bearer.clone(),
                    origin: Origin {
                        place: "ACTIONS_ID_TOKEN_REQUEST_TOKEN".to_owned(),
                        remedy: "run the job again".to_owned(),
                    },
                    renewal: None,
                };
                // For the broker that was named, and not for whom it may say that it is: a token for somebody else
                // would open that one's doors.
                let audience = self.broker.as_str().trim_end_matches('/');
                connect(url, Some(credential))?.job_token(audience).await?
            }
        };
        match connect(&self.broker, None)?.exchange(&token).await {
            Ok(granted) => Ok(Traded {
                token: granted.access_token,
                lifetime: Duration::from_secs(granted.expires_in.max(LEAST_LIFETIME)),
            }),
            Err(GrantError::Client(error)) => Err(error.into()),
            Err(GrantError::NotNow(text)) => {
                Err(CmdError::new(Kind::Unavailable, text).with_hint("run the job again a little later"))
            }
            Err(refused) => Err(CmdError::new(Kind::Authentication, refused.to_string()).with_hint(
                "an admin lets its pipelines in with `berth trust add github OWNER/REPO --ref BRANCH --allow deploy:NAME` (or `trust add oidc`); `berth trust list` shows who is",
            )),
        }
    }
}
