//! Random years of many subscriptions, lived by the service and by a reference beside it: to the
//! cent and to the millisecond they must agree on money, windows, seats, terms and what was refused.
//!
//! `TENURE_TEST_HISTORIES` asks for a longer run, `TENURE_TEST_SEED` for one world again.

mod calendar;
mod coverage;
mod goods;
mod plans;
mod reference;
mod told;
mod verbs;
mod wishes;
mod world;

use rstest::rstest;
use testkit::Backend;

use self::coverage::Coverage;
use self::world::{TOGETHER, World};

/// As many histories as every run has; what a verb does must then have been seen.
const USUAL: usize = 1_000;

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn bil_8_random_years_agree_with_a_reference(#[case] backend: Backend) {
    let mut coverage = Coverage::default();
    let worlds = match asked("TENURE_TEST_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..asked("TENURE_TEST_HISTORIES").unwrap_or(USUAL).div_ceil(TOGETHER),
    };
    for seed in worlds.clone() {
        let world = World::on(backend, seed).await;
        Box::pin(world.live(&mut coverage)).await;
    }
    show(&coverage);
    if USUAL <= worlds.len() * TOGETHER {
        coverage.check();
    }
}

#[expect(clippy::print_stdout, reason = "whoever asks for --nocapture wants to see it")]
fn show(coverage: &Coverage) {
    println!("{coverage}");
}

#[expect(clippy::disallowed_methods, reason = "a test has no configuration file")]
fn asked(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|asked| asked.parse().expect("a number"))
}
