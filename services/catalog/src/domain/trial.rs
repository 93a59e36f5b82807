//! What the offer of a trial becomes at its end. What is for sale is found elsewhere.

use vocab::{BillingCycle, Offer, OfferId, SkuId, TermLength};

use super::file::offer_id;

/// Returns how the offers may be called that a trial of `paid` can become: in the currency of its
/// market, and in another.
pub fn successors(trial: &Offer, paid: &SkuId) -> [OfferId; 2] {
    let plan = (Some(TermLength::OneYear), BillingCycle::Monthly);
    [None, Some(trial.price.currency)].map(|other| offer_id(paid, plan, trial.market, other))
}

/// Returns which of the offers that are for sale a trial becomes: a year of the paid SKU, billed
/// monthly, in its market and currency.
///
/// Source: TRI-3.
pub fn becomes<'a>(
    trial: &Offer,
    paid: &SkuId,
    for_sale: impl IntoIterator<Item = &'a Offer>,
) -> Option<OfferId> {
    let fits = |offer: &&Offer| {
        offer.sku == *paid
            && (offer.term, offer.billing) == (Some(TermLength::OneYear), BillingCycle::Monthly)
            && (offer.market, offer.price.currency) == (trial.market, trial.price.currency)
    };
    for_sale.into_iter().find(fits).map(|offer| offer.id.clone())
}
