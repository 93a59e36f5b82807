//! The gRPC service: parse, one verb, render.

mod export;
mod watch;

use std::sync::Arc;

use access::Caller;
use proto::{
    audit::{self as pb, audit_service_server::AuditService},
    common,
};
use replay::{Once, respond};
use rpc::{Pager, Seal};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use worker::Pace;

use crate::{
    app::{App, Query},
    convert,
    error::Error,
};

/// Serves `tenure.audit.v1.AuditService`.
#[derive(Debug)]
pub struct Service {
    app: Arc<App>,
    seal: Seal,
    stop: CancellationToken,
    pace: Pace,
}

impl Service {
    /// Returns the service; `seal` marks its page tokens, `stop` ends its feeds.
    pub fn new(app: Arc<App>, seal: Seal, stop: CancellationToken, pace: Pace) -> Self {
        Self { app, seal, stop, pace }
    }

    /// Returns the caller of a method that reads the log, if it may.
    fn reader<T>(&self, request: &Request<T>) -> Result<Caller, Status> {
        let caller = Caller::of(request).map_err(rpc::status)?;
        self.app.check_reader(caller).map_err(|no| rpc::status(Error::from(no)))?;
        Ok(caller.clone())
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
        let caller = self.reader(&request)?;
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

    type ExportActivityStream = export::Pieces<pb::ExportActivityResponse>;

    async fn export_activity(
        &self,
        request: Request<pb::ExportActivityRequest>,
    ) -> Result<Response<Self::ExportActivityStream>, Status> {
        let reach = self.reader(&request)?.reach;
        let asked = convert::export_activity(request.get_ref()).map_err(rpc::status)?;
        let (from, to, asked) = asked;
        Ok(Response::new(self.csv(reach, Query { from, to, asked })))
    }

    type WatchEntriesStream = watch::Feed;

    async fn watch_entries(
        &self,
        request: Request<pb::WatchEntriesRequest>,
    ) -> Result<Response<Self::WatchEntriesStream>, Status> {
        let reach = self.reader(&request)?.reach;
        let start = convert::watch(request.get_ref()).map_err(rpc::status)?;
        let position = self.app.feed_start(start).await.map_err(rpc::status)?;
        Ok(Response::new(self.feed(reach, position, start.since())))
    }

    async fn get_checkpoint(
        &self,
        request: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::Checkpoint>, Status> {
        self.reader(&request)?;
        let checkpoint = self.app.checkpoint().await.map_err(rpc::status)?;
        Ok(Response::new(convert::checkpoint(&checkpoint, &self.app.keyring)))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<pb::GetInclusionProofRequest>,
    ) -> Result<Response<pb::InclusionProof>, Status> {
        let reach = self.reader(&request)?.reach;
        let asked = convert::get_inclusion_proof(request.get_ref()).map_err(rpc::status)?;
        let proof = self.app.prove_inclusion(reach, asked.0, asked.1).await.map_err(rpc::status)?;
        Ok(Response::new(convert::inclusion_proof(proof, &self.app.keyring)))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<pb::GetConsistencyProofRequest>,
    ) -> Result<Response<pb::ConsistencyProof>, Status> {
        self.reader(&request)?;
        let asked = convert::get_consistency_proof(request.get_ref()).map_err(rpc::status)?;
        let proof = self.app.prove_consistency(asked.0, asked.1).await.map_err(rpc::status)?;
        Ok(Response::new(convert::consistency_proof(proof, &self.app.keyring)))
    }

    async fn list_signing_keys(
        &self,
        request: Request<pb::ListSigningKeysRequest>,
    ) -> Result<Response<pb::ListSigningKeysResponse>, Status> {
        self.reader(&request)?;
        let keys = self.app.signing_keys().await.map_err(rpc::status)?;
        Ok(Response::new(pb::ListSigningKeysResponse { keys: convert::signing_keys(&keys) }))
    }

    type ExportLogStream = export::Pieces<pb::ExportLogResponse>;

    async fn export_log(
        &self,
        _request: Request<pb::ExportLogRequest>,
    ) -> Result<Response<Self::ExportLogStream>, Status> {
        // Signed now, so that the check elsewhere reaches to the end. A log that is not to be signed any
        // more is looked at all the more.
        if let Err(error) = self.app.checkpoint().await {
            tracing::warn!(error = %error, "the exported log is not signed to its end");
        }
        let keys = self.app.signing_keys().await.map_err(rpc::status)?;
        Ok(Response::new(self.log(convert::signing_keys(&keys))))
    }

    async fn erase_personal_data(
        &self,
        request: Request<pb::ErasePersonalDataRequest>,
    ) -> Result<Response<pb::ErasePersonalDataResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let request = request.get_ref();
        let actor = convert::erase(request).map_err(rpc::status)?;
        let once = Once::new(request, caller.key(), convert::erased);
        let erased = self.app.erase(&once, &actor, &caller.subject).await.map_err(rpc::status)?;
        respond(erased, convert::erased)
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
