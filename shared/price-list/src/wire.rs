//! Offers and blocked markets as the contracts write them, and back.

use std::fmt::Display;
use std::str::FromStr;

use proto::catalog as pb;
use rpc::{name, wire};
use vocab::{BillingType, BlockedMarkets, Fulfilment, Offer, OfferId, OfferVersion, PublisherType};

mod promotions;
mod restrictions;

pub use promotions::{promotion, promotion_version, read_promotion, read_promotion_version};

/// A message that is not what the contract says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {why}")]
pub struct BadRecord {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub why: String,
}

/// Writes an offer.
pub fn offer(offer: &Offer) -> pb::Offer {
    pb::Offer {
        name: name::Offer(offer.id.clone()).to_string(),
        product: name::Product(offer.product.clone()).to_string(),
        sku: name::Sku(offer.product.clone(), offer.sku.clone()).to_string(),
        title: offer.title.clone(),
        kind: wire::product_kind(offer.kind).into(),
        publisher: offer.publisher.clone(),
        publisher_type: publisher_type(offer.publisher_type).into(),
        billing_type: billing_type(offer.billing_type).into(),
        category: offer.category.to_string(),
        segments: offer.segments.iter().map(|one| wire::segment(*one).into()).collect(),
        cloud: wire::cloud(offer.cloud).into(),
        market: offer.market.to_string(),
        term_length: offer.term.map_or_else(String::new, |term| term.to_string()),
        billing_cycle: wire::billing_cycle(offer.billing).into(),
        price: Some(wire::money(offer.price)),
        tax_included: offer.tax_included,
        trial: offer.is_trial,
        min_quantity: offer.min_quantity,
        max_quantity: offer.max_quantity.unwrap_or_default(),
        cancellation_policy: offer.cancellation_policy.clone().unwrap_or_default(),
        fulfilment: Some(fulfilment(&offer.fulfilment)),
        effective_time: None,
        revision: 0,
        closed_to_new_purchase: offer.is_closed_to_new_purchase,
        includes_evaluation: offer.includes_evaluation,
        converts_to: offer
            .converts_to
            .as_ref()
            .map_or_else(String::new, |id| name::Offer(id.clone()).to_string()),
        restrictions: restrictions::write(&offer.restrictions),
    }
}

/// Writes an offer for those who may buy it: to whom else it is sold is not theirs to know (CAT-7).
pub fn offer_shown(shown: &Offer) -> pb::Offer {
    let mut message = offer(shown);
    if let Some(restrictions) = &mut message.restrictions {
        restrictions.exclusive_to.clear();
    }
    message
}

/// Writes an offer with the version that it has, for those who may buy it.
pub fn offer_at(version: &OfferVersion) -> pb::Offer {
    dated(version, offer_shown(&version.offer))
}

fn dated(version: &OfferVersion, offer: pb::Offer) -> pb::Offer {
    pb::Offer {
        effective_time: Some(wire::timestamp(version.effective_at)),
        revision: version.revision,
        ..offer
    }
}

/// Writes a version of an offer.
pub fn version(version: &OfferVersion) -> pb::OfferVersion {
    let offer = dated(version, offer(&version.offer));
    pb::OfferVersion { offer: Some(offer), withdrawn: version.is_withdrawn }
}

/// Writes how a SKU is handed over.
pub fn fulfilment(fulfilment: &Fulfilment) -> pb::Fulfilment {
    pb::Fulfilment {
        product_key: fulfilment.product_key,
        download: fulfilment.download,
        instructions_uri: fulfilment.instructions_uri.clone().unwrap_or_default(),
        setup_uri: fulfilment.setup_uri.clone().unwrap_or_default(),
    }
}

/// Writes a statement about blocked markets.
pub fn blocked_markets(statement: &BlockedMarkets) -> pb::BlockedMarkets {
    pb::BlockedMarkets {
        kind: wire::product_kind(statement.kind).into(),
        markets: statement.markets.iter().map(ToString::to_string).collect(),
        version: statement.version.clone(),
        effective_time: Some(wire::timestamp(statement.effective_at)),
    }
}

/// Writes who publishes.
pub const fn publisher_type(publisher: PublisherType) -> pb::PublisherType {
    match publisher {
        PublisherType::Microsoft => pb::PublisherType::Microsoft,
        PublisherType::Partner => pb::PublisherType::Partner,
    }
}

/// Writes how something is billed.
pub const fn billing_type(billing: BillingType) -> pb::BillingType {
    match billing {
        BillingType::License => pb::BillingType::License,
        BillingType::Usage => pb::BillingType::Usage,
    }
}

