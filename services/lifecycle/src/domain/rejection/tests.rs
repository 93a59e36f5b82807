//! What refusals say.

use rstest::rstest;
use uuid::Uuid;
use vocab::SubscriptionId;

use super::*;
use crate::domain::tests::{date, eur, instant};
use crate::domain::{Limit, NoSuchEnd, NoUsage};

#[expect(clippy::too_many_lines, reason = "a list, one entry for each refusal")]
fn every_refusal() -> Vec<Rejection> {
    let since = instant("2026-01-10T15:00:00.5Z");
    let ends_on = date("2027-01-09");
    let offer = || OfferId("suite-P1Y".into());
    let action = Action::ChangeQuantity;
    vec![
        Rejection::NotActive { action, status: Status::Suspended, since },
        Rejection::NotSuspended { status: Status::Deleted, since },
        Rejection::TrialLocked { action, ends_on },
        Rejection::Perpetual { action },
        Rejection::WindowClosed { closed_at: since, ends_on: Some(ends_on) },
        Rejection::NoWindow { policy: "ISV72".into(), ends_on: Some(ends_on) },
        Rejection::NeverCancellable { policy: "NEVER".into(), ends_on: None },
        Rejection::UseSupportRequest { policy: "SUPPORT".into() },
        Rejection::AcknowledgementRequired { allowed_until: since },
        Rejection::RenewalPending { action, began_at: since },
        Rejection::RenewalInProgress { action: Action::Suspend, began_at: since },
        Rejection::AutoRenewOff { ends_on },
        Rejection::AutoRenewNotOffered { ordered_at: since },
        Rejection::UseCancel,
        Rejection::QuantityInvalid { quantity: -7 },
        Rejection::TrialSeats { quantity: 26, seats: 25 },
        Rejection::MinSeats { quantity: 3, minimum: 5 },
        Rejection::SeatLimit { quantity: 301, limit: 300 },
        Rejection::NotReducible {
            wanted: 6,
            reducible: 5,
            allowed_until: Some(since),
            closed_at: None,
            ends_on,
        },
        Rejection::NoReduction { ends_on },
        Rejection::UpdateLimit { limit: 1200 },
        Rejection::OfferWithdrawn { offer: offer(), at: since },
        Rejection::PathNotSupported { from: offer(), to: OfferId("other".into()) },
        Rejection::BillingNotOffered {
            length: Some(TermLength::OneMonth),
            billing: BillingCycle::Annual,
        },
        Rejection::PlanNotSold { length: TermLength::OneYear, billing: BillingCycle::Monthly },
        Rejection::CycleChargeInProgress { began_at: since },
        Rejection::ScheduleInstead { ends_on },
        Rejection::TooLittleLeft { months: 12, needed: 13, ends_on },
        NoSuchEnd::NotOffered { kind: ProductKind::LicenseLegacy, is_trial: false }.into(),
        NoSuchEnd::NoSubscription { with: SubscriptionId(Uuid::from_u128(7)) }.into(),
        NoSuchEnd::Monthly { length: TermLength::OneYear, end: ends_on }.into(),
        NoSuchEnd::OtherEnd { end: ends_on, its: date("2027-02-28") }.into(),
        NoSuchEnd::NotMonthEnd { end: ends_on, month_end: date("2027-01-31") }.into(),
        NoSuchEnd::OutOfTerm {
            end: ends_on,
            earliest: date("2026-01-01"),
            latest: date("2026-12-31"),
        }
        .into(),
        Rejection::TransferPending { action, transfer: TransferId(Uuid::from_u128(7)) },
        Rejection::NotTransferable { kind: ProductKind::SoftwarePerpetual },
        Rejection::TransferClosed {
            transfer: TransferId(Uuid::from_u128(7)),
            state: TransferState::Declined,
            since,
        },
        NoUsage::NotMetered { kind: ProductKind::IsvSaasLicense }.into(),
        NoUsage::OtherCurrency { given: eur("25.00"), expected: "USD".parse().unwrap() }.into(),
        NoUsage::Future { to: ends_on, today: date("2027-01-08") }.into(),
        NoUsage::Outside {
            from: ends_on,
            to: date("2027-01-10"),
            since: date("2026-01-10"),
            over_at: Some(since),
        }
        .into(),
        NoUsage::HalfFree { from: ends_on, to: date("2027-01-11"), last: date("2027-01-10") }
            .into(),
        Rejection::CreditNotPossible { credit: eur("1200.01"), charged: eur("1200.00") },
        Rejection::AmountTooLarge { quantity: 9, price: eur("1.00") },
    ]
}

