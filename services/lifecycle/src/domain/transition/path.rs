//! What the catalog said of the way from one SKU to another. How it judges is the catalog's affair.

use serde::{Deserialize, Serialize};
use vocab::{ProductId, SkuId};

use super::NoTransition;
use crate::domain::{Product, Refusal, Subscription};

vocab::text_enum! {
    /// What leads from one SKU to another, in the catalog's words.
    PathKind {
        /// To the bigger suite of the same persona and sector, or of which it is a part (UPG-15).
        Linear = "linear",
        /// To another category (D-19).
        AcrossCategories = "across-categories",
        /// One of several that become one (TTO).
        ManyToOne = "many-to-one",
        /// A trial becomes its equivalent, which the catalog need not be asked about (TRI-4).
        TrialConversion = "trial-conversion",
    }
}

/// A SKU whose purchase is closed; what exists of it can still grow (CAT-10, REN-6).
const CLOSED: &str = "CAT-10";

/// A way from one SKU to another, as the catalog judged it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// The source's SKU.
    pub from: SkuId,
    /// The target's product.
    pub product: ProductId,
    /// The target's SKU.
    pub to: SkuId,
    /// The target's title.
    pub title: String,
    /// What leads there.
    pub kind: PathKind,
    /// Why the catalog refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

impl Path {
    /// Returns the way of a trial to what it becomes by itself, or to another plan of that.
    ///
    /// Source: TRI-3, TRI-4.
    pub fn conversion(trial: &Product, to: &Product) -> Self {
        Self {
            from: trial.sku.clone(),
            product: to.id.clone(),
            to: to.sku.clone(),
            title: to.title.clone(),
            kind: PathKind::TrialConversion,
            refusal: None,
        }
    }

    /// Whether it is the way from the one to the other.
    pub(in crate::domain) fn leads(&self, from: &Product, to: &Product) -> bool {
        self.from == from.sku && self.to == to.sku && !to.is_trial
    }

    /// Refuses what the catalog refuses. That a SKU is closed to new purchase does not matter for an
    /// existing target.
    ///
    /// # Errors
    ///
    /// [`NoTransition::Path`] (UPG-1, UPG-15..18, D-19).
    ///
    /// Source: REN-6, CAT-10, DUP-1, TRP-61.
    pub(in crate::domain) fn check(
        &self,
        source: &Subscription,
        is_existing: bool,
    ) -> Result<(), NoTransition> {
        match &self.refusal {
            Some(refusal) if !(is_existing && refusal.rule == CLOSED) => {
                Err(NoTransition::Path { refusal: refusal.clone(), ends_on: source.ends_on() })
            }
            _ => Ok(()),
        }
    }
}
