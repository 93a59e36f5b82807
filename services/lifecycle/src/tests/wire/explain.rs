//! Asking before acting: what is told is what the calls then do, of a random life, over the wire.

use access::Caller;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proto::common::Role;
use proto::lifecycle as pb;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rstest::rstest;
use testkit::Backend;
use tokio::runtime::Runtime;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use vocab::Offer;

use super::{by, call, metadata, reason, service};
use crate::domain::{ScheduledSet, Subscription};
use crate::tests::given::{
    PARTNER, RIVAL, ada, billed_monthly, instant, month_to_month, perpetual, server, somebody_of,
    yearly,
};
use crate::tests::house::{House, name_of};

fn asking(sub: &Subscription) -> pb::ExplainActionsRequest {
    pb::ExplainActionsRequest { name: name_of(sub), ..pb::ExplainActionsRequest::default() }
}

async fn explained(
    house: &House,
    caller: &Caller,
    sub: &Subscription,
) -> pb::ExplainActionsResponse {
    let asked = by(caller, asking(sub));
    service(house).explain_actions(asked).await.unwrap().into_inner()
}

/// How a call is made: for real or not, and held to what.
#[derive(Clone, Default)]
struct How {
    validate_only: bool,
    etag: String,
    preview_token: String,
}

/// Calls what was explained, with the parameters that were explained.
async fn do_it(
    house: &House,
    caller: &Caller,
    sub: &Subscription,
    told: &pb::ActionExplanation,
    how: How,
) -> Result<pb::Receipt, Status> {
    let (name, request_id) = (name_of(sub), house.uuid().to_string());
    // Another one each time, and the same for a preview and its call.
    let label = house.load(sub.id).await.etag();
    let How { validate_only, etag, preview_token } = how;
    macro_rules! ask {
        ($method:ident, $request:ident { $($field:ident: $value:expr),* }) => {
            service(house).$method(by(caller, pb::$request {
                name, request_id, validate_only, etag, preview_token, $($field: $value,)*
            })).await
        };
    }
    let answer = match told.action() {
        pb::Action::Unspecified
        | pb::Action::ChangeAddOns
        | pb::Action::Transfer
        | pb::Action::Transition => {
            panic!("{told:?}")
        }
        pb::Action::Rename => {
            ask!(update_subscription, UpdateSubscriptionRequest { friendly_name: label })
        }
        pb::Action::AssignReseller => {
            ask!(assign_reseller, AssignResellerRequest { reseller: String::new() })
        }
        pb::Action::IncreaseQuantity | pb::Action::DecreaseQuantity => {
            ask!(
                change_quantity,
                ChangeQuantityRequest { quantity: told.quantity, add_ons: vec![] }
            )
        }
        pb::Action::Cancel => {
            ask!(cancel_subscription, CancelSubscriptionRequest { acknowledged: true })
        }
        pb::Action::Suspend => ask!(suspend_subscription, SuspendSubscriptionRequest {}),
        pb::Action::Resume => ask!(resume_subscription, ResumeSubscriptionRequest {}),
        pb::Action::AutoRenewOn => {
            ask!(set_auto_renew, SetAutoRenewRequest { auto_renew: Some(true) })
        }
        pb::Action::AutoRenewOff => {
            ask!(set_auto_renew, SetAutoRenewRequest { auto_renew: Some(false) })
        }
        pb::Action::ScheduleChange => ask!(
            schedule_change,
            ScheduleChangeRequest { scheduled_change: told.scheduled_change.clone() }
        ),
        pb::Action::RemoveScheduledChange => {
            ask!(remove_scheduled_change, RemoveScheduledChangeRequest {})
        }
        pb::Action::ChangeBillingCycle => {
            ask!(
                change_billing_cycle,
                ChangeBillingCycleRequest { billing_cycle: told.billing_cycle }
            )
        }
    };
    answer.map(tonic::Response::into_inner)
}

/// What a status and a reason of an explanation have in common.
fn told_reason(status: &Status) -> (String, String, String) {
    let rule = metadata(status, "rule").unwrap_or_default();
    (reason(status), rule, status.message().to_owned())
}

/// A change without what differs from call to call.
fn shape(change: Option<&pb::Change>) -> Option<pb::Change> {
    let mut change = change?.clone();
    change.name = String::new();
    for charge in &mut change.charges {
        (charge.name, charge.invoice) = (String::new(), String::new());
    }
    Some(change)
}

