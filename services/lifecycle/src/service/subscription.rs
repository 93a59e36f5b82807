//! `SubscriptionService`.

use proto::common::DeliveryReport;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use tonic::{Request, Response, Status};

use super::export::Csv;
use super::feed::Feed;
use super::{Service, caller, once, pb, receipt};
use crate::app::StartOrder;
use crate::convert;
use crate::error::Error;

#[tonic::async_trait]
impl SubscriptionService for Service {
    async fn start_subscriptions(
        &self,
        request: Request<pb::StartSubscriptionsRequest>,
    ) -> Result<Response<DeliveryReport>, Status> {
        let (orders, unreadable) = convert::start_orders(request.get_ref());
        let orders = orders.into_iter().map(|(message, order, lines, brought_in_at)| StartOrder {
            message,
            customer: order.0,
            order: order.1,
            lines,
            brought_in_at,
        });
        self.app.start(orders.collect()).await.map_err(rpc::status)?;
        let messages = request.get_ref().orders.iter().map(|order| order.header.as_ref());
        Ok(Response::new(convert::report(messages, unreadable)))
    }

    async fn get_subscription(
        &self,
        request: Request<pb::GetSubscriptionRequest>,
    ) -> Result<Response<pb::Subscription>, Status> {
        let message = request.get_ref();
        let target = convert::target(message, &message.name).map_err(rpc::status)?;
        let view = self.app.get(caller(&request)?, target).await.map_err(rpc::status)?;
        Ok(Response::new(convert::subscription(&view)))
    }

    async fn list_subscriptions(
        &self,
        request: Request<pb::ListSubscriptionsRequest>,
    ) -> Result<Response<pb::ListSubscriptionsResponse>, Status> {
        let (caller, message) = (caller(&request)?, request.get_ref());
        let query = convert::listing(message).map_err(rpc::status)?;
        let pager = self.pager("ListSubscriptions", caller, &[&message.parent, &message.filter]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let listed = self.app.list_subscriptions(caller, query, &page).await;
        let (views, next) = listed.map_err(rpc::status)?;
        let next_page_token = pager.token(next.as_deref());
        let subscriptions = views.iter().map(convert::subscription).collect();
        Ok(Response::new(pb::ListSubscriptionsResponse { subscriptions, next_page_token }))
    }

    async fn update_subscription(
        &self,
        request: Request<pb::UpdateSubscriptionRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        receipt!(self.rename(request, convert::rename(request.get_ref()) => |target, label|))
    }

    async fn assign_reseller(
        &self,
        request: Request<pb::AssignResellerRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let (target, reseller) =
            convert::assign_reseller(request.get_ref()).map_err(rpc::status)?;
        let once = once(&request, convert::receipt)?;
        let answer = self.app.assign_reseller(&once, caller(&request)?, target, reseller).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::receipt)
    }

    async fn cancel_subscription(
        &self,
        request: Request<pb::CancelSubscriptionRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        receipt!(self.cancel(request, convert::cancel(request.get_ref()) => |target, yes|))
    }

    async fn change_quantity(
        &self,
        request: Request<pb::ChangeQuantityRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        receipt!(self.change_quantity(
            request, convert::quantity(request.get_ref()) => |target, total|
        ))
    }

    async fn change_billing_cycle(
        &self,
        request: Request<pb::ChangeBillingCycleRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        receipt!(self.change_billing(
            request, convert::billing(request.get_ref()) => |target, billing|
        ))
    }

    async fn set_auto_renew(
        &self,
        request: Request<pb::SetAutoRenewRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        receipt!(self.set_auto_renew(
            request, convert::auto_renew(request.get_ref()) => |target, is_on|
        ))
    }

    async fn suspend_subscription(
        &self,
        request: Request<pb::SuspendSubscriptionRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let message = request.get_ref();
        receipt!(self.suspend(request, convert::target(message, &message.name) => |target|))
    }

    async fn resume_subscription(
        &self,
        request: Request<pb::ResumeSubscriptionRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let message = request.get_ref();
        receipt!(self.resume(request, convert::target(message, &message.name) => |target|))
    }

    async fn schedule_change(
        &self,
        request: Request<pb::ScheduleChangeRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        receipt!(self.schedule(request, convert::schedule(request.get_ref()) => |target, wanted|))
    }

