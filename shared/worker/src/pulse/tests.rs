//! What ends a rest, and when a heartbeat is due, in a time that stands still until somebody waits.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, advance};
use tokio_util::sync::CancellationToken;

use super::{Pace, Pulse};

/// As exact as timers are.
const A_MOMENT: Duration = Duration::from_millis(2);
const PACE: Pace = Pace { heartbeat: Duration::from_secs(15), poll: Duration::from_secs(40) };

fn pulse() -> (Pulse<i64>, watch::Sender<i64>, CancellationToken) {
    let (writes, written) = watch::channel(0);
    let stop = CancellationToken::new();
    (Pulse::new(stop.clone(), PACE, written), writes, stop)
}

/// Returns how long a feed rests.
async fn rested(pulse: &mut Pulse<i64>) -> Duration {
    let began = Instant::now();
    pulse.rest().await;
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn the_first_heartbeat_is_due_at_once_and_the_next_in_time() {
    let (mut pulse, _writes, _) = pulse();
    assert!(pulse.is_beat_due());
    assert!(!pulse.is_beat_due());
    let almost = Duration::from_millis(14_999);
    advance(almost).await;
    assert!(!pulse.is_beat_due());
    advance(PACE.heartbeat.saturating_sub(almost)).await;
    assert!(pulse.is_beat_due());
}

#[tokio::test(start_paused = true)]
async fn a_rest_ends_with_the_heartbeat() {
    let (mut pulse, _writes, _) = pulse();
    assert!(pulse.is_beat_due());
    let rested = rested(&mut pulse).await;
    assert!(PACE.heartbeat <= rested && rested <= PACE.heartbeat + A_MOMENT, "{rested:?}");
    assert!(pulse.is_beat_due());
}

#[tokio::test(start_paused = true)]
async fn what_is_written_while_the_feed_is_read_ends_the_rest() {
    let (mut pulse, writes, _) = pulse();
    assert!(pulse.is_beat_due());
    pulse.begin();
    writes.send(1).unwrap();
    assert!(rested(&mut pulse).await <= A_MOMENT);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_rest() {
    let (mut pulse, _writes, stop) = pulse();
    assert!(pulse.is_beat_due());
    assert!(!pulse.is_stopped());
    stop.cancel();
    assert!(rested(&mut pulse).await <= A_MOMENT);
    assert!(pulse.is_stopped());
}
