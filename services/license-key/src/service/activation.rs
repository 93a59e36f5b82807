//! `ActivationService`: on which devices keys are in use.

use access::Caller;
use proto::licensekey as pb;
use proto::licensekey::activation_service_server::ActivationService;
use replay::Once;
use rpc::{Fields, Pager};
use tonic::{Request, Response, Status};

use super::Service;
use crate::app::{Activate, Device};
use crate::convert;

#[tonic::async_trait]
impl ActivationService for Service {
    async fn validate_key(
        &self,
        request: Request<pb::ValidateKeyRequest>,
    ) -> Result<Response<pb::ValidateKeyResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let sku = convert::validate_key(request.get_ref()).map_err(rpc::status)?;
        let key = self.app.read_key(&request.get_ref().product_key);
        let validation = self.app.validate_key(caller, key, sku).await.map_err(rpc::status)?;
        let checked = validation.checked.as_ref();
        Ok(Response::new(convert::validation(checked, validation.refused)))
    }

    async fn activate_key(
        &self,
        request: Request<pb::ActivateKeyRequest>,
    ) -> Result<Response<pb::Activation>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        convert::activate_key(message).map_err(rpc::status)?;
        let key = self.app.read_key(&message.product_key);
        let once = Once::new(&self.without_key(message), caller.key(), convert::activation);
        let command = Activate {
            key,
            device: Device(message.device.clone()),
            device_label: message.device_label.clone(),
        };
        let answer = self.app.activate(&once, caller, &command).await.map_err(rpc::status)?;
        replay::respond(answer, convert::activation)
    }

    async fn list_activations(
        &self,
        request: Request<pb::ListActivationsRequest>,
    ) -> Result<Response<pb::ListActivationsResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let message = request.get_ref();
        let of = convert::parent(Fields::of(message), &message.parent).map_err(rpc::status)?;
        let pager = Pager::new(&self.seal, "ListActivations", &caller.key(), &[&message.parent]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let listed = self.app.list_activations(caller, of, (&pager, &page)).await;
        let (activations, next_page_token, counted) = listed.map_err(rpc::status)?;
        Ok(Response::new(pb::ListActivationsResponse {
            activations: activations.iter().map(convert::activation).collect(),
            next_page_token,
            activation_count: counted.count,
            activation_limit: counted.limit,
        }))
    }

    async fn revoke_activation(
        &self,
        request: Request<pb::RevokeActivationRequest>,
    ) -> Result<Response<pb::Activation>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let name = convert::activation_name(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::activation);
        let answer = self.app.revoke_activation(&once, caller, name).await;
        replay::respond(answer.map_err(rpc::status)?, convert::activation)
    }
}

impl Service {
    /// Returns the request as it may be hashed and remembered: with what the key is found by, and
    /// without the key.
    fn without_key(&self, message: &pb::ActivateKeyRequest) -> pb::ActivateKeyRequest {
        let key = self.app.read_key(&message.product_key);
        let fingerprint = key.map(|key| self.app.fingerprint(&key)).unwrap_or_default();
        let product_key = format!("{fingerprint:02x?}");
        pb::ActivateKeyRequest { product_key, ..message.clone() }
    }
}
