//! Which manifest is known under which repository and tag. The manifests themselves are blobs.

use sqlx::{Row as _, any::AnyRow};

use super::{Store, StoreError, Transaction};
use crate::model::{self, Digest, Millis};

/// A manifest that a repository holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredManifest {
    pub(crate) digest: Digest,
    pub(crate) media_type: String,
    /// The manifest that this one says something about: a signature's, an SBOM's.
    pub(crate) subject: Option<Digest>,
}

/// One name of a manifest: a tag, or its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManifestRecord {
    pub(crate) repository: String,
    pub(crate) reference: String,
    pub(crate) digest: Digest,
    pub(crate) media_type: String,
    pub(crate) subject: Option<Digest>,
    /// When it was pushed last; 0 for one that was pushed before this was written down.
    pub(crate) pushed_at: Millis,
}

impl ManifestRecord {
    /// Whether the name is a tag. A digest has a colon, which no tag may have.
    pub(crate) fn is_tag(&self) -> bool {
        !self.reference.contains(':')
    }
}

/// A release whose settings, or what they were resolved to, name a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamingRelease {
    pub(crate) connector: String,
    pub(crate) number: i64,
}

impl Store {
    /// Makes `references` (tags, or the digest itself) name the manifest. Returns those of them that named one before,
    /// as they did.
    pub(crate) async fn put_manifest(
        &self,
        repository: &str,
        references: &[&str],
        manifest: &StoredManifest,
    ) -> Result<Vec<ManifestRecord>, StoreError> {
        let (mut tx, mut before) = (self.begin().await?, Vec::new());
        for reference in references {
            let named = sqlx::query(
                "SELECT repository, reference, digest, media_type, subject, pushed_at FROM manifests
                 WHERE repository = $1 AND reference = $2",
            )
            .bind(repository)
            .bind(*reference)
            .fetch_optional(&mut *tx)
            .await?;
            before.extend(named.as_ref().map(record).transpose()?);
            let now = ManifestRecord {
                repository: repository.to_owned(),
                reference: (*reference).to_owned(),
                digest: manifest.digest.clone(),
                media_type: manifest.media_type.clone(),
                subject: manifest.subject.clone(),
                pushed_at: model::now(),
            };
            write(&mut tx, &now).await?;
        }
        tx.commit().await?;
        Ok(before)
    }

