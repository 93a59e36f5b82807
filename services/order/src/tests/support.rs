//! Requests for support: who files and reads them, what is wrong with them, and how they are closed.

mod decide;
mod file;
mod list;

use access::Claims;
use proto::order as pb;
use proto::order::support_service_server::SupportService;
use tonic::{Response, Status};

use super::house::{House, Shop, call, line};

/// What the shop files about a subscription that runs.
pub async fn about_a_subscription(house: &House, shop: &Shop) -> pb::CreateSupportRequestRequest {
    let order = house.fulfilled(shop, vec![line("server", 1)]).await;
    filing(house, shop, &order.lines[0].subscription)
}

fn filing(house: &House, shop: &Shop, purchase: &str) -> pb::CreateSupportRequestRequest {
    pb::CreateSupportRequestRequest {
        parent: shop.customer.clone(),
        request_id: house.id(),
        support_request: Some(pb::SupportRequest {
            issue_type: pb::SupportIssueType::PurchaseRefund.into(),
            impact: pb::SupportImpact::Moderate.into(),
            title: "Bought twice".to_owned(),
            description: Some(pb::SupportDescription {
                customer: shop.customer.clone(),
                purchase: purchase.to_owned(),
                refund_reason: "the second order was a mistake".to_owned(),
                requested_amount: Some(euros(120)),
            }),
            contact: Some(pb::SupportContact {
                display_name: "Ada".to_owned(),
                email: "ada@seller.example".to_owned(),
                phone: "+49 (30) 12-34".to_owned(),
            }),
            ..Default::default()
        }),
        validate_only: false,
    }
}

/// The request for support within a filing.
fn said(message: &mut pb::CreateSupportRequestRequest) -> &mut pb::SupportRequest {
    message.support_request.as_mut().unwrap()
}

fn described(message: &mut pb::CreateSupportRequestRequest) -> &mut pb::SupportDescription {
    said(message).description.as_mut().unwrap()
}

fn euros(units: i64) -> proto::Money {
    proto::Money { currency_code: "EUR".to_owned(), units, nanos: 0 }
}

fn a_file(bytes: usize) -> pb::SupportAttachment {
    pb::SupportAttachment {
        file_name: "Rechnung Nr. 1.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        content: (0..=255).cycle().take(bytes).collect(),
        size_bytes: 0,
    }
}

impl House {
    async fn file(
        &self,
        claims: &Claims,
        message: pb::CreateSupportRequestRequest,
    ) -> Result<pb::SupportRequest, Status> {
        let request = call(claims, "SupportService/CreateSupportRequest", message)?;
        self.service.create_support_request(request).await.map(Response::into_inner)
    }

    async fn support_request(
        &self,
        claims: &Claims,
        name: &str,
    ) -> Result<pb::SupportRequest, Status> {
        let message = pb::GetSupportRequestRequest { name: name.to_owned() };
        let request = call(claims, "SupportService/GetSupportRequest", message)?;
        self.service.get_support_request(request).await.map(Response::into_inner)
    }

    async fn support_requests(
        &self,
        claims: &Claims,
        message: pb::ListSupportRequestsRequest,
    ) -> Result<pb::ListSupportRequestsResponse, Status> {
        let request = call(claims, "SupportService/ListSupportRequests", message)?;
        self.service.list_support_requests(request).await.map(Response::into_inner)
    }

    async fn note(
        &self,
        claims: &Claims,
        message: pb::AddNoteRequest,
    ) -> Result<pb::SupportRequest, Status> {
        let request = call(claims, "SupportService/AddNote", message)?;
        self.service.add_note(request).await.map(Response::into_inner)
    }

    async fn withdraw(
        &self,
        claims: &Claims,
        message: pb::CloseSupportRequestRequest,
    ) -> Result<pb::SupportRequest, Status> {
        let request = call(claims, "SupportService/CloseSupportRequest", message)?;
        self.service.close_support_request(request).await.map(Response::into_inner)
    }

    async fn decide(
        &self,
        claims: &Claims,
        message: pb::DecideSupportRequestRequest,
    ) -> Result<pb::SupportRequest, Status> {
        let request = call(claims, "SupportService/DecideSupportRequest", message)?;
        self.service.decide_support_request(request).await.map(Response::into_inner)
    }
}
