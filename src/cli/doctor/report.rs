//! What was found, for people: no line is wider than a terminal usually is, unless a word is.

use super::{Finding, Fix, Group, State};

/// In characters.
const WIDTH: usize = 80;
/// Where names begin.
const NAMES: usize = 9;

const GROUPS: [(Group, &str); 5] = [
    (Group::Sandbox, "Sandbox: a connector's process needs all of it"),
    (Group::Limits, "Limits of each instance"),
    (Group::Engine, "Container engine: for images"),
    (Group::Programs, "Programs: for connectors of their kind"),
    (Group::Client, "This account, for berth's other commands"),
];

pub(super) fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for (group, title) in GROUPS {
        let of_group: Vec<&Finding> = findings.iter().filter(|finding| finding.group == group).collect();
        if of_group.is_empty() {
            continue;
        }
        let names = of_group.iter().map(|finding| finding.name.chars().count());
        let width = names.max().unwrap_or_default();
        text.push_str(&format!("\n{title}\n"));
        for (at, finding) in of_group.iter().enumerate() {
            let state = word(finding.state);
            let head = format!("  {state}  {:width$}  ", finding.name);
            push(&mut text, &head, &finding.detail);
            push(&mut text, &" ".repeat(NAMES), &finding.cost);
            // Said once for all that it would help.
            let again = of_group.get(at + 1).is_some_and(|next| next.hint == finding.hint);
            if !finding.hint.is_empty() && !again {
                push(&mut text, &format!("{:NAMES$}→ ", ""), &finding.hint);
            }
        }
    }
    text
}

fn word(state: State) -> &'static str {
    match state {
        State::Holds => "holds",
        State::Lacks => "lacks",
        State::Skipped => "skips",
    }
}

/// What is another way since `before`, and what is left for a person to do; empty where there is neither.
pub(super) fn mended(findings: &[Finding], before: Option<&[Finding]>, fixes: Option<&[Fix]>) -> String {
    let mut text = String::new();
    let mut changes = String::new();
    for was in before.into_iter().flatten() {
        let is = findings
            .iter()
            .find(|is| (is.group, is.name) == (was.group, was.name));
        let now = is.map_or("gone", |is| word(is.state));
        if now != word(was.state) {
            changes.push_str(&format!("  {} → {now}  {}\n", word(was.state), was.name));
        }
    }
    if before.is_some() {
        text.push_str("\nBefore and after\n");
        text.push_str(if changes.is_empty() {
            "  nothing has changed\n"
        } else {
            &changes
        });
    }
    let left: Vec<String> = fixes
        .into_iter()
        .flatten()
        .filter(|fix| fix.by_hand() || fix.failed())
        .map(Fix::text)
        .collect();
    if !left.is_empty() {
        text.push_str("\nTo be done by hand\n");
        text.push_str(&left.concat());
    }
    text
}

/// Adds `words` behind `head`, and what does not fit on lines below, which begin where the first words did. Without
/// words, it adds what is visible of `head`.
fn push(text: &mut String, head: &str, words: &str) {
    let indent = head.chars().count();
    let mut line = head.to_owned();
    let mut room = WIDTH.saturating_sub(indent);
    let mut is_first = true;
    for word in words.split_whitespace() {
        let length = word.chars().count();
        let space = usize::from(!is_first);
        if !is_first && length + space > room {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(indent);
            room = WIDTH.saturating_sub(indent);
            is_first = true;
        }
        let space = usize::from(!is_first);
        line.push_str(&" ".repeat(space));
        line.push_str(word);
        room = room.saturating_sub(length + space);
        is_first = false;
    }
    if !line.trim().is_empty() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fits_a_terminal_and_stands_in_columns() {
        let limit = |name| Finding {
            detail: "by a limit of each process, not of the instance as a whole".into(),
            hint: "let it make control groups".into(),
            ..Finding::new(Group::Limits, name)
        };
        let lacking = Finding::new(Group::Sandbox, "a private /proc").lacks(
            "/proc: not allowed here",
            "without it, a connector finds no /proc, which some programs insist on".into(),
            "in a container, start it with an unmasked /proc (--security-opt systempaths=unconfined)",
        );
        let findings = [
            Finding::new(Group::Sandbox, "namespaces"),
            lacking,
            limit("memory"),
            limit("processes"),
        ];
        assert_eq!(
            text(&findings),
            "
Sandbox: a connector's process needs all of it
  holds  namespaces
  lacks  a private /proc  /proc: not allowed here
         without it, a connector finds no /proc, which some programs insist on
         → in a container, start it with an unmasked /proc (--security-opt
           systempaths=unconfined)

Limits of each instance
  holds  memory     by a limit of each process, not of the instance as a whole
  holds  processes  by a limit of each process, not of the instance as a whole
         → let it make control groups
"
        );
    }

    #[test]
    fn a_word_that_is_too_long_is_not_cut() {
        let mut text = String::new();
        push(&mut text, "  x  ", &format!("short {} end", "long".repeat(30)));
        let widths: Vec<_> = text.lines().map(str::len).collect();
        assert_eq!(widths, [10, 125, 8]);
    }
}
