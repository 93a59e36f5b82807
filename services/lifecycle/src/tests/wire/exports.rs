//! Files: a customer's subscriptions, and the lines of an invoice.

use access::{Caller, Reach};
use jiff::SignedDuration;
use proto::common::Role;
use proto::lifecycle as pb;
use proto::lifecycle::billing_service_server::BillingService;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rstest::rstest;
use testkit::Backend;
use tokio_stream::StreamExt;
use tonic::{Code, Status};
use uuid::Uuid;
use vocab::{CustomerId, Offer, PartnerId};

use super::{by, reason, service};
use crate::domain::Purchase;
use crate::service::export::Csv;
use crate::tests::given::{
    CUSTOMER, RIVAL, ada, billed_monthly, instant, month_to_month, perpetual, server, somebody_of,
    total, yearly,
};
use crate::tests::house::House;

async fn text(mut csv: Csv) -> (String, String) {
    let (mut data, mut name) = (vec![], String::new());
    while let Some(piece) = csv.next().await {
        let piece = piece.unwrap();
        assert!(piece.data.ends_with(b"\r\n") || piece.data.is_empty(), "whole lines");
        data.extend(piece.data);
        name.push_str(&piece.file_name);
    }
    (String::from_utf8(data).unwrap(), name)
}

async fn subscriptions(house: &House, caller: &Caller, of: CustomerId) -> (String, String) {
    let request = pb::ExportSubscriptionsRequest { parent: format!("customers/{of}") };
    let csv = service(house).export_subscriptions(by(caller, request)).await.unwrap();
    text(csv.into_inner()).await
}

async fn reconciliation(house: &House, caller: &Caller, of: Uuid) -> Result<String, Status> {
    let request = pb::ExportReconciliationRequest { name: format!("invoices/{of}") };
    let csv = service(house).export_reconciliation(by(caller, request)).await?;
    Ok(text(csv.into_inner()).await.0)
}

const HEAD: &str = "Subscription ID,Name,Quantity,Status,Billing cycle,Promotion,Reseller\r\n";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn exp_2_the_columns_of_a_customers_subscriptions(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let reseller = PartnerId(house.uuid());
    let suite = house.buy(&yearly(), 7).await;
    let resold = Purchase { reseller: Some(reseller), ..house.line(&billed_monthly(), 2) };
    let resold = house.given(resold).await;
    house.set_auto_renew(&ada(), &resold, false).await.unwrap();
    let servers = house.buy(&server(), 1).await;
    house.suspend(&ada(), &servers).await.unwrap();
    house.buy(&perpetual(), 1).await;
    let cancelled = house.buy(&month_to_month(), 3).await;
    house.cancel(&ada(), &house.cancelling(&cancelled)).await.unwrap();

    let (csv, name) = subscriptions(&house, &ada(), CUSTOMER).await;

    let expected = [
        format!("{},Suite,0,Auto-renew off,MONTHLY,None,\r\n", cancelled.id),
        format!("{},Suite,1,Auto-renew off,ANNUAL,None,\r\n", servers.id),
        format!("{},Suite,2,Auto-renew off,MONTHLY,None,{reseller}\r\n", resold.id),
        format!("{},Suite,7,\"Auto-renew on, renews 2027-01-10\",ANNUAL,None,\r\n", suite.id),
    ];
    assert_eq!(csv, format!("{HEAD}{}", expected.concat()));
    assert_eq!(name, format!("subscriptions-{CUSTOMER}.csv"));
}