    async fn remove_scheduled_change(
        &self,
        request: Request<pb::RemoveScheduledChangeRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let message = request.get_ref();
        receipt!(self.remove_scheduled(
            request, convert::target(message, &message.name) => |target|
        ))
    }

    async fn list_add_ons(
        &self,
        request: Request<pb::ListAddOnsRequest>,
    ) -> Result<Response<pb::ListAddOnsResponse>, Status> {
        let (caller, message) = (caller(&request)?, request.get_ref());
        let target = convert::target(message, &message.parent).map_err(rpc::status)?;
        let pager = self.pager("ListAddOns", caller, &[&message.parent]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let found = self.app.list_add_ons(caller, target, &page).await.map_err(rpc::status)?;
        let (found, next_page_token) = pager.cut(&page, found, convert::add_on_key);
        let add_ons = found.iter().map(|one| convert::add_on(one, target.0)).collect();
        Ok(Response::new(pb::ListAddOnsResponse { add_ons, next_page_token }))
    }

    async fn list_transitions(
        &self,
        request: Request<pb::ListTransitionsRequest>,
    ) -> Result<Response<pb::ListTransitionsResponse>, Status> {
        let (caller, message) = (caller(&request)?, request.get_ref());
        let target = convert::target(message, &message.parent).map_err(rpc::status)?;
        let pager = self.pager("ListTransitions", caller, &[&message.parent]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let found = self.app.list_transitions(caller, target, &page).await.map_err(rpc::status)?;
        let (found, next_page_token) = pager.cut(&page, found, convert::possibility_key);
        let transitions = found.iter().map(|one| convert::possibility(one, target.0)).collect();
        Ok(Response::new(pb::ListTransitionsResponse { transitions, next_page_token }))
    }

    async fn transition_subscription(
        &self,
        request: Request<pb::TransitionSubscriptionRequest>,
    ) -> Result<Response<pb::TransitionReceipt>, Status> {
        let (target, wish) = convert::transition(request.get_ref()).map_err(rpc::status)?;
        let once = once(&request, convert::transition_receipt)?;
        let answer = self.app.transition(&once, caller(&request)?, target, &wish).await;
        replay::respond(answer.map_err(rpc::status)?, convert::transition_receipt)
    }

    async fn explain_actions(
        &self,
        request: Request<pb::ExplainActionsRequest>,
    ) -> Result<Response<pb::ExplainActionsResponse>, Status> {
        let (target, wishes) = convert::explain(request.get_ref()).map_err(rpc::status)?;
        let explained = self.app.explain(caller(&request)?, target, &wishes).await;
        Ok(Response::new(convert::explained(&explained.map_err(rpc::status)?)))
    }

    async fn list_changes(
        &self,
        request: Request<pb::ListChangesRequest>,
    ) -> Result<Response<pb::ListChangesResponse>, Status> {
        let (caller, message) = (caller(&request)?, request.get_ref());
        let (of, query) = convert::changes(message).map_err(rpc::status)?;
        let pager = self.pager("ListChanges", caller, &[&message.parent, &message.filter]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let (changes, next) = if let Some(target) = of {
            let listed = self.app.list_changes(caller, target, &query, &page).await;
            let (entries, next) = listed.map_err(rpc::status)?;
            let entries = entries.iter();
            (entries.map(|(entry, lines)| convert::entry(entry, lines, target)).collect(), next)
        } else {
            let listed = self.app.list_all_changes(caller, &query, &page).await;
            let (told, next) = listed.map_err(rpc::status)?;
            (told.iter().map(convert::told).collect(), next)
        };
        let next_page_token = pager.token(next.as_deref());
        Ok(Response::new(pb::ListChangesResponse { changes, next_page_token }))
    }

    type WatchChangesStream = Feed;

    async fn watch_changes(
        &self,
        request: Request<pb::WatchChangesRequest>,
    ) -> Result<Response<Feed>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.feed(caller, request.get_ref()).await?))
    }

    type ExportSubscriptionsStream = Csv;

    async fn export_subscriptions(
        &self,
        request: Request<pb::ExportSubscriptionsRequest>,
    ) -> Result<Response<Csv>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.subscriptions_csv(caller, request.get_ref()).await?))
    }
}
