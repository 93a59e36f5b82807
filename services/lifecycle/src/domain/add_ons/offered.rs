//! The add-ons that are shown on the page of a base: those that it has, and those that it can have.

use vocab::{Money, SubscriptionId};

use super::{Family, against, begin, is_offered, of_base, unbilled};
use crate::domain::{Occasion, OfferTerms, Prices, Product, Rejection, Subscription};

/// An add-on of a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddOn {
    /// What it is.
    pub terms: OfferTerms,
    /// The subscription and its seats, where the base has it.
    pub owned: Option<(SubscriptionId, i64)>,
    /// The price of a seat for a whole term: the locked one, or today's.
    pub price: Money,
    /// What the fewest seats would be charged now, where the base has none.
    pub first_charge: Option<Money>,
    /// Everything that speaks against buying it, or against more seats of it, the first first.
    pub refusals: Vec<Rejection>,
}

impl AddOn {
    /// Returns the key by which a page goes on.
    pub fn key(&self) -> String {
        self.terms.product.offer.to_string()
    }
}

/// Returns the add-ons of a base by offer: what it has, and what of `offers` it can have. Only eligible
/// ones are shown, each with what speaks against it for the moment.
///
/// Source: ADD-1, ADD-3, MKT-5.
pub fn add_ons(
    family: Family<'_>,
    offers: &[OfferTerms],
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Vec<AddOn> {
    let base = family.base;
    let has = |product: &Product| family.add_ons.iter().any(|sub| sub.product.sku == product.sku);
    let fits = |offer: &&OfferTerms| {
        let is_as_long = offer.length == base.term.map(|term| term.length);
        is_offered(base, offer) && is_as_long && !offer.is_closed && !has(&offer.product)
    };
    let new = offers.iter().filter(fits).map(|offer| offered(family, offer, prices, at));
    let owned = family.add_ons.iter().map(|sub| owned(base, sub, at));
    let mut all: Vec<AddOn> = owned.chain(new).collect();
    all.sort_by_cached_key(AddOn::key);
    all
}

fn offered(family: Family<'_>, offer: &OfferTerms, prices: &dyn Prices, at: Occasion<'_>) -> AddOn {
    let fewest = offer.product.fewest_seats();
    let refusals = against(family, offer, fewest, at).all();
    let next = unbilled(family.base, (offer, fewest), prices, at);
    let price = next.price;
    let charged = begin(next, at).and_then(|change| change.total()).ok();
    let first_charge = charged.filter(|_| refusals.is_empty());
    AddOn { terms: offer.clone(), owned: None, price, first_charge, refusals }
}

fn owned(base: &Subscription, sub: &Subscription, at: Occasion<'_>) -> AddOn {
    let terms = OfferTerms {
        product: sub.product.clone(),
        length: sub.term.map(|term| term.length),
        billing: sub.billing,
        price: sub.price,
        tax_included: sub.tax_included,
        policy_id: None,
        includes_evaluation: false,
        is_closed: false,
        segments: sub.segment.into_iter().collect(),
    };
    let more = sub.quantity.saturating_add(1);
    let refusals = of_base(base, at).all();
    let refusals = if refusals.is_empty() {
        crate::domain::change_quantity::objections(sub, more, at).all()
    } else {
        refusals
    };
    let (owned, price) = (Some((sub.id, sub.quantity)), sub.price);
    AddOn { terms, owned, price, first_charge: None, refusals }
}
