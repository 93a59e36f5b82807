//! One partner asks another for subscriptions of a customer of both, and the other answers. What
//! becomes of the subscriptions is in `transfer`.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vocab::{
    ClockId, CustomerId, Money, MoneyError, PartnerId, ProductId, SkuId, SubscriptionId, TransferId,
};

use super::{Charge, HandedOver, Handover, Rejection, Subscription, Warning};

vocab::text_enum! {
    /// Where a transfer stands.
    TransferState {
        /// It waits for the partner that was asked.
        Requested = "REQUESTED",
        /// Subscriptions were given, and are on their way.
        Submitted = "SUBMITTED",
        /// They have moved.
        Completed = "COMPLETED",
        /// The partner that was asked gave nothing.
        Declined = "DECLINED",
        /// The partner that asked took it back.
        Cancelled = "CANCELLED",
    }
}

/// What a transfer is asked for with. Source: TRF-1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferWanted {
    /// Whose subscriptions.
    pub customer: CustomerId,
    /// The customer's e-mail address.
    pub customer_email: String,
    /// Who has them.
    pub source: PartnerId,
}

/// A customer with whom the partner that asks has a relationship (TRF-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Related {
    /// The test clock on which the customer lives; `None` is real time.
    pub clock: Option<ClockId>,
}

/// One partner asks another for subscriptions of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// Whose subscriptions.
    pub customer: CustomerId,
    /// The customer's e-mail address, as it was given.
    pub customer_email: String,
    /// Who has them, and is asked.
    pub source: PartnerId,
    /// Who asks.
    pub target: PartnerId,
    /// The test clock on which the customer lives; `None` is real time.
    pub clock: Option<ClockId>,
    /// Where it stands.
    pub state: TransferState,
    /// When it was asked for, by the customer's clock.
    pub created_at: Timestamp,
    /// When subscriptions were given.
    pub submitted_at: Option<Timestamp>,
    /// When nothing more was to happen.
    pub ended_at: Option<Timestamp>,
    /// What moves.
    pub items: Vec<TransferItem>,
    /// Goes up by one with every change.
    pub version: i64,
}

/// One subscription that moves, as both sides are told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferItem {
    /// The one that ends.
    pub from: SubscriptionId,
    /// The one that begins.
    pub to: SubscriptionId,
    /// What was bought.
    pub product: ProductId,
    /// What was bought.
    pub sku: SkuId,
    /// For people.
    pub title: String,
    /// The seats.
    pub quantity: i64,
    /// The last day of the term.
    pub ends_on: Option<Date>,
    /// What is credited to the one that gives.
    pub credits: Vec<Charge>,
    /// What is charged to the one that gets.
    pub charges: Vec<Charge>,
    /// What stays behind.
    pub warnings: Vec<Warning>,
}

/// Which side of a transfer somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferSide {
    /// That of the partner that gives.
    Source,
    /// That of the partner that gets.
    Target,
    /// Both: an operator's.
    Both,
}

/// A transfer as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenTransfer {
    /// The transfer.
    pub transfer: Transfer,
    /// Who looks.
    pub side: TransferSide,
}

/// What a submission did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferReceipt {
    /// The transfer as it then is.
    pub seen: SeenTransfer,
    /// Holds the real call to what was shown; only of a preview.
    pub preview_token: Option<String>,
}

impl Transfer {
    /// Returns what `target` asks for.
    ///
    /// Source: TRF-1.
    pub fn requested(
        id: TransferId,
        wanted: TransferWanted,
        (target, clock): (PartnerId, Option<ClockId>),
        now: Timestamp,
    ) -> Self {
        let TransferWanted { customer, customer_email, source } = wanted;
        Self {
            id,
            customer,
            customer_email,
            source,
            target,
            clock,
            state: TransferState::Requested,
            created_at: now,
            submitted_at: None,
            ended_at: None,
            items: vec![],
            version: 1,
        }
    }

