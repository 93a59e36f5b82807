//! `PartnerService` and `CustomerService`.

use access::Caller;
use proto::order as pb;
use proto::order::customer_service_server::CustomerService;
use proto::order::partner_service_server::PartnerService;
use replay::Once;
use rpc::Pager;
use tonic::{Request, Response, Status};

use super::Service;
use crate::app::relationship_key;
use crate::convert;
use crate::error::Error;

#[tonic::async_trait]
impl PartnerService for Service {
    async fn create_partner(
        &self,
        request: Request<pb::CreatePartnerRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let draft = convert::create_partner(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::partner);
        let answer = self.app.create_partner(&once, caller, draft).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::partner)
    }

    async fn get_partner(
        &self,
        request: Request<pb::GetPartnerRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let id = convert::partner_name(request.get_ref()).map_err(rpc::status)?;
        let partner = self.app.get_partner(caller, id).await.map_err(Error::into_status)?;
        Ok(Response::new(convert::partner(&partner)))
    }

    async fn list_partners(
        &self,
        request: Request<pb::ListPartnersRequest>,
    ) -> Result<Response<pb::ListPartnersResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        convert::checked(request.get_ref()).map_err(rpc::status)?;
        let asked = request.get_ref();
        let pager = Pager::new(&self.seal, "ListPartners", &caller.key(), &[]);
        let page = pager.page(asked.page_size, &asked.page_token).map_err(rpc::status)?;
        let rows = self.app.list_partners(&page).await.map_err(Error::into_status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, |partner| partner.id.to_string());
        let partners = rows.iter().map(convert::partner).collect();
        Ok(Response::new(pb::ListPartnersResponse { partners, next_page_token }))
    }

    async fn update_partner(
        &self,
        request: Request<pb::UpdatePartnerRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let update = convert::update_partner(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::partner);
        let answer = self.app.update_partner(&once, caller, update).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::partner)
    }

    async fn validate_resellers(
        &self,
        request: Request<pb::ValidateResellersRequest>,
    ) -> Result<Response<pb::ValidateResellersResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let (resellers, place) =
            convert::validate_resellers(request.get_ref()).map_err(rpc::status)?;
        let judged = self.app.validate_resellers(caller, &resellers, place).await;
        Ok(Response::new(convert::validated(&judged.map_err(Error::into_status)?)))
    }
}

#[tonic::async_trait]
impl CustomerService for Service {
    async fn create_customer(
        &self,
        request: Request<pb::CreateCustomerRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let draft = convert::create_customer(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::customer);
        let answer = self.app.create_customer(&once, caller, draft).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::customer)
    }

    async fn get_customer(
        &self,
        request: Request<pb::GetCustomerRequest>,
    ) -> Result<Response<pb::Customer>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let id = convert::customer_name(request.get_ref()).map_err(rpc::status)?;
        let customer = self.app.get_customer(caller, id).await.map_err(Error::into_status)?;
        Ok(Response::new(convert::customer(&customer)))
    }

    async fn list_customers(
        &self,
        request: Request<pb::ListCustomersRequest>,
    ) -> Result<Response<pb::ListCustomersResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        convert::checked(request.get_ref()).map_err(rpc::status)?;
        let asked = request.get_ref();
        let pager = Pager::new(&self.seal, "ListCustomers", &caller.key(), &[]);
        let page = pager.page(asked.page_size, &asked.page_token).map_err(rpc::status)?;
        let rows = self.app.list_customers(caller, &page).await.map_err(Error::into_status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, |customer| customer.id.to_string());
        let customers = rows.iter().map(convert::customer).collect();
        Ok(Response::new(pb::ListCustomersResponse { customers, next_page_token }))
    }

    async fn find_customers(
        &self,
        request: Request<pb::FindCustomersRequest>,
    ) -> Result<Response<pb::FindCustomersResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let wanted = convert::find_customers(request.get_ref()).map_err(rpc::status)?;
        let asked = request.get_ref();
        let scope = [&*asked.display_name, &*asked.tenant_id, &*asked.domain];
        let pager = Pager::new(&self.seal, "FindCustomers", &caller.key(), &scope);
        let page = pager.page(asked.page_size, &asked.page_token).map_err(rpc::status)?;
        let rows = self.app.find_customers(caller, &wanted, &page).await;
        let rows = rows.map_err(Error::into_status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, |customer| customer.id.to_string());
        let customers = rows.iter().map(convert::customer).collect();
        Ok(Response::new(pb::FindCustomersResponse { customers, next_page_token }))
    }

    async fn request_relationship(
        &self,
        request: Request<pb::RequestRelationshipRequest>,
    ) -> Result<Response<pb::Relationship>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let command = convert::request_relationship(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::relationship);
        let answer = self.app.request_relationship(&once, caller, command).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::relationship)
    }

    async fn accept_relationship(
        &self,
        request: Request<pb::AcceptRelationshipRequest>,
    ) -> Result<Response<pb::Relationship>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let id = convert::relationship_name(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::relationship);
        let answer = self.app.accept_relationship(&once, caller, id).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::relationship)
    }

    async fn list_relationships(
        &self,
        request: Request<pb::ListRelationshipsRequest>,
    ) -> Result<Response<pb::ListRelationshipsResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let customer = convert::list_relationships(request.get_ref()).map_err(rpc::status)?;
        let asked = request.get_ref();
        let pager = Pager::new(&self.seal, "ListRelationships", &caller.key(), &[&asked.parent]);
        let page = pager.page(asked.page_size, &asked.page_token).map_err(rpc::status)?;
        let rows = self.app.list_relationships(caller, customer, &page).await;
        let rows = rows.map_err(Error::into_status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, relationship_key);
        let relationships = rows.iter().map(convert::relationship).collect();
        Ok(Response::new(pb::ListRelationshipsResponse { relationships, next_page_token }))
    }
}
