//! `berth trust add`

mod github;
mod oidc;

use crate::{
    cli::{context::Context, documents, error::CmdError},
    model::{TokenScope, UserName},
    wire::TrustAdd,
};

/// Trust the pipelines of a repository, or of any OIDC issuer
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Github(github::Args),
    Oidc(oidc::Args),
}

/// What both kinds say.
#[derive(Debug, clap::Args)]
struct Common {
    /// What its pipelines may do: deploy:NAME, or configure:NAME where berth.toml has its settings, too; repeatable
    #[arg(long = "allow", value_name = "SCOPE", required = true)]
    allow: Vec<TokenScope>,

    /// Whom they act as; their trust goes with that user [default: you]
    #[arg(long, value_name = "NAME")]
    user: Option<UserName>,

    /// Whom their tokens are for (aud) [default: the broker's public URL]
    #[arg(long, value_name = "TEXT")]
    audience: Option<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Github(args) => send(ctx, args.body()?).await,
        Command::Oidc(args) => send(ctx, args.body()?).await,
    }
}

async fn send(ctx: &Context, body: TrustAdd) -> Result<(), CmdError> {
    let trust = ctx.client()?.add_trust(&body).await?;
    ctx.ui.say(format!(
        "Its pipelines may do {} as {}. `berth trust remove {}` ends it.",
        trust.scope, trust.user, trust.id
    ));
    ctx.ui.say(format!(
        "They need nothing but BERTH_URL, and a token for the audience {}.",
        trust.audience
    ));
    ctx.ui
        .answer(documents::TRUST_ADD, &trust, || format!("{}\n", trust.id))
}

impl Common {
    fn body(self, issuer: String, claims: impl IntoIterator<Item = (String, String)>) -> TrustAdd {
        TrustAdd {
            issuer,
            audience: self.audience,
            claims: claims.into_iter().collect(),
            scope: TokenScope::joined(self.allow),
            user: self.user,
        }
    }
}
