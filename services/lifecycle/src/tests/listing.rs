//! What callers see of subscriptions, and what license-key is told when it asks.

use access::Reach;
use proto::common::Role;
use rpc::{Classify, Page, name};
use rstest::rstest;
use testkit::Backend;
use vocab::{CustomerId, OfferVersion};

use super::given::{
    CUSTOMER, PARTNER, RIVAL, ada, instant, month_to_month, perpetual, price_list, server,
    somebody_of, yearly,
};
use super::house::{House, name_of};
use crate::domain::{Purchase, Status, Subscription, SubscriptionQuery};

const FIRST_PAGE: Page = Page { size: 50, after: None };

async fn listed(house: &House, caller: &access::Caller, of: Option<CustomerId>) -> Vec<String> {
    let query = SubscriptionQuery { customer: of, ..SubscriptionQuery::default() };
    let (views, _) = house.app.list_subscriptions(caller, query, &FIRST_PAGE).await.unwrap();
    views.iter().map(|view| name_of(&view.sub)).collect()
}

fn names(subs: &[&Subscription]) -> Vec<String> {
    subs.iter().map(|sub| name_of(sub)).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trm_7_old_software_and_perpetual_purchases_are_read_but_not_listed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let of_old = price_list(&server())
        .map(|version| OfferVersion { effective_at: instant("2020-01-01T00:00:00Z"), ..version });
    house.sell(&of_old).await;
    let ordered = |at: &str| Purchase { ordered_at: instant(at), ..house.line(&server(), 1) };
    let old = house.given(ordered("2021-10-13T23:59:59.999Z")).await;
    let new = house.given(ordered("2021-10-14T00:00:00Z")).await;
    let bought = house.buy(&perpetual(), 1).await;
    let suite = house.buy(&yearly(), 1).await;

    for of in [Some(CUSTOMER), None] {
        assert_eq!(listed(&house, &ada(), of).await, names(&[&suite, &new]));
    }
    for sub in [&old, &new, &bought, &suite] {
        let target = name::Subscription(sub.customer, sub.id);
        assert_eq!(house.app.get(&ada(), target).await.unwrap().sub.id, sub.id);
    }
    assert!(!old.auto_renew && new.auto_renew);
}

/// The rows of a list are the caller's, whatever it asks for.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_a_list_shows_the_callers_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let other_customer = CustomerId(house.uuid());
    let own = house.buy(&yearly(), 1).await;
    let rivals = house.given(Purchase { partner: RIVAL, ..house.line(&yearly(), 2) }).await;
    let elsewhere = Purchase { customer: other_customer, ..house.line(&yearly(), 3) };
    let elsewhere = house.given(elsewhere).await;
    let unknown = CustomerId(house.uuid());

    let operator = access::Caller {
        partner: None,
        roles: [Role::Operator].into(),
        reach: Reach::All,
        ..ada()
    };
    let customer = access::Caller {
        partner: None,
        customer: Some(CUSTOMER),
        roles: [Role::CustomerGlobalAdmin].into(),
        reach: Reach::Customer(CUSTOMER),
        ..ada()
    };
    let rival = somebody_of(RIVAL, Role::AdminAgent);
    let all = [&elsewhere, &rivals, &own];
    for (caller, of, expected) in [
        (&ada(), None, &[&elsewhere, &own][..]),
        (&ada(), Some(CUSTOMER), &[&own]),
        (&ada(), Some(unknown), &[]),
        (&rival, None, &[&rivals]),
        (&rival, Some(other_customer), &[]),
        (&operator, None, &all),
        (&operator, Some(CUSTOMER), &[&rivals, &own]),
        (&customer, None, &[&rivals, &own]),
        (&customer, Some(CUSTOMER), &[&rivals, &own]),
        (&customer, Some(other_customer), &[]),
    ] {
        assert_eq!(listed(&house, caller, of).await, names(expected), "{caller:?} of {of:?}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_money_is_shown_to_its_partner_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    use crate::domain::ChargesOf;

    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 1).await;
    let invoice = house.invoices().await.remove(0).id;
    let rival = somebody_of(RIVAL, Role::BillingAdmin);
    let customer =
        access::Caller { customer: Some(CUSTOMER), reach: Reach::Customer(CUSTOMER), ..ada() };
    let other = access::Caller { reach: Reach::Customer(CustomerId(house.uuid())), ..ada() };

    let count = async |caller: &access::Caller, of| {
        let lines = house.app.list_charges(caller, of, &FIRST_PAGE).await;
        lines.map(|lines| lines.len()).map_err(|error| error.reason().to_owned())
    };
    let of_sub = ChargesOf::Subscription(CUSTOMER, sub.id);
    for (caller, of, expected) in [
        (&ada(), of_sub, Ok(1)),
        (&ada(), ChargesOf::Customer(CUSTOMER), Ok(1)),
        (&ada(), ChargesOf::Invoice(invoice), Ok(1)),
        (&rival, of_sub, Err("NOT_FOUND")),
        (&rival, ChargesOf::Customer(CUSTOMER), Ok(0)),
        (&rival, ChargesOf::Invoice(invoice), Err("NOT_FOUND")),
        (&customer, of_sub, Ok(1)),
        (&customer, ChargesOf::Customer(CUSTOMER), Ok(1)),
        (&customer, ChargesOf::Invoice(invoice), Err("NOT_FOUND")),
        (&other, of_sub, Err("NOT_FOUND")),
        (&other, ChargesOf::Customer(CUSTOMER), Ok(0)),
    ] {
        let counted = count(caller, of).await;
        assert_eq!(
            counted.as_ref().map(|count| *count).map_err(String::as_str),
            expected,
            "{caller:?} {of:?}"
        );
    }
    for (caller, is_shown) in [(&ada(), true), (&rival, false), (&customer, false)] {
        assert_eq!(house.app.get_invoice(caller, invoice).await.is_ok(), is_shown);
        let listed = house.app.list_invoices(caller, PARTNER, &FIRST_PAGE).await;
        assert_eq!(listed.is_ok(), is_shown);
    }
}

#[rstest]
#[case::ren_3_the_term_is_over("2026-02-09T23:59:59.999Z", Status::Active)]
#[case::ren_3_it_has_expired("2026-02-10T00:00:00Z", Status::Expired)]
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_checked_before_the_worker_comes(
    #[case] at: &str,
    #[case] expected: Status,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&month_to_month(), 1).await;
    house.set_auto_renew(&ada(), &sub, false).await.unwrap();
    house.clock.set(instant(at));

    let check = house.app.check_purchase(name::Subscription(sub.customer, sub.id)).await.unwrap();

    assert_eq!((check.status, check.partner, check.now), (expected, PARTNER, instant(at)));
    assert_eq!(house.load(sub.id).await.status, Status::Active);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn key_4_a_check_knows_what_was_cancelled_and_what_waits_for_its_renewal(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let waiting = house.buy(&month_to_month(), 1).await;
    let cancelled = house.buy(&perpetual(), 1).await;
    house.cancel(&ada(), &house.cancelling(&cancelled)).await.unwrap();
    house.clock.set(instant("2026-02-10T00:00:30Z"));

    let check = async |customer, id| {
        let check = house.app.check_purchase(name::Subscription(customer, id)).await;
        check.map(|check| check.status).map_err(|error| error.reason().to_owned())
    };
    assert_eq!(check(CUSTOMER, cancelled.id).await, Ok(Status::Cancelled));
    assert_eq!(check(CUSTOMER, waiting.id).await, Ok(Status::Active));
    assert_eq!(check(CustomerId(house.uuid()), waiting.id).await, Err("NOT_FOUND".to_owned()));
}
