//! What callers see, at its edges.

use jiff::Timestamp;
use rstest::rstest;
use tonic::Code;
use tonic_types::StatusExt;
use vocab::{CustomerId, Money, OrderId};

use crate::filter::{Condition, Operator};
use crate::{Classify, Fields, Filter, Kind, Pager, Previews, Seal, name, status, wire};

#[derive(Debug, thiserror::Error)]
#[error("the window closed at {until}")]
struct Closed {
    kind: Kind,
    reason: &'static str,
    until: &'static str,
}

impl Classify for Closed {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn reason(&self) -> &'static str {
        self.reason
    }

    fn rule(&self) -> Option<&'static str> {
        Some("CAN-2")
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("allowed_until", self.until.to_owned())]
    }
}

#[rstest]
#[case(Kind::Rejected, "CANCELLATION_WINDOW_CLOSED", Code::FailedPrecondition)]
#[case(Kind::Rejected, "RENEWAL_PENDING_RETRY", Code::Aborted)]
#[case(Kind::Rejected, "SEAT_LIMIT", Code::ResourceExhausted)]
#[case(Kind::Rejected, "ROLE_REQUIRED", Code::PermissionDenied)]
#[case(Kind::Rejected, "CONTACT_INDIRECT_PROVIDER", Code::PermissionDenied)]
#[case(Kind::Rejected, "KMS_NOT_OFFERED", Code::InvalidArgument)]
#[case(Kind::NotFound, "NOT_FOUND", Code::NotFound)]
#[case(Kind::Conflict, "STALE_ETAG", Code::Aborted)]
fn a_refusal_has_the_code_of_its_reason(
    #[case] kind: Kind,
    #[case] reason: &'static str,
    #[case] code: Code,
) {
    let status = status(Closed { kind, reason, until: "2026-01-17T15:00:00Z" });
    let info = status.get_details_error_info().unwrap();
    assert_eq!(status.code(), code);
    assert_eq!((info.domain.as_str(), info.reason.as_str()), ("tenure.dev", reason));
    assert_eq!(info.metadata["rule"], "CAN-2");
    assert_eq!(info.metadata["allowed_until"], "2026-01-17T15:00:00Z");
    assert!(status.message().contains("2026-01-17T15:00:00Z"));
}

#[test]
fn an_internal_fault_shows_a_trace_id_and_nothing_else() {
    let status = status(Closed { kind: Kind::Internal, reason: "DATABASE", until: "secret" });
    assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.reason, "INTERNAL");
    assert_eq!(info.metadata.keys().collect::<Vec<_>>(), ["trace_id"]);
}

#[test]
fn all_malformed_fields_are_listed_in_one_answer() {
    let mut fields = Fields::of(&proto::lifecycle::CancelSubscriptionRequest::default());
    let name = fields.parse::<name::Subscription>("name", "");
    let day = fields.keep("day", wire::civil(&proto::Date { year: 2026, month: 2, day: 30 }));
    let violations = fields.finish(name.zip(day)).unwrap_err();
    let found: Vec<_> = violations.0.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(found, ["name", "request_id", "day"]);
    let bad = status(violations).get_details_bad_request().unwrap();
    assert_eq!(bad.field_violations.len(), 3);
}

#[test]
fn what_is_missing_whole_is_not_refused_in_parts() {
    let mut fields = Fields::of(&proto::order::CreateCustomerRequest::default());
    let market = fields.parse::<vocab::Market>("customer.market", "");
    let other = fields.parse::<vocab::Market>("customers.market", "");
    let violations = fields.finish(market.zip(other)).unwrap_err();
    let found: Vec<_> = violations.0.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(found, ["request_id", "customer", "customers.market"]);
}

#[rstest]
#[case("state = ACTIVE", &[("state", Operator::Equal, "ACTIVE")])]
#[case("a!=1 AND b <= \"x y\"", &[("a", Operator::NotEqual, "1"), ("b", Operator::LessOrEqual, "x y")])]
#[case("title:server", &[("title", Operator::Has, "server")])]
#[case("  ", &[])]
fn reads_a_filter(#[case] text: &str, #[case] conditions: &[(&str, Operator, &str)]) {
    let expected = conditions.iter().map(|(field, operator, value)| Condition {
        field: (*field).to_owned(),
        operator: *operator,
        value: (*value).to_owned(),
    });
    assert_eq!(text.parse(), Ok(Filter(expected.collect())));
}