/// The call does what was told, or is refused with what was told first.
fn check(told: &pb::ActionExplanation, done: &Result<pb::Receipt, Status>) {
    assert_eq!(told.allowed, done.is_ok(), "{told:?}: {done:?}");
    match done {
        Ok(receipt) => {
            assert_eq!(shape(told.change.as_ref()), shape(receipt.change.as_ref()));
            assert_eq!(told.already, receipt.change.is_none(), "{told:?}");
        }
        Err(status) => {
            let first = &told.reasons[0];
            let first = (first.reason.clone(), first.rule.clone(), first.message.clone());
            assert_eq!(first, told_reason(status));
            let retry = status.get_error_details().retry_info().and_then(|it| it.retry_delay);
            let retry = retry.map(|delay| i64::try_from(delay.as_secs()).unwrap());
            if told.reasons.len() == 1 {
                assert_eq!(told.retry_after.map(|it| it.seconds), retry);
            }
        }
    }
}

/// Every action that needs no other partner: explained, previewed, and nothing changed. Returns what was
/// told.
async fn check_all(house: &House, sub: &Subscription) -> Vec<pb::ActionExplanation> {
    let before = house.everything().await;
    let mut told = explained(house, &ada(), sub).await;
    // What each target would come to is told by ListTransitions.
    told.actions.retain(|one| one.action() != pb::Action::Transition);
    // What has no add-ons is shown elsewhere to have some.
    told.actions.retain(|one| one.action() != pb::Action::ChangeAddOns);
    // Another partner has to ask first.
    told.actions.retain(|one| one.action() != pb::Action::Transfer);
    for one in &told.actions {
        let how = How { validate_only: true, etag: told.etag.clone(), ..How::default() };
        check(one, &do_it(house, &ada(), sub, one, how).await);
    }
    assert_eq!(house.everything().await, before);
    told.actions
}

/// Lives through some acts with the worker up or down, asks, and does one thing that is allowed,
/// held to its preview.
async fn live(backend: Backend, offer: Offer, acts: Vec<(i64, bool, prop::sample::Index)>) {
    let house = House::on(backend).await;
    let sub = house.buy(&offer, 10).await;
    for (hours, is_awake, pick) in acts {
        let passed = SignedDuration::from_hours(hours);
        if is_awake {
            house.sleep(passed).await;
        } else {
            house.clock.advance(passed);
        }
        let allowed: Vec<_> = check_all(&house, &sub).await;
        let allowed: Vec<_> = allowed.into_iter().filter(|told| told.allowed).collect();
        let Some(told) = allowed.get(pick.index(allowed.len().max(1))) else { continue };
        let preview = How { validate_only: true, ..How::default() };
        let shown = do_it(&house, &ada(), &sub, told, preview).await.unwrap();
        let real = How { preview_token: shown.preview_token, ..How::default() };
        check(told, &do_it(&house, &ada(), &sub, told, real).await);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn sea_5_what_is_explained_is_what_the_calls_do(
        offer in prop::sample::select(
            vec![yearly(), billed_monthly(), month_to_month(), server(), perpetual()]
        ),
        acts in prop::collection::vec(
            (0_i64..1_200, any::<bool>(), any::<prop::sample::Index>()), 1..6
        ),
        backend in prop::sample::select(vec![Backend::Sqlite, Backend::Postgres]),
    ) {
        Runtime::new().unwrap().block_on(live(backend, offer, acts));
    }
}

/// The renewal is due since three days and no worker comes: every call is refused, with the hint or
/// without, and nothing is changed; once it is renewed, all of it goes through.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_7_three_days_late_nobody_slips_through(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&billed_monthly(), 10).await;
    house.sleep_until(instant("2027-01-09T12:00:00Z")).await;
    let set = explained(&house, &ada(), &sub).await.actions;
    let set = set.into_iter().find(|one| one.action() == pb::Action::ScheduleChange).unwrap();
    do_it(&house, &ada(), &sub, &set, How::default()).await.unwrap();
    house.clock.set(instant("2027-01-13T09:30:00Z"));

    let stored = house.load(sub.id).await;
    for told in check_all(&house, &sub).await {
        let done = do_it(&house, &ada(), &sub, &told, How::default()).await;
        let retried = (Some(Code::Aborted), vec!["RENEWAL_PENDING_RETRY"], Some(120));
        let read_only = (Some(Code::FailedPrecondition), vec!["RENEWAL_IN_PROGRESS"], None);
        let expected = match told.action() {
            pb::Action::Unspecified
            | pb::Action::ChangeAddOns
            | pb::Action::Transfer
            | pb::Action::Transition => {
                panic!("{told:?}")
            }
            pb::Action::Rename
            | pb::Action::IncreaseQuantity
            | pb::Action::DecreaseQuantity
            | pb::Action::Cancel => retried,
            pb::Action::Suspend | pb::Action::AutoRenewOff | pb::Action::RemoveScheduledChange => {
                read_only
            }
            pb::Action::ChangeBillingCycle => {
                let reasons = vec!["RENEWAL_IN_PROGRESS", "SCHEDULE_INSTEAD"];
                (Some(Code::FailedPrecondition), reasons, None)
            }
            // What is saved is what is asked for, auto-renew is on, and there is no reseller.
            pb::Action::ScheduleChange | pb::Action::AutoRenewOn | pb::Action::AssignReseller => {
                (None, vec![], None)
            }
            pb::Action::Resume => {
                let reasons = vec!["NOT_SUSPENDED", "RENEWAL_IN_PROGRESS"];
                (Some(Code::FailedPrecondition), reasons, None)
            }
        };
        let reasons: Vec<_> = told.reasons.iter().map(|one| one.reason.as_str()).collect();
        let retry = told.retry_after.map(|it| it.seconds);
        assert_eq!((done.err().map(|no| no.code()), reasons, retry), expected, "{told:?}");
    }
    assert_eq!(house.load(sub.id).await, stored);

    // A call that was refused lets go of its row a moment later: the worker comes until it is done.
    house.sleep_until(house.now()).await;
    for told in check_all(&house, &sub).await {
        // A year that is billed by the month has no thirteen months left.
        let refused = [pb::Action::Resume, pb::Action::ChangeBillingCycle];
        assert_eq!(told.allowed, !refused.contains(&told.action()), "{told:?}");
    }
}

