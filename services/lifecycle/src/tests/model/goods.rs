//! What is sold, as the price list says it.

use jiff::Timestamp;
use jiff::civil::Date;
use testkit::noon;
use vocab::{
    BillingCycle, Money, Offer, OfferId, ProductKind, Promotion, PromotionId, PromotionVersion,
    Segment, SkuId, TermLength,
};

use super::calendar::Day;
use super::plans::{self, AFTER_TRIAL, Kind, PLANS, PROMOTIONS, Plan};
use crate::tests::given::{date as day_of, month_to_month, price_list};
use crate::tests::house::House;

/// Sells everything, with its promotions.
pub async fn sell(house: &House) {
    let versions: Vec<_> = PLANS.iter().flat_map(|plan| price_list(&offer(plan))).collect();
    house.sell(&versions).await;
    let promotions = PROMOTIONS.iter().map(|one| PromotionVersion {
        promotion: promotion(one),
        effective_at: noon(),
        revision: 1,
        is_withdrawn: false,
    });
    house.promote(&promotions.collect::<Vec<_>>()).await;
}

pub fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

pub fn date(day: Day) -> Date {
    day_of(&day.to_string())
}

/// What the price list says of a plan in 2026.
pub fn offer(plan: &Plan) -> Offer {
    let sample = month_to_month();
    let kind = match plan.kind {
        Kind::Licence => ProductKind::LicenseBased,
        Kind::Service => ProductKind::IsvSaasLicense,
        Kind::Software => ProductKind::SoftwareSubscription,
    };
    let billings = [BillingCycle::Monthly, BillingCycle::Annual, BillingCycle::Triennial];
    let billing = billings.into_iter().find(|it| it.months() == Some(plan.billed_every));
    Offer {
        id: OfferId(plan.offer.to_owned()),
        sku: SkuId(plan.sku.to_owned()),
        title: plan.sku.to_owned(),
        kind,
        term: Some(length(plan.months)),
        billing: billing.unwrap(),
        price: Money::of_minor(plan.price, sample.price.currency),
        is_trial: plan.is_trial,
        converts_to: plan.is_trial.then(|| OfferId(AFTER_TRIAL.offer.to_owned())),
        min_quantity: plan.fewest,
        includes_evaluation: plan.evaluates,
        ..sample
    }
}

/// The offer as order would send it: at the price in force.
pub fn priced(plan: &Plan, now: i64) -> Offer {
    let [cheap, dear] = price_list(&offer(plan));
    if instant(now) < dear.effective_at { cheap.offer } else { dear.offer }
}

pub fn promotion(one: &plans::Promotion) -> Promotion {
    Promotion {
        id: PromotionId(one.id.to_owned()),
        title: "Less".to_owned(),
        percent: one.percent,
        skus: one.skus.iter().map(|sku| SkuId((*sku).to_owned())).collect(),
        markets: [].into(),
        segments: one.is_for_schools.then_some(Segment::Education).into_iter().collect(),
        terms: one.months.map(length).into_iter().collect(),
        from: day_of(one.days.0),
        until: day_of(one.days.1),
    }
}

fn length(months: i32) -> TermLength {
    let all = [TermLength::OneMonth, TermLength::OneYear, TermLength::ThreeYears];
    all.into_iter().find(|length| length.months() == months).unwrap()
}
