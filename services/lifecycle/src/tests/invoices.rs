//! Invoices: which one takes a line, when it closes, and that it then never changes.

use jiff::Timestamp;
use rstest::rstest;
use testkit::Backend;
use vocab::{Offer, OfferId};

use super::given::{CLOCK, ada, billed_monthly, date, eur, instant, just_after, money, yearly};
use super::house::House;
use crate::app::App;
use crate::domain::{ChargeKind, Invoice, Purchase};

/// The last millisecond of January.
const JANUARY_ENDS: &str = "2026-01-31T23:59:59.999Z";

fn told(invoice: &Invoice) -> (String, String, i64, Option<Timestamp>) {
    let month = invoice.key.month.strftime("%Y-%m").to_string();
    (month, invoice.total().unwrap().to_string(), invoice.line_count, invoice.closed_at)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_6_a_line_goes_to_the_month_in_which_it_is_made(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let january_ends = instant(JANUARY_ENDS);
    house.sleep_until(january_ends).await;
    house.buy(&yearly(), 1).await;
    house.sleep_until(just_after(january_ends)).await;
    house.buy(&yearly(), 2).await;

    let closed_at = Some(instant("2026-02-01T00:00:00Z"));
    let shown: Vec<_> = house.invoices().await.iter().map(told).collect();
    let expected = [
        ("2026-01".to_owned(), "120.00 EUR".to_owned(), 1, closed_at),
        ("2026-02".to_owned(), "240.00 EUR".to_owned(), 1, None),
    ];
    assert_eq!(shown, expected);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_10_an_invoice_closes_at_midnight_of_the_first_however_late_the_worker_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.buy(&yearly(), 1).await;
    house.sleep_until(instant(JANUARY_ENDS)).await;
    assert!(house.app.ring_due(None, 100).await.unwrap().is_idle());
    assert_eq!(house.invoices().await[0].closed_at, None);

    house.clock.set(instant("2026-02-20T08:00:00Z"));
    let rung = house.app.ring_due(None, 100).await.unwrap();

    let invoice = house.invoices().await.remove(0);
    assert_eq!((rung.closed, rung.totals), (1, vec![invoice.total().unwrap()]));
    assert_eq!(invoice.closed_at, Some(instant("2026-02-01T00:00:00Z")));
    assert_eq!(invoice.key.closes_at(), invoice.closed_at.unwrap());
}

/// Made late, the line keeps its due instant and service period; the invoice is the one of the
/// month in which it is made.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_10_what_comes_late_goes_to_the_next_invoice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.buy(&yearly(), 1).await;
    let late = Purchase { ordered_at: instant(JANUARY_ENDS), ..house.line(&yearly(), 2) };
    house.sleep_until(instant("2026-02-02T00:00:00Z")).await;
    let january = house.invoices().await.remove(0);

    let sub = house.given(late).await;

    let invoices = house.invoices().await;
    assert_eq!(invoices[0], january);
    let line = house.lines(&sub).await.remove(0);
    assert_eq!(line.invoice, Some(invoices[1].id));
    assert_eq!(invoices[1].key.month, date("2026-02-01"));
    assert_eq!(line.charge.effective_at, instant(JANUARY_ENDS));
    assert_eq!(line.charge.period_start, date("2026-01-31"));
}

/// Another process's clock may still show January when this one has closed it.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_10_a_closed_invoice_never_changes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 1).await;
    house.sleep_until(instant("2026-02-01T00:00:00Z")).await;
    let january = house.invoices().await.remove(0);
    assert!(january.closed_at.is_some());

    let slow = house.neighbour(instant(JANUARY_ENDS)).await;
    let line = Purchase { ordered_at: instant(JANUARY_ENDS), ..house.line(&yearly(), 5) };
    slow.start(vec![house.order(vec![line.clone()])]).await.unwrap();

    let invoices = house.invoices().await;
    assert_eq!(invoices[0], january);
    assert_eq!(invoices[1].key.month, date("2026-02-01"));
    assert_eq!(invoices[1].total().unwrap(), eur("600.00"));
    let line = house.load(line.id).await;
    assert_eq!(house.lines(&line).await[0].charge.committed_at, instant(JANUARY_ENDS));
    assert_eq!(house.lines(&sub).await[0].invoice, Some(january.id));
}

