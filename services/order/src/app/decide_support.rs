//! An operator closes a request for support; lifecycle carries out what was decided (SUP-4).

use access::Caller;
use replay::{Answer, Once};
use rpc::name;
use vocab::{RequestId, derived_id};

use super::App;
use super::scope::unchanged;
use super::support::{deed, own_request};
use crate::domain::{Decision, PendingDecision, SettleSupport, SupportRequest};
use crate::error::Error;
use crate::store;

impl App {
    /// Closes a request for support with a decision.
    ///
    /// Three steps, for lifecycle is asked without an open transaction: the decision is written down,
    /// lifecycle is asked under an id that is derived from the request for support, the request is
    /// closed. If we die in between, the same decision can be repeated, by anybody and under any
    /// request id, and no other one can be made: one at most is ever carried out.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Rejected`] (SUP-4), [`Error::Invalid`] if
    /// it is not said which subscription of an order is meant, [`Error::PeerRefused`] with what
    /// lifecycle says, [`Error::PeerUnavailable`].
    ///
    /// Source: SUP-4, D-28.
    pub async fn decide_support_request(
        &self,
        once: &Once<SupportRequest>,
        caller: &Caller,
        name: name::SupportRequest,
        decision: Decision,
    ) -> Result<Answer<SupportRequest>, Error> {
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        // Claimed again once there is an answer.
        drop(tx);
        let (request, pending) = self.prepare_decision(once, caller, name, decision).await?;
        let Some(settlement) = settlement(&request, &pending, once.validate_only) else {
            return self.finish_decision(once, caller, name, pending, String::new()).await;
        };
        match self.lifecycle.settle_support(&settlement).await {
            Ok(obligations) => self.finish_decision(once, caller, name, pending, obligations).await,
            Err(refusal @ Error::PeerRefused(_)) => {
                self.drop_decision(name, &pending).await?;
                Err(refusal)
            }
            Err(unknown) => Err(unknown),
        }
    }

    /// Checks what can be checked here, and writes down what lifecycle shall be asked.
    async fn prepare_decision(
        &self,
        once: &Once<SupportRequest>,
        caller: &Caller,
        name: name::SupportRequest,
        decision: Decision,
    ) -> Result<(SupportRequest, PendingDecision), Error> {
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        let found = store::support::lock(&mut tx, name.0, name.1).await?;
        let request = own_request(caller, found, name)?;
        unchanged("support request", once.etag.as_deref(), request.etag())?;
        let pending = request.decision_to_carry_out(decision, &caller.subject)?;
        let has_effect = pending.decision.has_effect();
        if has_effect && pending.decision.subscription.is_none() {
            return Err(Error::wrong_field(
                "decision.subscription",
                "is required: the support request names an order, GetOrder lists its subscriptions",
            ));
        }
        if has_effect && !once.validate_only {
            let written = SupportRequest { pending: Some(pending.clone()), ..request.clone() };
            store::support::save(&mut tx, &written, request.notes.len()).await?;
            tx.commit().await?;
        }
        Ok((request, pending))
    }

    /// Closes the request.
    async fn finish_decision(
        &self,
        once: &Once<SupportRequest>,
        caller: &Caller,
        name: name::SupportRequest,
        pending: PendingDecision,
        obligations: String,
    ) -> Result<Answer<SupportRequest>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let customer = self.customer(&mut tx, caller, name.0).await?;
        let now = self.now_of(&mut tx, &customer).await?;
        let found = store::support::lock(&mut tx, name.0, name.1).await?;
        let request = own_request(caller, found, name)?;
        let details = details(&pending.decision);
        let closed = request.decided(pending, obligations, now)?;
        if once.validate_only {
            return Ok(Answer::Fresh(closed));
        }
        store::support::save(&mut tx, &closed, closed.notes.len()).await?;
        let deed = deed("DecideSupportRequest", &closed, (&customer, now), details);
        mailbox::send(&mut tx, &[self.entry(caller, deed)], real_now).await?;
        once.keep(&mut tx, &closed).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(closed))
    }

    /// Forgets a decision that lifecycle has refused: nothing was done, so another can be made.
    async fn drop_decision(
        &self,
        name: name::SupportRequest,
        refused: &PendingDecision,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let found = store::support::lock(&mut tx, name.0, name.1).await?;
        if let Some(request) = found.filter(|request| request.pending.as_ref() == Some(refused)) {
            let free = SupportRequest { pending: None, ..request };
            store::support::save(&mut tx, &free, free.notes.len()).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Returns what lifecycle is asked; `None` when there is nothing to carry out.
fn settlement(
    request: &SupportRequest,
    pending: &PendingDecision,
    validate_only: bool,
) -> Option<SettleSupport> {
    let PendingDecision { decision, actor } = pending;
    let what = if validate_only { "PreviewSupportDecision" } else { "SettleSupportDecision" };
    Some(SettleSupport {
        request: RequestId(derived_id(request.id.0, what)),
        validate_only,
        customer: request.customer,
        subscription: decision.subscription.filter(|_| decision.has_effect())?,
        partner: request.partner,
        cancels: decision.cancels,
        credit: decision.credit,
        actor: actor.clone(),
    })
}

fn details(decision: &Decision) -> [(&'static str, String); 4] {
    let subscription = decision.subscription.map(|id| id.to_string());
    let credit = decision.credit.map(|credit| credit.to_string());
    [
        ("outcome", decision.outcome().to_string()),
        ("subscription", subscription.unwrap_or_default()),
        ("cancelled", decision.cancels.to_string()),
        ("credit", credit.unwrap_or_default()),
    ]
}
