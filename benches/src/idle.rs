//! How soon `tenure up` serves, and how much memory it takes while nobody calls and after a load of orders.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use access::Claims;
use anyhow::Context;
use clock::{Clock, SystemClock};
use proto::order::OrderState;
use tenure::keys::Secrets;
use tokio::time::{Instant, sleep};

use crate::Plan;
use crate::figure::{Figure, Unit};
use crate::fleet::wait_until_serving;
use crate::host::{ANY_PORT, TOKEN_LIFETIME};
use crate::load::{closed_loop, micros};
use crate::process::{Memory, Spawned, free_port, tenure};
use crate::report::{Report, say};
use crate::shop::Shop;

/// How many order at once.
const CALLERS: usize = 4;
/// What was needed for the start has been given back by then.
const REST: Duration = Duration::from_secs(3);

/// A start, and the rest after it.
struct Start {
    micros: u64,
    memory: Memory,
}

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let name = format!("tenure-benches-{}", vocab::IdGen::random().uuid());
    let home = std::env::temp_dir().join(name);
    let measured = starts(&home, plan.rounds).await;
    let ordered = ordered(&home.join("orders"), plan.seconds).await;
    std::fs::remove_dir_all(&home).context("the folder of the benchmark")?;
    let ((first, again), ordered) = (measured?, ordered?);

    let times = |starts: &[Start]| {
        Figure::new(Unit::Micros, starts.iter().map(|start| start.micros).collect())
    };
    let memory = |of: fn(Memory) -> u64| {
        Figure::new(Unit::KibiBytes, again.iter().map(|start| of(start.memory)).collect())
    };
    let mut report = Report::default();
    report.line("`tenure up`: first start, with keys and databases to make", times(&first), None);
    report.line("`tenure up`: start", times(&again), None);
    report.line("`tenure up`: resident at rest", memory(|it| it.resident), None);
    report.line("`tenure up`: peak since start", memory(|it| it.peak), None);
    let ordered = Figure::new(Unit::KibiBytes, vec![ordered.resident]);
    report.line("`tenure up`: resident after orders", ordered, None);
    Ok(report)
}

/// Starts in new folders, then as often in one that is there.
async fn starts(home: &Path, rounds: u32) -> anyhow::Result<(Vec<Start>, Vec<Start>)> {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        say(format!("starts of `tenure up`, round {}", round + 1));
        let folder = home.join(round.to_string());
        std::fs::create_dir_all(&folder)?;
        first.push(start(&folder).await?);
        again.push(start(&folder).await?);
    }
    Ok((first, again))
}

/// From the start of the process to its first answer that it serves.
async fn start(data: &Path) -> anyhow::Result<Start> {
    let began = Instant::now();
    let (mut up, _) = serving(data).await?;
    let micros = micros(began.elapsed());
    sleep(REST).await;
    let memory = up.memory()?;
    up.stop()?;
    Ok(Start { micros, memory })
}

/// Starts it, and waits until it serves.
async fn serving(data: &Path) -> anyhow::Result<(Spawned, SocketAddr)> {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
    let mut command = Command::new(tenure()?);
    command.args(["up", "--listen", &address.to_string()]);
    command.args(["--downloads", &ANY_PORT.to_string(), "--data"]).arg(data).current_dir(data);
    let up = Spawned::new(&mut command)?;
    wait_until_serving(address, "`tenure up`").await?;
    Ok((up, address))
}

/// Orders for a while, and returns the memory afterwards.
async fn ordered(data: &Path, seconds: u64) -> anyhow::Result<Memory> {
    std::fs::create_dir_all(data)?;
    let (mut up, address) = serving(data).await?;
    let secrets = Secrets::of(data)?;
    let signer = tenure::suite::signer(&secrets.private_key, &secrets.auth())?;
    let tokens = |claims: &Claims| Ok(signer.sign(claims, SystemClock.now(), TOKEN_LIFETIME)?);
    let shop = Shop::open(address, &tokens, CALLERS).await?;
    let mut buyers = shop.buyers(CALLERS, OrderState::Fulfilled).await?;
    say("orders at `tenure up`");
    closed_loop(&mut buyers, Duration::from_secs(seconds)).await?;
    let memory = up.memory()?;
    up.stop()?;
    Ok(memory)
}
