//! The folder that is deployed: a Node application as they are, only that nobody wrote it.

use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::Write as _,
    path::Path,
};

use anyhow::Context as _;

/// Packages in `node_modules`.
const PACKAGES: usize = 400;
/// Files that are neither code nor text: pictures, a model, a wasm module.
const ASSETS: usize = 12;

/// What was made, in files and in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Made {
    pub(crate) files: usize,
    pub(crate) bytes: u64,
}

/// Makes the folder, of so many files and about as many megabytes (of 10^6 bytes).
pub(crate) fn make(root: &Path, seed: u64, files: usize, megabytes: usize) -> anyhow::Result<Made> {
    let mut dice = Dice(seed.max(1));
    let words = words(&mut dice);
    let total = megabytes * 1_000_000;
    let mut plan = Vec::new();
    group(&mut plan, &mut dice, ASSETS, total / 4, |_, number| {
        format!("assets/{number}.bin")
    });
    group(&mut plan, &mut dice, files / 12, total / 16, |dice, number| {
        format!("src/area-{}/module-{number}.js", dice.below(30))
    });
    let fixed = 6;
    let rest = files.saturating_sub(plan.len() + fixed);
    group(
        &mut plan,
        &mut dice,
        rest,
        total - total / 4 - total / 16,
        |dice, number| {
            // Each package has its package.json; some packages are many times larger than others.
            let package = if number < PACKAGES {
                number
            } else {
                dice.below(PACKAGES) * dice.below(PACKAGES) / PACKAGES
            };
            let file = match number {
                _ if number < PACKAGES => "package.json".to_owned(),
                _ if number % 3 == 0 => format!("types/part-{number}.d.ts"),
                _ if number % 7 == 0 => format!("docs/part-{number}.md"),
                _ => format!("lib/part-{number}.js"),
            };
            format!("node_modules/{}/{file}", package_name(package))
        },
    );
    let mut made = Made::default();
    for (path, length) in plan {
        let content = match path.starts_with("assets/") {
            true => dice.bytes(length),
            false => code(&mut dice, &words, length),
        };
        write(root, &path, &content, &mut made)?;
    }
    let connector = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/connector.mjs");
    write(root, "server.mjs", &fs::read(connector)?, &mut made)?;
    let manifest = "name = \"packaging\"\nstart = \"node server.mjs\"\n";
    write(root, "berth.toml", manifest.as_bytes(), &mut made)?;
    write(root, "README.md", &code(&mut dice, &words, 4000), &mut made)?;
    for path in [
        "package.json",
        "package-lock.json",
        "node_modules/.package-lock.json",
    ] {
        write(root, path, lock(PACKAGES).as_bytes(), &mut made)?;
    }
    Ok(made)
}

/// One more line in one file of the application.
pub(crate) fn change_a_line(root: &Path) -> anyhow::Result<()> {
    let mut areas: Vec<_> = fs::read_dir(root.join("src"))?.collect::<Result<_, _>>()?;
    areas.sort_by_key(fs::DirEntry::path);
    let area = areas.get(areas.len() / 2).context("no application code")?.path();
    let mut files: Vec<_> = fs::read_dir(area)?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::path);
    let file = files.get(files.len() / 2).context("no file")?.path();
    let mut file = OpenOptions::new().append(true).open(file)?;
    Ok(file.write_all(b"export const changed = true;\n")?)
}

/// One more dependency, as a package manager leaves it.
pub(crate) fn add_a_dependency(root: &Path) -> anyhow::Result<()> {
    let mut dice = Dice(7);
    let words = words(&mut dice);
    let mut made = Made::default();
    let mut plan = Vec::new();
    group(&mut plan, &mut dice, 40, 350_000, |_, number| {
        format!("node_modules/mustard-tree/lib/part-{number}.js")
    });
    for (path, length) in plan {
        write(root, &path, &code(&mut dice, &words, length), &mut made)?;
    }
    for path in [
        "package.json",
        "package-lock.json",
        "node_modules/.package-lock.json",
    ] {
        write(root, path, lock(PACKAGES + 1).as_bytes(), &mut made)?;
    }
    Ok(())
}

/// Plans `count` files of `budget` bytes together, most of them small and a few large.
fn group(
    plan: &mut Vec<(String, usize)>,
    dice: &mut Dice,
    count: usize,
    budget: usize,
    path: impl Fn(&mut Dice, usize) -> String,
) {
    // Whole numbers only: what floating point makes of a power is not the same on every machine.
    let weights: Vec<usize> = (0..count)
        .map(|_| (64 + dice.below(64)) << (dice.below(5) + dice.below(5) + dice.below(4)))
        .collect();
    let all: usize = weights.iter().sum();
    for (number, weight) in weights.into_iter().enumerate() {
        let path = path(dice, number);
        plan.push((path, budget * weight / all));
    }
}

fn write(root: &Path, path: &str, content: &[u8], made: &mut Made) -> anyhow::Result<()> {
    let full = root.join(path);
    if let Some(folder) = full.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&full, content).with_context(|| format!("could not write {}", full.display()))?;
    made.files += 1;
    made.bytes += content.len() as u64;
    Ok(())
}

fn package_name(number: usize) -> String {
    match number % 5 {
        0 => format!("@scope-{}/package-{number}", number % 9),
        _ => format!("package-{number}"),
    }
}

/// A file that names each package, as lock files do.
fn lock(packages: usize) -> String {
    let mut text = "{\n  \"packages\": {\n".to_owned();
    for number in 0..packages {
        // Sorted by name, so that a new one is not at the end.
        let name = match number {
            PACKAGES => "mustard-tree".to_owned(),
            _ => package_name(number),
        };
        let hash = Dice(number as u64 + 1).roll();
        let _ = writeln!(
            text,
            "    \"node_modules/{name}\": {{ \"version\": \"1.{number}.0\", \"integrity\": \"sha512-{hash:016x}\" }},"
        );
    }
    text.push_str("    \"\": {}\n  }\n}\n");
    text
}

fn words(dice: &mut Dice) -> Vec<String> {
    let syllables = [
        "re", "con", "tra", "mo", "du", "le", "ser", "vi", "map", "key", "to", "ken", "in", "put",
    ];
    let word = |dice: &mut Dice| {
        let length = 1 + dice.below(4);
        (0..length)
            .map(|_| syllables[dice.below(syllables.len())])
            .collect::<String>()
    };
    (0..3000).map(|_| word(dice)).collect()
}

/// Text that compresses about as well as code does.
fn code(dice: &mut Dice, words: &[String], length: usize) -> Vec<u8> {
    let mut text = String::with_capacity(length + 120);
    while text.len() < length {
        let [one, two, three] = [0; 3].map(|_| words[dice.below(words.len())].as_str());
        let number = dice.below(10_000);
        let _ = match dice.below(6) {
            0 => writeln!(text, "import {{ {one}, {two} }} from './{three}.js';"),
            1 => writeln!(text, "  const {one} = await {two}.{three}({number});"),
            2 => writeln!(text, "  if ({one}.{two} !== {number}) return {three};"),
            3 => writeln!(text, "export function {one}({two}, {three}) {{"),
            4 => writeln!(text, "  // {one} {two} {three}: {number}"),
            _ => writeln!(text, "}}"),
        };
    }
    text.truncate(length);
    text.into_bytes()
}

/// Xorshift: numbers that look random and are the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend(self.roll().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}
