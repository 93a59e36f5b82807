//! The door: reads a request, calls one verb, renders the answer.

pub(crate) mod import;
pub(crate) mod watch;

use std::sync::Arc;

use access::Caller;
use futures::{Stream, StreamExt as _};
use price_list::wire::offer_at;
use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService;
use proto::common::Role;
use rpc::{Pager, Seal};
use tokio::sync::watch as signal;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use worker::Pace;

use self::import::Piece;
use crate::app::{App, Progress};
use crate::convert;
use crate::error::Error;

/// The service of the contract.
#[derive(Debug)]
pub struct Service {
    pub(crate) app: Arc<App>,
    pub(crate) seal: Seal,
    pub(crate) stop: CancellationToken,
    pub(crate) pace: Pace,
    pub(crate) reception: import::Reception,
}

impl Service {
    /// Imports what is received, and tells `progress` how far that is.
    pub(crate) fn import<S>(
        &self,
        caller: Caller,
        pieces: S,
        progress: signal::Sender<Progress>,
    ) -> impl Future<Output = Result<Response<pb::ImportCatalogResponse>, Status>> + use<S>
    where
        S: Stream<Item = Result<Piece, Status>> + Unpin,
    {
        import::import(Arc::clone(&self.app), self.reception.clone(), caller, pieces, progress)
    }
}

