//! Ends that a term can be given, other than by its length (TRM-8): the first one, or the next. What a
//! term with a given end costs follows from `split`.

use std::fmt;

use jiff::civil::Date;
use vocab::calendar::{day_after, day_before, months_after};
use vocab::{ProductKind, SubscriptionId, TermLength};

use super::limits::Holding;
use super::{Occasion, OfferTerms, Subscription, Term};

mod refusal;

pub use refusal::NoSuchEnd;

/// So many existing subscriptions are offered to align with: more than anybody reads, and few enough
/// for an answer about hundreds of lines.
const CHOICES_MAX: usize = 50;

/// The end that a term shall have: a subscription's, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CoTerm {
    /// The subscription with which it shall end.
    pub with: Option<SubscriptionId>,
    /// The day on which it shall end; without a subscription the last one of a month.
    pub end: Option<Date>,
}

/// An end that a term could have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoTermChoice {
    /// The last day of the term.
    pub end: Date,
    /// The subscription that ends then; `None` for the end of a month.
    pub with: Option<SubscriptionId>,
    /// Why it cannot be chosen.
    pub refusal: Option<NoSuchEnd>,
}

/// Returns the term of `offer` that follows the present one of `sub`, by the end that was `wanted`;
/// `None` for what has no term.
///
/// # Errors
///
/// [`NoSuchEnd`].
///
/// Source: SCH-1, TRM-8, TIM-5.
pub(super) fn next_term(
    sub: &Subscription,
    offer: &OfferTerms,
    wanted: Option<CoTerm>,
    at: Occasion<'_>,
) -> Result<Option<Term>, NoSuchEnd> {
    let natural = natural_next_term(sub, offer);
    let Some((natural, wanted)) = natural.zip(wanted) else { return Ok(natural) };
    let mut holdings = at.held.sold_by(sub.partner, sub.customer);
    holdings.retain(|held| held.id != sub.id);
    aligned(offer, natural, wanted, &holdings).map(Some)
}

/// Returns the term of `offer` that follows the present one of `sub`, as long as it is.
///
/// Source: TIM-3, TIM-5.
pub(super) fn natural_next_term(sub: &Subscription, offer: &OfferTerms) -> Option<Term> {
    let (old, length) = sub.term.zip(offer.length)?;
    Some(Term::starting(day_after(old.end), length, old.anchor_day))
}

/// Returns the term that `natural`, a term of `offer`, becomes by the end that was `wanted`. The
/// anchor day is the day after the end, or that of the subscription with which it ends.
///
/// # Errors
///
/// [`NoSuchEnd`].
///
/// Source: TRM-8, TIM-5, BIL-9.
pub(super) fn aligned(
    offer: &OfferTerms,
    natural: Term,
    wanted: CoTerm,
    holdings: &[Holding],
) -> Result<Term, NoSuchEnd> {
    can_be_aligned(offer)?;
    let (end, anchor_day) = if let Some(with) = wanted.with {
        let mut targets = alignable(holdings, natural.start);
        let target = targets.find(|(id, _)| *id == with).map(|(_, term)| term);
        let target = target.ok_or(NoSuchEnd::NoSubscription { with })?;
        end_of(target, natural.length, wanted.end)?
    } else {
        let end = wanted.end.unwrap_or(natural.end);
        let month_end = end.last_of_month();
        if end != month_end {
            return Err(NoSuchEnd::NotMonthEnd { end, month_end });
        }
        (end, day_after(end).day())
    };
    let (earliest, latest) = (natural.start, natural.end);
    if end < earliest || latest < end {
        return Err(NoSuchEnd::OutOfTerm { end, earliest, latest });
    }
    Ok(Term::ending(end, natural.length, anchor_day, natural.start))
}

/// Returns the ends that `natural`, a term of `offer`, could be given: those of the subscriptions in
/// `holdings`, at most fifty, and the ends of months; none where it cannot be given one.
///
/// Source: TRM-8.
pub(super) fn choices(
    offer: &OfferTerms,
    natural: Term,
    holdings: &[Holding],
) -> Vec<CoTermChoice> {
    if can_be_aligned(offer).is_err() {
        return Vec::new();
    }
    let mut existing: Vec<CoTermChoice> = alignable(holdings, natural.start)
        .map(|(id, term)| {
            let wanted = CoTerm { with: Some(id), end: None };
            let refusal = aligned(offer, natural, wanted, holdings).err();
            CoTermChoice { end: term.end, with: Some(id), refusal }
        })
        .collect();
    existing.sort_by_key(|choice| (choice.refusal.is_some(), choice.end, choice.with));
    existing.truncate(CHOICES_MAX);
    let months = (1..).map(|months| day_before(months_after(natural.start, months, 1)));
    let ends = months.take_while(|end| *end <= natural.end);
    existing.extend(ends.map(|end| CoTermChoice { end, with: None, refusal: None }));
    existing
}

/// Returns the subscriptions with which a term that begins on `day` can end, with their terms of then.
fn alignable(holdings: &[Holding], day: Date) -> impl Iterator<Item = (SubscriptionId, Term)> {
    let in_use = holdings.iter().filter(|held| held.is_active());
    in_use.filter_map(move |held| term_around(held, day).map(|term| (held.id, term)))
}

/// Returns the term of `held` to which `day` belongs. What renews goes on with terms of its present
/// length; what has renewed since had such terms from its first day on. Without a term on that day it
/// is the one that comes nearest.
fn term_around(held: &Holding, day: Date) -> Option<Term> {
    let mut term = held.term?;
    while term.end < day && held.renews {
        term = Term::starting(day_after(term.end), term.length, term.anchor_day);
    }
    while day < term.start && held.since < term.start {
        let start = months_after(term.start, -term.length.months(), term.anchor_day);
        term = Term::ending(day_before(term.start), term.length, term.anchor_day, start);
    }
    Some(term)
}

fn can_be_aligned(offer: &OfferTerms) -> Result<(), NoSuchEnd> {
    let (kind, is_trial) = (offer.product.kind, offer.product.is_trial);
    let is_barred = is_trial || kind.is_software() || kind == ProductKind::LicenseLegacy;
    if is_barred || offer.length.is_none() {
        return Err(NoSuchEnd::NotOffered { kind, is_trial });
    }
    Ok(())
}

/// Returns the end and the anchor day of `target`, with which a term of `length` shall end.
fn end_of(target: Term, length: TermLength, wanted: Option<Date>) -> Result<(Date, i8), NoSuchEnd> {
    let is_monthly = target.length == TermLength::OneMonth;
    if is_monthly && length != TermLength::OneMonth {
        return Err(NoSuchEnd::Monthly { length, end: target.end });
    }
    match wanted {
        Some(end) if end != target.end => Err(NoSuchEnd::OtherEnd { end, its: target.end }),
        _ => Ok((target.end, target.anchor_day)),
    }
}

impl fmt::Display for CoTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.with, self.end) {
            (Some(with), Some(end)) => write!(f, "ending on {end} with subscription {with}"),
            (Some(with), None) => write!(f, "ending with subscription {with}"),
            (None, Some(end)) => write!(f, "ending on {end}"),
            (None, None) => f.write_str("ending by its length"),
        }
    }
}

#[cfg(test)]
mod tests;
