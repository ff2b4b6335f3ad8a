//! Which files of a folder are a build's context: the patterns of a `.dockerignore` file.
//!
//! They mean what they mean to Docker, whose documentation leaves corners open: a pattern is relative to the context's
//! root and matches whole paths; what matches a folder matches all that is in it; the last pattern that matches
//! decides, so that `!PATTERN` takes back in what an earlier one left out, however deep; `*` and `?` stop at slashes,
//! `**` does not.

use std::{iter::Peekable, path::Path, str::Chars};

use regex::Regex;

/// The patterns of one file, in their order.
#[derive(Debug, Default)]
pub(crate) struct Dockerignore {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: Regex,
    /// Whether it takes back in (`!`).
    exception: bool,
}

/// A line that is no pattern.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, {text:?}, is not a pattern: {problem}")]
pub(crate) struct BadPattern {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) problem: String,
}

/// What the patterns made of one path, which is where they start from for what lies below it.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// Which patterns matched the path or a folder above it.
    matched: Vec<bool>,
    pub(crate) excluded: bool,
}

impl Dockerignore {
    pub(crate) fn parse(text: &str) -> Result<Self, BadPattern> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = Vec::new();
        for (index, line) in text.lines().enumerate() {
            // Only a '#' in the very first column begins a comment.
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            let (exception, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let bad = |problem: String| BadPattern {
                line: index + 1,
                text: line.to_owned(),
                problem,
            };
            if pattern.is_empty() {
                match exception {
                    true => return Err(bad("nothing follows the '!'".to_owned())),
                    false => continue,
                }
            }
            let cleaned = clean(pattern);
            let pattern = cleaned.strip_prefix('/').filter(|rest| !rest.is_empty());
            let pattern =
                translate(pattern.unwrap_or(&cleaned)).map_err(|problem| bad(problem.to_owned()))?;
            let pattern = Regex::new(&pattern).map_err(|_| bad("a range runs backwards".to_owned()))?;
            rules.push(Rule { pattern, exception });
        }
        Ok(Self { rules })
    }

    /// Where a walk starts: the root of the context, which no pattern excludes.
    pub(crate) fn root(&self) -> Verdict {
        Verdict {
            matched: vec![false; self.rules.len()],
            excluded: false,
        }
    }

    /// The verdict on `path`, relative to the context's root, in the folder with the verdict `parent`.
    pub(crate) fn judge(&self, path: &Path, parent: &Verdict) -> Verdict {
        let path = path.to_string_lossy();
        let mut excluded = false;
        let mut matched = Vec::with_capacity(self.rules.len());
        for (rule, above) in self.rules.iter().zip(&parent.matched) {
            let matches = *above || rule.pattern.is_match(&path);
            if matches {
                excluded = !rule.exception;
            }
            matched.push(matches);
        }
        Verdict { matched, excluded }
    }

    /// Whether something below an excluded folder may be in the context all the same.
    pub(crate) fn has_exceptions(&self) -> bool {
        self.rules.iter().any(|rule| rule.exception)
    }
}

/// The shortest path that means the same: no `.`, no empty parts, and `..` only at the start.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// The regular expression that matches the whole paths that `pattern` does.
fn translate(pattern: &str) -> Result<String, &'static str> {
    let mut chars = pattern.chars().peekable();
    let mut expression = String::from("^");
    // A pattern that begins with `**` and has no other special character behind it matches ends of paths, also in
    // the middle of a name: `**.pyc`.
    if let Some(rest) = pattern.strip_prefix("**")
        && !rest.is_empty()
        && !rest.contains(['*', '?', '[', ']', '\\'])
    {
        return Ok(match rest.strip_prefix('/') {
            Some(name) => format!("^(?s:.*/)?{}$", regex::escape(name)),
            None => format!("^(?s:.*){}$", regex::escape(rest)),
        });
    }
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                // `**/` is any number of folders, none as well; at the end, `**` is whatever follows.
                chars.next_if_eq(&'/');
                expression.push_str(match chars.peek() {
                    Some(_) => "(?s:.*/)?",
                    None => "(?s:.*)",
                });
            }
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '[' => class(&mut chars, &mut expression)?,
            '\\' => {
                let escaped = chars.next().ok_or("it ends with a '\\' that escapes nothing")?;
                push_literal(&mut expression, escaped);
            }
            other => push_literal(&mut expression, other),
        }
    }
    expression.push('$');
    Ok(expression)
}

