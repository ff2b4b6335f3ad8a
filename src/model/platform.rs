//! What a program was built for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An operating system and an architecture, in the words of the OCI image specification ("Image Configuration").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Platform {
    pub(crate) os: String,
    pub(crate) architecture: String,
}

impl Platform {
    /// That of the machine that this runs on.
    pub(crate) fn here() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            "powerpc64" => "ppc64le",
            other => other,
        };
        Self {
            os: std::env::consts::OS.to_owned(),
            architecture: architecture.to_owned(),
        }
    }
}

impl Platform {
    /// Whether a machine of this platform runs images for `image`. One that does not say what it is for is given a
    /// try, and a machine that does not say what it is, too.
    pub(crate) fn runs(&self, image: &Self) -> bool {
        let unsaid = image.os.is_empty() || image.architecture.is_empty() || self.architecture.is_empty();
        let native = self.architecture == image.architecture
            || (self.architecture == "amd64" && image.architecture == "386");
        unsaid || (self.os == image.os && native)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)
    }
}
