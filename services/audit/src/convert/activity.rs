//! What readers ask for, and the page they get.

use jiff::civil::Date;
use proto::audit as pb;
use rpc::{
    Fields, Filter, Violations,
    filter::{Condition, Operator},
    name::Customer,
    wire,
};

use super::entry::logged;
use crate::domain::{Activity, Choice, Logged, Outcome};

/// The fields that the list can be filtered by.
const FIELDS: [&str; 4] = ["actor", "customer", "action", "outcome"];

/// What is asked for: first day, last day, conditions.
type Asked = (Date, Date, Activity);

/// Reads what a page is asked for.
///
/// # Errors
///
/// [`Violations`] with all that is malformed.
pub fn list_activity(request: &pb::ListActivityRequest) -> Result<Asked, Violations> {
    asked(Fields::of(request), request.from, request.to, &request.filter)
}

/// Reads what a file is asked for.
///
/// # Errors
///
/// [`Violations`] with all that is malformed.
pub fn export_activity(request: &pb::ExportActivityRequest) -> Result<Asked, Violations> {
    asked(Fields::of(request), request.from, request.to, &request.filter)
}

fn asked(
    mut fields: Fields,
    from: Option<proto::Date>,
    to: Option<proto::Date>,
    filter: &str,
) -> Result<Asked, Violations> {
    let from = fields.required("from", from);
    let from = from.and_then(|date| fields.keep("from", wire::civil(&date)));
    let to = fields.required("to", to);
    let to = to.and_then(|date| fields.keep("to", wire::civil(&date)));
    let filter = fields.keep("filter", Filter::parse(filter, &FIELDS));
    let mut asked = Activity::default();
    for condition in filter.unwrap_or_default().0 {
        if let Err(problem) = add(&mut asked, &condition) {
            fields.wrong("filter", problem);
        }
    }
    fields.finish(from.zip(to).map(|(from, to)| (from, to, asked)))
}

fn add(asked: &mut Activity, condition: &Condition) -> Result<(), String> {
    let Condition { field, operator, value } = condition;
    match field.as_str() {
        "actor" => choose(&mut asked.actor, field, *operator, value.clone()),
        "action" => choose(&mut asked.action, field, *operator, value.clone()),
        "customer" => {
            let read = value.parse::<Customer>();
            let Customer(id) = read.map_err(|error| format!("has a customer that {error}"))?;
            choose(&mut asked.customer, field, *operator, id)
        }
        _ => {
            let name = value.strip_prefix("OUTCOME_").unwrap_or(value);
            let outcome = name.parse::<Outcome>().map_err(|error| format!("says that {error}"))?;
            choose(&mut asked.outcome, field, *operator, outcome)
        }
    }
}

fn choose<T: Clone + PartialEq>(
    choice: &mut Choice<T>,
    field: &str,
    operator: Operator,
    value: T,
) -> Result<(), String> {
    match operator {
        Operator::Equal => choice.must_be(value),
        Operator::NotEqual => choice.must_not_be(value),
        Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Has => return Err(format!("compares {field} by something else than = or !=")),
    }
    Ok(())
}

/// Writes a page.
pub fn activity_page(entries: &[Logged], next_page_token: String) -> pb::ListActivityResponse {
    pb::ListActivityResponse { entries: entries.iter().map(logged).collect(), next_page_token }
}
