//! Time asks: rows whose alarm fell due.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use vocab::{ClockId, Money, SubscriptionId};

use super::App;
use super::letters::Cause;
use super::prices::Book;
use crate::domain::{self, Occasion, Subscription};
use crate::error::Error;
use crate::store;
use crate::store::subscriptions::{AlarmPlace, Due, Reach, Unanswered};

/// After so many failures in a row an alarm is parked until an operator looks at it.
const ATTEMPTS_MAX: i64 = 10;
/// The rest after the first failure; it doubles.
const RETRY_FIRST: SignedDuration = SignedDuration::from_secs(2);

/// What one batch of alarms did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rung {
    /// Subscriptions whose alarm was answered.
    pub answered: usize,
    /// Subscriptions whose alarm could not be answered and was set aside.
    pub unanswered: usize,
    /// Of these, those that nobody tries again.
    pub parked: usize,
    /// Invoices that were closed.
    pub closed: usize,
    /// What each of these comes to.
    pub totals: Vec<Money>,
    /// For how long the alarms that were answered had been due.
    pub lateness: Vec<SignedDuration>,
    /// Where the last alarm stood; `None` if none rang.
    pub last: Option<AlarmPlace>,
}

impl Rung {
    /// Whether there was anything to do.
    pub fn is_idle(&self) -> bool {
        self.answered + self.unanswered + self.closed == 0
    }
}

impl App {
    /// As [`Self::ring_behind`], from the front.
    ///
    /// # Errors
    ///
    /// Those of the database; nothing is then done.
    pub async fn ring_due(&self, clock: Option<ClockId>, batch: i64) -> Result<Rung, Error> {
        self.ring_behind(AlarmPlace::FRONT, clock, batch).await
    }

    /// Looks again at the rows of one clock whose alarms are due by its present instant: at most a
    /// batch, all in one transaction.
    ///
    /// An alarm is a wake-up call, not an order: the rule decides anew from the present state, so
    /// one that rings late, twice or in vain does no harm. A crash rolls the claim back with the
    /// rest, and the next worker finds the rows as they were.
    ///
    /// # Errors
    ///
    /// Those of the database; nothing is then done.
    pub async fn ring_behind(
        &self,
        behind: AlarmPlace,
        clock: Option<ClockId>,
        batch: i64,
    ) -> Result<Rung, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        let now = self.clocks.now(&mut tx, clock).await?;
        let reach = Reach { clock, until: now, behind, batch };
        let growing = store::subscriptions::scheduled_due(&mut tx, reach).await?;
        // Before the rows, as whoever starts one does.
        let mut held = self.lock_held(&mut tx, &growing).await?;
        let due = store::subscriptions::lock_due(&mut tx, reach).await?;
        let readable = due.iter().filter_map(|due| due.state.as_ref().ok());
        let prices = Book::of(&mut tx, readable, std::iter::empty()).await?;

        let (mut changes, mut in_vain, mut aside) = (vec![], vec![], vec![]);
        for due in &due {
            let at = Occasion { held: &held, ..self.occasion(now) };
            match answer(due, now, |sub| domain::ring(sub, &prices, at)) {
                Ok((sub, nothing)) if nothing.is_empty() => in_vain.push(sub),
                Ok((_, of_one)) => {
                    held.count_all(of_one.last().map(|last| &last.next));
                    changes.extend(of_one);
                }
                Err(error) => aside.push(set_aside(due, error, now)),
            }
        }
        let at = Occasion { held: &held, ..self.occasion(now) };
        let (followed, failed) = self.follow_all(&mut tx, &changes, at).await?;
        // A base waits for its add-ons.
        changes.retain(|change| !failed.contains_key(&change.next.id));
        aside.extend(failed_bases(&due, failed, now));
        in_vain.retain(|sub| followed.iter().all(|change| change.next.id != sub.id));
        changes.extend(followed);
        self.save(&mut tx, &changes, Cause { actor: "lifecycle", real_now }).await?;
        store::subscriptions::set_alarms(&mut tx, &in_vain).await?;
        store::subscriptions::set_aside(&mut tx, &aside).await?;
        let totals = store::invoices::close_due(&mut tx, clock, now, batch).await?;
        tx.commit().await?;
        if !changes.is_empty() {
            self.nudge.notify();
        }
        let unanswered = aside.len();
        Ok(Rung {
            answered: due.len() - unanswered,
            unanswered,
            parked: aside.iter().filter(|one| one.retry_at.is_none()).count(),
            closed: totals.len(),
            totals,
            lateness: lateness(&due, &aside, now),
            last: due.last().map(|due| AlarmPlace(due.rang_at, due.id)),
        })
    }

    /// Returns the earliest instant at which time does something on a clock.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn next_alarm(&self, clock: Option<ClockId>) -> Result<Option<Timestamp>, Error> {
        let mut tx = self.db.read().await?;
        let of_subscriptions = store::subscriptions::next_alarm(&mut tx, clock).await?;
        let of_invoices = store::invoices::next_close(&mut tx, clock).await?;
        Ok(of_subscriptions.into_iter().chain(of_invoices).min())
    }
}

/// Answers one alarm; nothing to do is an answer, unless the state still says that something is due.
/// An error is told as text, for the operator.
fn answer(
    due: &Due,
    now: Timestamp,
    ring: impl FnOnce(&Subscription) -> Result<Vec<domain::Change>, vocab::MoneyError>,
) -> Result<(&Subscription, Vec<domain::Change>), String> {
    let sub = due.state.as_ref().map_err(ToString::to_string)?;
    let changes = ring(sub).map_err(|error| error.to_string())?;
    if changes.is_empty() && sub.alarm().is_some_and(|due_at| due_at <= now) {
        return Err("the alarm rang and nothing was done".to_owned());
    }
    Ok((sub, changes))
}

/// Sets bases aside whose add-ons cannot do what they do.
fn failed_bases(
    due: &[Due],
    mut failed: BTreeMap<SubscriptionId, String>,
    now: Timestamp,
) -> Vec<Unanswered> {
    let failed = due.iter().filter_map(|due| failed.remove(&due.id).map(|error| (due, error)));
    failed.map(|(due, error)| set_aside(due, error, now)).collect()
}

/// Returns for how long those that were answered had been due.
fn lateness(due: &[Due], aside: &[Unanswered], now: Timestamp) -> Vec<SignedDuration> {
    let failed: BTreeSet<_> = aside.iter().map(|one| one.id).collect();
    let answered = due.iter().filter(|due| !failed.contains(&due.id));
    answered.map(|due| now.duration_since(due.rang_at)).collect()
}

fn set_aside(due: &Due, error: String, at: Timestamp) -> Unanswered {
    let doublings = u32::try_from(due.attempts).unwrap_or(u32::MAX).min(16);
    let rest = RETRY_FIRST * 2_i32.saturating_pow(doublings);
    let retry_at = at.checked_add(rest).ok().filter(|_| due.attempts + 1 < ATTEMPTS_MAX);
    tracing::error!(
        subscription.id = %due.id,
        attempts = due.attempts + 1,
        is_parked = retry_at.is_none(),
        error,
        "an alarm could not be answered"
    );
    Unanswered { id: due.id, error, retry_at, at }
}