/// All rows come, in pieces, and the caller's alone.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn exp_1_all_subscriptions_are_exported(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let lines = (0..450).map(|_| house.line(&server(), 1)).collect();
    house.app.start(vec![house.order(lines)]).await.unwrap();
    house.given(Purchase { partner: RIVAL, ..house.line(&yearly(), 2) }).await;

    let rival = somebody_of(RIVAL, Role::SalesAgent);
    let nobody = somebody_of(PartnerId(house.uuid()), Role::SalesAgent);
    let operator =
        Caller { partner: None, roles: [Role::Operator].into(), reach: Reach::All, ..ada() };
    for (caller, of, expected) in [
        (&ada(), CUSTOMER, 450),
        (&rival, CUSTOMER, 1),
        (&operator, CUSTOMER, 451),
        (&nobody, CUSTOMER, 0),
        (&ada(), CustomerId(house.uuid()), 0),
    ] {
        let (csv, _) = subscriptions(&house, caller, of).await;
        let rows: std::collections::BTreeSet<_> = csv.lines().skip(1).collect();
        assert_eq!(rows.len(), expected, "{:?}", caller.reach);
        assert!(csv.starts_with(HEAD));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_66_a_title_is_no_formula(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let titled = |title: &str| Offer { title: title.to_owned(), ..yearly() };
    house.buy(&titled("=HYPERLINK(\"http://x\";\"y\")"), 1).await;
    house.buy(&titled("Büro „日本“, \"Plus\""), 1).await;

    let (csv, _) = subscriptions(&house, &ada(), CUSTOMER).await;

    assert!(csv.contains(",\"Büro „日本“, \"\"Plus\"\"\",1,"), "{csv}");
    assert!(csv.contains(",\"'=HYPERLINK(\"\"http://x\"\";\"\"y\"\")\",1,"), "{csv}");
}

/// Returns a column of a file without quoted fields.
fn column<'c>(csv: &'c str, name: &str) -> Vec<&'c str> {
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let place = head.iter().position(|column| *column == name).unwrap();
    lines
        .map(|row| {
            assert_eq!(row.len(), head.len());
            row[place]
        })
        .collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_7_rows_add_up_to_the_invoice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let mut lines: Vec<_> = (0..230).map(|_| house.line(&billed_monthly(), 3)).collect();
    let taxed = Offer { tax_included: true, ..yearly() };
    lines.push(house.line(&taxed, 2));
    house.app.start(vec![house.order(lines)]).await.unwrap();
    house.sleep(SignedDuration::from_hours(50)).await;
    let sub = house.all().await.remove(0);
    house.change_quantity(&ada(), &sub, 1).await.unwrap();
    house.sleep_until(instant("2026-03-01T00:00:00Z")).await;

    let invoices = house.invoices().await;
    assert_eq!(invoices.len(), 2);
    for invoice in &invoices {
        let csv = reconciliation(&house, &ada(), invoice.id.0).await.unwrap();
        let minor = |amount: &&str| amount.replace('.', "").parse::<i64>().unwrap();
        let amounts: Vec<_> = column(&csv, "Amount").iter().map(minor).collect();
        let lines = house.lines_on(invoice).await;
        assert_eq!(amounts.iter().sum::<i64>(), invoice.total().unwrap().minor);
        assert_eq!(amounts.iter().sum::<i64>(), total(&lines));
        let ids: Vec<_> = lines.iter().map(|line| line.charge.id.to_string()).collect();
        assert_eq!(column(&csv, "Charge"), ids);
    }
    let january = reconciliation(&house, &ada(), invoices[0].id.0).await.unwrap();
    assert_eq!(january.lines().count(), 1 + 230 + 1 + 1);
    let credit = january.lines().last().unwrap();
    assert!(credit.contains(",REMOVE_SEATS,2026-01-13,"), "{credit}");
    assert!(credit.contains(",EUR,false,"), "{credit}");
    assert_eq!(column(&january, "Tax included").iter().filter(|it| **it == "true").count(), 1);

    let rival = somebody_of(RIVAL, Role::BillingAdmin);
    let unknown = house.uuid();
    for (caller, of) in [(&rival, invoices[0].id.0), (&ada(), unknown)] {
        let refused = reconciliation(&house, caller, of).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
    }
}

/// Who takes nothing for long holds no connection for ever, and is told.
#[tokio::test(flavor = "multi_thread")]
async fn exp_1_a_reader_that_stands_still_is_given_up() {
    let house = House::on(Backend::Sqlite).await;
    let lines = (0..900).map(|_| house.line(&server(), 1)).collect();
    house.app.start(vec![house.order(lines)]).await.unwrap();
    let request = pb::ExportSubscriptionsRequest { parent: format!("customers/{CUSTOMER}") };
    let exported = service(&house).export_subscriptions(by(&ada(), request)).await.unwrap();
    let mut csv = exported.into_inner();
    assert!(csv.next().await.unwrap().is_ok());

    // Two pieces are on their way; nobody takes them.
    assert_eq!(house.app.exports.available_permits(), 1);
    drop(csv);
    while house.app.exports.available_permits() < 2 {
        tokio::task::yield_now().await;
    }
}

/// Seats can be added at any time; the month in which they are shows what they cost.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sea_1_added_seats_are_on_the_next_invoice_and_in_its_file(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&month_to_month(), 10).await;
    // The last millisecond of a month, long after every window.
    house.sleep_until(instant("2026-01-31T23:59:59.999Z")).await;
    house.change_quantity(&ada(), &sub, 12).await.unwrap();
    house.sleep_until(instant("2026-02-01T00:00:00Z")).await;
    house.change_quantity(&ada(), &sub, 13).await.unwrap();

    let added = async |month: usize| {
        let invoice = house.invoices().await.remove(month);
        let csv = reconciliation(&house, &ada(), invoice.id.0).await.unwrap();
        let rows = csv.lines().filter(|row| row.contains("ADD_SEATS"));
        rows.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    // Ten and nine days are left of the cycle through 2026-02-09, at 1.00 a day.
    let (january, february) = (added(0).await, added(1).await);
    assert_eq!((january.len(), february.len()), (1, 1));
    assert!(january[0].contains("20.00"), "{january:?}");
    assert!(february[0].contains("9.00"), "{february:?}");
}
