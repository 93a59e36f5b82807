//! Download links from their making to their end.

use jiff::{SignedDuration, Timestamp};
use proto::licensekey as pb;
use proto::licensekey::DownloadLinkState;
use rstest::rstest;
use testkit::{Backend, noon};
use tokio::task::JoinSet;
use tonic::{Code, Status};
use uuid::Uuid;
use vocab::ClockId;

use super::handover::{ARTIFACT, link, link_ask, offered, reason};
use super::house::{House, agent};
use super::http::{self, get};
use crate::Config;
use crate::domain::tests::a_purchase;
use crate::domain::{Purchase, PurchaseState};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const MILLISECOND: SignedDuration = SignedDuration::from_millis(1);

async fn a_link(house: &House) -> (Purchase, pb::CreateDownloadLinkResponse) {
    let purchase = house.given(a_purchase()).await;
    offered(house, &purchase);
    let made = link(house, &purchase).await.unwrap();
    (purchase, made)
}

/// The only link of a purchase, as the list shows it.
async fn listed(house: &House, purchase: &Purchase) -> Vec<pb::DownloadLink> {
    let parent = rpc::name::Subscription(purchase.customer, purchase.id).to_string();
    let message = pb::ListDownloadLinksRequest { parent, ..Default::default() };
    let call = house.call(&agent(purchase), message);
    house.software().list_download_links(call).await.unwrap().into_inner().download_links
}

#[rstest]
#[tokio::test]
async fn dwn_2_a_link_leads_to_the_artifact_and_counts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    let link = made.download_link.unwrap();
    assert_eq!((link.state(), link.download_count), (DownloadLinkState::Valid, 0));
    assert_eq!(link.policy, "14-days-from-issue");
    assert_eq!(link.expire_time, Some(rpc::wire::timestamp(noon() + 14 * DAY)));
    assert_eq!(made.audit_entry, "entries/0");

    let page = get(&made.uri).await;
    assert_eq!((page.status, page.header("location")), (302, Some(ARTIFACT)));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));

    // Looking at it counts nothing, and shows nothing either.
    let look = http::ask("HEAD", &made.uri).await;
    assert_eq!((look.status, look.header("location")), (200, None));
    assert_eq!(listed(&house, &purchase).await[0].download_count, 1);
    let entries = house.delivered().await;
    let told: Vec<_> = entries.iter().map(|it| (it.action.as_str(), it.actor.as_str())).collect();
    assert_eq!(
        told,
        [("CreateDownloadLink", "ada@seller.example"), ("DownloadSoftware", "unknown")]
    );
    assert!(entries.iter().all(|it| it.resource == link.name));
    assert_eq!(entries[1].details["sku"], purchase.sku.to_string(), "AUD-1 tells of what");
}

#[rstest]
#[tokio::test]
async fn dwn_2_d_7_at_exactly_14_days_it_opens_and_a_millisecond_later_it_does_not(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    house.clock.set(noon() + 14 * DAY);
    assert_eq!(get(&made.uri).await.status, 302);

    house.clock.set(noon() + 14 * DAY + MILLISECOND);
    let gone = get(&made.uri).await;
    assert_eq!((gone.status, gone.header("tenure-reason")), (410, Some("LINK_EXPIRED")));
    let until = (noon() + 14 * DAY).to_string();
    assert!(gone.body.contains(&format!("valid until {until}; ask")), "{gone:?}");
    assert_eq!(listed(&house, &purchase).await[0].state(), DownloadLinkState::Expired);
    let entries = house.delivered().await;
    assert_eq!(entries.last().unwrap().reason, "LINK_EXPIRED", "AUD-4");

    // Asking again issues another one, and does not bring the old one back (DWN-3, TRP-48).
    let again = link(&house, &purchase).await.unwrap();
    assert_eq!(get(&again.uri).await.status, 302);
    assert_eq!(get(&made.uri).await.status, 410);
    let states: Vec<_> =
        listed(&house, &purchase).await.iter().map(pb::DownloadLink::state).collect();
    assert_eq!(states, [DownloadLinkState::Valid, DownloadLinkState::Expired]);
}

