//! `berth trust add oidc`

use crate::{cli::error::CmdError, wire::TrustAdd};

/// Trust pipelines by any OIDC issuer's tokens
///
/// Each claim has to be said exactly. The job gives its token in BERTH_OIDC_TOKEN or, by a file's name, in
/// BERTH_OIDC_TOKEN_FILE (GitLab: `id_tokens`).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth trust add oidc --issuer https://gitlab.com --claim project_path=acme/gong \\
    --claim ref=main --claim ref_type=branch --allow deploy:gong-crm
  berth trust add oidc --issuer https://oidc.example --subject build:gong --allow deploy:gong-crm")]
pub(super) struct Args {
    /// The tokens' issuer (iss), to the letter
    #[arg(long, value_name = "URL")]
    issuer: String,

    /// The tokens' subject (sub)
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,

    /// What else a token has to say; repeatable
    #[arg(
        long = "claim",
        value_name = "NAME=VALUE",
        required_unless_present = "subject"
    )]
    claims: Vec<String>,

    #[command(flatten)]
    common: super::Common,
}

impl Args {
    pub(super) fn body(self) -> Result<TrustAdd, CmdError> {
        let mut claims = Vec::new();
        for claim in self.claims {
            match claim.split_once('=') {
                Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                    claims.push((name.to_owned(), value.to_owned()));
                }
                _ => {
                    return Err(CmdError::usage(format!(
                        "{claim:?} is not a claim: write it as NAME=VALUE"
                    )));
                }
            }
        }
        claims.extend(self.subject.map(|subject| ("sub".to_owned(), subject)));
        let mut names: Vec<&String> = claims.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(CmdError::usage(format!(
                "the claim {} is there more than once",
                pair[0]
            )));
        }
        Ok(self.common.body(self.issuer, claims))
    }
}
