//! Text as a terminal can show it: in its width, and in its letters.

/// Breaks the lines of two columns or more that are longer than `columns`, at spaces. What is broken off stands under
/// the second column: under a field's value, and within a table's row. Prose is left to the terminal, and so is what
/// may be a command: it is still one line where it is copied.
pub(super) fn wrapped(text: &str, columns: usize) -> String {
    let mut shown = String::new();
    for line in text.split_inclusive('\n') {
        let is_longer = line.trim_end().chars().count() > columns;
        match second_column(line).filter(|_| is_longer) {
            Some(column) => wrap(line, column, columns, &mut shown),
            None => shown.push_str(line),
        }
    }
    shown
}

fn wrap(line: &str, column: usize, columns: usize, shown: &mut String) {
    let indent = match column <= columns / 2 {
        true => column,
        false => leading(line) + 2,
    };
    let mut used = 0;
    let mut rest = line.trim_end();
    while !rest.is_empty() {
        let spaces = leading(rest);
        let word = rest[spaces..].split(' ').next().unwrap_or_default();
        let length = word.chars().count();
        // Of what is too long for a line of its own nothing would be gained.
        let is_first = used + spaces <= indent;
        if used + spaces + length > columns && !(is_first && indent + length > columns) && used > 0 {
            shown.push_str(&format!("\n{:indent$}", ""));
            used = indent;
        } else {
            shown.push_str(&rest[..spaces]);
            used += spaces;
        }
        shown.push_str(word);
        used += length;
        rest = &rest[spaces + word.len()..];
    }
    if line.ends_with('\n') {
        shown.push('\n');
    }
}

/// How many spaces it begins with.
fn leading(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

/// Where the second column begins, in characters: behind the first gap of two spaces.
fn second_column(line: &str) -> Option<usize> {
    let first = leading(line);
    let gap = first + line[first..].find("  ")?;
    let column = gap + leading(&line[gap..]);
    Some(line[..column].chars().count())
}

/// `text` in ASCII, for a locale that has no more: berth's own signs by what is like them, anything else by `?`.
pub(in crate::cli) fn ascii(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '…' => shown.push_str("..."),
            '→' => shown.push_str("->"),
            '·' | '—' | '–' => shown.push('-'),
            '✓' => shown.push('+'),
            '‘' | '’' => shown.push('\''),
            '“' | '”' => shown.push('"'),
            c if c.is_ascii() => shown.push(c),
            _ => shown.push('?'),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_goes_on_under_the_second_column() {
        let check = |text: &str, expected: &str| assert_eq!(wrapped(text, 20), expected, "{text:?}");
        check("short\n", "short\n");
        check(
            "Live  one two three four\nx\n",
            "Live  one two three\n      four\nx\n",
        );
        check("NAME  A  B  ENDPOINTS\n", "NAME  A  B\n      ENDPOINTS\n");
        let command = "  berth oauth set tracker --issuer https://x\n";
        check(command, command);
        let word = "a-word-that-is-longer-than-that\n";
        check(word, word);
        check("Key  a-word-that-is-longer\n", "Key  a-word-that-is-longer\n");
        check(
            "Key  some a-word-of-fifteen\n",
            "Key  some\n     a-word-of-fifteen\n",
        );
        check("a                     b  c d\n", "a\n  b  c d\n");
    }

    #[test]
    fn signs_have_something_like_them() {
        assert_eq!(ascii("a → b … ✓ · Ä\n"), "a -> b ... + - ?\n");
    }
}
