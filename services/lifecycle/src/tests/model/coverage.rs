//! What the random histories reached: a test of what never happens proves nothing.

use std::collections::BTreeMap;
use std::fmt;

/// Every verb, with what it was about: each must have succeeded.
const VERBS: &[&str] = &[
    "buy",
    "buy with a promotion",
    "buy until a month's end",
    "buy until another's end",
    "add seats",
    "take seats",
    "suspend",
    "resume",
    "auto-renew on",
    "auto-renew off",
    "cancel",
    "bill monthly",
    "bill yearly",
    "bill as before",
    "schedule seats",
    "schedule a plan",
    "schedule an upgrade",
    "schedule a month's end",
    "schedule another's end",
    "schedule a conversion",
    "unschedule",
    "upgrade all, same length",
    "upgrade all, another length",
    "upgrade some",
    "upgrade all into another",
    "upgrade some into another",
    "convert a trial",
    "convert a trial into another",
    "give away",
    "give back",
];
/// What must have happened.
const EVENTS: &[&str] = &[
    "WINDOW_CLOSED",
    "CYCLE_CHARGED",
    "RENEWED",
    "CONVERTED",
    "BILLING_CHANGE_SET",
    "BILLING_CHANGE_REMOVED",
    "SCHEDULED",
    "SCHEDULE_DROPPED",
    "UPGRADED",
    "SEATS_MOVED_OUT",
    "SEATS_MOVED_IN",
    "EXPIRED",
    "DELETED",
    "TRANSITIONED",
    "TRANSFERRED",
];

/// How often each verb succeeded and was refused, and how often each thing happened.
#[derive(Debug, Default)]
pub struct Coverage {
    verbs: BTreeMap<&'static str, (usize, usize)>,
    events: BTreeMap<String, usize>,
}

impl Coverage {
    pub fn tried(&mut self, verb: &'static str, is_done: bool) {
        let (done, refused) = self.verbs.entry(verb).or_default();
        *(if is_done { done } else { refused }) += 1;
    }

    /// Counts what happened, by its first word, and the lines of money, by theirs.
    pub fn happened(&mut self, story: &[String], ledger: &[String]) {
        for told in story.iter().chain(ledger) {
            let what = told.split(' ').next().unwrap_or_default();
            *self.events.entry(what.to_owned()).or_default() += 1;
            if told.contains(" with ") {
                *self.events.entry(format!("{what} with a promotion")).or_default() += 1;
            }
        }
    }

    /// Nothing was left out.
    pub fn check(&self) {
        let never = |verb: &&&str| self.verbs.get(**verb).is_none_or(|(done, _)| *done == 0);
        let verbs: Vec<_> = VERBS.iter().filter(never).collect();
        assert!(verbs.is_empty(), "never done: {verbs:?}\n{self}");
        let events: Vec<_> =
            EVENTS.iter().filter(|event| !self.events.contains_key(**event)).collect();
        assert!(events.is_empty(), "never happened: {events:?}\n{self}");
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (verb, (done, refused)) in &self.verbs {
            writeln!(f, "{verb}: {done} times, refused {refused} times")?;
        }
        for (event, count) in &self.events {
            writeln!(f, "{event}: {count}")?;
        }
        Ok(())
    }
}