/// `[a-z]`, `[^0-9]`: the part behind the opening bracket.
fn class(chars: &mut Peekable<Chars<'_>>, expression: &mut String) -> Result<(), &'static str> {
    expression.push('[');
    if chars.next_if_eq(&'^').is_some() {
        expression.push('^');
    }
    loop {
        push_literal(expression, member(chars)?);
        if chars.next_if_eq(&'-').is_some() {
            expression.push('-');
            push_literal(expression, member(chars)?);
        }
        if chars.next_if_eq(&']').is_some() {
            break;
        }
    }
    expression.push(']');
    Ok(())
}

/// One character of a class.
fn member(chars: &mut Peekable<Chars<'_>>) -> Result<char, &'static str> {
    const OPEN: &str = "a '[' has no ']'";
    match chars.next().ok_or(OPEN)? {
        '\\' => chars.next().ok_or(OPEN),
        ']' | '-' => Err("in '[…]', write \\] and \\- for the characters themselves"),
        other => Ok(other),
    }
}

fn push_literal(expression: &mut String, c: char) {
    expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excludes(ignore: &Dockerignore, path: &str) -> bool {
        let mut above: Vec<&Path> = Path::new(path).ancestors().collect();
        above.pop();
        let judge = |verdict: Verdict, part: &&Path| ignore.judge(part, &verdict);
        above.iter().rev().fold(ignore.root(), judge).excluded
    }

    #[test]
    fn patterns_mean_what_they_mean_to_docker() {
        let check = |patterns: &str, path: &str, excluded: bool| {
            let ignore = Dockerignore::parse(patterns).unwrap_or_else(|e| panic!("{patterns:?}: {e}"));
            assert_eq!(excludes(&ignore, path), excluded, "{patterns:?} on {path:?}");
        };
        for (patterns, inside, outside) in [
            // Whole paths from the root, and what is below them.
            (
                "foo",
                &["foo", "foo/a", "foo/a/b"][..],
                &["a/foo", "foobar", "xfoo"][..],
            ),
            ("/foo", &["foo", "foo/a"], &["a/foo"]),
            ("./foo/", &["foo", "foo/a"], &["a/foo"]),
            ("a//b/../c", &["a/c"], &["a/b", "a/b/c"]),
            (
                "foo/bar",
                &["foo/bar", "foo/bar/x"],
                &["foo", "foo/x", "x/foo/bar"],
            ),
            // One star and one question mark stay in their folder.
            ("*", &["a", "a/b"], &[]),
            (
                "*.md",
                &["README.md", "a.md/b"],
                &["docs/README.md", "README.mdx"],
            ),
            ("*/*.md", &["docs/README.md"], &["README.md", "a/b/README.md"]),
            ("temp?", &["tempa", "temp1/x"], &["temp", "tempab", "x/tempa"]),
            ("a?b", &["axb", "a.b"], &["a/b"]),
            ("*/temp*", &["a/temp", "a/temporary.txt"], &["temp", "a/b/temp"]),
            // Two stars do not.
            ("**", &["a", "a/b/c"], &[]),
            ("**/foo", &["foo", "a/foo", "a/b/foo/c"], &["xfoo", "a/xfoo"]),
            ("**/*.pyc", &["a.pyc", "a/b/c.pyc"], &["a.py"]),
            ("**.pyc", &["a.pyc", "a/b.pyc", "a.b.pyc"], &["a.pyc.txt"]),
            ("foo/**", &["foo/a", "foo/a/b"], &["foo", "foobar/a"]),
            (
                "foo/**/bar",
                &["foo/bar", "foo/a/bar", "foo/a/b/bar/c"],
                &["foo/xbar", "bar"],
            ),
            ("foo**", &["foo", "foobar", "foo/a"], &["xfoo"]),
            ("**/**/x*", &["x", "a/x1", "a/b/xy/z"], &["a/bx"]),
            ("a**b", &["ab", "ax/b"], &["axb"]),
            // Classes and escapes.
            ("[a-c]x", &["ax", "cx/y"], &["dx", "-x"]),
            ("[^a-c]x", &["dx"], &["ax"]),
            ("[!a]x", &["!x", "ax"], &["bx"]),
            ("[\\]\\-]x", &["]x", "-x"], &["ax"]),
            ("\\*x", &["*x"], &["ax"]),
            ("a.b+(c)|{d}$^", &["a.b+(c)|{d}$^"], &["axb+(c)|{d}$^"]),
            ("\\#x", &["#x"], &[]),
            // Comments, blank lines, spaces, other line ends.
            ("# foo\n\n  bar  \r\n", &["bar"], &["foo", "# foo"]),
            (" #x", &["#x"], &[]),
            ("\u{feff}foo", &["foo"], &[]),
            // What reaches out of the context matches nothing.
            ("../foo", &[], &["foo"]),
            ("/", &[], &["a"]),
            (".", &[], &["a"]),
            // The last match decides, also below a folder that is left out.
            ("*\n!a", &["b"], &["a", "a/b"]),
            ("a\n!a/b", &["a", "a/c"], &["a/b", "a/b/c"]),
            (
                "*\n!**/x.py",
                &["a", "a/b", "a/x.pyc"],
                &["x.py", "a/x.py", "a/b/x.py"],
            ),
            ("!a\na", &["a"], &[]),
            (
                "*.md\n!README*.md\nREADME-secret.md",
                &["x.md", "README-secret.md"],
                &["README.md", "README-1.md"],
            ),
            ("a\n!a\na/b", &["a/b", "a/b/c"], &["a", "a/c"]),
            ("! a\nb", &["b"], &["a"]),
            ("", &[], &["a"]),
        ] {
            inside.iter().for_each(|path| check(patterns, path, true));
            outside.iter().for_each(|path| check(patterns, path, false));
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, line) in [
            ("!", 1),
            ("a\n! ", 2),
            ("a\n\n[b", 3),
            ("[]", 1),
            ("[a-]", 1),
            ("[-a]", 1),
            ("[z-a]", 1),
            ("a\\", 1),
        ] {
            assert_eq!(Dockerignore::parse(text).unwrap_err().line, line, "{text:?}");
        }
    }
}
