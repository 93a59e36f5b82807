//! The gRPC service: parse, one verb, render.

use std::sync::Arc;

use access::Caller;
use proto::{
    audit::{self as pb, audit_service_server::AuditService},
    common,
};
use rpc::{Pager, Seal};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, Query},
    convert,
};

/// Serves `tenure.audit.v1.AuditService`.
#[derive(Debug)]
pub struct Service {
    app: Arc<App>,
    seal: Seal,
}

impl Service {
    /// Returns the service; `seal` marks its page tokens.
    pub fn new(app: Arc<App>, seal: Seal) -> Self {
        Self { app, seal }
    }
}

#[tonic::async_trait]
impl AuditService for Service {
    async fn append_entries(
        &self,
        request: Request<pb::AppendEntriesRequest>,
    ) -> Result<Response<pb::AppendEntriesResponse>, Status> {
        let submitted = convert::submitted(request.get_ref());
        let receipts = self.app.append(submitted).await.map_err(rpc::status)?;
        Ok(Response::new(convert::receipts(receipts)))
    }

    async fn list_activity(
        &self,
        request: Request<pb::ListActivityRequest>,
    ) -> Result<Response<pb::ListActivityResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let asked = request.get_ref();
        let (from, to, conditions) = convert::list_activity(asked).map_err(rpc::status)?;
        let query = Query { from, to, asked: conditions };

        let (first, last) = (from.to_string(), to.to_string());
        let fields = [first.as_str(), last.as_str(), asked.filter.as_str()];
        let pager = Pager::new(&self.seal, "ListActivity", &caller.key(), &fields);
        let page = pager.page(asked.page_size, &asked.page_token).map_err(rpc::status)?;
        let found = self.app.list_activity(caller.reach, &query, &page).await;
        let (entries, next) = pager.cut(&page, found.map_err(rpc::status)?, App::cursor);
        Ok(Response::new(convert::activity_page(&entries, next)))
    }

    async fn get_checkpoint(
        &self,
        _request: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::Checkpoint>, Status> {
        let checkpoint = self.app.checkpoint().await.map_err(rpc::status)?;
        Ok(Response::new(convert::checkpoint(&checkpoint, &self.app.signer)))
    }

    async fn verify_log(
        &self,
        request: Request<pb::VerifyLogRequest>,
    ) -> Result<Response<pb::VerifyLogResponse>, Status> {
        let given = convert::verify(request.get_ref()).map_err(rpc::status)?;
        let report = self.app.verify(given).await.map_err(rpc::status)?;
        Ok(Response::new(convert::report(report)))
    }

    async fn get_backlog(
        &self,
        _request: Request<common::GetBacklogRequest>,
    ) -> Result<Response<common::Backlog>, Status> {
        let taken_count = self.app.taken().await.map_err(rpc::status)?;
        Ok(Response::new(common::Backlog { waiting_count: 0, taken_count }))
    }
}
