//! Lists: pages, their tokens, filters.

use proto::common::Role;
use proto::lifecycle as pb;
use proto::lifecycle::billing_service_server::BillingService;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rstest::rstest;
use testkit::Backend;
use tonic::Code;

use super::{by, call, fields, reason, service};
use crate::tests::given::{
    CUSTOMER, PARTNER, ada, billed_monthly, instant, month_to_month, server, somebody_of, yearly,
};
use crate::tests::house::{House, name_of};

fn of_customer() -> pb::ListSubscriptionsRequest {
    pb::ListSubscriptionsRequest {
        parent: format!("customers/{CUSTOMER}"),
        ..pb::ListSubscriptionsRequest::default()
    }
}

fn names(response: &pb::ListSubscriptionsResponse) -> Vec<String> {
    response.subscriptions.iter().map(|one| one.name.clone()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_12_pages_show_every_row_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let mut expected = vec![];
    for _ in 0..5 {
        expected.insert(0, name_of(&house.buy(&yearly(), 1).await));
    }
    let mut request = pb::ListSubscriptionsRequest { page_size: 2, ..of_customer() };
    let (mut shown, mut sizes) = (vec![], vec![]);
    loop {
        let page = service(&house).list_subscriptions(call(request.clone())).await.unwrap();
        let page = page.into_inner();
        sizes.push(page.subscriptions.len());
        shown.extend(names(&page));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(shown, expected);
    assert_eq!(sizes, [2, 2, 1]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_a_page_token_belongs_to_one_callers_request(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    for _ in 0..2 {
        house.buy(&yearly(), 1).await;
    }
    let request = pb::ListSubscriptionsRequest { page_size: 1, ..of_customer() };
    let page = service(&house).list_subscriptions(call(request.clone())).await.unwrap();
    let page_token = page.into_inner().next_page_token;
    let next = pb::ListSubscriptionsRequest { page_token, ..request };

    let rival = somebody_of(crate::tests::given::RIVAL, Role::AdminAgent);
    let filter = "state=ACTIVE".to_owned();
    let parent = "customers/-".to_owned();
    for (caller, stolen) in [
        (&rival, next.clone()),
        (&ada(), pb::ListSubscriptionsRequest { filter, ..next.clone() }),
        (&ada(), pb::ListSubscriptionsRequest { parent, ..next.clone() }),
        (&ada(), pb::ListSubscriptionsRequest { page_token: "x".to_owned(), ..next.clone() }),
    ] {
        let status = service(&house).list_subscriptions(by(caller, stolen)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
    }
    let elsewhere = pb::ListInvoicesRequest {
        partner: format!("partners/{PARTNER}"),
        page_token: next.page_token.clone(),
        ..pb::ListInvoicesRequest::default()
    };
    let status = service(&house).list_invoices(call(elsewhere)).await.unwrap_err();
    assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
    service(&house).list_subscriptions(call(next)).await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_12_a_filter_takes_what_it_names(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let suite = house.buy(&yearly(), 1).await;
    let servers = house.buy(&server(), 1).await;
    let cancelled = house.buy(&month_to_month(), 1).await;
    let request = house.cancelling(&cancelled);
    house.cancel(&ada(), &request).await.unwrap();

    let [suite, servers, cancelled] = [suite, servers, cancelled].map(|sub| name_of(&sub));
    for (filter, expected) in [
        ("", vec![&cancelled, &servers, &suite]),
        ("state = ACTIVE", vec![&servers, &suite]),
        ("state=\"CANCELLED\"", vec![&cancelled]),
        ("kind = LICENSE_BASED", vec![&cancelled, &suite]),
        ("kind=LICENSE_BASED AND state=ACTIVE", vec![&suite]),
        ("product = \"products/product-SOFTWARE_SUBSCRIPTION\"", vec![&servers]),
        ("product = products/none", vec![]),
        ("state=EXPIRED", vec![]),
    ] {
        let filter = filter.to_owned();
        let request = pb::ListSubscriptionsRequest { filter: filter.clone(), ..of_customer() };
        let page = service(&house).list_subscriptions(call(request)).await.unwrap();
        assert_eq!(names(page.get_ref()).iter().collect::<Vec<_>>(), expected, "{filter}");
    }
}

/// What renews is found by when, the earliest first; whatever else is asked for, every row comes once.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_12_what_renews_is_found_by_its_time(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let year = house.buy(&yearly(), 1).await;
    let month = house.buy(&month_to_month(), 1).await;
    let off = house.buy(&yearly(), 1).await;
    house.set_auto_renew(&ada(), &off, false).await.unwrap();
    let servers = house.buy(&server(), 1).await;

    let [year, month, off, servers] = [year, month, off, servers].map(|sub| name_of(&sub));
    let customer = format!("customer = customers/{CUSTOMER}");
    let nobody = format!("customer = customers/{}", house.uuid());
    for (filter, expected) in [
        ("renewal_time < \"2027-01-01T00:00:00Z\"", vec![&month]),
        ("renewal_time < 2026-02-10", vec![]),
        ("renewal_time <= 2026-02-10", vec![&month]),
        ("renewal_time < 2026-02-10T00:01:00Z", vec![]),
        ("renewal_time <= 2026-02-10T00:01:00Z", vec![&month]),
        ("renewal_time < 2028-01-01", vec![&month, &year, &servers]),
        ("renewal_time > 2026-02-10", vec![&year, &servers]),
        ("renewal_time >= 2026-02-10 AND renewal_time < 2027-01-11", vec![&month, &year, &servers]),
        ("renewal_time < 2028-01-01 AND kind = LICENSE_BASED", vec![&month, &year]),
        ("auto_renew = false", vec![&off]),
        ("auto_renew = true", vec![&servers, &month, &year]),
        ("sku = products/product-LICENSE_BASED/skus/sku-LICENSE_BASED", vec![&off, &month, &year]),
        (customer.as_str(), vec![&servers, &off, &month, &year]),
        (nobody.as_str(), vec![]),
    ] {
        for (parent, caller) in [("customers/-", ada()), (&of_customer().parent, ada())] {
            if filter == nobody && parent != "customers/-" {
                continue;
            }
            let (filter, parent) = (filter.to_owned(), parent.to_owned());
            let mut request =
                pb::ListSubscriptionsRequest { parent, filter, page_size: 2, ..of_customer() };
            let mut shown = vec![];
            loop {
                let page = service(&house).list_subscriptions(by(&caller, request.clone())).await;
                let page = page.unwrap().into_inner();
                shown.extend(names(&page));
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            let expected: Vec<_> = expected.iter().map(|name| (*name).clone()).collect();
            assert_eq!(shown, expected, "{} in {}", request.filter, request.parent);
        }
    }
}

#[rstest]
#[case::par_12_no_time("renewal_time < soon")]
#[case::par_12_no_zone("renewal_time < 2026-01-31T00:00:00")]
#[case::par_12_a_time_that_is_too_far("renewal_time < 9999-01-01")]
#[case::par_12_a_time_is_not_equal("renewal_time = 2026-01-31")]
#[case::par_12_two_ends("renewal_time < 2026-01-31 AND renewal_time <= 2026-01-31")]
#[case::par_12_no_switch("auto_renew = yes")]
#[case::par_12_no_sku("sku = products/x")]
#[case::par_12_a_field_that_is_none("colour = RED")]
#[case::par_12_a_state_that_is_none("state = RED")]
#[case::par_12_a_kind_that_is_none("kind = RED")]
#[case::par_12_a_product_that_is_no_name("product = suite")]
#[case::par_12_another_operator("state != ACTIVE")]
#[case::par_12_no_value("state =")]
#[case::par_12_no_joiner("state = ACTIVE kind = ESU")]
#[case::par_12_a_joiner_and_nothing("state = ACTIVE AND")]
#[case::par_12_one_field_twice("state = ACTIVE AND state = CANCELLED")]
#[case::par_12_a_nul("product = \"products/\0\"")]
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_filter(
    #[case] filter: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let request = pb::ListSubscriptionsRequest { filter: filter.to_owned(), ..of_customer() };
    let status = service(&house).list_subscriptions(call(request)).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    assert_eq!(fields(&status), ["filter"]);
}

#[rstest]
#[case::bil_6_neither(false, false, false)]
#[case::bil_6_both(true, true, false)]
#[case::bil_6_a_customer(true, false, true)]
#[case::bil_6_an_invoice(false, true, true)]
#[tokio::test(flavor = "multi_thread")]
async fn lines_of_one_thing(
    #[case] of_parent: bool,
    #[case] of_invoice: bool,
    #[case] is_shown: bool,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.buy(&yearly(), 1).await;
    let invoice = rpc::name::Invoice(house.invoices().await[0].id.0).to_string();
    let request = pb::ListChargesRequest {
        parent: if of_parent { of_customer().parent } else { String::new() },
        invoice: if of_invoice { invoice.clone() } else { String::new() },
        ..pb::ListChargesRequest::default()
    };
    let answer = service(&house).list_charges(call(request)).await;
    assert_eq!(answer.is_ok(), is_shown);
    match answer {
        Ok(page) => assert_eq!(page.get_ref().charges[0].invoice, invoice),
        Err(status) => assert_eq!(fields(&status), ["parent"]),
    }
}

/// The history is told oldest first, each entry with its money, on its invoice.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_1_the_history_and_the_invoice_tell_the_same_money(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&billed_monthly(), 3).await;
    house.sleep_until(instant("2026-04-01T00:00:00Z")).await;

    let parent = name_of(&sub);
    let mut request = pb::ListChangesRequest { parent, page_size: 2, ..Default::default() };
    let mut told = vec![];
    loop {
        let page = service(&house).list_changes(call(request.clone())).await.unwrap().into_inner();
        told.extend(page.changes);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let kinds: Vec<_> = told.iter().map(pb::Change::kind).collect();
    let (charged, closed) = (pb::ChangeKind::CycleCharged, pb::ChangeKind::WindowClosed);
    assert_eq!(kinds, [pb::ChangeKind::Started, closed, charged, charged]);

    let partner = format!("partners/{PARTNER}");
    let request = pb::ListInvoicesRequest { partner, ..Default::default() };
    let invoices =
        service(&house).list_invoices(call(request)).await.unwrap().into_inner().invoices;
    let months: Vec<_> = invoices.iter().map(|it| it.month.unwrap().month).collect();
    assert_eq!(months, [3, 2, 1]);
    let lines: Vec<_> = told.iter().flat_map(|change| change.charges.clone()).collect();
    for (invoice, line) in invoices.iter().rev().zip(&lines) {
        assert_eq!((&invoice.name, &invoice.total), (&line.invoice, &line.amount));
        assert_eq!(invoice.state(), pb::InvoiceState::Closed);
        let request = pb::GetInvoiceRequest { name: invoice.name.clone() };
        let read = service(&house).get_invoice(call(request)).await.unwrap().into_inner();
        assert_eq!(&read, invoice);
    }
    assert_eq!(lines.len(), 3);
}
