//! Reads nodes of the tree: what is wrong is noted, and reading goes on. Which keys there are is not
//! here.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::domain::finding::{Finding, Findings, Found, Place};
use crate::domain::yaml::{Key, Node, Value};

/// The longest text of a file that people read.
const TEXT_MAX: usize = 300;

/// The longest id, so that names stay within what requests may carry.
const ID_MAX: usize = 100;

/// Notes what is wrong while a file is read.
#[derive(Debug, Default)]
pub struct Reader {
    found: Found,
}

/// Where keys stood first.
pub type Seen = BTreeMap<String, Place>;

/// A mapping whose keys are known.
#[derive(Debug)]
pub struct Section<'n> {
    place: Place,
    entries: BTreeMap<&'n str, &'n Node>,
}

impl<'n> Section<'n> {
    /// A row of a table, which begins at a place.
    pub fn of(place: Place, cells: impl Iterator<Item = (&'n str, &'n Node)>) -> Self {
        Self { place, entries: cells.collect() }
    }

    /// Returns the value of a key that may be left out; `~` counts as left out.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.get(key).copied().filter(|node| node.value != Value::Nothing)
    }

    /// Returns the value of a key that must be there.
    pub fn required(&self, key: &str, reader: &mut Reader) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() {
            reader.wrong(self.place, format!("{key} is missing"));
        }
        found
    }
}

impl Reader {
    /// Notes that something is wrong.
    pub fn wrong(&mut self, place: Place, what: impl Display) {
        self.found.push(Finding::new(place, what));
    }

    /// Tells whether nothing was wrong so far.
    pub fn is_clean(&self) -> bool {
        self.found.is_empty()
    }

    /// Tells whether a key stands here for the first time.
    pub fn is_first(&mut self, seen: &mut Seen, key: &Key) -> bool {
        if let Some(first) = seen.get(&key.text) {
            self.wrong(key.place, format!("{} stands here twice, first at {first}", key.text));
            return false;
        }
        seen.insert(key.text.clone(), key.place);
        true
    }

    /// Takes a value that was read elsewhere, or notes why it could not be.
    pub fn keep<T, E: Display>(&mut self, place: Place, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.wrong(place, error)).ok()
    }

    /// Returns `read` unless something was wrong.
    ///
    /// # Errors
    ///
    /// [`Findings`]: all of them.
    pub fn finish<T>(self, read: T) -> Result<T, Findings> {
        self.found.none().map(|()| read)
    }

    /// Reads a mapping with keys of the file's own; each must be there once.
    pub fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Key, &'n Node)> {
        let Value::Map(entries) = &node.value else {
            self.wrong(node.place, format!("{what} must be a mapping"));
            return vec![];
        };
        let mut seen = Seen::new();
        let entries = entries.iter().filter(|(key, _)| self.is_first(&mut seen, key));
        entries.map(|(key, value)| (key, value)).collect()
    }

    /// Reads a mapping whose keys must be among `known`.
    pub fn section<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Section<'n> {
        let mut section = Section { place: node.place, entries: BTreeMap::new() };
        for (key, value) in self.entries(node, what) {
            if known.contains(&key.text.as_str()) {
                section.entries.insert(&key.text, value);
            } else {
                let known = known.join(", ");
                self.wrong(key.place, format!("{what} has no key {}, only {known}", key.text));
            }
        }
        section
    }

    /// Reads a list; one scalar is no list.
    pub fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        let Value::List(items) = &node.value else {
            self.wrong(node.place, format!("{what} must be a list"));
            return &[];
        };
        items
    }

    /// Reads a scalar.
    pub fn scalar<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let Value::Text(text) = &node.value else {
            self.wrong(node.place, format!("{what} must be a single value"));
            return None;
        };
        Some(text)
    }

    /// Reads a text for people.
    pub fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = self.scalar(node, what)?.trim();
        if text.is_empty() || TEXT_MAX < text.chars().count() {
            self.wrong(node.place, format!("{what} must have 1 to {TEXT_MAX} characters"));
            return None;
        }
        Some(text.to_owned())
    }

    /// Reads a scalar that is written in a form of its own.
    pub fn parse<T: FromStr>(&mut self, node: &Node, what: &str) -> Option<T>
    where
        T::Err: Display,
    {
        let read = self.scalar(node, what)?.parse();
        self.keep(node.place, read)
    }

    /// Reads a list of such scalars.
    pub fn parse_all<T: FromStr>(&mut self, node: &Node, what: &str) -> Vec<T>
    where
        T::Err: Display,
    {
        self.list(node, what).iter().filter_map(|item| self.parse(item, what)).collect()
    }

    /// Reads `true` or `false`.
    pub fn truth(&mut self, node: Option<&Node>, what: &str) -> bool {
        let Some(node) = node else { return false };
        match self.scalar(node, what) {
            Some("true") => true,
            Some("false") | None => false,
            Some(_) => {
                self.wrong(node.place, format!("{what} must be true or false"));
                false
            }
        }
    }

    /// Reads a count of 1 or more.
    pub fn count(&mut self, node: &Node, what: &str) -> Option<i64> {
        let read = self.scalar(node, what)?.parse().ok().filter(|count| 1 <= *count);
        if read.is_none() {
            self.wrong(node.place, format!("{what} must be a whole number, 1 or more"));
        }
        read
    }

    /// Reads an id of the catalog.
    pub fn id(&mut self, place: Place, text: &str) -> Option<String> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if text.is_empty() || ID_MAX < text.len() || !text.chars().all(is_allowed) {
            self.wrong(
                place,
                format!(
                    "{text:?} is no id: an id has 1 to {ID_MAX} letters, digits, dots, underscores \
                     or hyphens"
                ),
            );
            return None;
        }
        Some(text.to_owned())
    }
}
