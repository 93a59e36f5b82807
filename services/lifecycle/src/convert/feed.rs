//! What happened, in the order of the feed, to the wire; and what is asked of it.

use proto::lifecycle as pb;
use rpc::filter::Operator;
use rpc::{Fields, Filter, Violations, name, wire};

use super::charge::entry;
use super::listing::{once_each, take_time};
use crate::domain::{ChangeKind, ChangeQuery, FeedStart, Position, Stretch, Told};

/// Reads what a list of changes shows: of one subscription if one is named.
pub fn changes(
    request: &pb::ListChangesRequest,
) -> Result<(Option<name::Subscription>, ChangeQuery), Violations> {
    let mut fields = Fields::of(request);
    let (mut target, mut query) = (None, ChangeQuery::default());
    if request.parent.contains("/subscriptions/") {
        target = fields.parse::<name::Subscription>("parent", &request.parent);
    } else {
        query.customer = customer(&request.parent, &mut fields);
    }
    let query = filter(&request.filter, &["kind", "commit_time"], query, &mut fields);
    fields.finish(query.map(|query| (target, query)))
}

/// Reads where a follower begins, and what it wants.
pub fn watch(request: &pb::WatchChangesRequest) -> Result<(FeedStart, ChangeQuery), Violations> {
    let mut fields = Fields::of(request);
    let mut query =
        ChangeQuery { customer: customer(&request.parent, &mut fields), ..ChangeQuery::default() };
    let cursor = fields.parse_unless_empty::<Position>("resume_cursor", &request.resume_cursor);
    let at = request.start_time.as_ref();
    let at = at.and_then(|at| fields.keep("start_time", wire::instant(at)));
    if !request.resume_cursor.is_empty() && request.start_time.is_some() {
        fields.wrong("start_time", "cannot be set together with resume_cursor");
    }
    query.recorded_from = at;
    let start = match (cursor, at) {
        (Some(position), _) => FeedStart::After(position),
        (None, Some(at)) => FeedStart::At(at),
        (None, None) => FeedStart::Beginning,
    };
    let query = filter(&request.filter, &["kind"], query, &mut fields);
    fields.finish(query.map(|query| (start, query)))
}

/// Writes some of the feed.
pub fn stretch(stretch: &Stretch) -> pb::WatchChangesResponse {
    pb::WatchChangesResponse {
        records: stretch.records.iter().map(record).collect(),
        cursor: stretch.end.to_string(),
    }
}

/// Writes that there was nothing up to here.
pub fn heartbeat(position: Position) -> pb::WatchChangesResponse {
    pb::WatchChangesResponse { records: vec![], cursor: position.to_string() }
}

/// Writes a change of the feed.
pub fn told((record, lines): &Told) -> pb::Change {
    entry(&record.entry, lines, name::Subscription(record.customer, record.subscription))
}

fn record(one: &Told) -> pb::ChangeRecord {
    let (record, _) = one;
    pb::ChangeRecord {
        change: Some(told(one)),
        subscription: name::Subscription(record.customer, record.subscription).to_string(),
        partner: name::Partner(record.partner).to_string(),
        record_time: Some(wire::timestamp(record.recorded_at)),
        cursor: record.position.to_string(),
    }
}

fn customer(parent: &str, fields: &mut Fields) -> Option<vocab::CustomerId> {
    match parent {
        "" | "customers/-" => None,
        parent => fields.parse::<name::Customer>("parent", parent).map(|name| name.0),
    }
}

fn filter(
    text: &str,
    known: &[&str],
    mut query: ChangeQuery,
    fields: &mut Fields,
) -> Option<ChangeQuery> {
    let read = fields.keep("filter", Filter::parse(text, known))?;
    for condition in once_each(read.0, fields) {
        if condition.field == "commit_time" {
            let bounds = (&mut query.committed_from, &mut query.committed_before);
            take_time(&condition, bounds, fields);
        } else if condition.operator == Operator::Equal {
            query.kind = fields.parse::<ChangeKind>("filter", &condition.value);
        } else {
            fields.wrong("filter", "compares kind with something else than =");
        }
    }
    Some(query)
}
