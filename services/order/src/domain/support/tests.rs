//! Requests for support at their edges.

use jiff::Timestamp;
use rstest::rstest;
use testkit::noon;
use uuid::Uuid;
use vocab::{OrderId, SubscriptionId};

use super::*;
use crate::domain::tests::{CUSTOMER, PARTNER, a_customer, money, words};

const SUBSCRIPTION: SubscriptionId = SubscriptionId(Uuid::from_u128(0x5b));
const OTHER: SubscriptionId = SubscriptionId(Uuid::from_u128(0x5c));

fn a_request() -> SupportRequest {
    SupportRequest {
        id: SupportRequestId(Uuid::from_u128(1)),
        customer: CUSTOMER,
        partner: PARTNER,
        author: "ada".to_owned(),
        facts: SupportFacts {
            issue_type: IssueType::PurchaseRefund,
            impact: Impact::Minimal,
            title: "Bought twice".to_owned(),
            named_customer: format!("customers/{CUSTOMER}"),
            purchase: SupportedPurchase::Subscription(SUBSCRIPTION),
            refund_reason: "a mistake".to_owned(),
            requested: money("1.00", "EUR"),
            contact: Contact {
                display_name: "Ada".to_owned(),
                email: "ada@seller.example".to_owned(),
                phone: "+49 30 1234".to_owned(),
            },
        },
        attachments: Vec::new(),
        notes: Vec::new(),
        created_at: noon(),
        pending: None,
        closing: None,
        version: 1,
    }
}

fn a_note(text: &str) -> Note {
    Note { author: "ada".to_owned(), noted_at: noon(), text: text.to_owned() }
}

fn a_decision(cancels: bool, credit: Option<&str>) -> Decision {
    let credit = credit.map(|credit| money(credit, "EUR"));
    Decision { explanation: "as asked".to_owned(), subscription: None, cancels, credit }
}

fn no<T: std::fmt::Debug>(answer: Result<T, Rejection>) -> (&'static str, &'static str) {
    words(&answer.unwrap_err())
}

#[rstest]
#[case::trp_61_the_last_millisecond("2027-01-09T23:59:59.999Z", Ok(()))]
#[case::trp_61_the_next_day("2027-01-10T00:00:00Z", Err(("SUPPORT_DEADLINE_PASSED", "DUP-1")))]
#[case::dup_1_three_months_before("2026-10-09T00:00:00Z", Ok(()))]
fn redundant_licences(
    #[case] now: Timestamp,
    #[case] expected: Result<(), (&'static str, &'static str)>,
) {
    let ends_on = Some("2027-01-09".parse().unwrap());
    let answer = PurchaseStanding { partner: PARTNER, ends_on, now }.check_redundancy();
    assert_eq!(answer.map_err(|no| words(&no)), expected);
}

#[test]
fn dup_1_the_refusal_says_until_when_and_what_to_do() {
    let ends_on = Some("2027-01-09".parse().unwrap());
    let now = "2027-01-10T00:00:00Z".parse().unwrap();
    let refused = PurchaseStanding { partner: PARTNER, ends_on, now }.check_redundancy();
    let refused = refused.unwrap_err();
    let until = "2027-01-09T23:59:59.999Z";
    assert!(refused.to_string().contains(until), "{refused}");
    assert!(refused.to_string().contains("PURCHASE_REFUND"), "{refused}");
    assert!(refused.metadata().contains(&("allowed_until", until.to_owned())));
}

#[test]
fn dup_1_what_was_bought_once_has_no_term_to_report_it_in() {
    let standing = PurchaseStanding { partner: PARTNER, ends_on: None, now: noon() };
    assert_eq!(no(standing.check_redundancy()), ("PERPETUAL_PURCHASE", "DUP-1"));
}

#[rstest]
#[case::sup_2_its_name(&format!("customers/{CUSTOMER}"), true)]
#[case::sup_2_its_tenant("00000000-0000-0000-0000-00000000007e", true)]
#[case::sup_2_its_domain("Contoso.example", true)]
#[case::sup_2_its_name_for_people("Contoso", false)]
#[case::sup_2_another("fabrikam.example", false)]
#[case::sup_2_its_bare_id(&CUSTOMER.to_string(), false)]
fn a_customer_is_meant(#[case] text: &str, #[case] expected: bool) {
    assert_eq!(a_customer().is_meant_by(text), expected);
}

