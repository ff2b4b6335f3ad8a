use std::{fs, path::PathBuf};

use super::*;
use crate::{
    model::{EnvName, Spec, UserId},
    secret::Secret,
    store::Value,
};

/// A folder with a store in it, and its key in a file.
struct Folder {
    dir: tempfile::TempDir,
    tasks: TaskTracker,
}

impl Folder {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            tasks: TaskTracker::new(),
        }
    }

    fn key_file(&self) -> PathBuf {
        self.dir.path().join("master.key")
    }

    fn database(&self) -> PathBuf {
        self.dir.path().join("berth.db")
    }

    /// What a start of the broker does.
    async fn open(&self, sources: Vec<Source>, settle: Duration) -> Result<(Arc<Store>, Keys), String> {
        let ring = Ring::read(sources, !self.database().exists())
            .await
            .map_err(|error| error.to_string())?;
        let store = Store::open_file(&self.database(), ring.sealer())
            .await
            .map_err(|error| error.to_string())?;
        let store = Arc::new(store);
        let audit = Audit::start(Arc::clone(&store), &self.tasks);
        let parts = Parts {
            store: Arc::clone(&store),
            audit,
            tasks: self.tasks.clone(),
            stop: CancellationToken::new(),
            aside: self.dir.path().join("aside"),
        };
        let keys = Keys::start_settling(parts, ring, settle);
        Ok((store, keys.await.unwrap()))
    }

    fn file(&self) -> Vec<Source> {
        vec![Source::File(self.key_file())]
    }

    /// Waits until only `count` keys are left.
    async fn finish(&self, keys: &Keys, count: usize) {
        let done = async || {
            let list = keys.list().await.unwrap();
            list.len() == count && list[0].values == list.iter().map(|key| key.values).sum::<i64>()
        };
        let finished = tokio::time::timeout(Duration::from_secs(20), async {
            while !done().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        finished.await.expect("the rotation ends");
    }

    fn keys_in_file(&self) -> usize {
        fs::read_to_string(self.key_file()).unwrap().lines().count()
    }
}

/// Connectors with a secret each, so many that they do not fit into one batch.
async fn fill(store: &Store, count: usize) -> Vec<(crate::model::ConnectorId, i64)> {
    let key: EnvName = "K".parse().unwrap();
    let spec: Spec =
        serde_json::from_str(r#"{"source":{"kind":"command","command":["x"]},"transport":{"kind":"stdio"}}"#)
            .unwrap();
    let mut all = Vec::new();
    for number in 0..count {
        let secrets = [(key.clone(), Secret::new(format!("canary {number}")))].into();
        let name = format!("c{number}").parse().unwrap();
        let (connector, release) = store
            .add_release(&name, &spec, &secrets, &UserId::random())
            .await
            .unwrap();
        all.push((connector.id, release.environment));
    }
    all
}

async fn all_open(store: &Store, all: &[(crate::model::ConnectorId, i64)]) {
    let key: EnvName = "K".parse().unwrap();
    for (number, (connector, version)) in all.iter().enumerate() {
        let values = store.environment(connector, *version).await.unwrap();
        let expected = format!("canary {number}");
        assert!(matches!(&values[&key], Value::Secret(secret) if *secret.expose() == expected));
    }
}

#[tokio::test]
async fn a_rotation_moves_everything_and_lets_the_old_key_go() {
    let folder = Folder::new();
    let (store, keys) = folder.open(folder.file(), Duration::ZERO).await.unwrap();
    let all = fill(&store, 250).await;
    let old = store.key_ids()[0];
    assert_eq!(keys.rotate("alice").await.unwrap(), 250);
    folder.finish(&keys, 1).await;
    let list = keys.list().await.unwrap();
    assert_ne!(list[0].id, old);
    assert_eq!((list.len(), list[0].values, list[0].seals), (1, 250, true));
    all_open(&store, &all).await;
    assert_eq!(folder.keys_in_file(), 1);
    drop((store, keys));

    let (store, _) = folder.open(folder.file(), Duration::ZERO).await.unwrap();
    all_open(&store, &all).await;
}

#[tokio::test]
async fn a_rotation_that_was_cut_short_goes_on_with_the_same_key() {
    let folder = Folder::new();
    let (store, keys) = folder.open(folder.file(), Duration::ZERO).await.unwrap();
    let all = fill(&store, 3).await;
    // The new key is kept, and nothing was moved yet.
    let new = keys.renew().await.unwrap();
    let counts = store.key_counts().await.unwrap();
    assert_eq!((counts.len(), folder.keys_in_file()), (1, 2));
    drop((store, keys));

    let (store, keys) = folder.open(folder.file(), Duration::ZERO).await.unwrap();
    folder.finish(&keys, 1).await;
    assert_eq!(store.key_ids(), [new]);
    all_open(&store, &all).await;
    drop((store, keys));

    // The other way round: everything was moved, and the old key is still there.
    let old = MasterKey::random();
    let new = Source::File(folder.key_file()).read().await.unwrap();
    source::write_file(&folder.key_file(), &[&new[0], &old]).unwrap();
    let aside = folder.dir.path().join("aside");
    fs::create_dir(&aside).unwrap();
    fs::write(aside.join("gra_1.2.sealed"), "waits for the store").unwrap();
    let (store, keys) = folder.open(folder.file(), Duration::from_secs(60)).await.unwrap();
    assert_eq!((folder.keys_in_file(), store.key_ids().len()), (2, 2));
    drop((store, keys));
    fs::remove_file(aside.join("gra_1.2.sealed")).unwrap();
    let (store, _keys) = folder.open(folder.file(), Duration::from_secs(60)).await.unwrap();
    assert_eq!((folder.keys_in_file(), store.key_ids().len()), (1, 1));
}

#[tokio::test]
async fn an_old_key_stays_while_something_may_still_be_written_under_it() {
    let folder = Folder::new();
    let settle = Duration::from_millis(300);
    let (store, keys) = folder.open(folder.file(), settle).await.unwrap();
    let all = fill(&store, 2).await;
    let column = "SELECT sealed FROM environment LIMIT 1";
    let late = store.fetch_bytes(column).await;
    keys.rotate("alice").await.unwrap();
    assert!(matches!(keys.rotate("bob").await, Err(RotateError::UnderWay)));
    while store.key_counts().await.unwrap().len() > 1 {
        tokio::task::yield_now().await;
    }
    // Somebody sealed it before, and gets to write only now.
    let hex: String = late.iter().map(|byte| format!("{byte:02x}")).collect();
    let first = all[0].0.as_str();
    store
        .execute(&format!(
            "UPDATE environment SET sealed = X'{hex}' WHERE connector_id = '{first}'"
        ))
        .await;
    assert_eq!(folder.keys_in_file(), 2);
    folder.finish(&keys, 1).await;
    all_open(&store, &all).await;
}

#[tokio::test]
async fn without_its_key_nothing_opens_and_the_error_says_what_to_do() {
    let folder = Folder::new();
    let (store, keys) = folder.open(folder.file(), Duration::ZERO).await.unwrap();
    fill(&store, 1).await;
    store.close().await;
    drop((store, keys));
    let refused = async |sources| folder.open(sources, Duration::ZERO).await.err().unwrap();

    let kept = fs::read(folder.key_file()).unwrap();
    fs::remove_file(folder.key_file()).unwrap();
    let error = refused(folder.file()).await;
    assert!(error.contains("restore it from a backup"), "{error}");
    assert!(
        !folder.key_file().exists(),
        "no new key is made where something is stored"
    );

    let other = MasterKey::random();
    source::write_file(&folder.key_file(), &[&other]).unwrap();
    let error = refused(folder.file()).await;
    assert!(
        error.contains(&other.id.to_string()) && error.contains("--master-key"),
        "{error}"
    );

    // The right one behind another: then that one takes over.
    let backup = folder.dir.path().join("backup.key");
    fs::write(&backup, kept).unwrap();
    fs::set_permissions(&backup, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let both = vec![Source::File(folder.key_file()), Source::File(backup)];
    let (store, keys) = folder.open(both, Duration::ZERO).await.unwrap();
    folder.finish(&keys, 2).await;
    let list = keys.list().await.unwrap();
    assert_eq!((list[0].id, list[0].values, list[1].values), (other.id, 1, 0));
    store.close().await;
    folder.open(folder.file(), Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn only_places_that_can_change_give_a_new_key() {
    let folder = Folder::new();
    let (one, two) = (MasterKey::random(), MasterKey::random());
    let variable = Source::Variable {
        name: "KEY".to_owned(),
        text: one.text(),
    };
    let (store, keys) = folder.open(vec![variable], Duration::ZERO).await.unwrap();
    fill(&store, 1).await;
    assert!(matches!(keys.rotate("alice").await, Err(RotateError::Fixed(_))));
    store.close().await;
    drop(keys);

    let printed = folder.dir.path().join("printed");
    fs::write(&printed, one.text().expose()).unwrap();
    let command = Source::Command(format!("cat '{}'", printed.display()));
    let (store, keys) = folder.open(vec![command], Duration::ZERO).await.unwrap();
    assert!(matches!(keys.rotate("alice").await, Err(RotateError::Same)));
    fs::write(&printed, two.text().expose()).unwrap();
    keys.rotate("alice").await.unwrap();
    while store.key_counts().await.unwrap().contains_key(&one.id) {
        tokio::task::yield_now().await;
    }
    assert_eq!(store.key_ids()[0], two.id);
}

#[tokio::test]
async fn a_value_that_no_key_opens_keeps_the_old_key() {
    let folder = Folder::new();
    let (store, keys) = folder.open(folder.file(), Duration::ZERO).await.unwrap();
    fill(&store, 2).await;
    // The value of one connector in the place of another's.
    let swap = "UPDATE environment SET sealed = (SELECT MAX(sealed) FROM environment)";
    store.execute(swap).await;
    keys.rotate("alice").await.unwrap();
    // Whoever is next has the turn when the walk has given up.
    drop(keys.0.turn.lock().await);
    assert_eq!(folder.keys_in_file(), 2);
    let list = keys.list().await.unwrap();
    assert_eq!((list[0].values, list[1].values), (1, 1));
}
