//! What was found, and what to do about it.

use crate::cli::ServiceName;

/// How it stands with what was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// As it should be.
    Fine,
    /// It works, and may not be what was meant, or will not work for long.
    Doubtful,
    /// It does not work, or is not safe.
    Wrong,
}

impl State {
    /// One word for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Doubtful => "doubtful",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// Of which service.
    pub(super) service: ServiceName,
    /// What was looked at: `database`, `peer audit`, ….
    pub(super) about: String,
    /// How it stands.
    pub(super) state: State,
    /// What was seen.
    pub(super) text: String,
    /// What to do; empty where it is fine.
    pub(super) remedy: String,
}

impl Finding {
    /// As it should be.
    pub(super) fn fine(
        service: ServiceName,
        about: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        let (about, text) = (about.into(), text.into());
        Self { service, about, state: State::Fine, text, remedy: String::new() }
    }

    /// It works, and somebody should look.
    pub(super) fn doubtful(self, remedy: impl Into<String>) -> Self {
        Self { state: State::Doubtful, remedy: remedy.into(), ..self }
    }

    /// It does not work.
    pub(super) fn wrong(self, remedy: impl Into<String>) -> Self {
        Self { state: State::Wrong, remedy: remedy.into(), ..self }
    }
}
