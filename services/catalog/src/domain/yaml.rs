//! YAML, read as it comes: step by step where a mapping is large, and as a tree of what is small. Every
//! node knows its line and column. What the nodes mean is not here.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use granit_parser::{BufferedInput, Event, Marker, Options, Parser, ScalarStyle, options};

use super::finding::{Finding, Place, ReadError};
use super::letters::{Failure, Letters};

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it holds.
    pub value: Value,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: an empty value, `~` or `null`.
    Nothing,
    /// A scalar as it is written, quotes removed: `120.00` is not a number here, so nothing of it
    /// is lost.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the file. A key may occur twice.
    Map(Vec<(Key, Node)>),
    /// A mapping that is read entry by entry, and never kept.
    Streamed,
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub text: String,
}

impl Node {
    /// Returns the entries of a mapping; none of anything else.
    pub fn entries(&self) -> impl Iterator<Item = &(Key, Self)> {
        match &self.value {
            Value::Map(entries) => entries.iter(),
            Value::Nothing | Value::Text(_) | Value::List(_) | Value::Streamed => [].iter(),
        }
    }

    /// Returns the value of a mapping's key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().find(|(found, _)| found.text == key).map(|(_, value)| value)
    }

    /// Returns the node as an alias at `place` repeats it, and counts its nodes.
    fn repeated(&self, place: Place, count: &mut usize) -> Self {
        *count += 1;
        let value = match &self.value {
            Value::List(items) => {
                Value::List(items.iter().map(|item| item.repeated(place, count)).collect())
            }
            Value::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(key, value)| {
                        (Key { place, text: key.text.clone() }, value.repeated(place, count))
                    })
                    .collect(),
            ),
            other @ (Value::Nothing | Value::Text(_) | Value::Streamed) => other.clone(),
        };
        Self { place, value }
    }
}

/// Deeper nesting than any price list has is refused rather than followed.
const DEPTH_MAX: usize = 32;

/// How much of a file may be kept as trees at once: some ten thousand products with all that belongs to
/// them. Their prices, which are many more, are not kept.
const NODES_MAX: usize = 2_000_000;

/// How much of a file its aliases may repeat: enough for a few lines in each of some thousand SKUs, too
/// little for aliases of aliases to exhaust the memory.
const REPEATS_MAX: usize = 100_000;

/// A document that is being read.
pub struct Yaml<R: Read> {
    parser: Parser<'static, BufferedInput<Letters<R>>>,
    failure: Failure,
    /// What aliases stand for.
    anchors: BTreeMap<usize, Node>,
    /// How many nodes anchors and aliases have brought.
    repeats: usize,
    nodes: usize,
}

impl<R: Read> fmt::Debug for Yaml<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yaml").field("nodes", &self.nodes).finish_non_exhaustive()
    }
}

/// What comes next in a document.
#[derive(Debug)]
pub enum Entered {
    /// A mapping that begins at a place; its keys follow.
    Mapping(Place),
    /// Something else, or an alias.
    Whole(Node),
}

impl<R: Read> Yaml<R> {
    /// Begins to read a document.
    ///
    /// # Errors
    ///
    /// [`ReadError`] where it is no YAML.
    pub fn of(source: R) -> Result<Self, ReadError> {
        let letters = Letters::of(source);
        let failure = letters.failure();
        let limits: Options =
            options! { block_nesting_limit: DEPTH_MAX, flow_nesting_limit: DEPTH_MAX };
        let parser = Parser::new_from_iter_with_options(letters, limits);
        let mut yaml = Self { parser, failure, anchors: BTreeMap::new(), repeats: 0, nodes: 0 };
        while !matches!(yaml.next()?.0, Event::DocumentStart(..) | Event::StreamEnd) {}
        Ok(yaml)
    }

