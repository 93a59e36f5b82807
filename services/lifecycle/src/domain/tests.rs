//! What the rules' tests share: readable values, a small price list, and a world to ask in.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use vocab::{
    BillingCycle, CustomerId, IdGen, Market, Money, OfferId, OrderId, OrderLineId, PartnerId,
    ProductId, ProductKind, Promotion, SkuId, SubscriptionId, TermLength,
};

use super::*;

mod counted;
mod explained;
mod properties;

pub(super) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn eur(amount: &str) -> Money {
    Money::parse(amount, "EUR".parse().unwrap()).unwrap()
}

/// One millisecond after `at`.
pub(super) fn just_after(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond() + 1).unwrap()
}

/// One millisecond before `at`.
pub(super) fn just_before(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond() - 1).unwrap()
}

/// An offer of one seat or more, in euros, in Germany.
pub(super) fn an_offer(
    kind: ProductKind,
    length: Option<TermLength>,
    billing: BillingCycle,
    price: &str,
) -> OfferTerms {
    let term = length.map_or("once", |length| length.as_str());
    OfferTerms {
        product: Product {
            id: ProductId("product".into()),
            sku: SkuId("sku".into()),
            offer: OfferId(format!("{kind}-{term}-{billing}")),
            market: "DE".parse::<Market>().unwrap(),
            title: "A product".into(),
            kind,
            is_trial: false,
            converts_to: None,
            seat_minimum: 1,
            seat_maximum: None,
            fulfilment: vocab::Fulfilment::default(),
            restrictions: vocab::Restrictions::default(),
        },
        length,
        billing,
        price: eur(price),
        tax_included: false,
        policy_id: None,
        includes_evaluation: false,
        is_closed: false,
        segments: [vocab::Segment::Commercial].into(),
    }
}

/// A licence for a year, charged once a year.
pub(super) fn yearly(price: &str) -> OfferTerms {
    an_offer(ProductKind::LicenseBased, Some(TermLength::OneYear), BillingCycle::Annual, price)
}

/// A licence for a year, charged every month.
pub(super) fn monthly_billed(price: &str) -> OfferTerms {
    an_offer(ProductKind::LicenseBased, Some(TermLength::OneYear), BillingCycle::Monthly, price)
}

/// A licence for a month.
pub(super) fn month_to_month(price: &str) -> OfferTerms {
    an_offer(ProductKind::LicenseBased, Some(TermLength::OneMonth), BillingCycle::Monthly, price)
}

/// A server subscription for a year.
pub(super) fn server(price: &str) -> OfferTerms {
    let kind = ProductKind::SoftwareSubscription;
    an_offer(kind, Some(TermLength::OneYear), BillingCycle::Annual, price)
}

/// Software bought once.
pub(super) fn perpetual(price: &str) -> OfferTerms {
    an_offer(ProductKind::SoftwarePerpetual, None, BillingCycle::OneTime, price)
}

/// A trial of `paid`.
pub(super) fn a_trial_of(paid: &OfferTerms) -> OfferTerms {
    let free = month_to_month("0.00");
    let converts_to = Some(paid.product.offer.clone());
    let offer = OfferId("trial".into());
    OfferTerms { product: Product { is_trial: true, converts_to, offer, ..free.product }, ..free }
}

/// Offers, each in force from an instant until the next entry of the same offer.
#[derive(Debug, Clone, Default)]
pub(super) struct PriceList(Vec<(Timestamp, OfferId, Option<OfferTerms>)>, Vec<Promotion>);

impl Prices for PriceList {
    fn terms_at(&self, offer: &OfferId, at: Timestamp) -> Option<&OfferTerms> {
        let in_force = self.0.iter().filter(|(from, id, _)| *from <= at && id == offer);
        in_force.max_by_key(|(from, ..)| *from).and_then(|(_, _, terms)| terms.as_ref())
    }

    fn plans_at(&self, product: &Product, at: Timestamp) -> Vec<&OfferTerms> {
        let offers: std::collections::BTreeSet<_> = self.0.iter().map(|(_, id, _)| id).collect();
        let sold = offers.into_iter().filter_map(|offer| self.terms_at(offer, at));
        sold.filter(|terms| terms.product.sku == product.sku).collect()
    }

    fn promotions_at(&self, sku: &SkuId, _: Timestamp) -> Vec<&Promotion> {
        self.1.iter().filter(|promotion| promotion.skus.contains(sku)).collect()
    }
}

