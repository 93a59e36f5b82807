//! Which month takes a line, at the edges of months.

use jiff::civil::date;
use rstest::rstest;

use super::*;

fn key(month: Date) -> InvoiceKey {
    let partner = PartnerId(Uuid::from_u128(1));
    InvoiceKey { partner, currency: "EUR".parse().unwrap(), month, clock: None }
}

#[rstest]
#[case::bil_10_january(date(2026, 1, 1), "2026-02-01T00:00:00Z")]
#[case::bil_10_a_leap_february(date(2028, 2, 1), "2028-03-01T00:00:00Z")]
#[case::bil_10_december(date(2026, 12, 1), "2027-01-01T00:00:00Z")]
fn closes_on_the_first_of_the_next_month(#[case] month: Date, #[case] at: &str) {
    assert_eq!(key(month).closes_at().to_string(), at);
}

#[test]
fn bil_6_one_invoice_per_partner_currency_month_and_clock() {
    let one = key(date(2026, 1, 1));
    let others = [
        InvoiceKey { partner: PartnerId(Uuid::from_u128(2)), ..one.clone() },
        InvoiceKey { currency: "USD".parse().unwrap(), ..one.clone() },
        InvoiceKey { month: date(2026, 2, 1), ..one.clone() },
        InvoiceKey { clock: Some(ClockId(Uuid::from_u128(3))), ..one.clone() },
    ];
    assert_eq!(one.id(), one.clone().id());
    for other in others {
        assert_ne!(one.id(), other.id(), "{other:?}");
    }
}
