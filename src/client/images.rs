//! What the broker's registry has already: blobs, and artifacts under a tag or a digest.

use std::collections::HashMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Method, Response, StatusCode, header};
use serde::Deserialize;

use super::{Client, ClientError};
use crate::{
    bundle::{self, AnyManifest, BundleError, ManifestLayers},
    model::{ConnectorName, Digest, Platform},
};

/// Questions that are under way at once.
const QUESTIONS: usize = 16;
/// Every kind of manifest that is understood.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                         application/vnd.docker.distribution.manifest.v2+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json";
/// What images call their configuration: OCI's name, and Docker's.
const CONFIGS: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];
/// Tags that are named in an error.
const TAGS: usize = 20;

/// An artifact that the registry has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Of its manifest; of an index, that of the manifest for the platform.
    pub(crate) digest: Digest,
    pub(crate) kind: StoredKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredKind {
    /// A bundle of berth's, which needs a command to start it.
    Bundle,
    Image,
}

/// Why there is no artifact to deploy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the broker's registry has no {repository}{}", as_suffix(reference))]
    NotThere {
        repository: String,
        reference: String,
        /// What there is in the repository.
        tags: Vec<String>,
    },
    #[error("{name} is for {}, and the broker runs on {wanted}", platforms.join(", "))]
    Platform {
        name: String,
        platforms: Vec<String>,
        wanted: Platform,
    },
    #[error("{name} is neither an image nor a bundle of berth's: it is {kind}")]
    Strange { name: String, kind: String },
    #[error("{name} can't be understood")]
    Broken {
        name: String,
        #[source]
        source: BundleError,
    },
}

/// `:TAG` or `@DIGEST`.
fn as_suffix(reference: &str) -> String {
    match reference.contains(':') {
        true => format!("@{reference}"),
        false => format!(":{reference}"),
    }
}

/// What is read of an image's configuration (OCI image specification 1.1, "Image Configuration").
#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
}

#[derive(Deserialize)]
struct Tags {
    /// Some registries say `null` for none.
    tags: Option<Vec<String>>,
}

impl LookupError {
    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Client(_) => String::new(),
            Self::NotThere { tags, repository, .. } if tags.is_empty() => {
                format!("push it first: `docker push HOST/{repository}:TAG`; the password is a berth token")
            }
            Self::NotThere { tags, repository, .. } => {
                let shown = tags.iter().take(TAGS).map(String::as_str);
                let shown = shown.collect::<Vec<_>>().join(", ");
                let more = match tags.len().saturating_sub(TAGS) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!("{repository} has the tags {shown}{more}")
            }
            Self::Platform { wanted, .. } => {
                format!("push one for the broker: `docker build --platform {wanted} …`")
            }
            Self::Strange { .. } | Self::Broken { .. } => {
                "push an image with `docker push` or `skopeo copy`; bundles are sent by `berth deploy --bundle`"
                    .to_owned()
            }
        }
    }
}

impl Client {
    /// Which of the blobs the broker has, with their sizes in bytes.
    pub(crate) async fn sizes(
        &self,
        name: &ConnectorName,
        digests: impl Iterator<Item = &Digest>,
    ) -> Result<HashMap<Digest, u64>, ClientError> {
        stream::iter(digests)
            .map(async |digest| {
                let path = ["v2", name.as_str(), "blobs", digest.as_str()];
                let answer = self.look(Method::HEAD, &path, "*/*").await?;
                let length = answer
                    .as_ref()
                    .and_then(|answer| answer.headers().get(header::CONTENT_LENGTH));
                let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
                Ok::<_, ClientError>(length.map(|length| (digest.clone(), length)))
            })
            .buffered(QUESTIONS)
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await
    }

    /// What the registry has in `repository` under `reference`, a tag or a digest, for `platform`.
    pub(crate) async fn stored(
        &self,
        repository: &str,
        reference: &str,
        platform: &Platform,
    ) -> Result<Stored, LookupError> {
        let name = format!("{repository}{}", as_suffix(reference));
        let broken = |source| LookupError::Broken {
            name: name.clone(),
            source,
        };
        let Some(bytes) = self.manifest(repository, reference).await? else {
            return Err(LookupError::NotThere {
                repository: repository.to_owned(),
                reference: reference.to_owned(),
                tags: self.tags(repository).await?,
            });
        };
        let index = match bundle::parse_any(&bytes).map_err(broken)? {
            AnyManifest::Single(manifest) => {
                return self
                    .classify(repository, &name, &bytes, &manifest, platform)
                    .await;
            }
            AnyManifest::Index(index) => index,
        };
        let Some(chosen) = index.choose(platform) else {
            return Err(LookupError::Platform {
                platforms: match index.platforms() {
                    none if none.is_empty() => vec!["no platform that it names".to_owned()],
                    some => some,
                },
                name,
                wanted: platform.clone(),
            });
        };
        let Some(bytes) = self.manifest(repository, chosen.digest.as_str()).await? else {
            return Err(LookupError::NotThere {
                repository: repository.to_owned(),
                reference: chosen.digest.to_string(),
                tags: Vec::new(),
            });
        };
        let manifest = bundle::parse_manifest(&bytes).map_err(broken)?;
        self.classify(repository, &name, &bytes, &manifest, platform)
            .await
    }

