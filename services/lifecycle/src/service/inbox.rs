//! `InboxService`: what other services ask.

use proto::common::{Backlog, GetBacklogRequest};
use proto::lifecycle::inbox_service_server::InboxService;
use tonic::{Request, Response, Status};

use super::{Service, once, pb};
use crate::convert;

#[tonic::async_trait]
impl InboxService for Service {
    async fn cancel_purchases(
        &self,
        request: Request<pb::CancelPurchasesRequest>,
    ) -> Result<Response<pb::CancelPurchasesResponse>, Status> {
        let command = convert::cancel_purchases(request.get_ref()).map_err(rpc::status)?;
        let once = once(&request, convert::cancelled_purchases)?;
        let answer = self.app.cancel_purchases(&once, command).await.map_err(rpc::status)?;
        replay::respond(answer, convert::cancelled_purchases)
    }

    async fn check_purchase(
        &self,
        request: Request<pb::CheckPurchaseRequest>,
    ) -> Result<Response<pb::CheckPurchaseResponse>, Status> {
        let message = request.get_ref();
        let target = convert::target(message, &message.subscription).map_err(rpc::status)?;
        let check = self.app.check_purchase(target).await.map_err(rpc::status)?;
        Ok(Response::new(convert::check(check)))
    }

    async fn settle_support_decision(
        &self,
        request: Request<pb::SettleSupportDecisionRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let command = convert::settle_support(request.get_ref()).map_err(rpc::status)?;
        let once = once(&request, convert::receipt)?;
        let answer = self.app.settle_support(&once, command).await.map_err(rpc::status)?;
        replay::respond(answer, convert::receipt)
    }

    async fn judge_purchases(
        &self,
        request: Request<pb::JudgePurchasesRequest>,
    ) -> Result<Response<pb::JudgePurchasesResponse>, Status> {
        let asked = convert::proposal(request.get_ref()).map_err(rpc::status)?;
        let customer = asked.customer;
        let judged = self.app.judge_purchases(asked).await.map_err(rpc::status)?;
        Ok(Response::new(convert::judged(customer, &judged)))
    }

    async fn get_backlog(
        &self,
        _: Request<GetBacklogRequest>,
    ) -> Result<Response<Backlog>, Status> {
        let backlog = self.app.backlog().await.map_err(rpc::status)?;
        Ok(Response::new(Backlog {
            waiting_count: backlog.waiting_count,
            taken_count: backlog.taken_count,
        }))
    }
}
