//! Every way in which a call goes no further than the door.

use std::collections::BTreeSet;

use proto::common::Role;
use rpc::{Classify, Kind};

use crate::refusal::Refusal;
use crate::role::listed;

/// Why a call is not let in, or not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Nobody knows who is calling.
    #[error(transparent)]
    Unauthenticated(#[from] Refusal),
    /// Somebody known, without a role that the method asks for (PAR-12).
    #[error("the token has none of the roles that this takes: {}", listed(.roles))]
    RoleRequired {
        /// Any of these would do.
        roles: BTreeSet<Role>,
    },
    /// A handler asked for the caller of a request that the layer has not seen.
    #[error("the request has no verified caller")]
    NoCaller,
    /// We could not make a token of our own.
    #[error("the token could not be signed: {why}")]
    Unsigned {
        /// What went wrong.
        why: String,
    },
}

impl AccessError {
    /// Returns the reason, which outlives the error.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::RoleRequired { .. } => "ROLE_REQUIRED",
            Self::NoCaller | Self::Unsigned { .. } => "INTERNAL",
        }
    }
}

impl Classify for AccessError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unauthenticated(_) => Kind::Unauthenticated,
            Self::RoleRequired { .. } => Kind::Forbidden,
            Self::NoCaller | Self::Unsigned { .. } => Kind::Internal,
        }
    }

    fn reason(&self) -> &str {
        self.word()
    }

    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::RoleRequired { .. } => Some("PAR-12"),
            Self::Unauthenticated(_) | Self::NoCaller | Self::Unsigned { .. } => None,
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unauthenticated(refusal) => refusal.values(),
            Self::RoleRequired { roles } => vec![("roles", listed(roles))],
            Self::NoCaller | Self::Unsigned { .. } => vec![],
        }
    }
}
