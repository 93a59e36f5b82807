//! Orders from before: what is brought in, and what became of it.

use std::collections::BTreeMap;

use proto::order as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{Money, TermLength};

use super::order::{nameless, order};
use crate::domain::{BroughtIn, ImportHistory, Imported, PastLine, PastOrder};

/// As many lines as one order can have.
const LINES_MAX: usize = 200;

/// Reads what is to be brought in.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn import_history(request: &pb::ImportHistoryRequest) -> Result<ImportHistory, Violations> {
    let mut fields = Fields::of(request);
    let customer = fields.parse("parent", &request.parent).map(|name::Customer(id)| id);
    let count: usize = request.orders.iter().map(|order| order.lines.len()).sum();
    if LINES_MAX < count {
        fields.wrong("orders", format!("have {count} lines in all; bring in {LINES_MAX} at once"));
    }
    let orders: Vec<Option<PastOrder>> = request
        .orders
        .iter()
        .enumerate()
        .map(|(index, past)| past_order(&mut fields, &format!("orders[{index}]"), past))
        .collect();
    check_references(&mut fields, &request.orders);
    let orders = orders.into_iter().collect::<Option<Vec<_>>>();
    let read = customer.zip(orders);
    fields.finish(read.map(|(customer, orders)| ImportHistory { customer, orders }))
}

fn past_order(fields: &mut Fields, at: &str, past: &pb::PastOrder) -> Option<PastOrder> {
    let partner = fields.parse(&format!("{at}.partner"), &past.partner);
    let field = format!("{at}.order_time");
    let time = fields.required(&field, past.order_time.as_ref());
    let ordered_at = time.and_then(|time| fields.keep(&field, wire::instant(time)));
    let lines: Vec<Option<PastLine>> = past
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| past_line(fields, &format!("{at}.lines[{index}]"), line))
        .collect();
    let lines = lines.into_iter().collect::<Option<Vec<_>>>();
    let (name::Partner(partner), (ordered_at, lines)) = partner.zip(ordered_at.zip(lines))?;
    Some(PastOrder { partner, reference: past.reference.clone(), ordered_at, lines })
}

fn past_line(fields: &mut Fields, at: &str, line: &pb::PastLine) -> Option<PastLine> {
    let offer = fields.parse(&format!("{at}.offer"), &line.offer);
    let price = price(fields, &format!("{at}.price"), line.price.as_ref());
    let field = format!("{at}.term_length");
    let term = match line.term_length.as_str() {
        "" => Some(None),
        text => fields.parse::<TermLength>(&field, text).map(Some),
    };
    let field = format!("{at}.billing_cycle");
    let billing = fields.keep(&field, wire::read_billing_cycle(line.billing_cycle));
    let (name::Offer(offer), price) = offer.zip(price)?;
    Some(PastLine {
        offer,
        quantity: line.quantity,
        price,
        tax_included: line.tax_included,
        term: term?,
        billing: billing?,
        friendly_name: line.friendly_name.clone(),
    })
}

fn price(fields: &mut Fields, at: &str, price: Option<&proto::Money>) -> Option<Money> {
    let price = fields.required(at, price)?;
    let price = fields.keep(at, wire::amount(price))?;
    if price.minor < 0 {
        fields.wrong(at, "is below 0");
    }
    Some(price)
}

/// Refuses a name that two orders of one partner have.
fn check_references(fields: &mut Fields, orders: &[pb::PastOrder]) {
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, past) in orders.iter().enumerate() {
        let first = *seen.entry((&past.partner, &past.reference)).or_insert(index);
        if first != index {
            let field = format!("orders[{index}].reference");
            fields.wrong(&field, format!("is that of orders[{first}] as well"));
        }
    }
}

/// Writes orders that were brought in; what is only shown has no name and no ids.
pub fn imported(imported: &Imported) -> pb::ImportHistoryResponse {
    let written = imported.orders.iter().map(|one| {
        if imported.shown.contains(&one.id) { nameless(order(one)) } else { order(one) }
    });
    pb::ImportHistoryResponse { orders: written.collect() }
}

/// Writes how an order came here.
pub(super) fn brought_in(from: &BroughtIn) -> pb::BroughtIn {
    pb::BroughtIn {
        reference: from.reference.clone(),
        import_time: Some(wire::timestamp(from.at)),
        actor: from.actor.clone(),
    }
}
