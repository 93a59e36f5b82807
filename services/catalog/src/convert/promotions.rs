//! Promotions.

use price_list::wire::promotion;
use proto::catalog as pb;
use rpc::filter::{Condition, Operator};
use rpc::{Fields, Violations, name, wire};
use vocab::NotPromoted;

use super::{conditions, instant, refusal, set};
use crate::domain::promotion::Choice;
use crate::domain::query::PromotionQuery;

const FIELDS: [&str; 4] = ["sku", "market", "segment", "term"];

/// Reads which promotions are asked for, and for what they are judged.
pub fn list_promotions(request: &pb::ListPromotionsRequest) -> Result<PromotionQuery, Violations> {
    let mut fields = Fields::of(request);
    let mut query = PromotionQuery::default();
    if !request.offer.is_empty() {
        let offer = fields.parse::<name::Offer>("offer", &request.offer);
        query.offer = offer.map(|name::Offer(id)| id);
    }
    query.customer = wire::read_segment(request.segment).ok();
    query.at = instant(&mut fields, "at", request.at.as_ref());
    for condition in conditions(&mut fields, &request.filter, &FIELDS) {
        let read = take(&mut query, &condition);
        fields.keep("filter", read);
    }
    fields.finish(Some(query))
}

/// Takes one condition. A promotion is for many SKUs, markets, segments and terms, so `:` reads
/// better, and `=` means the same.
fn take(query: &mut PromotionQuery, condition: &Condition) -> Result<(), String> {
    let condition = &match condition.operator {
        Operator::Has => Condition { operator: Operator::Equal, ..condition.clone() },
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual => condition.clone(),
    };
    match condition.field.as_str() {
        "sku" => set(&mut query.sku, condition, |text| text.parse().map(|name::Sku(_, sku)| sku)),
        "market" => set(&mut query.market, condition, str::parse),
        "segment" => set(&mut query.segment, condition, str::parse),
        _ => set(&mut query.term, condition, str::parse),
    }
}

/// Writes a promotion, and whether it applies.
pub fn promotion_choice(choice: &Choice) -> pb::PromotionChoice {
    pb::PromotionChoice {
        promotion: Some(promotion(&choice.promotion)),
        eligible: choice.refusal.is_none(),
        refusal: choice.refusal.as_ref().map(not_promoted),
        price: choice.price.map(wire::money),
    }
}

fn not_promoted(why: &NotPromoted) -> proto::common::Refusal {
    refusal(why.reason(), why.rule(), &why.to_string(), why.metadata())
}
