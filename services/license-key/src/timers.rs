//! The tick: reminds of migrations whose time runs out, and forgets what nobody will ask for again. Keys
//! and purchases have no alarms. And how full the pools are, for those who watch them.

mod meters;

pub use meters::Meters;

use std::sync::Arc;
use std::time::Duration;

use worker::Progress;

use crate::app::App;
use crate::error::Error;

/// How often there is something to say or to forget: days are what counts, so rarely.
pub const REST: Duration = Duration::from_hours(1);

/// Reminds, and forgets a batch.
///
/// # Errors
///
/// Those of the database.
pub async fn tick(app: Arc<App>) -> Result<Progress, Error> {
    let (rung, forgotten) = (app.ring_due().await?, app.forget().await?);
    let is_done = rung == Progress::Idle && forgotten == Progress::Idle;
    Ok(if is_done { Progress::Idle } else { Progress::More })
}

/// Between two looks at the pools.
pub const COUNT_REST: Duration = Duration::from_secs(30);

/// As far as the keys of a pool are counted: who watches wants to know of its end, not of its beginning.
const LEVEL_MAX: i64 = 10_000;

/// Looks how full the pools are.
///
/// # Errors
///
/// Those of the database.
pub async fn count(app: Arc<App>, meters: Arc<Meters>) -> Result<Progress, Error> {
    let low_water = app.key_pool_low_water;
    meters.stand(&app.pool_levels(LEVEL_MAX.max(low_water + 1)).await?, low_water);
    Ok(Progress::Idle)
}
