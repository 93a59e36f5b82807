//! `MigrationService`: from volume licensing to a purchase here.

use access::Caller;
use proto::licensekey as pb;
use proto::licensekey::migration_service_server::MigrationService;
use replay::Once;
use rpc::{Fields, PageError, Pager};
use tonic::{Request, Response, Status};

use super::Service;
use crate::app::CreateMigration;
use crate::convert;

/// What cursors are sealed for.
const CURSOR: &str = "PollMigrationChanges";

#[tonic::async_trait]
impl MigrationService for Service {
    async fn create_migration(
        &self,
        request: Request<pb::CreateMigrationRequest>,
    ) -> Result<Response<pb::Migration>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let (customer, purchase, groups) =
            convert::create_migration(message).map_err(rpc::status)?;
        let command = CreateMigration { customer, purchase, title: message.title.clone(), groups };
        let once = Once::new(message, caller.key(), convert::migration);
        let answer = self.app.create_migration(&once, caller, command).await;
        replay::respond(answer.map_err(rpc::status)?, convert::migration)
    }

    async fn get_migration(
        &self,
        request: Request<pb::GetMigrationRequest>,
    ) -> Result<Response<pb::Migration>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let name = convert::migration_name(Fields::of(message), &message.name);
        let name = name.map_err(rpc::status)?;
        let found = self.app.migration(caller, name).await.map_err(rpc::status)?;
        Ok(Response::new(convert::migration(&found)))
    }

    async fn list_migrations(
        &self,
        request: Request<pb::ListMigrationsRequest>,
    ) -> Result<Response<pb::ListMigrationsResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let customer = convert::migrations_parent(Fields::of(message), &message.parent);
        let customer = customer.map_err(rpc::status)?;
        let pager = Pager::new(&self.seal, "ListMigrations", &caller.key(), &[&message.parent]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let listed = self.app.list_migrations(caller, customer, (&pager, &page)).await;
        let (rows, next_page_token) = listed.map_err(rpc::status)?;
        let migrations = rows.iter().map(convert::migration).collect();
        Ok(Response::new(pb::ListMigrationsResponse { migrations, next_page_token }))
    }

    async fn record_deployment(
        &self,
        request: Request<pb::RecordDeploymentRequest>,
    ) -> Result<Response<pb::Migration>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let name = convert::migration_name(Fields::of(message), &message.name);
        let name = name.map_err(rpc::status)?;
        let once = Once::new(message, caller.key(), convert::migration);
        let deployed = (message.device_group.as_str(), message.deployed_count);
        let answer = self.app.record_deployment(&once, caller, name, deployed).await;
        replay::respond(answer.map_err(rpc::status)?, convert::migration)
    }

    async fn poll_migration_changes(
        &self,
        request: Request<pb::PollMigrationChangesRequest>,
    ) -> Result<Response<pb::PollMigrationChangesResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let customer = convert::migrations_parent(Fields::of(message), &message.parent);
        let customer = customer.map_err(rpc::status)?;
        let purpose = format!("{CURSOR}\0{}\0{}", caller.key(), message.parent);
        let from = self.place(&purpose, &message.resume_cursor).map_err(rpc::status)?;
        let found = self.app.migration_changes(caller, customer, (from, message.page_size)).await;
        let found = found.map_err(rpc::status)?;
        let place = found.last().map_or(from, |last| last.place);
        let changes =
            found.iter().map(|it| convert::migration_change(it.migration, it.id, &it.change));
        Ok(Response::new(pb::PollMigrationChangesResponse {
            changes: changes.collect(),
            resume_cursor: self.seal.close(&purpose, place.to_string().as_bytes()),
        }))
    }
}

impl Service {
    /// Reads a cursor; the beginning when there is none.
    fn place(&self, purpose: &str, cursor: &str) -> Result<i64, PageError> {
        if cursor.is_empty() {
            return Ok(0);
        }
        let body = self.seal.open(purpose, cursor).ok_or(PageError)?;
        let text = String::from_utf8(body).map_err(|_| PageError)?;
        text.parse().map_err(|_| PageError)
    }
}
