//! What lifecycle says became of an order's lines.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::{ClockId, CustomerId, MessageId, OrderId, OrderLineId};

use super::{LineState, Order, OrderLine};

/// Why lifecycle refused a line, as data: passed on as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The reason on the wire.
    pub reason: String,
    /// The rule's ID.
    pub rule: String,
    /// For people.
    pub message: String,
    /// Every value of the message.
    pub metadata: BTreeMap<String, String>,
}

impl Failure {
    /// Returns every value of the message by its name on the wire.
    pub fn values(&self) -> Vec<(&str, String)> {
        self.metadata.iter().map(|(name, value)| (&**name, value.clone())).collect()
    }
}

/// What became of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineOutcome {
    /// Its subscription runs.
    Started,
    /// It was refused.
    Refused(Failure),
    /// It was cancelled.
    Cancelled,
}

/// What became of an order, or of some of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fulfilment {
    /// The message.
    pub message: MessageId,
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// What became of lines.
    pub lines: BTreeMap<OrderLineId, LineOutcome>,
}

/// What a test clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The message.
    pub message: MessageId,
    /// The clock.
    pub clock: ClockId,
    /// What it shows.
    pub now: Timestamp,
}

/// Returns the order with what became of its lines, whose other lines stay as they are.
///
/// Letters come late, twice and in any order: a line that is cancelled stays so, and one that runs
/// or was refused is only cancelled.
///
/// # Errors
///
/// The first line that is none of this order.
///
/// Source: ORD-11, CAN-11, HIS-2.
pub fn record(
    order: &Order,
    outcomes: &BTreeMap<OrderLineId, LineOutcome>,
) -> Result<Order, OrderLineId> {
    let is_ours = |id: &OrderLineId| order.lines.iter().any(|line| line.id == *id);
    if let Some(foreign) = outcomes.keys().find(|id| !is_ours(id)) {
        return Err(*foreign);
    }
    Ok(order.with_lines(|line| match outcomes.get(&line.id) {
        Some(outcome) => recorded(line, outcome),
        None => line.clone(),
    }))
}

fn recorded(line: &OrderLine, outcome: &LineOutcome) -> OrderLine {
    match (line.state, outcome) {
        (LineState::Processing, LineOutcome::Started) => {
            OrderLine { state: LineState::Fulfilled, ..line.clone() }
        }
        (LineState::Processing, LineOutcome::Refused(failure)) => {
            OrderLine { state: LineState::Failed, failure: Some(failure.clone()), ..line.clone() }
        }
        (LineState::Processing | LineState::Fulfilled, LineOutcome::Cancelled) => line.cancelled(),
        (LineState::Fulfilled | LineState::Failed | LineState::Cancelled, _) => line.clone(),
    }
}

#[cfg(test)]
mod tests;
