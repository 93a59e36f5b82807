//! How far a drain of what is due has come.

use crate::app::{AlarmPlace, Rung};

/// After so many batches a drain begins in front again, for alarms that fell due behind its back: that is
/// within seconds.
const BATCHES_MAX: u32 = 50;

/// Goes on behind the last alarm that rang.
///
/// On PostgreSQL the index keeps the entries of all that a drain has answered until they are vacuumed away:
/// with a million due at one midnight, each batch that begins in front reads past all of them.
#[derive(Debug, Default)]
pub struct Drain {
    behind: Option<AlarmPlace>,
    batches: u32,
}

impl Drain {
    /// Where the next batch begins.
    pub fn place(&self) -> AlarmPlace {
        self.behind.unwrap_or(AlarmPlace::FRONT)
    }

    /// Notes what a batch did; returns whether there may be more.
    pub fn went(&mut self, rung: &Rung) -> bool {
        let began_in_front = self.behind.is_none();
        self.batches += 1;
        if rung.is_idle() || self.batches >= BATCHES_MAX {
            *self = Self::default();
        } else {
            self.behind = rung.last.or(self.behind);
        }
        !(rung.is_idle() && began_in_front)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use vocab::SubscriptionId;

    use super::*;

    fn rung(answered: usize, last: Option<AlarmPlace>) -> Rung {
        Rung { answered, last, ..Rung::default() }
    }

    fn place(second: i64) -> AlarmPlace {
        AlarmPlace(Timestamp::from_second(second).unwrap(), SubscriptionId(uuid::Uuid::nil()))
    }

    #[test]
    fn d_31_a_drain_goes_on_behind_what_rang_and_rests_only_when_nothing_is_due_in_front() {
        let mut drain = Drain::default();
        assert_eq!(drain.place(), AlarmPlace::FRONT);
        assert!(drain.went(&rung(200, Some(place(1)))));
        assert_eq!(drain.place(), place(1));
        assert!(drain.went(&rung(100, Some(place(2)))));
        assert_eq!(drain.place(), place(2));
        assert!(drain.went(&rung(0, None)));
        assert_eq!(drain.place(), AlarmPlace::FRONT);
        assert!(!drain.went(&rung(0, None)));
    }

    #[test]
    fn d_31_a_drain_that_only_closes_invoices_stays_where_it_is() {
        let mut drain = Drain::default();
        let closed = Rung { closed: 1, ..Rung::default() };
        assert!(drain.went(&rung(200, Some(place(1)))));
        assert!(drain.went(&closed));
        assert_eq!(drain.place(), place(1));
    }

    #[test]
    fn d_31_a_long_drain_looks_in_front_again() {
        let mut drain = Drain::default();
        for batch in 1..BATCHES_MAX {
            assert!(drain.went(&rung(200, Some(place(i64::from(batch))))));
            assert_eq!(drain.place(), place(i64::from(batch)));
        }
        assert!(drain.went(&rung(200, Some(place(i64::from(BATCHES_MAX))))));
        assert_eq!(drain.place(), AlarmPlace::FRONT);
    }
}
