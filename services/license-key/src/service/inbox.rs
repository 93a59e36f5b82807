//! `InboxService`: what other services tell license-key.

use proto::common::{
    Backlog, DeliveryReport, GetBacklogRequest, MessageHeader, RecordClockReadingsRequest,
};
use proto::licensekey as pb;
use proto::licensekey::inbox_service_server::InboxService;
use rpc::Violations;
use tonic::{Request, Response, Status};

use super::Service;
use crate::convert;

#[tonic::async_trait]
impl InboxService for Service {
    async fn record_purchases(
        &self,
        request: Request<pb::RecordPurchasesRequest>,
    ) -> Result<Response<DeliveryReport>, Status> {
        let messages = request.into_inner().purchases;
        let read: Vec<_> = messages.iter().map(convert::purchase).collect();
        let report = report(messages.iter().map(|it| it.header.as_ref()), &read);
        let taken = read.into_iter().flatten().collect();
        self.app.record_purchases(taken).await.map_err(rpc::status)?;
        Ok(Response::new(report))
    }

    async fn record_clock_readings(
        &self,
        request: Request<RecordClockReadingsRequest>,
    ) -> Result<Response<DeliveryReport>, Status> {
        let messages = request.into_inner().readings;
        let read: Vec<_> = messages.iter().map(convert::clock_reading).collect();
        let report = report(messages.iter().map(|it| it.header.as_ref()), &read);
        let taken = read.into_iter().flatten().collect();
        self.app.record_clock_readings(taken).await.map_err(rpc::status)?;
        Ok(Response::new(report))
    }

    async fn get_backlog(
        &self,
        _request: Request<GetBacklogRequest>,
    ) -> Result<Response<Backlog>, Status> {
        let backlog = self.app.backlog().await.map_err(rpc::status)?;
        let mailbox::Backlog { waiting_count, taken_count } = backlog;
        Ok(Response::new(Backlog { waiting_count, taken_count }))
    }
}

/// Says of each message what became of it; it is sent once those that can be taken were.
fn report<'a, T>(
    headers: impl Iterator<Item = Option<&'a MessageHeader>>,
    read: &'a [Result<T, Violations>],
) -> DeliveryReport {
    convert::report(headers.zip(read.iter().map(|one| one.as_ref().err())))
}
