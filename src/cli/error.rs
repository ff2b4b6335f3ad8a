//! What a command fails with: a kind, which fixes the exit code, a cause and a hint.

use std::{error::Error as StdError, fmt};

use serde::Serialize;
use serde_json::{Map, Value};

use super::ui;

use crate::{
    client::{ClientError, CredentialsError, KeyringError, Origin},
    model::Invalid,
    wire::{self, ErrorCode},
};

/// What sort of failure it is. The exit codes are part of berth's contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It was tried and did not work.
    Failed,
    /// The command line can't be right, or something that it needs is missing.
    Usage,
    /// The source can't be packaged.
    Build,
    /// Not signed in, or the credential is not accepted.
    Authentication,
    NotFound,
    Forbidden,
    /// The new release did not pass its probe; the old one still serves.
    Probe,
    /// Waiting took too long; what was waited for goes on.
    TimedOut,
    /// The broker can't be reached, also after trying again; or the connector of a call.
    Unavailable,
    /// It contradicts what is there already.
    Conflict,
    /// A plan that tells by its exit code has changes. No failure.
    Changes,
    /// Ctrl-C.
    Interrupted,
    /// Whoever read standard output has read enough: `berth list | head`. No failure.
    ClosedPipe,
}

impl Kind {
    /// Each of them but for what is no failure at all.
    #[cfg(test)]
    pub(super) const ALL: [Self; 12] = [
        Self::Failed,
        Self::Usage,
        Self::Build,
        Self::Authentication,
        Self::NotFound,
        Self::Forbidden,
        Self::Probe,
        Self::TimedOut,
        Self::Unavailable,
        Self::Conflict,
        Self::Changes,
        Self::Interrupted,
    ];

    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Build => 3,
            Self::Authentication => 4,
            Self::NotFound | Self::Forbidden => 5,
            Self::Probe => 6,
            Self::TimedOut => 7,
            Self::Unavailable => 8,
            Self::Conflict => 9,
            Self::Changes => 10,
            Self::Interrupted => 130,
        }
    }

    /// How the error document names it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Failed | Self::ClosedPipe => "FAILED",
            Self::Usage => "USAGE",
            Self::Build => "BUILD_FAILED",
            Self::Authentication => "AUTHENTICATION",
            Self::NotFound => "NOT_FOUND",
            Self::Forbidden => "FORBIDDEN",
            Self::Probe => "PROBE_FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Conflict => "CONFLICT",
            Self::Changes => "CHANGES",
            Self::Interrupted => "INTERRUPTED",
        }
    }
}

/// The error document: what happened and why, and what to do about it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Body {
    code: &'static str,
    message: String,
    /// May be empty, and so may be the broker's id of the request.
    hint: String,
    request_id: String,
    /// What else is known, such as the release that failed and the one that serves.
    #[serde(flatten)]
    details: Map<String, Value>,
}

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) struct CmdError {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// What to do about it; may be empty.
    pub(crate) hint: String,
    /// The broker's id of the request that failed; may be empty.
    pub(crate) request_id: String,
    /// More fields of the error document.
    pub(crate) details: Map<String, Value>,
    /// Whether the command has said everything already.
    pub(crate) told: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl CmdError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: String::new(),
            request_id: String::new(),
            details: Map::new(),
            told: false,
            source: None,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A failure that the command's own output has told in full.
    /// A script's error document says no more than that it came to this.
    pub(crate) fn told(kind: Kind) -> Self {
        let message = match kind {
            Kind::Interrupted => "it was interrupted",
            Kind::Authentication => "an authorization is needed first",
            Kind::Probe => "a check failed",
            _ => "it was not done",
        };
        Self {
            told: true,
            ..Self::new(kind, message)
        }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn with_detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// What the error document holds.
    pub(crate) fn body(&self) -> Body {
        Body {
            code: self.kind.code(),
            message: ui::plain(&self.chain()),
            hint: ui::plain(&self.hint),
            request_id: self.request_id.clone(),
            details: self.details.clone(),
        }
    }

    /// The message with its causes, outermost first.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut cause = self
            .source
            .as_ref()
            .map(|source| source.as_ref() as &dyn StdError);
        while let Some(error) = cause {
            let reason = error.to_string();
            // Some libraries repeat their source in their own text.
            if !text.ends_with(&reason) {
                text.push_str(": ");
                text.push_str(&reason);
            }
            cause = error.source();
        }
        text
    }
}

/// What is wrong with what was typed: all of it is told at once.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<CmdError>);

