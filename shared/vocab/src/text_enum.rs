//! One macro: a closed list whose members have a fixed spelling in files, tables and logs.

/// A text that is not a member of the closed list it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a {list}; it is one of {members}")]
pub struct UnknownMember {
    /// The name of the list.
    pub list: &'static str,
    /// What was read.
    pub text: String,
    /// Every member, separated by commas.
    pub members: String,
}

/// Defines an enum with `as_str`, `ALL`, `FromStr`, `Display` and serde by its spelling.
///
/// A crate that uses it depends on `serde` with its derives.
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every member, in the order of its definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the member's spelling in files, tables and logs.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownMember;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|member| member.as_str() == text).ok_or_else(|| {
                    $crate::UnknownMember {
                        list: stringify!($name),
                        text: text.to_owned(),
                        members: [$($text),+].join(", "),
                    }
                })
            }
        }
    };
}
