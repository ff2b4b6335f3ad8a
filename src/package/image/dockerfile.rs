//! Dockerfiles: what one uses that an engine's own builder does not know, and the steps that an image tells of.

/// Flags that only BuildKit takes, with the instructions that they belong to.
const FLAGS: [(&str, &[&str], &str); 9] = [
    ("--mount", &["RUN"], "RUN --mount"),
    ("--network", &["RUN"], "RUN --network"),
    ("--security", &["RUN"], "RUN --security"),
    ("--link", &["COPY", "ADD"], "COPY --link"),
    ("--chmod", &["COPY", "ADD"], "COPY --chmod"),
    ("--parents", &["COPY"], "COPY --parents"),
    ("--exclude", &["COPY", "ADD"], "COPY --exclude"),
    ("--checksum", &["ADD"], "ADD --checksum"),
    ("--keep-git-dir", &["ADD"], "ADD --keep-git-dir"),
];
/// Variables that BuildKit sets by itself, before the first FROM.
const VARIABLES: [&str; 2] = ["BUILDPLATFORM", "TARGETPLATFORM"];

/// The first line that only BuildKit builds, counted from one, and what it uses.
pub(super) fn buildkit_only(text: &str) -> Option<(usize, &'static str)> {
    let mut continued = false;
    let mut syntax = None;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix('#') {
            let directive = comment.trim_start().to_ascii_lowercase();
            if syntax.is_none()
                && directive
                    .split_once('=')
                    .is_some_and(|(name, _)| name.trim() == "syntax")
            {
                syntax = Some((index + 1, "a `# syntax=` line"));
            }
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        let begins = !continued;
        continued = trimmed.ends_with('\\');
        if !begins {
            continue;
        }
        let mut words = trimmed.split_whitespace();
        let instruction = words.next().unwrap_or_default().to_ascii_uppercase();
        if let Some(what) = words
            .by_ref()
            .take_while(|word| word.starts_with("--"))
            .find_map(|word| flag(&instruction, word))
        {
            return Some((index + 1, what));
        }
        if matches!(instruction.as_str(), "RUN" | "COPY" | "ADD") && has_heredoc(trimmed) {
            return Some((index + 1, "a here-document (`<<EOF`)"));
        }
    }
    syntax
}

fn flag(instruction: &str, word: &str) -> Option<&'static str> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    if instruction == "FROM" && name == "--platform" {
        let variable = value.trim_start_matches("$").trim_matches(['{', '}']);
        return VARIABLES
            .contains(&variable)
            .then_some("FROM --platform=$BUILDPLATFORM");
    }
    FLAGS
        .iter()
        .find(|(flag, instructions, _)| *flag == name && instructions.contains(&instruction))
        .map(|(_, _, what)| *what)
}

/// `<<EOF`, `<<-EOF`, `<<"EOF"`: not a shift in arithmetic, nor `<<<`.
fn has_heredoc(line: &str) -> bool {
    line.match_indices("<<").any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let word = line[at + 2..]
            .trim_start_matches('-')
            .trim_start_matches(['"', '\'']);
        before.is_none_or(char::is_whitespace)
            && word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    })
}

/// Longest step that is shown, in characters.
const LONGEST_STEP: usize = 80;

/// A step of an image's history, as its Dockerfile may have had it. Builders put a shell in front of it, and the values
/// of build arguments, which may be secrets and are left out.
pub(super) fn step(created_by: &str) -> String {
    const SHELL: &str = "/bin/sh -c ";
    let text = created_by.strip_suffix("# buildkit").unwrap_or(created_by);
    let command = text.strip_prefix("RUN ").unwrap_or(text);
    let text = match command.split_once(SHELL) {
        Some((_, instruction)) if instruction.trim_start().starts_with("#(nop)") => {
            instruction.replacen("#(nop)", "", 1)
        }
        Some((_, command)) => format!("RUN {command}"),
        None if command.starts_with('|') => "RUN …".to_owned(),
        None => text.to_owned(),
    };
    let short = |word: &str| match word.split_once(':') {
        Some((kind, digest)) if digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format!("{kind}:{}…", &digest[..8])
        }
        _ => word.to_owned(),
    };
    let words: Vec<String> = text.split_whitespace().map(short).collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST_STEP) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_without_what_builders_add() {
        let check = |created_by: &str, expected: &str| assert_eq!(step(created_by), expected);
        check("/bin/sh -c #(nop)  EXPOSE 8080", "EXPOSE 8080");
        let copied = format!("/bin/sh -c #(nop) COPY file:{} in /x ", "1d".repeat(32));
        check(&copied, "COPY file:1d1d1d1d… in /x");
        check("/bin/sh -c apt-get   install x", "RUN apt-get install x");
        check(
            "|1 TOKEN=canary of mine /bin/sh -c pip install x",
            "RUN pip install x",
        );
        check(
            "RUN |1 TOKEN=canary /bin/sh -c pip install x # buildkit",
            "RUN pip install x",
        );
        check("RUN |1 TOKEN=canary npm ci # buildkit", "RUN …");
        check("COPY . /app # buildkit", "COPY . /app");
        check(&"é".repeat(81), &format!("{}…", "é".repeat(80)));
    }

    #[test]
    fn only_what_needs_buildkit_is_found() {
        let check = |text: &str, expected: Option<(usize, &str)>| {
            assert_eq!(buildkit_only(text), expected, "{text}");
        };
        check(
            "FROM a\nRUN --mount=type=cache,target=/x y",
            Some((2, "RUN --mount")),
        );
        check(
            "from a\nrun --network=none --mount=type=bind y",
            Some((2, "RUN --network")),
        );
        check(
            "FROM a\n\n# RUN --mount\nCOPY --chown=1 --link a b",
            Some((4, "COPY --link")),
        );
        check("FROM a\nADD --chmod=755 a b", Some((2, "COPY --chmod")));
        check(
            "FROM a\nRUN <<EOF\nx\nEOF",
            Some((2, "a here-document (`<<EOF`)")),
        );
        check(
            "FROM a\nCOPY <<-\"END\" /x\nEND",
            Some((2, "a here-document (`<<EOF`)")),
        );
        check(
            "FROM --platform=$BUILDPLATFORM a",
            Some((1, "FROM --platform=$BUILDPLATFORM")),
        );
        check(
            "FROM --platform=${TARGETPLATFORM} a",
            Some((1, "FROM --platform=$BUILDPLATFORM")),
        );
        check(
            "# syntax=docker/dockerfile:1\nFROM a",
            Some((1, "a `# syntax=` line")),
        );
        check(
            "# syntax=docker/dockerfile:1\nFROM a\nRUN --mount=x y",
            Some((3, "RUN --mount")),
        );

        check(
            "FROM --platform=linux/arm64 a\nCOPY --chown=1 --from=x a b\nRUN x --mount=y",
            None,
        );
        check("FROM a\nRUN echo $((1<<A)) && cat <<<x", None);
        check("FROM a\nRUN x \\\n  --mount=type=cache", None);
        check("FROM a\nHEALTHCHECK --interval=1s CMD x\nENV A=--mount", None);
    }
}
