//! Messages that nobody in their senses sends: of the right type with anything in their fields, and bytes
//! that are hardly a message any more. All of it follows from a seed.

use prost::Message;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value,
};

/// How deep messages are nested.
const DEPTH_MAX: usize = 4;

/// Integers at which something might change.
const INTEGERS: [i64; 12] = [
    0,
    1,
    -1,
    2,
    10,
    499,
    100_000,
    2_147_483_647,
    -2_147_483_648,
    i64::MAX,
    i64::MIN,
    4_102_444_800,
];

/// Seconds of instants: of these years, and where calendars end.
const SECONDS: [i64; 9] = [
    1_768_057_200,
    1_768_057_201,
    1_799_999_999,
    0,
    -1,
    253_402_300_799,
    253_402_300_800,
    -62_135_596_801,
    i64::MAX,
];

/// Texts that trouble whoever reads, prints, compares or stores them.
const TEXTS: [&str; 28] = [
    "",
    " ",
    "\0",
    "é\u{301}\u{202e}\u{feff}\u{10ffff}",
    "' OR 1=1; --",
    "%s%n{0}${x}",
    "../../etc/passwd",
    "a/b/c",
    "customers/",
    "customers//orders/",
    "offers/m365-business-standard-p1y-annual-de",
    "products/windows-server-2022/skus/windows-server-2022-standard",
    "m365-business-standard",
    "P1Y",
    "ANNUAL",
    "DE",
    "EUR",
    "-1.005",
    "99999999999999999999",
    "9223372036854775807.9223372036854775807",
    "2026-02-30",
    "state = ACTIVE AND kind != \"X\"",
    "kind = \"SOFTWARE_SUBSCRIPTION",
    "a:b AND AND",
    "direct-partner-1",
    "https://example.com/\r\nSet-Cookie: x",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "[{\"a\":[[[[[[[[]]]]]]]]}]",
];

/// A source of noise.
#[derive(Debug)]
pub struct Noise {
    state: u64,
    /// What there is, to be spoken of.
    names: Vec<String>,
}

impl Noise {
    pub fn of(seed: u64, names: Vec<String>) -> Self {
        Self { state: seed, names }
    }

    /// The next of all numbers (`SplitMix64`).
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a small number");
        usize::try_from(self.number() % end).expect("a small number")
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// The bytes of a message of this type, of one that is broken, or of none.
    pub fn message(&mut self, kind: &MessageDescriptor) -> Vec<u8> {
        let mut bytes = self.filled(kind, 0).encode_to_vec();
        match self.below(10) {
            0 => bytes = self.bytes(),
            1..4 => self.spoil(&mut bytes),
            _ => {}
        }
        bytes
    }

    fn bytes(&mut self) -> Vec<u8> {
        let count = self.below(60);
        (0..count).map(|_| self.number().to_le_bytes()[0]).collect()
    }

    /// Changes, repeats and leaves out bytes.
    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            if bytes.is_empty() {
                return;
            }
            let at = self.below(bytes.len());
            match self.below(4) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes.truncate(at),
                2 => bytes.extend_from_within(at..),
                _ => bytes.insert(at, self.number().to_le_bytes()[0]),
            }
        }
    }

    fn filled(&mut self, kind: &MessageDescriptor, depth: usize) -> DynamicMessage {
        let mut message = DynamicMessage::new(kind.clone());
        for field in kind.fields() {
            let is_deep = matches!(field.kind(), Kind::Message(_)) && DEPTH_MAX <= depth;
            if !is_deep && 2 <= self.below(10) {
                let value = self.field(&field, depth);
                message.set_field(&field, value);
            }
        }
        message
    }

    fn field(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        let count = self.below(4);
        if field.is_map() {
            let entries = (0..count).map(|_| {
                let (key, value) = (self.text("key"), self.text("value"));
                (MapKey::String(key), Value::String(value))
            });
            Value::Map(entries.collect())
        } else if field.is_list() {
            Value::List((0..count).map(|_| self.value(field, depth)).collect())
        } else {
            self.value(field, depth)
        }
    }

    fn value(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        let integer = self.one_of(&INTEGERS);
        // Whoever asks for an instant is mostly given one.
        let seconds = if self.below(4) == 0 { integer } else { self.one_of(&SECONDS) };
        let is_seconds = field.full_name() == "google.protobuf.Timestamp.seconds";
        let small = i32::try_from(integer).unwrap_or(7);
        match field.kind() {
            Kind::Double | Kind::Float => panic!("{} is a float", field.full_name()),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(small),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                Value::I64(if is_seconds { seconds } else { integer })
            }
            Kind::Uint32 | Kind::Fixed32 => Value::U32(small.unsigned_abs()),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(integer.unsigned_abs()),
            Kind::Bool => Value::Bool(self.below(2) == 0),
            Kind::String => Value::String(self.text(field.name())),
            Kind::Bytes => Value::Bytes(self.bytes().into()),
            Kind::Message(kind) => Value::Message(self.filled(&kind, depth + 1)),
            Kind::Enum(kind) => Value::EnumNumber(self.member(&kind)),
        }
    }

    fn member(&mut self, kind: &EnumDescriptor) -> i32 {
        let members: Vec<_> = kind.values().map(|member| member.number()).chain([-1, 99]).collect();
        self.one_of(&members)
    }

    fn text(&mut self, field: &str) -> String {
        match self.below(10) {
            0 => "x".repeat(self.below(3_000)),
            1..4 => self.one_of(&TEXTS).to_owned(),
            _ if field.ends_with("_id") => self.uuid(),
            4 => self.uuid(),
            _ => {
                let at = self.below(self.names.len());
                self.names[at].clone()
            }
        }
    }

    fn uuid(&mut self) -> String {
        let (high, low) = (self.number(), self.number());
        let time = (high >> 32, (high >> 16) & 0xFFFF, high & 0xFFF);
        let rest = ((low >> 48) & 0x3FFF | 0x8000, low & 0xFFFF_FFFF_FFFF);
        format!("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", time.0, time.1, time.2, rest.0, rest.1)
    }
}
