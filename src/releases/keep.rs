//! What stays when what nobody needs is removed.
//!
//! Of releases: the one that serves, those under way, the newest that served and the newest that failed. Of the registry's content: whatever a release
//! that stays, or a tag, leads to, by way of indexes as well; what says something about such a manifest; and what was
//! sent or asked for a while ago at most, with all that it leads to.

use std::{
    collections::{HashMap, HashSet},
    io,
    time::{Duration, SystemTime},
};

use super::Releases;
use crate::{
    blobs::Blobs,
    bundle::{self, AnyManifest, BundleError},
    model::{Digest, Millis},
    resolve::Resolved,
    store::{ManifestRecord, StoreError},
};

/// The rule, as `berth serve` was told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// How many releases of a connector that served before, and how many that failed, stay besides the one that serves
    /// and those under way; at least 1, so that the newest is always among them and no number is given twice.
    pub(crate) releases: usize,
    /// How long what nothing names stays: it may be part of something that is still being sent.
    pub(crate) grace: Duration,
}

/// What must stay of what is stored.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The artifacts that releases name, which are what is installed and unpacked of.
    pub(super) artifacts: HashSet<Digest>,
    /// The images that releases run, by their ids in the container engine.
    pub(super) images: HashSet<String>,
    /// Every blob that must stay, manifests among them.
    pub(super) blobs: HashSet<Digest>,
    /// The names in the registry that nothing needs.
    pub(super) stale: Vec<ManifestRecord>,
}

