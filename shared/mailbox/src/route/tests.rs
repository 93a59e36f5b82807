//! On a paused clock.

use std::time::Duration;

use tokio::time::advance;

use super::{BACK_OFF_MAX, LETTERS_MAX, Route};
use crate::CarryError;

fn unreachable() -> CarryError {
    CarryError::Unreachable("connection refused".to_owned())
}

#[tokio::test(start_paused = true)]
async fn rests_double_up_to_a_bound_and_end() {
    let route = Route::new("order");
    assert_eq!(route.rest(), None);
    for (failures, longest) in [(1, 50), (2, 100), (3, 200), (4, 400), (5, 800), (6, 1_600)]
        .into_iter()
        .chain((7..100).map(|failures| (failures, 2_000)))
    {
        assert_eq!(route.failed(&unreachable()), failures);
        let (rest, longest) = (route.rest().unwrap(), Duration::from_millis(longest));
        assert!(longest / 2 <= rest && rest <= longest, "{failures}: {rest:?}");
    }
    advance(BACK_OFF_MAX).await;
    assert_eq!(route.rest(), None);
    assert_eq!((route.succeeded(), route.succeeded()), (99, 0));
    assert_eq!(route.failed(&unreachable()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_ends_the_rest() {
    let route = Route::new("order");
    route.failed(&unreachable());
    route.succeeded();
    assert_eq!(route.rest(), None);
}

#[tokio::test]
async fn one_that_was_down_is_given_ever_more() {
    let route = Route::new("order");
    assert_eq!(route.letters_max(), LETTERS_MAX);
    route.failed(&CarryError::Failed("internal error".to_owned()));
    assert_eq!(route.letters_max(), LETTERS_MAX);
    route.failed(&unreachable());
    let growth: Vec<u32> = (0..10)
        .map(|_| {
            let max = route.letters_max();
            route.succeeded();
            max
        })
        .collect();
    assert_eq!(growth, [1, 2, 4, 8, 16, 32, 64, 128, 200, 200]);
}
