//! Version 2 against a folder tree that looks like the kernel's; whatever this machine has against its kernel.

use std::{io::Read as _, process::Stdio};

use tempfile::TempDir;

use super::*;
use crate::model::{Bytes, Cpus};

/// A tree of groups of version 2 in a temporary folder, as this process would see it from the group `own`.
struct Tree {
    folder: TempDir,
    own: &'static str,
}

impl Tree {
    /// `groups`: path, `cgroup.controllers`, `cgroup.subtree_control`, `cgroup.procs`. All but the root have a type.
    fn new(own: &'static str, groups: &[(&str, &str, &str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, controllers, enabled, procs) in groups {
            let group = folder.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(&group).unwrap();
            fs::write(group.join("cgroup.controllers"), controllers).unwrap();
            fs::write(group.join("cgroup.subtree_control"), enabled).unwrap();
            fs::write(group.join("cgroup.procs"), procs).unwrap();
            if *path != "/" {
                fs::write(group.join("cgroup.type"), "domain").unwrap();
            }
        }
        Self { folder, own }
    }

    fn surroundings(&self) -> Surroundings {
        let point = self.folder.path().display();
        Surroundings {
            own: format!("0::{}\n", self.own),
            mounts: format!(
                "22 1 0:5 / / rw - ext4 /dev/sda rw\n30 22 0:26 / {point} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
            ),
            pid: 77,
        }
    }

    fn ground(&self) -> Option<(String, Vec<Controller>, bool)> {
        let ground = self.surroundings().grounds().pop()?;
        let folder = ground.folder.strip_prefix(self.folder.path()).unwrap();
        Some((
            folder.display().to_string(),
            ground.controllers,
            ground.step_aside.is_some(),
        ))
    }
}

/// What has no limit that is kept for a whole instance.
fn missing(cgroups: &Cgroups) -> Vec<Controller> {
    let missing = |what: &Controller| !cgroups.limits(*what);
    Controller::ALL.into_iter().filter(missing).collect()
}

const ALL: &str = "cpuset cpu io memory pids";

#[test]
fn a_service_with_a_group_of_its_own_steps_aside() {
    let own = "/system.slice/berth.service";
    let tree = Tree::new(
        own,
        &[
            ("/", ALL, ALL, "1\n2\n"),
            ("/system.slice", ALL, ALL, ""),
            (own, ALL, "", "77\n"),
        ],
    );
    assert_eq!(
        tree.ground(),
        Some(("system.slice/berth.service".into(), Controller::ALL.into(), true))
    );

    let data = tempfile::tempdir().unwrap();
    // What the kernel makes by itself in a new folder.
    let meta = fs::metadata(data.path()).unwrap();
    let name = format!("berth-{:x}-{:x}", meta.dev(), meta.ino());
    let service = tree.folder.path().join("system.slice/berth.service");
    fs::create_dir(service.join(&name)).unwrap();
    fs::write(service.join(&name).join("cgroup.subtree_control"), "").unwrap();
    let cgroups = Cgroups::open(&tree.surroundings(), data.path());
    assert_eq!(missing(&cgroups), []);
    let read = |path: &str| fs::read_to_string(service.join(path)).unwrap();
    assert_eq!(read("berth-serve/cgroup.procs"), "77");
    // The last one that was written, in a file that keeps one value.
    assert_eq!(read("cgroup.subtree_control"), "+cpu");
    assert_eq!(read(&format!("{name}/cgroup.subtree_control")), "+cpu");

    let made = service.join(&name).join("x-1-1");
    fs::create_dir(&made).unwrap();
    for file in ["memory.swap.max", "memory.oom.group", "cpu.max.burst"] {
        fs::write(made.join(file), "").unwrap();
    }
    let limits = Limits {
        memory: Bytes(64 << 20),
        cpus: Cpus(1500),
        pids: 20,
        ..Limits::default()
    };
    let group = cgroups.make("x-1-1", &limits).unwrap();
    let read = |file: &str| fs::read_to_string(made.join(file)).unwrap();
    assert_eq!(group.procs(), [made.join("cgroup.procs")]);
    assert_eq!(read("memory.max"), "67108864");
    assert_eq!(read("memory.swap.max"), "0");
    assert_eq!(read("memory.oom.group"), "1");
    assert_eq!(read("pids.max"), "28");
    assert_eq!(read("cpu.max"), "750000 500000");
    assert_eq!(read("cpu.max.burst"), "750000");
    assert!(!group.ran_out_of_memory());
    fs::write(
        made.join("memory.events"),
        "low 0\nhigh 0\nmax 9\noom 1\noom_kill 0\n",
    )
    .unwrap();
    assert!(!group.ran_out_of_memory());
    fs::write(
        made.join("memory.events"),
        "max 9\noom 1\noom_kill 2\noom_group_kill 1\n",
    )
    .unwrap();
    assert!(group.ran_out_of_memory());
}

