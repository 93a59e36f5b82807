//! Who reads the log, where the installation leaves a role out (D-4).

use std::sync::Arc;

use proto::audit::{self as pb, audit_service_server::AuditService};
use proto::common::Role;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::{
    House, PARTNER,
    wire::{a_query, by_role, everybody, service},
};
use crate::{
    domain::{READERS, Readers},
    service::Service,
};

async fn without_global_admin() -> (House, Service) {
    let mut house = House::with(Backend::Sqlite, 3).await;
    let readers = Readers::new(&READERS[1..].iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
    Arc::get_mut(&mut house.app).unwrap().readers = readers.unwrap();
    let service = service(&house);
    (house, service)
}

async fn everything(service: &Service, request: fn() -> Request<()>) -> Vec<Result<(), Status>> {
    fn with<T>(request: Request<()>, message: T) -> Request<T> {
        let (metadata, extensions, ()) = request.into_parts();
        Request::from_parts(metadata, extensions, message)
    }
    let a_csv =
        pb::ExportActivityRequest { from: a_query().from, to: a_query().to, ..Default::default() };
    let an_inclusion =
        pb::GetInclusionProofRequest { name: "entries/1".to_owned(), ..Default::default() };
    let a_consistency = pb::GetConsistencyProofRequest { first_size: 1, ..Default::default() };
    vec![
        service.list_activity(with(request(), a_query())).await.map(drop),
        service.export_activity(with(request(), a_csv)).await.map(drop),
        service.watch_entries(with(request(), pb::WatchEntriesRequest::default())).await.map(drop),
        service.get_checkpoint(with(request(), pb::GetCheckpointRequest {})).await.map(drop),
        service.get_inclusion_proof(with(request(), an_inclusion)).await.map(drop),
        service.get_consistency_proof(with(request(), a_consistency)).await.map(drop),
        service.list_signing_keys(with(request(), pb::ListSigningKeysRequest {})).await.map(drop),
    ]
}

#[rstest]
#[case::d_4_global_admin(|| by_role(PARTNER, Role::GlobalAdmin, ()), false)]
#[case::d_4_account_admin(|| by_role(PARTNER, Role::AccountAdmin, ()), true)]
#[case::d_4_an_operator(|| everybody(()), true)]
#[tokio::test]
async fn a_role_that_was_left_out_reads_nothing(
    #[case] request: fn() -> Request<()>,
    #[case] may: bool,
) {
    let (_house, service) = without_global_admin().await;
    for answer in everything(&service, request).await {
        if let Err(status) = &answer {
            assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
            let details = status.get_error_details();
            let info = details.error_info().unwrap();
            assert_eq!(
                (info.reason.as_str(), info.metadata["rule"].as_str()),
                ("ROLE_REQUIRED", "D-4")
            );
            assert_eq!(
                info.metadata["roles"],
                "ACCOUNT_ADMIN, MARKETING_CONTENT_ADMIN, REFERRAL_ADMIN"
            );
        }
        assert_eq!(answer.is_ok(), may);
    }
}
