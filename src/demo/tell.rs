//! What the demo says while it runs. How it looks is the CLI's business.

/// One thing that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// A new step begins.
    Step { number: usize, title: String },
    /// A command as it would be typed.
    Typed(String),
    /// What a command answered.
    Answered(String),
    /// What the demo did or saw by itself.
    Note(String),
    /// Something that had to be so, and is.
    Checked(String),
    /// For whoever wants to go on by hand; to be copied as it stands.
    Plain(String),
}

/// Where the lines go; it remembers the step, so that a failure can say which one it was.
pub(crate) struct Tell<'a> {
    say: &'a mut (dyn FnMut(Line) + Send),
    step: Option<(usize, String)>,
}

impl<'a> Tell<'a> {
    pub(crate) fn new(say: &'a mut (dyn FnMut(Line) + Send)) -> Self {
        Self { say, step: None }
    }

    pub(crate) fn step(&mut self, title: &str) {
        let number = self.step.as_ref().map_or(1, |(number, _)| number + 1);
        self.step = Some((number, title.to_owned()));
        let title = title.to_owned();
        self.say(Line::Step { number, title });
    }

    pub(crate) fn typed(&mut self, command: &str) {
        self.say(Line::Typed(mask(command)));
    }

    pub(crate) fn answered(&mut self, text: &str) {
        for line in text.lines() {
            self.say(Line::Answered(mask(line)));
        }
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.say(Line::Note(mask(&text.into())));
    }

    pub(crate) fn checked(&mut self, text: impl Into<String>) {
        self.say(Line::Checked(mask(&text.into())));
    }

    /// The one way past [`mask`]: `--keep` prints commands that have to work when they are pasted.
    pub(crate) fn plain(&mut self, text: &str) {
        for line in text.lines() {
            self.say(Line::Plain(line.to_owned()));
        }
    }

    /// The step that was begun last, in words.
    pub(crate) fn place(&self) -> String {
        match &self.step {
            Some((number, title)) => format!("step {number} failed ({title})"),
            None => "the demo could not begin".into(),
        }
    }

    fn say(&mut self, line: Line) {
        (self.say)(line);
    }
}

/// Hides what would let a reader of the transcript in: berth's tokens, and the handles in one-time links.
pub(crate) fn mask(text: &str) -> String {
    let mut masked = text.to_owned();
    for (before, shown) in [("berth_", 3), ("/login/", 3), ("/connect/", 3)] {
        masked = mask_after(&masked, before, shown);
    }
    masked
}

/// Cuts each run of token characters behind `before` down to `shown` of them.
fn mask_after(text: &str, before: &str, shown: usize) -> String {
    let mut parts = text.split(before);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let secret = part
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
            .unwrap_or(part.len());
        masked.push_str(before);
        if secret > 16 {
            masked.push_str(&part[..shown]);
            masked.push('…');
            masked.push_str(&part[secret..]);
        } else {
            masked.push_str(part);
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_in_is_not_shown() {
        let check = |text: &str, expected: &str| assert_eq!(mask(text), expected);
        check(
            "token berth_abcdefghijklmnopqrstuvwxyz_-09, keep it",
            "token berth_abc…, keep it",
        );
        check(
            "open http://127.0.0.1:1/login/ABCDEFGHIJKLMNOPQRST in a browser",
            "open http://127.0.0.1:1/login/ABC… in a browser",
        );
        check(
            "a berth_token of /connect/ here",
            "a berth_token of /connect/ here",
        );
    }

    #[test]
    fn a_failure_names_its_step() {
        let mut lines = Vec::new();
        let mut say = |line| lines.push(line);
        let mut tell = Tell::new(&mut say);
        assert_eq!(tell.place(), "the demo could not begin");
        tell.step("First");
        tell.step("Second");
        assert_eq!(tell.place(), "step 2 failed (Second)");
        assert!(matches!(&lines[1], Line::Step { number: 2, .. }));
    }
}
