//! The paths that a Rust source names, written out from the crate's root where they lead there.
//!
//! Sees `use` trees, `super`, `self` and names that `use` brought in. Does not see through macros
//! that build paths, nor through globs.

use std::collections::BTreeMap;

/// A path that a source names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// From 1.
    pub line: usize,
    /// `["crate", "store", "load"]`, or `["sqlx", "query"]` for another crate.
    pub segments: Vec<String>,
    /// Whether a `use` named it.
    pub is_use: bool,
}

impl Named {
    pub fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// Returns the paths that `code` (without comments and strings) names.
///
/// `module` is where the code stands, from the crate's root: `["app", "cancel"]`.
pub fn named(code: &str, module: &[&str]) -> Vec<Named> {
    let mut reader = Reader { tokens: tokens(code), at: 0, found: Vec::new(), aliases: Vec::new() };
    reader.read();
    let Reader { found, aliases, .. } = reader;

    let imports: BTreeMap<_, _> =
        aliases.into_iter().map(|(alias, segments)| (alias, from_root(segments, module))).collect();
    let resolve = |mut path: Named| {
        path.segments = from_root(path.segments, module);
        if !path.is_use
            && let Some((first, rest)) = path.segments.split_first()
            && let Some(import) = imports.get(first)
        {
            path.segments = [import, rest].concat();
        }
        path
    };
    found.into_iter().map(resolve).collect()
}

/// Replaces a leading `self` or `super` by where it leads.
fn from_root(segments: Vec<String>, module: &[&str]) -> Vec<String> {
    let ups = segments.iter().take_while(|segment| *segment == "super").count();
    let is_self = segments.first().is_some_and(|first| first == "self");
    if ups == 0 && !is_self {
        return segments;
    }
    let here = module.iter().take(module.len().saturating_sub(ups)).map(|&name| name.to_owned());
    let rest = segments.iter().skip(ups.max(1)).cloned();
    ["crate".to_owned()].into_iter().chain(here).chain(rest).collect()
}

struct Reader<'a> {
    tokens: Vec<(usize, &'a str)>,
    at: usize,
    found: Vec<Named>,
    /// What each `use` brought in, by the name it has here.
    aliases: Vec<(String, Vec<String>)>,
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        while let Some(&(line, token)) = self.tokens.get(self.at) {
            self.at += 1;
            // `use<'a>` is a bound, not an import.
            if token == "use" && self.peek() != "<" {
                self.use_tree(&[]);
            } else if is_name(token) {
                self.path(line, token);
            }
        }
    }

    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |(_, token)| token)
    }

    /// Reads the rest of a path that an expression, a type or a pattern names. A single name is
    /// not a path.
    fn path(&mut self, line: usize, first: &str) {
        let mut segments = vec![first.to_owned()];
        while self.peek() == "::" {
            let Some((_, name)) = self.tokens.get(self.at + 1).filter(|(_, next)| is_name(next))
            else {
                break;
            };
            segments.push((*name).to_owned());
            self.at += 2;
        }
        if 1 < segments.len() {
            self.found.push(Named { line, segments, is_use: false });
        }
    }

    /// Reads one tree of a `use`, which stands below `prefix`.
    fn use_tree(&mut self, prefix: &[String]) {
        let mut segments = prefix.to_vec();
        let mut at_line = 0;
        while let Some(&(line, token)) = self.tokens.get(self.at) {
            match token {
                "{" => return self.use_group(&segments),
                "::" => {}
                "*" => segments.push(token.to_owned()),
                _ if is_name(token) => segments.push(token.to_owned()),
                _ => return,
            }
            at_line = line;
            self.at += 1;
            if token != "::" && self.peek() != "::" {
                break;
            }
        }
        self.use_leaf(at_line, segments);
    }

    fn use_group(&mut self, prefix: &[String]) {
        self.at += 1;
        while self.at < self.tokens.len() {
            match self.peek() {
                "}" => {
                    self.at += 1;
                    return;
                }
                "," => self.at += 1,
                _ => {
                    let before = self.at;
                    self.use_tree(prefix);
                    self.at = self.at.max(before + 1);
                }
            }
        }
    }

    fn use_leaf(&mut self, line: usize, mut segments: Vec<String>) {
        if 1 < segments.len() && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        let mut alias = segments.last().cloned().unwrap_or_default();
        if self.peek() == "as" {
            alias = self.tokens.get(self.at + 1).map_or("", |(_, token)| token).to_owned();
            self.at += 2;
        }
        self.aliases.push((alias, segments.clone()));
        self.found.push(Named { line, segments, is_use: true });
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Splits code into names, numbers, `::` and single characters, each with its line.
pub fn tokens(code: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = match rest.find(|c: char| !(c.is_alphanumeric() || c == '_')) {
                None => rest.len(),
                Some(0) if rest.starts_with("::") => 2,
                Some(0) => first.len_utf8(),
                Some(length) => length,
            };
            let (token, after) = rest.split_at(length);
            tokens.push((index + 1, token));
            rest = after.trim_start();
        }
    }
    tokens
}

#[test]
fn paths_are_written_out_from_the_root() {
    for (code, expected) in [
        ("use crate::store;", "crate::store"),
        (
            "use crate::{\n    app::{self, App},\n    store::*,\n};",
            "crate::app crate::app::App crate::store::*",
        ),
        ("use super::super::store::load as read;", "crate::store::load"),
        ("use crate::domain;\nf(domain::cancel(x));", "crate::domain crate::domain::cancel"),
        (
            "use proto::order::v1 as pb;\nlet x: pb::Order;",
            "proto::order::v1 proto::order::v1::Order",
        ),
        ("self::tidy(); super::open();", "crate::app::cancel::tidy crate::app::open"),
        (
            "pub use ::sqlx::query;\nfn f() -> impl Sized + use<'a> { sqlx::query(1) }",
            "sqlx::query sqlx::query",
        ),
        ("self.store.load(id); Vec::<u8>::new(); db", ""),
    ] {
        let found: Vec<_> = named(code, &["app", "cancel"]).iter().map(Named::text).collect();
        assert_eq!(found.join(" "), expected, "{code}");
    }
}

#[test]
fn paths_keep_their_lines() {
    let lines: Vec<_> =
        named("use a::{\n  b,\n  c,\n};\n\nd::e()", &[]).iter().map(|p| p.line).collect();
    assert_eq!(lines, [2, 3, 6]);
}
