//! Walks through a document: what is small is handed out whole, prices SKU by SKU, so that none of
//! them need be kept. What the parts mean is not here.

use std::io::Read;

use crate::domain::finding::{Place, ReadError};
use crate::domain::yaml::{Entered, Key, Node, Value, Yaml};

/// The section that is read in pieces.
const PRICES: &str = "prices";

/// A part of a document.
#[derive(Debug)]
pub enum Part {
    /// The document itself: a mapping whose sections follow, or something else.
    Root(Node),
    /// A section: whole, but for prices, whose lists follow.
    Section(Key, Node),
    /// A price list: one whose SKUs follow, or something else.
    List(Key, Node),
    /// The prices of a SKU.
    Sku(Key, Node),
}

/// Hands out the parts of a document in its order.
///
/// # Errors
///
/// [`ReadError`] where it is no YAML, or cannot be read to its end.
pub fn walk<R: Read>(source: R, take: &mut dyn FnMut(Part)) -> Result<(), ReadError> {
    let mut yaml = Yaml::of(source)?;
    match yaml.enter()? {
        Entered::Whole(node) => take(Part::Root(node)),
        Entered::Mapping(place) => {
            take(Part::Root(streamed(place)));
            // Of several such sections the first counts; the others are told as being too many.
            let mut is_first = true;
            while let Some(key) = yaml.key()? {
                if key.text == PRICES && std::mem::take(&mut is_first) {
                    walk_prices(&mut yaml, key, take)?;
                } else {
                    take(Part::Section(key, yaml.node()?));
                }
            }
        }
    }
    yaml.end()
}

fn walk_prices<R: Read>(
    yaml: &mut Yaml<R>,
    key: Key,
    take: &mut dyn FnMut(Part),
) -> Result<(), ReadError> {
    match yaml.enter()? {
        Entered::Whole(Node { place, value: Value::Map(lists) }) => {
            take(Part::Section(key, streamed(place)));
            for (key, list) in lists {
                take(Part::List(key, list));
            }
        }
        Entered::Whole(node) => take(Part::Section(key, node)),
        Entered::Mapping(place) => {
            take(Part::Section(key, streamed(place)));
            while let Some(key) = yaml.key()? {
                walk_list(yaml, key, take)?;
            }
        }
    }
    Ok(())
}

fn walk_list<R: Read>(
    yaml: &mut Yaml<R>,
    key: Key,
    take: &mut dyn FnMut(Part),
) -> Result<(), ReadError> {
    match yaml.enter()? {
        Entered::Whole(node) => take(Part::List(key, node)),
        Entered::Mapping(place) => {
            take(Part::List(key, streamed(place)));
            while let Some(key) = yaml.key()? {
                take(Part::Sku(key, yaml.node()?));
                yaml.let_go();
            }
        }
    }
    Ok(())
}

const fn streamed(place: Place) -> Node {
    Node { place, value: Value::Streamed }
}
