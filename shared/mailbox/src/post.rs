//! Carries what is in the outbox: claims letters, calls the courier, strikes off what was taken.
//!
//! Claim and settlement are two transactions, and no transaction is open while the courier is out. A
//! process that dies in between leaves its leases behind; when they end, the letters are carried again.

use std::{
    fmt::{self, Debug},
    sync::Arc,
    time::Duration,
};

use clock::Clock;
use db::{Db, DbError, Engine};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;
use worker::Progress;

use crate::{
    CarryError, Courier,
    meters::{self, Meters},
    outbox::{self, Claimed},
    round::{self, Round},
    route::Route,
};

/// How long the letters of a process that died are left alone.
const LEASE: SignedDuration = SignedDuration::from_secs(10);

/// How long a round may take: well within the lease, so that usually nobody else carries the same.
const ROUND_MAX: Duration = Duration::from_secs(8);

/// How long a destination's loop rests when it has no mail: within this, letters are noticed that came
/// without a nudge, such as those of a process that died.
const REST: Duration = Duration::from_secs(1);

/// How often the mail is counted, for those who watch it.
const COUNT_REST: Duration = Duration::from_secs(30);

/// Why a delivery failed.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Our own database failed. What was carried is carried again when its lease has ended.
    #[error("the outbox cannot be worked on")]
    Db(#[from] DbError),
    /// The destination took nothing, or not all; nothing is lost.
    #[error(transparent)]
    Carry(#[from] CarryError),
    /// The post was not told of this destination.
    #[error("{0} is none of the destinations of this post")]
    UnknownDestination(String),
}

/// Wakes a post; clones wake the same one.
#[derive(Debug, Clone)]
pub struct Nudge(Arc<[Arc<Notify>]>);

impl Nudge {
    /// Says that letters were sent; to be called after the commit. Harmless in vain.
    pub fn notify(&self) {
        self.0.iter().for_each(|destination| destination.notify_one());
    }
}

/// Carries the letters in one service's outbox; several processes share the work on one database.
pub struct Post<C> {
    db: Db,
    clock: Arc<dyn Clock>,
    courier: C,
    routes: Vec<Route>,
    meters: Meters,
}

impl<C> Debug for Post<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post")
            .field("db", &self.db)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}

