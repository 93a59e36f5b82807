//! What is sold, who buys it, and who calls.

use access::{Caller, Reach};
use jiff::Timestamp;
use jiff::civil::Date;
use proto::catalog;
use proto::common::Role;
use rpc::wire;
use uuid::Uuid;
use vocab::{
    BillingCycle, Category, ClockId, Cloud, CustomerId, Fulfilment, Money, Offer, OfferVersion,
    PartnerId, ProductKind, Segment, TermLength,
};

use crate::domain::{ChargeKind, Line, Subscription};

/// Who sells.
pub const PARTNER: PartnerId = PartnerId(Uuid::from_u128(0xaaaa));
/// Who sells elsewhere.
pub const RIVAL: PartnerId = PartnerId(Uuid::from_u128(0xbbbb));
/// Who buys.
pub const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0xcccc));
/// A clock that a test moves.
pub const CLOCK: ClockId = ClockId(Uuid::from_u128(0xdddd));

pub fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn eur(amount: &str) -> Money {
    Money::parse(amount, "EUR".parse().unwrap()).unwrap()
}

/// One millisecond after `at`.
pub fn just_after(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond() + 1).unwrap()
}

fn an_offer(
    kind: ProductKind,
    term: Option<TermLength>,
    billing: BillingCycle,
    price: &str,
) -> Offer {
    let length = term.map_or("once", |term| term.as_str());
    let offer = catalog::Offer {
        name: format!("offers/{kind}-{length}-{billing}"),
        product: format!("products/product-{kind}"),
        sku: format!("products/product-{kind}/skus/sku-{kind}"),
        title: "Suite".to_owned(),
        kind: wire::product_kind(kind).into(),
        publisher: "Microsoft".to_owned(),
        publisher_type: catalog::PublisherType::Microsoft.into(),
        billing_type: catalog::BillingType::License.into(),
        category: Category::Enterprise.to_string(),
        segments: vec![wire::segment(Segment::Commercial).into()],
        cloud: wire::cloud(Cloud::Commercial).into(),
        market: "DE".to_owned(),
        term_length: term.map(|term| term.to_string()).unwrap_or_default(),
        billing_cycle: wire::billing_cycle(billing).into(),
        price: Some(wire::money(eur(price))),
        min_quantity: 1,
        max_quantity: 300,
        ..catalog::Offer::default()
    };
    price_list::wire::read_offer(&offer).unwrap()
}

/// A licence for a year, charged once.
pub fn yearly() -> Offer {
    let term = Some(TermLength::OneYear);
    an_offer(ProductKind::LicenseBased, term, BillingCycle::Annual, "120.00")
}

/// A licence for a year, charged every month: 11 times 8.33, then 8.37.
pub fn billed_monthly() -> Offer {
    let term = Some(TermLength::OneYear);
    an_offer(ProductKind::LicenseBased, term, BillingCycle::Monthly, "100.00")
}

/// A licence for a month.
pub fn month_to_month() -> Offer {
    let term = Some(TermLength::OneMonth);
    an_offer(ProductKind::LicenseBased, term, BillingCycle::Monthly, "31.00")
}

/// A server subscription for a year.
pub fn server() -> Offer {
    let term = Some(TermLength::OneYear);
    an_offer(ProductKind::SoftwareSubscription, term, BillingCycle::Annual, "600.00")
}

/// Software bought once, with a key.
pub fn perpetual() -> Offer {
    let offer = an_offer(ProductKind::SoftwarePerpetual, None, BillingCycle::OneTime, "250.00");
    let fulfilment = Fulfilment { product_key: true, ..Fulfilment::default() };
    Offer { fulfilment, ..offer }
}

/// What `offer` says from the first of January 2026, and from that of 2027, when it costs a fifth
/// more.
pub fn price_list(offer: &Offer) -> [OfferVersion; 2] {
    let price = Money::of_minor(offer.price.minor * 6 / 5, offer.price.currency);
    let dearer = Offer { price, ..offer.clone() };
    [(offer.clone(), "2026-01-01T00:00:00Z"), (dearer, "2027-01-01T00:00:00Z")].map(
        |(offer, from)| OfferVersion {
            offer,
            effective_at: instant(from),
            revision: 1,
            is_withdrawn: false,
        },
    )
}

/// An Admin agent of the partner.
pub fn ada() -> Caller {
    somebody_of(PARTNER, Role::AdminAgent)
}

/// Somebody with a role at a partner.
pub fn somebody_of(partner: PartnerId, role: Role) -> Caller {
    Caller {
        subject: "ada@partner.example".to_owned(),
        partner: Some(partner),
        customer: None,
        roles: [role].into(),
        reach: Reach::Partner(partner),
    }
}

/// The money of lines: kind, quantity and amount of each.
pub fn money(lines: &[Line]) -> Vec<(ChargeKind, i64, String)> {
    let one =
        |line: &Line| (line.charge.kind, line.charge.quantity, line.charge.amount.to_string());
    lines.iter().map(one).collect()
}

/// The sum of lines, in minor units.
pub fn total(lines: &[Line]) -> i64 {
    lines.iter().map(|line| line.charge.amount.minor).sum()
}

/// A subscription without the ids that differ from run to run.
pub fn told(sub: &Subscription) -> String {
    let batches: Vec<_> = sub
        .batches
        .iter()
        .map(|batch| (batch.quantity, batch.added_at, batch.deadline, batch.charged_per_seat))
        .collect();
    format!(
        "{:?} {:?} {:?} {:?} {} {:?} {} {:?} {:?} {batches:?} v{} rings {:?}",
        sub.product.offer,
        sub.status,
        sub.status_since,
        sub.term,
        sub.quantity,
        sub.cycle,
        sub.auto_renew,
        sub.anchor,
        sub.cancellable_until,
        sub.version,
        sub.alarm(),
    )
}

/// A line without the ids that differ from run to run.
pub fn told_line(line: &Line) -> String {
    let charge = &line.charge;
    format!(
        "{} {} {} {}..{} due {} made {} on {:?}",
        charge.kind,
        charge.quantity,
        charge.amount,
        charge.period_start,
        charge.period_end,
        charge.effective_at,
        charge.committed_at,
        line.invoice,
    )
}
