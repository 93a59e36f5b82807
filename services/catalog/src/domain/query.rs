//! What a list of products or offers is narrowed to. Conditions combine with AND (CAT-3).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use vocab::{
    BillingType, Category, Currency, Market, Offer, OfferId, PartnerId, ProductId, ProductKind,
    PublisherType, Restrictions, Segment, SkuId, TermLength,
};

use super::product::{Product, Sku, SkuName};

/// Which products.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductQuery {
    /// Of this kind.
    pub kind: Option<ProductKind>,
    /// Published by such a publisher.
    pub publisher_type: Option<PublisherType>,
    /// Billed this way.
    pub billing_type: Option<BillingType>,
    /// Of this category.
    pub category: Option<Category>,
    /// For customers of this segment (CAT-4).
    pub segment: Option<Segment>,
    /// Who asks.
    pub viewer: Viewer,
}

/// Which offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferQuery {
    /// What their product must be.
    pub of: ProductQuery,
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this SKU.
    pub sku: Option<SkuId>,
    /// Sold here.
    pub market: Option<Market>,
    /// In this currency.
    pub currency: Option<Currency>,
}

/// Who looks at offers: some are there for the partners alone that may sell them (CAT-7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Viewer {
    /// Operators and services.
    #[default]
    Everything,
    /// Somebody at a partner.
    Partner(PartnerId),
    /// Who sells nothing, such as a customer.
    Nobody,
}

impl Viewer {
    /// Whether they see an offer; legacy add-ons are seen on the page of their base (ORD-10).
    pub fn sees(self, offer: &Offer) -> bool {
        let restrictions = &offer.restrictions;
        self == Self::Everything
            || self.is_admitted(restrictions) && !restrictions.is_legacy_add_on(offer.kind)
    }

    /// Whether they see a SKU.
    pub fn sees_sku(self, sku: &Sku) -> bool {
        self.is_admitted(&sku.restrictions)
    }

    fn is_admitted(self, restrictions: &Restrictions) -> bool {
        match self {
            Self::Everything => true,
            Self::Partner(partner) => restrictions.admits(partner),
            Self::Nobody => restrictions.exclusive_to.is_empty(),
        }
    }

    /// Whether they see the SKU of a name, where it is among these products.
    pub fn sees_name(self, among: &BTreeMap<ProductId, Product>, name: &SkuName) -> bool {
        let product = among.get(&name.product);
        let sku = product.and_then(|product| product.skus.iter().find(|sku| sku.id == name.sku));
        sku.is_some_and(|sku| self.sees_sku(sku))
    }

    /// Returns the SKUs of products that they do not see.
    ///
    /// Source: CAT-7.
    pub fn hidden_among<'a>(self, products: impl Iterator<Item = &'a Product>) -> BTreeSet<SkuId> {
        let skus = products.flat_map(|product| &product.skus);
        skus.filter(|sku| !self.sees_sku(sku)).map(|sku| sku.id.clone()).collect()
    }

    /// Returns a product with what they see of it; `None` if that is nothing.
    ///
    /// Source: CAT-7.
    pub fn look_at(self, mut product: Product) -> Option<Product> {
        let is_empty = product.skus.is_empty();
        product.skus.retain(|sku| self.sees_sku(sku));
        if self != Self::Everything {
            product = product.without_legacy_add_ons();
        }
        (is_empty || !product.skus.is_empty()).then_some(product)
    }
}

impl ProductQuery {
    /// Returns a product if it is asked for, with what the viewer sees of it; nobody finds a legacy add-on
    /// in a list.
    ///
    /// Source: CAT-4, CAT-7, ORD-10.
    pub fn narrow(&self, product: Product) -> Option<Product> {
        let is_meant = self.segment.is_none_or(|segment| product.segments.contains(&segment));
        let is_empty = product.skus.is_empty();
        let product = self.viewer.look_at(product)?.without_legacy_add_ons();
        Some(product).filter(|product| is_meant && (is_empty || !product.skus.is_empty()))
    }
}

/// Which upgrade paths, and what their prices are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathQuery {
    /// Who asks.
    pub viewer: Viewer,
    /// Of this SKU.
    pub sku: SkuName,
    /// Prices of this market; of all if there is none.
    pub market: Option<Market>,
    /// Prices in this currency; in all if there is none.
    pub currency: Option<Currency>,
    /// As at this instant; now if there is none.
    pub at: Option<Timestamp>,
}

/// Which promotions, and for what they are judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromotionQuery {
    /// Judged for this offer, of whose SKU they then are; only by their days if there is none.
    pub offer: Option<OfferId>,
    /// Judged for a customer of this segment; of any to whom the offer is sold if there is none.
    pub customer: Option<Segment>,
    /// For this SKU.
    pub sku: Option<SkuId>,
    /// For this market.
    pub market: Option<Market>,
    /// For this segment.
    pub segment: Option<Segment>,
    /// For this term.
    pub term: Option<TermLength>,
    /// For a term that starts at this instant; now if there is none.
    pub at: Option<Timestamp>,
}
