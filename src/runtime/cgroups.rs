//! Limits that the kernel keeps for a whole instance: control groups, of version 1 and 2.
//!
//! An instance has a group of its own for memory, processes and CPU time, as far as the broker may make groups. They lie
//! in a folder of the broker's (`berth-ID`) below the group that the broker itself runs in, so that whatever holds for
//! the broker holds for its connectors together. What runs in a group can't leave it: the sandbox shows no control
//! groups, and children begin in the group of their parent.
//!
//! Without any of it everything works, and what is missing is told (`survey`): the sandbox then keeps what limits it can
//! by itself.

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
#[cfg(target_os = "linux")]
pub(super) use group::OF_THREADS;

use super::Limits;

/// The file of a group of version 2 that says by what those in it can be limited.
const ENABLED: &str = "cgroup.subtree_control";

/// Where the broker makes groups.
#[derive(Debug, Default)]
pub(crate) struct Cgroups {
    /// The broker's folder in each hierarchy that it may write to, with what that one limits.
    folders: Vec<Folder>,
    /// What looked as if it could be limited and could not, and why.
    refused: Vec<(Vec<Controller>, String)>,
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
        Self::with(surroundings, directory, prepare)
    }

    /// The same as far as it is undone when this is dropped; where a broker would have to change groups that are there,
    /// it is believed that it could.
    pub(crate) fn rehearse(surroundings: &Surroundings, directory: &Path) -> Self {
        Self::with(surroundings, directory, try_out)
    }

    fn with(
        surroundings: &Surroundings,
        directory: &Path,
        make: impl Fn(&Ground, &Path) -> io::Result<Vec<Controller>>,
    ) -> Self {
        let mut all = Self::default();
        let name = match fs::metadata(directory) {
            // Unlike its path, this is the same for everybody who sees the folder and nobody else.
            Ok(folder) => format!("berth-{:x}-{:x}", folder.dev(), folder.ino()),
            Err(error) => {
                all.refused.push((Controller::ALL.into(), error.to_string()));
                return all;
            }
        };
        for ground in surroundings.grounds() {
            let path = ground.folder.join(&name);
            match make(&ground, &path) {
                Ok(controllers) => all.folders.push(Folder {
                    path,
                    version: ground.version,
                    controllers,
                }),
                Err(error) => all.refused.push((ground.controllers, error.to_string())),
            }
        }
        all
    }

    /// As where there are none.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Whether there is a group for each instance that limits this.
    pub(crate) fn limits(&self, what: Controller) -> bool {
        self.place(what).is_some()
    }

    /// Where the groups are that limit this for a whole instance: by which version, and below which folder.
    pub(crate) fn place(&self, what: Controller) -> Option<(Version, &Path)> {
        let mut folders = self.folders.iter();
        let folder = folders.find(|folder| folder.controllers.contains(&what))?;
        Some((folder.version, folder.path.parent()?))
    }

    /// Why there is none, where it looked as if there could be.
    pub(crate) fn refusal(&self, what: Controller) -> Option<&str> {
        let mut refused = self.refused.iter();
        let (_, why) = refused.find(|(controllers, _)| controllers.contains(&what))?;
        Some(why)
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

/// Makes the broker's folder where nothing else changes by that.
fn try_out(ground: &Ground, path: &Path) -> io::Result<Vec<Controller>> {
    let changes = ground.version == Version::Two && {
        let enabled = fs::read_to_string(ground.folder.join(ENABLED)).unwrap_or_default();
        let is_there = |what: &Controller| enabled.split_whitespace().any(|word| word == what.as_str());
        ground.step_aside.is_some() || !ground.controllers.iter().all(is_there)
    };
    if !changes {
        make_folder(path)?;
    }
    Ok(ground.controllers.clone())
}

/// Lets the groups in `folder` be limited; returns by what. Each is asked for alone: one that is refused does not hold
/// up the others.
fn enable(folder: &Path, controllers: &[Controller]) -> io::Result<Vec<Controller>> {
    let file = folder.join(ENABLED);
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
