//! Whole lives at random through the verbs and the worker, stored at every step.

use jiff::SignedDuration;
use proptest::prelude::*;
use testkit::Backend;
use tokio::runtime::Runtime;
use vocab::Offer;

use super::given::{ada, billed_monthly, month_to_month, perpetual, server, total, yearly};
use super::house::House;
use crate::error::Error;

/// Something that a caller, or nobody, does.
#[derive(Debug, Clone)]
enum Act {
    Wait,
    Resize(i64),
    Suspend,
    Resume,
    AutoRenew(bool),
    Cancel,
}

fn an_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Wait),
        5 => (1_i64..30).prop_map(Act::Resize),
        1 => Just(Act::Suspend),
        2 => Just(Act::Resume),
        2 => any::<bool>().prop_map(Act::AutoRenew),
        1 => Just(Act::Cancel),
    ]
}

fn some_offers() -> impl Strategy<Value = Offer> {
    prop::sample::select(vec![yearly(), billed_monthly(), month_to_month(), server(), perpetual()])
}

/// Lives through `acts`, each after some hours; the worker wakes before each, or is down.
async fn live(offer: Offer, acts: Vec<(i64, bool, Act)>) {
    let house = House::on(Backend::Sqlite).await;
    let sub = house.buy(&offer, 10).await;
    for (hours, is_awake, act) in acts {
        let passed = SignedDuration::from_hours(hours);
        if is_awake {
            house.sleep(passed).await;
        } else {
            house.clock.advance(passed);
        }
        let done = match act {
            Act::Wait => Ok(()),
            Act::Resize(seats) => house.change_quantity(&ada(), &sub, seats).await.map(drop),
            Act::Suspend => house.suspend(&ada(), &sub).await.map(drop),
            Act::Resume => house.resume(&ada(), &sub).await.map(drop),
            Act::AutoRenew(is_on) => house.set_auto_renew(&ada(), &sub, is_on).await.map(drop),
            Act::Cancel => house.cancel(&ada(), &house.cancelling(&sub)).await.map(drop),
        };
        // What a rule forbids is no fault, and changes nothing.
        assert!(matches!(done, Ok(()) | Err(Error::Rejected(_))), "{act:?}: {done:?}");
        house.check_rows().await;
        assert!(0 <= total(&house.lines(&sub).await), "{act:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// However a life goes: never more is paid back than was paid, the seats are those of their
    /// batches, and the alarm that is stored is the one that the state asks for. What else holds
    /// is checked when the house is left.
    #[test]
    fn bil_8_a_life_adds_up(
        offer in some_offers(),
        acts in prop::collection::vec((0_i64..1_200, any::<bool>(), an_act()), 1..25),
    ) {
        Runtime::new().unwrap().block_on(live(offer, acts));
    }
}
