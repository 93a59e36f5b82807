-- The partners that alone see an offer, as |id|id|; NULL: everybody does (CAT-7).
ALTER TABLE offer_versions ADD COLUMN exclusive_to {text};
