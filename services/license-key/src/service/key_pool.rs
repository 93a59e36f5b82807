//! `KeyPoolService`: the stock of keys.

use access::Caller;
use proto::licensekey as pb;
use proto::licensekey::key_pool_service_server::KeyPoolService;
use rpc::Pager;
use tonic::{Request, Response, Status, Streaming};

use super::Service;
use crate::app::ImportAsk;
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
        let header = convert::pool_header(header.as_ref()).map_err(rpc::status)?;
        let convert::Header { id, sku, kind, activation_limit } = header;
        let ask = ImportAsk { id, sku, kind, activation_limit };
        let mut import = self.app.import(&caller, ask).await.map_err(rpc::status)?;
        while let Some(message) = parts.message().await? {
            let chunk = convert::chunk(message).map_err(rpc::status)?;
            import.push(&chunk).await.map_err(rpc::status)?;
        }
        let done = import.finish().await.map_err(rpc::status)?;
        let pool = convert::key_pool(&done.pool, self.app.key_pool_low_water);
        Ok(Response::new(convert::imported(&done.import, done.resumed_lines, pool)))
    }

    async fn get_key_import(
        &self,
        request: Request<pb::GetKeyImportRequest>,
    ) -> Result<Response<pb::KeyImport>, Status> {
        let id = convert::import_name(request.get_ref()).map_err(rpc::status)?;
        let import = self.app.key_import(id).await.map_err(rpc::status)?;
        Ok(Response::new(convert::key_import(&import)))
    }

    async fn rotate_master_key(
        &self,
        request: Request<pb::RotateMasterKeyRequest>,
    ) -> Result<Response<pb::RotateMasterKeyResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        convert::rotation(request.get_ref()).map_err(rpc::status)?;
        let rotated = self.app.rotate_master_key(caller).await.map_err(rpc::status)?;
        let (master_key, rewrapped_count) = rotated;
        Ok(Response::new(pb::RotateMasterKeyResponse { master_key, rewrapped_count }))
    }

    async fn get_key_pool(
        &self,
        request: Request<pb::GetKeyPoolRequest>,
    ) -> Result<Response<pb::KeyPool>, Status> {
        let sku = convert::sku(request.get_ref()).map_err(rpc::status)?;
        let pool = self.app.pool(sku).await.map_err(rpc::status)?;
        Ok(Response::new(convert::key_pool(&pool, self.app.key_pool_low_water)))
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
        let low_water = self.app.key_pool_low_water;
        let key_pools = pools.iter().map(|pool| convert::key_pool(pool, low_water)).collect();
        Ok(Response::new(pb::ListKeyPoolsResponse { key_pools, next_page_token }))
    }
}
