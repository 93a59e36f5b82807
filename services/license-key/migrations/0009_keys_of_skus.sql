-- A purchase that becomes another SKU gets a key of that: its former one stays where it is, revoked.
DROP INDEX product_keys_by_purchase;
CREATE UNIQUE INDEX product_keys_by_purchase
    ON product_keys (customer_id, subscription_id, product_id, sku_id);