impl Problems {
    pub(crate) fn add(&mut self, problem: CmdError) {
        self.0.push(problem);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The value, or nothing once its problem is noted.
    pub(crate) fn keep<T>(&mut self, outcome: Result<T, impl Into<CmdError>>) -> Option<T> {
        outcome.map_err(|problem| self.add(problem.into())).ok()
    }

    /// One error for all that was noted. What comes from several keeps its hints in the list.
    pub(crate) fn settle(mut self) -> Result<(), CmdError> {
        if self.0.len() <= 1 {
            return self.0.pop().map_or(Ok(()), Err);
        }
        let kind = self.0[0].kind;
        let mut message = format!("{} things are wrong:", self.0.len());
        let mut listed = Vec::new();
        for problem in &self.0 {
            message.push_str(&format!("\n  - {}", problem.chain().replace('\n', "\n    ")));
            if !problem.hint.is_empty() {
                message.push_str(&format!("\n      {}", problem.hint));
            }
            listed.push(serde_json::json!({"message": problem.chain(), "hint": problem.hint}));
        }
        Err(CmdError::new(kind, message).with_detail("problems", listed))
    }
}

impl fmt::Display for CmdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Invalid> for CmdError {
    fn from(invalid: Invalid) -> Self {
        Self::usage(invalid.to_string())
    }
}

impl From<CredentialsError> for CmdError {
    fn from(error: CredentialsError) -> Self {
        let (kind, hint) = match &error {
            CredentialsError::UnknownProfile { .. } => (Kind::Usage, "`berth login URL` adds one"),
            CredentialsError::Broken { .. } => (
                Kind::Failed,
                "repair it, or remove it and sign in again with `berth login`",
            ),
            CredentialsError::Keyring {
                source: KeyringError::Hangs(_),
                ..
            } => (
                Kind::Authentication,
                "unlock it and try again; `berth login URL` keeps the token in a file where the keyring does not answer, and BERTH_TOKEN needs neither",
            ),
            CredentialsError::Keyring { .. } | CredentialsError::NoKeyring => (
                Kind::Authentication,
                "sign in again with `berth login URL`, or set BERTH_TOKEN; BERTH_KEYRING=off keeps tokens in a file",
            ),
            CredentialsError::Read { .. } | CredentialsError::Write { .. } => (
                Kind::Failed,
                "BERTH_CONFIG_DIR names another folder; BERTH_TOKEN needs none",
            ),
        };
        let message = error.to_string();
        Self::new(kind, message).with_hint(hint).with_cause_of(error)
    }
}

impl From<ClientError> for CmdError {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        let (kind, hint) = match &error {
            ClientError::Unreachable { .. } => (
                Kind::Unavailable,
                "is it running (`berth serve`), and is the address right (`berth whoami` tells which is used)?".to_owned(),
            ),
            ClientError::Untrusted { .. } => (
                Kind::Unavailable,
                "if the broker is your own, name whoever signed its certificate: --ca-file FILE, or SSL_CERT_FILE=FILE"
                    .to_owned(),
            ),
            ClientError::OtherApi { api, .. } if *api > wire::API_VERSION => (
                Kind::Failed,
                "upgrade the berth on this machine: the broker is newer".to_owned(),
            ),
            ClientError::OtherApi { .. } => (
                Kind::Failed,
                "upgrade the broker, or use an older berth here: this one is newer".to_owned(),
            ),
            ClientError::NoRoute { version, .. } => (Kind::Failed, upgrade(version)),
            ClientError::TimedOut { .. } => (Kind::Unavailable, "try again".to_owned()),
            ClientError::Unauthenticated { origin, body, .. } => {
                (Kind::Authentication, sign_in_hint(origin.as_deref(), &body.hint))
            }
            ClientError::Refused(body) => (kind_of(body.code), body.hint.clone()),
            ClientError::NotBerth {
                status: 502..=504, ..
            } => (
                Kind::Unavailable,
                "a proxy answered in the broker's place: the broker behind it seems to be down".to_owned(),
            ),
            ClientError::NotBerth { status: 413, .. } => (
                Kind::Failed,
                "a proxy in front of the broker takes only small requests: raise its limit (nginx: client_max_body_size)"
                    .to_owned(),
            ),
            ClientError::NotBerth { status: 407, .. } => (
                Kind::Unavailable,
                "the proxy wants credentials: HTTPS_PROXY=http://USER:PASSWORD@PROXY:PORT, or NO_PROXY=HOST goes past it"
                    .to_owned(),
            ),
            ClientError::NotBerth { excerpt, .. } if excerpt.trim_start().starts_with('<') => (
                Kind::Failed,
                "that is a web page: a proxy or its sign-in page answers in the broker's place (HTTPS_PROXY, NO_PROXY), or the address is another site's"
                    .to_owned(),
            ),
            ClientError::NotBerth { .. } => (
                Kind::Failed,
                "check the address: it is the broker's public URL, without /mcp or /api".to_owned(),
            ),
            ClientError::Artifact { status, .. } => (kind_of_status(*status), hint_of_status(*status).to_owned()),
            ClientError::GaveUp { .. } => (
                Kind::Unavailable,
                "what has arrived is kept: the same command goes on from there".to_owned(),
            ),
            ClientError::Changed => (
                Kind::Build,
                "run the deploy again: it sends only what is missing".to_owned(),
            ),
            ClientError::Blob(_) => (Kind::Build, "deploy again once nothing writes there".to_owned()),
            ClientError::Setup(_) => (Kind::Failed, String::new()),
        };
        let request_id = match &error {
            ClientError::Refused(body)
            | ClientError::NoRoute { body, .. }
            | ClientError::Unauthenticated { body, .. } => body.request_id.clone(),
            _ => String::new(),
        };
        let mut built = Self::new(kind, message).with_hint(hint).with_cause_of(error);
        built.request_id = request_id;
        built
    }
}

