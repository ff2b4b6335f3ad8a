//! Limits that the kernel keeps for a whole instance: control groups, of version 1 and 2.
//!
//! An instance has a group of its own for memory, processes and CPU time, as far as the broker may make groups. They lie
//! in a folder of the broker's (`berth-ID`) below the group that the broker itself runs in, so that whatever holds for
//! the broker holds for its connectors together. What runs in a group can't leave it: the sandbox shows no control
//! groups, and children begin in the group of their parent.
//!
//! Without any of it everything works, and what is missing is told by [`Cgroups::missing`]: the sandbox then keeps what
//! limits it can by itself.

mod find;
mod group;

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use find::Ground;
pub(crate) use find::{Controller, Surroundings, Version};
pub(crate) use group::Group;

use super::Limits;

/// Where the broker makes groups.
#[derive(Debug)]
pub(crate) struct Cgroups {
    /// The broker's folder in each hierarchy that it may write to, with what that one limits.
    folders: Vec<Folder>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Folder {
    path: PathBuf,
    version: Version,
    controllers: Vec<Controller>,
}

impl Cgroups {
    /// Makes the broker's folders where it may. `directory` belongs to its data folder, which one broker uses at a time.
    pub(crate) fn open(surroundings: &Surroundings, directory: &Path) -> Self {
        let name = match fs::metadata(directory) {
            // Unlike its path, this is the same for everybody who sees the folder and nobody else.
            Ok(folder) => format!("berth-{:x}-{:x}", folder.dev(), folder.ino()),
            Err(error) => {
                tracing::warn!(%error, "no control groups: the data folder can't be looked at");
                return Self::none();
            }
        };
        let mut folders = Vec::new();
        for ground in surroundings.grounds() {
            let path = ground.folder.join(&name);
            match prepare(&ground, &path) {
                Ok(controllers) => folders.push(Folder {
                    path,
                    version: ground.version,
                    controllers,
                }),
                Err(error) => {
                    let folder = ground.folder.display();
                    tracing::warn!(%error, %folder, "no control groups can be made, though it looked as if they could");
                }
            }
        }
        Self { folders }
    }

    /// As where there are none.
    pub(crate) fn none() -> Self {
        Self { folders: Vec::new() }
    }

    /// Whether there is a group for each instance that limits this.
    pub(crate) fn limits(&self, what: Controller) -> bool {
        self.folders
            .iter()
            .any(|folder| folder.controllers.contains(&what))
    }

    /// What has no limit that is kept for a whole instance.
    pub(crate) fn missing(&self) -> Vec<Controller> {
        let missing = |what: &Controller| !self.limits(*what);
        Controller::ALL.into_iter().filter(missing).collect()
    }

    /// The groups of the instance that is called `label`, with its limits set and nobody in them; they are removed by
    /// [`Group::remove`]. An error names the file that could not be written.
    pub(crate) fn make(&self, label: &str, limits: &Limits) -> io::Result<Group> {
        let mut group = Group::default();
        for folder in &self.folders {
            // What was made before is dropped, and thereby removed, when a later one fails.
            group.add(folder, label, limits)?;
        }
        Ok(group)
    }

    /// What an earlier broker with the same data folder left, to be [removed](Group::remove) before anything is made.
    pub(crate) fn leftovers(&self) -> Vec<Group> {
        let mut leftovers = Vec::new();
        for folder in &self.folders {
            for left in fs::read_dir(&folder.path).into_iter().flatten().flatten() {
                if left.file_type().is_ok_and(|kind| kind.is_dir()) {
                    leftovers.push(Group::left(left.path(), folder.version));
                }
            }
        }
        leftovers
    }
}

impl Drop for Cgroups {
    fn drop(&mut self) {
        for folder in &self.folders {
            // Where an instance's group could not be removed in time, the next start of the broker does it.
            _ = fs::remove_dir(&folder.path);
        }
    }
}

/// Makes the broker's folder, and has what is limited on the ground be limited inside of it; returns what that is.
fn prepare(ground: &Ground, path: &Path) -> io::Result<Vec<Controller>> {
    if let Some(leaf) = &ground.step_aside {
        // A group of version 2 has either processes or limited groups below it ("no internal processes").
        make_folder(leaf)?;
        for pid in &ground.inside {
            write(&leaf.join("cgroup.procs"), pid)?;
        }
    }
    if ground.version == Version::One {
        make_folder(path)?;
        return Ok(ground.controllers.clone());
    }
    let enabled = enable(&ground.folder, &ground.controllers)?;
    make_folder(path)?;
    enable(path, &enabled)
}

/// Lets the groups in `folder` be limited; returns by what. Each is asked for alone: one that is refused does not hold
/// up the others.
fn enable(folder: &Path, controllers: &[Controller]) -> io::Result<Vec<Controller>> {
    let file = folder.join("cgroup.subtree_control");
    let has = fs::read_to_string(&file).map_err(|error| at(&file, &error))?;
    let mut refused = None;
    let mut enabled = Vec::new();
    for controller in controllers {
        let is_there = has.split_whitespace().any(|word| word == controller.as_str());
        let outcome = if is_there {
            Ok(())
        } else {
            write(&file, &format!("+{}", controller.as_str()))
        };
        match outcome {
            Ok(()) => enabled.push(*controller),
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if enabled.is_empty() => Err(error),
        _ => Ok(enabled),
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(at(path, &error)),
        _ => Ok(()),
    }
}

/// Writes to a file of the kernel's, which takes one value a write.
fn write(path: &Path, value: &str) -> io::Result<()> {
    fs::write(path, value).map_err(|error| at(path, &error))
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
