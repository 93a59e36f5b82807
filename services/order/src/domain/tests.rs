//! What the tests of the rules start from: a direct-bill partner, a German customer, a few offers.

use std::collections::BTreeSet;

use testkit::noon;
use uuid::Uuid;
use vocab::{
    BillingCycle, BillingType, Category, Cloud, Currency, CustomerId, Fulfilment, Market, Money,
    Offer, OfferId, OrderId, OrderLineId, PartnerId, PartnerType, ProductId, ProductKind,
    Promotion, PromotionId, PublisherType, Restrictions, Segment, SkuId, SubscriptionId,
    TermLength,
};

use super::{
    Attestation, Buyer, Confirmation, Customer, CustomerDraft, Item, LineState, Order, OrderLine,
    Partner, PartnerDraft, Quote, Rejection, Resellers,
};

pub const PARTNER: PartnerId = PartnerId(Uuid::from_u128(0xaaaa));
pub const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0xcccc));

/// Whose roles are good for everything.
pub const AGENT: Buyer = Buyer { may_buy: true, may_buy_software: true };

pub fn market(code: &str) -> Market {
    code.parse().unwrap()
}

pub fn money(amount: &str, currency: &str) -> Money {
    let currency: Currency = currency.parse().unwrap();
    Money::parse(amount, currency).unwrap()
}

pub fn a_partner() -> Partner {
    let facts = PartnerDraft {
        display_name: "Seller".to_owned(),
        kind: PartnerType::DirectBill,
        market: market("DE"),
        cloud: Cloud::Commercial,
        provider: None,
        has_signed_agreement: false,
    };
    Partner { id: PARTNER, facts, created_at: noon(), version: 1 }
}

pub fn a_customer() -> Customer {
    let facts = CustomerDraft {
        display_name: "Contoso".to_owned(),
        tenant_id: Uuid::from_u128(0x7e),
        domain: "contoso.example".to_owned(),
        market: market("DE"),
        segment: Segment::Commercial,
        cloud: Cloud::Commercial,
        test_clock: None,
    };
    Customer { id: CUSTOMER, facts, created_at: noon() }
}

/// A server subscription of one year for 120.00 EUR, charged once.
pub fn an_offer(id: &str) -> Offer {
    Offer {
        id: OfferId(id.to_owned()),
        product: ProductId("windows-server".to_owned()),
        sku: SkuId("windows-server-standard".to_owned()),
        title: "Windows Server Standard".to_owned(),
        kind: ProductKind::SoftwareSubscription,
        publisher: "Microsoft".to_owned(),
        publisher_type: PublisherType::Microsoft,
        billing_type: BillingType::License,
        category: Category::Enterprise,
        segments: BTreeSet::from([Segment::Commercial]),
        cloud: Cloud::Commercial,
        market: market("DE"),
        term: Some(TermLength::OneYear),
        billing: BillingCycle::Annual,
        price: money("120.00", "EUR"),
        tax_included: false,
        is_trial: false,
        converts_to: None,
        min_quantity: 1,
        max_quantity: None,
        cancellation_policy: None,
        fulfilment: Fulfilment { product_key: true, download: true, ..Fulfilment::default() },
        is_closed_to_new_purchase: false,
        includes_evaluation: false,
        restrictions: Restrictions::default(),
    }
}

/// Software that is bought once, for 1,000.00 EUR.
pub fn a_perpetual(id: &str) -> Offer {
    Offer {
        kind: ProductKind::SoftwarePerpetual,
        sku: SkuId("sql-server-standard".to_owned()),
        title: "SQL Server Standard".to_owned(),
        term: None,
        billing: BillingCycle::OneTime,
        price: money("1000.00", "EUR"),
        ..an_offer(id)
    }
}

/// A suite of one year, charged every month.
pub fn a_suite(id: &str) -> Offer {
    Offer {
        kind: ProductKind::LicenseBased,
        sku: SkuId("business-standard".to_owned()),
        title: "Business Standard".to_owned(),
        billing: BillingCycle::Monthly,
        price: money("100.00", "EUR"),
        max_quantity: Some(300),
        ..an_offer(id)
    }
}

/// A promotion for suites on the day of noon and the day after.
pub fn a_promotion(id: &str, percent: i64) -> Promotion {
    let from = vocab::calendar::day_of(noon());
    Promotion {
        id: PromotionId(id.to_owned()),
        title: "Spring".to_owned(),
        percent,
        skus: [a_suite("o").sku].into(),
        markets: [].into(),
        segments: [].into(),
        terms: [].into(),
        from,
        until: vocab::calendar::day_after(from),
    }
}

/// A reservation of one year.
pub fn a_reservation(id: &str) -> Offer {
    Offer {
        kind: ProductKind::AzureReservation,
        sku: SkuId("reserved-vm".to_owned()),
        title: "Reserved VM".to_owned(),
        ..an_offer(id)
    }
}

pub fn an_item(offer: &str, quantity: i64) -> Item {
    Item {
        offer: OfferId(offer.to_owned()),
        quantity,
        friendly_name: String::new(),
        promotion: None,
        alignment: None,
    }
}

/// The reason and the rule of a refusal. They are leaked, so that tables of constants compare with them.
pub fn words(why: &Rejection) -> (&'static str, &'static str) {
    (why.reason().to_owned().leak(), why.rule().to_owned().leak())
}

pub fn confirmed(version: &str) -> Confirmation {
    Confirmation { version: version.to_owned(), accepted: true }
}

/// An order of one line for each offer, in these states; lines are numbered from 1.
pub fn an_order(lines: &[(Offer, LineState)]) -> Order {
    let line = |(number, (offer, state)): (u128, &(Offer, LineState))| OrderLine {
        id: line_id(number),
        subscription: SubscriptionId(Uuid::from_u128(0x5000 + number)),
        quantity: if *state == LineState::Cancelled { 0 } else { 10 },
        friendly_name: String::new(),
        state: *state,
        failure: None,
        first_charge: Quote::of(offer, offer.price, 10).unwrap().first_charge,
        promotion: None,
        alignment: None,
        offer: offer.clone(),
    };
    Order {
        id: OrderId(Uuid::from_u128(0x0d)),
        customer: CUSTOMER,
        partner: PARTNER,
        cart: None,
        lines: (1..).zip(lines).map(line).collect(),
        created_at: noon(),
        attestation: Some(Attestation {
            version: "direct-partner-1".to_owned(),
            actor: "ada".to_owned(),
            accepted_at: noon(),
        }),
        resellers: Resellers::default(),
        brought_in: None,
        version: 1,
    }
}

pub fn line_id(number: u128) -> OrderLineId {
    OrderLineId(Uuid::from_u128(0x1000 + number))
}
