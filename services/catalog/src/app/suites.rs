//! Lists the suites that the program carries.

use rpc::Page;

use super::App;
use crate::domain::suite::{self, Suite, SuiteQuery};

impl App {
    /// Returns a page of suites, and one more if there are more, by name and sector.
    ///
    /// Source: CAT-11.
    #[expect(clippy::unused_self, reason = "what is asked of the catalog is asked of the app")]
    pub fn list_suites(&self, query: &SuiteQuery, page: &Page) -> Vec<Suite> {
        let is_next = |suite: &Suite| page.after.as_ref().is_none_or(|after| *after < suite.key());
        let suites = suite::all().into_iter().filter(|suite| query.matches(suite));
        suites.filter(is_next).take(page.size.saturating_add(1)).collect()
    }
}