/// Whoever closes waits for those who add, and who comes too late adds to the next: the sum that was
/// closed is the sum of its lines.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_10_closing_while_others_charge_loses_no_line(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.buy(&yearly(), 1).await;
    house.sleep_until(instant(JANUARY_ENDS)).await;
    let slow = house.neighbour(instant(JANUARY_ENDS)).await;
    house.clock.set(instant("2026-02-01T00:00:00Z"));

    let charging = (0..20).map(|_| {
        let order = house.order(vec![house.line(&yearly(), 1)]);
        let slow = slow.clone();
        tokio::spawn(async move { slow.start(vec![order]).await.unwrap() })
    });
    let charging: Vec<_> = charging.collect();
    let closing = tokio::spawn(close_one(house.app.clone()));
    for one in charging {
        one.await.unwrap();
    }
    closing.await.unwrap();

    let invoices = house.invoices().await;
    assert!(invoices[0].closed_at.is_some());
    let counts: Vec<_> = invoices.iter().map(|invoice| invoice.line_count).collect();
    assert_eq!(counts.iter().sum::<i64>(), 21, "{counts:?}");
    // That each sum is that of its lines is checked when the house is left.
}

async fn close_one(app: std::sync::Arc<App>) {
    while app.ring_due(None, 100).await.unwrap().closed == 0 {}
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pcx_4_a_credit_is_on_the_invoice_of_the_month_in_which_it_is_made(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.sleep_until(instant("2026-01-30T12:00:00Z")).await;
    let sub = house.buy(&yearly(), 10).await;
    house.sleep_until(instant("2026-02-02T12:00:00Z")).await;

    house.change_quantity(&ada(), &sub, 4).await.unwrap();

    let shown: Vec<_> = house.invoices().await.iter().map(told).collect();
    assert_eq!(shown[0].1, "1,200.00 EUR");
    let lines = house.lines(&sub).await;
    assert_eq!(money(&lines)[1], (ChargeKind::RemoveSeats, 6, shown[1].1.clone()));
    assert!(shown[1].1.starts_with('-'));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn mkt_8_prices_with_and_without_tax_have_a_subtotal_each(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let with_tax = Offer { id: OfferId("with-tax".to_owned()), tax_included: true, ..yearly() };
    house.buy(&yearly(), 1).await;
    house.buy(&with_tax, 2).await;
    house.buy(&with_tax, 3).await;
    let shown = async || {
        let invoice = house.invoices().await.remove(0);
        (invoice.excluded, invoice.included, invoice.total().unwrap(), invoice.line_count)
    };
    let expected = (eur("120.00"), eur("600.00"), eur("720.00"), 3);
    assert_eq!(shown().await, expected);
    house.sleep_until(instant("2026-02-01T00:00:00Z")).await;
    assert_eq!(shown().await, expected);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_6_each_currency_has_its_own_invoice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let price = vocab::Money::of_minor(5_000, "JPY".parse().unwrap());
    let in_yen = Offer { id: OfferId("in-yen".to_owned()), price, ..yearly() };
    house.buy(&yearly(), 1).await;
    house.buy(&in_yen, 2).await;
    let invoices = house.invoices().await;
    let mut totals: Vec<_> =
        invoices.iter().map(|invoice| invoice.total().unwrap().to_string()).collect();
    totals.sort();
    assert_eq!(totals, ["10,000 JPY", "120.00 EUR"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_10_customers_on_a_test_clock_have_invoices_of_their_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.set_test_clock(CLOCK, house.now()).await;
    house.buy(&yearly(), 1).await;
    let sub =
        house.given(Purchase { clock: Some(CLOCK), ..house.line(&billed_monthly(), 3) }).await;

    house.advance(CLOCK, instant("2026-03-01T00:00:00Z")).await;

    let of_clock = |invoice: &&Invoice| invoice.key.clock == Some(CLOCK);
    let invoices = house.invoices().await;
    let on_clock: Vec<_> = invoices.iter().filter(of_clock).map(told).collect();
    let closed_at = ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"].map(instant);
    let expected = [("2026-01", closed_at[0]), ("2026-02", closed_at[1])]
        .map(|(month, at)| (month.to_owned(), "24.99 EUR".to_owned(), 1, Some(at)));
    assert_eq!(on_clock, expected);
    assert_eq!(house.lines(&sub).await.len(), 2);
    let real: Vec<_> = invoices.iter().filter(|it| !of_clock(it)).map(told).collect();
    assert_eq!(real, [("2026-01".to_owned(), "120.00 EUR".to_owned(), 1, None)]);
}
