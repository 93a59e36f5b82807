//! Cancelling perpetual software by order: lifecycle decides and credits, the order follows.

use replay::{Answer, Once};
use vocab::{OrderLineId, RequestId, derived_id};

use super::orders::own_order;
use super::scope::not_found;
use super::{App, Asker};
use crate::domain::{
    CancelOrder, CancelPurchases, Cancelled, Order, cancellable_lines, mark_cancelled,
};
use crate::error::Error;
use crate::store;

impl App {
    /// Cancels lines of an order, all that are named or none.
    ///
    /// lifecycle is asked without an open transaction, under a request id that is derived from the
    /// caller's: if we die before the order is marked, a repetition gets the same answer there, and
    /// lifecycle's letter marks it too.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Invalid`] for a line that is none of the order,
    /// [`Error::Rejected`] (PAR-1, CAN-14), [`Error::PeerRefused`] with what lifecycle says (CAN-2,
    /// CAN-5, CAN-7), [`Error::PeerUnavailable`].
    ///
    /// Source: CAN-11, CAN-14.
    pub async fn cancel_order(
        &self,
        once: &Once<Cancelled>,
        asker: Asker<'_>,
        command: CancelOrder,
    ) -> Result<Answer<Cancelled>, Error> {
        let request = match self.prepare(once, asker, &command).await? {
            Prepared::Answered(answer) => return Ok(answer),
            Prepared::Request(request) => request,
        };
        let cancellation = self.lifecycle.cancel(&request).await?;

        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let (customer, id) = (command.customer, command.order);
        let locked = store::orders::lock(&mut tx, &[(customer, id)]).await?.pop();
        let order = locked
            .ok_or_else(|| not_found("Order", format!("customers/{customer}/orders/{id}")))?;
        let lines = request.lines.into_iter().collect();
        let order = mark_cancelled(&order, &lines);
        let cancelled = Cancelled { order, cancellation };
        if once.validate_only {
            return Ok(Answer::Fresh(cancelled));
        }
        store::orders::save(&mut tx, std::slice::from_ref(&cancelled.order)).await?;
        once.keep(&mut tx, &cancelled).await?;
        tx.commit().await?;
        Ok(Answer::Fresh(cancelled))
    }

    /// Checks what can be checked here, and says what lifecycle shall be asked.
    async fn prepare(
        &self,
        once: &Once<Cancelled>,
        asker: Asker<'_>,
        command: &CancelOrder,
    ) -> Result<Prepared, Error> {
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(Prepared::Answered(answer));
        }
        let (customer, id) = (command.customer, command.order);
        self.seller(&mut tx, asker.caller).await?;
        self.customer(&mut tx, asker.caller, customer).await?;
        let found = store::orders::load(&mut tx, customer, id).await?;
        let order = own_order(asker.caller, found, customer, id)?;
        check_lines(&order, &command.lines)?;
        let lines = cancellable_lines(&order, &command.lines)?;
        let what = format!("CancelPurchases {}", asker.caller.key());
        Ok(Prepared::Request(CancelPurchases {
            request: RequestId(derived_id(once.request_id.0, &what)),
            validate_only: once.validate_only,
            customer,
            order: id,
            partner: order.partner,
            lines,
            is_acknowledged: command.is_acknowledged,
            actor: asker.caller.subject.clone(),
            is_admin_agent: asker.is_admin_agent,
        }))
    }
}

enum Prepared {
    Answered(Answer<Cancelled>),
    Request(CancelPurchases),
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
