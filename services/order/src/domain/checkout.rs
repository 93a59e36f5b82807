//! Judges what is to be bought: prices, and everything that speaks against it, all at once. Review,
//! preview and the real call ask the same.

use jiff::Timestamp;
use vocab::{BlockedMarkets, Money, Offer, PartnerId, ProductKind};

use super::restricted::restricted;
use super::{
    Buyer, Capacity, Confirmation, Customer, Item, LimitsOfLines, Listing, Quote, Refused,
    Rejection, quote,
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
    /// The lists of blocked markets in force at `now`.
    pub blocked: &'a [BlockedMarkets],
    /// When, by the customer's clock.
    pub now: Timestamp,
}

/// What came out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// One for each line, in the order of the request.
    pub lines: Vec<LineJudgement>,
    /// What the first charges add up to, one for each currency.
    pub totals: Vec<Money>,
    /// What speaks against the order as a whole.
    pub refusals: Vec<Rejection>,
}

/// What came out of it for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineJudgement {
    /// What was asked for.
    pub item: Item,
    /// The offer as it is; `None` when it is not sold.
    pub offer: Option<Offer>,
    /// What it costs; `None` when that cannot be said.
    pub quote: Option<Quote>,
    /// What speaks against it.
    pub refusals: Vec<Rejection>,
}

impl Judgement {
    /// Adds what lifecycle says against the lines in advance; nothing where it was not asked.
    ///
    /// Source: ORD-4.
    pub fn add_limits(&mut self, limits: LimitsOfLines) {
        for (line, limits) in self.lines.iter_mut().zip(limits) {
            line.refusals.extend(limits.into_iter().map(Rejection::from));
        }
    }
}

/// Returns everything that speaks against an order: the order as a whole first, then line by line,
/// and last the buyer's confirmation.
///
/// Source: ORD-4, ORD-11, PAR-5.
pub fn refused_by(
    judgement: &Judgement,
    capacity: Capacity,
    confirmation: Option<&Confirmation>,
) -> Vec<Refused> {
    let whole = |why: &Rejection| Refused { line: None, why: why.clone() };
    let of_lines = judgement.lines.iter().enumerate().flat_map(|(index, line)| {
        line.refusals.iter().map(move |why| Refused { line: Some(index), why: why.clone() })
    });
    let unconfirmed = capacity.check(confirmation).err();
    let order = judgement.refusals.iter().map(whole);
    order.chain(of_lines).chain(unconfirmed.as_ref().map(whole)).collect()
}

/// Judges all lines of a basket.
///
/// Source: ORD-3, ORD-4, ORD-11.
pub fn judge(basket: Basket<'_>) -> Judgement {
    let Basket { customer, buyer, seller, lines, blocked, now } = basket;
    let lines: Vec<_> = lines
        .into_iter()
        .map(|(item, listing)| match listing {
            Listing::Sold(offer) => {
                let against = restricted(&offer, customer, seller);
                let mut line = sold_line(item, *offer, customer, buyer, blocked);
                line.refusals.extend(against.into_iter().map(Rejection::from));
                line
            }
            Listing::Withdrawn { since } => {
                let why = Rejection::OfferWithdrawn { offer: item.offer.clone(), since };
                unsold_line(item, why)
            }
            Listing::Unknown => {
                let why = Rejection::OfferUnknown { offer: item.offer.clone(), at: now };
                unsold_line(item, why)
            }
        })
        .collect();
    let quantity = lines.iter().map(|line| line.item.quantity).sum();
    let charges = lines.iter().filter_map(|line| line.quote.map(|quote| quote.first_charge));
    let (totals, refusals) = match quote::totals(charges) {
        Ok(totals) => (totals, Vec::new()),
        Err(_) => (Vec::new(), vec![Rejection::AmountTooLarge { quantity }]),
    };
    Judgement { lines, totals, refusals }
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
    LineJudgement { item, offer: None, quote: None, refusals: vec![why] }
}

fn sold_line(
    item: Item,
    offer: Offer,
    customer: &Customer,
    buyer: Buyer,
    blocked: &[BlockedMarkets],
) -> LineJudgement {
    let quote = Quote::of(&offer, item.quantity);
    let refusals = [
        // First, so that it is the reason of the whole order: offers for a blocked market are rare.
        check_market_open(offer.kind, customer, blocked),
        check_cloud(&offer, customer),
        check_market(&offer, customer),
        check_segment(&offer, customer),
        check_open(&offer),
        check_quantity(&offer, item.quantity),
        buyer.check(offer.kind),
        quote.clone().map(drop),
    ];
    let refusals = refusals.into_iter().filter_map(Result::err).collect();
    LineJudgement { item, offer: Some(offer), quote: quote.ok(), refusals }
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
