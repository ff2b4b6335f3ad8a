//! On archives made by hand, and on a real engine where `BERTH_TEST_DOCKER` names one.

use std::{collections::HashMap, fs, os::unix::fs::symlink};

use tempfile::TempDir;

use super::{Artifact, ImageError, Known, LocalEngine, LocalImage};
use crate::{bundle::parse_manifest, model::Platform};

/// The engine of the tests; `None` where there is none.
async fn engine() -> Option<LocalEngine> {
    #[allow(
        clippy::disallowed_methods,
        reason = "which engine the tests use is said from outside"
    )]
    let host = std::env::var("BERTH_TEST_DOCKER").ok()?;
    Some(LocalEngine::connect(Some(&host)).await.unwrap())
}

/// A folder with a Dockerfile and a static program.
fn context(dockerfile: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy("/bin/busybox", folder.path().join("busybox")).unwrap();
    fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    folder
}

async fn build(engine: &LocalEngine, folder: &TempDir) -> Result<(LocalImage, Vec<String>), ImageError> {
    let mut said = Vec::new();
    let dockerfile = folder.path().join("Dockerfile");
    let built = engine
        .build(&dockerfile, folder.path(), &Platform::here(), |line| {
            said.push(line.to_owned())
        })
        .await?;
    Ok((built, said))
}

async fn remove(engine: &LocalEngine, image: &LocalImage) {
    let _ = engine
        .docker
        .remove_image(
            &image.id,
            None::<bollard::query_parameters::RemoveImageOptions>,
            None,
        )
        .await;
}

/// The names in all layers, and the blobs by digest.
fn names(artifact: &Artifact) -> Vec<String> {
    let manifest = parse_manifest(&artifact.manifest).unwrap();
    let mut names = Vec::new();
    for layer in &manifest.layers {
        let blob = artifact
            .blobs
            .iter()
            .find(|blob| blob.digest == layer.digest)
            .unwrap();
        assert_eq!(blob.size, layer.size);
        let mut archive = tar::Archive::new(blob.reader(0).unwrap());
        for entry in archive.entries().unwrap() {
            names.push(entry.unwrap().path().unwrap().display().to_string());
        }
    }
    names
}

