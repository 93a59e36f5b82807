//! What a product is, and its SKUs. What they cost is not here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vocab::{
    BillingType, Category, Cloud, Fulfilment, ProductId, ProductKind, PublisherType, Restrictions,
    Segment, SkuId,
};

use super::hybrid::HybridEdition;
use super::suite::Suite;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// For people.
    pub title: String,
    /// Its kind.
    pub kind: ProductKind,
    /// The publisher's name.
    pub publisher: String,
    /// Who publishes it (CAT-3).
    pub publisher_type: PublisherType,
    /// How it is billed (CAT-3).
    pub billing_type: BillingType,
    /// For whom it is meant (CAT-3).
    pub category: Category,
    /// The segments that may buy it.
    pub segments: BTreeSet<Segment>,
    /// The cloud in which it runs (PAR-13).
    pub cloud: Cloud,
    /// Its SKUs, in the order of the file.
    pub skus: Vec<Sku>,
}

/// One edition of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact by itself, as the file states it"
)]
pub struct Sku {
    /// Its id, which no SKU of another product has.
    pub id: SkuId,
    /// For people.
    pub title: String,
    /// Whether it is a trial.
    pub is_trial: bool,
    /// What a trial becomes at its end (TRI-3).
    pub becomes: Option<SkuId>,
    /// How it is handed over (CAT-13).
    pub fulfilment: Fulfilment,
    /// What can be downloaded (CAT-12).
    pub downloads: Vec<Download>,
    /// The suite that it is (CAT-11).
    #[serde(default)]
    pub suite: Option<Suite>,
    /// Whether it lacks the Teams that its suite has otherwise (UPG-16).
    #[serde(default)]
    pub is_without_teams: bool,
    /// Whether and how it can be used for virtual machines (AHB-1).
    #[serde(default)]
    pub hybrid_benefit: Option<HybridEdition>,
    /// What it can become (CAT-15).
    pub conversions: Vec<Conversion>,
    /// SKUs of which the customer must have one (CAT-16).
    pub prerequisites: Vec<SkuName>,
    /// Whether it can only be renewed and added to (CAT-10).
    pub is_closed_to_new_purchase: bool,
    /// Whether its first 30 days are a free evaluation (ORD-8).
    #[serde(default)]
    pub includes_evaluation: bool,
    /// The fewest seats, at least 1.
    pub min_quantity: i64,
    /// The most seats (CAT-9).
    pub max_quantity: Option<i64>,
    /// The row of the policy table that wins over the kind's (CAN-1).
    pub cancellation_policy: Option<String>,
    /// Who may buy it, how often, and together with what.
    #[serde(default, skip_serializing_if = "Restrictions::is_none")]
    pub restrictions: Restrictions,
}

impl Product {
    /// Returns it without the SKUs that are legacy add-ons, which are bought from their bases.
    ///
    /// Source: ORD-10.
    pub fn without_legacy_add_ons(mut self) -> Self {
        self.skus.retain(|sku| !sku.restrictions.is_legacy_add_on(self.kind));
        self
    }
}

impl Sku {
    /// A plain licence (CAT-13) that nothing restricts.
    pub fn plain(id: SkuId, title: String) -> Self {
        Self {
            id,
            title,
            is_trial: false,
            becomes: None,
            fulfilment: Fulfilment::default(),
            downloads: vec![],
            suite: None,
            is_without_teams: false,
            hybrid_benefit: None,
            conversions: vec![],
            prerequisites: vec![],
            is_closed_to_new_purchase: false,
            includes_evaluation: false,
            min_quantity: 1,
            max_quantity: None,
            cancellation_policy: None,
            restrictions: Restrictions::default(),
        }
    }
}

/// A SKU with the product that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuName {
    /// The product.
    pub product: ProductId,
    /// The SKU.
    pub sku: SkuId,
}

/// One choice of a download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// The version.
    pub version: String,
    /// The language, as a BCP 47 tag.
    pub language: String,
    /// The file type and operating system.
    pub file_type: String,
    /// Where the artifact lies.
    pub artifact_uri: String,
}

impl Download {
    /// Returns what is chosen by it: version, language, file type.
    pub fn choice(&self) -> (&str, &str, &str) {
        (&self.version, &self.language, &self.file_type)
    }
}

/// A SKU that another can become (CAT-15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// The other.
    pub to: SkuName,
    /// How the two are related.
    pub kind: ConversionKind,
    /// Whether the other adds value (D-19).
    #[serde(default)]
    pub adds_value: bool,
    /// Whether the other lifts a limit (D-19).
    #[serde(default)]
    pub removes_limit: bool,
}

vocab::text_enum! {
    /// How two SKUs are related of which one can become the other (UPG-15, TTO-2).
    ConversionKind {
        /// Within one persona and sector, or from a part to its suite.
        Linear = "linear",
        /// From one category to another.
        AcrossCategories = "across-categories",
        /// Two SKUs become one.
        ManyToOne = "many-to-one",
    }
}
