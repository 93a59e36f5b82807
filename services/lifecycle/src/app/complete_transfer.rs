//! What was given away moves: one transfer, one transaction, as soon as somebody comes by.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use jiff::{SignedDuration, Timestamp};
use journal::{Entry, Outcome};
use rpc::name;
use vocab::{MessageId, PartnerId, SubscriptionId};

use super::App;
use super::letters::Cause;
use crate::domain::{
    self, Change, SeenTransfer, Subscription, Transfer, TransferItem, TransferSide, TransferState,
};
use crate::error::Error;
use crate::store;

/// The rest after the first failure; it doubles.
const RETRY_FIRST: SignedDuration = SignedDuration::from_secs(2);
/// So often at most; then it stays as long: what was given away must arrive.
const DOUBLINGS_MAX: u32 = 10;

impl App {
    /// Completes the transfer that has waited longest, if there is one; says whether there was.
    ///
    /// The old subscription ends and the new one begins in one transaction, under the customer's lock,
    /// so that no limit ever counts both or neither (TRP-60). Late is dated as if at once.
    ///
    /// # Errors
    ///
    /// Those of the database. A transfer that cannot be completed is set aside and holds up no other.
    ///
    /// Source: TRF-1, TRF-4, TRF-7, TRP-60.
    pub async fn complete_transfer(&self) -> Result<bool, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        let Some(due) = store::transfers::lock_due(&mut tx, real_now).await? else {
            return Ok(false);
        };
        let done = match due.transfer {
            Ok(transfer) => self.hand_over(&mut tx, &transfer, real_now).await,
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(()) => tx.commit().await?,
            Err(error) => {
                drop(tx);
                let error = error.to_string();
                tracing::error!(transfer.id = %due.id, error, "a transfer could not be completed");
                let retry_at = retry_at(due.attempts, real_now);
                let mut tx = self.db.begin().await?;
                store::transfers::set_aside(&mut tx, due.id, &error, retry_at).await?;
                tx.commit().await?;
            }
        }
        self.nudge.notify();
        Ok(true)
    }

    /// Returns when the next transfer is to be completed, by the real clock.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn next_transfer(&self) -> Result<Option<Timestamp>, Error> {
        Ok(store::transfers::next_due(&mut self.db.read().await?).await?)
    }

    async fn hand_over(
        &self,
        tx: &mut Tx,
        transfer: &Transfer,
        real_now: Timestamp,
    ) -> Result<(), Error> {
        // Before the subscriptions, as whoever starts one does.
        store::customers::lock(tx, &BTreeSet::from([transfer.customer])).await?;
        let ids: Vec<SubscriptionId> = transfer.items.iter().map(|item| item.from).collect();
        let subs = store::subscriptions::lock(tx, &ids).await?;
        let now = self.clocks.now(tx, transfer.clock).await?;
        let (changes, items) = self.moved(transfer, &subs, now)?;
        let cause = Cause { actor: "lifecycle", real_now };
        self.save(tx, &changes, cause).await?;
        let completed = transfer.completed(items, now);
        self.save_transfer(tx, &completed, (None, cause), now).await
    }

    fn moved(
        &self,
        transfer: &Transfer,
        subs: &[Subscription],
        now: Timestamp,
    ) -> Result<(Vec<Change>, Vec<TransferItem>), Error> {
        let submitted_at = transfer.submitted_at.unwrap_or(now);
        let (mut changes, mut items) = (vec![], vec![]);
        for item in &transfer.items {
            let sub = subs.iter().find(|sub| sub.id == item.from).ok_or_else(|| {
                let name = name::Subscription(transfer.customer, item.from).to_string();
                Error::NotFound { kind: "Subscription", name }
            })?;
            let to = transfer.handover(item.to, submitted_at);
            let done = domain::hand_over(sub, to, self.occasion(now))?;
            items.push(TransferItem::of(sub, &done));
            changes.extend([done.ended, done.begun]);
        }
        Ok((changes, items))
    }

    /// Writes a transfer, and tells both its partners' logs of it: what one did, the other sees as done
    /// by that partner, not by a person.
    ///
    /// Source: AUD-3, TRF-1.
    pub(super) async fn save_transfer(
        &self,
        tx: &mut Tx,
        transfer: &Transfer,
        (by, cause): (Option<TransferSide>, Cause<'_>),
        now: Timestamp,
    ) -> Result<(), Error> {
        store::transfers::save(tx, std::slice::from_ref(transfer), cause.real_now).await?;
        let actor = match by {
            Some(TransferSide::Source) => name::Partner(transfer.source).to_string(),
            Some(TransferSide::Target) => name::Partner(transfer.target).to_string(),
            Some(TransferSide::Both) | None => cause.actor.to_owned(),
        };
        let sides =
            [(TransferSide::Source, transfer.source), (TransferSide::Target, transfer.target)];
        let letters = sides.map(|(side, partner)| {
            let is_own = by == Some(side);
            let actor = if is_own { cause.actor.to_owned() } else { actor.clone() };
            let seen = SeenTransfer { transfer: transfer.clone(), side };
            let id = MessageId(self.ids.uuid());
            entry(id, &seen, (partner, actor), (cause.real_now, now)).letter()
        });
        Ok(mailbox::send(tx, &letters, cause.real_now).await?)
    }
}

fn retry_at(attempts: i64, now: Timestamp) -> Timestamp {
    let doublings = u32::try_from(attempts).unwrap_or(u32::MAX).min(DOUBLINGS_MAX);
    let rest = RETRY_FIRST * 2_i32.saturating_pow(doublings);
    now.checked_add(rest).unwrap_or(Timestamp::MAX)
}

fn entry(
    id: MessageId,
    seen: &SeenTransfer,
    (partner, actor): (PartnerId, String),
    (real_now, now): (Timestamp, Timestamp),
) -> Entry {
    let transfer = &seen.transfer;
    let mut details = BTreeMap::from([
        ("source_partner".to_owned(), name::Partner(transfer.source).to_string()),
        ("target_partner".to_owned(), name::Partner(transfer.target).to_string()),
    ]);
    if !transfer.items.is_empty() {
        details.insert("subscriptions".to_owned(), transfer.items.len().to_string());
    }
    if let Ok(Some(amount)) = seen.amount() {
        details.insert("amount".to_owned(), amount.to_string());
    }
    Entry {
        id,
        occurred_at: real_now,
        test_clock_at: transfer.clock.map(|_| now),
        service: "lifecycle".to_owned(),
        actor,
        partner: Some(partner),
        customer: Some(transfer.customer),
        action: action(transfer.state).to_owned(),
        resource: name::Transfer(transfer.id).to_string(),
        outcome: Outcome::Done,
        reason: String::new(),
        details,
    }
}

const fn action(state: TransferState) -> &'static str {
    match state {
        TransferState::Requested => "TRANSFER_REQUESTED",
        TransferState::Submitted => "TRANSFER_SUBMITTED",
        TransferState::Completed => "TRANSFER_COMPLETED",
        TransferState::Declined => "TRANSFER_DECLINED",
        TransferState::Cancelled => "TRANSFER_CANCELLED",
    }
}
