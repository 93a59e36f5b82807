//! Cancelling perpetual software by order: lifecycle decides and credits, the order follows. Which
//! order is meant when only a product is named is in `choose_order`.

use replay::{Answer, Once};
use vocab::{OrderLineId, RequestId, derived_id};

use super::orders::own_order;
use super::scope::not_found;
use super::{App, Asker};
use crate::domain::{
    CancelOrder, CancelPurchases, CancelTarget, Cancellation, Cancelled, Order, cancellable_lines,
    mark_cancelled,
};
use crate::error::Error;
use crate::store;
use crate::store::cancellations::Question;

impl App {
    /// Cancels lines of an order, all that are named or none; or the lines of a product, in the one
    /// order that can be cancelled for it.
    ///
    /// Three steps, for lifecycle is asked without an open transaction: what it is asked is written
    /// down, it is asked under an id that is derived from the caller's, the order is marked. If we
    /// die in between, a repetition asks the same and gets the same answer; lifecycle's letter
    /// marks the order, too.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Invalid`] for a line that is none of the order,
    /// [`Error::Rejected`] (PAR-1, CAN-14), [`Error::PeerRefused`] with what lifecycle says (CAN-2,
    /// CAN-5, CAN-7), [`Error::PeerUnavailable`].
    ///
    /// Source: CAN-11, CAN-14, D-6.
    pub async fn cancel_order(
        &self,
        once: &Once<Cancelled>,
        asker: Asker<'_>,
        command: CancelOrder,
    ) -> Result<Answer<Cancelled>, Error> {
        let mut tx = self.db.begin_as(asker.caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        // Claimed again once there is an answer.
        drop(tx);
        let request = self.prepare_cancellation(once, asker, &command).await?;
        match self.lifecycle.cancel(&request).await {
            Ok(cancellation) => self.finish_cancellation(once, request, cancellation).await,
            Err(refusal @ Error::PeerRefused(_)) => {
                self.drop_cancellation(request.request).await?;
                Err(refusal)
            }
            Err(unknown) => Err(unknown),
        }
    }

    /// Checks what can be checked here, and writes down what lifecycle shall be asked.
    async fn prepare_cancellation(
        &self,
        once: &Once<Cancelled>,
        asker: Asker<'_>,
        command: &CancelOrder,
    ) -> Result<CancelPurchases, Error> {
        let request = request_id(once, asker, command);
        let customer = command.customer;
        let mut tx = self.db.begin_as(asker.caller.reach.sight()).await?;
        let partner = self.seller(&mut tx, asker.caller).await?.id;
        self.customer(&mut tx, asker.caller, customer).await?;
        let to_ask = |question: Question| CancelPurchases {
            request,
            validate_only: once.validate_only,
            customer,
            order: question.order,
            partner,
            lines: question.lines,
            is_acknowledged: command.is_acknowledged,
            actor: asker.caller.subject.clone(),
            is_admin_agent: asker.is_admin_agent,
        };
        let named = command.target.order();
        let before = store::cancellations::load(&mut tx, request, named).await?;
        let question = match (before, &command.target) {
            (Some(before), _) => before,
            (None, CancelTarget::Order { order, lines }) => {
                let found = store::orders::load(&mut tx, customer, *order).await?;
                let order = own_order(asker.caller, found, customer, *order)?;
                check_lines(&order, lines)?;
                Question { order: order.id, lines: cancellable_lines(&order, lines)? }
            }
            (None, CancelTarget::Product(product)) => {
                // lifecycle is asked which of them can be.
                drop(tx);
                let chosen = self.choose_order((customer, partner), product, to_ask).await?;
                tx = self.db.begin_as(asker.caller.reach.sight()).await?;
                chosen
            }
        };
        if once.validate_only {
            return Ok(to_ask(question));
        }
        let now = self.clocks.real_now();
        store::cancellations::insert(&mut tx, request, &question, now).await?;
        // Somebody who repeats the request at the same time may have chosen first.
        let kept = store::cancellations::load(&mut tx, request, named).await?;
        tx.commit().await?;
        Ok(to_ask(kept.unwrap_or(question)))
    }

    /// Marks what lifecycle has cancelled.
    async fn finish_cancellation(
        &self,
        once: &Once<Cancelled>,
        request: CancelPurchases,
        cancellation: Cancellation,
    ) -> Result<Answer<Cancelled>, Error> {
        let (customer, id) = (request.customer, request.order);
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let locked = store::orders::lock(&mut tx, &[(customer, id)]).await?.pop();
        let order = locked
            .ok_or_else(|| not_found("Order", format!("customers/{customer}/orders/{id}")))?;
        let order = mark_cancelled(&order, &request.lines.into_iter().collect());
        let cancelled = Cancelled { order, cancellation };
        if once.validate_only {
            return Ok(Answer::Fresh(cancelled));
        }
        store::orders::save(&mut tx, std::slice::from_ref(&cancelled.order)).await?;
        store::cancellations::delete(&mut tx, request.request).await?;
        once.keep(&mut tx, &cancelled).await?;
        tx.commit().await?;
        Ok(Answer::Fresh(cancelled))
    }

    /// Forgets what lifecycle has refused: nothing was done, so a repetition begins anew.
    async fn drop_cancellation(&self, request: RequestId) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        store::cancellations::delete(&mut tx, request).await?;
        Ok(tx.commit().await?)
    }
}

/// Returns the id under which lifecycle is asked: the same for the same request of the same caller.
fn request_id(once: &Once<Cancelled>, asker: Asker<'_>, command: &CancelOrder) -> RequestId {
    let what = match &command.target {
        CancelTarget::Order { order, lines } => {
            let mut lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
            lines.sort();
            format!("{order} {}", lines.join(" "))
        }
        CancelTarget::Product(product) => format!("{} {product}", command.customer),
    };
    let what = format!("CancelPurchases {} {what}", asker.caller.key());
    RequestId(derived_id(once.request_id.0, &what))
}

/// Lets lines pass that belong to the order.
fn check_lines(order: &Order, named: &[OrderLineId]) -> Result<(), Error> {
    let is_ours = |id: &OrderLineId| order.lines.iter().any(|line| line.id == *id);
    match named.iter().position(|id| !is_ours(id)) {
        Some(index) => Err(Error::wrong_field(
            &format!("lines[{index}]"),
            "is no line of this order; GetOrder lists its lines",
        )),
        None => Ok(()),
    }
}
