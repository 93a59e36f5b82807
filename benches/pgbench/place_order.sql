-- What one PlaceOrder of one line says to PostgreSQL, in its order: the transaction that makes the
-- order durable, and the look at it afterwards. The values that are the same in every order come
-- from an order that was placed before; ids are random.
\set id random(1, 1000000000000000)
BEGIN;
INSERT INTO replays (caller, request_id, request_hash, response, answered_at) VALUES (:caller, lpad(to_hex(:id::bigint), 32, '0')::uuid, :hash, NULL, now()) ON CONFLICT DO NOTHING;
SELECT partner_id, display_name, kind, market, cloud, provider_id, created_at FROM partners WHERE partner_id = :partner;
SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment, c.cloud, c.created_at FROM customers AS c JOIN relationships AS r ON r.customer_id = c.customer_id AND r.partner_id = :partner WHERE c.customer_id = :customer;
SELECT v.body FROM price_list_offers v WHERE v.offer_id = ANY(ARRAY[:offer_id]) AND v.effective_at <= now() AND NOT v.is_withdrawn AND NOT EXISTS (SELECT 1 FROM price_list_offers w WHERE w.offer_id = v.offer_id AND w.effective_at <= now() AND (w.effective_at, w.revision) > (v.effective_at, v.revision)) ORDER BY v.offer_id;
SELECT v.offer_id, v.effective_at FROM price_list_offers v WHERE v.offer_id = ANY(ARRAY[:offer_id]) AND v.effective_at <= now() AND v.is_withdrawn AND NOT EXISTS (SELECT 1 FROM price_list_offers w WHERE w.offer_id = v.offer_id AND w.effective_at <= now() AND (w.effective_at, w.revision) > (v.effective_at, v.revision));
SELECT body FROM price_list_blocked_markets WHERE kind = 'AZURE_RESERVATION' AND effective_at <= now() ORDER BY effective_at DESC LIMIT 1;
INSERT INTO orders (customer_id, order_id, partner_id, cart_id, created_at, attestation_version, attestation_actor, attestation_at, version) VALUES (:customer, lpad(to_hex(:id::bigint), 32, '0')::uuid, :partner, NULL, now(), :attestation, :actor, now(), 1);
INSERT INTO order_lines (customer_id, order_id, place, line_id, subscription_id, offer, quantity, friendly_name, state, failure, first_charge) VALUES (:customer, lpad(to_hex(:id::bigint), 32, '0')::uuid, 0, lpad(to_hex(:id::bigint), 32, '0')::uuid, lpad(to_hex(:id::bigint), 32, '0')::uuid, :offer, 2, '', 'PROCESSING', NULL, 62400);
INSERT INTO outbox (destination, message_id, kind, body, traceparent, sent_at, position, due_at, attempt_count) VALUES ('lifecycle', lpad(to_hex(:id::bigint), 32, '0')::uuid, :start_kind, :start, '', now(), 1, now(), 0), ('audit', lpad(to_hex(:id::bigint), 32, '0')::uuid, :entry_kind, :entry, '', now(), 2, now(), 0) ON CONFLICT DO NOTHING;
UPDATE replays SET response = :response WHERE caller = :caller AND request_id = lpad(to_hex(:id::bigint), 32, '0')::uuid;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment, c.cloud, c.created_at FROM customers AS c JOIN relationships AS r ON r.customer_id = c.customer_id AND r.partner_id = :partner WHERE c.customer_id = :customer;
SELECT customer_id, order_id, partner_id, cart_id, created_at, attestation_version, attestation_actor, attestation_at, version FROM orders WHERE customer_id = :customer AND order_id = lpad(to_hex(:id::bigint), 32, '0')::uuid;
SELECT order_id, line_id, subscription_id, offer, quantity, friendly_name, state, failure, first_charge FROM order_lines WHERE customer_id = ANY(ARRAY[:customer::uuid]) AND order_id = ANY(ARRAY[lpad(to_hex(:id::bigint), 32, '0')::uuid]) ORDER BY order_id, place;
ROLLBACK;
