//! What the operator's machine turns into an artifact: a folder or zip file with, perhaps, its `berth.toml`.
//!
//! [`Package::open`] reads what the path says about itself; once the command line has had its word too,
//! [`Package::pack`] makes the artifact.

mod dockerignore;
mod image;
mod recognise;

use std::path::{Component, Path, PathBuf};

pub(crate) use crate::bundle::{Artifact, remove_extracted};
pub(crate) use image::{ImageError, LocalEngine, LocalImage};
pub(crate) use recognise::{Guessed, Look, RecogniseError, Recognised};

use crate::{
    bundle::{self, BundleError, Extracted, Limits},
    manifest::{Manifest, ManifestError},
};

/// A folder or a zip file that may be deployed.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its `berth.toml`, if it has one.
    pub(crate) manifest: Option<Manifest>,
    root: PathBuf,
    /// Where a zip file was unpacked; removed with the package and what was packed of it.
    extracted: Option<Extracted>,
}

/// Why a path could not be made an artifact.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageError {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Recognise(#[from] RecogniseError),
    /// `bundle` in a zip file's manifest leads out of the zip file.
    #[error("the zip file's berth.toml names the bundle {}, which is not in the zip file", .0.display())]
    BundleOutside(PathBuf),
    /// What starts the bundle would not be in it.
    #[error("{file} starts it, and an ignore file leaves out {}", ignored.display())]
    StartIgnored { file: String, ignored: PathBuf },
}

impl PackageError {
    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Bundle(error) => error.hint().to_owned(),
            Self::Manifest(error) => error.hint().to_owned(),
            Self::Recognise(error) => error.hint(),
            Self::BundleOutside(_) => "name a folder in the zip file, or leave `bundle` out".to_owned(),
            Self::StartIgnored { ignored, .. } => {
                format!(
                    "add the line !/{} to a .berthignore file in the folder",
                    ignored.display()
                )
            }
        }
    }
}

impl Package {
    /// Opens the folder, or the zip file, at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self, PackageError> {
        let (root, extracted) = if path.is_dir() {
            (path.to_owned(), None)
        } else {
            let part = |root: &Path| {
                // What is wrong with the manifest is told below.
                let manifest = Manifest::load(root).ok().flatten();
                let named = manifest.and_then(|manifest| manifest.bundle);
                let named: PathBuf = named
                    .unwrap_or_default()
                    .components()
                    .filter(|part| *part != Component::CurDir)
                    .collect();
                if leads_out(&named) { PathBuf::new() } else { named }
            };
            let folder = bundle::extract_part(path, Limits::default(), part)?;
            (folder.path().to_owned(), Some(folder))
        };
        Ok(Self {
            manifest: Manifest::load(&root)?,
            root,
            extracted,
        })
    }

    /// Packs what `bundle` in the manifest names, or else all of it. What a folder's files were hashed to is
    /// remembered in the folder `remembered`, if there is one: files that did not change are not read again.
    pub(crate) fn pack(&self, remembered: Option<&Path>) -> Result<Artifact, PackageError> {
        if let Some(extracted) = &self.extracted {
            let named = self.bundle().map_or(Path::new(""), PathBuf::as_path);
            if leads_out(named) {
                return Err(PackageError::BundleOutside(named.to_owned()));
            }
            return Ok(bundle::pack_extracted(extracted, named)?);
        }
        let path = self.files()?;
        Ok(match remembered {
            Some(remembered) => bundle::pack_remembering(&path, remembered)?,
            None => bundle::pack(&path)?,
        })
    }

    /// As [`pack`](Self::pack), for a bundle that `start` starts: files that it names have to be among those that are
    /// packed.
    pub(crate) fn pack_started_by(
        &self,
        remembered: Option<&Path>,
        start: &[String],
    ) -> Result<Artifact, PackageError> {
        let artifact = self.pack(remembered)?;
        let folder = self.files()?;
        for word in start {
            let path: PathBuf = Path::new(word)
                .components()
                .filter(|part| *part != Component::CurDir)
                .collect();
            let ignored = artifact.ignored.iter().find(|ignored| path.starts_with(ignored));
            let is_file = || match &self.extracted {
                Some(extracted) => {
                    let within = self.bundle().map_or(Path::new(""), PathBuf::as_path);
                    extracted.has_file(&within.join(&path))
                }
                None => folder.join(&path).is_file(),
            };
            if let Some(ignored) = ignored.filter(|_| is_file()) {
                return Err(PackageError::StartIgnored {
                    file: word.clone(),
                    ignored: ignored.clone(),
                });
            }
        }
        Ok(artifact)
    }

    /// What the folder looks like, which may be an image. A zip file is always files.
    pub(crate) fn recognise(&self) -> Result<Recognised, PackageError> {
        let whole = self.extracted.is_none() && self.bundle().is_none();
        match whole {
            true => Ok(recognise::recognise(&self.root)?),
            false => self.recognise_files(),
        }
    }

    /// What starts the files that are packed.
    pub(crate) fn recognise_files(&self) -> Result<Recognised, PackageError> {
        Ok(recognise::recognise_files(&self.files()?)?)
    }

    /// The folder, or the zip file in a folder, that is packed.
    pub(crate) fn files(&self) -> Result<PathBuf, PackageError> {
        match self.bundle() {
            None => Ok(self.root.clone()),
            Some(path) if self.extracted.is_some() && leads_out(path) => {
                Err(PackageError::BundleOutside(path.clone()))
            }
            Some(path) => Ok(self.root.join(path)),
        }
    }

    fn bundle(&self) -> Option<&PathBuf> {
        self.manifest
            .as_ref()
            .and_then(|manifest| manifest.bundle.as_ref())
    }
}

