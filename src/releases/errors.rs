//! Why nothing was recorded, or nothing restarted.

use crate::{
    model::{ConnectorName, Digest, Invalid, State, with_causes},
    resolve::ResolveError,
    store::StoreError,
};

/// Callers branch on what kind of no it is; the text and [`hint`](Self::hint) are for whoever asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReleaseError {
    /// The broker lacks what the source takes. The text has the causes in it.
    #[error("{}", with_causes(.0))]
    Unable(ResolveError),
    #[error(transparent)]
    Invalid(Invalid),
    #[error("the artifact {0} is not in the broker's registry")]
    NotSent(Digest),
    #[error("{name} has no release {number}")]
    NoRelease {
        name: ConnectorName,
        number: i64,
        /// The releases that can be gone back to, newest first.
        others: Vec<i64>,
    },
    /// It never served, or not yet, or it is the one that serves.
    #[error("release {number} of {name} can't be gone back to: {}", why(*state))]
    NotRetired {
        name: ConnectorName,
        number: i64,
        state: State,
        others: Vec<i64>,
    },
    #[error("no other release of {0} has served before")]
    NothingBefore(ConnectorName),
    #[error("no release of {0} serves yet")]
    NothingServes(ConnectorName),
    /// The connector was deleted meanwhile.
    #[error("there is no connector {0} any more")]
    Gone(ConnectorName),
    #[error("the broker is stopping")]
    Stopping,
    #[error("the blobs can't be read")]
    Blobs(#[source] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReleaseError {
    /// What the program that refused said itself, line by line.
    pub(crate) fn words(&self) -> &[String] {
        match self {
            Self::Unable(error) => error.stderr(),
            _ => &[],
        }
    }

    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Unable(error) => error.hint().to_owned(),
            Self::NotSent(_) => {
                "send it first: `berth deploy` does, and so do docker push, skopeo and oras".to_owned()
            }
            Self::NotRetired {
                name,
                state: State::Live,
                ..
            } => format!("`berth restart {name}` starts it anew"),
            Self::NoRelease { name, others, .. } | Self::NotRetired { name, others, .. } => match &others[..]
            {
                [] => format!("there is none to go back to: `berth releases {name}` shows them all"),
                [one] => format!("release {one} can be: berth rollback {name} {one}"),
                several => {
                    let several: Vec<String> = several.iter().map(i64::to_string).collect();
                    format!("those that can be: {}", several.join(", "))
                }
            },
            Self::NothingBefore(name) | Self::NothingServes(name) => {
                format!("`berth releases {name}` shows what there is")
            }
            Self::Gone(_) | Self::Invalid(_) | Self::Store(_) | Self::Blobs(_) => String::new(),
            Self::Stopping => "try again once it is up".to_owned(),
        }
    }
}

fn why(state: State) -> &'static str {
    match state {
        State::Live => "it serves already",
        State::Failed => "it failed, and never served",
        State::Pending | State::Starting => "it is being deployed",
        State::Retired => "it was replaced a moment ago",
    }
}
