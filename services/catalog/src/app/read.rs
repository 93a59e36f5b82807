//! Reads a file on a thread of its own, while its prices go to the database page by page: neither ever
//! has all of them. What they change is not here.

use std::collections::BTreeMap;
use std::fs::File as Spool;
use std::io::{self, Read, Seek as _};
use std::mem::take;

use db::Tx;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use vocab::ProductId;

use crate::domain::file::{self, File, Outline, Priced};
use crate::domain::finding::{Finding, Found, ReadError};
use crate::domain::product::Product;
use crate::domain::revision::{Format, Phase, Progress};
use crate::domain::trial;
use crate::error::Error;
use crate::store::staging;

/// How many prices are written at once.
const PAGE: usize = 1_000;

/// How many pages may wait for the database.
const PAGES_WAITING: usize = 2;

/// How many prices that end without having begun are told.
const VAIN_ENDS_MAX: i64 = 100;

/// A file of which all is read but its prices.
#[derive(Debug)]
pub enum Opened {
    /// A document; what replaces the date of its first list.
    Document(Spool, Box<Outline>, Option<Timestamp>),
    /// A table, which is all prices; from when its offers are for sale.
    Table(Spool, Timestamp),
}

/// Reads what a file says besides prices.
///
/// # Errors
///
/// [`Error::Broken`], [`Error::Unreadable`].
pub async fn open(spool: Spool, format: Format) -> Result<Opened, Error> {
    let effective_at = match format {
        Format::Table { effective_at } => return Ok(Opened::Table(spool, effective_at)),
        Format::Document { effective_at } => effective_at,
    };
    // A large file takes seconds to read, in which this thread would answer nobody else.
    let reading = tokio::task::spawn_blocking(move || {
        let outline = file::outline(from_start(&spool)?)?;
        Ok::<_, ReadError>(Opened::Document(spool, Box::new(outline), effective_at))
    });
    Ok(reading.await??)
}

fn from_start(mut spool: &Spool) -> io::Result<&Spool> {
    spool.rewind()?;
    Ok(spool)
}

/// Reads prices into the staging table, and the rest into the answer; `known` are the products of the
/// catalog, by which a table is read.
///
/// # Errors
///
/// [`Error::Broken`] with everything that is wrong.
pub async fn stage(
    tx: &mut Tx,
    opened: Opened,
    known: BTreeMap<ProductId, Product>,
    progress: &watch::Sender<Progress>,
) -> Result<File, Error> {
    let (sender, mut pages) = mpsc::channel(PAGES_WAITING);
    let reading = tokio::task::spawn_blocking(move || read(opened, known, sender));
    let mut found = Found::default();
    while let Some(page) = pages.recv().await {
        for (place, id) in staging::write(tx, &page).await? {
            let why = format!("{id} has a price already in this list");
            found.push(Finding::new(place, why));
        }
        let count = u64::try_from(page.len()).unwrap_or(u64::MAX);
        progress.send_modify(|progress| {
            progress.phase = Phase::Reading;
            progress.read_count = progress.read_count.saturating_add(count);
        });
    }
    let file = match reading.await? {
        Err(ReadError::Broken(findings)) => {
            found.extend(findings);
            Err(ReadError::Io(io::ErrorKind::InvalidData.into()))
        }
        read => read,
    };
    found.none()?;
    let file = file?;
    check_ends(tx).await?;
    for list in 0..i64::try_from(file.dates.len()).unwrap_or(i64::MAX) {
        link_trials(tx, list).await?;
    }
    Ok(file)
}

async fn check_ends(tx: &mut Tx) -> Result<(), Error> {
    let mut found = Found::default();
    for (place, id) in staging::vain_ends(tx, VAIN_ENDS_MAX).await? {
        let why = format!("{id} is not for sale before and so cannot end");
        found.push(Finding::new(place, why));
    }
    Ok(found.none()?)
}

/// Tells every trial that is for sale from a list on what it becomes then.
///
/// Source: TRI-3.
async fn link_trials(tx: &mut Tx, list: i64) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let trials = staging::trials(tx, list, &after).await?;
        let Some((end, _)) = trials.last() else { return Ok(()) };
        after.clone_from(&end.id.0);
        let names = trials.iter().flat_map(|(offer, paid)| trial::successors(offer, paid));
        let for_sale = staging::for_sale(tx, list, names).await?;
        let linked = trials.into_iter().filter_map(|(offer, paid)| {
            let becomes = trial::becomes(&offer, &paid, &for_sale);
            (offer.converts_to != becomes).then(|| {
                Priced::relinked(list, vocab::Offer { converts_to: becomes, ..offer }, paid)
            })
        });
        let linked: Vec<_> = linked.collect();
        staging::replace(tx, &linked).await?;
    }
}

/// Prices on their way to the database.
struct Pages {
    page: Vec<Priced>,
    sender: mpsc::Sender<Vec<Priced>>,
}

impl Pages {
    fn push(&mut self, priced: Priced) {
        self.page.push(priced);
        if PAGE <= self.page.len() {
            self.send();
        }
    }

    fn send(&mut self) {
        // Nobody takes them any more: `Attended` ends the reading.
        drop(self.sender.blocking_send(take(&mut self.page)));
    }
}

/// A file that ends as soon as nobody waits for its prices any more.
struct Attended<'s> {
    spool: &'s Spool,
    sender: mpsc::Sender<Vec<Priced>>,
}

impl Read for Attended<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.sender.is_closed() {
            return Err(io::ErrorKind::Other.into());
        }
        self.spool.read(buffer)
    }
}

fn read(
    opened: Opened,
    known: BTreeMap<ProductId, Product>,
    sender: mpsc::Sender<Vec<Priced>>,
) -> Result<File, ReadError> {
    let mut pages = Pages { page: vec![], sender: sender.clone() };
    let sink = &mut |priced| pages.push(priced);
    let file = match opened {
        Opened::Document(spool, outline, effective_at) => {
            outline.read_prices(Attended { spool: from_start(&spool)?, sender }, effective_at, sink)
        }
        Opened::Table(spool, effective_at) => {
            let source = Attended { spool: from_start(&spool)?, sender };
            file::read_table(source, effective_at, known, sink)
        }
    };
    pages.send();
    file
}
