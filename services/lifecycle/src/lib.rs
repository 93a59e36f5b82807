//! What happens to a subscription once it is bought.

pub mod domain;
