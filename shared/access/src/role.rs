//! What roles are called in tokens and refusals, and whose side they are on.

use std::collections::BTreeSet;

use proto::common::Role;

const PREFIX: &str = "ROLE_";

/// Returns the role's name in tokens and messages: `ADMIN_AGENT`.
pub fn role_name(role: Role) -> &'static str {
    let name = role.as_str_name();
    name.strip_prefix(PREFIX).unwrap_or(name)
}

/// Returns the role of that name; `None` for any other text, `UNSPECIFIED` included.
pub fn role_named(name: &str) -> Option<Role> {
    Role::from_str_name(&format!("{PREFIX}{name}")).filter(|role| *role != Role::Unspecified)
}

/// Returns the names, separated by commas: `ADMIN_AGENT, OPERATOR`.
pub(crate) fn listed(roles: &BTreeSet<Role>) -> String {
    roles.iter().copied().map(role_name).collect::<Vec<_>>().join(", ")
}

/// Whom somebody with a role acts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Partner,
    Customer,
    Platform,
}

/// Returns the side that the role is on; `None` for no role.
pub(crate) const fn side(role: Role) -> Option<Side> {
    match role {
        Role::Unspecified => None,
        Role::GlobalAdmin
        | Role::AdminAgent
        | Role::SalesAgent
        | Role::BillingAdmin
        | Role::HelpdeskAgent
        | Role::AccountAdmin
        | Role::ReferralAdmin
        | Role::MarketingContentAdmin => Some(Side::Partner),
        Role::CustomerGlobalAdmin => Some(Side::Customer),
        Role::Operator | Role::Service => Some(Side::Platform),
    }
}