    async fn classify(
        &self,
        repository: &str,
        name: &str,
        bytes: &[u8],
        manifest: &ManifestLayers,
        platform: &Platform,
    ) -> Result<Stored, LookupError> {
        let digest = Digest::of(bytes);
        if manifest.check_bundle().is_ok() {
            let kind = StoredKind::Bundle;
            return Ok(Stored { digest, kind });
        }
        let config_type = manifest.config.media_type.as_str();
        let artifact_type = manifest.artifact_type.as_deref().filter(|text| !text.is_empty());
        if artifact_type.is_some() || !CONFIGS.contains(&config_type) {
            return Err(LookupError::Strange {
                name: name.to_owned(),
                kind: artifact_type.unwrap_or(config_type).to_owned(),
            });
        }
        let path = blob_path(repository, &manifest.config.digest);
        let config = match self.look(Method::GET, &segments(&path), "*/*").await? {
            Some(answer) => answer.bytes().await.map_err(|error| self.lost(error))?,
            None => Default::default(),
        };
        let config: Config = serde_json::from_slice(&config).map_err(|error| LookupError::Broken {
            name: name.to_owned(),
            source: BundleError::BrokenManifest(format!("its configuration can't be read ({error})")),
        })?;
        let built_for = Platform {
            os: config.os,
            architecture: config.architecture,
        };
        if !platform.runs(&built_for) {
            return Err(LookupError::Platform {
                name: name.to_owned(),
                platforms: vec![built_for.to_string()],
                wanted: platform.clone(),
            });
        }
        let kind = StoredKind::Image;
        Ok(Stored { digest, kind })
    }

    async fn manifest(&self, repository: &str, reference: &str) -> Result<Option<Vec<u8>>, ClientError> {
        let path = format!("v2/{repository}/manifests/{reference}");
        let Some(answer) = self.look(Method::GET, &segments(&path), MANIFESTS).await? else {
            return Ok(None);
        };
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(|error| self.lost(error))?;
        let asked = reference.parse::<Digest>().ok();
        if asked.is_some_and(|asked| asked != Digest::of(&bytes)) {
            return Err(self.not_berth(
                status,
                b"a manifest that does not have the digest it was asked for by",
            ));
        }
        Ok(Some(bytes.into()))
    }

    /// The tags of a repository; none where there is no such repository.
    async fn tags(&self, repository: &str) -> Result<Vec<String>, ClientError> {
        let path = format!("v2/{repository}/tags/list");
        let Some(answer) = self
            .look(Method::GET, &segments(&path), "application/json")
            .await?
        else {
            return Ok(Vec::new());
        };
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(|error| self.lost(error))?;
        let listed = serde_json::from_slice::<Tags>(&bytes).map_err(|_| self.not_berth(status, &bytes))?;
        Ok(listed.tags.unwrap_or_default())
    }

    /// Asks the registry for something that it need not have.
    async fn look(
        &self,
        method: Method,
        path: &[&str],
        accept: &str,
    ) -> Result<Option<Response>, ClientError> {
        self.persist(async || {
            let request = self
                .request_to(method.clone(), self.url(path.iter().copied()))
                .header(header::ACCEPT, accept);
            let answer = request.send().await.map_err(|error| self.cut(error))?;
            match answer.status() {
                StatusCode::NOT_FOUND => Ok(None),
                _ => self.accept_oci(answer).await.map(Some),
            }
        })
        .await
    }
}

fn blob_path(repository: &str, digest: &Digest) -> String {
    format!("v2/{repository}/blobs/{digest}")
}

