//! A folder's files become layers.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::SystemTime,
};

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use super::{
    Artifact, Blob, BundleError, Limits, buckets,
    memory::{self, Memory},
    oci::{Descriptor, EMPTY_TYPE, LAYER_TYPE, MANIFEST_TYPE, ManifestLayers},
    recipe::{Changed, Recipe, Root, Unreadable},
    rules::Rules,
    walk,
    zip::{Extracted, extract},
};
use crate::model::Digest;

/// Most threads that hash: more of them wait for the disk only.
const MOST_THREADS: usize = 4;

/// Packs the folder, or the zip file, at `path`.
pub(crate) fn pack(path: &Path) -> Result<Artifact, BundleError> {
    pack_path(path, None)
}

/// As [`pack`], with a memory in the folder `remembered`: what did not change since the last time is not read again.
pub(crate) fn pack_remembering(path: &Path, remembered: &Path) -> Result<Artifact, BundleError> {
    pack_path(path, Some(remembered))
}

/// Packs the folder `within` of a zip file that was extracted.
pub(crate) fn pack_extracted(extracted: &Extracted, within: &Path) -> Result<Artifact, BundleError> {
    let path = canonical(&extracted.path().join(within))?;
    if !path.starts_with(canonical(extracted.path())?) {
        return Err(BundleError::Outside {
            entry: within.display().to_string(),
            problem: "is a link that points outside the zip file",
        });
    }
    if !path.is_dir() {
        return Err(BundleError::NotAZip(within.to_owned()));
    }
    let root = Root {
        path,
        _extracted: Some(extracted.clone()),
    };
    pack_root(root, Rules::OfOperator, None)
}

/// Packs everything in the folder at `path`, whatever its name and whatever ignore files say: for installed
/// packages, which nobody keeps secrets in. Only a virtual environment's links to its interpreter stay behind.
pub(crate) fn pack_all(path: &Path) -> Result<Artifact, BundleError> {
    let root = Root {
        path: canonical(path)?,
        _extracted: None,
    };
    pack_root(root, Rules::Everything, None)
}

fn pack_path(path: &Path, remembered: Option<&Path>) -> Result<Artifact, BundleError> {
    let metadata = fs::metadata(path).map_err(|error| BundleError::unreadable(path, error))?;
    if !metadata.is_dir() {
        // Its files were all made just now: there is nothing to remember of them.
        return pack_extracted(&extract(path, Limits::default())?, Path::new(""));
    }
    let root = Root {
        path: canonical(path)?,
        _extracted: None,
    };
    let memory = remembered.map(|remembered| Memory::of(remembered, &root.path));
    pack_root(root, Rules::OfOperator, memory)
}

/// Where the folder is, for as long as its artifact is used.
fn canonical(path: &Path) -> Result<PathBuf, BundleError> {
    fs::canonicalize(path).map_err(|error| BundleError::unreadable(path, error))
}

fn pack_root(root: Root, rules: Rules, memory: Option<Memory>) -> Result<Artifact, BundleError> {
    let listing = walk::list(&root.path, rules, Limits::default())?;
    let root = Arc::new(root);
    let recipes: Vec<Arc<Recipe>> = buckets::cut(listing.entries)
        .into_iter()
        .map(|entries| {
            Arc::new(Recipe {
                root: Arc::clone(&root),
                entries,
            })
        })
        .collect();
    let digests = digests(&recipes, memory)?;
    let config = Blob::of_bytes(b"{}".to_vec());
    let config_descriptor = descriptor(EMPTY_TYPE, &config);
    let mut blobs = vec![config];
    for (recipe, digest) in recipes.into_iter().zip(digests) {
        blobs.push(Blob::of_recipe(digest, recipe));
    }
    let layers = blobs[1..]
        .iter()
        .map(|blob| descriptor(LAYER_TYPE, blob))
        .collect();
    let manifest = serde_json::to_vec(&ManifestLayers::bundle(config_descriptor, layers))
        .map_err(|error| BundleError::Write(error.into()))?;
    Ok(Artifact {
        digest: Digest::of(&manifest),
        manifest,
        media_type: MANIFEST_TYPE,
        blobs,
        files: listing.files,
        bytes: listing.bytes,
        left_out: listing.left_out,
        ignored: listing.ignored,
        notes: listing.notes,
    })
}

fn descriptor(media_type: &str, blob: &Blob) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest: blob.digest.clone(),
        size: blob.size,
    }
}

/// The layers' digests, out of the memory or the files.
fn digests(recipes: &[Arc<Recipe>], memory: Option<Memory>) -> Result<Vec<Digest>, BundleError> {
    let Some(mut memory) = memory else {
        let wanted: Vec<_> = recipes.iter().collect();
        return hash_all(&wanted);
    };
    let states: Vec<Digest> = recipes.iter().map(|recipe| memory::state(recipe)).collect();
    let now = SystemTime::now();
    let unknown: Vec<_> = recipes
        .iter()
        .zip(&states)
        .filter(|(_, state)| memory.digest(state).is_none())
        .map(|(recipe, _)| recipe)
        .collect();
    let mut hashed = hash_all(&unknown)?.into_iter();
    let mut digests = Vec::with_capacity(recipes.len());
    let mut remember = HashMap::new();
    for (recipe, state) in recipes.iter().zip(states) {
        let known = memory.digest(&state).cloned();
        let is_known = known.is_some();
        // There is one hash for each that was not known.
        let Some(digest) = known.or_else(|| hashed.next()) else {
            break;
        };
        if is_known || memory::is_settled(recipe, now) {
            remember.insert(state, digest.clone());
        }
        digests.push(digest);
    }
    memory.replace(remember);
    Ok(digests)
}

/// Hashes on as many threads as there are processors, a layer at a time each.
fn hash_all(recipes: &[&Arc<Recipe>]) -> Result<Vec<Digest>, BundleError> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let results: Mutex<Vec<(usize, io::Result<Digest>)>> = Mutex::new(Vec::with_capacity(recipes.len()));
    let work = || {
        let mut buffer = vec![0; 256 * 1024];
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(recipe) = recipes.get(index)
            && !failed.load(Ordering::Relaxed)
        {
            let result = hash(recipe, &mut buffer);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            results.lock().push((index, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(MOST_THREADS).min(recipes.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut results = results.into_inner();
    results.sort_unstable_by_key(|(index, _)| *index);
    results
        .into_iter()
        .map(|(_, result)| result.map_err(of_reading))
        .collect()
}

fn hash(recipe: &Arc<Recipe>, buffer: &mut [u8]) -> io::Result<Digest> {
    use io::Read as _;
    let mut reader = recipe.reader(0);
    let mut hash = Sha256::new();
    loop {
        match reader.read(buffer)? {
            0 => return Ok(Digest::from_hash(&hash.finalize())),
            length => hash.update(&buffer[..length]),
        }
    }
}

/// What a recipe's reader met.
fn of_reading(error: io::Error) -> BundleError {
    match error.downcast::<Changed>() {
        Ok(Changed(path)) => BundleError::Changed(path),
        Err(error) => match error.downcast::<Unreadable>() {
            Ok(Unreadable { path, source }) => BundleError::Unreadable { path, source },
            Err(error) => BundleError::Write(error),
        },
    }
}
