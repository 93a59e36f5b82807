//! `SoftwareService`: what software a customer has, and the one way to its keys.

use access::Caller;
use proto::licensekey as pb;
use proto::licensekey::software_service_server::SoftwareService;
use rpc::Pager;
use tonic::{Request, Response, Status};

use super::Service;
use crate::app::Ask;
use crate::convert;

#[tonic::async_trait]
impl SoftwareService for Service {
    async fn list_software(
        &self,
        request: Request<pb::ListSoftwareRequest>,
    ) -> Result<Response<pb::ListSoftwareResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let customer = convert::software_parent(message).map_err(rpc::status)?;
        let pager = Pager::new(&self.seal, "ListSoftware", &caller.key(), &[&message.parent]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let listed = self.app.list_software(caller, customer, (&pager, &page)).await;
        let (software, next_page_token) = listed.map_err(rpc::status)?;
        let software = software.iter().map(convert::software).collect();
        Ok(Response::new(pb::ListSoftwareResponse { software, next_page_token }))
    }

    async fn reveal_product_key(
        &self,
        request: Request<pb::RevealProductKeyRequest>,
    ) -> Result<Response<pb::RevealProductKeyResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let (customer, purchase, kind) = convert::reveal(request.get_ref()).map_err(rpc::status)?;
        let ask = Ask { customer, purchase, kind };
        // Not through `replay`: its table would keep the key in clear.
        let shown = self.app.reveal(caller.clone(), ask).await.map_err(rpc::status)?;
        Ok(Response::new(convert::revealed(&shown.key, shown.entry_index)))
    }
}
