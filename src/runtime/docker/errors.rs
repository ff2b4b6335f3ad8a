//! What can go wrong between the broker and its container engine.

use std::{error::Error as StdError, io, time::Duration};

use bollard::errors::Error;

use crate::model::Platform;

/// Why the engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error("images need a Docker Engine, and the broker finds none at {host}")]
    Absent { host: String },
    #[error("the broker may not use the Docker Engine at {host}")]
    Denied { host: String },
    #[error("{host:?} is not an address of a Docker Engine that berth can use")]
    BadHost { host: String },
    #[error("the Docker Engine at {host} did not answer within {} s", .after.as_secs())]
    Slow { host: String, after: Duration },
    #[error("the conversation with the Docker Engine at {host} broke off")]
    Broken {
        host: String,
        #[source]
        error: Box<dyn StdError + Send + Sync>,
    },
    /// In the engine's own words.
    #[error("the Docker Engine refused: {message}")]
    Refused { status: u16, message: String },
    /// In the engine's own words.
    #[error("the Docker Engine made no network for the connectors' containers: {message}")]
    NoNetwork { message: String },
    #[error(
        "a token in a file does not reach containers of the Docker Engine at {host}, which is on another machine"
    )]
    Elsewhere { host: String },
    #[error("its container's address could not be kept out of other connectors' reach")]
    Unlisted {
        #[source]
        error: io::Error,
    },
    #[error("the image {image}, which connectors run in here, has no program {program:?}")]
    NoProgram { program: String, image: String },
    #[error(
        "the Docker Engine at {host} gives the users of its containers other numbers (rootless or userns-remap), so that they could not use what is theirs on this machine"
    )]
    OtherAccounts { host: String },
    #[error("the image {image} is not in the Docker Engine any more")]
    ImageGone { image: String },
    #[error("{reference:?} is not a reference to an image")]
    BadReference { reference: String },
    #[error("the image {reference} is for {image}, but the broker's Docker Engine runs {engine}")]
    OtherPlatform {
        reference: String,
        /// One or several, as text.
        image: String,
        engine: Platform,
    },
    #[error("the registry of {reference} can't be reached: {message}")]
    RegistryUnreachable { reference: String, message: String },
    #[error("the registry has no image {reference}")]
    ImageNotFound { reference: String },
    #[error("the registry of {reference} asks for a login")]
    NeedsLogin { reference: String },
    #[error(
        "the registry of {reference} speaks plain http, which the broker's Docker Engine does not take from it"
    )]
    PlainHttp { reference: String },
    #[error("the layers of {reference} are compressed with zstd, which Docker Engine {version} can't read")]
    Zstd { reference: String, version: String },
    /// What came out of the engine is not what went in.
    #[error("the Docker Engine made another image of {reference} than the one that it was given")]
    Changed { reference: String },
}

impl EngineError {
    pub(super) fn of(host: &str, error: Error) -> Self {
        let host = host.to_owned();
        match error {
            Error::DockerResponseServerError {
                status_code: status,
                message,
            } => Self::Refused { status, message },
            Error::DockerStreamError { error: message } => Self::Refused { status: 500, message },
            Error::SocketNotFoundError(_) => Self::Absent { host },
            Error::UnsupportedURISchemeError { .. }
            | Error::URLParseError { .. }
            | Error::InvalidURIError { .. }
            | Error::InvalidURIPartsError { .. } => Self::BadHost { host },
            error => match io_kind(&error) {
                Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Self::Absent { host },
                Some(io::ErrorKind::PermissionDenied) => Self::Denied { host },
                _ => Self::Broken {
                    host,
                    error: Box::new(error),
                },
            },
        }
    }

    /// What an answer to a request about an image in a registry means. The engine's statuses do not tell one cause
    /// from another (Engine 20.10 answers 500 to a missing login as to a name that does not resolve), so its words
    /// have to be read.
    pub(super) fn of_registry(self, reference: &str) -> Self {
        let Self::Refused { status, message } = self else {
            return self;
        };
        let says = |part: &str| message.contains(part);
        let reference = reference.to_owned();
        if status == 401
            || status == 403
            || ["no basic auth credentials", "unauthorized", "denied"]
                .into_iter()
                .any(says)
        {
            Self::NeedsLogin { reference }
        } else if status == 404 || says("not found") || says("manifest unknown") {
            Self::ImageNotFound { reference }
        } else if says("server gave HTTP response to HTTPS client") {
            Self::PlainHttp { reference }
        } else if status == 400 {
            Self::BadReference { reference }
        } else if ["dial tcp", "i/o timeout", "TLS", "x509", "EOF", "Client.Timeout"]
            .into_iter()
            .any(says)
        {
            Self::RegistryUnreachable { reference, message }
        } else {
            Self::Refused { status, message }
        }
    }

