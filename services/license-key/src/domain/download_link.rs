//! When a download link ends. What it downloads is in `download`, what opens it in `cipher`.

use jiff::{SignedDuration, Timestamp};
use vocab::{CustomerId, DownloadLinkId, SubscriptionId};

use super::{DownloadOption, PurchaseState};

/// From when the age of a link counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgeAnchor {
    /// From when it was made.
    Issued,
    /// From its first download; before that it has no age.
    FirstDownload,
}

/// A row of the policy: how old a link gets, and how often it opens.
///
/// Source: D-7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkPolicy {
    /// What links made by it are stamped with.
    pub id: &'static str,
    /// How old; the last instant is inclusive.
    pub max_age: SignedDuration,
    /// Since when.
    pub age_anchor: AgeAnchor,
    /// How often.
    pub max_download_count: i64,
}

/// All rows. Which one is on is configuration; a link keeps the row that it was made by.
pub const LINK_POLICIES: [LinkPolicy; 2] = [
    LinkPolicy {
        id: "14-days-from-issue",
        max_age: SignedDuration::from_hours(14 * 24),
        age_anchor: AgeAnchor::Issued,
        max_download_count: 50,
    },
    LinkPolicy {
        id: "5-days-from-first-download",
        max_age: SignedDuration::from_hours(5 * 24),
        age_anchor: AgeAnchor::FirstDownload,
        max_download_count: 50,
    },
];

/// How long a token is: 256 bits in base64url.
const TOKEN_CHARACTERS: usize = 43;

/// Returns the token in the path of a download link; `None` for a path in which none can be.
///
/// Source: DWN-2.
pub fn token_of(path: &str) -> Option<&str> {
    let is_character = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    path.strip_prefix("/downloads/")
        .filter(|text| text.len() == TOKEN_CHARACTERS && text.bytes().all(is_character))
}

impl LinkPolicy {
    /// Returns the row with an id.
    pub fn named(id: &str) -> Option<Self> {
        LINK_POLICIES.into_iter().find(|row| row.id == id)
    }

    /// Returns the last instant of a link that is made now; `None` while its age does not count.
    pub fn expires_at(&self, issued_at: Timestamp) -> Option<Timestamp> {
        match self.age_anchor {
            AgeAnchor::Issued => Some(after(issued_at, self.max_age)),
            AgeAnchor::FirstDownload => None,
        }
    }

    /// Returns the last instant of a link that had none before its first download, which is now.
    pub fn expires_from_first(&self, now: Timestamp) -> Timestamp {
        after(now, self.max_age)
    }
}

fn after(at: Timestamp, age: SignedDuration) -> Timestamp {
    at.checked_add(age).unwrap_or(Timestamp::MAX)
}

/// A download link, without what opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadLink {
    /// Which.
    pub id: DownloadLinkId,
    /// Whose.
    pub customer: CustomerId,
    /// Of which purchase.
    pub purchase: SubscriptionId,
    /// What it downloads.
    pub option: DownloadOption,
    /// Where that lies.
    pub artifact_uri: String,
    /// The id of the row that it was made by.
    pub policy: String,
    /// How often it opens.
    pub max_download_count: i64,
    /// How often it did.
    pub download_count: i64,
    /// When it was made.
    pub issued_at: Timestamp,
    /// The last instant at which it opens; `None` while its age does not count.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Whether a link opens, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Valid,
    /// It was revoked, or its purchase is over (DWN-5).
    Revoked,
    /// It had all its downloads (DWN-2).
    UsedUp {
        /// How many that were.
        max_download_count: i64,
    },
    /// It is too old (DWN-2).
    Expired {
        /// The last instant at which it opened.
        at: Timestamp,
    },
    /// Its purchase does not run for the moment (SUS-1).
    Dormant {
        /// What it does instead.
        state: PurchaseState,
    },
}

impl DownloadLink {
    /// Returns whether the link opens at an instant. What ended it for good comes first, and nothing
    /// revives it: neither time nor another link (TRP-48, TRP-49).
    ///
    /// Source: DWN-2, DWN-5.
    pub fn standing(&self, state: PurchaseState, now: Timestamp) -> Standing {
        let Self { max_download_count, .. } = *self;
        match self.expires_at {
            _ if self.revoked_at.is_some() || state.is_over() => Standing::Revoked,
            _ if max_download_count <= self.download_count => {
                Standing::UsedUp { max_download_count }
            }
            Some(at) if at < now => Standing::Expired { at },
            Some(_) | None if state == PurchaseState::Active => Standing::Valid,
            Some(_) | None => Standing::Dormant { state },
        }
    }
}

impl Standing {
    /// Returns the reason on the wire; `None` while it opens.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Valid => None,
            Self::Revoked => Some("LINK_REVOKED"),
            Self::UsedUp { .. } => Some("LINK_USED_UP"),
            Self::Expired { .. } => Some("LINK_EXPIRED"),
            Self::Dormant { .. } => Some("DOWNLOAD_UNAVAILABLE"),
        }
    }
}

/// What to tell whoever opens it.
impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Valid => f.write_str("this download link is valid"),
            Self::Revoked => f.write_str(
                "this download link was revoked; ask whoever sent it for another one, unless the \
                 purchase is over",
            ),
            Self::UsedUp { max_download_count } => write!(
                f,
                "this download link has had its {max_download_count} downloads; ask whoever sent it \
                 for another one"
            ),
            Self::Expired { at } => write!(
                f,
                "this download link was valid until {at}; ask whoever sent it for another one"
            ),
            Self::Dormant { state } => write!(
                f,
                "the purchase of this download link is {state}; the link opens again once it runs"
            ),
        }
    }
}
