//! All subscriptions of some customers, as time passes.

use super::ends::End;
use super::{Life, State};

/// How a while passes.
#[derive(Debug, Clone, Copy)]
pub enum Worker {
    /// Every alarm is answered at its instant.
    Punctual,
    /// All of them are answered at the end.
    Late,
    /// None is.
    Away,
}

#[derive(Debug, Default)]
pub struct Book {
    /// In the order in which they began.
    pub lives: Vec<Life>,
    /// What was given to the other partner and has not arrived.
    pub(super) on_their_way: Vec<usize>,
}

impl Book {
    /// Lets time pass from `from` through `until`.
    pub fn pass(&mut self, from: i64, until: i64, worker: Worker) {
        match worker {
            Worker::Punctual => {
                self.ring(from);
                while let Some(due) = self.next_due().filter(|due| *due <= until) {
                    self.ring(due);
                }
            }
            Worker::Late => self.ring(until),
            Worker::Away => {}
        }
        for life in &mut self.lives {
            life.settle(until);
        }
    }

    fn next_due(&self) -> Option<i64> {
        self.lives.iter().filter_map(Life::due).min()
    }

    /// Answers every alarm that is due, the earliest first.
    fn ring(&mut self, now: i64) {
        let lives = self.lives.iter().enumerate();
        let due = lives.filter_map(|(index, life)| life.due().map(|due| (due, index)));
        let mut due: Vec<(i64, usize)> = due.filter(|(due, _)| *due <= now).collect();
        due.sort_unstable();
        for (_, index) in &due {
            self.lives[*index].settle(now);
        }
        for (_, index) in due {
            // Nobody else's term matters but to what shall end with it.
            let looks = self.lives[index].scheduled.as_ref();
            let looks = looks.is_some_and(|set| matches!(set.end, Some(End::With(_))));
            let neighbours = if looks { self.neighbours(index) } else { vec![] };
            self.lives[index].ring(now, &neighbours);
        }
    }

    /// Whether something has ended.
    pub fn is_over(&self, index: usize) -> bool {
        !matches!(self.lives[index].state, State::Active | State::Suspended)
    }
}
