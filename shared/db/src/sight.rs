//! Whose rows a transaction sees and writes, of tables that have a wall. Only PostgreSQL builds walls: a
//! migration gives a table a policy that reads the settings `tenure.partner` and `tenure.customer`. Not
//! here: who calls, and which tables those are.

use uuid::Uuid;

/// Whose rows a transaction sees and writes, of tables that have a wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everybody's.
    All,
    /// Those of one partner.
    Partner(Uuid),
    /// Those of one customer, whoever sold them.
    Customer(Uuid),
}

impl Sight {
    /// Returns the statement that narrows a transaction to this, if it does.
    pub(crate) fn narrowing(self) -> Option<String> {
        // An id is written as digits and dashes alone. `SET LOCAL` ends with the transaction, so a
        // connection that is lent again has no wall.
        self.setting().map(|(name, id)| format!("SET LOCAL {name} = '{id}'"))
    }

    /// Returns the statement that makes up for [`Self::narrowing`].
    pub(crate) fn widening(self) -> Option<String> {
        self.setting().map(|(name, _)| format!("SET LOCAL {name} = ''"))
    }

    fn setting(self) -> Option<(&'static str, Uuid)> {
        match self {
            Self::All => None,
            Self::Partner(id) => Some(("tenure.partner", id)),
            Self::Customer(id) => Some(("tenure.customer", id)),
        }
    }
}
