//! What an operator decides on a request for support, and what lifecycle is then asked (SUP-4).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::{CustomerId, Money, PartnerId, RequestId, SubscriptionId};

use super::{SupportOutcome, SupportRejection, SupportRequest, SupportedPurchase};
use crate::domain::Rejection;

/// What an operator decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Why, for the partner.
    pub explanation: String,
    /// What is cancelled or credited; `None` is what the request names.
    pub subscription: Option<SubscriptionId>,
    /// Whether it is cancelled.
    pub cancels: bool,
    /// What is credited: above 0.
    pub credit: Option<Money>,
}

/// A decision that lifecycle is being asked to carry out, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingDecision {
    /// The decision.
    pub decision: Decision,
    /// The operator's subject.
    pub actor: String,
}

/// How a request for support was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Why.
    pub outcome: SupportOutcome,
    /// Why, in the words of whoever closed it.
    pub reason: String,
    /// Who closed it.
    pub author: String,
    /// When, by the customer's clock.
    pub closed_at: Timestamp,
    /// What an operator decided; `None` when it was taken back.
    pub decision: Option<Decision>,
    /// What partner and customer must do now (PCX-2).
    pub obligations: String,
}

/// What lifecycle is asked to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettleSupport {
    /// Derived from the request for support, so that one decision at most is ever carried out.
    pub request: RequestId,
    /// Whether nothing is to be changed.
    pub validate_only: bool,
    /// Whose subscription.
    pub customer: CustomerId,
    /// Which one.
    pub subscription: SubscriptionId,
    /// Who filed the request.
    pub partner: PartnerId,
    /// Whether it is cancelled.
    pub cancels: bool,
    /// What is credited.
    pub credit: Option<Money>,
    /// The operator's subject.
    pub actor: String,
}

impl Decision {
    /// Returns what the decision makes of the request.
    pub const fn outcome(&self) -> SupportOutcome {
        if self.has_effect() { SupportOutcome::Granted } else { SupportOutcome::Declined }
    }

    /// Whether lifecycle has anything to carry out.
    pub const fn has_effect(&self) -> bool {
        self.cancels || self.credit.is_some()
    }

    /// Whether both do the same; they may be explained in other words.
    fn does_as(&self, other: &Self) -> bool {
        let effect = |of: &Self| (of.subscription, of.cancels, of.credit);
        effect(self) == effect(other)
    }
}

impl SupportRequest {
    /// Returns the decision that is to be carried out: `wanted`, or the same that was begun before.
    ///
    /// # Errors
    ///
    /// [`SupportRejection::Closed`]; [`SupportRejection::DecisionPending`] if another one was begun,
    /// for nobody knows how far it got.
    ///
    /// Source: SUP-4, D-28.
    pub fn decision_to_carry_out(
        &self,
        wanted: Decision,
        actor: &str,
    ) -> Result<PendingDecision, Rejection> {
        self.check_open()?;
        let decision = Decision { subscription: self.settled_by(&wanted), ..wanted };
        match &self.pending {
            Some(begun) if begun.decision.does_as(&decision) => Ok(begun.clone()),
            Some(_) => Err(SupportRejection::DecisionPending.into()),
            None => Ok(PendingDecision { decision, actor: actor.to_owned() }),
        }
    }

    /// Returns which subscription a decision is about: the one that it names, or the request's.
    fn settled_by(&self, decision: &Decision) -> Option<SubscriptionId> {
        let own = match self.facts.purchase {
            SupportedPurchase::Subscription(id) => Some(id),
            SupportedPurchase::Order(_) => None,
        };
        decision.subscription.or(own).filter(|_| decision.has_effect())
    }

    /// Returns it closed with what was decided.
    ///
    /// # Errors
    ///
    /// [`SupportRejection::Closed`] (SUP-4).
    pub fn decided(
        &self,
        carried_out: PendingDecision,
        obligations: String,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        self.check_open()?;
        let PendingDecision { decision, actor } = carried_out;
        let closing = Closing {
            outcome: decision.outcome(),
            reason: decision.explanation.clone(),
            author: actor,
            closed_at: now,
            decision: Some(decision),
            obligations,
        };
        Ok(Self { pending: None, closing: Some(closing), ..self.next() })
    }
}
