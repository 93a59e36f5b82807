//! Tells the code of a Rust source apart from its comments and strings.
//!
//! Just enough of the language to search in it safely; not a parser.

/// A Rust source, taken apart. Lines keep their numbers in both parts.
#[derive(Debug, Default)]
pub struct Code {
    /// The source without comments, and with every string empty.
    pub code: String,
    /// The contents of the strings, each with the line (from 1) where it starts.
    pub strings: Vec<(usize, String)>,
}

impl Code {
    /// Returns the code's lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    pub fn of(source: &str) -> Self {
        let mut read = Self::default();
        let mut rest = source;
        while let Some(next) = rest.chars().next() {
            let length = read.take(rest, next);
            rest = &rest[length..];
        }
        read
    }

    /// Takes up the comment, string or character at the start of `rest`; returns its length.
    fn take(&mut self, rest: &str, next: char) -> usize {
        if let Some(length) = comment(rest) {
            return self.skip(&rest[..length]);
        }
        if let Some((start, end, length)) = self.string(rest) {
            self.strings.push((self.line(), rest[start..end].to_owned()));
            self.code.push_str("\"\"");
            return self.skip(&rest[..length]);
        }
        if let Some(length) = character(rest) {
            self.code.push_str("' '");
            return length;
        }
        self.code.push(next);
        next.len_utf8()
    }

    /// Keeps only the line ends of what is left out.
    fn skip(&mut self, left_out: &str) -> usize {
        self.code.extend(left_out.chars().filter(|&c| c == '\n'));
        left_out.len()
    }

    fn line(&self) -> usize {
        self.code.matches('\n').count() + 1
    }

    /// Returns where the string at the start of `rest` has its content, and where it ends.
    fn string(&self, rest: &str) -> Option<(usize, usize, usize)> {
        if let Some(content) = rest.strip_prefix('"') {
            let end = 1 + end_of_escaped(content, '"')?;
            return Some((1, end, end + 1));
        }
        let inside_a_word = self.code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
            rest.strip_prefix(prefix)
                .is_some_and(|raw| raw.trim_start_matches('#').starts_with('"'))
        })?;
        if inside_a_word {
            return None;
        }
        let start = rest.find('"')? + 1;
        let fence = format!("\"{}", "#".repeat(start - 1 - prefix.len()));
        let end = start + rest[start..].find(&fence)?;
        Some((start, end, end + fence.len()))
    }
}

/// Returns the length of the comment at the start of `rest`; block comments nest.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(rest.len())
}

/// Returns the length of the character literal at the start of `rest`; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let content = rest.strip_prefix('\'')?;
    let first = content.chars().next()?;
    if first == '\\' {
        return Some(1 + end_of_escaped(content, '\'')? + 1);
    }
    content[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

/// Returns where `text` reaches a `quote` that no backslash hides.
fn end_of_escaped(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' {
            is_escaped = true;
        } else if c == quote {
            return Some(at);
        }
    }
    None
}

#[test]
fn code_has_no_comments_and_no_strings() {
    for (source, code) in [
        ("a // b\nc", "a \nc"),
        ("a /* b /* c\n */ d */ e", "a \n e"),
        (r#"f("a \" // b")"#, r#"f("")"#),
        ("r#\"a \" b\"# c", "\"\" c"),
        ("b\"x\" for\"y\"", "b\"\" for\"\""),
        ("'\"' '\\'' '\\u{1f600}' 'a", "' ' ' ' ' ' 'a"),
        ("f::<'a>(r#type)", "f::<'a>(r#type)"),
    ] {
        assert_eq!(Code::of(source).code, code, "{source}");
    }
}

#[test]
fn strings_keep_their_lines() {
    let code = Code::of("a\n\"b\nc\" r\"d\"\n\"e\"");
    let expected = [(2, "b\nc"), (3, "d"), (4, "e")];
    assert_eq!(code.strings, expected.map(|(line, text)| (line, text.to_owned())));
    assert_eq!(code.code.lines().count(), 4);
}