/// Reads an offer.
///
/// # Errors
///
/// [`BadRecord`] for the first field that is missing or not what the contract says.
pub fn read_offer(message: &pb::Offer) -> Result<Offer, BadRecord> {
    let name::Sku(product, sku) = parse("sku", &message.sku)?;
    let price = message.price.as_ref().ok_or_else(|| bad("price", "is missing"))?;
    let segments = message.segments.iter();
    Ok(Offer {
        id: offer_id("name", &message.name)?,
        product,
        sku,
        title: message.title.clone(),
        kind: keep("kind", wire::read_product_kind(message.kind))?,
        publisher: message.publisher.clone(),
        publisher_type: read_publisher_type(message)?,
        billing_type: read_billing_type(message)?,
        category: parse("category", &message.category)?,
        segments: segments
            .map(|segment| keep("segments", wire::read_segment(*segment)))
            .collect::<Result<_, _>>()?,
        cloud: keep("cloud", wire::read_cloud(message.cloud))?,
        market: parse("market", &message.market)?,
        term: unless_empty(&message.term_length)
            .map(|term| parse("term_length", term))
            .transpose()?,
        billing: keep("billing_cycle", wire::read_billing_cycle(message.billing_cycle))?,
        price: keep("price", wire::amount(price))?,
        tax_included: message.tax_included,
        is_trial: message.trial,
        converts_to: unless_empty(&message.converts_to)
            .map(|name| offer_id("converts_to", name))
            .transpose()?,
        min_quantity: message.min_quantity.max(1),
        max_quantity: Some(message.max_quantity).filter(|max| 0 < *max),
        cancellation_policy: unless_empty(&message.cancellation_policy).map(ToOwned::to_owned),
        fulfilment: read_fulfilment(message.fulfilment.as_ref()),
        is_closed_to_new_purchase: message.closed_to_new_purchase,
        includes_evaluation: message.includes_evaluation,
        restrictions: restrictions::read(message.restrictions.as_ref())?,
    })
}

/// Reads a version of an offer.
///
/// # Errors
///
/// [`BadRecord`].
pub fn read_version(message: &pb::OfferVersion) -> Result<OfferVersion, BadRecord> {
    let offer = message.offer.as_ref().ok_or_else(|| bad("offer", "is missing"))?;
    let since = offer.effective_time.as_ref().ok_or_else(|| bad("effective_time", "is missing"))?;
    Ok(OfferVersion {
        offer: read_offer(offer)?,
        effective_at: keep("effective_time", wire::instant(since))?,
        revision: offer.revision,
        is_withdrawn: message.withdrawn,
    })
}

/// Reads how a SKU is handed over; what is absent is a plain licence (CAT-13).
pub fn read_fulfilment(message: Option<&pb::Fulfilment>) -> Fulfilment {
    message.map_or_else(Fulfilment::default, |message| Fulfilment {
        product_key: message.product_key,
        download: message.download,
        instructions_uri: unless_empty(&message.instructions_uri).map(ToOwned::to_owned),
        setup_uri: unless_empty(&message.setup_uri).map(ToOwned::to_owned),
    })
}

/// Reads a statement about blocked markets.
///
/// # Errors
///
/// [`BadRecord`].
pub fn read_blocked_markets(message: &pb::BlockedMarkets) -> Result<BlockedMarkets, BadRecord> {
    let since =
        message.effective_time.as_ref().ok_or_else(|| bad("effective_time", "is missing"))?;
    let markets = message.markets.iter().map(|market| parse("markets", market));
    Ok(BlockedMarkets {
        kind: keep("kind", wire::read_product_kind(message.kind))?,
        version: message.version.clone(),
        effective_at: keep("effective_time", wire::instant(since))?,
        markets: markets.collect::<Result<_, _>>()?,
    })
}

fn read_publisher_type(message: &pb::Offer) -> Result<PublisherType, BadRecord> {
    match message.publisher_type() {
        pb::PublisherType::Microsoft => Ok(PublisherType::Microsoft),
        pb::PublisherType::Partner => Ok(PublisherType::Partner),
        pb::PublisherType::Unspecified => Err(bad("publisher_type", "is not specified")),
    }
}

fn read_billing_type(message: &pb::Offer) -> Result<BillingType, BadRecord> {
    match message.billing_type() {
        pb::BillingType::License => Ok(BillingType::License),
        pb::BillingType::Usage => Ok(BillingType::Usage),
        pb::BillingType::Unspecified => Err(bad("billing_type", "is not specified")),
    }
}

fn offer_id(field: &'static str, text: &str) -> Result<OfferId, BadRecord> {
    let name::Offer(id) = parse(field, text)?;
    Ok(id)
}

fn parse<T: FromStr>(field: &'static str, text: &str) -> Result<T, BadRecord>
where
    T::Err: Display,
{
    keep(field, text.parse())
}

fn keep<T, E: Display>(field: &'static str, read: Result<T, E>) -> Result<T, BadRecord> {
    read.map_err(|error| bad(field, error))
}

fn bad(field: &'static str, why: impl Display) -> BadRecord {
    BadRecord { field, why: why.to_string() }
}

fn unless_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
