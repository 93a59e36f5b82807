//! Verbs as a caller calls them: a request with an id of its own, read and answered.

use access::Caller;
use proto::lifecycle as pb;
use replay::{Answer, Once};

use super::{House, name_of};
use crate::convert;
use crate::domain::{Receipt, Subscription};
use crate::error::Error;

impl House {
    /// A new request to cancel.
    pub fn cancelling(&self, sub: &Subscription) -> pb::CancelSubscriptionRequest {
        pb::CancelSubscriptionRequest {
            name: name_of(sub),
            request_id: self.uuid().to_string(),
            acknowledged: true,
            ..pb::CancelSubscriptionRequest::default()
        }
    }

    /// Cancels, as the caller asks.
    pub async fn cancel(
        &self,
        caller: &Caller,
        request: &pb::CancelSubscriptionRequest,
    ) -> Result<Answer<Receipt>, Error> {
        let (target, is_acknowledged) = convert::cancel(request)?;
        let once = Once::new(request, caller.key(), convert::receipt);
        self.app.cancel(&once, caller, target, is_acknowledged).await
    }

    /// Sets the seats, as the caller asks.
    pub async fn change_quantity(
        &self,
        caller: &Caller,
        sub: &Subscription,
        quantity: i64,
    ) -> Result<Answer<Receipt>, Error> {
        let request = pb::ChangeQuantityRequest {
            name: name_of(sub),
            request_id: self.uuid().to_string(),
            quantity,
            ..pb::ChangeQuantityRequest::default()
        };
        self.change_seats(caller, &request).await
    }

    /// Sets seats and add-ons, as the caller asks.
    pub async fn change_seats(
        &self,
        caller: &Caller,
        request: &pb::ChangeQuantityRequest,
    ) -> Result<Answer<Receipt>, Error> {
        let (target, totals) = convert::quantity(request)?;
        let once = Once::new(request, caller.key(), convert::receipt);
        self.app.change_quantity(&once, caller, target, totals).await
    }

    /// Switches auto-renew, as the caller asks.
    pub async fn set_auto_renew(
        &self,
        caller: &Caller,
        sub: &Subscription,
        is_on: bool,
    ) -> Result<Answer<Receipt>, Error> {
        let request = pb::SetAutoRenewRequest {
            name: name_of(sub),
            request_id: self.uuid().to_string(),
            auto_renew: Some(is_on),
            ..pb::SetAutoRenewRequest::default()
        };
        let (target, is_on) = convert::auto_renew(&request)?;
        let once = Once::new(&request, caller.key(), convert::receipt);
        self.app.set_auto_renew(&once, caller, target, is_on).await
    }

    /// Schedules other seats for the next term, as the caller asks.
    pub async fn schedule(
        &self,
        caller: &Caller,
        sub: &Subscription,
        quantity: i64,
    ) -> Result<Answer<Receipt>, Error> {
        let change = pb::ScheduledChange { quantity, ..pb::ScheduledChange::default() };
        let request = pb::ScheduleChangeRequest {
            name: name_of(sub),
            request_id: self.uuid().to_string(),
            scheduled_change: Some(change),
            ..pb::ScheduleChangeRequest::default()
        };
        let (target, wanted) = convert::schedule(&request)?;
        let once = Once::new(&request, caller.key(), convert::receipt);
        self.app.schedule(&once, caller, target, wanted).await
    }

    /// Suspends, as the caller asks.
    pub async fn suspend(
        &self,
        caller: &Caller,
        sub: &Subscription,
    ) -> Result<Answer<Receipt>, Error> {
        let request = pb::SuspendSubscriptionRequest {
            name: name_of(sub),
            request_id: self.uuid().to_string(),
            ..pb::SuspendSubscriptionRequest::default()
        };
        let target = convert::target(&request, &request.name)?;
        let once = Once::new(&request, caller.key(), convert::receipt);
        self.app.suspend(&once, caller, target).await
    }

    /// Resumes, as the caller asks.
    pub async fn resume(
        &self,
        caller: &Caller,
        sub: &Subscription,
    ) -> Result<Answer<Receipt>, Error> {
        let request = pb::ResumeSubscriptionRequest {
            name: name_of(sub),
            request_id: self.uuid().to_string(),
            ..pb::ResumeSubscriptionRequest::default()
        };
        let target = convert::target(&request, &request.name)?;
        let once = Once::new(&request, caller.key(), convert::receipt);
        self.app.resume(&once, caller, target).await
    }
}