/// A verb would first do what is due, and so does the explanation (D-33).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_33_what_is_over_by_now_is_told_as_over(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&month_to_month(), 10).await;
    house.set_auto_renew(&ada(), &sub, false).await.unwrap();
    house.clock.set(instant("2026-02-10T00:00:00Z"));
    let told = explained(&house, &ada(), &sub).await;
    let (now, etag) = (told.now.unwrap(), told.etag);
    assert_eq!((now.seconds, etag), (house.now().as_second(), house.load(sub.id).await.etag()));
    // A label can be changed, and there is no reseller.
    let labels = [pb::Action::Rename, pb::Action::AssignReseller];
    for one in told.actions.iter().filter(|one| !labels.contains(&one.action())) {
        let first = &one.reasons[0].reason;
        let expected =
            if one.action() == pb::Action::Resume { "NOT_SUSPENDED" } else { "NOT_ACTIVE" };
        assert_eq!((first.as_str(), one.reasons.len()), (expected, 1), "{one:?}");
    }
}

/// Whoever lacks a role is told so first, with the roles that would do, and what else stands in the
/// way after it.
#[rstest]
#[case::can_7_cancelling_software_takes_an_admin_agent(
    server(), Role::SalesAgent, pb::Action::Cancel, Some(("CAN-7", "ADMIN_AGENT"))
)]
#[case::can_7_an_admin_agent_may(server(), Role::AdminAgent, pb::Action::Cancel, None)]
#[case::can_7_other_kinds_need_no_more(yearly(), Role::SalesAgent, pb::Action::Cancel, None)]
#[case::par_12_readers_change_nothing(
    yearly(),
    Role::AccountAdmin,
    pb::Action::Suspend,
    Some(("PAR-12", "ADMIN_AGENT, BILLING_ADMIN, HELPDESK_AGENT, SALES_AGENT"))
)]
#[tokio::test(flavor = "multi_thread")]
async fn roles(
    #[case] offer: Offer,
    #[case] role: Role,
    #[case] action: pb::Action,
    #[case] lacks: Option<(&str, &str)>,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&offer, 10).await;
    let caller = somebody_of(PARTNER, role);
    let told = explained(&house, &caller, &sub).await.actions;
    let told = told.into_iter().find(|one| one.action() == action).unwrap();
    assert_eq!((told.allowed, told.change.is_some()), (lacks.is_none(), lacks.is_none()));
    let first = told.reasons.first().map(|one| (one.rule.as_str(), one.metadata["roles"].as_str()));
    assert_eq!(first.map(|(rule, _)| rule), lacks.map(|(rule, _)| rule));
    let sorted = |roles: &str| {
        let mut roles: Vec<_> = roles.split(", ").map(str::to_owned).collect();
        roles.sort();
        roles
    };
    assert_eq!(first.map(|(_, roles)| sorted(roles)), lacks.map(|(_, roles)| sorted(roles)));
    // Until when it can be done is told all the same.
    assert!(told.allowed_until.is_some());
    // At the door a role of the method is asked for before; here only the product's.
    if role == Role::SalesAgent {
        let how = How { validate_only: true, ..How::default() };
        check(&told, &do_it(&house, &caller, &sub, &told, how).await);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_what_is_foreign_is_explained_to_nobody(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let rival = somebody_of(RIVAL, Role::AdminAgent);
    let status = service(&house).explain_actions(by(&rival, asking(&sub))).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sea_4_a_malformed_question_is_told_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let asked = pb::ExplainActionsRequest {
        name: "subscriptions/x".to_owned(),
        quantity: Some(10_000_001),
        scheduled_change: Some(pb::ScheduledChange::default()),
        add_ons: vec![],
    };
    let status = service(&house).explain_actions(call(asked)).await.unwrap_err();
    assert_eq!(super::fields(&status), ["name", "quantity", "scheduled_change"]);
}

/// A preview holds the call to everything that it showed: what is scheduled and the label, too.
#[rstest]
#[case::ord_12_another_quantity(Some(5), None, "PREVIEW_STALE")]
#[case::ord_12_the_same(Some(4), None, "")]
#[case::ord_12_another_state(Some(4), Some("2026-01-10T12:01:00Z"), "PREVIEW_STALE")]
#[case::ord_12_its_last_instant(Some(4), Some("2026-01-10T12:15:00Z"), "")]
#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_held_to_its_preview(
    #[case] quantity: Option<i64>,
    #[case] at: Option<&str>,
    #[case] expected: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let wanted = |quantity| pb::ActionExplanation {
        action: pb::Action::ScheduleChange.into(),
        scheduled_change: Some(pb::ScheduledChange { quantity, ..Default::default() }),
        ..pb::ActionExplanation::default()
    };
    let preview = How { validate_only: true, ..How::default() };
    let shown = do_it(&house, &ada(), &sub, &wanted(4), preview).await.unwrap();
    if let Some(at) = at {
        house.clock.set(at.parse::<Timestamp>().unwrap());
        if expected == "PREVIEW_STALE" {
            house.set_auto_renew(&ada(), &sub, false).await.unwrap();
            house.set_auto_renew(&ada(), &sub, true).await.unwrap();
        }
    }
    let real = How { preview_token: shown.preview_token, ..How::default() };
    let done = do_it(&house, &ada(), &sub, &wanted(quantity.unwrap_or(4)), real).await;
    assert_eq!(done.as_ref().err().map(reason).unwrap_or_default(), expected);
    let saved = house.load(sub.id).await.scheduled;
    let set = ScheduledSet { quantity: Some(4), ..ScheduledSet::default() };
    assert_eq!(saved, expected.is_empty().then_some(set));
}

