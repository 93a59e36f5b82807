//! Migrations from volume licensing: begin, read, deploy.

use access::Caller;
use db::Tx;
use jiff::civil::Date;
use replay::{Answer, Once};
use rpc::{Page, Pager, name};
use vocab::calendar::day_of;
use vocab::{ChangeId, CustomerId, MigrationId, SubscriptionId};

use super::App;
use super::entry::Deed;
use super::purchases::own_purchase_in;
use crate::domain::{self, DeviceGroup, KeyKind, Migration, MigrationChange, Purchase, Rejection};
use crate::error::{Error, Sought};
use crate::store;
use crate::store::migration_changes::Placed;

/// Changes of one answer, when nobody says how many.
const CHANGES_DEFAULT: i64 = 50;

/// What is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateMigration {
    /// Whose.
    pub customer: CustomerId,
    /// The purchase whose key the devices get.
    pub purchase: SubscriptionId,
    /// For people.
    pub title: String,
    /// The devices, each group named once: name, how many, day 0.
    pub groups: Vec<(String, i64, Date)>,
}

/// A migration, and the customer's today.
pub type Dated = (Migration, Date);

impl App {
    /// Begins a migration.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Rejected`] (KEY-4, PCX-1), [`Error::Replay`] (D-28).
    ///
    /// Source: VLC-1, VLC-2.
    pub async fn create_migration(
        &self,
        once: &Once<Dated>,
        caller: &Caller,
        command: CreateMigration,
    ) -> Result<Answer<Dated>, Error> {
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let CreateMigration { customer, purchase, title, groups } = command;
        let purchase = own_purchase_in(&mut tx, caller, (customer, purchase)).await?;
        domain::may_ask(&purchase, KeyKind::Mak)?;
        if purchase.state.is_over() {
            return Err(Rejection::KeyUnavailable { state: purchase.state }.into());
        }
        let now = self.now_of(&mut tx, purchase.test_clock).await?;
        let group = |(name, device_count, kms_activated_on)| DeviceGroup {
            name,
            device_count,
            kms_activated_on,
            deployed_count: 0,
            rung_until: now,
        };
        let mut migration = Migration {
            customer,
            id: MigrationId(self.ids.uuid()),
            purchase: purchase.id,
            partner: purchase.partner,
            test_clock: purchase.test_clock,
            title,
            groups: groups.into_iter().map(group).collect(),
            created_at: now,
        };
        let begun: Vec<_> =
            migration.groups.iter_mut().flat_map(|group| domain::begin(group, now)).collect();
        store::migrations::add(&mut tx, &migration).await?;
        self.tell(&mut tx, &migration, begun).await?;
        let by = (caller, "CreateMigration");
        self.end_migration(once, tx, by, (migration, purchase, day_of(now))).await
    }

    /// Records on how many devices of a group the new key is; what time had to say before comes first.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Rejected`] if the group has fewer devices.
    ///
    /// Source: VLC-2, VLC-3, TRP-63.
    pub async fn record_deployment(
        &self,
        once: &Once<Dated>,
        caller: &Caller,
        of: (CustomerId, MigrationId),
        (group, deployed_count): (&str, i64),
    ) -> Result<Answer<Dated>, Error> {
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let found = store::migrations::lock(&mut tx, of).await?;
        let mut migration = within_reach(found, caller, of)?;
        let of_purchase = (migration.customer, migration.purchase);
        let purchase = own_purchase_in(&mut tx, caller, of_purchase).await?;
        let now = self.now_of(&mut tx, migration.test_clock).await?;
        let what = || Sought::DeviceGroup(of, group.to_owned());
        let found = migration.groups.iter_mut().find(|it| it.name == group);
        let found = found.ok_or_else(|| Error::NotFound { what: what() })?;
        let mut changes = domain::ring(found, now);
        changes.extend(domain::deploy(found, deployed_count, now)?);
        store::migrations::save(&mut tx, &migration).await?;
        self.tell(&mut tx, &migration, changes).await?;
        let by = (caller, "RecordDeployment");
        self.end_migration(once, tx, by, (migration, purchase, day_of(now))).await
    }

    /// Returns a migration as it stands today.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn migration(
        &self,
        caller: &Caller,
        of: (CustomerId, MigrationId),
    ) -> Result<Dated, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let found = store::migrations::load(&mut tx, of).await?;
        let migration = within_reach(found, caller, of)?;
        let now = self.now_of(&mut tx, migration.test_clock).await?;
        Ok((migration, day_of(now)))
    }

    /// Returns a page of a customer's migrations, the newest first, and the token of the next page.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a customer of whom no purchase within reach is known (PAR-14).
    pub async fn list_migrations(
        &self,
        caller: &Caller,
        customer: CustomerId,
        (pager, page): (&Pager<'_>, &Page),
    ) -> Result<(Vec<Dated>, String), Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let partner = self.customer_within_reach(&mut tx, caller, customer).await?;
        let rows = store::migrations::page(&mut tx, (customer, partner), page).await?;
        let (migrations, next) = pager.cut(page, rows, store::migrations::page_key);
        let mut dated = Vec::with_capacity(migrations.len());
        for migration in migrations {
            let now = self.now_of(&mut tx, migration.test_clock).await?;
            dated.push((migration, day_of(now)));
        }
        Ok((dated, next))
    }

    /// Returns what happened to a customer's migrations after a place of the feed, in the order in which
    /// it was committed.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a customer of whom no purchase within reach is known (PAR-14).
    pub async fn migration_changes(
        &self,
        caller: &Caller,
        customer: CustomerId,
        (place, most): (i64, i32),
    ) -> Result<Vec<Placed>, Error> {
        let most = if most == 0 { CHANGES_DEFAULT } else { i64::from(most) };
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let partner = self.customer_within_reach(&mut tx, caller, customer).await?;
        Ok(store::migration_changes::after(&mut tx, (customer, partner), place, most).await?)
    }

    /// Puts changes into the feed, in the transaction of what they tell of.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        migration: &Migration,
        changes: Vec<MigrationChange>,
    ) -> Result<(), Error> {
        let with_id = |change| (ChangeId(self.ids.uuid()), change);
        let changes = changes.into_iter().map(with_id).collect();
        Ok(store::migration_changes::add(tx, migration, changes).await?)
    }

    async fn end_migration(
        &self,
        once: &Once<Dated>,
        mut tx: Tx,
        (caller, action): (&Caller, &str),
        (migration, purchase, today): (Migration, Purchase, Date),
    ) -> Result<Answer<Dated>, Error> {
        let of = (purchase.customer, purchase.id);
        let resource = name::Migration(migration.customer, migration.id).to_string();
        let deed = Deed { resource, ..Deed::at(caller, of, action).on(&purchase) };
        let dated = (migration, today);
        if once.validate_only {
            return Ok(Answer::Fresh(dated));
        }
        self.write(&mut tx, &self.entry(deed, None)).await?;
        once.keep(&mut tx, &dated).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(Answer::Fresh(dated))
    }
}

fn within_reach(
    found: Option<Migration>,
    caller: &Caller,
    of: (CustomerId, MigrationId),
) -> Result<Migration, Error> {
    let is_own = |it: &Migration| caller.reach.admits(it.partner, it.customer);
    found.filter(is_own).ok_or(Error::NotFound { what: Sought::Migration(of.0, of.1) })
}
