//! `InboxService`: what other services tell this one.

use proto::common as pbc;
use proto::order as pb;
use proto::order::inbox_service_server::InboxService;
use tonic::{Request, Response, Status};

use super::Service;
use crate::convert;
use crate::error::Error;

#[tonic::async_trait]
impl InboxService for Service {
    async fn record_fulfilments(
        &self,
        request: Request<pb::RecordFulfilmentsRequest>,
    ) -> Result<Response<pbc::DeliveryReport>, Status> {
        let read = convert::fulfilments(request.get_ref()).map_err(rpc::status)?;
        let outcomes = self.app.record_fulfilments(&read).await.map_err(Error::into_status)?;
        let ids = read.iter().map(|one| one.message);
        Ok(Response::new(convert::report(ids.zip(&outcomes))))
    }

    async fn record_clock_readings(
        &self,
        request: Request<pbc::RecordClockReadingsRequest>,
    ) -> Result<Response<pbc::DeliveryReport>, Status> {
        let read = convert::readings(request.get_ref()).map_err(rpc::status)?;
        self.app.record_readings(&read).await.map_err(Error::into_status)?;
        let ids = read.iter().map(|one| (one.message, &mailbox::Outcome::Taken));
        Ok(Response::new(convert::report(ids)))
    }

    async fn judge_offers(
        &self,
        request: Request<pb::JudgeOffersRequest>,
    ) -> Result<Response<pb::JudgeOffersResponse>, Status> {
        let asked = convert::judge_offers(request.get_ref()).map_err(rpc::status)?;
        let reasons = self.app.judge_offers(asked).await.map_err(Error::into_status)?;
        Ok(Response::new(convert::judged_offers(&reasons)))
    }

    async fn check_relationship(
        &self,
        request: Request<pb::CheckRelationshipRequest>,
    ) -> Result<Response<pb::CheckRelationshipResponse>, Status> {
        let asked = convert::check_relationship(request.get_ref()).map_err(rpc::status)?;
        let found = self.app.related_customer(asked.0, asked.1).await;
        let found = found.map_err(Error::into_status)?;
        Ok(Response::new(convert::checked_relationship(found.as_ref())))
    }

    async fn check_reseller(
        &self,
        request: Request<pb::CheckResellerRequest>,
    ) -> Result<Response<pb::CheckResellerResponse>, Status> {
        let (customer, partner, reseller) =
            convert::check_reseller(request.get_ref()).map_err(rpc::status)?;
        let checked = self.app.check_reseller(customer, partner, reseller).await;
        checked.map_err(Error::into_status)?;
        Ok(Response::new(pb::CheckResellerResponse {}))
    }

    async fn get_backlog(
        &self,
        _request: Request<pbc::GetBacklogRequest>,
    ) -> Result<Response<pbc::Backlog>, Status> {
        let backlog = self.app.backlog().await.map_err(Error::into_status)?;
        Ok(Response::new(convert::backlog(backlog)))
    }
}