impl CmdError {
    /// Takes over the causes of `error`, whose own text is the message already.
    fn with_cause_of(self, error: impl StdError + Send + Sync + 'static) -> Self {
        match error.source() {
            Some(_) => self.with_source(error),
            None => self,
        }
    }
}

fn sign_in_hint(origin: Option<&Origin>, said: &str) -> String {
    match origin {
        Some(Origin { place, remedy }) if remedy.is_empty() => format!("the token came from {place}"),
        Some(Origin { place, remedy }) => format!("the token came from {place}: {remedy}"),
        None if said.is_empty() => "sign in with `berth login URL`, or set BERTH_TOKEN".to_owned(),
        None => said.to_owned(),
    }
}

/// Which side is the older one, where the broker knows nothing of what was asked for.
fn upgrade(broker: &str) -> String {
    let own = env!("CARGO_PKG_VERSION");
    let number = |version: &str| {
        let parts = version.split(['.', '-', '+']);
        parts
            .take(3)
            .map(|part| part.parse::<u64>().ok())
            .collect::<Option<Vec<_>>>()
    };
    match (number(broker), number(own)) {
        (Some(theirs), Some(ours)) if theirs < ours => {
            format!("the broker is berth {broker}, this is berth {own}: upgrade the broker")
        }
        (Some(theirs), Some(ours)) if theirs > ours => {
            format!("the broker is berth {broker}, this is berth {own}: upgrade the berth on this machine")
        }
        _ => format!("the broker is berth {broker:?}, this is berth {own}: are both the same?"),
    }
}

fn kind_of(code: ErrorCode) -> Kind {
    match code {
        ErrorCode::Invalid => Kind::Usage,
        ErrorCode::Unauthenticated => Kind::Authentication,
        ErrorCode::Forbidden => Kind::Forbidden,
        ErrorCode::NotFound | ErrorCode::NoRoute => Kind::NotFound,
        ErrorCode::Conflict => Kind::Conflict,
        ErrorCode::Unavailable => Kind::Unavailable,
        ErrorCode::Unable => Kind::Build,
        ErrorCode::TooLarge | ErrorCode::Internal => Kind::Failed,
    }
}

fn kind_of_status(status: u16) -> Kind {
    match status {
        401 => Kind::Authentication,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        429 | 502..=504 => Kind::Unavailable,
        _ => Kind::Failed,
    }
}

/// What to do when the artifact store refuses with this status.
fn hint_of_status(status: u16) -> &'static str {
    match status {
        403 => "deploying needs the role deployer: an admin can give it",
        413 => "leave large files out with a .berthignore, or let an admin raise what the broker takes",
        507 => "the broker's disk is full: an admin has to make room",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ErrorBody;

    #[test]
    fn each_refusal_has_its_exit_code() {
        let check = |code: ErrorCode, exit: u8| {
            let body = ErrorBody {
                code,
                message: "no".to_owned(),
                hint: "do".to_owned(),
                request_id: "r1".to_owned(),
            };
            let error = CmdError::from(ClientError::Refused(body));
            assert_eq!(error.kind.exit_code(), exit, "{code:?}");
            assert_eq!((error.chain().as_str(), error.request_id.as_str()), ("no", "r1"));
        };
        check(ErrorCode::Invalid, 2);
        check(ErrorCode::Forbidden, 5);
        check(ErrorCode::NotFound, 5);
        check(ErrorCode::Conflict, 9);
        check(ErrorCode::TooLarge, 1);
        check(ErrorCode::Unavailable, 8);
        check(ErrorCode::Unable, 3);
        check(ErrorCode::Internal, 1);
    }

    #[test]
    fn exit_codes_are_a_contract() {
        let table: [(Kind, u8); 13] = [
            (Kind::ClosedPipe, 0),
            (Kind::Failed, 1),
            (Kind::Usage, 2),
            (Kind::Build, 3),
            (Kind::Authentication, 4),
            (Kind::NotFound, 5),
            (Kind::Forbidden, 5),
            (Kind::Probe, 6),
            (Kind::TimedOut, 7),
            (Kind::Unavailable, 8),
            (Kind::Conflict, 9),
            (Kind::Changes, 10),
            (Kind::Interrupted, 130),
        ];
        for (kind, code) in table {
            assert_eq!(kind.exit_code(), code, "{kind:?}");
        }
    }

    #[test]
    fn a_cause_is_told_once() {
        let inner = std::io::Error::other("disk full");
        let error = CmdError::new(Kind::Failed, "can't write").with_source(inner);
        assert_eq!(error.chain(), "can't write: disk full");
        let path = "x".into();
        let source = std::io::Error::other("disk full");
        let error = CmdError::from(CredentialsError::Write { path, source });
        assert_eq!(error.chain(), "x can't be written: disk full");
    }
}
