//! Where this process may make groups: read from `/proc/self`, and tried by nothing but a look.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access};

/// Where the broker and what started it goes, out of the way of groups that are limited.
const ASIDE: &str = "berth-serve";

/// What a group limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Controller {
    Memory,
    Pids,
    Cpu,
}

/// A version of the kernel's interface (cgroups(7)); a machine may have both at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

/// What this process can see of control groups.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    /// `/proc/self/cgroup`: a line a hierarchy, `ID:CONTROLLERS:PATH`.
    pub(super) own: String,
    /// `/proc/self/mountinfo`.
    pub(super) mounts: String,
    pub(super) pid: u32,
}

/// A group in which the broker may make its folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ground {
    pub(super) folder: PathBuf,
    pub(super) version: Version,
    pub(super) controllers: Vec<Controller>,
    /// Where the processes in it have to go first, if they have to.
    pub(super) step_aside: Option<PathBuf>,
    /// Those processes.
    pub(super) inside: Vec<String>,
}

impl Controller {
    pub(crate) const ALL: [Self; 3] = [Self::Memory, Self::Pids, Self::Cpu];

    /// Its name in the kernel.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Pids => "pids",
            Self::Cpu => "cpu",
        }
    }
}

impl Surroundings {
    /// Of this process. What can't be read is as if nothing was there.
    pub(crate) fn of_this_process() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self {
            own: read("/proc/self/cgroup"),
            mounts: read("/proc/self/mountinfo"),
            pid: std::process::id(),
        }
    }

    /// Where the broker can limit what, without having tried: version 1 where the machine has it, since what a
    /// hierarchy of version 1 holds is missing from version 2.
    pub(super) fn grounds(&self) -> Vec<Ground> {
        let mut grounds: Vec<Ground> = Vec::new();
        for controller in Controller::ALL {
            let Some(folder) = self.version_one(controller).filter(|folder| is_ours(folder)) else {
                continue;
            };
            match grounds.iter_mut().find(|ground| ground.folder == folder) {
                Some(ground) => ground.controllers.push(controller),
                None => grounds.push(Ground {
                    folder,
                    version: Version::One,
                    controllers: vec![controller],
                    step_aside: None,
                    inside: Vec::new(),
                }),
            }
        }
        let has = |controller: &Controller| grounds.iter().any(|g| g.controllers.contains(controller));
        let open: Vec<Controller> = Controller::ALL.into_iter().filter(|c| !has(c)).collect();
        grounds.extend(self.version_two(&open));
        grounds
    }

    /// This process's own group in the hierarchy of version 1 that limits this.
    fn version_one(&self, controller: Controller) -> Option<PathBuf> {
        let name = controller.as_str();
        let own = self.own.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            controllers.split(',').any(|c| c == name).then_some(path)
        })?;
        let mount = self
            .mounts()
            .find(|mount| mount.kind == "cgroup" && mount.options.split(',').any(|option| option == name))?;
        mount.place(own)
    }

    /// The nearest group of version 2, from this process's own one upwards, in which the most of `wanted` can be limited.
    fn version_two(&self, wanted: &[Controller]) -> Option<Ground> {
        let own = self.own.lines().find_map(|line| line.strip_prefix("0::"))?;
        let mount = self.mounts().find(|mount| mount.kind == "cgroup2")?;
        let mut own = mount.place(own)?;
        if own.ends_with(ASIDE) {
            // An earlier broker stepped aside, and this process was started by one that had to come along.
            own.pop();
        }
        let mut best: Option<Ground> = None;
        for folder in own
            .ancestors()
            .take_while(|folder| folder.starts_with(mount.point))
        {
            let Some(ground) = self.ground(folder, folder == own, wanted) else {
                continue;
            };
            let more = |best: &Ground| ground.controllers.len() > best.controllers.len();
            if best.as_ref().is_none_or(more) {
                best = Some(ground);
            }
        }
        best
    }

    /// What of `wanted` can be limited in a folder made in `folder`, a group of version 2. Whoever moves a process needs
    /// to write to the `cgroup.procs` of the two groups' common ancestor, which is `folder`.
    fn ground(&self, folder: &Path, is_own: bool, wanted: &[Controller]) -> Option<Ground> {
        let words = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
        let among = |text: &str| -> Vec<Controller> {
            let is_there = |c: &Controller| text.split_whitespace().any(|word| word == c.as_str());
            wanted.iter().copied().filter(is_there).collect()
        };
        if !is_ours(folder) {
            return None;
        }
        let inside: Vec<String> = words("cgroup.procs").lines().map(str::to_owned).collect();
        // Only the root of all groups has no type; it may have processes and limited groups.
        let is_root = !folder.join("cgroup.type").exists();
        let alone = inside
            .iter()
            .all(|pid| *pid == self.pid.to_string() || pid == "1");
        let may_enable = access(folder.join("cgroup.subtree_control"), Access::WRITE_OK).is_ok();
        let (controllers, must_step) = if !may_enable {
            (among(&words("cgroup.subtree_control")), false)
        } else if is_root || inside.is_empty() {
            (among(&words("cgroup.controllers")), false)
        } else if is_own && alone {
            // A service of its own, or a container: nobody else's processes are moved.
            (among(&words("cgroup.controllers")), true)
        } else {
            (Vec::new(), false)
        };
        (!controllers.is_empty()).then(|| Ground {
            folder: folder.to_owned(),
            version: Version::Two,
            controllers,
            step_aside: must_step.then(|| folder.join(ASIDE)),
            inside: if must_step { inside } else { Vec::new() },
        })
    }

    fn mounts(&self) -> impl Iterator<Item = Mount<'_>> {
        self.mounts.lines().filter_map(Mount::parse)
    }
}

/// One line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
struct Mount<'a> {
    /// The part of the hierarchy that is mounted.
    root: &'a str,
    point: &'a Path,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (mount, what) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let mut what = what.split(' ');
        Some(Self {
            root: mount.next()?,
            point: Path::new(mount.next()?),
            kind: what.next()?,
            options: what.nth(1)?,
        })
    }

    /// Where the group `path` of the hierarchy is, if this mount shows it.
    fn place(&self, path: &str) -> Option<PathBuf> {
        let below = Path::new(path).strip_prefix(self.root).ok()?;
        // "/.." is written for what lies outside of this process's namespace.
        let inside = !below.components().any(|part| part.as_os_str() == "..");
        let place = self.point.join(below);
        // A namespace of groups that was made later than the mount shows paths that are not there.
        (inside && place.is_dir()).then(|| place.components().collect())
    }
}

/// Whether folders can be made in it, and processes be put into them.
fn is_ours(folder: &Path) -> bool {
    access(folder, Access::WRITE_OK).is_ok() && access(folder.join("cgroup.procs"), Access::WRITE_OK).is_ok()
}
