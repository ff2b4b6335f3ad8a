//! Which manifest is known under which repository and tag. The manifests themselves are blobs.

use sqlx::Row as _;

use super::{Store, StoreError};
use crate::model::Digest;

/// A manifest that a repository holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredManifest {
    pub(crate) digest: Digest,
    pub(crate) media_type: String,
}

impl Store {
    /// Makes `references` (tags, or the digest itself) name the manifest, in place of what they named before.
    pub(crate) async fn put_manifest(
        &self,
        repository: &str,
        references: &[&str],
        manifest: &StoredManifest,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for reference in references {
            sqlx::query(
                "INSERT INTO manifests (repository, reference, digest, media_type) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (repository, reference) \
                 DO UPDATE SET digest = excluded.digest, media_type = excluded.media_type",
            )
            .bind(repository)
            .bind(*reference)
            .bind(manifest.digest.as_str())
            .bind(&manifest.media_type)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// What `reference` names in `repository`.
    pub(crate) async fn manifest(
        &self,
        repository: &str,
        reference: &str,
    ) -> Result<Option<StoredManifest>, StoreError> {
        let row =
            sqlx::query("SELECT digest, media_type FROM manifests WHERE repository = $1 AND reference = $2")
                .bind(repository)
                .bind(reference)
                .fetch_optional(self.pool())
                .await?;
        row.map(|row| {
            Ok(StoredManifest {
                digest: row
                    .try_get::<String, _>("digest")?
                    .parse()
                    .map_err(StoreError::corrupt)?,
                media_type: row.try_get("media_type")?,
            })
        })
        .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Sealer;

    #[tokio::test]
    async fn a_tag_moves_and_a_digest_stays() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_file(&dir.path().join("berth.db"), Sealer::new([1; 32]))
            .await
            .unwrap();
        let manifest = |text: &[u8]| StoredManifest {
            digest: Digest::of(text),
            media_type: "application/json".to_owned(),
        };
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
}