#[rstest]
#[tokio::test]
async fn dwn_2_the_50th_download_works_and_the_51st_does_not(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    for number in 1..=50 {
        assert_eq!(get(&made.uri).await.status, 302, "download {number}");
    }
    let gone = get(&made.uri).await;
    assert_eq!((gone.status, gone.header("tenure-reason")), (410, Some("LINK_USED_UP")));
    assert!(gone.body.contains("has had its 50 downloads; ask"), "{gone:?}");
    assert_eq!(http::ask("HEAD", &made.uri).await.status, 410);
    let link = &listed(&house, &purchase).await[0];
    assert_eq!((link.state(), link.download_count), (DownloadLinkState::UsedUp, 50));
}

/// Whoever has a dead link can ask for ever, and the log does not grow with it.
#[rstest]
#[tokio::test]
async fn t_148_a_dead_link_is_on_record_once_a_minute(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (_, made) = a_link(&house).await;
    let over = noon() + 14 * DAY + MILLISECOND;
    for millis in [0, 1, 59_999, 60_000, 119_999] {
        house.clock.set(over + millis * MILLISECOND);
        assert_eq!(get(&made.uri).await.status, 410, "after {millis} ms");
    }
    let entries = house.delivered().await;
    let refused = entries.iter().filter(|entry| entry.reason == "LINK_EXPIRED");
    let left_out: Vec<_> =
        refused.map(|entry| entry.details.get("same_left_out").map(String::as_str)).collect();
    assert_eq!(left_out, [None, Some("2")]);
    assert!(entries.iter().all(|entry| entry.details.contains_key("sku")), "whose it was");
}

#[rstest]
#[tokio::test]
async fn dwn_3_whoever_asks_again_gets_another_link(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    for _ in 0..5 {
        let again = link(&house, &purchase).await.unwrap();
        assert_ne!(again.uri, made.uri);
        assert_eq!(get(&again.uri).await.status, 302);
    }
    assert_eq!(listed(&house, &purchase).await.len(), 6);
}

#[rstest]
#[tokio::test]
async fn trp_49_what_ended_by_count_is_not_revived_by_time_nor_the_reverse(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (_, made) = a_link(&house).await;
    for _ in 0..50 {
        get(&made.uri).await;
    }
    for days in [1, 14, 15, 400] {
        house.clock.set(noon() + days * DAY);
        assert_eq!(get(&made.uri).await.header("tenure-reason"), Some("LINK_USED_UP"));
    }
    let (_, unused) = a_link(&house).await;
    house.clock.set(noon() + 500 * DAY);
    assert_eq!(get(&unused.uri).await.header("tenure-reason"), Some("LINK_EXPIRED"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn trp_48_of_80_at_once_exactly_50_pass(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    let mut opening = JoinSet::new();
    for _ in 0..80 {
        let uri = made.uri.clone();
        opening.spawn(async move { get(&uri).await.status });
    }
    let mut statuses = opening.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [[302; 50].as_slice(), &[410; 30]].concat());
    assert_eq!(listed(&house, &purchase).await[0].download_count, 50);
    let entries = house.delivered().await;
    let done = entries.iter().filter(|it| it.action == "DownloadSoftware" && it.reason.is_empty());
    assert_eq!(done.count(), 50, "each is on record");
}

#[rstest]
#[tokio::test]
async fn dwn_5_a_cancellation_that_lifecycle_confirmed_ends_all_links_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    let another = link(&house, &purchase).await.unwrap();
    // lifecycle knows it, and its letter has not arrived (TRP-50).
    house.stub.says(&purchase, PurchaseState::Cancelled);
    for uri in [&made.uri, &another.uri] {
        let gone = get(uri).await;
        assert_eq!((gone.status, gone.header("tenure-reason")), (410, Some("LINK_REVOKED")));
        assert!(gone.body.contains("revoked"), "{gone:?}");
    }
    // Once the letter is here, the rows say so too.
    house.becomes(&purchase, PurchaseState::Cancelled).await;
    let links = listed(&house, &purchase).await;
    assert!(links.iter().all(|it| it.state() == DownloadLinkState::Revoked));
    assert!(links.iter().all(|it| it.revoke_time.is_some()), "{links:?}");
    let refused = link(&house, &purchase).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "DOWNLOAD_UNAVAILABLE".to_owned())
    );
}

