//! Cuts what was claimed into calls: one kind each, and small enough for one message of gRPC.

use std::collections::VecDeque;

use crate::outbox::Claimed;

/// Most bytes of the bodies of one call, unless one body alone has more: a quarter of the 4 MiB that a
/// gRPC server takes, for what the courier makes of them may be larger.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Letters of one kind that travel together; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) kind: String,
    pub(crate) letters: Vec<Claimed>,
    body_bytes: usize,
}

impl Batch {
    fn of(letter: Claimed) -> Self {
        Self {
            kind: letter.envelope.kind.clone(),
            body_bytes: letter.envelope.body.len(),
            letters: vec![letter],
        }
    }

    fn has_room_for(&self, letter: &Claimed) -> bool {
        self.kind == letter.envelope.kind
            && self.body_bytes + letter.envelope.body.len() <= BODY_BYTES_MAX
    }

    fn add(&mut self, letter: Claimed) {
        self.body_bytes += letter.envelope.body.len();
        self.letters.push(letter);
    }

    /// Returns each letter by itself.
    pub(crate) fn split(self) -> impl DoubleEndedIterator<Item = Self> {
        self.letters.into_iter().map(Self::of)
    }
}

/// Returns `letters` in batches: by kind, and within a kind in their order.
pub(crate) fn batches(letters: Vec<Claimed>) -> VecDeque<Batch> {
    let mut batches = VecDeque::<Batch>::new();
    for letter in letters {
        let last_of_kind = batches.iter_mut().rfind(|batch| batch.kind == letter.envelope.kind);
        match last_of_kind.filter(|batch| batch.has_room_for(&letter)) {
            Some(batch) => batch.add(letter),
            None => batches.push_back(Batch::of(letter)),
        }
    }
    batches
}
