//! The story of the demo, as a test: on both engines, and beside others in one process.

use rstest::rstest;
use testkit::Backend;

use super::harness::books;
use super::harness::house::House;
use super::harness::place::Place;
use super::harness::shop::Shop;
use tenure::import::request_id;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_story_ends_well(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let place = Place::fresh(backend);
    tenure::demo::play_on(place.databases()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn suites_in_one_process_do_not_meet() {
    let houses = [House::on(Backend::Sqlite).await, House::on(Backend::Sqlite).await];
    for house in &houses {
        let shop = Shop::open(house.desk()).await;
        let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
        shop.fulfilled(&order.name).await;
        books::assert_once(&shop, &[order.name], 0).await;
    }
    for house in houses {
        house.suite.stop().await.unwrap();
    }
}
