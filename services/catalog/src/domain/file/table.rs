//! Reads a price list that is a table: a header row, and one row for each offer. It speaks of offers
//! alone; products that it does not mention stay as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use jiff::Timestamp;
use vocab::{Category, Cloud, Currency, Market, ProductId, ProductKind, Segment, SkuId};

use super::File;
use super::offers::{MarketTerms, Plan, Target, offer, read_price};
use super::prices::{Priced, Sink};
use super::products::{OWNER, billing_type, publisher_type};
use super::reader::{Reader, Section};
use crate::domain::finding::{Place, ReadError};
use crate::domain::product::{Product, Sku};
use crate::domain::table::{Cell, Rows};
use crate::domain::yaml::{Node, Value};

/// The columns that every table has.
const REQUIRED: [&str; 5] = ["sku", "plan", "market", "currency", "price"];

/// The columns that a table may have. All but the first describe SKUs that are not in the catalog.
const OPTIONAL: [&str; 9] = [
    "tax_included",
    "sku_title",
    "product",
    "product_title",
    "kind",
    "publisher",
    "category",
    "segments",
    "cloud",
];

/// What stands between the segments of one cell.
const BETWEEN: char = ';';

/// Reads a table whose offers are for sale from `effective_at` on; `known` are the products of the
/// catalog then. Whether an offer stands in it twice is not looked at.
///
/// # Errors
///
/// [`ReadError`]: everything that is wrong, each with line and column.
pub fn read_table<R: Read>(
    source: R,
    effective_at: Timestamp,
    known: BTreeMap<ProductId, Product>,
    sink: Sink<'_>,
) -> Result<File, ReadError> {
    let mut rows = Rows::of(source);
    let mut reader = Reader::default();
    let mut shelf = Shelf::of(known, effective_at);
    let header = rows.next().transpose()?.unwrap_or_default();
    check_header(&mut reader, &header);
    if reader.is_clean() {
        for row in &mut rows {
            match row {
                Ok(row) => sink_row(&mut reader, &header, &row, &mut shelf, sink),
                Err(finding) => reader.wrong(finding.place, finding.what),
            }
        }
    }
    rows.end()?;
    let Shelf { products, changed, .. } = shelf;
    Ok(reader.finish(File {
        description: String::new(),
        products: products.into_iter().filter(|(id, _)| changed.contains(id)).collect(),
        is_whole: false,
        dates: vec![effective_at],
        promotions: BTreeMap::new(),
        statement: None,
    })?)
}

fn check_header(reader: &mut Reader, header: &[Cell]) {
    let mut seen = BTreeSet::new();
    for cell in header {
        let name = cell.text.as_str();
        if !REQUIRED.contains(&name) && !OPTIONAL.contains(&name) {
            let known = [REQUIRED.join(", "), OPTIONAL.join(", ")].join(", ");
            reader.wrong(cell.place, format!("there is no column {name:?}, only {known}"));
        } else if !seen.insert(name) {
            reader.wrong(cell.place, format!("the column {name} stands here twice"));
        }
    }
    for missing in REQUIRED.into_iter().filter(|name| !seen.contains(name)) {
        reader.wrong(Place::START, format!("the column {missing} is missing"));
    }
}

/// What is in the catalog, and what the rows have brought so far.
struct Shelf {
    products: BTreeMap<ProductId, Product>,
    owners: BTreeMap<SkuId, ProductId>,
    changed: BTreeSet<ProductId>,
    /// The currency in which the first row of a market is; offers in others are named after them.
    currencies: BTreeMap<Market, Currency>,
    effective_at: Timestamp,
}

impl Shelf {
    fn of(products: BTreeMap<ProductId, Product>, effective_at: Timestamp) -> Self {
        let owner = |product: &Product, sku: &Sku| (sku.id.clone(), product.id.clone());
        let skus = products.values().map(|product| (product, &product.skus));
        let owners =
            skus.flat_map(|(product, skus)| skus.iter().map(move |sku| owner(product, sku)));
        Self {
            owners: owners.collect(),
            products,
            changed: BTreeSet::new(),
            currencies: BTreeMap::new(),
            effective_at,
        }
    }

    fn find(&self, sku: &SkuId) -> Option<(&Product, &Sku)> {
        let product = self.products.get(self.owners.get(sku)?)?;
        Some((product, product.skus.iter().find(|one| one.id == *sku)?))
    }
}

fn sink_row(reader: &mut Reader, header: &[Cell], row: &[Cell], shelf: &mut Shelf, sink: Sink<'_>) {
    let place = row.first().map_or(Place::START, |cell| cell.place);
    if row.len() != header.len() {
        let why = format!("this row has {} cells, and the header {}", row.len(), header.len());
        reader.wrong(place, why);
        return;
    }
    let nodes: Vec<Node> = row.iter().map(node).collect();
    let names = header.iter().map(|cell| cell.text.as_str());
    let section = Section::of(place, names.zip(&nodes));
    if let Some(priced) = read_offer(reader, &section, place, shelf) {
        sink(priced);
    }
}

/// An empty cell says nothing.
fn node(cell: &Cell) -> Node {
    let text = cell.text.trim();
    let value = if text.is_empty() { Value::Nothing } else { Value::Text(text.to_owned()) };
    Node { place: cell.place, value }
}

