//! Invoices: which one takes a line, and when it closes. How lines are summed up is not here.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use vocab::calendar::{day_of, months_after, start_of};
use vocab::{ClockId, Currency, Money, MoneyError, PartnerId, derived_id};

use super::{Charge, Subscription};

/// An invoice: `invoices/{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceId(pub Uuid);

/// What makes an invoice one invoice: a partner's month in one currency, by one clock (BIL-6).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InvoiceKey {
    /// Whose.
    pub partner: PartnerId,
    /// In what.
    pub currency: Currency,
    /// The first day of its month.
    pub month: Date,
    /// By which clock; time on a test clock has invoices of its own.
    pub clock: Option<ClockId>,
}

/// An invoice with its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// What makes it one.
    pub key: InvoiceKey,
    /// When it was closed; `None` while it is open.
    pub closed_at: Option<Timestamp>,
    /// The lines that exclude tax (MKT-8).
    pub excluded: Money,
    /// The lines that include tax (MKT-8).
    pub included: Money,
    /// How many lines.
    pub line_count: i64,
}

impl Invoice {
    /// Returns the sum of both kinds of lines; no tax is added (MKT-8).
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`].
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.excluded.checked_add(self.included)
    }
}

impl InvoiceKey {
    /// Returns the invoice that takes a line of `sub`: that of the month in which the line is
    /// committed, by the customer's clock; `None` for what was billed elsewhere.
    ///
    /// Source: BIL-6, BIL-10, PCX-4, T-64.
    pub fn of(sub: &Subscription, charge: &Charge) -> Option<Self> {
        (!charge.billed_elsewhere).then(|| Self {
            partner: sub.partner,
            currency: charge.amount.currency,
            month: day_of(charge.committed_at).first_of_month(),
            clock: sub.clock,
        })
    }

    /// Returns the invoice's id, the same however often it is asked.
    pub fn id(&self) -> InvoiceId {
        let clock = self.clock.map_or(Uuid::nil(), |clock| clock.0);
        let what = format!("invoice {} {} {clock}", self.currency, self.month);
        InvoiceId(derived_id(self.partner.0, &what))
    }

    /// Returns when it closes: 00:00:00Z on the first of the next month.
    ///
    /// Source: BIL-10.
    pub fn closes_at(&self) -> Timestamp {
        start_of(self.following().month)
    }

    /// Returns the invoice of the next month, which takes what comes too late for this one.
    pub fn following(&self) -> Self {
        Self { month: months_after(self.month, 1, 1), ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