/// Every mutation of a subscription takes a preview's token, and does nothing under a wrong one.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ord_12_every_mutation_is_held_to_its_preview(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    for is_suspended in [false, true] {
        if is_suspended {
            house.suspend(&ada(), &sub).await.unwrap();
        }
        let stored = house.load(sub.id).await;
        let told = explained(&house, &ada(), &sub).await.actions.into_iter();
        // A transition's preview is of one target (upg_9_a_preview_holds_both_sides).
        let told = told.filter(|told| told.action() != pb::Action::Transition);
        // A transfer needs another partner (`transfers`).
        let told = told.filter(|told| told.action() != pb::Action::Transfer);
        let allowed: Vec<_> = told.filter(|told| told.allowed).collect();
        assert!(!allowed.is_empty());
        for told in allowed {
            let how = How { preview_token: "of something else".to_owned(), ..How::default() };
            let status = do_it(&house, &ada(), &sub, &told, how).await.unwrap_err();
            let refused = (status.code(), reason(&status));
            assert_eq!(refused, (Code::Aborted, "PREVIEW_STALE".to_owned()), "{told:?}");
        }
        assert_eq!(house.load(sub.id).await, stored);
    }
}

/// A dry run, a replay and what changes nothing are no updates.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sea_7_dry_runs_replays_and_what_is_so_already_do_not_count(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let real = super::resizing(&house, &sub, 11);
    let dry =
        pb::ChangeQuantityRequest { validate_only: true, ..super::resizing(&house, &sub, 12) };
    let same = super::resizing(&house, &sub, 11);
    for request in [dry, real.clone(), real, same] {
        service(&house).change_quantity(call(request)).await.unwrap();
    }
    let stored = house.load(sub.id).await;
    assert_eq!((stored.quantity, stored.update_count), (11, 1));
}