fn read_offer(
    reader: &mut Reader,
    section: &Section<'_>,
    place: Place,
    shelf: &mut Shelf,
) -> Option<Priced> {
    let sku = section.required("sku", reader);
    let sku = sku.and_then(|node| {
        let text = reader.scalar(node, "sku")?;
        reader.id(node.place, text).map(SkuId)
    });
    let is_known = sku.as_ref().is_some_and(|sku| stock(reader, section, shelf, sku).is_some());
    let sold = sku.as_ref().filter(|_| is_known).and_then(|sku| shelf.find(sku));
    let plan = section.required("plan", reader).and_then(|node| {
        let text = reader.scalar(node, "plan")?;
        reader.keep(node.place, Plan::read(text, sold, Some(shelf.effective_at)))
    });
    let market = section.required("market", reader);
    let market = market.and_then(|node| reader.parse::<Market>(node, "market"));
    let currency = section.required("currency", reader);
    let currency = currency.and_then(|node| reader.parse::<Currency>(node, "currency"));
    let price = section.required("price", reader).zip(currency).and_then(|(node, currency)| {
        let text = reader.scalar(node, "price")?;
        reader.keep(node.place, read_price(text, currency))
    });
    let given = section.get("tax_included").map(|node| reader.truth(Some(node), "tax_included"));
    let (sku, plan, market, currency, price) = (sku?, plan?, market?, currency?, price?);
    let own = *shelf.currencies.entry(market).or_insert(currency);
    let other = Some(currency).filter(|currency| *currency != own);
    let terms = MarketTerms {
        currency,
        // MKT-3: the market decides unless the table does.
        tax_included: given.unwrap_or_else(|| market.includes_tax()),
    };
    let target = Target { sku_id: &sku, plan, sold: shelf.find(&sku) };
    let becomes = target.becomes();
    let offer = offer(&target, (plan.offer_id(&sku, market, other), market, terms, price))?;
    Some(Priced { list: 0, place, id: offer.id.clone(), offer: Some(offer), becomes })
}

/// Sees that a SKU is on the shelf: that it is what the catalog says, or is described here.
fn stock(reader: &mut Reader, section: &Section<'_>, shelf: &mut Shelf, sku: &SkuId) -> Option<()> {
    if let Some((product, known)) = shelf.find(sku) {
        check_known(reader, section, product, known);
        return Some(());
    }
    if section.get("product").is_none() {
        let place = section.get("sku").map_or(Place::START, |node| node.place);
        let why =
            format!("there is no SKU {sku} in the catalog: describe it, product and sku_title");
        reader.wrong(place, why);
        return None;
    }
    let product = section.get("product").and_then(|node| {
        let text = reader.scalar(node, "product")?;
        reader.id(node.place, text)
    });
    let product = product.map(ProductId)?;
    let title = section.required("sku_title", reader);
    let title = title.and_then(|node| reader.text(node, "sku_title"));
    if !shelf.products.contains_key(&product) {
        let read = read_product(reader, section, &product)?;
        shelf.products.insert(product.clone(), read);
    }
    shelf.products.get_mut(&product)?.skus.push(Sku::plain(sku.clone(), title?));
    shelf.owners.insert(sku.clone(), product.clone());
    shelf.changed.insert(product);
    Some(())
}

fn read_product(reader: &mut Reader, section: &Section<'_>, id: &ProductId) -> Option<Product> {
    let title = section.required("product_title", reader);
    let title = title.and_then(|node| reader.text(node, "product_title"));
    let kind = section.required("kind", reader);
    let kind = kind.and_then(|node| reader.parse::<ProductKind>(node, "kind"));
    let publisher = section.get("publisher").map(|node| reader.text(node, "publisher"));
    let publisher = publisher.unwrap_or_else(|| Some(OWNER.to_owned()));
    let category = section.get("category").map(|node| reader.parse(node, "category"));
    let cloud = section.get("cloud").map(|node| reader.parse(node, "cloud"));
    let segments = section.get("segments").map(|node| read_segments(reader, node));
    let (publisher, kind) = (publisher?, kind?);
    Some(Product {
        id: id.clone(),
        title: title?,
        kind,
        publisher_type: publisher_type(&publisher),
        publisher,
        billing_type: billing_type(kind),
        category: category.unwrap_or(Some(Category::Enterprise))?,
        segments: segments.unwrap_or_else(|| Some(BTreeSet::from([Segment::Commercial])))?,
        cloud: cloud.unwrap_or(Some(Cloud::Commercial))?,
        skus: vec![],
    })
}

fn read_segments(reader: &mut Reader, node: &Node) -> Option<BTreeSet<Segment>> {
    let text = reader.scalar(node, "segments")?;
    let read = text.split(BETWEEN).map(|one| one.trim().parse()).collect::<Result<_, _>>();
    reader.keep(node.place, read)
}

/// A table prices what is there and does not change it: whatever a row says of it must be so.
fn check_known(reader: &mut Reader, section: &Section<'_>, product: &Product, sku: &Sku) {
    let segments: Vec<_> = product.segments.iter().map(|one| one.as_str()).collect();
    let segments = segments.join(&BETWEEN.to_string());
    for (column, is) in [
        ("sku_title", sku.title.as_str()),
        ("product", product.id.as_str()),
        ("product_title", &product.title),
        ("kind", product.kind.as_str()),
        ("publisher", &product.publisher),
        ("category", product.category.as_str()),
        ("segments", &segments),
        ("cloud", product.cloud.as_str()),
    ] {
        let Some(node) = section.get(column) else { continue };
        let said = reader.scalar(node, column).unwrap_or_default();
        if said != is {
            let why = format!("{column} is {is:?} already, and a table does not change it");
            reader.wrong(node.place, why);
        }
    }
}

#[cfg(test)]
mod tests;
