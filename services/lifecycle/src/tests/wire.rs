//! What callers see: codes, reasons, pages and receipts.

mod explain;
mod exports;
mod feed;
mod lists;
mod present;
mod reasons;
mod refusals;
mod reseller;
pub(super) mod services;
mod support;
mod timers;
mod transfers;
mod usage;

use access::Caller;
use proto::lifecycle as pb;
use tonic::{Request, Status};
use tonic_types::StatusExt;

use super::given::ada;
use super::house::{House, name_of};
use crate::domain::Subscription;
use crate::service::{Pace, Service};

pub(super) fn service(house: &House) -> Service {
    let pace = Pace { stop: house.stop(), heartbeat: std::time::Duration::from_secs(15) };
    Service::new(house.app.clone(), pace)
}

/// `message` as a call of `caller`.
pub(super) fn by<T>(caller: &Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller.clone());
    request
}

/// `message` as a call of an Admin agent.
pub(super) fn call<T>(message: T) -> Request<T> {
    by(&ada(), message)
}

fn resizing(house: &House, sub: &Subscription, quantity: i64) -> pb::ChangeQuantityRequest {
    pb::ChangeQuantityRequest {
        name: name_of(sub),
        request_id: house.uuid().to_string(),
        quantity,
        ..pb::ChangeQuantityRequest::default()
    }
}

pub(super) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}

/// A value of the status that a program can read.
pub(super) fn metadata(status: &Status, name: &str) -> Option<String> {
    status.get_error_details().error_info().unwrap().metadata.get(name).cloned()
}

/// The fields that are malformed.
pub(super) fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    violations.iter().map(|one| one.field.clone()).collect()
}
