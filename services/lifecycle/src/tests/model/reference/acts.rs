//! What callers do.

use super::super::plans::Plan;
use super::{Book, Life, Set};

/// Something that a caller does to a subscription; others are named by their places in the book.
#[derive(Debug, Clone)]
pub enum Act {
    Resize(i64),
    Suspend,
    Resume,
    AutoRenew(bool),
    Cancel,
    /// Months between charges, from the next one on.
    Rebill(i32),
    Schedule(Set),
    Unschedule,
    /// So many seats become something new.
    Become(Plan, i64),
    /// So many seats join another subscription.
    Join(usize, i64),
    /// It goes to the other partner, together with these.
    GiveAway(Vec<usize>),
}

impl Book {
    /// Does what a caller asks for; `false` if that is refused.
    pub fn act(&mut self, index: usize, act: &Act, now: i64) -> bool {
        let is_done = match act {
            Act::Become(plan, seats) => self.become_new(index, *plan, *seats, now),
            Act::Join(target, seats) => self.join(index, *target, *seats, now),
            Act::GiveAway(others) => self.give_away(index, others, now),
            _ if self.lives[index].given_away_at.is_some() => false,
            Act::Schedule(set) => {
                let neighbours = self.neighbours(index);
                self.lives[index].schedule(set, &neighbours, now)
            }
            Act::Resize(_)
            | Act::Suspend
            | Act::Resume
            | Act::AutoRenew(_)
            | Act::Cancel
            | Act::Rebill(_)
            | Act::Unschedule => self.lives[index].act(act, now),
        };
        if is_done {
            // What was due before is saved with it (D-33).
            let other = if let Act::Join(target, _) = act { Some(*target) } else { None };
            for index in [Some(index), other].into_iter().flatten() {
                self.lives[index].is_saved();
            }
        }
        is_done
    }
}

impl Life {
    fn act(&mut self, act: &Act, now: i64) -> bool {
        match act {
            Act::Resize(total) => self.resize(*total, now),
            Act::Suspend => self.suspend(now),
            Act::Resume => self.resume(now),
            Act::AutoRenew(is_on) => self.set_auto_renew(*is_on, now),
            Act::Cancel => self.cancel(now),
            Act::Rebill(every) => self.rebill(*every, now),
            Act::Unschedule => self.unschedule(now),
            Act::Schedule(_) | Act::Become(..) | Act::Join(..) | Act::GiveAway(_) => false,
        }
    }
}
