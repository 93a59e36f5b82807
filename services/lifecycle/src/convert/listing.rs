//! Filters of lists to queries.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use proto::lifecycle as pb;
use rpc::filter::{Condition, Operator};
use rpc::{Fields, Filter, Violations, name};
use vocab::ProductKind;
use vocab::calendar::{day_after, start_of};

use crate::domain::{Status, SubscriptionQuery};

const FIELDS: [&str; 7] =
    ["state", "product", "sku", "kind", "auto_renew", "customer", "renewal_time"];

/// The least that two instants differ by.
const LEAST: SignedDuration = SignedDuration::from_millis(1);

/// Reads which subscriptions a list shows.
pub fn listing(request: &pb::ListSubscriptionsRequest) -> Result<SubscriptionQuery, Violations> {
    let mut fields = Fields::of(request);
    let customer = match request.parent.as_str() {
        "customers/-" => Some(None),
        parent => fields.parse::<name::Customer>("parent", parent).map(|name| Some(name.0)),
    };
    let read = fields.keep("filter", Filter::parse(&request.filter, &FIELDS));
    let query = customer.zip(read).map(|(customer, filter)| {
        let mut query = SubscriptionQuery { customer, ..SubscriptionQuery::default() };
        for condition in once_each(filter.0, &mut fields) {
            take(&condition, &mut query, &mut fields);
        }
        query
    });
    fields.finish(query)
}

fn take(condition: &Condition, query: &mut SubscriptionQuery, fields: &mut Fields) {
    let Condition { field, operator, value } = condition;
    if field == "renewal_time" {
        take_time(condition, (&mut query.renews_from, &mut query.renews_before), fields);
        return;
    }
    if *operator != Operator::Equal {
        fields.wrong("filter", format!("compares {field} with something else than ="));
        return;
    }
    match field.as_str() {
        "state" => query.status = fields.parse::<Status>("filter", value),
        "kind" => query.kind = fields.parse::<ProductKind>("filter", value),
        "auto_renew" => query.auto_renew = fields.parse("filter", value),
        "sku" => query.sku = fields.parse::<name::Sku>("filter", value).map(|name| name.1),
        "customer" => take_customer(value, query, fields),
        _ => query.product = fields.parse::<name::Product>("filter", value).map(|name| name.0),
    }
}

fn take_customer(value: &str, query: &mut SubscriptionQuery, fields: &mut Fields) {
    let asked = fields.parse::<name::Customer>("filter", value).map(|name| name.0);
    if query.customer.is_some() && asked.is_some() && query.customer != asked {
        fields.wrong("filter", "names another customer than parent");
    }
    query.customer = query.customer.or(asked);
}

/// Takes one bound of a span of time.
pub(super) fn take_time(
    condition: &Condition,
    (from, before): (&mut Option<Timestamp>, &mut Option<Timestamp>),
    fields: &mut Fields,
) {
    let Condition { field, operator, value } = condition;
    let Some((first, after)) = fields.keep("filter", span(value)) else { return };
    match operator {
        Operator::Less => *before = Some(first),
        Operator::LessOrEqual => *before = Some(after),
        Operator::Greater => *from = Some(after),
        Operator::GreaterOrEqual => *from = Some(first),
        Operator::Equal | Operator::NotEqual | Operator::Has => {
            fields.wrong("filter", format!("compares {field} with something else than < <= > >="));
        }
    }
}

/// Returns the first instant that a text names, and the first after it: of a millisecond, or a day.
fn span(text: &str) -> Result<(Timestamp, Timestamp), &'static str> {
    const EXPECTED: &str = "has a time that is neither like 2026-01-31 nor 2026-01-31T00:00:00Z";
    const RANGE: std::ops::Range<i16> = 1970..9000;
    let is_day = text.len() == "2026-01-31".len();
    if let Some(day) = text.parse::<Date>().ok().filter(|_| is_day) {
        let is_within = RANGE.contains(&day.year());
        return if is_within {
            Ok((start_of(day), start_of(day_after(day))))
        } else {
            Err(EXPECTED)
        };
    }
    let at: Timestamp = text.parse().map_err(|_| EXPECTED)?;
    let after = at.checked_add(LEAST).map_err(|_| EXPECTED)?;
    let end = start_of(Date::constant(RANGE.end, 1, 1));
    if Timestamp::UNIX_EPOCH <= at && after < end { Ok((at, after)) } else { Err(EXPECTED) }
}

/// Returns the conditions, none of which may stand there twice: of times, one for each bound.
pub(super) fn once_each(conditions: Vec<Condition>, fields: &mut Fields) -> Vec<Condition> {
    let mut seen: Vec<(String, bool)> = vec![];
    let mut kept = vec![];
    for condition in conditions {
        let is_lower = matches!(condition.operator, Operator::Greater | Operator::GreaterOrEqual);
        let bound = (condition.field.clone(), is_lower);
        if seen.contains(&bound) {
            fields.wrong("filter", format!("names {} twice", condition.field));
            continue;
        }
        seen.push(bound);
        kept.push(condition);
    }
    kept
}