fn leads_out(path: &Path) -> bool {
    path.components()
        .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What is in the layers, sorted.
    fn names(artifact: &Artifact) -> Vec<String> {
        let mut names: Vec<String> = artifact.blobs[1..]
            .iter()
            .flat_map(|blob| {
                let mut layer = tar::Archive::new(blob.reader(0).unwrap());
                let entries: Vec<String> = layer
                    .entries()
                    .unwrap()
                    .map(|entry| entry.unwrap().path().unwrap().display().to_string())
                    .collect();
                entries
            })
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_starts_it_is_packed_or_it_is_said_how() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("dist")).unwrap();
        fs::write(dir.path().join("dist/server.js"), "1").unwrap();
        fs::write(dir.path().join("package.json"), "{}").unwrap();
        fs::write(dir.path().join(".gitignore"), "dist/\n").unwrap();
        let package = Package::open(dir.path()).unwrap();
        let start = ["node".to_owned(), "./dist/server.js".to_owned()];
        let error = package.pack_started_by(None, &start).unwrap_err();
        assert_eq!(
            error.to_string(),
            "./dist/server.js starts it, and an ignore file leaves out dist"
        );
        let (_, line) = error
            .hint()
            .split_once('!')
            .map(|(a, b)| (a.to_owned(), format!("!{b}")))
            .unwrap();
        let line = line.split(' ').next().unwrap().to_owned();
        assert_eq!(line, "!/dist");
        fs::write(dir.path().join(".berthignore"), line).unwrap();
        let artifact = package.pack_started_by(None, &start).unwrap();
        assert_eq!(names(&artifact), ["dist/server.js", "package.json"]);
    }

    #[test]
    fn the_manifest_says_what_is_packed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("dist")).unwrap();
        fs::write(dir.path().join("dist/server.js"), "1").unwrap();
        fs::write(dir.path().join("notes.txt"), "2").unwrap();
        let whole = Package::open(dir.path()).unwrap();
        assert!(whole.manifest.is_none());
        assert_eq!(whole.pack(None).unwrap().files, 2);
        fs::write(
            dir.path().join("berth.toml"),
            "start = \"node server.js\"\nbundle = \"dist\"",
        )
        .unwrap();
        let part = Package::open(dir.path()).unwrap();
        assert_eq!(part.pack(None).unwrap().files, 1);
    }

    #[test]
    fn a_zips_ignore_files_speak_of_the_folder_that_is_packed() {
        use std::io::Write as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, text) in [
            ("berth.toml", "start = \"node server.js\"\nbundle = \"./dist\""),
            (".gitignore", "dist/\nberth.toml"),
            ("dist/.gitignore", "*.map"),
            ("dist/server.js", "1"),
            ("dist/server.map", "2"),
            ("src/server.ts", "3"),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        let package = Package::open(file.path()).unwrap();
        let start = |file: &str| package.pack_started_by(None, &["node".to_owned(), file.to_owned()]);
        assert_eq!(names(&start("server.js").unwrap()), ["server.js"]);
        let error = start("server.map").unwrap_err();
        assert!(matches!(error, PackageError::StartIgnored { .. }), "{error}");
    }
}
