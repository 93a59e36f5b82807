//! What a list of products or offers is narrowed to. Conditions combine with AND (CAT-3).

use vocab::{
    BillingType, Category, Currency, Market, ProductId, ProductKind, PublisherType, Segment, SkuId,
};

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
    /// To this segment.
    pub segment: Option<Segment>,
}
