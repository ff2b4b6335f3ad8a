//! An image as the engine loads it: the archive that `docker save` writes (image specification v1.2, "Combined Image
//! JSON + Filesystem Changeset Format"), made on the way from blobs.

use std::{collections::BTreeSet, io, path::PathBuf};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, future::Either, stream};
use serde_json::json;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use crate::model::Digest;

/// How much of a blob is read at once, in bytes.
const CHUNK: usize = 256 * 1024;
/// Tar's unit, in bytes (POSIX ustar).
const BLOCK: usize = 512;

/// What an archive is made of.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    /// The image's configuration, byte by byte as it was made: its digest is the image's id.
    pub(crate) config: Bytes,
    /// In the order in which they lie upon each other; compressed or not.
    pub(crate) layers: Vec<Layer>,
}

#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) digest: Digest,
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) file: PathBuf,
}

enum Part {
    Bytes(Bytes),
    File(PathBuf),
}

impl Archive {
    /// The digest that the image is known by in engines.
    pub(super) fn id(&self) -> Digest {
        Digest::of(&self.config)
    }

    /// The archive, with the image under the name `tag`. No layer is held in memory.
    pub(super) fn stream(
        self,
        tag: &str,
    ) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>> {
        let config = format!("{}.json", self.id().hex());
        let names: Vec<String> = self
            .layers
            .iter()
            .map(|layer| layer_name(&layer.digest))
            .collect();
        let manifest = json!([{ "Config": config, "RepoTags": [tag], "Layers": names }]).to_string();
        let mut parts = Vec::new();
        member(
            &mut parts,
            "manifest.json",
            manifest.len() as u64,
            Part::Bytes(manifest.into()),
        )?;
        member(
            &mut parts,
            &config,
            self.config.len() as u64,
            Part::Bytes(self.config),
        )?;
        let mut written = BTreeSet::new();
        for layer in self.layers {
            // The same layer may lie in an image twice.
            if written.insert(layer.digest.clone()) {
                let name = layer_name(&layer.digest);
                member(&mut parts, &name, layer.size, Part::File(layer.file))?;
            }
        }
        parts.push(Part::Bytes(vec![0; 2 * BLOCK].into()));
        let opened = stream::iter(parts).then(async |part| match part {
            Part::Bytes(bytes) => Ok(Either::Left(stream::once(std::future::ready(Ok(bytes))))),
            Part::File(path) => File::open(path)
                .await
                .map(|file| Either::Right(ReaderStream::with_capacity(file, CHUNK))),
        });
        Ok(opened.try_flatten())
    }
}

fn layer_name(digest: &Digest) -> String {
    format!("{}.tar", digest.hex())
}

fn member(parts: &mut Vec<Part>, name: &str, size: u64, content: Part) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_path(name)?;
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_cksum();
    parts.push(Part::Bytes(Bytes::copy_from_slice(header.as_bytes())));
    parts.push(content);
    let over = usize::try_from(size % BLOCK as u64).map_err(io::Error::other)?;
    if over > 0 {
        parts.push(Part::Bytes(vec![0; BLOCK - over].into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn an_archive_is_a_tar_with_each_layer_once() {
        let directory = tempfile::tempdir().unwrap();
        let mut layers = Vec::new();
        for size in [1_000_000, 512, 1_000_000] {
            let bytes = vec![7; size];
            let digest = Digest::of(&bytes);
            let file = directory.path().join(digest.hex());
            std::fs::write(&file, &bytes).unwrap();
            layers.push(Layer {
                digest,
                size: size as u64,
                file,
            });
        }
        let archive = Archive {
            config: Bytes::from_static(b"{}"),
            layers,
        };
        let chunks: Vec<Bytes> = archive
            .clone()
            .stream("berth/n:1")
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        let whole = chunks.concat();
        assert_eq!(whole.len() % BLOCK, 0);
        let mut read = tar::Archive::new(whole.as_slice());
        let members: Vec<(String, Vec<u8>)> = read
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                (entry.path().unwrap().display().to_string(), content)
            })
            .collect();
        assert_eq!(members.len(), 4);
        let manifest: serde_json::Value = serde_json::from_slice(&members[0].1).unwrap();
        assert_eq!(manifest[0]["Config"], members[1].0);
        assert_eq!(manifest[0]["RepoTags"][0], "berth/n:1");
        assert_eq!(manifest[0]["Layers"].as_array().unwrap().len(), 3);
        assert_eq!(manifest[0]["Layers"][0], members[2].0);
        assert_eq!(Digest::of(&members[2].1), archive.layers[0].digest);
        assert_eq!(Digest::of(&members[3].1), archive.layers[1].digest);
    }
}