/// Every number, instant and date that a person reads, a program finds in the metadata.
#[test]
fn can_3_every_value_of_the_message_is_in_the_metadata() {
    for refusal in every_refusal() {
        let message = refusal.to_string();
        let values = refusal.metadata();
        let named = message
            .split([' ', ',', ';', '(', ')'])
            .filter(|word| word.bytes().any(|byte| byte.is_ascii_digit()));
        for word in named.filter(|word| !message.contains("become 0") && *word != "1") {
            assert!(values.iter().any(|(_, value)| value.contains(word)), "{word} of: {message}");
        }
    }
}

#[test]
fn can_3_a_message_is_one_lower_case_clause_with_a_way_out() {
    for refusal in every_refusal() {
        let message = refusal.to_string();
        assert!(!message.ends_with('.'), "{message}");
        assert!(message.contains(';') || message.contains("can once"), "{message}");
        assert!(!message.contains(refusal.rule()), "{message}");
    }
}

#[rstest]
#[case::lck_4_is_to_be_repeated(
    Rejection::RenewalPending { action: Action::Cancel, began_at: instant("2027-01-10T00:00:00Z") },
    Some(120))]
#[case::trp_27_read_only_is_not(
    Rejection::RenewalInProgress { action: Action::Suspend, began_at: instant("2027-01-10T00:00:00Z") },
    None)]
fn retry(#[case] refusal: Rejection, #[case] seconds: Option<i64>) {
    assert_eq!(refusal.retry_after().map(|after| after.as_secs()), seconds);
}

/// Whoever is refused learns which support request may help (CAN-9).
#[rstest]
#[case::can_9_the_window_closed(
    Rejection::WindowClosed { closed_at: instant("2027-01-10T00:00:00Z"), ends_on: None },
    Some("PURCHASE_REFUND"))]
#[case::can_9_no_window_in_this_term(
    Rejection::NoWindow { policy: "ISV72".into(), ends_on: None }, Some("PURCHASE_REFUND"))]
#[case::d_26_no_self_service(
    Rejection::UseSupportRequest { policy: "SUPPORT".into() }, Some("PURCHASE_REFUND"))]
#[case::sup_3_all_updates(Rejection::UpdateLimit { limit: 1200 }, Some("UPDATE_LIMIT"))]
#[case::sup_3_all_subscriptions(
    Rejection::Limit(Limit::Tenant { limit: 300 }), Some("LICENSE_CONSOLIDATION"))]
#[case::cat_17_never(Rejection::NeverCancellable { policy: "NEVER".into(), ends_on: None }, None)]
#[case::sea_9_another_way(Rejection::UseCancel, None)]
fn a_support_request(#[case] refusal: Rejection, #[case] expected: Option<&str>) {
    let values = refusal.metadata();
    let value =
        |wanted| values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str());
    assert_eq!(value("support_issue_type"), expected);
    let method = expected.map(|_| "tenure.order.v1.SupportService/CreateSupportRequest");
    assert_eq!(value("support_method"), method);
    let is_told = refusal.to_string().contains("SupportService/CreateSupportRequest");
    assert_eq!(is_told, expected.is_some(), "{refusal}");
}
