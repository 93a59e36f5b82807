//! The letters and the calls of entries.