#[tonic::async_trait]
impl CatalogService for Service {
    async fn list_products(
        &self,
        request: Request<pb::ListProductsRequest>,
    ) -> Result<Response<pb::ListProductsResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let (viewer, caller) = (convert::viewer(caller), caller.key());
        let request = request.get_ref();
        let query = convert::list_products(request, viewer).map_err(rpc::status)?;
        let pager = Pager::new(&self.seal, "ListProducts", &caller, &[&request.filter]);
        let page = pager.page(request.page_size, &request.page_token).map_err(rpc::status)?;
        let rows = self.app.list_products(&query, &page).await.map_err(rpc::status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, |product| product.id.0.clone());
        let products = rows.iter().map(convert::product).map(convert::shown).collect();
        Ok(Response::new(pb::ListProductsResponse { products, next_page_token }))
    }

    async fn get_product(
        &self,
        request: Request<pb::GetProductRequest>,
    ) -> Result<Response<pb::Product>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let (viewer, is_whole) = (convert::viewer(caller), caller.has(Role::Service));
        let product = convert::get_product(request.get_ref()).map_err(rpc::status)?;
        let product = self.app.get_product(viewer, &product).await.map_err(rpc::status)?;
        let product = convert::product(&product);
        Ok(Response::new(if is_whole { product } else { convert::shown(product) }))
    }

    async fn list_offers(
        &self,
        request: Request<pb::ListOffersRequest>,
    ) -> Result<Response<pb::ListOffersResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let (viewer, caller) = (convert::viewer(caller), caller.key());
        let request = request.get_ref();
        let (query, at) = convert::list_offers(request, viewer).map_err(rpc::status)?;
        let instant = at.map_or_else(String::new, |at| at.to_string());
        let pager = Pager::new(&self.seal, "ListOffers", &caller, &[&request.filter, &instant]);
        let page = pager.page(request.page_size, &request.page_token).map_err(rpc::status)?;
        let rows = self.app.list_offers(&query, at, &page).await.map_err(rpc::status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, |row| row.offer.id.0.clone());
        let offers = rows.iter().map(offer_at).collect();
        Ok(Response::new(pb::ListOffersResponse { offers, next_page_token }))
    }

    async fn get_offer(
        &self,
        request: Request<pb::GetOfferRequest>,
    ) -> Result<Response<pb::Offer>, Status> {
        let viewer = convert::viewer(Caller::of(&request).map_err(rpc::status)?);
        let (offer, at) = convert::get_offer(request.get_ref()).map_err(rpc::status)?;
        let version = self.app.offer_seen_by(viewer, &offer, at).await.map_err(rpc::status)?;
        Ok(Response::new(offer_at(&version)))
    }

    async fn check_availability(
        &self,
        request: Request<pb::CheckAvailabilityRequest>,
    ) -> Result<Response<pb::CheckAvailabilityResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let asked = convert::check_availability(request.get_ref(), caller).map_err(rpc::status)?;
        let found = self.app.check_availability(&asked).await.map_err(Error::into_status)?;
        Ok(Response::new(convert::availability(&asked, &found)))
    }

    async fn list_suites(
        &self,
        request: Request<pb::ListSuitesRequest>,
    ) -> Result<Response<pb::ListSuitesResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?.key();
        let request = request.get_ref();
        let query = convert::list_suites(request).map_err(rpc::status)?;
        let pager = Pager::new(&self.seal, "ListSuites", &caller, &[&request.filter]);
        let page = pager.page(request.page_size, &request.page_token).map_err(rpc::status)?;
        let rows = self.app.list_suites(&query, &page);
        let (rows, next_page_token) = pager.cut(&page, rows, convert::suite_key);
        let suites = rows.iter().map(convert::suite).collect();
        Ok(Response::new(pb::ListSuitesResponse { suites, next_page_token }))
    }

    async fn list_upgrade_paths(
        &self,
        request: Request<pb::ListUpgradePathsRequest>,
    ) -> Result<Response<pb::ListUpgradePathsResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let (viewer, caller) = (convert::viewer(caller), caller.key());
        let request = request.get_ref();
        let query = convert::list_upgrade_paths(request, viewer).map_err(rpc::status)?;
        let instant = query.at.map_or_else(String::new, |at| at.to_string());
        let fields = [&request.sku, &request.market, &request.currency, &instant];
        let fields = fields.map(String::as_str);
        let pager = Pager::new(&self.seal, "ListUpgradePaths", &caller, &fields);
        let page = pager.page(request.page_size, &request.page_token).map_err(rpc::status)?;
        let rows = self.app.list_upgrade_paths(&query, &page).await.map_err(rpc::status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, |row| row.conversion.to.sku.0.clone());
        let paths = rows.iter().map(convert::upgrade_path).collect();
        Ok(Response::new(pb::ListUpgradePathsResponse { paths, next_page_token }))
    }

    async fn list_promotions(
        &self,
        request: Request<pb::ListPromotionsRequest>,
    ) -> Result<Response<pb::ListPromotionsResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let (viewer, caller) = (convert::viewer(caller), caller.key());
        let request = request.get_ref();
        let query = convert::list_promotions(request).map_err(rpc::status)?;
        let instant = query.at.map_or_else(String::new, |at| at.to_string());
        let segment = request.segment.to_string();
        let fields = [&request.offer, &segment, &request.filter, &instant];
        let fields = fields.map(String::as_str);
        let pager = Pager::new(&self.seal, "ListPromotions", &caller, &fields);
        let page = pager.page(request.page_size, &request.page_token).map_err(rpc::status)?;
        let rows = self.app.list_promotions(viewer, &query, &page).await.map_err(rpc::status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, |row| row.promotion.id.0.clone());
        let promotions = rows.iter().map(convert::promotion_choice).collect();
        Ok(Response::new(pb::ListPromotionsResponse { promotions, next_page_token }))
    }

    async fn estimate_hybrid_benefit(
        &self,
        request: Request<pb::EstimateHybridBenefitRequest>,
    ) -> Result<Response<pb::EstimateHybridBenefitResponse>, Status> {
        let viewer = convert::viewer(Caller::of(&request).map_err(rpc::status)?);
        let licence = convert::estimate_hybrid_benefit(request.get_ref()).map_err(rpc::status)?;
        let outcome =
            self.app.estimate_hybrid_benefit(viewer, &licence).await.map_err(rpc::status)?;
        Ok(Response::new(convert::hybrid_benefit(outcome)))
    }

    async fn list_blocked_markets(
        &self,
        request: Request<pb::ListBlockedMarketsRequest>,
    ) -> Result<Response<pb::ListBlockedMarketsResponse>, Status> {
        let at = convert::list_blocked_markets(request.get_ref()).map_err(rpc::status)?;
        let statement = self.app.blocked_markets(at).await.map_err(rpc::status)?;
        Ok(Response::new(convert::blocked_markets(statement.as_ref())))
    }

    async fn import_catalog(
        &self,
        request: Request<Streaming<pb::ImportCatalogRequest>>,
    ) -> Result<Response<pb::ImportCatalogResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?.clone();
        let pieces = request.into_inner().map(|part| part.map(Piece::from));
        self.import(caller, pieces, signal::Sender::new(Progress::default())).await
    }

    type ImportCatalogWithProgressStream = import::News;

    async fn import_catalog_with_progress(
        &self,
        request: Request<Streaming<pb::ImportCatalogWithProgressRequest>>,
    ) -> Result<Response<Self::ImportCatalogWithProgressStream>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?.clone();
        let pieces = request.into_inner().map(|part| part.map(Piece::from));
        let (sender, receiver) = signal::channel(Progress::default());
        let importing = Box::pin(self.import(caller, pieces, sender));
        Ok(Response::new(import::news(importing, receiver)))
    }

    async fn list_catalog_revisions(
        &self,
        request: Request<pb::ListCatalogRevisionsRequest>,
    ) -> Result<Response<pb::ListCatalogRevisionsResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?.key();
        let request = request.get_ref();
        rpc::Fields::of(request).finish(Some(())).map_err(rpc::status)?;
        let pager = Pager::new(&self.seal, "ListCatalogRevisions", &caller, &[]);
        let page = pager.page(request.page_size, &request.page_token).map_err(rpc::status)?;
        let rows = self.app.list_revisions(&page).await.map_err(rpc::status)?;
        let (rows, next_page_token) = pager.cut(&page, rows, |row| row.number.to_string());
        let revisions = rows.iter().map(convert::revision).collect();
        Ok(Response::new(pb::ListCatalogRevisionsResponse { revisions, next_page_token }))
    }

    type WatchCatalogStream = watch::Feed;

    async fn watch_catalog(
        &self,
        request: Request<pb::WatchCatalogRequest>,
    ) -> Result<Response<Self::WatchCatalogStream>, Status> {
        let position = convert::watch(request.get_ref()).map_err(rpc::status)?;
        Ok(Response::new(self.feed(position)))
    }
}
