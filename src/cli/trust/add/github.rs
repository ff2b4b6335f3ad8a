//! `berth trust add github`

use crate::{cli::error::CmdError, wire::TrustAdd};

/// GitHub's issuer for its Actions.
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Trust the GitHub Actions of a repository
///
/// The job needs `permissions: id-token: write` and BERTH_URL. The first job that comes binds the trust to the
/// repository's id, so that nobody inherits it with the name. Jobs of pull_request_target are never trusted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth trust add github acme/gong --ref main --allow deploy:gong-crm
  berth trust add github acme/gong --environment production --allow deploy:gong-crm --user ci")]
pub(super) struct Args {
    /// The repository, as GitHub spells it
    #[arg(value_name = "OWNER/REPO")]
    repository: String,

    /// The branch, or a whole ref such as refs/tags/v1
    #[arg(long = "ref", value_name = "BRANCH", required_unless_present = "environment")]
    git_ref: Option<String>,

    /// The job's environment, whose protection rules then count
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,

    /// The workflow's file, such as deploy.yml, on the same ref
    #[arg(long, value_name = "FILE", requires = "git_ref")]
    workflow: Option<String>,

    /// The repository's number [default: that of the first job that comes]
    #[arg(long, value_name = "ID")]
    repository_id: Option<u64>,

    /// The issuer of a GitHub of your own
    #[arg(long, value_name = "URL", default_value = ISSUER)]
    issuer: String,

    #[command(flatten)]
    common: super::Common,
}

impl Args {
    pub(super) fn body(self) -> Result<TrustAdd, CmdError> {
        let parts: Vec<&str> = self.repository.split('/').collect();
        let plain = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        if parts.len() != 2 || !parts.iter().all(plain) {
            return Err(CmdError::usage(format!(
                "{:?} is not a repository: write it as OWNER/REPO",
                self.repository
            )));
        }
        let whole = self.git_ref.map(|name| match name.starts_with("refs/") {
            true => name,
            false => format!("refs/heads/{name}"),
        });
        let workflow = match (self.workflow, &whole) {
            (Some(file), Some(whole)) => {
                let file = file.trim_start_matches(".github/workflows/");
                let path = format!("{}/.github/workflows/{file}@{whole}", self.repository);
                Some(("workflow_ref", path))
            }
            _ => None,
        };
        let claims = [
            Some(("repository", self.repository)),
            whole.map(|whole| ("ref", whole)),
            self.environment.map(|name| ("environment", name)),
            workflow,
            self.repository_id.map(|id| ("repository_id", id.to_string())),
        ];
        let claims = claims.into_iter().flatten();
        Ok(self
            .common
            .body(self.issuer, claims.map(|(name, value)| (name.to_owned(), value))))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Typed {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn what_is_typed_becomes_claims() {
        let check = |line: &str, expected: &[(&str, &str)]| {
            let words = ["x"]
                .into_iter()
                .chain(line.split(' '))
                .chain(["--allow", "deploy:crm"]);
            let body = Typed::parse_from(words).args.body().unwrap();
            let claims: Vec<(&str, &str)> = body
                .claims
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!(claims, expected, "{line}");
            assert_eq!(
                (body.issuer.as_str(), body.scope.to_string().as_str()),
                (ISSUER, "deploy:crm")
            );
        };
        check(
            "acme/gong --ref main",
            &[("ref", "refs/heads/main"), ("repository", "acme/gong")],
        );
        check(
            "acme/gong --ref refs/tags/v1 --workflow deploy.yml",
            &[
                ("ref", "refs/tags/v1"),
                ("repository", "acme/gong"),
                (
                    "workflow_ref",
                    "acme/gong/.github/workflows/deploy.yml@refs/tags/v1",
                ),
            ],
        );
        check(
            "acme/gong --environment production --repository-id 7",
            &[
                ("environment", "production"),
                ("repository", "acme/gong"),
                ("repository_id", "7"),
            ],
        );
        for bad in [
            "acme",
            "acme/gong/x",
            "https://github.com/acme/gong",
            "acme/",
            "a b/c",
        ] {
            let words = ["x", bad, "--ref", "main", "--allow", "deploy:crm"];
            Typed::parse_from(words).args.body().unwrap_err();
        }
        Typed::try_parse_from(["x", "acme/gong", "--allow", "deploy:crm"]).unwrap_err();
        Typed::try_parse_from(["x", "acme/gong", "--ref", "main"]).unwrap_err();
    }
}
