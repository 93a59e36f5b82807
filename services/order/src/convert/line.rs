//! What carts and orders have in common: lines, and refusals as data.

use proto::common::Refusal;
use proto::order as pb;
use rpc::{Fields, name};

use crate::domain::{Confirmation, Failure, Item, Rejection};

/// Reads the lines of a request; what is wrong with them is recorded in `fields`.
pub fn items(fields: &mut Fields, lines: &[pb::LineItem]) -> Option<Vec<Item>> {
    let read: Vec<Option<Item>> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let offer = fields.parse(&format!("lines[{index}].offer"), &line.offer);
            offer.map(|name::Offer(offer)| Item {
                offer,
                quantity: line.quantity,
                friendly_name: line.friendly_name.clone(),
            })
        })
        .collect();
    read.into_iter().collect()
}

/// Writes a line of a cart.
pub fn item(item: &Item) -> pb::LineItem {
    pb::LineItem {
        offer: name::Offer(item.offer.clone()).to_string(),
        quantity: item.quantity,
        friendly_name: item.friendly_name.clone(),
        ..Default::default()
    }
}

/// Reads the buyer's confirmation; one that says nothing is none.
pub fn confirmation(attestation: Option<&pb::Attestation>) -> Option<Confirmation> {
    attestation.map(|said| Confirmation { version: said.version.clone(), accepted: said.accepted })
}

/// Writes a refusal as data.
pub fn refusal(rejection: &Rejection) -> Refusal {
    let metadata = rejection.metadata().into_iter();
    Refusal {
        reason: rejection.reason().to_owned(),
        rule: rejection.rule().to_owned(),
        message: rejection.to_string(),
        metadata: metadata.map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

/// Writes what lifecycle said, as it said it.
pub fn failure(failure: &Failure) -> Refusal {
    Refusal {
        reason: failure.reason.clone(),
        rule: failure.rule.clone(),
        message: failure.message.clone(),
        metadata: failure.metadata.clone().into_iter().collect(),
    }
}