#[test]
fn a_rehearsal_leaves_everything_as_it_was() {
    let own = "/system.slice/berth.service";
    let check = |enabled: &str, procs: &str, makes: bool| {
        let tree = Tree::new(own, &[("/", ALL, ALL, "1\n"), (own, ALL, enabled, procs)]);
        let service = tree.folder.path().join(own.trim_start_matches('/'));
        let names = || fs::read_dir(&service).unwrap().count();
        let before = names();
        let data = tempfile::tempdir().unwrap();
        let cgroups = Cgroups::rehearse(&tree.surroundings(), data.path());
        assert_eq!(missing(&cgroups), []);
        let place = cgroups.place(Controller::Cpu);
        assert_eq!(place, Some((Version::Two, service.as_path())));
        assert_eq!(names() > before, makes, "{enabled:?}, {procs:?}");
        drop(cgroups);
        assert_eq!(names(), before);
        let read = |file| fs::read_to_string(service.join(file)).unwrap();
        assert_eq!(
            (read("cgroup.procs"), read(ENABLED)),
            (procs.into(), enabled.into())
        );
    };
    check("", "77\n", false);
    check("", "", false);
    check(ALL, "", true);
}

#[test]
fn what_is_refused_says_why() {
    let tree = Tree::new("/", &[("/", ALL, ALL, "")]);
    let data = tempfile::tempdir().unwrap();
    let meta = fs::metadata(data.path()).unwrap();
    // A folder without what the kernel puts into one.
    let name = format!("berth-{:x}-{:x}", meta.dev(), meta.ino());
    fs::create_dir(tree.folder.path().join(&name)).unwrap();
    let cgroups = Cgroups::open(&tree.surroundings(), data.path());
    assert_eq!(missing(&cgroups), Controller::ALL);
    let why = cgroups.refusal(Controller::Memory).unwrap();
    assert!(why.contains(&name) && why.contains(ENABLED), "{why}");
}

#[test]
fn nobody_elses_processes_are_moved() {
    let groups = |own, shell| {
        Tree::new(
            own,
            &[
                ("/", ALL, "memory pids", "2\n"),
                ("/user.slice", "memory pids", "memory pids", ""),
                ("/user.slice/user-0.slice", "memory pids", "memory pids", ""),
                (
                    "/user.slice/user-0.slice/session-3.scope",
                    "memory pids",
                    "",
                    shell,
                ),
            ],
        )
    };
    let session = "/user.slice/user-0.slice/session-3.scope";
    // The nearest group above in which the most can be had.
    assert_eq!(
        groups(session, "40\n77\n").ground(),
        Some((String::new(), Controller::ALL.into(), false))
    );
    let tree = groups(session, "40\n77\n");
    fs::write(tree.folder.path().join("cgroup.controllers"), "memory pids").unwrap();
    assert_eq!(
        tree.ground(),
        Some((
            "user.slice/user-0.slice".into(),
            vec![Controller::Memory, Controller::Pids],
            false
        ))
    );
}

#[test]
fn a_container_takes_its_first_process_along() {
    let tree = Tree::new("/", &[("/", ALL, "", "1\n77\n")]);
    fs::write(tree.folder.path().join("cgroup.type"), "domain").unwrap();
    assert_eq!(tree.ground(), Some((String::new(), Controller::ALL.into(), true)));
    let tree = Tree::new("/", &[("/", ALL, "", "1\n60\n77\n")]);
    fs::write(tree.folder.path().join("cgroup.type"), "domain").unwrap();
    assert_eq!(tree.ground(), None);
    // A second broker in the same container, whose parent went aside with the first one.
    let tree = Tree::new(
        "/berth-serve",
        &[
            ("/", ALL, "memory", ""),
            ("/berth-serve", "memory", "", "1\n77\n"),
        ],
    );
    fs::write(tree.folder.path().join("cgroup.type"), "domain").unwrap();
    assert_eq!(
        tree.ground(),
        Some((String::new(), Controller::ALL.into(), false))
    );
}

#[test]
fn what_lies_outside_is_not_touched() {
    for own in ["/../other", "/gone"] {
        let tree = Tree::new(own, &[("/", ALL, ALL, "")]);
        assert_eq!(tree.ground(), None, "{own}");
    }
    let nothing = Surroundings {
        own: "nonsense\n0::\n:::\n".into(),
        mounts: "nonsense\n1 2 - \n 1 2 3 / / - cgroup\n".into(),
        pid: 1,
    };
    assert_eq!(nothing.grounds(), []);
    let cgroups = Cgroups::open(&nothing, Path::new("/"));
    assert_eq!(missing(&cgroups), Controller::ALL);
    assert!(cgroups.make("x", &Limits::default()).unwrap().procs().is_empty());
}

