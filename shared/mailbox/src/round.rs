//! One round of a courier: what became of each letter that was claimed for it. No database here.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    CarryError, Courier, Envelope, Outcome,
    batch::{Batch, batches},
    outbox::{Claimed, SetAside},
    trace,
};

/// When a refused letter is tried for the second time: soon, for it may only have come too early.
const SET_ASIDE_FIRST: SignedDuration = SignedDuration::from_millis(100);

/// The longest wait between two tries: an operator who has repaired something sees it within this.
const SET_ASIDE_MAX: SignedDuration = SignedDuration::from_mins(10);

/// Refusals after which a letter is parked: more than an hour of them.
const ATTEMPT_COUNT_MAX: u32 = 20;

/// Most characters of an error that are kept.
const ERROR_LEN_MAX: usize = 1_000;

/// What a courier brought home.
#[derive(Debug, Default)]
pub(crate) struct Round {
    pub(crate) taken: Vec<Uuid>,
    pub(crate) set_aside: Vec<SetAside>,
    /// Nothing was learned about these.
    pub(crate) released: Vec<Uuid>,
    /// Why the round ended early, or brought nothing.
    pub(crate) failure: Option<CarryError>,
}

/// Carries `letters` to `to`; what is not carried by `deadline` is released.
///
/// Letters of a batch that fails are carried one by one, so that none holds up the others.
pub(crate) async fn go<C: Courier>(
    courier: &C,
    to: &str,
    letters: Vec<Claimed>,
    (now, deadline): (Timestamp, Instant),
) -> Round {
    let mut round = Round::default();
    let mut is_answered = false;
    let mut calls = batches(letters);
    while let Some(batch) = calls.pop_front() {
        match call(courier, to, &batch, deadline).await {
            Ok(outcomes) => {
                is_answered = true;
                round.hear(to, batch.letters, outcomes, now);
            }
            Err(CarryError::Failed(_)) if 1 < batch.letters.len() => {
                batch.split().rev().for_each(|single| calls.push_front(single));
            }
            Err(failure @ CarryError::Failed(_)) => {
                round.fail(to, &batch.letters, &failure, now);
                round.failure.get_or_insert(failure);
            }
            Err(failure @ CarryError::Unreachable(_)) => {
                calls.push_front(batch);
                return Round { failure: Some(failure), ..round.release(calls) };
            }
        }
    }
    if is_answered {
        // Whoever answers some is well: it is the others that he cannot take.
        round.failure = None;
    }
    round
}

async fn call<C: Courier>(
    courier: &C,
    to: &str,
    batch: &Batch,
    deadline: Instant,
) -> Result<Vec<Outcome>, CarryError> {
    let envelopes: Vec<Envelope> = batch.letters.iter().map(|l| l.envelope.clone()).collect();
    let span = trace::carrying(to, &batch.kind, &envelopes);
    let carried = courier.carry(to, &batch.kind, &envelopes).instrument(span);
    let outcomes = timeout_at(deadline, carried)
        .await
        .map_err(|_| CarryError::Unreachable("no answer in time".to_owned()))??;
    if outcomes.len() == envelopes.len() {
        return Ok(outcomes);
    }
    let (said, asked) = (outcomes.len(), envelopes.len());
    Err(CarryError::Failed(format!("{said} outcomes for {asked} letters")))
}

impl Round {
    fn hear(&mut self, to: &str, letters: Vec<Claimed>, outcomes: Vec<Outcome>, now: Timestamp) {
        for (letter, outcome) in letters.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Taken => self.taken.push(letter.envelope.id.0),
                Outcome::Refused(reason) => {
                    let is_last = ATTEMPT_COUNT_MAX <= letter.attempt_count + 1;
                    self.set_aside.push(set_aside(to, &letter, &reason, (!is_last).then_some(now)));
                }
            }
        }
    }

    /// A letter at which the call fails comes again, for the fault may be the destination's.
    fn fail(&mut self, to: &str, letters: &[Claimed], failure: &CarryError, now: Timestamp) {
        let reason = failure.to_string();
        self.set_aside.extend(letters.iter().map(|l| set_aside(to, l, &reason, Some(now))));
    }

    fn release(mut self, calls: VecDeque<Batch>) -> Self {
        let letters = calls.into_iter().flat_map(|batch| batch.letters);
        self.released.extend(letters.map(|letter| letter.envelope.id.0));
        self
    }
}

/// Sets a letter aside until some time after `now`, or parks it if there is none, and says so.
fn set_aside(to: &str, letter: &Claimed, reason: &str, now: Option<Timestamp>) -> SetAside {
    let attempt_count = letter.attempt_count.saturating_add(1);
    let due_at = now.map(|now| due_after(attempt_count, now));
    let (id, kind) = (letter.envelope.id, letter.envelope.kind.as_str());
    match (due_at, attempt_count) {
        (None, _) => tracing::error!(
            message.id = %id, to, kind, attempt_count, reason,
            "a letter is parked: its destination refused it to the last"
        ),
        (Some(_), 1) => tracing::warn!(
            message.id = %id, to, kind, reason,
            "a letter is set aside and will be tried again"
        ),
        (Some(_), _) => tracing::debug!(
            message.id = %id, to, kind, attempt_count, reason, "a letter is set aside again"
        ),
    }
    SetAside { id, attempt_count, error: reason.chars().take(ERROR_LEN_MAX).collect(), due_at }
}

fn due_after(attempt_count: u32, now: Timestamp) -> Timestamp {
    let doubled = 2_i32.saturating_pow(attempt_count.saturating_sub(1));
    let wait = SET_ASIDE_FIRST.checked_mul(doubled).map_or(SET_ASIDE_MAX, |w| w.min(SET_ASIDE_MAX));
    now.saturating_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests;
