//! Migrations from volume licensing, between the wire and the domain.

use std::collections::BTreeSet;

use jiff::civil::Date;
use proto::licensekey as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{ChangeId, CustomerId, MigrationId, SubscriptionId};

use crate::domain::{
    DeploymentState, DeviceGroup, HELP, Migration, MigrationChange, MigrationChangeKind,
};

/// Device groups on their way in: name, how many devices, day 0.
pub type Groups = Vec<(String, i64, Date)>;

/// Reads what is to begin: whose, for which purchase, with which groups.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn create_migration(
    request: &pb::CreateMigrationRequest,
) -> Result<(CustomerId, SubscriptionId, Groups), Violations> {
    let mut fields = Fields::of(request);
    let customer = fields.parse::<name::Customer>("parent", &request.parent);
    let purchase = fields.parse::<name::Subscription>("subscription", &request.subscription);
    if let (Some(customer), Some(purchase)) = (customer, purchase)
        && customer.0 != purchase.0
    {
        fields.wrong("subscription", "belongs to another customer than parent");
    }
    let mut names = BTreeSet::new();
    let mut groups = vec![];
    for (index, group) in request.device_groups.iter().enumerate() {
        let field = |name: &str| format!("device_groups[{index}].{name}");
        if !names.insert(&group.device_group) {
            fields.wrong(&field("device_group"), "is named twice");
        }
        let day = group.kms_activation_date.as_ref();
        let day = day.and_then(|day| fields.keep(&field("kms_activation_date"), wire::civil(day)));
        groups.extend(day.map(|day| (group.device_group.clone(), group.device_count, day)));
    }
    let read = customer.zip(purchase).map(|(customer, purchase)| (customer.0, purchase.1, groups));
    fields.finish(read)
}

/// Reads the name of a migration.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn migration_name(
    mut fields: Fields,
    text: &str,
) -> Result<(CustomerId, MigrationId), Violations> {
    let read = fields.parse::<name::Migration>("name", text);
    fields.finish(read.map(|name::Migration(customer, id)| (customer, id)))
}

/// Reads whose migrations are asked for.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn migrations_parent(mut fields: Fields, text: &str) -> Result<CustomerId, Violations> {
    let read = fields.parse::<name::Customer>("parent", text);
    fields.finish(read.map(|customer| customer.0))
}

/// Writes a migration as it stands on a day.
pub fn migration((migration, today): &(Migration, Date)) -> pb::Migration {
    let purchase = name::Subscription(migration.customer, migration.purchase);
    pb::Migration {
        name: name::Migration(migration.customer, migration.id).to_string(),
        subscription: purchase.to_string(),
        title: migration.title.clone(),
        device_groups: migration.groups.iter().map(|one| group(one, *today)).collect(),
        create_time: Some(wire::timestamp(migration.created_at)),
        help: HELP.to_owned(),
    }
}

fn group(group: &DeviceGroup, today: Date) -> pb::DeviceGroup {
    let state = match group.state(today) {
        DeploymentState::Planned => pb::DeploymentState::Planned,
        DeploymentState::Deployed => pb::DeploymentState::Deployed,
        DeploymentState::AtRisk => pb::DeploymentState::AtRisk,
    };
    pb::DeviceGroup {
        device_group: group.name.clone(),
        device_count: group.device_count,
        kms_activation_date: Some(wire::date(group.kms_activated_on)),
        deployed_count: group.deployed_count,
        state: state.into(),
        last_safe_date: Some(wire::date(group.last_safe_on())),
        days_left: group.days_left(today),
    }
}

/// Writes something that happened.
pub fn migration_change(
    (customer, id): (CustomerId, MigrationId),
    change_id: ChangeId,
    change: &MigrationChange,
) -> pb::MigrationChange {
    let kind = match change.kind {
        MigrationChangeKind::Planned => pb::MigrationChangeKind::Planned,
        MigrationChangeKind::Reminded => pb::MigrationChangeKind::Reminded,
        MigrationChangeKind::AtRisk => pb::MigrationChangeKind::AtRisk,
        MigrationChangeKind::Progressed => pb::MigrationChangeKind::Progressed,
        MigrationChangeKind::Deployed => pb::MigrationChangeKind::Deployed,
    };
    pb::MigrationChange {
        name: format!("{}/changes/{change_id}", name::Migration(customer, id)),
        device_group: change.group.clone(),
        kind: kind.into(),
        effective_time: Some(wire::timestamp(change.at)),
        days_left: change.days_left,
        deployed_count: change.deployed_count,
        advice: change.advice(),
    }
}
