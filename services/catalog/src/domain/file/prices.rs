//! Reads `markets:` and `prices:`, and makes offers of them.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use jiff::Timestamp;
use vocab::{
    BillingCycle, Category, Currency, Market, Money, Offer, OfferId, ProductId, SkuId, TermLength,
    UnknownMember,
};

use super::products::Owners;
use super::reader::Reader;
use crate::domain::product::{Product, Sku};
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

/// How prices of a market are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketTerms {
    currency: Currency,
    tax_included: bool,
}

/// A term with its billing cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Plan {
    term: Option<TermLength>,
    billing: BillingCycle,
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

/// What prices are read for.
struct Target<'a> {
    sku_id: &'a SkuId,
    plan: Plan,
    /// The SKU and its product; `None` where they could not be read, and prices are only checked.
    sold: Option<(&'a Product, &'a Sku)>,
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
            if let Some(plan) = read_plan(reader, key, sold) {
                let target = Target { sku_id: &sku_id, plan, sold };
                read_prices(reader, prices, context, offers, &target);
            }
        }
    }
}

fn read_plan(reader: &mut Reader, key: &Key, sold: Option<(&Product, &Sku)>) -> Option<Plan> {
    let plan = reader.keep(key.place, key.text.parse::<Plan>())?;
    let Some((product, sku)) = sold else { return Some(plan) };
    let why = match (product.kind.is_perpetual(), plan.term) {
        (true, Some(_)) => "is bought once and has no term: its plan is ONE_TIME",
        (false, None) => "has terms: its plans are such as P1Y/ANNUAL",
        (false, Some(term)) if sku.is_trial && term != TermLength::OneMonth => {
            "is a trial, which lasts a month: its plan is P1M/MONTHLY"
        }
        (true, None) | (false, Some(_)) => return Some(plan),
    };
    reader.wrong(key.place, format!("{} {why}", sku.id));
    None
}

impl FromStr for Plan {
    type Err = String;

    /// Reads `P1Y/ANNUAL` or `ONE_TIME`. Source: TRM-4.
    fn from_str(text: &str) -> Result<Self, String> {
        const PAIRS: &str = "P1M goes with MONTHLY, P1Y with MONTHLY or ANNUAL, \
                             P3Y with MONTHLY, ANNUAL or TRIENNIAL";
        if text == BillingCycle::OneTime.as_str() {
            return Ok(Self { term: None, billing: BillingCycle::OneTime });
        }
        let Some((term, billing)) = text.split_once('/') else {
            return Err(format!("{text} is no plan such as P1Y/ANNUAL or ONE_TIME"));
        };
        let say = |error: UnknownMember| error.to_string();
        let term: TermLength = term.parse().map_err(say)?;
        let billing: BillingCycle = billing.parse().map_err(say)?;
        match billing.months() {
            Some(months) if months <= term.months() => Ok(Self { term: Some(term), billing }),
            Some(_) | None => Err(format!("{text} is not sold: {PAIRS}")),
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
    let term = plan.term.map_or(String::new(), |term| format!("-{term}"));
    let billing = plan.billing.as_str().replace('_', "-");
    let suffix = other.map_or(String::new(), |currency| format!("-{currency}"));
    let ending = format!("{term}-{billing}-{market}{suffix}").to_lowercase();
    let terms = MarketTerms { currency: other.unwrap_or(own.currency), ..own };
    Some((market, terms, OfferId(format!("{sku_id}{ending}"))))
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
    let price = reader.keep(node.place, Money::parse(text, currency))?;
    if price.minor < 0 || text.starts_with('-') {
        reader.wrong(node.place, format!("the price {text} is negative"));
        return None;
    }
    Some(Entry::Price(price))
}

fn offer(
    &Target { sku_id: _, plan, sold }: &Target<'_>,
    (id, market, terms, price): (OfferId, Market, MarketTerms, Money),
) -> Option<Offer> {
    let (product, sku) = sold?;
    Some(Offer {
        id,
        product: product.id.clone(),
        sku: sku.id.clone(),
        title: sku.title.clone(),
        kind: product.kind,
        publisher: product.publisher.clone(),
        publisher_type: product.publisher_type,
        billing_type: product.billing_type,
        category: if sku.is_trial { Category::Trial } else { product.category },
        segments: product.segments.clone(),
        cloud: product.cloud,
        market,
        term: plan.term,
        billing: plan.billing,
        price,
        tax_included: terms.tax_included,
        is_trial: sku.is_trial,
        converts_to: None,
        min_quantity: sku.min_quantity,
        max_quantity: sku.max_quantity,
        cancellation_policy: sku.cancellation_policy.clone(),
        fulfilment: sku.fulfilment.clone(),
        is_closed_to_new_purchase: sku.is_closed_to_new_purchase,
    })
}

/// Tells every trial's offer what it becomes: a year of the paid SKU, billed monthly, in its market
/// and currency, where that is for sale.
///
/// Source: TRI-3.
pub fn link_trials(offers: &mut BTreeMap<OfferId, Offer>, products: &BTreeMap<ProductId, Product>) {
    let skus = products.values().flat_map(|product| &product.skus);
    let paid: BTreeMap<&SkuId, &SkuId> =
        skus.filter_map(|sku| Some((&sku.id, sku.becomes.as_ref()?))).collect();
    let is_default = |offer: &&Offer| {
        (offer.term, offer.billing) == (Some(TermLength::OneYear), BillingCycle::Monthly)
    };
    let defaults: BTreeMap<_, OfferId> = offers
        .values()
        .filter(is_default)
        .map(|offer| ((offer.sku.clone(), offer.market, offer.price.currency), offer.id.clone()))
        .collect();
    for offer in offers.values_mut().filter(|offer| offer.is_trial) {
        offer.converts_to = paid.get(&offer.sku).and_then(|paid| {
            defaults.get(&((*paid).clone(), offer.market, offer.price.currency)).cloned()
        });
    }
}
