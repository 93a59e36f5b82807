//! Makes offers: their plans, their names and their prices, however a file writes them.

use std::str::FromStr;

use jiff::Timestamp;
use vocab::{
    BillingCycle, Category, Currency, Market, Money, Offer, OfferId, SkuId, TermLength,
    UnknownMember,
};

use crate::domain::plans;
use crate::domain::product::{Product, Sku};

/// How prices of a market are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MarketTerms {
    pub currency: Currency,
    pub tax_included: bool,
}

/// A term with its billing cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub term: Option<TermLength>,
    pub billing: BillingCycle,
}

/// What prices are read for.
pub(super) struct Target<'a> {
    pub sku_id: &'a SkuId,
    pub plan: Plan,
    /// The SKU and its product; `None` where they could not be read, and prices are only checked.
    pub sold: Option<(&'a Product, &'a Sku)>,
}

impl Target<'_> {
    /// Returns what a trial becomes.
    pub fn becomes(&self) -> Option<SkuId> {
        self.sold.and_then(|(_, sku)| sku.becomes.clone())
    }
}

impl Plan {
    /// Reads a plan that fits what is sold, and was on offer at an instant.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong. Source: TRM-1, TRM-4, TRI-1, CAT-14.
    pub fn read(
        text: &str,
        sold: Option<(&Product, &Sku)>,
        at: Option<Timestamp>,
    ) -> Result<Self, String> {
        let plan: Self = text.parse()?;
        let Some((product, sku)) = sold else { return Ok(plan) };
        if let Some(since) = plans::since(product.kind, plan.term, plan.billing)
            && at.is_some_and(|at| at < since)
        {
            return Err(format!("{text} is on offer since {since}: put it into a later list"));
        }
        let why = match (product.kind.is_perpetual(), plan.term) {
            (true, Some(_)) => "is bought once and has no term: its plan is ONE_TIME",
            (false, None) => "has terms: its plans are such as P1Y/ANNUAL",
            (false, Some(term)) if sku.is_trial && term != TermLength::OneMonth => {
                "is a trial, which lasts a month: its plan is P1M/MONTHLY"
            }
            (true, None) | (false, Some(_)) => return Ok(plan),
        };
        Err(format!("{} {why}", sku.id))
    }

    /// Names the offer of a SKU in a market; in `other` where that is not the market's own currency.
    pub fn offer_id(self, sku: &SkuId, market: Market, other: Option<Currency>) -> OfferId {
        let term = self.term.map_or(String::new(), |term| format!("-{term}"));
        let billing = self.billing.as_str().replace('_', "-");
        let suffix = other.map_or(String::new(), |currency| format!("-{currency}"));
        let ending = format!("{term}-{billing}-{market}{suffix}").to_lowercase();
        OfferId(format!("{sku}{ending}"))
    }
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

/// Reads a price, which is not negative.
///
/// # Errors
///
/// A text that says what is wrong. Source: D-43.
pub(super) fn read_price(text: &str, currency: Currency) -> Result<Money, String> {
    let price = Money::parse(text, currency).map_err(|error| error.to_string())?;
    if price.minor < 0 || text.starts_with('-') {
        return Err(format!("the price {text} is negative"));
    }
    Ok(price)
}

/// Makes an offer of a price; none where what is sold could not be read.
pub(super) fn offer(
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
        includes_evaluation: sku.includes_evaluation,
        restrictions: sku.restrictions.clone(),
    })
}
