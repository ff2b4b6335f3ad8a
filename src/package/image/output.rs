//! What a build says while it runs.

/// How many lines of a failed step are shown.
const TAIL: usize = 20;
/// Lines that are the builder's own and not the step's.
const OF_THE_BUILDER: [&str; 2] = [" --->", "Removing intermediate container"];

/// A build's output: whole lines, the step that runs, and what it said last.
#[derive(Debug, Default)]
pub(super) struct Output {
    unfinished: String,
    pub(super) step: String,
    pub(super) tail: Vec<String>,
}

impl Output {
    /// Takes the next piece; `say` is given each line that is whole.
    pub(super) fn take(&mut self, text: &str, say: &mut impl FnMut(&str)) {
        self.unfinished.push_str(text);
        while let Some(end) = self.unfinished.find('\n') {
            let line: String = self.unfinished.drain(..=end).collect();
            let line = without_colors(line.trim_end());
            if line.is_empty() {
                continue;
            }
            say(&line);
            if let Some(step) = line.strip_prefix("Step ") {
                self.step = format!("step {step}");
                self.tail.clear();
            } else if !OF_THE_BUILDER.iter().any(|start| line.starts_with(start)) {
                if self.tail.len() == TAIL {
                    self.tail.remove(0);
                }
                self.tail.push(line);
            }
        }
    }
}

/// The builder paints red what a step writes to standard error.
fn without_colors(line: &str) -> String {
    let mut pieces = line.split("\x1b[");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        text.push_str(
            piece
                .get(end.map_or(piece.len(), |end| end + 1)..)
                .unwrap_or_default(),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_and_the_step_s_last_ones_kept() {
        let mut output = Output::default();
        let mut said = Vec::new();
        for text in [
            "Step 1/2 : FROM a",
            "\n",
            " ---> 12\nStep 2/2 : RUN x\n",
            " ---> Running in 34\n",
            "\u{1b}[91mfirst\r\n\u{1b}[0m",
            "\u{1b}[1;32msec\u{1b}[0mond\n\n",
            "Removing intermediate container 34\n",
            "unfinished",
        ] {
            output.take(text, &mut |line| said.push(line.to_owned()));
        }
        assert_eq!(output.step, "step 2/2 : RUN x");
        assert_eq!(output.tail, ["first", "second"]);
        assert_eq!(said.len(), 7, "{said:?}");
        for number in 0..50 {
            output.take(&format!("{number}\n"), &mut |_| {});
        }
        assert_eq!((output.tail.len(), output.tail[TAIL - 1].as_str()), (TAIL, "49"));
        assert_eq!(without_colors("a\u{1b}["), "a");
    }
}