#[tokio::test]
async fn an_image_is_built_and_exported_the_same_twice() {
    let Some(engine) = engine().await else { return };
    let folder = context(
        "FROM scratch\nCOPY busybox /bin/busybox\nCOPY . /context/\nENV MARK=image-export\nEXPOSE 8080 53/udp\n\
         ENTRYPOINT [\"/bin/busybox\"]\nCMD [\"true\"]\n",
    );
    fs::write(
        folder.path().join(".dockerignore"),
        "**/*.md\n!docs/keep.md\nDockerfile\n",
    )
    .unwrap();
    fs::create_dir_all(folder.path().join("docs/deep")).unwrap();
    for name in [
        "docs/keep.md",
        "docs/drop.md",
        "docs/deep/drop.md",
        "README.md",
        ".env",
    ] {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    symlink("docs/keep.md", folder.path().join("link")).unwrap();
    let (image, said) = build(&engine, &folder).await.unwrap();
    assert!(
        said.iter()
            .any(|line| line.starts_with("Step 1/7 : FROM scratch")),
        "{said:?}"
    );
    assert!(
        said.iter().any(|line| line.contains("look private: .env ")),
        "{said:?}"
    );
    assert_eq!(image.platform, Platform::here());
    assert_eq!(image.command, ["/bin/busybox", "true"]);

    let first = engine.export(&image, &Known::new(), |_| {}).await.unwrap();
    let second = engine.export(&image, &Known::new(), |_| {}).await.unwrap();
    assert_eq!(first.digest, second.digest);
    let mut found = names(&first);
    found.sort();
    assert_eq!(
        found,
        [
            "bin/",
            "bin/busybox",
            "context/",
            "context/.dockerignore",
            "context/.env",
            "context/busybox",
            "context/docs/",
            "context/docs/deep/",
            "context/docs/keep.md",
            "context/link"
        ]
    );

    // What the broker has is not kept, and an image that it has whole is not even exported.
    let sizes: Known = first
        .blobs
        .iter()
        .map(|blob| (blob.digest.clone(), blob.size))
        .collect();
    assert_eq!(image.digests().count(), sizes.len());
    let whole = image.known_artifact(&sizes).unwrap().unwrap();
    assert_eq!((&whole.digest, whole.blobs.len()), (&first.digest, sizes.len()));
    assert!(whole.blobs.iter().all(|blob| blob.reader(0).is_err()));
    let one: Known = HashMap::from([(image.layers[0].clone(), 0)]);
    let rest = engine.export(&image, &one, |_| {}).await.unwrap();
    assert_eq!(rest.digest, first.digest);
    for blob in &rest.blobs {
        // What is small is kept all the same.
        assert_eq!(
            blob.reader(0).is_ok(),
            !one.contains_key(&blob.digest) || blob.size < 8 << 20
        );
    }
    remove(&engine, &image).await;
}

#[tokio::test]
async fn a_dockerfile_outside_of_its_context_is_not_seen_by_copy() {
    let Some(engine) = engine().await else { return };
    let folder = context("");
    fs::write(folder.path().join(".dockerignore"), "busybox\n").unwrap();
    fs::write(folder.path().join("a"), "a").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let dockerfile = elsewhere.path().join("Other");
    fs::write(&dockerfile, "FROM scratch\nCOPY . /\nENV MARK=image-outside\n").unwrap();
    let image = engine
        .build(&dockerfile, folder.path(), &Platform::here(), |_| {})
        .await
        .unwrap();
    let artifact = engine.export(&image, &Known::new(), |_| {}).await.unwrap();
    assert_eq!(names(&artifact), [".dockerignore", "Dockerfile", "a"]);
    remove(&engine, &image).await;
    // An ignore file of its own wins.
    fs::write(elsewhere.path().join("Other.dockerignore"), "*\n!busybox\n").unwrap();
    let image = engine
        .build(&dockerfile, folder.path(), &Platform::here(), |_| {})
        .await
        .unwrap();
    let artifact = engine.export(&image, &Known::new(), |_| {}).await.unwrap();
    assert_eq!(names(&artifact), ["busybox"]);
    remove(&engine, &image).await;
}

#[tokio::test]
async fn a_build_that_fails_says_where() {
    let Some(engine) = engine().await else { return };
    let folder = context(
        "FROM scratch\nCOPY busybox /bin/sh\nRUN [\"/bin/sh\", \"-c\", \"echo one; echo two >&2; exit 3\"]\n",
    );
    let error = build(&engine, &folder).await.unwrap_err();
    let ImageError::Build { step, message, tail } = &error else {
        panic!("{error:?}")
    };
    assert!(step.starts_with("step 3/3 : RUN"), "{step}");
    assert!(message.contains("non-zero code: 3"), "{message}");
    assert!(
        tail.contains(&"one".to_owned()) && tail.contains(&"two".to_owned()),
        "{tail:?}"
    );

    let folder = context("FROM scratch\nRUN --mount=type=cache,target=/x [\"/busybox\"]\n");
    let error = build(&engine, &folder).await.unwrap_err();
    assert!(matches!(error, ImageError::BuildKit { line: 2, .. }), "{error:?}");

    let folder = context("FROM scratch\nCOPI a b\n");
    let error = build(&engine, &folder).await.unwrap_err();
    assert!(
        matches!(&error, ImageError::Build { message, .. } if message.contains("COPI")),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_image_that_is_not_there_is_no_error() {
    let Some(engine) = engine().await else { return };
    assert!(engine.find("image-no-such:latest").await.unwrap().is_none());
    assert!(engine.find("../version").await.unwrap().is_none());
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = format!("unix://{}/docker.sock", folder.path().display());
    let error = LocalEngine::connect(Some(&nowhere)).await.unwrap_err();
    assert!(error.is_absence(), "{error:?}");
    // A socket that nobody listens on any more.
    let path = folder.path().join("docker.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let error = LocalEngine::connect(Some(&nowhere)).await.unwrap_err();
    assert!(error.is_absence(), "{error:?}");
    for other in ["ssh://host", "nonsense", ""] {
        let error = LocalEngine::connect(Some(other)).await.unwrap_err();
        assert!(matches!(error, ImageError::UnknownHost(_)), "{other}: {error:?}");
    }
}