impl<C: Courier> Post<C> {
    /// Returns a post that carries to `destinations`, by the real clock; letters to others wait.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        courier: C,
        destinations: &'static [&'static str],
    ) -> Self {
        let routes = destinations.iter().map(|to| Route::new(to)).collect();
        Self { db, clock, courier, routes, meters: Meters::new() }
    }

    /// Returns what wakes [`run`](Self::run), so that mail leaves at once.
    pub fn nudge(&self) -> Nudge {
        Nudge(self.routes.iter().map(|route| Arc::clone(&route.nudge)).collect())
    }

    /// Frees, at start, what this process carried when it died; returns how many letters.
    ///
    /// Only where it is alone with its database, on SQLite; elsewhere others may be carrying, and leases
    /// end by themselves.
    pub async fn recover(&self) -> Result<u64, DbError> {
        if self.db.engine() != Engine::Sqlite {
            return Ok(0);
        }
        let mut tx = self.db.begin().await?;
        let freed = outbox::release_all(&mut tx).await?;
        tx.commit().await?;
        Ok(freed)
    }

    /// Delivers until `stop` is cancelled: each destination in a loop of its own, so that one that is
    /// down holds up no other. What is being carried then is still brought to its end.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let loops = self.routes.iter().map(|route| {
            worker::run(stop.clone(), REST, Arc::clone(&route.nudge), || self.tick(route))
        });
        let count = worker::run(stop.clone(), COUNT_REST, Arc::default(), || self.count());
        tokio::join!(join_all(loops), count);
    }

    /// Counts the mail; a destination without any is told as such, or its last count would stand for ever.
    async fn count(&self) -> Result<Progress, DbError> {
        let mut tx = self.db.read().await?;
        let mut standing = meters::standing(&mut tx).await?;
        tx.commit().await?;
        for route in &self.routes {
            standing.entry(route.to.to_owned()).or_default();
        }
        let now = self.clock.now();
        for (to, of) in &standing {
            self.meters.stands(to, *of, now);
        }
        Ok(Progress::Idle)
    }

    async fn tick(&self, route: &Route) -> Result<Progress, DeliveryError> {
        // A nudge does not help a destination that is down.
        if let Some(rest) = route.rest() {
            return Ok(Progress::IdleFor(rest));
        }
        match self.deliver(route).await {
            Err(DeliveryError::Carry(_)) => Ok(Progress::More),
            outcome => outcome,
        }
    }

    /// Carries one round of letters to `to`, at once, however it fared there before.
    ///
    /// [`Progress::More`] says that there were some; [`Progress::IdleFor`] when the next one, set aside
    /// before, is due.
    pub async fn deliver_once(&self, to: &str) -> Result<Progress, DeliveryError> {
        match self.routes.iter().find(|route| route.to == to) {
            Some(route) => self.deliver(route).await,
            None => Err(DeliveryError::UnknownDestination(to.to_owned())),
        }
    }

    async fn deliver(&self, route: &Route) -> Result<Progress, DeliveryError> {
        let now = self.clock.now();
        let deadline = Instant::now() + ROUND_MAX;
        let letters = self.claim(route, now).await?;
        if letters.is_empty() {
            return self.wait(route.to, now).await;
        }
        let round = round::go(&self.courier, route.to, letters, (now, deadline)).await;
        self.settle(route.to, &round).await?;
        match round.failure {
            None => {
                note_success(route);
                Ok(Progress::More)
            }
            Some(failure) => {
                note_failure(route, &failure);
                Err(failure.into())
            }
        }
    }

    /// Returns letters that nobody else carries for a while.
    async fn claim(&self, route: &Route, now: Timestamp) -> Result<Vec<Claimed>, DbError> {
        let leased_until = now.saturating_add(LEASE).unwrap_or(now);
        let mut tx = self.db.begin().await?;
        let letters =
            outbox::claim(&mut tx, route.to, (now, leased_until), route.letters_max()).await?;
        tx.commit().await?;
        Ok(letters)
    }

    async fn wait(&self, to: &str, now: Timestamp) -> Result<Progress, DeliveryError> {
        let mut tx = self.db.read().await?;
        let due_at = outbox::next_due(&mut tx, to, now).await?;
        tx.commit().await?;
        let due_in = due_at.map(|due_at| now.duration_until(due_at).unsigned_abs());
        Ok(due_in.map_or(Progress::Idle, Progress::IdleFor))
    }

    async fn settle(&self, to: &str, round: &Round) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        outbox::strike_off(&mut tx, to, &round.taken).await?;
        outbox::set_aside(&mut tx, to, &round.set_aside).await?;
        outbox::release(&mut tx, to, &round.released).await?;
        tx.commit().await?;
        tracing::debug!(
            to,
            taken_count = round.taken.len(),
            set_aside_count = round.set_aside.len(),
            released_count = round.released.len(),
            "a round of letters was carried"
        );
        Ok(())
    }
}

fn note_success(route: &Route) {
    let failures = route.succeeded();
    if 0 < failures {
        tracing::info!(to = route.to, failures, "mail is flowing again");
    }
}

/// Says so once, however long it lasts.
fn note_failure(route: &Route, failure: &CarryError) {
    let (to, failures_in_a_row) = (route.to, route.failed(failure));
    if failures_in_a_row == 1 {
        tracing::warn!(to, error = %failure, "mail does not flow; it is kept and tried again");
    } else {
        tracing::debug!(to, error = %failure, failures_in_a_row, "mail still does not flow");
    }
}
