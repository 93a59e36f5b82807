//! Partners ask one another for subscriptions, and answer. What an answer sets in motion is completed
//! in `complete_transfer`.

use access::{Caller, Reach};
use db::Tx;
use jiff::Timestamp;
use replay::{Answer, Once};
use rpc::{Page, name};
use vocab::{ClockId, PartnerId, SubscriptionId, TransferId};

use super::App;
use super::act::figures;
use super::letters::Cause;
use crate::domain::{
    self, Change, Rejection, SeenTransfer, Subscription, Transfer, TransferItem, TransferReceipt,
    TransferSide, TransferState, TransferWanted,
};
use crate::error::Error;
use crate::store;

/// What a submission would do: what is saved now, what is told, and what a preview is held to.
struct Submission {
    changes: Vec<Change>,
    items: Vec<TransferItem>,
    figures: Vec<u8>,
}

impl App {
    /// Asks another partner for subscriptions of a customer of the caller's partner. order is asked
    /// first whether it is one.
    ///
    /// Whether the other partner has any, or is there, makes no difference to the answer (PAR-14).
    ///
    /// # Errors
    ///
    /// [`Error::RelationshipRequired`] (TRF-2), [`Error::NotTwoPartners`], [`Error::PeerUnavailable`].
    ///
    /// Source: TRF-1, TRF-2.
    pub async fn create_transfer(
        &self,
        once: &Once<SeenTransfer>,
        caller: &Caller,
        wanted: TransferWanted,
    ) -> Result<Answer<SeenTransfer>, Error> {
        let target = own_partner(caller)?;
        let related = self.peers.relationship(wanted.customer, target).await?;
        let customer = wanted.customer;
        let related = related.ok_or(Error::RelationshipRequired { customer })?;
        self.note_transfer(once, caller, wanted, (target, related.clock)).await
    }

    /// Notes what a partner asks for, once its relationship with the customer is known.
    pub(crate) async fn note_transfer(
        &self,
        once: &Once<SeenTransfer>,
        caller: &Caller,
        wanted: TransferWanted,
        (target, clock): (PartnerId, Option<ClockId>),
    ) -> Result<Answer<SeenTransfer>, Error> {
        if wanted.source == target {
            return Err(Error::NotTwoPartners);
        }
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let now = self.clocks.now(&mut tx, clock).await?;
        let id = TransferId(self.ids.uuid());
        let transfer = Transfer::requested(id, wanted, (target, clock), now);
        self.answer(tx, once, caller, transfer, now).await
    }

    /// Declines, as the partner that was asked.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for everybody else (PAR-14), [`Rejection::TransferClosed`].
    pub async fn decline_transfer(
        &self,
        once: &Once<SeenTransfer>,
        caller: &Caller,
        id: TransferId,
    ) -> Result<Answer<SeenTransfer>, Error> {
        self.end_transfer(once, caller, (id, TransferSide::Source), Transfer::declined).await
    }

    /// Takes the request back, as the partner that asked.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for everybody else (PAR-14), [`Rejection::TransferClosed`].
    pub async fn cancel_transfer(
        &self,
        once: &Once<SeenTransfer>,
        caller: &Caller,
        id: TransferId,
    ) -> Result<Answer<SeenTransfer>, Error> {
        self.end_transfer(once, caller, (id, TransferSide::Target), Transfer::cancelled).await
    }

