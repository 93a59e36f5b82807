//! Which services are meant.

use std::path::PathBuf;

use rstest::rstest;

use super::{Setup, Which};
use crate::cli::ServiceName::{self, Audit, Catalog, LicenseKey, Lifecycle, Order};

fn deploy() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy"))
}

#[rstest]
#[case::nobody_is_all(&[], None, &[Catalog, Order, Lifecycle, LicenseKey, Audit])]
#[case::those_who_are_named(&[Audit, Order], None, &[Audit, Order])]
#[case::a_folder(&[], Some(deploy()), &[Catalog, Order, Lifecycle, LicenseKey, Audit])]
#[case::some_of_a_folder(&[Order], Some(deploy()), &[Order])]
#[case::a_file(&[Order], Some(deploy().join("order.toml")), &[Order])]
fn those_are_meant(
    #[case] services: &[ServiceName],
    #[case] config: Option<PathBuf>,
    #[case] expected: &[ServiceName],
) {
    let which = Which { services: services.to_vec(), config };
    let meant = which.files().unwrap();
    assert_eq!(meant.iter().map(|(service, _)| *service).collect::<Vec<_>>(), expected);
    for (service, file) in meant {
        let setup = Setup::read(service, file.as_deref()).unwrap();
        assert_eq!(setup.service, service);
        assert!(setup.database.url.ends_with(&format!("/{}.db", service.name())));
    }
}

#[rstest]
#[case::a_file_for_all(&[], deploy().join("order.toml"), "name the one service")]
#[case::a_file_for_two(&[Order, Audit], deploy().join("order.toml"), "name the one service")]
#[case::a_folder_of_something_else(&[], deploy().join("sample"), "no file such as order.toml")]
fn nobody_is_meant(#[case] services: &[ServiceName], #[case] config: PathBuf, #[case] why: &str) {
    let which = Which { services: services.to_vec(), config: Some(config) };
    let error = which.files().unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

/// What a service has of its own is told with what all have in common.
#[rstest]
#[case::catalog(Catalog, "WATCH__POLL", "-1s", "watch.poll is below 0s")]
#[case::order(Order, "PATIENCE__MARGIN", "-1s", "patience.margin is below 0s")]
#[case::lifecycle(Lifecycle, "TIMER_BATCH", "0", "timer_batch is below 1")]
#[case::license_key(
    LicenseKey,
    "DOWNLOADS__POLICY",
    "never",
    "downloads.policy is \"never\", which is none"
)]
#[case::audit(Audit, "ORIGIN", "", "origin must be one line of text")]
fn t_162_what_a_service_cannot_work_with_is_found(
    #[case] service: ServiceName,
    #[case] key: &str,
    #[case] value: &str,
    #[case] fault: &str,
) {
    let variable = (format!("{}__{key}", service.prefix()), value.to_owned());
    assert_eq!(Setup::of(service, None, vec![variable]).unwrap().faults, [fault]);
    assert!(Setup::with_defaults(service).unwrap().faults.is_empty());
}
