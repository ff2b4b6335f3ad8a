//! Files of `KEY=VALUE` lines, as the dotenv tools have them.
//!
//! There is no standard, so this takes what they agree on: `#` begins a comment at the start of a line or behind a space,
//! `export` may stand in front, a value may be in quotes and then have several lines. In single quotes and backticks all
//! stands for itself; in double quotes `\n`, `\r`, `\t`, `\"`, `\\` and `\$` stand for what they do in a shell or in C.
//! Nothing is replaced. No error repeats what stands in the file.

use std::collections::BTreeMap;

use crate::{
    cli::error::{CmdError, Problems},
    model::EnvName,
    secret::Secret,
};

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) values: BTreeMap<EnvName, Secret<String>>,
    /// What went well but should be known.
    pub(super) remarks: Vec<String>,
}

/// Reads a file; all that is wrong with it is told at once.
pub(super) fn parse(text: &str) -> Result<Parsed, CmdError> {
    let mut reader = Reader {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        line: 1,
    };
    let (mut parsed, mut problems) = (Parsed::default(), Problems::default());
    let mut first: BTreeMap<EnvName, usize> = BTreeMap::new();
    while !reader.rest.is_empty() {
        let line = reader.line;
        match reader.entry() {
            Ok(None) => {}
            Ok(Some(Entry { name, value, is_raw })) => {
                if let Some(before) = first.insert(name.clone(), line) {
                    let remark = format!("line {line} sets {name} again (line {before} did): the last one counts");
                    parsed.remarks.push(remark);
                }
                if !is_raw && value.expose().contains("${") {
                    let remark = format!("line {line}: the ${{…}} in {name} is taken as it stands, nothing is put in its place");
                    parsed.remarks.push(remark);
                }
                parsed.values.insert(name, value);
            }
            Err(Wrong::Reserved(name)) => parsed.remarks.push(format!(
                "line {line}: {name} is left out: berth sets it itself, or it changes what code a process loads"
            )),
            Err(Wrong::Line(why)) => problems.add(CmdError::usage(format!("line {line} {why}"))),
        }
    }
    problems.settle()?;
    Ok(parsed)
}

struct Entry {
    name: EnvName,
    value: Secret<String>,
    /// In quotes that let all stand for itself.
    is_raw: bool,
}

enum Wrong {
    /// A name that no connector's variable may have; such as many files have all the same.
    Reserved(String),
    Line(&'static str),
}

struct Reader<'a> {
    rest: &'a str,
    /// The number of the line that `rest` begins in.
    line: usize,
}

impl<'a> Reader<'a> {
    /// The next line, or several that a quoted value has; nothing where it says nothing. The line is behind it whatever
    /// comes of it.
    fn entry(&mut self) -> Result<Option<Entry>, Wrong> {
        let line = self.rest.split('\n').next().unwrap_or_default();
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            self.take(line.len());
            return Ok(None);
        }
        let Some(equals) = line.find('=') else {
            self.take(line.len());
            return Err(Wrong::Line("has no '=': write it as KEY=VALUE"));
        };
        let name = line[..equals].trim();
        let name = match name.split_once(char::is_whitespace) {
            Some(("export", name)) => name.trim_start(),
            _ => name,
        };
        let value = self.value(equals + 1, line);
        let name = named(name)?;
        let (value, is_raw) = value?;
        Ok(Some(Entry { name, value, is_raw }))
    }

    /// The value that stands `from` bytes into `line`, and whether all in it stands for itself.
    fn value(&mut self, from: usize, line: &'a str) -> Result<(Secret<String>, bool), Wrong> {
        let start = line.len() - line[from..].trim_start().len();
        let quote = line[start..]
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\'' | '`'));
        let Some(quote) = quote else {
            self.take(line.len());
            return Ok((Secret::new(without_comment(&line[from..]).to_owned()), false));
        };
        let inner = &self.rest[start + 1..];
        let Some(end) = closing(inner, quote) else {
            self.take(line.len());
            return Err(Wrong::Line("begins a value in quotes that are never closed"));
        };
        let after = &inner[end + 1..];
        let after = after.split('\n').next().unwrap_or_default();
        self.take(start + 1 + end + 1 + after.len());
        let after = after.trim();
        if !after.is_empty() && !after.starts_with('#') {
            return Err(Wrong::Line("has something behind the closing quote of its value"));
        }
        let text = &inner[..end];
        Ok(match quote {
            '"' => (Secret::new(unescaped(text)), false),
            _ => (Secret::new(text.replace("\r\n", "\n")), true),
        })
    }

    /// Goes on behind the next `length` bytes and the end of their line.
    fn take(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count() + 1;
        self.rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
}

