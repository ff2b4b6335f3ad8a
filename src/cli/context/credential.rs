//! Which credential a command uses: one order for every command.
//!
//! `--token-file`, then `BERTH_TOKEN`, then `BERTH_TOKEN_FILE`, then the pipeline's own OIDC token where the broker is
//! named, then what was signed in to. The first that is there counts, and is named in every error; none is passed over
//! because it does not work.

use std::fs;

use url::Url;

use super::{Context, pipeline};
use crate::{
    cli::{
        error::{CmdError, Kind},
        input::{self, checked_token},
    },
    client::{Credential, Credentials, Origin, Profile},
    secret::Secret,
};

impl Context {
    /// The credential for the broker at `url`, which `named_by` named and `profile` if it was a sign-in.
    pub(super) fn credential(
        &self,
        credentials: &Credentials,
        url: &Url,
        named_by: &str,
        profile: Option<Profile>,
    ) -> Result<Option<Credential>, CmdError> {
        if let Some(found) = self.found.get() {
            return Ok(found.clone());
        }
        let found = match self.given()? {
            Some(given) => Some(given),
            None => match self.of_pipeline(url, named_by)? {
                Some(traded) => Some(traded),
                None => self.signed_in(credentials, url, profile)?,
            },
        };
        Ok(self.found.get_or_init(|| found).clone())
    }

    /// The token that a flag or the environment gives.
    pub(in crate::cli) fn given(&self) -> Result<Option<Credential>, CmdError> {
        if let Some(path) = &self.token_file {
            let place = match path.as_str() {
                "-" => "--token-file - (standard input)".to_owned(),
                path => format!("--token-file {path}"),
            };
            let remedy = "put a good one there: `berth token create` makes it";
            return checked(input::read(path)?, place, remedy).map(Some);
        }
        if let Some(token) = self.environment.text("BERTH_TOKEN")? {
            let remedy = "put a good one there (`berth token create` makes it), or unset it to use a sign-in";
            return checked(Secret::new(token.to_owned()), "BERTH_TOKEN".to_owned(), remedy).map(Some);
        }
        let Some(path) = self.environment.get("BERTH_TOKEN_FILE") else {
            return Ok(None);
        };
        let place = format!("the file of BERTH_TOKEN_FILE, {}", path.display());
        let text = fs::read_to_string(path)
            .map_err(|error| CmdError::usage(format!("{place}, can't be read")).with_source(error))?;
        let remedy = "put a good one there (`berth token create` makes it), or unset it to use a sign-in";
        checked(Secret::new(text), place, remedy).map(Some)
    }

    /// A token for the pipeline's own, where the broker is named: whoever relies on a sign-in has one.
    fn of_pipeline(&self, url: &Url, named_by: &str) -> Result<Option<Credential>, CmdError> {
        if !matches!(named_by, "--url" | "BERTH_URL") {
            return Ok(None);
        }
        match pipeline::source(&self.environment)? {
            Some(source) => pipeline::trade(self, url, source).map(Some),
            None => Ok(None),
        }
    }

    fn signed_in(
        &self,
        credentials: &Credentials,
        url: &Url,
        profile: Option<Profile>,
    ) -> Result<Option<Credential>, CmdError> {
        let profile = match profile {
            Some(profile) => Some(profile),
            None => credentials.for_url(url)?,
        };
        let Some(profile) = profile else { return Ok(None) };
        let place = format!("{} (signed in as {})", credentials.place(&profile), profile.user);
        let token = credentials.token(&profile)?;
        let origin = Origin {
            place,
            remedy: format!(
                "sign in again with `berth login {}`",
                url.as_str().trim_end_matches('/')
            ),
        };
        Ok(Some(Credential {
            token,
            origin,
            renewal: None,
        }))
    }

    /// Nothing is there: what would be.
    pub(super) fn no_credential(&self, url: &Url) -> CmdError {
        let shown = url.as_str().trim_end_matches('/');
        let mut hint = format!("sign in with `berth login {shown}`, or set BERTH_TOKEN or BERTH_TOKEN_FILE");
        if self.environment.get("GITHUB_ACTIONS").is_some() {
            hint.push_str("; in GitHub Actions no secret is needed: `berth trust add github`, and `permissions: id-token: write` for the job");
        } else if self.environment.get("GITLAB_CI").is_some() {
            hint.push_str("; in GitLab no secret is needed: `berth trust add oidc`, and an id_token called BERTH_OIDC_TOKEN");
        }
        CmdError::new(Kind::Authentication, format!("there is no credential for {url}")).with_hint(hint)
    }
}

fn checked(text: Secret<String>, place: String, remedy: &str) -> Result<Credential, CmdError> {
    let token = checked_token(Secret::new(text.expose().trim().to_owned()), &place)?;
    let origin = Origin {
        place,
        remedy: remedy.to_owned(),
    };
    Ok(Credential {
        token,
        origin,
        renewal: None,
    })
}