    /// Gives subscriptions away, all that are named or none. From here on nothing else can be done to
    /// them; they move as soon as the worker comes by.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a transfer that is not the caller's to answer, and for a subscription
    /// that is not its partner's or another customer's (PAR-14); [`Rejection::TransferClosed`],
    /// [`Error::StaleEtag`], [`Error::Preview`]; [`Error::OfOne`] with what [`domain::submit`] refuses.
    ///
    /// Source: TRF-1, TRF-2, TRF-6, TRF-7.
    pub async fn submit_transfer(
        &self,
        once: &Once<TransferReceipt>,
        caller: &Caller,
        id: TransferId,
        given: Vec<name::Subscription>,
    ) -> Result<Answer<TransferReceipt>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let stored = locked(&mut tx, caller, (id, TransferSide::Source)).await?;
        stored.check_open()?;
        check_etag(once, &stored)?;
        let now = self.clocks.now(&mut tx, stored.clock).await?;
        let subs = given_away(&mut tx, &stored, given).await?;
        let Submission { changes, items, figures } = self.submission(&stored, &subs, now)?;
        let transfer = stored.submitted(items, now)?;
        let seen = SeenTransfer { transfer: transfer.clone(), side: TransferSide::Source };
        let mut receipt = TransferReceipt { seen, preview_token: None };
        if once.validate_only {
            receipt.preview_token = Some(self.previews.issue(once.method, &figures, real_now));
            return Ok(Answer::Fresh(receipt));
        }
        if let Some(token) = &once.preview_token {
            self.previews.check(token, once.method, &figures, real_now)?;
        }
        let cause = Cause { actor: &caller.subject, real_now };
        self.save(&mut tx, &changes, cause).await?;
        self.save_transfer(&mut tx, &transfer, (Some(TransferSide::Source), cause), now).await?;
        once.keep(&mut tx, &receipt).await?;
        tx.commit().await?;
        self.nudge.notify();
        self.nudge.transfers.notify_one();
        Ok(Answer::Fresh(receipt))
    }

    /// Returns a transfer to either of its partners.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for everybody else (PAR-14).
    pub async fn get_transfer(
        &self,
        caller: &Caller,
        id: TransferId,
    ) -> Result<SeenTransfer, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let found = store::transfers::load(&mut tx, id).await?;
        found.and_then(|transfer| seen_by(caller, transfer)).ok_or_else(|| unknown(id))
    }

    /// Returns a page of transfers, newest first, one more than the page holds: of the caller's
    /// partner, whichever side it is on.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn list_transfers(
        &self,
        caller: &Caller,
        state: Option<TransferState>,
        page: &Page,
    ) -> Result<Vec<SeenTransfer>, Error> {
        let partner = match caller.reach {
            Reach::All => None,
            Reach::Partner(own) => Some(own),
            Reach::Customer(_) => return Ok(vec![]),
        };
        let after = page.after.as_deref().and_then(|key| key.parse().ok());
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let found = store::transfers::list(&mut tx, partner, state, after, page.size).await?;
        Ok(found.into_iter().filter_map(|transfer| seen_by(caller, transfer)).collect())
    }

    /// Ends a transfer without moving anything.
    async fn end_transfer(
        &self,
        once: &Once<SeenTransfer>,
        caller: &Caller,
        whose: (TransferId, TransferSide),
        end: impl FnOnce(&Transfer, Timestamp) -> Result<Transfer, Rejection> + Send,
    ) -> Result<Answer<SeenTransfer>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let stored = locked(&mut tx, caller, whose).await?;
        let now = self.clocks.now(&mut tx, stored.clock).await?;
        let next = end(&stored, now)?;
        check_etag(once, &stored)?;
        self.answer(tx, once, caller, next, now).await
    }

    /// Saves a transfer that moves nothing, unless it is only previewed, and answers with it.
    async fn answer(
        &self,
        mut tx: Tx,
        once: &Once<SeenTransfer>,
        caller: &Caller,
        transfer: Transfer,
        now: Timestamp,
    ) -> Result<Answer<SeenTransfer>, Error> {
        let id = transfer.id;
        let seen = seen_by(caller, transfer).ok_or_else(|| unknown(id))?;
        if once.validate_only {
            return Ok(Answer::Fresh(seen));
        }
        let cause = Cause { actor: &caller.subject, real_now: self.clocks.real_now() };
        self.save_transfer(&mut tx, &seen.transfer, (Some(seen.side), cause), now).await?;
        once.keep(&mut tx, &seen).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(Answer::Fresh(seen))
    }

    /// Asks the domain what giving `subs` away does: what is due is done first (D-33).
    fn submission(
        &self,
        transfer: &Transfer,
        subs: &[Subscription],
        now: Timestamp,
    ) -> Result<Submission, Error> {
        let at = self.occasion(now);
        let (mut changes, mut items) = (vec![], vec![]);
        let mut shown = transfer.etag().into_bytes();
        for sub in subs {
            let refused = |no: Rejection| Error::OfOne {
                name: name::Subscription(sub.customer, sub.id),
                no: Box::new(no),
            };
            let settled = domain::settle(sub, at)?;
            let latest = settled.last().map_or(sub, |change| &change.next);
            let given = domain::submit(latest, transfer.id, at).map_err(refused)?;
            let to = transfer.handover(SubscriptionId(self.ids.uuid()), now);
            let done = domain::hand_over(&given.next, to, at)?;
            items.push(TransferItem::of(&given.next, &done));
            shown.extend(sub.id.to_string().into_bytes());
            shown.extend(figures(sub, Some(&done.ended)));
            changes.extend(settled);
            changes.push(given);
        }
        Ok(Submission { changes, items, figures: shown })
    }
}