fn named(name: &str) -> Result<EnvName, Wrong> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if let Ok(name) = name.parse() {
        return Ok(name);
    }
    let is_name = !name.is_empty()
        && name.len() <= 255
        && name.chars().all(plain)
        && !name.starts_with(|c: char| c.is_ascii_digit());
    Err(match is_name {
        true => Wrong::Reserved(name.to_owned()),
        false => {
            Wrong::Line("has no name before its '=': letters, digits and '_', not starting with a digit")
        }
    })
}

/// Where the quote is closed.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some(c @ ('"' | '\\' | '$')) => plain.push(c),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

/// A value without quotes, up to a comment behind a space.
fn without_comment(text: &str) -> &str {
    let comment = text
        .char_indices()
        .zip(text.chars().skip(1))
        .find(|((_, c), next)| c.is_whitespace() && *next == '#');
    match comment {
        Some(((at, _), _)) => text[..at].trim(),
        None => text.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let parsed = parse(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
        let values: Vec<_> = parsed
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose().as_str()))
            .collect();
        assert_eq!(values, expected, "{text:?}");
    }

    #[test]
    fn lines_are_read_as_dotenv_tools_do() {
        check("A=1\nB = two words \n", &[("A", "1"), ("B", "two words")]);
        check("\u{feff}A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]);
        check(
            "# x\n\n  # y\nexport A=1\n\texport\tB=2",
            &[("A", "1"), ("B", "2")],
        );
        check(
            "A=1 # one\nB=#2\nC=a#b\nD= # none\nE=",
            &[("A", "1"), ("B", "#2"), ("C", "a#b"), ("D", ""), ("E", "")],
        );
        check(
            "A='x # \\n $B' # y\nB=\"x # y\"\nC=`it's \"z\"`",
            &[("A", "x # \\n $B"), ("B", "x # y"), ("C", "it's \"z\"")],
        );
        check(r#"A="a\nb\t\"c\" \\ \$d \e""#, &[("A", "a\nb\t\"c\" \\ $d \\e")]);
        check(
            "A=\"one\r\ntwo\n\"\nB=it's\nexport=2",
            &[("A", "one\ntwo\n"), ("B", "it's"), ("export", "2")],
        );
        check(
            "A={\"a\": \"b=c\"}\nA=https://x/?a=b&c=d#e",
            &[("A", "https://x/?a=b&c=d#e")],
        );
        check("", &[]);
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_not_repeated() {
        for (text, told) in [
            ("A=1\ncanary\n", "line 2 has no '='"),
            ("A=\"x\ny\"\n\n=canary", "line 4 has no name"),
            ("1A=canary", "line 1 has no name"),
            ("can ary=1", "line 1 has no name"),
            ("A='canary\nB=2", "line 1 begins a value in quotes"),
            ("\nA=\"canary\\\"", "line 2 begins a value in quotes"),
            ("A='canary' x", "line 1 has something behind"),
        ] {
            let error = format!("{:?}", parse(text).unwrap_err());
            assert!(
                error.contains(told) && !error.contains("canary"),
                "{text:?}: {error}"
            );
        }
        let error = parse("a\nb\nC=1").unwrap_err().message;
        assert!(error.starts_with("2 things are wrong:"), "{error}");
    }

    #[test]
    fn what_should_be_known_is_remarked() {
        let text = "PORT=3000\nNODE_OPTIONS=--x\nA=1\nA=2\nB=${A}/x\nC='${A}'";
        let remarks = parse(text).unwrap().remarks.join("\n");
        for told in [
            "line 1: PORT is left out",
            "line 2: NODE_OPTIONS",
            "line 4 sets A again (line 3",
            "line 5: the ${",
        ] {
            assert!(remarks.contains(told), "{told}: {remarks}");
        }
        assert!(!remarks.contains("line 6"), "{remarks}");
    }
}
