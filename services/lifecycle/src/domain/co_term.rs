//! Ends that a term can be given, other than by its length (TRM-8). What a term with a given end costs
//! follows from `split`.

use jiff::civil::Date;
use vocab::calendar::{day_after, day_before, months_after};
use vocab::{ProductKind, SubscriptionId, TermLength};

use super::limits::Holding;
use super::{OfferTerms, Term};

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
        let target = alignable(holdings).find(|(id, _)| *id == with).map(|(_, term)| term);
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
    let mut existing: Vec<CoTermChoice> = alignable(holdings)
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

/// Returns the subscriptions with which a term can end, with their terms.
fn alignable(holdings: &[Holding]) -> impl Iterator<Item = (SubscriptionId, Term)> {
    let in_use = holdings.iter().filter(|held| held.is_active());
    in_use.filter_map(|held| held.term.map(|term| (held.id, term)))
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

#[cfg(test)]
mod tests;
