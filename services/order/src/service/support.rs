//! `SupportService`.

use access::Caller;
use proto::order as pb;
use proto::order::support_service_server::SupportService;
use replay::Once;
use rpc::{Fields, Pager};
use tonic::{Request, Response, Status};

use super::Service;
use crate::convert;
use crate::error::Error;

#[tonic::async_trait]
impl SupportService for Service {
    async fn create_support_request(
        &self,
        request: Request<pb::CreateSupportRequestRequest>,
    ) -> Result<Response<pb::SupportRequest>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let bytes_max = self.app.attachment_bytes_max();
        let command = convert::create_support_request(request.get_ref(), bytes_max);
        let command = command.map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::support_request);
        let answer = self.app.create_support_request(&once, caller, command).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::support_request)
    }

    async fn get_support_request(
        &self,
        request: Request<pb::GetSupportRequestRequest>,
    ) -> Result<Response<pb::SupportRequest>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let asked = request.get_ref();
        let name = convert::support_request_name(Fields::of(asked), &asked.name);
        let name = name.map_err(rpc::status)?;
        let found = self.app.get_support_request(caller, name).await.map_err(Error::into_status)?;
        Ok(Response::new(convert::whole_support_request(&found)))
    }

    async fn list_support_requests(
        &self,
        request: Request<pb::ListSupportRequestsRequest>,
    ) -> Result<Response<pb::ListSupportRequestsResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let asked = request.get_ref();
        let listing = convert::list_support_requests(asked).map_err(rpc::status)?;
        let fields = [asked.parent.as_str(), asked.filter.as_str()];
        let pager = Pager::new(&self.seal, "ListSupportRequests", &caller.key(), &fields);
        let page = pager.page(asked.page_size, &asked.page_token).map_err(rpc::status)?;
        let rows = self.app.list_support_requests(caller, listing, &page).await;
        let rows = rows.map_err(Error::into_status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, |request| request.id.to_string());
        let support_requests = rows.iter().map(convert::support_request).collect();
        Ok(Response::new(pb::ListSupportRequestsResponse { support_requests, next_page_token }))
    }

    async fn add_note(
        &self,
        request: Request<pb::AddNoteRequest>,
    ) -> Result<Response<pb::SupportRequest>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let asked = request.get_ref();
        let name = convert::support_request_name(Fields::of(asked), &asked.name);
        let (name, text) = (name.map_err(rpc::status)?, asked.text.clone());
        let once = Once::new(asked, caller.key(), convert::support_request);
        let answer = self.app.add_note(&once, caller, name, text).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::support_request)
    }

    async fn close_support_request(
        &self,
        request: Request<pb::CloseSupportRequestRequest>,
    ) -> Result<Response<pb::SupportRequest>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let asked = request.get_ref();
        let name = convert::support_request_name(Fields::of(asked), &asked.name);
        let (name, reason) = (name.map_err(rpc::status)?, asked.reason.clone());
        let once = Once::new(asked, caller.key(), convert::support_request);
        let answer = self.app.close_support_request(&once, caller, name, reason).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::support_request)
    }

    async fn decide_support_request(
        &self,
        request: Request<pb::DecideSupportRequestRequest>,
    ) -> Result<Response<pb::SupportRequest>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let read = convert::decide_support_request(request.get_ref());
        let (name, decision) = read.map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::support_request);
        let answer = self.app.decide_support_request(&once, caller, name, decision).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::support_request)
    }
}
