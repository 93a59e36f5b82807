//! Reads a catalog file: all of it or nothing, and what is wrong all at once.
//!
//! `deploy/sample/catalog.yaml` explains the format of a document, `deploy/sample/README.md` that of a
//! table. What an import changes is not here.

mod conversions;
mod offers;
mod prices;
mod products;
mod promotions;
mod reader;
mod restrictions;
mod statement;
mod suites;
mod table;
mod time;

use std::collections::BTreeMap;

use jiff::Timestamp;
use vocab::{BlockedMarkets, Offer, OfferId, ProductId, Promotion, PromotionId};

use super::finding::{Finding, Findings, Place};
use super::product::Product;
use super::yaml::{self, Node};
use prices::Context;
use reader::Reader;

pub use prices::PriceList;
pub use table::read_table;

const KEYS: [&str; 7] =
    ["format", "description", "markets", "products", "prices", "promotions", "blocked_markets"];

/// The format that this program reads.
const FORMAT: &str = "1";

/// What a catalog file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it says of itself.
    pub description: String,
    /// All products; of a table, those to which it brings a SKU.
    pub products: BTreeMap<ProductId, Product>,
    /// Whether products and promotions that are not here are there no more. A table speaks of offers
    /// alone.
    pub is_whole: bool,
    /// The dated price lists, the earliest first; there is at least one.
    pub lists: Vec<PriceList>,
    /// All promotions.
    pub promotions: BTreeMap<PromotionId, Promotion>,
    /// A statement about blocked markets, and where it stands.
    pub statement: Option<(Place, BlockedMarkets)>,
}

/// Reads a file. `effective_at`, where given, replaces the date of its first price list.
///
/// # Errors
///
/// [`Findings`]: everything that is wrong, each with line and column.
pub fn read(file: &[u8], effective_at: Option<Timestamp>) -> Result<File, Findings> {
    let root = yaml::parse(text(file)?)?;
    let mut reader = Reader::default();
    let section = reader.section(&root, "a catalog file", &KEYS);
    let format = section.required("format", &mut reader);
    if let Some(node) = format
        && reader.scalar(node, "format").is_some_and(|format| format != FORMAT)
    {
        reader.wrong(node.place, format!("this program reads format {FORMAT}"));
    }
    let description = section.get("description");
    let description = description.and_then(|node| reader.text(node, "description"));
    let markets = section.required("markets", &mut reader);
    let markets = markets.map(|node| prices::read_markets(&mut reader, node)).unwrap_or_default();
    let products = section.required("products", &mut reader);
    let (products, owners) =
        products.map(|node| products::read(&mut reader, node)).unwrap_or_default();
    let context = Context { markets: &markets, products: &products, owners: &owners };
    let prices = section.required("prices", &mut reader);
    let lists = prices.map(|node| read_lists(&mut reader, node, effective_at, &context));
    let promotions = section.get("promotions");
    let promotions = promotions.map(|node| promotions::read(&mut reader, node, &context));
    let statement = section.get("blocked_markets");
    let statement = statement.and_then(|node| statement::read(&mut reader, node));
    reader.finish(File {
        description: description.unwrap_or_default(),
        lists: lists.unwrap_or_default(),
        products,
        is_whole: true,
        promotions: promotions.unwrap_or_default(),
        statement,
    })
}

fn text(file: &[u8]) -> Result<&str, Finding> {
    std::str::from_utf8(file).map_err(|error| not_text(file, error.valid_up_to()))
}

/// Returns where the first byte stands that is not UTF-8.
fn not_text(file: &[u8], at: usize) -> Finding {
    let before = file.get(..at).unwrap_or_default();
    let text = String::from_utf8_lossy(before);
    let line = text.lines().last().filter(|_| !text.ends_with('\n')).unwrap_or_default();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let place = Place {
        line: count(text.matches('\n').count()).saturating_add(1),
        column: count(line.chars().count()).saturating_add(1),
    };
    Finding::new(place, "this is not text in UTF-8")
}

/// Reads the dated lists: the first is the whole list, each other says what changes on its day.
fn read_lists(
    reader: &mut Reader,
    node: &Node,
    effective_at: Option<Timestamp>,
    context: &Context<'_>,
) -> Vec<PriceList> {
    let mut lists: Vec<PriceList> = vec![];
    let mut offers = BTreeMap::<OfferId, Offer>::new();
    let entries = reader.entries(node, "prices");
    if entries.is_empty() {
        reader.wrong(node.place, "prices has no list: write a date and prices below it");
    }
    for (key, node) in entries {
        let dated = reader.keep(key.place, time::read(&key.text));
        prices::read_list(reader, node, context, &mut offers);
        let first_at = effective_at.filter(|_| lists.is_empty());
        let Some(dated) = first_at.or(dated) else { continue };
        if let Some(before) = lists.last().filter(|before| dated <= before.effective_at) {
            let why = format!("this list must come into force after {}", before.effective_at);
            reader.wrong(key.place, why);
        }
        let mut offers = offers.clone();
        offers::link_trials(&mut offers, context.products);
        lists.push(PriceList { effective_at: dated, offers });
    }
    lists
}

#[cfg(test)]
mod tests;