    /// Returns it with what is given.
    ///
    /// # Errors
    ///
    /// [`Rejection::TransferClosed`] (TRF-1).
    pub fn submitted(&self, items: Vec<TransferItem>, now: Timestamp) -> Result<Self, Rejection> {
        let next = self.answered(TransferState::Submitted, now)?;
        Ok(Self { submitted_at: Some(now), ended_at: None, items, ..next })
    }

    /// Returns it with nothing given.
    ///
    /// # Errors
    ///
    /// [`Rejection::TransferClosed`] (TRF-1).
    pub fn declined(&self, now: Timestamp) -> Result<Self, Rejection> {
        self.answered(TransferState::Declined, now)
    }

    /// Returns it taken back.
    ///
    /// # Errors
    ///
    /// [`Rejection::TransferClosed`] (TRF-1).
    pub fn cancelled(&self, now: Timestamp) -> Result<Self, Rejection> {
        self.answered(TransferState::Cancelled, now)
    }

    /// Returns it with everything moved.
    pub fn completed(&self, items: Vec<TransferItem>, now: Timestamp) -> Self {
        Self {
            state: TransferState::Completed,
            ended_at: Some(now),
            items,
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// Refuses what only a transfer that waits for its answer takes.
    ///
    /// # Errors
    ///
    /// [`Rejection::TransferClosed`] (TRF-1).
    pub fn check_open(&self) -> Result<(), Rejection> {
        match self.state {
            TransferState::Requested => Ok(()),
            TransferState::Submitted
            | TransferState::Completed
            | TransferState::Declined
            | TransferState::Cancelled => {
                let since = self.ended_at.or(self.submitted_at).unwrap_or(self.created_at);
                Err(Rejection::TransferClosed { transfer: self.id, state: self.state, since })
            }
        }
    }

    /// Returns where one of its subscriptions goes.
    pub fn handover(&self, to: SubscriptionId, submitted_at: Timestamp) -> Handover {
        Handover { transfer: self.id, partner: self.target, subscription: to, submitted_at }
    }

    /// Returns the text that changes with every change of it.
    pub fn etag(&self) -> String {
        format!("v{}", self.version)
    }

    fn answered(&self, state: TransferState, now: Timestamp) -> Result<Self, Rejection> {
        self.check_open()?;
        Ok(Self { state, ended_at: Some(now), version: self.version + 1, ..self.clone() })
    }
}

impl TransferItem {
    /// Returns what is told of a subscription that moves.
    pub fn of(given: &Subscription, done: &HandedOver) -> Self {
        Self {
            from: given.id,
            to: done.begun.next.id,
            product: given.product.id.clone(),
            sku: given.product.sku.clone(),
            title: given.product.title.clone(),
            quantity: given.quantity,
            ends_on: given.ends_on(),
            credits: done.ended.charges.clone(),
            charges: done.begun.charges.clone(),
            warnings: done.ended.warnings.clone(),
        }
    }
}

impl SeenTransfer {
    /// Returns the sum of what this side is charged or credited; `None` where nothing moves.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] for what cannot be expressed, or is not in one currency.
    pub fn amount(&self) -> Result<Option<Money>, MoneyError> {
        let of_source = self.lines(self.side != TransferSide::Target, |item| &item.credits);
        let of_target = self.lines(self.side != TransferSide::Source, |item| &item.charges);
        let mut amounts = of_source.chain(of_target).map(|line| line.amount);
        let Some(first) = amounts.next() else { return Ok(None) };
        amounts.try_fold(first, Money::checked_add).map(Some)
    }

    fn lines(
        &self,
        is_seen: bool,
        of: impl Fn(&TransferItem) -> &Vec<Charge>,
    ) -> impl Iterator<Item = &Charge> {
        self.transfer.items.iter().filter(move |_| is_seen).flat_map(of)
    }
}

#[cfg(test)]
mod tests;
