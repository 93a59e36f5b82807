//! Reads `markets:` and `prices:`. How an offer is made of a price is not here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use vocab::{Currency, Market, Money, Offer, OfferId, ProductId, SkuId};

use super::offers::{MarketTerms, Plan, Target, offer, read_price};
use super::products::Owners;
use super::reader::Reader;
use crate::domain::product::Product;
use crate::domain::yaml::{Key, Node, Value};

const MARKET_KEYS: [&str; 2] = ["currency", "tax_included"];

/// What stands in place of a price from which on there is none.
const WITHDRAWN: &str = "withdrawn";

/// The offers that are for sale from an instant on: all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceList {
    /// The instant.
    pub effective_at: Timestamp,
    /// The offers.
    pub offers: BTreeMap<OfferId, Offer>,
}

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

/// Reads one dated list into the offers that hold since the list before.
pub fn read_list(
    reader: &mut Reader,
    node: &Node,
    context: &Context<'_>,
    offers: &mut BTreeMap<OfferId, Offer>,
) {
    for (key, plans) in reader.entries(node, "a price list") {
        let sku_id = SkuId(key.text.clone());
        let Some((product, _)) = context.owners.get(&sku_id) else {
            reader.wrong(key.place, format!("there is no SKU {sku_id} in this file"));
            continue;
        };
        let sold = context
            .products
            .get(product)
            .and_then(|product| Some((product, product.skus.iter().find(|sku| sku.id == sku_id)?)));
        for (key, prices) in reader.entries(plans, "a SKU's prices") {
            if let Some(plan) = reader.keep(key.place, Plan::read(&key.text, sold)) {
                let target = Target { sku_id: &sku_id, plan, sold };
                read_prices(reader, prices, context, offers, &target);
            }
        }
    }
}

fn read_prices(
    reader: &mut Reader,
    node: &Node,
    context: &Context<'_>,
    offers: &mut BTreeMap<OfferId, Offer>,
    target: &Target<'_>,
) {
    let mut seen = BTreeSet::new();
    for (key, node) in reader.entries(node, "prices") {
        let Some((market, terms, id)) = read_market(reader, key, context, target) else {
            continue;
        };
        if !seen.insert(id.clone()) {
            reader.wrong(key.place, format!("{id} has a price already in this list"));
        }
        match read_entry(reader, node, terms.currency) {
            Some(Entry::Price(price)) => {
                let offer = offer(target, (id, market, terms, price));
                offers.extend(offer.map(|offer| (offer.id.clone(), offer)));
            }
            // What could not be read before may be what ends here.
            Some(Entry::End) if offers.remove(&id).is_none() && reader.is_clean() => {
                reader.wrong(node.place, format!("{id} is not for sale before and so cannot end"));
            }
            Some(Entry::End) | None => {}
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
