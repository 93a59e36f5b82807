//! `SoftwareService`: what software a customer has, and the one way to its keys and downloads.

use access::Caller;
use proto::licensekey as pb;
use proto::licensekey::software_service_server::SoftwareService;
use replay::Once;
use rpc::{Fields, Pager};
use tonic::{Request, Response, Status};

use super::Service;
use crate::app::{Ask, LinkAsk};
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

    async fn get_download_options(
        &self,
        request: Request<pb::GetDownloadOptionsRequest>,
    ) -> Result<Response<pb::DownloadOptions>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let of = convert::parent(Fields::of(message), &message.parent).map_err(rpc::status)?;
        let found = self.app.download_options(caller, of).await.map_err(rpc::status)?;
        let (purchase, downloads) = found;
        let instructions = purchase.fulfilment.instructions_uri.as_deref();
        Ok(Response::new(convert::download_options(&downloads, instructions)))
    }

    async fn create_download_link(
        &self,
        request: Request<pb::CreateDownloadLinkRequest>,
    ) -> Result<Response<pb::CreateDownloadLinkResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let read = convert::create_download_link(message).map_err(rpc::status)?;
        let ((customer, purchase), wanted, request_id) = read;
        let validate_only = message.validate_only;
        let ask = LinkAsk { customer, purchase, wanted, request_id, validate_only };
        // Not through `replay`: its table would keep what opens the link in clear.
        let handed = self.app.create_download_link(caller.clone(), ask).await;
        let handed = handed.map_err(rpc::status)?;
        let base_url = &self.app.links.base_url;
        let uri = handed.token.map(|token| format!("{base_url}/downloads/{}", token.expose()));
        let uris = (uri.unwrap_or_default(), handed.instructions_uri);
        let answer = convert::handover(handed.link.as_ref(), uris, handed.entry_index);
        Ok(Response::new(answer))
    }

    async fn list_download_links(
        &self,
        request: Request<pb::ListDownloadLinksRequest>,
    ) -> Result<Response<pb::ListDownloadLinksResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let of = convert::parent(Fields::of(message), &message.parent).map_err(rpc::status)?;
        let pager = Pager::new(&self.seal, "ListDownloadLinks", &caller.key(), &[&message.parent]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let listed = self.app.list_download_links(caller, of, (&pager, &page)).await;
        let (links, next_page_token) = listed.map_err(rpc::status)?;
        let download_links = links.iter().map(convert::download_link).collect();
        Ok(Response::new(pb::ListDownloadLinksResponse { download_links, next_page_token }))
    }

    async fn revoke_download_link(
        &self,
        request: Request<pb::RevokeDownloadLinkRequest>,
    ) -> Result<Response<pb::DownloadLink>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let name = convert::download_link_name(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::download_link);
        let answer = self.app.revoke_download_link(&once, caller, name).await;
        replay::respond(answer.map_err(rpc::status)?, convert::download_link)
    }
}