#[test]
fn sup_1_the_issue_type_has_its_title() {
    let title = IssueType::PurchaseRefund.title();
    assert_eq!(title, "CSP purchase/refund on behalf of customers");
}

#[test]
fn sup_3_every_use_has_an_issue_type() {
    let titles: std::collections::BTreeSet<_> =
        IssueType::ALL.iter().map(|issue| issue.title()).collect();
    assert_eq!(titles.len(), 5);
}

#[test]
fn sup_2_a_hundred_notes_and_not_one_more() {
    let mut request = a_request();
    for number in 1..=100_i64 {
        request = request.noted(a_note("more")).unwrap();
        assert_eq!(request.version, 1 + number);
    }
    assert_eq!(no(request.noted(a_note("too much"))), ("SUPPORT_NOTE_LIMIT", "SUP-2"));
}

#[rstest]
#[case::sup_4_a_cancellation(true, None, SupportOutcome::Granted)]
#[case::sup_4_a_credit(false, Some("1.00"), SupportOutcome::Granted)]
#[case::sup_4_both(true, Some("1.00"), SupportOutcome::Granted)]
#[case::sup_4_neither(false, None, SupportOutcome::Declined)]
fn a_decision_closes(
    #[case] cancels: bool,
    #[case] credit: Option<&str>,
    #[case] outcome: SupportOutcome,
) {
    let request = a_request();
    let decision = a_decision(cancels, credit);
    let pending = request.decision_to_carry_out(decision, "op").unwrap();
    let is_about = (outcome == SupportOutcome::Granted).then_some(SUBSCRIPTION);
    assert_eq!(pending.decision.subscription, is_about);
    let closed = request.decided(pending, String::new(), noon()).unwrap();
    let closing = closed.closing.clone().unwrap();
    assert_eq!((closing.outcome, closing.reason.as_str()), (outcome, "as asked"));
    assert_eq!((closed.state(), closed.version), (SupportState::Closed, 2));

    let closed_no = ("SUPPORT_REQUEST_CLOSED", "SUP-4");
    assert_eq!(no(closed.noted(a_note("late"))), closed_no);
    assert_eq!(no(closed.withdrawn(String::new(), String::new(), noon())), closed_no);
    assert_eq!(no(closed.decision_to_carry_out(a_decision(true, None), "op")), closed_no);
}

/// Whoever repeats a decision finishes the one that was begun; nobody can begin another.
#[test]
fn sup_4_one_decision_at_most_is_carried_out() {
    let begun = a_request().decision_to_carry_out(a_decision(true, None), "op").unwrap();
    let request = SupportRequest { pending: Some(begun.clone()), ..a_request() };
    let same = Decision { explanation: "in other words".to_owned(), ..a_decision(true, None) };
    assert_eq!(request.decision_to_carry_out(same, "another").unwrap(), begun);

    let pending = ("SUPPORT_DECISION_PENDING", "SUP-4");
    let others = [
        a_decision(true, Some("1.00")),
        a_decision(false, None),
        Decision { subscription: Some(OTHER), ..a_decision(true, None) },
    ];
    for other in others {
        assert_eq!(no(request.decision_to_carry_out(other, "op")), pending);
    }
    assert_eq!(no(request.withdrawn(String::new(), String::new(), noon())), pending);
    request.noted(a_note("goes on")).unwrap();
}

#[test]
fn sup_4_of_an_order_the_operator_names_the_subscription() {
    let mut request = a_request();
    request.facts.purchase = SupportedPurchase::Order(OrderId(Uuid::from_u128(7)));
    let open = request.decision_to_carry_out(a_decision(true, None), "op").unwrap();
    assert_eq!(open.decision.subscription, None);
    let named = Decision { subscription: Some(OTHER), ..a_decision(true, None) };
    let named = request.decision_to_carry_out(named, "op").unwrap();
    assert_eq!(named.decision.subscription, Some(OTHER));
}

#[test]
fn sup_2_what_is_in_a_file_is_not_for_logs() {
    let file = Attachment {
        file_name: "invoice.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        size_bytes: 6,
        content: b"secret".to_vec(),
    };
    let shown = format!("{file:?}");
    assert!(shown.contains("invoice.pdf") && !shown.contains("115"), "{shown}");
}
