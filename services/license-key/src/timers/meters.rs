//! What those who watch the stock of keys see, by OpenTelemetry. There are as many series as pools, which
//! operators make, not customers.

use std::fmt::Display;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Gauge;

/// The instruments of the pools.
#[derive(Debug)]
pub struct Meters {
    available: Gauge<i64>,
    low_water: Gauge<i64>,
}

impl Meters {
    /// Instruments of the process's telemetry, which must have been started.
    pub fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure");
        Self {
            available: meter
                .i64_gauge("tenure.key_pool.available")
                .with_description("Keys of a SKU that can still be handed out, up to ten thousand")
                .build(),
            low_water: meter
                .i64_gauge("tenure.key_pool.low_water")
                .with_description("At how few keys left a pool is low")
                .build(),
        }
    }

    /// Notes how many keys each pool has left, and at how few it is low.
    pub fn stand(&self, levels: &[(impl Display, i64)], low_water: i64) {
        self.low_water.record(low_water, &[]);
        for (sku, left) in levels {
            self.available.record(*left, &[KeyValue::new("sku", sku.to_string())]);
        }
    }
}
