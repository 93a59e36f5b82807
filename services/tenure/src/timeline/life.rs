//! A subscription's life as data: spans and events, each with its instant. How it looks is not here.

use anyhow::Context;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proto::lifecycle::{Change, ChangeKind, Subscription, SubscriptionState};
use vocab::Money;

/// A subscription's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// What it is called.
    pub title: String,
    /// How it stands now, in a few words.
    pub standing: String,
    /// The customer's present.
    pub now: Timestamp,
    /// Terms, cycles and windows.
    pub spans: Vec<Span>,
    /// What happened and what will, in the order of time.
    pub events: Vec<Event>,
}

/// Something that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What lasts.
    pub kind: SpanKind,
    /// For people.
    pub label: String,
    /// From then on.
    pub from: Timestamp,
    /// The last instant of it.
    pub until: Timestamp,
}

/// What lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanKind {
    /// The term that runs.
    Term,
    /// The charge cycle that runs.
    Cycle,
    /// Time in which something can be given back.
    Window,
}

/// Something that happens at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: String,
    /// The seats after it; `None` where it changes nothing of them, or is still to come.
    pub seats: Option<i64>,
    /// The money that it moved, or will.
    pub amount: Option<Money>,
}

impl Life {
    /// Puts together what the service said.
    ///
    /// # Errors
    ///
    /// Instants, dates and amounts that are none.
    pub fn of(sub: &Subscription, changes: &[Change], now: Timestamp) -> anyhow::Result<Self> {
        let mut events: Vec<Event> =
            changes.iter().map(past).collect::<anyhow::Result<Vec<_>>>()?;
        events.extend(next(sub)?);
        events.extend(closings(sub, now)?);
        events.sort_by_key(|event| event.at);
        let title = match sub.friendly_name.as_str() {
            name if name.is_empty() || name == sub.product_title => sub.product_title.clone(),
            name => format!("{name} ({})", sub.product_title),
        };
        Ok(Self { title, standing: standing(sub), now, spans: spans(sub)?, events })
    }
}

fn standing(sub: &Subscription) -> String {
    let renews = if sub.auto_renew { "renews" } else { "does not renew" };
    let seats = if sub.quantity == 1 { "seat" } else { "seats" };
    let state = spoken(sub.state().as_str_name().trim_start_matches("SUBSCRIPTION_STATE_"));
    if sub.state() == SubscriptionState::Active && sub.term.is_some() {
        return format!("{state}, {} {seats}, {renews}", sub.quantity);
    }
    format!("{state}, {} {seats}", sub.quantity)
}

fn past(change: &Change) -> anyhow::Result<Event> {
    let at = change.effective_time.as_ref().context("a change has no instant")?;
    let mut what = spoken_kind(change.kind());
    if change.quantity_before != change.quantity_after {
        what = format!("{what}: {} to {} seats", change.quantity_before, change.quantity_after);
    }
    if !change.reason.is_empty() {
        what = format!("{what} ({})", change.reason);
    }
    let amounts = change.charges.iter().filter_map(|charge| charge.amount.as_ref());
    let amounts: Vec<Money> = amounts.map(rpc::wire::amount).collect::<Result<_, _>>()?;
    let amount = match amounts.split_first() {
        None => None,
        Some((first, rest)) => {
            Some(rest.iter().try_fold(*first, |sum, one| sum.checked_add(*one))?)
        }
    };
    Ok(Event { at: rpc::wire::instant(at)?, what, seats: Some(change.quantity_after), amount })
}

/// What time alone will do next.
fn next(sub: &Subscription) -> anyhow::Result<Option<Event>> {
    let Some(next) = &sub.next_event else { return Ok(None) };
    let Some(due) = &next.due_time else { return Ok(None) };
    let what = format!("next: {}", spoken_kind(next.kind()));
    let amount = next.amount.as_ref().map(rpc::wire::amount).transpose()?;
    Ok(Some(Event { at: rpc::wire::instant(due)?, what, seats: None, amount }))
}

/// Windows that are still open close.
fn closings(sub: &Subscription, now: Timestamp) -> anyhow::Result<Vec<Event>> {
    let closings = windows(sub)?.into_iter().filter(|window| now <= window.until);
    let event = |window: Span| {
        let what = format!("last instant to give back {}", window.label);
        Event { at: window.until, what, seats: None, amount: None }
    };
    Ok(closings.map(event).collect())
}

fn spans(sub: &Subscription) -> anyhow::Result<Vec<Span>> {
    let mut spans = windows(sub)?;
    if let Some(term) = &sub.term {
        let days = (term.start_date.as_ref(), term.end_date.as_ref());
        spans.extend(days_of(SpanKind::Term, format!("term {}", term.length), days)?);
    }
    if let Some(cycle) = &sub.current_cycle {
        let label = format!("cycle {} of {}", cycle.number, cycle.count);
        let days = (cycle.start_date.as_ref(), cycle.end_date.as_ref());
        spans.extend(days_of(SpanKind::Cycle, label, days)?);
    }
    spans.sort_by_key(|span| (span.kind, span.from));
    Ok(spans)
}

/// The seats of each batch, and the purchase as a whole.
fn windows(sub: &Subscription) -> anyhow::Result<Vec<Span>> {
    let mut windows = Vec::new();
    let bought = sub.purchase_time.as_ref();
    let until = sub.cancellation.as_ref().and_then(|it| it.allowed_until.as_ref());
    for (label, from, until) in sub
        .seat_batches
        .iter()
        .map(|batch| {
            let label = format!("{} seats", batch.quantity);
            (label, batch.added_time.as_ref(), batch.allowed_until.as_ref())
        })
        .chain([("everything".to_owned(), bought, until)])
    {
        if let (Some(from), Some(until)) = (from, until) {
            let (from, until) = (rpc::wire::instant(from)?, rpc::wire::instant(until)?);
            windows.push(Span { kind: SpanKind::Window, label, from, until });
        }
    }
    Ok(windows)
}

fn days_of(
    kind: SpanKind,
    label: String,
    days: (Option<&proto::Date>, Option<&proto::Date>),
) -> anyhow::Result<Option<Span>> {
    let (Some(first), Some(last)) = days else { return Ok(None) };
    let last = rpc::wire::civil(last)?.tomorrow().context("a last day without a next one")?;
    let until = midnight(last)?.checked_sub(jiff::SignedDuration::from_millis(1))?;
    Ok(Some(Span { kind, label, from: midnight(rpc::wire::civil(first)?)?, until }))
}

fn midnight(day: Date) -> anyhow::Result<Timestamp> {
    Ok(day.to_zoned(TimeZone::UTC)?.timestamp())
}

fn spoken_kind(kind: ChangeKind) -> String {
    spoken(kind.as_str_name().trim_start_matches("CHANGE_KIND_"))
}

/// `WINDOW_CLOSED` as people say it: `window closed`.
fn spoken(name: &str) -> String {
    name.to_lowercase().replace('_', " ")
}

#[cfg(test)]
pub(super) mod tests;
