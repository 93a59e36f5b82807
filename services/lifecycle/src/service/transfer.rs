//! `TransferService`.

use proto::lifecycle::transfer_service_server::TransferService;
use tonic::{Request, Response, Status};

use super::{Service, caller, once, pb};
use crate::convert;

#[tonic::async_trait]
impl TransferService for Service {
    async fn create_transfer(
        &self,
        request: Request<pb::CreateTransferRequest>,
    ) -> Result<Response<pb::Transfer>, Status> {
        let wanted = convert::create_transfer(request.get_ref()).map_err(rpc::status)?;
        let once = once(&request, convert::transfer)?;
        let answer = self.app.create_transfer(&once, caller(&request)?, wanted).await;
        replay::respond(answer.map_err(rpc::status)?, convert::transfer)
    }

    async fn get_transfer(
        &self,
        request: Request<pb::GetTransferRequest>,
    ) -> Result<Response<pb::Transfer>, Status> {
        let message = request.get_ref();
        let id = convert::transfer_id(message, &message.name).map_err(rpc::status)?;
        let seen = self.app.get_transfer(caller(&request)?, id).await.map_err(rpc::status)?;
        Ok(Response::new(convert::transfer(&seen)))
    }

    async fn list_transfers(
        &self,
        request: Request<pb::ListTransfersRequest>,
    ) -> Result<Response<pb::ListTransfersResponse>, Status> {
        let (caller, message) = (caller(&request)?, request.get_ref());
        let state = convert::list_transfers(message).map_err(rpc::status)?;
        let pager = self.pager("ListTransfers", caller, &[message.state().as_str_name()]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let found = self.app.list_transfers(caller, state, &page).await.map_err(rpc::status)?;
        let (found, next_page_token) = pager.cut(&page, found, |seen| seen.transfer.id.to_string());
        let transfers = found.iter().map(convert::transfer).collect();
        Ok(Response::new(pb::ListTransfersResponse { transfers, next_page_token }))
    }

    async fn submit_transfer(
        &self,
        request: Request<pb::SubmitTransferRequest>,
    ) -> Result<Response<pb::TransferReceipt>, Status> {
        let (id, given) = convert::submit_transfer(request.get_ref()).map_err(rpc::status)?;
        let once = once(&request, convert::transfer_receipt)?;
        let answer = self.app.submit_transfer(&once, caller(&request)?, id, given).await;
        replay::respond(answer.map_err(rpc::status)?, convert::transfer_receipt)
    }

    async fn decline_transfer(
        &self,
        request: Request<pb::DeclineTransferRequest>,
    ) -> Result<Response<pb::Transfer>, Status> {
        let message = request.get_ref();
        let id = convert::transfer_id(message, &message.name).map_err(rpc::status)?;
        let once = once(&request, convert::transfer)?;
        let answer = self.app.decline_transfer(&once, caller(&request)?, id).await;
        replay::respond(answer.map_err(rpc::status)?, convert::transfer)
    }

    async fn cancel_transfer(
        &self,
        request: Request<pb::CancelTransferRequest>,
    ) -> Result<Response<pb::Transfer>, Status> {
        let message = request.get_ref();
        let id = convert::transfer_id(message, &message.name).map_err(rpc::status)?;
        let once = once(&request, convert::transfer)?;
        let answer = self.app.cancel_transfer(&once, caller(&request)?, id).await;
        replay::respond(answer.map_err(rpc::status)?, convert::transfer)
    }
}