/// Returns who asks; only partners do.
fn own_partner(caller: &Caller) -> Result<PartnerId, Error> {
    match caller.reach {
        Reach::Partner(own) => Ok(own),
        Reach::All | Reach::Customer(_) => Err(Error::NotTwoPartners),
    }
}

/// Returns a transfer as the caller sees it; `None` if it is none of its business.
fn seen_by(caller: &Caller, transfer: Transfer) -> Option<SeenTransfer> {
    let side = match caller.reach {
        Reach::All => TransferSide::Both,
        Reach::Partner(own) if own == transfer.source => TransferSide::Source,
        Reach::Partner(own) if own == transfer.target => TransferSide::Target,
        Reach::Partner(_) | Reach::Customer(_) => return None,
    };
    Some(SeenTransfer { transfer, side })
}

/// Returns a transfer, locked, if the caller is on that side of it.
async fn locked(
    tx: &mut Tx,
    caller: &Caller,
    (id, side): (TransferId, TransferSide),
) -> Result<Transfer, Error> {
    let found = store::transfers::lock(tx, id).await?;
    let seen = found.and_then(|transfer| seen_by(caller, transfer));
    let seen = seen.filter(|seen| seen.side == side);
    seen.map(|seen| seen.transfer).ok_or_else(|| unknown(id))
}

/// Returns what is given away, locked in the order of ids.
async fn given_away(
    tx: &mut Tx,
    transfer: &Transfer,
    given: Vec<name::Subscription>,
) -> Result<Vec<Subscription>, Error> {
    let ids: Vec<SubscriptionId> = given.iter().map(|name| name.1).collect();
    let mut subs = store::subscriptions::lock(tx, &ids).await?;
    subs.retain(|sub| sub.customer == transfer.customer && sub.partner == transfer.source);
    let is_there = |name: &&name::Subscription| {
        subs.iter().any(|sub| (sub.customer, sub.id) == (name.0, name.1))
    };
    match given.iter().find(|name| !is_there(name)) {
        None => Ok(subs),
        Some(name) => Err(Error::NotFound { kind: "Subscription", name: name.to_string() }),
    }
}

fn check_etag<T>(once: &Once<T>, transfer: &Transfer) -> Result<(), Error> {
    let current = transfer.etag();
    match &once.etag {
        Some(given) if *given != current => Err(Error::StaleEtag { given: given.clone(), current }),
        _ => Ok(()),
    }
}

fn unknown(id: TransferId) -> Error {
    Error::NotFound { kind: "Transfer", name: name::Transfer(id).to_string() }
}
