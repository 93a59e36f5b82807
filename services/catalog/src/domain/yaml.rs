//! YAML as a tree in which every node knows its line and column. What the nodes mean is not here.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, Spanned};

use super::finding::{Finding, Place};

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
    /// A scalar that stands at these bytes of the source; none is left in a tree that was read.
    Source(usize, usize),
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
            Value::Nothing | Value::Text(_) | Value::List(_) | Value::Source(..) => [].iter(),
        }
    }

    /// Returns the value of a mapping's key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().find(|(found, _)| found.text == key).map(|(_, value)| value)
    }
}

/// Deeper nesting than any price list has is refused rather than followed.
const DEPTH_MAX: usize = 32;

/// How much of a file its aliases may repeat: enough for a few lines in each of some thousand SKUs, too
/// little for aliases of aliases to exhaust the memory.
const REPLAYS_MAX: usize = 100_000;

/// Reads a document.
///
/// # Errors
///
/// A [`Finding`] where it is no YAML.
pub fn parse(text: &str) -> Result<Node, Finding> {
    let options = serde_saphyr::options! {
        // The size of the text is limited elsewhere, so its nodes need no limit of their own.
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            max_documents: 1,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: REPLAYS_MAX,
        },
        emit_comments: false,
        // Both are handed out, so that a key that occurs twice can be told with all other mistakes.
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    };
    let mut root: Node = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location().map_or(Place::START, place);
        Finding::new(place, format!("this is not YAML: {}", without_place(&error.to_string())))
    })?;
    fill_in(&mut root, text);
    Ok(root)
}

/// Puts the text of the source where a scalar was read as a number or the like.
fn fill_in(node: &mut Node, source: &str) {
    match &mut node.value {
        Value::Source(start, end) => {
            let text = source.get(*start..*end).unwrap_or_default();
            node.value = Value::Text(text.to_owned());
        }
        Value::List(items) => items.iter_mut().for_each(|item| fill_in(item, source)),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, value)| fill_in(value, source)),
        Value::Nothing | Value::Text(_) => {}
    }
}

/// Returns what a message says first, without the place that we tell ourselves.
fn without_place(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default();
    line.rsplit_once(" at line ").map_or(line, |(what, _)| what)
}

fn place(location: Location) -> Place {
    Place { line: location.line(), column: location.column() }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: Inner(mut value), referenced, defined } =
            Spanned::<Inner>::deserialize(deserializer)?;
        if let Value::Source(start, end) = &mut value {
            let span = defined.span();
            let number = |bytes: Option<u64>| bytes.and_then(|n| usize::try_from(n).ok());
            *start = number(span.byte_offset()).unwrap_or_default();
            *end = *start + number(span.byte_len()).unwrap_or_default();
        }
        Ok(Self { place: place(referenced), value })
    }
}

/// A value whose place is not yet known.
struct Inner(Value);

impl<'de> Deserialize<'de> for Inner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Inner)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text, a list or a mapping")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Source(0, 0))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Source(0, 0))
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Value, E> {
        Ok(Value::Source(0, 0))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Source(0, 0))
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Value, E> {
        Ok(Value::Source(0, 0))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Source(0, 0))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = vec![];
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = vec![];
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let key = Key { place: place(key.referenced), text: key.value };
            entries.push((key, map.next_value()?));
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests;