#[test]
fn version_one_is_found_where_a_container_shows_a_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let point = folder.path().join("cpu,cpuacct");
    fs::create_dir_all(point.join("deep")).unwrap();
    for group in [point.clone(), point.join("deep")] {
        fs::write(group.join("cgroup.procs"), "").unwrap();
    }
    let surroundings = |own: &str| Surroundings {
        own: format!("4:memory:/docker/abc\n3:cpuacct,cpu:{own}\n0::/\n"),
        mounts: format!(
            "31 30 0:27 /docker/abc {} rw - cgroup cgroup rw,cpu,cpuacct\n",
            point.display()
        ),
        pid: 77,
    };
    let found = |own| {
        let grounds = surroundings(own).grounds().into_iter();
        grounds
            .map(|ground| (ground.controllers, ground.version, ground.folder))
            .collect::<Vec<_>>()
    };
    let here = |path: &Path| vec![(vec![Controller::Cpu], Version::One, path.to_owned())];
    assert_eq!(found("/docker/abc"), here(&point));
    assert_eq!(found("/docker/abc/deep"), here(&point.join("deep")));
    assert_eq!(found("/docker/abcd"), []);
}

/// A process in a group of this machine's kernel, whose script begins when it has joined.
fn run_in(group: &Group, script: &str) -> std::process::Child {
    let joins: String = group
        .procs()
        .iter()
        .map(|file| format!("echo $$ > {} || exit 99; ", file.display()))
        .collect();
    #[allow(clippy::disallowed_methods, reason = "a process to be limited")]
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &format!("{joins}{script}")]);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Where this machine lets groups be made; `None`, with a line about it, where it does not.
fn of_this_machine() -> Option<(TempDir, Cgroups)> {
    let data = tempfile::tempdir().unwrap();
    let cgroups = Cgroups::open(&Surroundings::of_this_process(), data.path());
    let missing = missing(&cgroups);
    if !missing.is_empty() {
        eprintln!("skipped: this machine lets nobody here limit {missing:?} by control groups");
        return None;
    }
    Some((data, cgroups))
}

#[tokio::test]
async fn the_kernel_keeps_the_limits() {
    let Some((_data, cgroups)) = of_this_machine() else {
        return;
    };
    let limits = Limits {
        memory: Bytes(32 << 20),
        pids: 8,
        cpus: Cpus(200),
        ..Limits::default()
    };
    let group = cgroups.make("t-1-1", &limits).unwrap();
    assert!(!group.ran_out_of_memory());
    // tail keeps what has no end of line.
    let mut hog = run_in(&group, "head -c 100000000 /dev/zero | tail -c 90000000 | wc -c");
    let mut left = String::new();
    hog.stdout.take().unwrap().read_to_string(&mut left).unwrap();
    hog.wait().unwrap();
    assert_ne!(left.trim(), "90000000");
    assert!(group.ran_out_of_memory());
    let folders: Vec<PathBuf> = group.procs();
    group.remove().await;
    assert!(folders.iter().all(|file| !file.parent().unwrap().exists()));

    let group = cgroups.make("t-1-2", &limits).unwrap();
    let mut many = run_in(&group, "for i in $(seq 40); do sleep 60 & done; wait");
    // A shell gives up at once when it can't fork.
    assert!(!many.wait().unwrap().success());
    let busy = run_in(&group, "while :; do :; done");
    group.remove().await;
    let mut busy = busy;
    assert!(
        !busy.wait().unwrap().success(),
        "whoever was still in it was killed"
    );
}

#[tokio::test]
async fn what_an_earlier_broker_left_is_ended() {
    let Some((data, cgroups)) = of_this_machine() else {
        return;
    };
    let group = cgroups.make("t-1-1", &Limits::default()).unwrap();
    let folders: Vec<PathBuf> = group.procs();
    let mut left = run_in(&group, "echo in; exec sleep 60");
    let mut said = [0; 2];
    left.stdout.take().unwrap().read_exact(&mut said).unwrap();
    // As a broker that is killed leaves them.
    std::mem::forget((group, cgroups));
    let cgroups = Cgroups::open(&Surroundings::of_this_process(), data.path());
    let leftovers = cgroups.leftovers();
    // Some may be of a folder that had this one's number before, and is gone.
    let found: Vec<PathBuf> = leftovers.iter().flat_map(Group::procs).collect();
    assert!(folders.iter().all(|file| found.contains(file)), "{found:?}");
    for leftover in leftovers {
        leftover.remove().await;
    }
    assert!(!left.wait().unwrap().success());
    assert!(folders.iter().all(|file| !file.exists()));
    drop(cgroups);
    let broker = folders[0].parent().unwrap().parent().unwrap();
    assert!(!broker.exists());
}