#[rstest]
#[tokio::test]
async fn trp_50_a_link_that_is_revoked_while_lifecycle_answers_is_not_counted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    let (app, cancelled) = (
        house.app.clone(),
        Purchase { state: PurchaseState::Cancelled, version: 2, ..purchase.clone() },
    );
    let message = vocab::MessageId(house.process.ids.uuid());
    house.stub.script().before_check = Some(Box::pin(async move {
        app.record_purchases(vec![(message, cancelled)]).await.unwrap();
    }));
    let gone = get(&made.uri).await;
    assert_eq!((gone.status, gone.header("tenure-reason")), (410, Some("LINK_REVOKED")));
    assert_eq!(listed(&house, &purchase).await[0].download_count, 0);
}

#[rstest]
#[tokio::test]
async fn sus_1_while_suspended_a_link_rests(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    house.stub.says(&purchase, PurchaseState::Suspended);
    let gone = get(&made.uri).await;
    assert_eq!((gone.status, gone.header("tenure-reason")), (410, Some("DOWNLOAD_UNAVAILABLE")));
    assert!(gone.body.contains("opens again once it runs"), "{gone:?}");
    house.stub.says(&purchase, PurchaseState::Active);
    assert_eq!(get(&made.uri).await.status, 302);
}

#[rstest]
#[tokio::test]
async fn dwn_5_while_lifecycle_cannot_be_asked_nothing_is_downloaded_nor_counted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    house.stub.script().is_lifecycle_down = true;
    let page = get(&made.uri).await;
    assert_eq!((page.status, page.header("retry-after")), (503, Some("2")));
    house.stub.script().is_lifecycle_down = false;
    assert_eq!(listed(&house, &purchase).await[0].download_count, 0);
}

#[rstest]
#[tokio::test]
async fn dwn_2_somebody_revokes_a_link_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, made) = a_link(&house).await;
    let name = made.download_link.unwrap().name;
    let revoke = async |id: u128, validate_only: bool| {
        let request_id = Uuid::from_u128(id).to_string();
        let message =
            pb::RevokeDownloadLinkRequest { name: name.clone(), request_id, validate_only };
        let call = house.call(&agent(&purchase), message);
        house.software().revoke_download_link(call).await.map(tonic::Response::into_inner)
    };
    assert_eq!(revoke(1, true).await.unwrap().state(), DownloadLinkState::Revoked);
    assert_eq!(get(&made.uri).await.status, 302, "that was only to check");
    let revoked = revoke(1, false).await.unwrap();
    assert_eq!(revoked.state(), DownloadLinkState::Revoked);
    house.clock.set(noon() + DAY);
    assert_eq!(revoke(2, false).await.unwrap().revoke_time, revoked.revoke_time);
    assert_eq!(get(&made.uri).await.header("tenure-reason"), Some("LINK_REVOKED"));
    let entries = house.delivered().await;
    let revocations = entries.iter().filter(|it| it.action == "RevokeDownloadLink");
    assert_eq!(revocations.count(), 1);
}

#[rstest]
#[tokio::test]
async fn d_7_the_row_that_is_off_counts_five_days_from_the_first_download(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, |config| {
        let policy = "5-days-from-first-download".to_owned();
        Config { downloads: crate::DownloadsConfig { policy, ..config.downloads }, ..config }
    })
    .await;
    let (purchase, made) = a_link(&house).await;
    assert_eq!(made.download_link.unwrap().expire_time, None);
    let first: Timestamp = noon() + 100 * DAY;
    house.clock.set(first);
    assert_eq!(get(&made.uri).await.status, 302);
    house.clock.set(first + 5 * DAY);
    assert_eq!(get(&made.uri).await.status, 302);
    let link = &listed(&house, &purchase).await[0];
    assert_eq!(link.expire_time, Some(rpc::wire::timestamp(first + 5 * DAY)));
    house.clock.set(first + 5 * DAY + MILLISECOND);
    assert_eq!(get(&made.uri).await.header("tenure-reason"), Some("LINK_EXPIRED"));
}

