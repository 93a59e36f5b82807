//! Who did what: by days, by conditions, and never another partner's.

use access::Reach;
use jiff::civil::{Date, date};
use rpc::Page;
use rstest::rstest;
use testkit::Backend;
use uuid::Uuid;
use vocab::{CustomerId, PartnerId};

use super::{CUSTOMER, House, PARTNER, an_entry};
use crate::{
    app::{App, Query},
    domain::{Activity, Entry, Logged, Outcome},
};

const OTHER: PartnerId = PartnerId(Uuid::from_u128(0xb));
const OTHER_CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0xd));
const DAY: Date = date(2026, 1, 10);

impl House {
    async fn list(&self, reach: Reach, query: &Query, page: &Page) -> Vec<Logged> {
        self.app.list_activity(reach, query, page).await.unwrap()
    }

    /// Returns the numbers of the entries that are found.
    async fn found(&self, reach: Reach, from: Date, to: Date, asked: Activity) -> Vec<u128> {
        let query = Query { from, to, asked };
        let all = Page { size: 500, after: None };
        let found = self.list(reach, &query, &all).await;
        found.iter().map(|logged| logged.entry.id.0.as_u128()).collect()
    }
}

fn at(number: u32, instant: &str) -> Entry {
    Entry { occurred_at: instant.parse().unwrap(), ..an_entry(number) }
}

#[rstest]
#[case::aud_4_one_day(date(2026, 1, 10), date(2026, 1, 10), &[3, 2])]
#[case::aud_4_the_day_before(date(2026, 1, 9), date(2026, 1, 9), &[1])]
#[case::aud_4_the_day_after(date(2026, 1, 11), date(2026, 1, 11), &[4])]
#[case::aud_4_two_days(date(2026, 1, 10), date(2026, 1, 11), &[4, 3, 2])]
#[case::aud_1_all(date(2026, 1, 1), date(2026, 1, 31), &[4, 3, 2, 1])]
#[case::aud_1_none(date(2025, 1, 1), date(2025, 12, 31), &[])]
#[tokio::test]
async fn days_are_half_open(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] from: Date,
    #[case] to: Date,
    #[case] expected: &[u128],
) {
    let house = House::on(backend).await;
    house
        .append([
            at(1, "2026-01-09T23:59:59.999Z"),
            at(2, "2026-01-10T00:00:00Z"),
            at(3, "2026-01-10T23:59:59.999Z"),
            at(4, "2026-01-11T00:00:00Z"),
        ])
        .await;
    let found = house.found(Reach::Partner(PARTNER), from, to, Activity::default()).await;
    assert_eq!(found, expected);
}

#[rstest]
#[case::aud_1_partner(Reach::Partner(PARTNER), &[3, 1])]
#[case::aud_1_another_partner(Reach::Partner(OTHER), &[2])]
#[case::aud_1_customer(Reach::Customer(CUSTOMER), &[2, 1])]
#[case::aud_1_everybody(Reach::All, &[4, 3, 2, 1])]
#[tokio::test]
async fn a_reader_sees_its_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] reach: Reach,
    #[case] expected: &[u128],
) {
    let house = House::on(backend).await;
    house
        .append([
            an_entry(1),
            Entry { partner: Some(OTHER), ..an_entry(2) },
            Entry { customer: Some(OTHER_CUSTOMER), ..an_entry(3) },
            Entry { partner: None, customer: None, ..an_entry(4) },
        ])
        .await;
    assert_eq!(house.found(reach, DAY, DAY, Activity::default()).await, expected);
}

type Ask = fn(&mut Activity);

#[rstest]
#[case::aud_1_user(|asked: &mut Activity| asked.actor.must_be("bob".to_owned()), &[2])]
#[case::aud_1_other_users(|asked: &mut Activity| asked.actor.must_not_be("bob".to_owned()), &[4, 3, 1])]
#[case::aud_1_customer(|asked: &mut Activity| asked.customer.must_be(OTHER_CUSTOMER), &[3])]
#[case::aud_1_other_customers(|asked: &mut Activity| asked.customer.must_not_be(OTHER_CUSTOMER), &[4, 2, 1])]
#[case::aud_1_action(|asked: &mut Activity| asked.action.must_be("PlaceOrder".to_owned()), &[4])]
#[case::aud_1_other_actions(|asked: &mut Activity| asked.action.must_not_be("PlaceOrder".to_owned()), &[3, 2, 1])]
#[case::aud_4_refused(|asked: &mut Activity| asked.outcome.must_be(Outcome::Refused), &[1])]
#[case::aud_4_done(|asked: &mut Activity| asked.outcome.must_not_be(Outcome::Refused), &[4, 3, 2])]
#[case::aud_1_all_of_them(
    |asked: &mut Activity| {
        asked.outcome.must_be(Outcome::Done);
        asked.actor.must_not_be("bob".to_owned());
        asked.action.must_not_be("PlaceOrder".to_owned());
        asked.action.must_not_be("Renew".to_owned());
    },
    &[3]
)]
#[case::aud_1_nobody_is_two(
    |asked: &mut Activity| {
        asked.actor.must_be("bob".to_owned());
        asked.actor.must_be("ada@partner.example".to_owned());
    },
    &[]
)]
#[tokio::test]
async fn conditions_are_joined_by_and(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] ask: Ask,
    #[case] expected: &[u128],
) {
    let house = House::on(backend).await;
    let refused =
        |entry| Entry { outcome: Outcome::Refused, reason: "ROLE_REQUIRED".to_owned(), ..entry };
    house
        .append([
            refused(an_entry(1)),
            Entry { actor: "bob".to_owned(), ..an_entry(2) },
            Entry { customer: Some(OTHER_CUSTOMER), ..an_entry(3) },
            Entry { action: "PlaceOrder".to_owned(), customer: None, ..an_entry(4) },
        ])
        .await;
    let mut asked = Activity::default();
    ask(&mut asked);
    assert_eq!(house.found(Reach::Partner(PARTNER), DAY, DAY, asked).await, expected);
}

/// Many at one instant, and a late one: every entry comes once, in one order, whatever the pages.
#[rstest]
#[tokio::test]
async fn aud_1_pages_leave_nothing_out(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(1, 2, 3, 7)] size: usize,
) {
    let house = House::on(backend).await;
    let noon = testkit::noon();
    let mut entries: Vec<_> =
        (1..=5).map(|number| Entry { occurred_at: noon, ..an_entry(number) }).collect();
    entries.push(at(6, "2026-01-10T11:00:00Z"));
    entries.push(at(7, "2026-01-10T13:00:00Z"));
    house.append(entries).await;

    let query = Query { from: DAY, to: DAY, asked: Activity::default() };
    let (mut seen, mut after) = (vec![], None);
    loop {
        let page = Page { size, after };
        let mut rows = house.list(Reach::All, &query, &page).await;
        let has_more = size < rows.len();
        rows.truncate(size);
        seen.extend(rows.iter().map(|logged| logged.entry.id.0.as_u128()));
        if !has_more {
            break;
        }
        after = rows.last().map(App::cursor);
    }
    assert_eq!(seen, [7, 5, 4, 3, 2, 1, 6]);
}
