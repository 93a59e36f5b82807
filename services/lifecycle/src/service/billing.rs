//! `BillingService`.

use proto::lifecycle::billing_service_server::BillingService;
use tonic::{Request, Response, Status};

use super::export::Csv;
use super::{Service, caller, pb, receipt};
use crate::convert;

#[tonic::async_trait]
impl BillingService for Service {
    async fn list_charges(
        &self,
        request: Request<pb::ListChargesRequest>,
    ) -> Result<Response<pb::ListChargesResponse>, Status> {
        let (caller, message) = (caller(&request)?, request.get_ref());
        let list = convert::charges(message).map_err(rpc::status)?;
        let pager = self.pager("ListCharges", caller, &[&message.parent, &message.invoice]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let lines = self.app.list_charges(caller, list, &page).await.map_err(rpc::status)?;
        let (lines, next_page_token) = pager.cut(&page, lines, convert::charge_page_key);
        let charges = lines.iter().map(convert::line).collect();
        Ok(Response::new(pb::ListChargesResponse { charges, next_page_token }))
    }

    async fn get_invoice(
        &self,
        request: Request<pb::GetInvoiceRequest>,
    ) -> Result<Response<pb::Invoice>, Status> {
        let id = convert::invoice_id(request.get_ref()).map_err(rpc::status)?;
        let invoice = self.app.get_invoice(caller(&request)?, id).await.map_err(rpc::status)?;
        Ok(Response::new(convert::invoice(&invoice)))
    }

    async fn list_invoices(
        &self,
        request: Request<pb::ListInvoicesRequest>,
    ) -> Result<Response<pb::ListInvoicesResponse>, Status> {
        let (caller, message) = (caller(&request)?, request.get_ref());
        let partner = convert::invoices(message).map_err(rpc::status)?;
        let pager = self.pager("ListInvoices", caller, &[&message.partner]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let invoices = self.app.list_invoices(caller, partner, &page).await;
        let (invoices, next_page_token) =
            pager.cut(&page, invoices.map_err(rpc::status)?, convert::invoice_page_key);
        let invoices = invoices.iter().map(convert::invoice).collect();
        Ok(Response::new(pb::ListInvoicesResponse { invoices, next_page_token }))
    }

    async fn record_usage(
        &self,
        request: Request<pb::RecordUsageRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let read = convert::usage(request.get_ref());
        receipt!(self.record_usage(request, read => |target, usage|))
    }

    type ExportReconciliationStream = Csv;

    async fn export_reconciliation(
        &self,
        request: Request<pb::ExportReconciliationRequest>,
    ) -> Result<Response<Csv>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.reconciliation_csv(caller, request.get_ref()).await?))
    }
}