/// The knobs, the ids and the prices of one test.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) policy: Policy,
    pub(super) ids: IdGen,
    pub(super) prices: PriceList,
    pub(super) held: Held,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            policy: Policy::default(),
            ids: IdGen::counted(),
            prices: PriceList::default(),
            held: Held::default(),
        }
    }

    /// Puts an offer on the list from the beginning of time.
    pub(super) fn selling(self, offer: &OfferTerms) -> Self {
        self.selling_from("2000-01-01T00:00:00Z", offer)
    }

    pub(super) fn selling_from(mut self, from: &str, offer: &OfferTerms) -> Self {
        self.prices.0.push((instant(from), offer.product.offer.clone(), Some(offer.clone())));
        self
    }

    pub(super) fn withdrawing_from(mut self, from: &str, offer: &OfferTerms) -> Self {
        self.prices.0.push((instant(from), offer.product.offer.clone(), None));
        self
    }

    pub(super) fn promoting(mut self, promotion: &Promotion) -> Self {
        self.prices.1.push(promotion.clone());
        self
    }

    /// Lets the customer have something already.
    pub(super) fn holding(mut self, sub: &Subscription) -> Self {
        self.held.count(sub);
        self
    }

    pub(super) fn at(&self, now: Timestamp) -> Occasion<'_> {
        Occasion { now, policy: &self.policy, held: &self.held, cycle_charge: None, ids: &self.ids }
    }

    pub(super) fn on(&self, now: &str) -> Occasion<'_> {
        self.at(instant(now))
    }

    pub(super) fn try_buy(
        &self,
        offer: &OfferTerms,
        quantity: i64,
        now: &str,
    ) -> Result<Change, Rejection> {
        start(&a_purchase(offer, quantity, now), self.on(now))
    }

    pub(super) fn buy(&self, offer: &OfferTerms, quantity: i64, now: &str) -> Subscription {
        self.try_buy(offer, quantity, now).unwrap().next
    }

    /// Everything that time does by `now`.
    pub(super) fn ring(&self, sub: &Subscription, now: &str) -> Vec<Change> {
        ring(sub, &self.prices, self.on(now)).unwrap()
    }

    /// What `sub` is once time has done everything by `now`.
    pub(super) fn later(&self, sub: &Subscription, now: &str) -> Subscription {
        self.ring(sub, now).pop().map_or_else(|| sub.clone(), |last| last.next)
    }

    /// What `sub` is when a caller's verb gets it at `now`.
    pub(super) fn settled(&self, sub: &Subscription, now: Timestamp) -> Subscription {
        let changes = settle(sub, self.at(now)).unwrap();
        changes.into_iter().last().map_or_else(|| sub.clone(), |last| last.next)
    }

    /// Cancels as a caller does: settled first, and acknowledged.
    pub(super) fn cancel(&self, sub: &Subscription, now: Timestamp) -> Result<Change, Rejection> {
        cancel(&self.settled(sub, now), true, self.at(now))
    }

    /// Changes the seats as a caller does: settled first.
    pub(super) fn resize(
        &self,
        sub: &Subscription,
        total: i64,
        now: &str,
    ) -> Result<Option<Change>, Rejection> {
        let now = instant(now);
        change_quantity(&self.settled(sub, now), total, self.at(now))
    }

    /// What `sub` is after its seats were changed.
    pub(super) fn resized(&self, sub: &Subscription, total: i64, now: &str) -> Subscription {
        self.resize(sub, total, now).unwrap().unwrap().next
    }
}

pub(super) fn a_purchase(offer: &OfferTerms, quantity: i64, ordered_at: &str) -> Purchase {
    Purchase {
        id: SubscriptionId(Uuid::from_u128(1)),
        customer: CustomerId(Uuid::from_u128(2)),
        partner: PartnerId(Uuid::from_u128(3)),
        clock: None,
        order: OrderId(Uuid::from_u128(4)),
        order_line: OrderLineId(Uuid::from_u128(5)),
        ordered_at: instant(ordered_at),
        friendly_name: String::new(),
        offer: offer.clone(),
        quantity,
        promotion: None,
        segment: None,
        co_term: None,
        reseller: None,
    }
}

/// A subscription that has no add-ons.
pub(super) const fn alone(base: &Subscription) -> Family<'_> {
    Family { base, add_ons: &[] }
}

/// What happened, in order.
pub(super) fn kinds(changes: &[Change]) -> Vec<ChangeKind> {
    changes.iter().map(|change| change.kind).collect()
}

/// The money of some changes: kind, quantity and amount of each line.
pub(super) fn money(changes: &[Change]) -> Vec<(ChargeKind, i64, String)> {
    let lines = changes.iter().flat_map(|change| &change.charges);
    lines.map(|line| (line.kind, line.quantity, line.amount.to_string())).collect()
}

/// The reason and the rule of a refusal.
pub(super) fn no<T: std::fmt::Debug>(
    outcome: Result<T, Rejection>,
) -> (&'static str, &'static str) {
    let rejection = outcome.unwrap_err();
    (rejection.reason(), rejection.rule())
}