#[rstest]
#[case("= 1", "is wrong at character 1: the name of a field is expected there")]
#[case("a ~ 1", "is wrong at character 3: one of = != < <= > >= : is expected there")]
#[case("a =", "is wrong at character 4: a value is expected there")]
#[case("a = \"é", "is wrong at character 7: a closing quote is expected there")]
#[case("a = 1 OR b = 2", "is wrong at character 7: AND is expected there")]
#[case("b = 1", "names b; this list can be filtered by a")]
fn refuses_a_filter(#[case] text: &str, #[case] because: &str) {
    assert_eq!(Filter::parse(text, &["a"]).unwrap_err().to_string(), because);
}

#[test]
fn a_page_token_belongs_to_one_request() {
    let seal = Seal::new(b"a secret");
    let pager = Pager::new(&seal, "ListOrders", "partner:1", &["customers/1"]);
    let first = pager.page(2, "").unwrap();
    let (rows, token) = pager.cut(&first, vec![1, 2, 3], ToString::to_string);
    assert_eq!(rows, [1, 2]);
    assert_eq!(pager.page(2, &token).unwrap().after.as_deref(), Some("2"));
    for (caller, customer) in [("partner:2", "customers/1"), ("partner:1", "customers/2")] {
        let other = Pager::new(&seal, "ListOrders", caller, &[customer]);
        assert!(other.page(2, &token).is_err());
    }
    assert!(pager.page(2, "nonsense").is_err());
    assert_eq!(pager.cut(&first, vec![1, 2], ToString::to_string).1, "");
    assert_eq!((pager.page(0, "").unwrap().size, pager.page(501, "").unwrap().size), (50, 500));
}

#[test]
fn a_preview_holds_the_same_figures_for_fifteen_minutes() {
    let previews = Previews::new(Seal::new(b"a secret"));
    let now: Timestamp = "2026-01-10T12:00:00Z".parse().unwrap();
    let last: Timestamp = "2026-01-10T12:15:00Z".parse().unwrap();
    let late: Timestamp = "2026-01-10T12:15:00.001Z".parse().unwrap();
    let token = previews.issue("Cancel", b"1190.10", now);
    assert!(previews.check(&token, "Cancel", b"1190.10", last).is_ok());
    assert!(previews.check(&token, "Cancel", b"1190.10", late).is_err());
    assert!(previews.check(&token, "Cancel", b"1190.11", now).is_err());
    assert!(previews.check(&token, "Suspend", b"1190.10", now).is_err());
    assert!(previews.check("", "Cancel", b"1190.10", now).is_err());
}

#[rstest]
#[case("1190.10", "EUR", 1190, 100_000_000)]
#[case("-0.05", "EUR", 0, -50_000_000)]
#[case("120", "JPY", 120, 0)]
#[case("1.005", "KWD", 1, 5_000_000)]
fn d_11_money_crosses_the_wire_exactly(
    #[case] text: &str,
    #[case] code: &str,
    #[case] units: i64,
    #[case] nanos: i32,
) {
    let money = Money::parse(text, code.parse().unwrap()).unwrap();
    let written = wire::money(money);
    assert_eq!((written.units, written.nanos), (units, nanos));
    assert_eq!(wire::amount(&written), Ok(money));
}

#[test]
fn d_43_refuses_a_fraction_finer_than_the_minor_unit() {
    let fine = proto::Money { currency_code: "JPY".into(), units: 1, nanos: 500_000_000 };
    assert!(wire::amount(&fine).is_err());
}

#[test]
fn tim_6_an_instant_is_cut_where_it_enters() {
    let fine = prost_types::Timestamp { seconds: 1_768_046_400, nanos: 1_999_999 };
    assert_eq!(wire::instant(&fine).unwrap().to_string(), "2026-01-10T12:00:00.001Z");
    assert!(wire::instant(&prost_types::Timestamp { seconds: 0, nanos: 0 }).is_err());
    assert!(wire::instant(&prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }).is_err());
}

#[test]
fn a_name_is_read_as_it_is_written() {
    let order =
        name::Order(CustomerId(uuid::Uuid::from_u128(1)), OrderId(uuid::Uuid::from_u128(2)));
    assert_eq!(order.to_string().parse(), Ok(order));
    for wrong in ["", "customers/1/orders/2", "customers//orders/", "partners/x", "offers/"] {
        assert!(wrong.parse::<name::Order>().is_err(), "{wrong}");
    }
    assert!("products/p/skus/s/x".parse::<name::Sku>().is_err());
    assert_eq!("products/p/skus/s".parse::<name::Sku>().unwrap().to_string(), "products/p/skus/s");
}
