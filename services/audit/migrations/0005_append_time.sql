-- When the last entry was appended: the next one is not older, whatever its process's clock says. So a
-- place in the log is found by its time.
ALTER TABLE tree_head ADD COLUMN appended_at {ts};