    fn next(&mut self) -> Result<(Event<'static>, Place), ReadError> {
        loop {
            match self.parser.next_event() {
                // Whether comments are told depends on what else uses the parser in the same program.
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((event, span))) => return Ok((event, place(&span.start))),
                Some(Err(error)) => {
                    self.failure.check()?;
                    let why = format!("this is not YAML: {}", error.info());
                    return Err(Finding::new(place(error.marker()), why).into());
                }
                None => return Ok((Event::StreamEnd, Place::START)),
            }
        }
    }

    /// Steps into the mapping that comes next; anything else is read whole.
    ///
    /// # Errors
    ///
    /// [`ReadError`] where it is no YAML.
    pub fn enter(&mut self) -> Result<Entered, ReadError> {
        match self.next()? {
            (Event::MappingStart(..), place) => Ok(Entered::Mapping(place)),
            (event, place) => self.build(event, place).map(Entered::Whole),
        }
    }

    /// Reads the next key of the mapping that was entered last; `None` at its end.
    ///
    /// # Errors
    ///
    /// [`ReadError`] where it is no YAML, or the key is no scalar.
    pub fn key(&mut self) -> Result<Option<Key>, ReadError> {
        let (event, place) = self.next()?;
        if matches!(event, Event::MappingEnd | Event::StreamEnd) {
            return Ok(None);
        }
        match self.build(event, place)?.value {
            Value::Text(text) => Ok(Some(Key { place, text })),
            Value::Nothing => Ok(Some(Key { place, text: String::new() })),
            Value::List(_) | Value::Map(_) | Value::Streamed => {
                Err(Finding::new(place, "a key must be a single value").into())
            }
        }
    }

    /// Reads the node that comes next, whole.
    ///
    /// # Errors
    ///
    /// [`ReadError`] where it is no YAML.
    pub fn node(&mut self) -> Result<Node, ReadError> {
        let (event, place) = self.next()?;
        self.build(event, place)
    }

    /// Notes that what was read so far is not kept.
    pub const fn let_go(&mut self) {
        self.nodes = 0;
    }

    /// Reads the end.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if another document follows, or the file was not read to its end.
    pub fn end(mut self) -> Result<(), ReadError> {
        loop {
            let (event, place) = self.next()?;
            if matches!(event, Event::DocumentStart(..)) {
                let why = "this is not YAML: a second document begins here";
                return Err(Finding::new(place, why).into());
            }
            if event == Event::StreamEnd {
                return self.failure.check();
            }
        }
    }

    fn build(&mut self, event: Event<'static>, place: Place) -> Result<Node, ReadError> {
        self.nodes += 1;
        if NODES_MAX < self.nodes {
            let why = "there is too much besides prices: import fewer products at once";
            return Err(Finding::new(place, why).into());
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, _) => (anchor, scalar(text.into_owned(), style)),
            Event::SequenceStart(_, anchor, _) => (anchor, Value::List(self.items()?)),
            Event::MappingStart(_, anchor, _) => (anchor, Value::Map(self.map()?)),
            Event::Alias(id) => return self.repeat(id, place),
            // The parser begins no node with any of these.
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            | Event::UnresolvedAlias(_)
            | Event::SequenceEnd
            | Event::MappingEnd
            | _ => (0, Value::Nothing),
        };
        let node = Node { place, value };
        if anchor != 0 {
            let copy = node.repeated(place, &mut self.repeats);
            self.check_repeats(place)?;
            self.anchors.insert(anchor, copy);
        }
        Ok(node)
    }

    fn items(&mut self) -> Result<Vec<Node>, ReadError> {
        let mut items = vec![];
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(items),
                (event, place) => items.push(self.build(event, place)?),
            }
        }
    }

    fn map(&mut self) -> Result<Vec<(Key, Node)>, ReadError> {
        let mut entries = vec![];
        while let Some(key) = self.key()? {
            entries.push((key, self.node()?));
        }
        Ok(entries)
    }

    fn repeat(&mut self, id: usize, place: Place) -> Result<Node, ReadError> {
        let Some(node) = self.anchors.get(&id) else {
            let why = "an alias cannot stand for a whole price list, nor for what it is part of";
            return Err(Finding::new(place, why).into());
        };
        let copy = node.repeated(place, &mut self.repeats);
        self.check_repeats(place)?;
        Ok(copy)
    }

    fn check_repeats(&self, place: Place) -> Result<(), ReadError> {
        if self.repeats <= REPEATS_MAX {
            return Ok(());
        }
        let why = "anchors and aliases repeat too much: write it out instead";
        Err(Finding::new(place, why).into())
    }
}

/// Reads a scalar; only a plain one can mean nothing.
fn scalar(text: String, style: ScalarStyle) -> Value {
    let is_nothing = matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
    if is_nothing && style == ScalarStyle::Plain { Value::Nothing } else { Value::Text(text) }
}

fn place(marker: &Marker) -> Place {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Place { line: number(marker.line()), column: number(marker.col()).saturating_add(1) }
}

#[cfg(test)]
mod tests;
