//! The way of devices from volume licensing to a purchase: a KMS activation lasts 180 days.
//!
//! Source: VLC-1..4, TRP-63.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use vocab::calendar::{day_of, days_between, start_of};
use vocab::{ClockId, CustomerId, MigrationId, PartnerId, SubscriptionId};

use super::Rejection;

/// Day 0 is that of the KMS activation; this is the last day on which it holds (VLC-2, TRP-63).
const SAFE_DAYS: i32 = 180;

/// How many days before the last safe one somebody is reminded: time enough for a roll-out in waves,
/// and once more when only a script helps.
const REMINDED_DAYS_LEFT: [i32; 4] = [60, 30, 7, 1];

/// Whom to ask.
pub const HELP: &str = "the technical presales and deployment team helps with the deployment";

vocab::text_enum! {
    /// What happened to a device group.
    MigrationChangeKind {
        /// The migration began.
        Planned = "PLANNED",
        /// Little time is left.
        Reminded = "REMINDED",
        /// Day 181 began (VLC-3).
        AtRisk = "AT_RISK",
        /// The new key is on some devices.
        Progressed = "PROGRESSED",
        /// The new key is on all devices.
        Deployed = "DEPLOYED",
    }
}

/// How far a device group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentState {
    /// Devices wait, and their KMS activation holds.
    Planned,
    /// No device waits.
    Deployed,
    /// Devices wait, and their KMS activation is over.
    AtRisk,
}

/// Devices whose KMS activation was last renewed on the same day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceGroup {
    /// Its name within the migration.
    pub name: String,
    /// How many devices it has.
    pub device_count: i64,
    /// Day 0.
    pub kms_activated_on: Date,
    /// On how many of them the new key is.
    pub deployed_count: i64,
    /// Up to when time was answered: no reminder before that is due any more.
    pub rung_until: Timestamp,
}

/// A migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Whose.
    pub customer: CustomerId,
    /// Which.
    pub id: MigrationId,
    /// The purchase whose key the devices get.
    pub purchase: SubscriptionId,
    /// Who sold it.
    pub partner: PartnerId,
    /// The clock on which the customer lives.
    pub test_clock: Option<ClockId>,
    /// For people.
    pub title: String,
    /// The devices.
    pub groups: Vec<DeviceGroup>,
    /// When it began.
    pub created_at: Timestamp,
}

/// What happened to a device group, before it has a place in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationChange {
    /// Which group.
    pub group: String,
    /// What happened.
    pub kind: MigrationChangeKind,
    /// When.
    pub at: Timestamp,
    /// Days left then until the last safe one.
    pub days_left: i64,
    /// On how many devices the new key was then.
    pub deployed_count: i64,
}

impl DeviceGroup {
    /// Returns the last day without downtime: day 180, inclusive.
    pub fn last_safe_on(&self) -> Date {
        plus(self.kms_activated_on, SAFE_DAYS)
    }

    /// Returns how many days are left on `day`: 0 on day 180.
    pub fn days_left(&self, day: Date) -> i64 {
        days_between(day, self.last_safe_on())
    }

    /// Returns how far it is on `day`.
    pub fn state(&self, day: Date) -> DeploymentState {
        if self.device_count <= self.deployed_count {
            DeploymentState::Deployed
        } else if day <= self.last_safe_on() {
            DeploymentState::Planned
        } else {
            DeploymentState::AtRisk
        }
    }

    /// Returns when time next has something to say: a reminder, or that day 181 begins.
    pub fn alarm(&self) -> Option<Timestamp> {
        let is_deployed = self.device_count <= self.deployed_count;
        let after = |(at, _): &(Timestamp, MigrationChangeKind)| self.rung_until < *at;
        self.dues().into_iter().find(after).filter(|_| !is_deployed).map(|(at, _)| at)
    }

    /// Everything that time says, the earliest first.
    fn dues(&self) -> [(Timestamp, MigrationChangeKind); 5] {
        let [first, second, third, fourth] = REMINDED_DAYS_LEFT.map(|left| {
            (start_of(plus(self.last_safe_on(), -left)), MigrationChangeKind::Reminded)
        });
        let over = start_of(plus(self.last_safe_on(), 1));
        [first, second, third, fourth, (over, MigrationChangeKind::AtRisk)]
    }

    fn change(&self, kind: MigrationChangeKind, at: Timestamp) -> MigrationChange {
        MigrationChange {
            group: self.name.clone(),
            kind,
            at,
            days_left: self.days_left(day_of(at)),
            deployed_count: self.deployed_count,
        }
    }
}

impl MigrationChange {
    /// Returns what to do; empty when nothing is to be done.
    ///
    /// Source: VLC-2..4.
    pub fn advice(&self) -> String {
        match self.kind {
            MigrationChangeKind::Planned
            | MigrationChangeKind::Reminded
            | MigrationChangeKind::Progressed => format!(
                "deploy the new key within {} days, by hand or by script (slmgr.vbs), and there is no \
                 downtime; {HELP}",
                self.days_left
            ),
            MigrationChangeKind::AtRisk => format!(
                "devices without the new key may be limited or blocked until they are reactivated with \
                 it; {HELP}"
            ),
            MigrationChangeKind::Deployed => String::new(),
        }
    }
}

/// Begins the clock of a group: reminders of before are not sent any more, but that it is at risk
/// already is said.
pub fn begin(group: &mut DeviceGroup, now: Timestamp) -> Vec<MigrationChange> {
    group.rung_until = now;
    let mut said = vec![group.change(MigrationChangeKind::Planned, now)];
    if group.state(day_of(now)) == DeploymentState::AtRisk {
        said.push(group.change(MigrationChangeKind::AtRisk, now));
    }
    said
}

/// Does what time has to say by now, each dated when it was due.
pub fn ring(group: &mut DeviceGroup, now: Timestamp) -> Vec<MigrationChange> {
    let mut said = vec![];
    while let Some(at) = group.alarm().filter(|at| *at <= now) {
        let due = group.dues().into_iter().find(|(due, _)| *due == at);
        said.extend(due.map(|(_, kind)| group.change(kind, at)));
        group.rung_until = at;
    }
    said
}

/// Records on how many devices of a group the new key is; `None` if that was known.
///
/// # Errors
///
/// [`Rejection::TooManyDevices`].
pub fn deploy(
    group: &mut DeviceGroup,
    deployed_count: i64,
    now: Timestamp,
) -> Result<Option<MigrationChange>, Rejection> {
    if group.device_count < deployed_count {
        return Err(Rejection::TooManyDevices {
            device_group: group.name.clone(),
            device_count: group.device_count,
            deployed_count,
        });
    }
    if group.deployed_count == deployed_count {
        return Ok(None);
    }
    group.deployed_count = deployed_count;
    // What time had to say before was said, or was about devices that were deployed.
    group.rung_until = group.rung_until.max(now);
    let kind = match group.state(day_of(now)) {
        DeploymentState::Deployed => MigrationChangeKind::Deployed,
        DeploymentState::Planned | DeploymentState::AtRisk => MigrationChangeKind::Progressed,
    };
    Ok(Some(group.change(kind, now)))
}

fn plus(day: Date, days: i32) -> Date {
    day.checked_add(days.days()).unwrap_or(Date::MAX)
}