/// Why it could not be found out. Then nothing is removed: what can't be read may name what a release needs.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    #[error("the releases and manifests can't be read")]
    Store(#[from] StoreError),
    #[error("a manifest can't be read")]
    Blobs(#[from] io::Error),
    #[error("the manifest {digest} is not one")]
    Manifest { digest: Digest, source: BundleError },
    #[error("what a release was resolved to can't be read")]
    Resolved(#[from] serde_json::Error),
}

impl Releases {
    /// Reads what must stay; `older_than` is when what nothing names must have been sent or asked for last to go.
    pub(super) async fn kept(&self, older_than: SystemTime) -> Result<Kept, KeepError> {
        let (mut artifacts, mut images) = (HashSet::new(), HashSet::new());
        for (spec, resolved) in self.0.store.release_sources().await? {
            artifacts.extend(spec.source.artifact().cloned());
            if let Some(json) = resolved {
                let resolved: Resolved = serde_json::from_str(&json)?;
                artifacts.extend(resolved.artifact);
                images.extend(resolved.image);
            }
        }
        let records = self.0.store.manifests().await?;
        let mut named: Vec<Digest> = artifacts.iter().cloned().collect();
        for record in &records {
            if record.is_tag() || is_young(&self.0.blobs, record, older_than).await? {
                named.push(record.digest.clone());
            }
        }
        let (manifests, blobs) = led_to(&self.0.blobs, named, &records).await?;
        Ok(Kept {
            artifacts,
            images,
            blobs,
            stale: records
                .into_iter()
                .filter(|record| !manifests.contains(&record.digest))
                .collect(),
        })
    }
}

/// Whether the manifest was pushed or asked for since `older_than`: whoever did so relies on all of it.
async fn is_young(blobs: &Blobs, record: &ManifestRecord, older_than: SystemTime) -> io::Result<bool> {
    let since = older_than
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(Millis::MIN, |since| {
            Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
        });
    if record.pushed_at >= since {
        return Ok(true);
    }
    match tokio::fs::metadata(blobs.path(&record.digest)).await {
        Ok(metadata) => Ok(metadata.modified()? >= older_than),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The manifests that `named` ones lead to, themselves included, and every blob of theirs.
async fn led_to(
    blobs: &Blobs,
    mut named: Vec<Digest>,
    records: &[ManifestRecord],
) -> Result<(HashSet<Digest>, HashSet<Digest>), KeepError> {
    // An index may list documents that are no manifests; whatever else is named here is one.
    let known: HashSet<Digest> = named
        .iter()
        .chain(records.iter().map(|record| &record.digest))
        .cloned()
        .collect();
    let mut about: HashMap<&Digest, Vec<&Digest>> = HashMap::new();
    for record in records {
        if let Some(subject) = &record.subject {
            about.entry(subject).or_default().push(&record.digest);
        }
    }
    let (mut manifests, mut kept) = (HashSet::new(), HashSet::new());
    while let Some(digest) = named.pop() {
        if !manifests.insert(digest.clone()) {
            continue;
        }
        named.extend(about.get(&digest).into_iter().flatten().copied().cloned());
        // One that is gone leads nowhere; a release that needs it says so when it starts.
        let Some(size) = blobs.size(&digest).await? else {
            continue;
        };
        let is_known = known.contains(&digest);
        if size > bundle::LARGEST_MANIFEST && !is_known {
            continue;
        }
        let Some(bytes) = blobs.bytes(&digest, bundle::LARGEST_MANIFEST).await? else {
            continue;
        };
        match bundle::parse_any(&bytes) {
            Ok(AnyManifest::Single(manifest)) => {
                kept.insert(manifest.config.digest);
                kept.extend(manifest.layers.into_iter().map(|layer| layer.digest));
            }
            Ok(AnyManifest::Index(index)) => {
                named.extend(index.manifests.into_iter().map(|entry| entry.descriptor.digest));
            }
            Err(source) if is_known => return Err(KeepError::Manifest { digest, source }),
            Err(_) => {}
        }
    }
    kept.extend(manifests.iter().cloned());
    Ok((manifests, kept))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn put(blobs: &Blobs, content: serde_json::Value) -> Digest {
        blobs.put_bytes(content.to_string().into()).await.unwrap()
    }

    fn record(digest: &Digest, subject: Option<&Digest>) -> ManifestRecord {
        ManifestRecord {
            repository: "r".into(),
            reference: digest.to_string(),
            digest: digest.clone(),
            media_type: "m".into(),
            subject: subject.cloned(),
            pushed_at: 0,
        }
    }

    #[tokio::test]
    async fn what_is_named_leads_to_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let (config, layer, other) = (Digest::of(b"c"), Digest::of(b"l"), Digest::of(b"o"));
        let entry = |digest: &Digest| json!({"mediaType": "m", "digest": digest, "size": 1});
        let manifest = |config: &Digest, layer: &Digest| json!({"schemaVersion": 2, "config": entry(config), "layers": [entry(layer)]});
        let child = put(&blobs, manifest(&config, &layer)).await;
        let note = put(&blobs, json!("no manifest")).await;
        let index = json!({"schemaVersion": 2, "manifests": [entry(&child), entry(&note)]});
        let index = put(&blobs, index).await;
        let about_child = put(&blobs, manifest(&config, &other)).await;
        let alone = put(&blobs, manifest(&config, &Digest::of(b"x"))).await;
        let gone = Digest::of(b"gone");
        let records = [record(&about_child, Some(&child)), record(&alone, Some(&gone))];
        let (manifests, kept) = led_to(&blobs, vec![index.clone()], &records).await.unwrap();
        let manifests_wanted = HashSet::from([index, child, about_child, note.clone()]);
        assert_eq!(manifests, manifests_wanted);
        let blobs_wanted = &manifests_wanted | &HashSet::from([config, layer, other]);
        assert_eq!(kept, blobs_wanted);
        let (_, kept) = led_to(&blobs, vec![gone.clone()], &[]).await.unwrap();
        assert_eq!(kept, HashSet::from([gone]));
        // What a release or a tag names is a manifest; where it can't be read nothing is known to be free.
        let unread = led_to(&blobs, vec![note], &[]).await;
        assert!(matches!(unread, Err(KeepError::Manifest { .. })), "{unread:?}");
    }

    #[tokio::test]
    async fn what_was_asked_for_is_young() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let digest = put(&blobs, json!({})).await;
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        let file = std::fs::File::open(blobs.path(&digest)).unwrap();
        file.set_modified(hour_ago - Duration::from_secs(1)).unwrap();
        let mut record = record(&digest, None);
        assert!(!is_young(&blobs, &record, hour_ago).await.unwrap());
        blobs.touch(&digest).await.unwrap();
        assert!(is_young(&blobs, &record, hour_ago).await.unwrap());
        file.set_modified(hour_ago - Duration::from_secs(1)).unwrap();
        record.pushed_at = crate::model::now();
        assert!(is_young(&blobs, &record, hour_ago).await.unwrap());
    }
}
