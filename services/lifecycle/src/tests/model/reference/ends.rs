//! Ends that a term can be given: that of another subscription, or of a month (TRM-8, T-48, T-53).

use super::super::calendar::Day;
use super::super::plans::Plan;
use super::terms::{natural_end, natural_start};
use super::{Book, State};

/// An end that somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    On(Day),
    /// With this one in the book.
    With(usize),
}

/// What the customer has of the same partner, and in use.
#[derive(Debug)]
pub struct Neighbour {
    index: usize,
    months: i32,
    anchor: i32,
    term: (Day, Day),
    /// The first day of its first term.
    since: Day,
    renews: bool,
}

impl Book {
    /// What the customer has besides one.
    pub(super) fn neighbours(&self, index: usize) -> Vec<Neighbour> {
        let of = (self.lives[index].customer, self.lives[index].partner);
        let mut all = self.in_use_of(of);
        all.retain(|one| one.index != index);
        all
    }

    /// What a customer has of a partner.
    pub(super) fn in_use_of(&self, (customer, partner): (usize, usize)) -> Vec<Neighbour> {
        let lives = self.lives.iter().enumerate();
        let own = lives.filter(|(_, life)| {
            life.state == State::Active && (life.customer, life.partner) == (customer, partner)
        });
        own.map(|(index, life)| Neighbour {
            index,
            months: life.plan.months,
            anchor: life.anchor,
            term: life.term,
            since: life.evaluated_until.map_or(life.bought_on, Day::next),
            renews: life.auto_renew,
        })
        .collect()
    }
}

impl Neighbour {
    /// The end of its term on a day: of one that follows where it renews, or of one that was.
    fn end_on(&self, day: Day) -> Day {
        let (mut first, mut last) = self.term;
        while last < day && self.renews {
            first = last.next();
            last = natural_end(first, self.months, self.anchor);
        }
        while day < first && self.since < first {
            last = first.previous();
            first = natural_start(last, self.months, self.anchor);
        }
        last
    }
}

/// The last day of a term of `plan` that would run through `natural`, and its anchor, by the end that
/// somebody asks for; `None` if it cannot be had.
pub fn aligned(
    plan: &Plan,
    natural: (Day, Day),
    wanted: End,
    neighbours: &[Neighbour],
) -> Option<(Day, i32)> {
    if plan.is_trial || plan.is_software() {
        return None;
    }
    let (end, anchor) = match wanted {
        End::On(day) => (day, day.next().date),
        End::With(index) => {
            let found = neighbours.iter().find(|one| one.index == index);
            let found = found.filter(|one| one.months != 1 || plan.months == 1)?;
            (found.end_on(natural.0), found.anchor)
        }
    };
    let is_month_end = end.ends_month() || matches!(wanted, End::With(_));
    (is_month_end && natural.0 <= end && end <= natural.1).then_some((end, anchor))
}
