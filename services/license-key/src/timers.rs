//! The tick: reminds of migrations whose time runs out, and forgets what nobody will ask for again. Keys
//! and purchases have no alarms.

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
