//! Publishes the statement about blocked markets that the program carries.

use db::Tx;
use vocab::BlockedMarkets;

use super::App;
use crate::domain::blocked::built_in;
use crate::error::Error;
use crate::store;

impl App {
    /// Puts the built-in statement into the catalog and its feed, unless it is there already.
    ///
    /// Source: MKT-1, MKT-4.
    pub async fn publish_built_in(&self) -> Result<(), Error> {
        let statement = built_in();
        let mut tx = self.db.read().await?;
        if is_known(&mut tx, &statement).await? {
            // An import elsewhere may take a while, and shall not keep this process from starting.
            return Ok(());
        }
        drop(tx);
        let mut tx = self.db.begin().await?;
        let mut head = store::head::lock(&mut tx).await?;
        if is_known(&mut tx, &statement).await? {
            return Ok(());
        }
        head.position += 1;
        store::blocked::insert(&mut tx, &statement, head.position).await?;
        store::head::save(&mut tx, head).await?;
        tx.commit().await?;
        self.written.send_replace(head.position);
        Ok(())
    }
}

async fn is_known(tx: &mut Tx, statement: &BlockedMarkets) -> Result<bool, Error> {
    let known = store::blocked::by_version(tx, statement.kind, &statement.version).await?;
    Ok(known.is_some())
}
