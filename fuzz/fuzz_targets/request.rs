//! Requests on the wire: what can be decoded can be checked, printed, and decoded again.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use prost::Message;
use proto::Checked;
use proto::{audit, catalog, common, licensekey, lifecycle, order};

fn take<M: Message + Checked + Default + PartialEq + Debug>(data: &[u8]) {
    let Ok(message) = M::decode(data) else { return };
    let wrong = message.violations();
    assert!(wrong.iter().all(|one| !one.field.is_empty()));
    drop(format!("{message:?}"));
    let again = M::decode(message.encode_to_vec().as_slice()).unwrap();
    assert_eq!(again.encode_to_vec(), message.encode_to_vec());
}

fuzz_target!(|data: &[u8]| {
    take::<audit::AppendEntriesRequest>(data);
    take::<audit::ListActivityRequest>(data);
    take::<catalog::ImportCatalogRequest>(data);
    take::<catalog::ListOffersRequest>(data);
    take::<catalog::EstimateHybridBenefitRequest>(data);
    take::<common::RecordClockReadingsRequest>(data);
    take::<licensekey::ImportKeysRequest>(data);
    take::<licensekey::RecordPurchasesRequest>(data);
    take::<licensekey::CreateMigrationRequest>(data);
    take::<lifecycle::StartSubscriptionsRequest>(data);
    take::<lifecycle::ScheduleChangeRequest>(data);
    take::<lifecycle::RecordUsageRequest>(data);
    take::<lifecycle::ListChangesRequest>(data);
    take::<order::PlaceOrderRequest>(data);
    take::<order::ImportHistoryRequest>(data);
    take::<order::CreateCustomerRequest>(data);
    take::<order::CreateSupportRequestRequest>(data);
    take::<order::DecideSupportRequestRequest>(data);
});