#[rstest]
#[tokio::test]
async fn d_7_a_customer_on_a_test_clock_has_its_14_days_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let clock = ClockId(Uuid::from_u128(0xc10c));
    let purchase = house.given(Purchase { test_clock: Some(clock), ..a_purchase() }).await;
    offered(&house, &purchase);
    let shows = |at: Timestamp| {
        let mut script = house.stub.script();
        script.live.values_mut().for_each(|it| it.now = Some(rpc::wire::timestamp(at)));
    };
    let there: Timestamp = "2031-05-01T00:00:00Z".parse().unwrap();
    shows(there);
    let made = link(&house, &purchase).await.unwrap();
    house.clock.set(noon() + 100 * DAY);
    shows(there + 14 * DAY);
    assert_eq!(get(&made.uri).await.status, 302);
    shows(there + 14 * DAY + MILLISECOND);
    assert_eq!(get(&made.uri).await.header("tenure-reason"), Some("LINK_EXPIRED"));
    let entries = house.delivered().await;
    let downloaded = entries.iter().find(|it| it.action == "DownloadSoftware").unwrap();
    assert_eq!(downloaded.test_clock_time, Some(rpc::wire::timestamp(there + 14 * DAY)));
}

#[rstest]
#[case::another_path("GET", "/elsewhere", 404)]
#[case::nothing("GET", "/", 404)]
#[case::no_token("GET", "/downloads/", 404)]
#[case::too_short("GET", "/downloads/abc", 404)]
#[case::a_guess("GET", "/downloads/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 404)]
#[case::a_guess_and_more("GET", "/downloads/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/x", 404)]
#[case::a_look("HEAD", "/downloads/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 404)]
#[case::escaped("GET", "/downloads/%2e%2e%2f", 404)]
#[case::another_method("POST", "/downloads/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 405)]
#[case::a_delete("DELETE", "/", 405)]
#[tokio::test]
async fn dwn_2_anything_else_is_not_there(
    #[case] method: &str,
    #[case] path: &str,
    #[case] status: u16,
) {
    let house = House::on(Backend::Sqlite).await;
    let page = http::ask(method, &format!("http://{}{path}", house.downloads)).await;
    assert_eq!((page.status, page.header("location")), (status, None));
}

#[tokio::test]
async fn dwn_2_what_is_no_request_ends_the_connection_alone() {
    let house = House::on(Backend::Sqlite).await;
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(100_000));
    for (text, status) in [("nonsense\r\n\r\n", 400), ("GET /\u{1} HTTP/1.1\r\n\r\n", 400)] {
        assert_eq!(http::send(house.downloads, text).await.status, status);
    }
    assert!((400..500).contains(&http::send(house.downloads, &long).await.status));
    let (_, made) = a_link(&house).await;
    assert_eq!(get(&made.uri).await.status, 302);
}

#[rstest]
#[tokio::test]
async fn d_28_the_same_request_shows_the_same_link_and_is_another_read(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (purchase, _) = a_link(&house).await;
    let message = link_ask(&purchase, Uuid::from_u128(77));
    let call = async |message: pb::CreateDownloadLinkRequest| -> Result<_, Status> {
        let call = house.call(&agent(&purchase), message);
        house.software().create_download_link(call).await.map(tonic::Response::into_inner)
    };
    let one = call(message.clone()).await.unwrap();
    let two = call(message.clone()).await.unwrap();
    assert_eq!(one.uri, two.uri);
    assert_ne!(one.audit_entry, two.audit_entry);
    let other = pb::CreateDownloadLinkRequest { language: "de".to_owned(), ..message };
    let refused = call(other).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned())
    );
}
