//! What a caller sees of a failing database.

use db::DbError;

use crate::error::{Classify, Kind};

impl Classify for DbError {
    fn kind(&self) -> Kind {
        match self {
            Self::Raced { .. } | Self::Conflict(_) => Kind::Conflict,
            Self::Full | Self::Unavailable(_) => Kind::Unavailable,
            Self::Driver(_)
            | Self::Corrupt { .. }
            | Self::Unique { .. }
            | Self::Aborted
            | Self::Missing { .. }
            | Self::Url(_)
            | Self::NewerSchema { .. }
            | Self::OlderSchema { .. }
            | Self::Altered { .. }
            | Self::Migration { .. } => Kind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self.kind() {
            Kind::Conflict => "CONFLICT",
            Kind::Unavailable => "UNAVAILABLE",
            Kind::Invalid
            | Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::Exists
            | Kind::Rejected
            | Kind::OutOfRange
            | Kind::Exhausted
            | Kind::TooLate
            | Kind::Internal => "INTERNAL",
        }
    }
}
