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
mod walk;

use std::collections::BTreeMap;
use std::io::Read;

use jiff::Timestamp;
use vocab::{
    BillingCycle, BlockedMarkets, Currency, Market, OfferId, ProductId, Promotion, PromotionId,
    SkuId, TermLength,
};

use super::finding::{Place, ReadError};
use super::product::Product;
use super::yaml::{Node, Value};
use offers::Plan;
use prices::{Context, Lists, Markets};
use products::Owners;
use reader::Reader;
use walk::{Part, walk};

pub use prices::{Priced, Sink};
pub use table::read_table;

const KEYS: [&str; 7] =
    ["format", "description", "markets", "products", "prices", "promotions", "blocked_markets"];

/// The format that this program reads.
const FORMAT: &str = "1";

/// What a catalog file says, but for its prices: those are too many to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it says of itself.
    pub description: String,
    /// All products; of a table, those to which it brings a SKU.
    pub products: BTreeMap<ProductId, Product>,
    /// Whether products and promotions that are not here are there no more. A table speaks of offers
    /// alone.
    pub is_whole: bool,
    /// When its price lists come into force, the earliest first; there is at least one.
    pub dates: Vec<Timestamp>,
    /// All promotions.
    pub promotions: BTreeMap<PromotionId, Promotion>,
    /// A statement about blocked markets, and where it stands.
    pub statement: Option<(Place, BlockedMarkets)>,
}

/// What a document says besides its prices, and what is wrong with it so far.
#[derive(Debug)]
pub struct Outline {
    reader: Reader,
    file: File,
    markets: Markets,
    owners: Owners,
    /// Where prices begin, if there are any that can be read.
    prices: Option<Place>,
}

/// Reads a document, but for its prices.
///
/// # Errors
///
/// [`ReadError`] where it is no YAML. Everything else that is wrong is told when its prices were read.
pub fn outline<R: Read>(source: R) -> Result<Outline, ReadError> {
    let mut root = Node { place: Place::START, value: Value::Nothing };
    let mut entries = vec![];
    walk(source, &mut |part| match part {
        Part::Root(node) => root = node,
        Part::Section(key, node) => entries.push((key, node)),
        Part::List(..) | Part::Sku(..) => {}
    })?;
    if root.value == Value::Streamed {
        root.value = Value::Map(entries);
    }
    Ok(Outline::read(&root))
}

impl Outline {
    fn read(root: &Node) -> Self {
        let mut reader = Reader::default();
        let section = reader.section(root, "a catalog file", &KEYS);
        let format = section.required("format", &mut reader);
        if let Some(node) = format
            && reader.scalar(node, "format").is_some_and(|format| format != FORMAT)
        {
            reader.wrong(node.place, format!("this program reads format {FORMAT}"));
        }
        let description = section.get("description");
        let description = description.and_then(|node| reader.text(node, "description"));
        let markets = section.required("markets", &mut reader);
        let markets =
            markets.map(|node| prices::read_markets(&mut reader, node)).unwrap_or_default();
        let products = section.required("products", &mut reader);
        let (products, owners) =
            products.map(|node| products::read(&mut reader, node)).unwrap_or_default();
        let prices = section.required("prices", &mut reader);
        let prices = prices.filter(|node| {
            let is_streamed = node.value == Value::Streamed;
            is_streamed || !reader.entries(node, "prices").is_empty()
        });
        let context = Context { markets: &markets, products: &products, owners: &owners };
        let promotions = section.get("promotions");
        let promotions = promotions.map(|node| promotions::read(&mut reader, node, &context));
        let statement = section.get("blocked_markets");
        let statement = statement.and_then(|node| statement::read(&mut reader, node));
        let file = File {
            description: description.unwrap_or_default(),
            products,
            is_whole: true,
            dates: vec![],
            promotions: promotions.unwrap_or_default(),
            statement,
        };
        Self { prices: prices.map(|node| node.place), reader, file, markets, owners }
    }

    /// Reads the prices, which go to `sink`; `source` is the same document from its beginning.
    /// `effective_at`, where given, replaces the date of the first list.
    ///
    /// # Errors
    ///
    /// [`ReadError`]: everything that is wrong, each with line and column.
    pub fn read_prices<R: Read>(
        self,
        source: R,
        effective_at: Option<Timestamp>,
        sink: Sink<'_>,
    ) -> Result<File, ReadError> {
        let Self { mut reader, mut file, markets, owners, prices } = self;
        let context = Context { markets: &markets, products: &file.products, owners: &owners };
        let mut lists = Lists::of(&mut reader, &context, effective_at, sink);
        walk(source, &mut |part| match part {
            Part::Root(_) | Part::Section(..) => {}
            Part::List(key, node) => {
                lists.begin(&key);
                lists.read_whole(&node);
            }
            Part::Sku(key, plans) => lists.read_sku(&key, &plans),
        })?;
        let (count, dates) = lists.finish();
        if let Some(place) = prices.filter(|_| count == 0) {
            reader.wrong(place, "prices has no list: write a date and prices below it");
        }
        file.dates = dates;
        Ok(reader.finish(file)?)
    }
}

/// Returns how the offer of a SKU is called.
pub fn offer_id(
    sku: &SkuId,
    (term, billing): (Option<TermLength>, BillingCycle),
    market: Market,
    other: Option<Currency>,
) -> OfferId {
    Plan { term, billing }.offer_id(sku, market, other)
}

#[cfg(test)]
pub(crate) mod tests;
