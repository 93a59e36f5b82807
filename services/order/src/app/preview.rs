//! The figures to which a preview holds the real call (ORD-12).

use serde::Serialize;
use vocab::{CartId, CustomerId, Money, OfferId, PartnerId, PromotionId};

use crate::domain::{Alignment, Judgement, LineJudgement, Resellers};

/// Everything that must be the same.
#[derive(Debug, Serialize)]
pub struct Figures<'a> {
    partner: PartnerId,
    customer: CustomerId,
    /// The cart as it was.
    cart: Option<(CartId, i64)>,
    resellers: &'a Resellers,
    lines: Vec<LineFigures<'a>>,
}

#[derive(Debug, Serialize)]
struct LineFigures<'a> {
    offer: &'a OfferId,
    quantity: i64,
    friendly_name: &'a str,
    tax_included: Option<bool>,
    promotion: Option<&'a PromotionId>,
    alignment: Option<Alignment>,
    first_charge: Option<Money>,
    term_total: Option<Money>,
}

impl<'a> Figures<'a> {
    /// The figures of a judgement.
    pub fn of(
        partner: PartnerId,
        customer: CustomerId,
        cart: Option<(CartId, i64)>,
        resellers: &'a Resellers,
        judgement: &'a Judgement,
    ) -> Self {
        let lines = judgement.lines.iter().map(LineFigures::of).collect();
        Self { partner, customer, cart, resellers, lines }
    }

    /// Returns them as bytes, the same for the same figures.
    pub fn bytes(&self) -> Vec<u8> {
        // Text, numbers and lists of them, whose keys are sorted: the macro cannot fail.
        serde_json::json!(self).to_string().into_bytes()
    }
}

impl<'a> LineFigures<'a> {
    fn of(line: &'a LineJudgement) -> Self {
        Self {
            offer: &line.item.offer,
            quantity: line.item.quantity,
            friendly_name: &line.item.friendly_name,
            tax_included: line.offer.as_ref().map(|offer| offer.tax_included),
            promotion: line.promotion.as_ref().map(|promotion| &promotion.id),
            alignment: line.item.alignment,
            first_charge: line.quote.map(|quote| quote.first_charge),
            term_total: line.quote.map(|quote| quote.term_total),
        }
    }
}