    /// Whether the engine could not be spoken to at all.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(
            self,
            Self::Absent { .. } | Self::Denied { .. } | Self::Broken { .. } | Self::BadHost { .. }
        )
    }

    /// Whether it knows nothing under that name.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Absent { .. } => {
                "install and start Docker on the broker's machine (Debian: apt install docker.io), or name its address with `berth serve --docker-host`"
            }
            Self::Denied { .. } => {
                "add the user that the broker runs as to the group docker (usermod -aG docker USER), and start the broker again"
            }
            Self::BadHost { .. } => {
                "write it as unix:///var/run/docker.sock or tcp://HOST:PORT, in `berth serve --docker-host` or DOCKER_HOST; TLS and ssh addresses are not supported"
            }
            Self::Slow { .. } | Self::Broken { .. } => {
                "look at the engine on the broker's machine: `docker info`, and its log"
            }
            Self::Refused { .. } | Self::Changed { .. } => "",
            Self::Unlisted { .. } => "see whether the broker's data folder can be written to",
            Self::Elsewhere { .. } => {
                "give it the token in a variable (`berth oauth set NAME --env`), or run the broker beside its engine"
            }
            Self::NoProgram { .. } => {
                "name an image that has it with `berth serve --engine-image`: node for npx; for uvx, the version of Python that the broker's machine has"
            }
            Self::OtherAccounts { .. } => {
                "name another engine of this machine with `berth serve --docker-host`, or leave --engine docker out"
            }
            Self::NoNetwork { .. } => {
                "remove networks that nobody needs (`docker network prune`): an engine has room for about thirty"
            }
            Self::ImageGone { .. } => {
                "deploy it again, or `berth restart` it: the broker puts the image back"
            }
            Self::BadReference { .. } => "write it as NAME:TAG or HOST/NAME@sha256:…",
            Self::OtherPlatform { .. } => {
                "build it for the engine's platform (docker build --platform), or deploy its Dockerfile: berth builds it for the broker's platform"
            }
            Self::RegistryUnreachable { .. } => {
                "check the name and that the broker's machine can reach the registry, or pull the image where you deploy from: berth sends images that your own engine has"
            }
            Self::ImageNotFound { .. } => {
                "check the spelling and the tag; an image that your own engine has, and no registry, is sent by berth itself"
            }
            Self::NeedsLogin { .. } => {
                "pull it where you deploy from: berth sends images that your own engine has; or `docker push` it to this broker and deploy that with --artifact"
            }
            Self::PlainHttp { .. } => {
                "add the registry to insecure-registries in /etc/docker/daemon.json on the broker's machine, or pull the image where you deploy from: berth sends it"
            }
            Self::Zstd { .. } => {
                "update the broker's Docker Engine to 23.0, or push the image with gzip layers"
            }
        }
    }
}

/// The kind of the input or output error below `error`, if there is one.
fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    // bollard shows the error below as its own text, not as a source.
    if let Error::HyperLegacyError { err } = error {
        cause = Some(err);
    }
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrys_answer_is_told_by_kind() {
        let check = |status, message: &str, expected: &str| {
            let refused = EngineError::Refused {
                status,
                message: message.into(),
            };
            let told = format!("{:?}", refused.of_registry("h/n:1"));
            assert!(told.starts_with(expected), "{message}: {told}");
        };
        check(
            500,
            "Head \"http://h/v2/n/manifests/1\": no basic auth credentials",
            "NeedsLogin",
        );
        check(
            404,
            "pull access denied for n, repository does not exist or may require 'docker login': denied",
            "NeedsLogin",
        );
        check(404, "manifest unknown: manifest unknown", "ImageNotFound");
        check(
            500,
            "Get \"https://h/v2/\": dial tcp: lookup h on 10.0.0.1:53: no such host",
            "RegistryUnreachable",
        );
        check(
            500,
            "Get \"https://h/v2/\": http: server gave HTTP response to HTTPS client",
            "PlainHttp",
        );
        check(400, "invalid reference format", "BadReference");
        check(500, "no space left on device", "Refused");
    }

    #[test]
    fn every_error_that_a_user_can_mend_says_how() {
        let reference = String::from("n:1");
        for error in [
            EngineError::Absent { host: "h".into() },
            EngineError::Denied { host: "h".into() },
            EngineError::NeedsLogin { reference },
        ] {
            assert!(!error.hint().is_empty(), "{error:?}");
        }
    }
}