/// A repository's name may have slashes, which stay slashes.
fn segments(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::client::fake::Fake;

    fn amd64() -> Platform {
        Platform {
            os: "linux".to_owned(),
            architecture: "amd64".to_owned(),
        }
    }

    fn descriptor(media_type: &str, of: &str) -> Value {
        json!({"mediaType": media_type, "digest": Digest::of(of.as_bytes()), "size": of.len()})
    }

    fn image(config: &str) -> String {
        json!({"schemaVersion": 2, "config": descriptor(CONFIGS[0], config), "layers": []}).to_string()
    }

    /// A registry with these documents, under the ends of their paths.
    async fn registry(documents: Vec<(String, String)>) -> Fake {
        Fake::start(move |request| {
            let path = request.line.split(' ').nth(1).unwrap_or_default();
            match documents.iter().find(|(end, _)| path.ends_with(end.as_str())) {
                Some((_, text)) => (200, String::new(), text.clone()),
                None => (
                    404,
                    String::new(),
                    r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#.to_owned(),
                ),
            }
        })
        .await
    }

    fn under(prefix: &str, text: &str) -> (String, String) {
        (
            format!("{prefix}{}", Digest::of(text.as_bytes())),
            text.to_owned(),
        )
    }

    #[tokio::test]
    async fn an_index_leads_to_the_image_for_the_platform() {
        let config = r#"{"os":"linux","architecture":"amd64","rootfs":{}}"#;
        let other = r#"{"os":"linux","architecture":"arm64","rootfs":{}}"#;
        let manifest = image(config);
        let mut entry = descriptor("application/vnd.oci.image.manifest.v1+json", &manifest);
        entry["platform"] = json!({"os": "linux", "architecture": "amd64"});
        let index = json!({"schemaVersion": 2, "manifests": [entry]}).to_string();
        let fake = registry(vec![
            under("/v2/team/gong/blobs/", config),
            under("/v2/team/gong/blobs/", other),
            under("/v2/team/gong/manifests/", &manifest),
            ("/v2/team/gong/manifests/v1".to_owned(), index),
            ("/v2/team/gong/manifests/arm".to_owned(), image(other)),
            ("/v2/team/gong/manifests/lost".to_owned(), image("not there")),
            under("/manifests/sha256:0000", "lies"),
        ])
        .await;
        let client = fake.client();
        let stored = async |reference: &str| client.stored("team/gong", reference, &amd64()).await;
        let found = stored("v1").await.unwrap();
        assert_eq!(
            (found.digest, found.kind),
            (Digest::of(manifest.as_bytes()), StoredKind::Image)
        );
        let error = stored("arm").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "team/gong:arm is for linux/arm64, and the broker runs on linux/amd64"
        );
        let arm = Platform {
            architecture: "arm64".to_owned(),
            ..amd64()
        };
        let error = client.stored("team/gong", "v1", &arm).await.unwrap_err();
        assert!(matches!(&error, LookupError::Platform { platforms, .. } if platforms == &["linux/amd64"]));
        assert!(matches!(
            stored("lost").await.unwrap_err(),
            LookupError::Broken { .. }
        ));
    }

    #[tokio::test]
    async fn a_bundle_is_told_from_an_image_and_from_neither() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("server.js"), "1").unwrap();
        let artifact = bundle::pack(folder.path()).unwrap();
        let chart = json!({"schemaVersion": 2, "layers": [],
            "config": descriptor("application/vnd.cncf.helm.config.v1+json", "{}")});
        let fake = registry(vec![
            under("/manifests/", std::str::from_utf8(&artifact.manifest).unwrap()),
            ("/manifests/chart".to_owned(), chart.to_string()),
            ("/manifests/broken".to_owned(), "{}".to_owned()),
            (format!("/manifests/{}", Digest::of(b"another")), "{}".to_owned()),
            (
                "/tags/list".to_owned(),
                r#"{"name":"gong","tags":["v1","v2"]}"#.to_owned(),
            ),
        ])
        .await;
        let client = fake.client();
        let stored = async |reference: &str| client.stored("gong", reference, &amd64()).await;
        let found = stored(artifact.digest.as_str()).await.unwrap();
        assert_eq!(
            (found.digest, found.kind),
            (artifact.digest.clone(), StoredKind::Bundle)
        );
        let error = stored("chart").await.unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("it is application/vnd.cncf.helm.config.v1+json"),
            "{error}"
        );
        assert!(matches!(
            stored("broken").await.unwrap_err(),
            LookupError::Broken { .. }
        ));
        let error = stored("v3").await.unwrap_err();
        assert_eq!(error.to_string(), "the broker's registry has no gong:v3");
        assert_eq!(error.hint(), "gong has the tags v1, v2");
        let lying = Digest::of(b"another");
        let error = stored(lying.as_str()).await.unwrap_err();
        assert!(
            matches!(error, LookupError::Client(ClientError::NotBerth { .. })),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn sizes_are_of_what_is_there() {
        let fake = registry(vec![under("/v2/gong/blobs/", "12345")]).await;
        let (here, gone) = (Digest::of(b"12345"), Digest::of(b"gone"));
        let name = "gong".parse().unwrap();
        let sizes = fake
            .client()
            .sizes(&name, [&here, &gone].into_iter())
            .await
            .unwrap();
        assert_eq!(sizes, HashMap::from([(here, 5)]));
    }
}
