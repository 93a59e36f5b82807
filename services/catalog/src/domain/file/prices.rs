//! Reads `markets:` and `prices:`, of which each is handed on as soon as it was read. How an offer is
//! made of a price is not here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use vocab::{Currency, Market, Money, Offer, OfferId, ProductId, SkuId};

use super::offers::{MarketTerms, Plan, Target, offer, read_price};
use super::products::Owners;
use super::reader::{Reader, Seen};
use super::time;
use crate::domain::finding::Place;
use crate::domain::product::Product;
use crate::domain::yaml::{Key, Node, Value};

const MARKET_KEYS: [&str; 2] = ["currency", "tax_included"];

/// What stands in place of a price from which on there is none.
const WITHDRAWN: &str = "withdrawn";

/// What a list says of one offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// Which list, counted from 0.
    pub list: i64,
    /// Where it stands.
    pub place: Place,
    /// Of which offer.
    pub id: OfferId,
    /// The offer; `None` where it ends.
    pub offer: Option<Offer>,
    /// What a trial becomes at its end (TRI-3).
    pub becomes: Option<SkuId>,
}

impl Priced {
    /// A trial's offer that becomes something else from a list on than what it was read with.
    pub fn relinked(list: i64, offer: Offer, becomes: SkuId) -> Self {
        let (place, id) = (Place::START, offer.id.clone());
        Self { list, place, id, offer: Some(offer), becomes: Some(becomes) }
    }
}

/// Takes prices, one after the other.
pub type Sink<'a> = &'a mut dyn FnMut(Priced);

/// The markets of a file; one that is listed and could not be read has no terms.
pub type Markets = BTreeMap<Market, Option<MarketTerms>>;

/// What a file is read with: everything but the prices themselves.
pub struct Context<'a> {
    pub markets: &'a Markets,
    pub products: &'a BTreeMap<ProductId, Product>,
    pub owners: &'a Owners,
}

/// Reads the markets: `DE: EUR`, or `AU: {currency: AUD, tax_included: false}`.
pub fn read_markets(reader: &mut Reader, node: &Node) -> Markets {
    let mut markets = Markets::new();
    for (key, node) in reader.entries(node, "markets") {
        if let Some(market) = reader.keep(key.place, key.text.parse::<Market>()) {
            markets.insert(market, read_terms(reader, market, node));
        }
    }
    markets
}

fn read_terms(reader: &mut Reader, market: Market, node: &Node) -> Option<MarketTerms> {
    // MKT-3: the market decides unless the file does.
    let tax_included = market.includes_tax();
    if matches!(node.value, Value::Text(_)) {
        let currency = reader.parse(node, "currency")?;
        return Some(MarketTerms { currency, tax_included });
    }
    let section = reader.section(node, "a market", &MARKET_KEYS);
    let currency = section.required("currency", reader);
    let currency = currency.and_then(|node| reader.parse(node, "currency"));
    let given = section.get("tax_included").map(|node| reader.truth(Some(node), "tax_included"));
    Some(MarketTerms { currency: currency?, tax_included: given.unwrap_or(tax_included) })
}

/// Dated lists that are being read: the first is the whole list, each other says what changes on its
/// day.
pub struct Lists<'a> {
    reader: &'a mut Reader,
    context: &'a Context<'a>,
    sink: Sink<'a>,
    /// What replaces the date of the first.
    effective_at: Option<Timestamp>,
    dates: Vec<Timestamp>,
    seen_dates: Seen,
    seen_skus: Seen,
    /// Which list is being read, counted from 1.
    count: i64,
    /// The date of that list; `None` where it could not be read.
    dated: Option<Timestamp>,
    /// Whether the list stands there a second time, and is passed over.
    is_passed_over: bool,
}

impl<'a> Lists<'a> {
    pub const fn of(
        reader: &'a mut Reader,
        context: &'a Context<'a>,
        effective_at: Option<Timestamp>,
        sink: Sink<'a>,
    ) -> Self {
        Self {
            reader,
            context,
            sink,
            effective_at,
            dates: vec![],
            seen_dates: Seen::new(),
            seen_skus: Seen::new(),
            count: 0,
            dated: None,
            is_passed_over: false,
        }
    }

    /// Returns how many lists there were, and their dates.
    pub fn finish(self) -> (i64, Vec<Timestamp>) {
        (self.count, self.dates)
    }

