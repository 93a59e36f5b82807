//! `KeyPoolService`: the stock of keys.

use access::Caller;
use proto::licensekey as pb;
use proto::licensekey::key_pool_service_server::KeyPoolService;
use rpc::Pager;
use tonic::{Request, Response, Status, Streaming};

use super::Service;
use crate::app::ImportOutcome;
use crate::convert;

#[tonic::async_trait]
impl KeyPoolService for Service {
    async fn import_keys(
        &self,
        request: Request<Streaming<pb::ImportKeysRequest>>,
    ) -> Result<Response<pb::ImportKeysResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?.clone();
        let mut parts = request.into_inner();
        let header = parts.message().await?;
        let (sku, kind) = convert::pool_header(header.as_ref()).map_err(rpc::status)?;
        let mut import = self.app.import(&caller, sku, kind).map_err(rpc::status)?;
        while let Some(message) = parts.message().await? {
            let chunk = convert::chunk(message).map_err(rpc::status)?;
            import.push(&chunk).await.map_err(rpc::status)?;
        }
        Ok(Response::new(imported(import.finish().await.map_err(rpc::status)?)))
    }

    async fn get_key_pool(
        &self,
        request: Request<pb::GetKeyPoolRequest>,
    ) -> Result<Response<pb::KeyPool>, Status> {
        let sku = convert::sku(request.get_ref()).map_err(rpc::status)?;
        let pool = self.app.pool(sku).await.map_err(rpc::status)?;
        Ok(Response::new(convert::key_pool(&pool)))
    }

    async fn list_key_pools(
        &self,
        request: Request<pb::ListKeyPoolsRequest>,
    ) -> Result<Response<pb::ListKeyPoolsResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        convert::checked(message).map_err(rpc::status)?;
        let pager = Pager::new(&self.seal, "ListKeyPools", &caller.key(), &[]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let listed = self.app.list_pools(&pager, &page).await;
        let (pools, next_page_token) = listed.map_err(rpc::status)?;
        let key_pools = pools.iter().map(convert::key_pool).collect();
        Ok(Response::new(pb::ListKeyPoolsResponse { key_pools, next_page_token }))
    }
}

fn imported(outcome: ImportOutcome) -> pb::ImportKeysResponse {
    let ImportOutcome { imported_count, duplicate_count, malformed_lines, malformed_count, pool } =
        outcome;
    convert::imported((imported_count, duplicate_count), (malformed_lines, malformed_count), &pool)
}