    /// Undoes [`put_manifest`](Self::put_manifest), which returned `before`. Names that were given to another manifest
    /// since then keep it.
    pub(crate) async fn take_back_manifest(
        &self,
        repository: &str,
        references: &[&str],
        digest: &Digest,
        before: &[ManifestRecord],
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for reference in references {
            let removed =
                sqlx::query("DELETE FROM manifests WHERE repository = $1 AND reference = $2 AND digest = $3")
                    .bind(repository)
                    .bind(*reference)
                    .bind(digest.as_str())
                    .execute(&mut *tx)
                    .await?;
            let named = before.iter().find(|record| record.reference == *reference);
            if let Some(named) = named.filter(|_| removed.rows_affected() > 0) {
                write(&mut tx, named).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// What `reference` names in `repository`.
    pub(crate) async fn manifest(
        &self,
        repository: &str,
        reference: &str,
    ) -> Result<Option<StoredManifest>, StoreError> {
        let row = sqlx::query(
            "SELECT digest, media_type, subject FROM manifests WHERE repository = $1 AND reference = $2",
        )
        .bind(repository)
        .bind(reference)
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(manifest).transpose()
    }

    /// Every name of every manifest, ordered by repository and name.
    pub(crate) async fn manifests(&self) -> Result<Vec<ManifestRecord>, StoreError> {
        sqlx::query(
            "SELECT repository, reference, digest, media_type, subject, pushed_at FROM manifests
             ORDER BY repository, reference",
        )
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(record)
        .collect()
    }

    /// The names of the manifests of one repository.
    pub(crate) async fn manifests_of(&self, repository: &str) -> Result<Vec<ManifestRecord>, StoreError> {
        sqlx::query(
            "SELECT repository, reference, digest, media_type, subject, pushed_at FROM manifests
             WHERE repository = $1 ORDER BY reference",
        )
        .bind(repository)
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(record)
        .collect()
    }

    /// Takes a name away from its manifest. Returns whether there was such a one.
    pub(crate) async fn remove_manifest(
        &self,
        repository: &str,
        reference: &str,
    ) -> Result<bool, StoreError> {
        let removed = sqlx::query("DELETE FROM manifests WHERE repository = $1 AND reference = $2")
            .bind(repository)
            .bind(reference)
            .execute(self.pool())
            .await?;
        Ok(removed.rows_affected() > 0)
    }

    /// The same for a name that was found to be stale: one that was pushed again since then stays.
    pub(crate) async fn remove_stale_manifest(&self, found: &ManifestRecord) -> Result<bool, StoreError> {
        let removed = sqlx::query(
            "DELETE FROM manifests WHERE repository = $1 AND reference = $2 AND digest = $3 AND pushed_at = $4",
        )
        .bind(&found.repository)
        .bind(&found.reference)
        .bind(found.digest.as_str())
        .bind(found.pushed_at)
        .execute(self.pool())
        .await?;
        Ok(removed.rows_affected() > 0)
    }

    /// Takes every name that a manifest has in a repository, its digest and its tags. Returns whether it had any.
    pub(crate) async fn remove_manifest_names(
        &self,
        repository: &str,
        digest: &Digest,
    ) -> Result<bool, StoreError> {
        let removed = sqlx::query("DELETE FROM manifests WHERE repository = $1 AND digest = $2")
            .bind(repository)
            .bind(digest.as_str())
            .execute(self.pool())
            .await?;
        Ok(removed.rows_affected() > 0)
    }

    /// A release that can't do without the content of `digest`: one that runs, will run or can be gone back to.
    pub(crate) async fn release_naming(&self, digest: &Digest) -> Result<Option<NamingRelease>, StoreError> {
        // A digest is letters, digits and a colon: nothing that LIKE or JSON would take for something else.
        let row = sqlx::query(
            "SELECT connectors.name, releases.number FROM releases
             JOIN connectors ON connectors.id = releases.connector_id
             WHERE releases.state <> 'failed' AND (releases.spec LIKE $1 OR releases.resolved LIKE $1)
             ORDER BY releases.number DESC LIMIT 1",
        )
        .bind(format!("%{digest}%"))
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(NamingRelease {
                connector: row.try_get("name")?,
                number: row.try_get("number")?,
            })
        })
        .transpose()
    }
}

/// Gives a name to a manifest, in place of the one that it was given to before.
async fn write(tx: &mut Transaction, record: &ManifestRecord) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO manifests (repository, reference, digest, media_type, subject, pushed_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (repository, reference) DO UPDATE SET digest = excluded.digest,
         media_type = excluded.media_type, subject = excluded.subject, pushed_at = excluded.pushed_at",
    )
    .bind(&record.repository)
    .bind(&record.reference)
    .bind(record.digest.as_str())
    .bind(&record.media_type)
    .bind(record.subject.as_ref().map(Digest::as_str))
    .bind(record.pushed_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn manifest(row: &AnyRow) -> Result<StoredManifest, StoreError> {
    let subject: Option<String> = row.try_get("subject")?;
    Ok(StoredManifest {
        digest: row
            .try_get::<String, _>("digest")?
            .parse()
            .map_err(StoreError::corrupt)?,
        media_type: row.try_get("media_type")?,
        subject: subject
            .map(|subject| subject.parse().map_err(StoreError::corrupt))
            .transpose()?,
    })
}

fn record(row: &AnyRow) -> Result<ManifestRecord, StoreError> {
    let StoredManifest {
        digest,
        media_type,
        subject,
    } = manifest(row)?;
    Ok(ManifestRecord {
        repository: row.try_get("repository")?,
        reference: row.try_get("reference")?,
        digest,
        media_type,
        subject,
        pushed_at: row.try_get("pushed_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Sealer;

    fn manifest(text: &[u8]) -> StoredManifest {
        StoredManifest {
            digest: Digest::of(text),
            media_type: "application/json".to_owned(),
            subject: None,
        }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_file(&dir.path().join("berth.db"), Sealer::new([1; 32]))
            .await
            .unwrap();
        (dir, store)
    }

    #[tokio::test]
    async fn a_tag_moves_and_a_digest_stays() {
        let (_dir, store) = store().await;
        let (one, two) = (manifest(b"1"), manifest(b"2"));
        for manifest in [&one, &two] {
            let references = [manifest.digest.as_str(), "latest"];
            store.put_manifest("gong", &references, manifest).await.unwrap();
        }
        let found = async |reference: &str| store.manifest("gong", reference).await.unwrap();
        assert_eq!(found("latest").await, Some(two.clone()));
        assert_eq!(found(one.digest.as_str()).await, Some(one));
        assert_eq!(store.manifest("other", "latest").await.unwrap(), None);
        let connector = store.connector_or_new(&"gong".parse().unwrap()).await.unwrap();
        assert!(store.remove_connector(&connector.id).await.unwrap());
        assert_eq!(found("latest").await, None);
    }

    #[tokio::test]
    async fn what_names_meant_before_comes_back() {
        let (_dir, store) = store().await;
        let (one, two, three) = (manifest(b"1"), manifest(b"2"), manifest(b"3"));
        let put = async |manifest: &StoredManifest, tags: &[&str]| {
            let mut references = vec![manifest.digest.as_str()];
            references.extend(tags);
            store.put_manifest("gong", &references, manifest).await.unwrap()
        };
        assert_eq!(put(&one, &["a", "b"]).await, []);
        let as_it_was = store.manifests().await.unwrap();
        let before = put(&two, &["a", "b", "new"]).await;
        assert_eq!(before.len(), 2);
        put(&three, &["b"]).await;
        let references = [two.digest.as_str(), "a", "b", "new"];
        let back = store.take_back_manifest("gong", &references, &two.digest, &before);
        back.await.unwrap();
        let found = async |reference: &str| store.manifest("gong", reference).await.unwrap();
        assert_eq!(found("a").await, Some(one.clone()));
        assert_eq!(found("b").await, Some(three));
        assert_eq!(found("new").await, None);
        assert_eq!(found(two.digest.as_str()).await, None);
        // Pushed again, and taken back: the same digest stays, with its age.
        let before = put(&one, &["a"]).await;
        let references = [one.digest.as_str(), "a"];
        let back = store.take_back_manifest("gong", &references, &one.digest, &before);
        back.await.unwrap();
        let now = store.manifests().await.unwrap();
        assert!(
            as_it_was
                .iter()
                .filter(|was| was.reference != "b")
                .all(|was| now.contains(was))
        );
    }

    #[tokio::test]
    async fn names_are_listed_and_taken_away() {
        let (_dir, store) = store().await;
        let one = manifest(b"1");
        let signature = StoredManifest {
            subject: Some(one.digest.clone()),
            ..manifest(b"2")
        };
        let begun = model::now();
        store
            .put_manifest("team/app", &[one.digest.as_str(), "v1", "v2"], &one)
            .await
            .unwrap();
        store
            .put_manifest("gong", &[signature.digest.as_str()], &signature)
            .await
            .unwrap();
        let all = store.manifests().await.unwrap();
        assert_eq!(all.len(), 4);
        assert_eq!(all[0].subject, Some(one.digest.clone()));
        assert!(!all[0].is_tag());
        assert!(all.iter().all(|record| record.pushed_at >= begun));
        let of_app = store.manifests_of("team/app").await.unwrap();
        assert_eq!(of_app, all[1..]);
        assert!(store.remove_manifest("team/app", "v1").await.unwrap());
        assert!(!store.remove_manifest("team/app", "v1").await.unwrap());
        assert!(
            store
                .remove_manifest_names("team/app", &one.digest)
                .await
                .unwrap()
        );
        assert_eq!(store.manifests().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_release_that_names_a_digest_is_found() {
        let (_dir, store) = store().await;
        let digest = Digest::of(b"1");
        assert_eq!(store.release_naming(&digest).await.unwrap(), None);
        let connector = store.connector_or_new(&"gong".parse().unwrap()).await.unwrap();
        let add = async |number: u8, state: &str, spec: &str, resolved: &str| {
            let id = &connector.id;
            store
                .execute(&format!(
                    "INSERT INTO releases (id, connector_id, number, state, spec, environment, resolved,
                     created_by, created_at) VALUES ('r{number}', '{id}', {number}, '{state}', '{spec}', 1,
                     '{resolved}', 'u', 0)"
                ))
                .await;
        };
        let naming = format!(r#"{{"artifact":"{digest}"}}"#);
        add(1, "failed", &naming, "{}").await;
        add(2, "live", "{}", "{}").await;
        assert_eq!(store.release_naming(&digest).await.unwrap(), None);
        add(3, "retired", "{}", &naming).await;
        let found = store.release_naming(&digest).await.unwrap().unwrap();
        assert_eq!((found.connector.as_str(), found.number), ("gong", 3));
    }
}