    /// Reads the date of a list whose prices follow.
    pub fn begin(&mut self, key: &Key) {
        self.seen_skus.clear();
        self.is_passed_over = !self.reader.is_first(&mut self.seen_dates, key);
        if self.is_passed_over {
            return;
        }
        let dated = self.reader.keep(key.place, time::read(&key.text));
        let is_first = self.count == 0;
        self.count += 1;
        self.dated = self.effective_at.filter(|_| is_first).or(dated);
        let Some(dated) = self.dated else { return };
        if let Some(before) = self.dates.last().filter(|before| dated <= **before) {
            let why = format!("this list must come into force after {before}");
            self.reader.wrong(key.place, why);
        }
        self.dates.push(dated);
    }

    /// Reads a list that was not streamed.
    pub fn read_whole(&mut self, list: &Node) {
        if list.value == Value::Streamed {
            return;
        }
        for (key, plans) in self.reader.entries(list, "a price list") {
            self.read_sku(key, plans);
        }
    }

    /// Reads the prices of one SKU.
    pub fn read_sku(&mut self, key: &Key, plans: &Node) {
        if self.is_passed_over || !self.reader.is_first(&mut self.seen_skus, key) {
            return;
        }
        let sku_id = SkuId(key.text.clone());
        let Some((product, _)) = self.context.owners.get(&sku_id) else {
            self.reader.wrong(key.place, format!("there is no SKU {sku_id} in this file"));
            return;
        };
        let product = self.context.products.get(product);
        let sold = product
            .and_then(|product| Some((product, product.skus.iter().find(|sku| sku.id == sku_id)?)));
        for (key, prices) in self.reader.entries(plans, "a SKU's prices") {
            let plan = Plan::read(&key.text, sold, self.dated);
            if let Some(plan) = self.reader.keep(key.place, plan) {
                self.read_prices(prices, &Target { sku_id: &sku_id, plan, sold });
            }
        }
    }

    fn read_prices(&mut self, node: &Node, target: &Target<'_>) {
        let mut seen = BTreeSet::new();
        for (key, node) in self.reader.entries(node, "prices") {
            let read = read_market(self.reader, key, self.context, target);
            let Some((market, terms, id)) = read else { continue };
            if !seen.insert(id.clone()) {
                self.reader.wrong(key.place, format!("{id} has a price already in this list"));
                continue;
            }
            let offer = match read_entry(self.reader, node, terms.currency) {
                Some(Entry::Price(price)) => offer(target, (id.clone(), market, terms, price)),
                Some(Entry::End) => None,
                None => continue,
            };
            let becomes = offer.as_ref().and(target.becomes());
            let list = self.count - 1;
            (self.sink)(Priced { list, place: node.place, id, offer, becomes });
        }
    }
}

/// Reads `DE`, or `CH/EUR` for another currency than the market's own, and names the offer.
fn read_market(
    reader: &mut Reader,
    key: &Key,
    context: &Context<'_>,
    &Target { sku_id, plan, sold: _ }: &Target<'_>,
) -> Option<(Market, MarketTerms, OfferId)> {
    let (code, currency) = match key.text.split_once('/') {
        None => (key.text.as_str(), None),
        Some((code, currency)) => {
            (code, Some(reader.keep(key.place, currency.parse::<Currency>())?))
        }
    };
    let market = reader.keep(key.place, code.parse::<Market>())?;
    let Some(own) = context.markets.get(&market) else {
        reader.wrong(key.place, format!("{market} is not listed under markets"));
        return None;
    };
    let own = (*own)?;
    let other = currency.filter(|currency| *currency != own.currency);
    let terms = MarketTerms { currency: other.unwrap_or(own.currency), ..own };
    Some((market, terms, plan.offer_id(sku_id, market, other)))
}

/// What stands for an offer in a list.
enum Entry {
    /// From then on it has this price.
    Price(Money),
    /// From then on it is not for sale.
    End,
}

fn read_entry(reader: &mut Reader, node: &Node, currency: Currency) -> Option<Entry> {
    let text = reader.scalar(node, "a price")?;
    if text == WITHDRAWN {
        return Some(Entry::End);
    }
    reader.keep(node.place, read_price(text, currency)).map(Entry::Price)
}
