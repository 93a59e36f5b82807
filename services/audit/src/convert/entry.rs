//! Entries, one by one: a malformed one is refused by itself.

use proto::{audit as pb, common::MessageHeader};
use rpc::{
    Fields,
    name::{Customer, Partner},
    wire,
};
use vocab::MessageId;

use crate::domain::{Entry, ITSELF, Logged, Outcome, Receipt, Submitted};

/// Most characters of a text: what a name, an amount or a sentence takes, with room to spare.
const TEXT_MAX: usize = 2_000;

/// Most details of one entry.
const DETAILS_MAX: usize = 100;

/// Reads the entries of a batch.
pub fn submitted(request: &pb::AppendEntriesRequest) -> Vec<Submitted> {
    request.entries.iter().map(one).collect()
}

fn one(message: &pb::Entry) -> Submitted {
    let id = message.header.as_ref().map(|header| header.message_id.clone()).unwrap_or_default();
    Submitted { id, entry: entry(message).map_err(|violations| violations.to_string()) }
}

fn entry(message: &pb::Entry) -> Result<Entry, rpc::Violations> {
    let mut fields = Fields::of(message);
    let id = message_id(&mut fields, message.header.as_ref());
    let occurred_at = fields.required("occurred_time", message.occurred_time);
    let occurred_at =
        occurred_at.and_then(|time| fields.keep("occurred_time", wire::instant(&time)));
    let test_clock_at = message
        .test_clock_time
        .and_then(|time| fields.keep("test_clock_time", wire::instant(&time)));
    check_texts(&mut fields, message);
    let partner = fields.parse_unless_empty::<Partner>("partner", &message.partner);
    let customer = fields.parse_unless_empty::<Customer>("customer", &message.customer);
    let outcome = fields.required("outcome", outcome(message.outcome()));
    let read = (|| {
        Some(Entry {
            id: id?,
            occurred_at: occurred_at?,
            test_clock_at,
            service: message.service.clone(),
            actor: message.actor.clone(),
            partner: partner.map(|Partner(id)| id),
            customer: customer.map(|Customer(id)| id),
            action: message.action.clone(),
            resource: message.resource.clone(),
            outcome: outcome?,
            reason: message.reason.clone(),
            details: message.details.clone().into_iter().collect(),
        })
    })();
    fields.finish(read)
}

fn message_id(fields: &mut Fields, header: Option<&MessageHeader>) -> Option<MessageId> {
    let text = header.map_or("", |header| &header.message_id);
    let text = fields.required("header.message_id", Some(text).filter(|text| !text.is_empty()))?;
    fields.parse("header.message_id", text)
}

fn check_texts(fields: &mut Fields, message: &pb::Entry) {
    let needed =
        [("service", &message.service), ("actor", &message.actor), ("action", &message.action)];
    for (name, text) in needed {
        if text.is_empty() {
            fields.wrong(name, "is required");
        }
    }
    let free = [("resource", &message.resource), ("reason", &message.reason)];
    for (name, text) in needed.into_iter().chain(free) {
        check_text(fields, name, text);
    }
    if message.service == ITSELF {
        fields.wrong("service", "is the log itself, which writes its own entries");
    }
    if DETAILS_MAX < message.details.len() {
        fields.wrong("details", format!("has more than {DETAILS_MAX} items"));
    }
    for text in message.details.iter().flat_map(|(name, value)| [name, value]) {
        check_text(fields, "details", text);
    }
}

fn check_text(fields: &mut Fields, name: &str, text: &str) {
    if TEXT_MAX < text.chars().count() {
        fields.wrong(name, format!("is longer than {TEXT_MAX} characters"));
    }
    // PostgreSQL keeps no text with it, and would refuse the whole batch.
    if text.contains('\0') {
        fields.wrong(name, "holds the character NUL");
    }
}

const fn outcome(outcome: pb::Outcome) -> Option<Outcome> {
    match outcome {
        pb::Outcome::Unspecified => None,
        pb::Outcome::Done => Some(Outcome::Done),
        pb::Outcome::Refused => Some(Outcome::Refused),
    }
}

/// Writes the receipts of a batch.
pub fn receipts(receipts: Vec<Receipt>) -> pb::AppendEntriesResponse {
    let receipt = |Receipt { id, place }| {
        let (index, refusal) = match place {
            Ok(index) => (index, String::new()),
            Err(refusal) => (-1, refusal),
        };
        pb::Receipt { message_id: id, index, refusal }
    };
    pb::AppendEntriesResponse { receipts: receipts.into_iter().map(receipt).collect() }
}

/// Writes an entry with its place and its hash.
pub(super) fn logged(logged: &Logged) -> pb::LoggedEntry {
    pb::LoggedEntry {
        name: format!("entries/{}", logged.index),
        index: logged.index,
        entry: Some(message(&logged.entry)),
        append_time: Some(wire::timestamp(logged.appended_at)),
        leaf_hash: logged.leaf_hash.0.to_vec(),
        actor_hash: logged.actor_hash.0.to_vec(),
        actor_salt: logged.actor_salt.map(Vec::from).unwrap_or_default(),
        actor_erased: logged.is_erased(),
    }
}

/// How the entry travelled is not kept: its header has the id alone.
fn message(entry: &Entry) -> pb::Entry {
    pb::Entry {
        header: Some(MessageHeader { message_id: entry.id.to_string(), ..Default::default() }),
        occurred_time: Some(wire::timestamp(entry.occurred_at)),
        test_clock_time: entry.test_clock_at.map(wire::timestamp),
        service: entry.service.clone(),
        actor: entry.actor.clone(),
        partner: entry.partner.map_or_else(String::new, |id| Partner(id).to_string()),
        customer: entry.customer.map_or_else(String::new, |id| Customer(id).to_string()),
        action: entry.action.clone(),
        resource: entry.resource.clone(),
        outcome: match entry.outcome {
            Outcome::Done => pb::Outcome::Done,
            Outcome::Refused => pb::Outcome::Refused,
        }
        .into(),
        reason: entry.reason.clone(),
        details: entry.details.clone().into_iter().collect(),
    }
}
