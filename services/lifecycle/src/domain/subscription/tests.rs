//! A subscription is stored as one row and comes back as it was.

use super::*;
use crate::domain::tests::{World, perpetual, yearly};

#[test]
fn tim_6_a_subscription_survives_being_written_down() {
    let world = World::new();
    for offer in [yearly("120.00"), perpetual("99.99")] {
        let sub = world.buy(&offer, 3, "2026-01-10T15:00:00.123Z");
        let text = serde_json::to_string(&sub).unwrap();
        assert_eq!(serde_json::from_str::<Subscription>(&text).unwrap(), sub);
    }
}
