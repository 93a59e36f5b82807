//! Judges what is to be bought: prices, and everything that speaks against it, all at once. Review,
//! preview and the real call ask the same.

use jiff::Timestamp;
use vocab::calendar::day_of;
use vocab::{BlockedMarkets, Offer, PartnerId, ProductKind};

use super::quote::{evaluation_end, term_price};
use super::restricted::restricted;
use super::{
    Buyer, Customer, Item, Judgement, LineJudgement, Listing, Promotions, Quote, Refused, Rejection,
};

/// What is to be bought, by whom, for whom.
#[derive(Debug)]
pub struct Basket<'a> {
    /// For whom.
    pub customer: &'a Customer,
    /// By whom.
    pub buyer: Buyer,
    /// For whom they buy; `None` for who sells nothing.
    pub seller: Option<PartnerId>,
    /// The lines, each with what the price list says of its offer at `now`.
    pub lines: Vec<(Item, Listing)>,
    /// The promotions that may matter at `now`.
    pub promotions: &'a Promotions,
    /// The lists of blocked markets in force at `now`.
    pub blocked: &'a [BlockedMarkets],
    /// When, by the customer's clock.
    pub now: Timestamp,
}

/// Judges all lines of a basket.
///
/// Source: ORD-3, ORD-4, ORD-11.
pub fn judge(basket: &Basket<'_>) -> Judgement {
    let now = basket.now;
    let line = |(item, listing): &(Item, Listing)| match listing {
        Listing::Sold(offer) => sold_line(item.clone(), offer, basket),
        Listing::Withdrawn { since } => {
            let why = Rejection::OfferWithdrawn { offer: item.offer.clone(), since: *since };
            unsold_line(item.clone(), why)
        }
        Listing::Unknown => {
            let why = Rejection::OfferUnknown { offer: item.offer.clone(), at: now };
            unsold_line(item.clone(), why)
        }
    };
    let lines = basket.lines.iter().map(line).collect();
    Judgement { lines, refusals: Vec::new(), starts_on: day_of(now) }
}

/// Says what speaks against putting lines into a cart; everything else is told by the review.
///
/// Source: MKT-1.
pub fn judge_addition(
    customer: &Customer,
    lines: &[(Item, Listing)],
    blocked: &[BlockedMarkets],
) -> Vec<Refused> {
    let refused = |(index, (_, listing)): (usize, &(Item, Listing))| match listing {
        Listing::Sold(offer) => {
            let why = check_market_open(offer.kind, customer, blocked).err()?;
            Some(Refused { line: Some(index), why })
        }
        Listing::Withdrawn { .. } | Listing::Unknown => None,
    };
    lines.iter().enumerate().filter_map(refused).collect()
}

fn unsold_line(item: Item, why: Rejection) -> LineJudgement {
    LineJudgement {
        item,
        offer: None,
        promotion: None,
        term_price: None,
        quote: None,
        evaluation_ends_on: None,
        choices: Vec::new(),
        refusals: vec![why],
    }
}

fn sold_line(item: Item, offer: &Offer, basket: &Basket<'_>) -> LineJudgement {
    let Basket { customer, buyer, seller, promotions, blocked, now, .. } = basket;
    let segment = customer.facts.segment;
    let applied = promotions.applied(offer, item.promotion.as_ref(), segment, *now);
    let promotion = applied.as_ref().ok().and_then(Clone::clone);
    let term_price = term_price(offer, promotion.as_ref());
    let quote = Quote::of(offer, term_price, item.quantity);
    let checks = [
        // First, so that it is the reason of the whole order: offers for a blocked market are rare.
        check_market_open(offer.kind, customer, blocked),
        check_cloud(offer, customer),
        check_market(offer, customer),
        check_segment(offer, customer),
        check_open(offer),
        check_quantity(offer, item.quantity),
        buyer.check(offer.kind),
        quote.clone().map(drop),
        applied.map(drop),
    ];
    let against = restricted(offer, customer, *seller).into_iter().map(Rejection::from);
    let refusals = checks.into_iter().filter_map(Result::err).chain(against).collect();
    // What a term costs whose end is given, lifecycle says alone (TRM-8).
    let is_plain = item.alignment.is_none();
    LineJudgement {
        item,
        offer: Some(offer.clone()),
        promotion,
        term_price: Some(term_price),
        quote: quote.ok().filter(|_| is_plain),
        evaluation_ends_on: evaluation_end(offer, *now),
        choices: Vec::new(),
        refusals,
    }
}

/// Source: PAR-13.
fn check_cloud(offer: &Offer, customer: &Customer) -> Result<(), Rejection> {
    let cloud = customer.facts.cloud;
    if offer.cloud == cloud {
        return Ok(());
    }
    Err(Rejection::OtherCloud { offer: offer.id.clone(), sold_in: offer.cloud, cloud })
}

/// Source: CAT-5.
fn check_market(offer: &Offer, customer: &Customer) -> Result<(), Rejection> {
    let market = customer.facts.market;
    if offer.market == market {
        return Ok(());
    }
    Err(Rejection::OtherMarket { offer: offer.id.clone(), sold_in: offer.market, market })
}

/// Source: CAT-4.
fn check_segment(offer: &Offer, customer: &Customer) -> Result<(), Rejection> {
    let segment = customer.facts.segment;
    if offer.segments.contains(&segment) {
        return Ok(());
    }
    Err(Rejection::OtherSegment { offer: offer.id.clone(), segment })
}

/// Source: CAT-10.
fn check_open(offer: &Offer) -> Result<(), Rejection> {
    if offer.is_closed_to_new_purchase {
        return Err(Rejection::ClosedToNewPurchase { offer: offer.id.clone() });
    }
    Ok(())
}

/// Looks at the customer's market, never the partner's, and blocks only the kind that a list names.
///
/// Source: MKT-1, MKT-2, TRP-43.
fn check_market_open(
    kind: ProductKind,
    customer: &Customer,
    blocked: &[BlockedMarkets],
) -> Result<(), Rejection> {
    let market = customer.facts.market;
    match blocked.iter().find(|list| list.kind == kind && list.markets.contains(&market)) {
        None => Ok(()),
        Some(list) => {
            Err(Rejection::MarketUnavailable { kind, market, version: list.version.clone() })
        }
    }
}

/// Source: ORD-2, CAT-9.
fn check_quantity(offer: &Offer, quantity: i64) -> Result<(), Rejection> {
    let minimum = offer.min_quantity.max(1);
    match offer.max_quantity {
        _ if quantity < minimum => Err(Rejection::MinSeats { quantity, minimum }),
        Some(limit) if limit < quantity => Err(Rejection::SeatLimit { quantity, limit }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
