-- What one PlaceOrder of one line says to PostgreSQL, in its order: what is judged before lifecycle is
-- asked, the transaction that judges again and makes the order durable, and the look at it afterwards.
-- The values that are the same in every order come from an order that was placed before; ids are random.
\set id random(1, 1000000000000000)
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT set_config('tenure.partner', :partner, TRUE);
SELECT partner_id, display_name, kind, market, cloud, provider_id, created_at, agreement_signed, version FROM partners WHERE partner_id = :partner;
SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment, c.cloud, c.created_at FROM customers AS c JOIN relationships AS r ON r.customer_id = c.customer_id AND r.partner_id = :partner WHERE c.customer_id = :customer;
SELECT v.body FROM price_list_offers v WHERE v.offer_id = ANY(ARRAY[:offer_id]) AND v.effective_at <= now() AND NOT v.is_withdrawn AND NOT EXISTS (SELECT 1 FROM price_list_offers w WHERE w.offer_id = v.offer_id AND w.effective_at <= now() AND (w.effective_at, w.revision) > (v.effective_at, v.revision)) ORDER BY v.offer_id;
SELECT is_caught_up FROM price_list_feed WHERE id = 1;
SELECT v.body FROM price_list_promoted_skus s JOIN price_list_promotions v ON v.promotion_id = s.promotion_id AND v.effective_at = s.effective_at AND v.revision = s.revision WHERE s.sku_id = ANY(ARRAY[:sku]) AND s.effective_at <= now() AND NOT v.is_withdrawn AND NOT EXISTS (SELECT 1 FROM price_list_promotions w WHERE w.promotion_id = v.promotion_id AND w.effective_at <= now() AND (w.effective_at, w.revision) > (v.effective_at, v.revision)) ORDER BY v.promotion_id;
SELECT v.body FROM price_list_promotions v WHERE v.promotion_id = ANY(ARRAY[]::text[]) AND v.effective_at <= now() AND NOT v.is_withdrawn AND NOT EXISTS (SELECT 1 FROM price_list_promotions w WHERE w.promotion_id = v.promotion_id AND w.effective_at <= now() AND (w.effective_at, w.revision) > (v.effective_at, v.revision)) ORDER BY v.promotion_id;
SELECT body FROM price_list_blocked_markets WHERE kind = 'AZURE_RESERVATION' AND effective_at <= now() ORDER BY effective_at DESC LIMIT 1;
ROLLBACK;
BEGIN;
SELECT set_config('tenure.partner', :partner, TRUE);
INSERT INTO replays (caller, request_id, request_hash, response, answered_at) VALUES (:caller, lpad(to_hex(:id::bigint), 32, '0')::uuid, :hash, NULL, now()) ON CONFLICT DO NOTHING;
SELECT partner_id, display_name, kind, market, cloud, provider_id, created_at, agreement_signed, version FROM partners WHERE partner_id = :partner;
SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment, c.cloud, c.created_at FROM customers AS c JOIN relationships AS r ON r.customer_id = c.customer_id AND r.partner_id = :partner WHERE c.customer_id = :customer;
SELECT v.body FROM price_list_offers v WHERE v.offer_id = ANY(ARRAY[:offer_id]) AND v.effective_at <= now() AND NOT v.is_withdrawn AND NOT EXISTS (SELECT 1 FROM price_list_offers w WHERE w.offer_id = v.offer_id AND w.effective_at <= now() AND (w.effective_at, w.revision) > (v.effective_at, v.revision)) ORDER BY v.offer_id;
SELECT is_caught_up FROM price_list_feed WHERE id = 1;
SELECT v.body FROM price_list_promoted_skus s JOIN price_list_promotions v ON v.promotion_id = s.promotion_id AND v.effective_at = s.effective_at AND v.revision = s.revision WHERE s.sku_id = ANY(ARRAY[:sku]) AND s.effective_at <= now() AND NOT v.is_withdrawn AND NOT EXISTS (SELECT 1 FROM price_list_promotions w WHERE w.promotion_id = v.promotion_id AND w.effective_at <= now() AND (w.effective_at, w.revision) > (v.effective_at, v.revision)) ORDER BY v.promotion_id;
SELECT v.body FROM price_list_promotions v WHERE v.promotion_id = ANY(ARRAY[]::text[]) AND v.effective_at <= now() AND NOT v.is_withdrawn AND NOT EXISTS (SELECT 1 FROM price_list_promotions w WHERE w.promotion_id = v.promotion_id AND w.effective_at <= now() AND (w.effective_at, w.revision) > (v.effective_at, v.revision)) ORDER BY v.promotion_id;
SELECT body FROM price_list_blocked_markets WHERE kind = 'AZURE_RESERVATION' AND effective_at <= now() ORDER BY effective_at DESC LIMIT 1;
INSERT INTO orders (customer_id, order_id, partner_id, cart_id, created_at, attestation_version, attestation_actor, attestation_at, version, resellers, brought_in) VALUES (:customer, lpad(to_hex(:id::bigint), 32, '0')::uuid, :partner, NULL, now(), :attestation, :actor, now(), 1, '{}', NULL);
INSERT INTO order_lines (customer_id, order_id, place, line_id, subscription_id, offer, quantity, friendly_name, state, failure, first_charge, promotion, alignment) VALUES (:customer, lpad(to_hex(:id::bigint), 32, '0')::uuid, 0, lpad(to_hex(:id::bigint), 32, '0')::uuid, lpad(to_hex(:id::bigint), 32, '0')::uuid, :offer, 2, '', 'PROCESSING', NULL, 62400, NULL, NULL);
INSERT INTO outbox (destination, message_id, kind, body, traceparent, sent_at, position, due_at, attempt_count) VALUES ('lifecycle', lpad(to_hex(:id::bigint), 32, '0')::uuid, :start_kind, :start, '', now(), 1, now(), 0), ('audit', lpad(to_hex(:id::bigint), 32, '0')::uuid, :entry_kind, :entry, '', now(), 2, now(), 0) ON CONFLICT DO NOTHING;
UPDATE replays SET response = :response WHERE caller = :caller AND request_id = lpad(to_hex(:id::bigint), 32, '0')::uuid;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT set_config('tenure.partner', :partner, TRUE);
SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment, c.cloud, c.created_at FROM customers AS c JOIN relationships AS r ON r.customer_id = c.customer_id AND r.partner_id = :partner WHERE c.customer_id = :customer;
SELECT customer_id, order_id, partner_id, cart_id, created_at, attestation_version, attestation_actor, attestation_at, version, resellers, brought_in FROM orders WHERE customer_id = :customer AND order_id = lpad(to_hex(:id::bigint), 32, '0')::uuid;
SELECT order_id, line_id, subscription_id, offer, quantity, friendly_name, state, failure, first_charge, promotion, alignment FROM order_lines WHERE customer_id = ANY(ARRAY[:customer::uuid]) AND order_id = ANY(ARRAY[lpad(to_hex(:id::bigint), 32, '0')::uuid]) ORDER BY order_id, place;
ROLLBACK;
