//! Money: whole minor units of one currency. Sums are checked; nothing here is ever a float (D-11).

use std::fmt;
use std::str::FromStr;

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u32,
}

/// A sum or a price that cannot be expressed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a currency of ISO 4217 with a minor unit.
    #[error("\"{0}\" is not a currency of ISO 4217")]
    UnknownCurrency(String),
    /// An amount finer than the currency's minor unit (D-43).
    #[error("{amount} has more than {exponent} decimals, the minor unit of {currency}")]
    TooManyDecimals {
        /// What was given.
        amount: String,
        /// Its currency.
        currency: Currency,
        /// The decimals that the currency has.
        exponent: u32,
    },
    /// Not a decimal number.
    #[error("\"{0}\" is not a decimal amount such as 120.00")]
    Malformed(String),
    /// Two currencies in one sum.
    #[error("{0} and {1} cannot be added")]
    Mixed(Currency, Currency),
    /// More than the largest amount that can be kept.
    #[error("the amount is too large")]
    Overflow,
}

impl Currency {
    /// Returns the three-letter code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// Returns the decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD (D-43).
    pub const fn exponent(&self) -> u32 {
        self.exponent
    }

    /// Returns how many minor units make one major unit.
    pub const fn minor_per_major(&self) -> i64 {
        10_i64.pow(self.exponent)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let unknown = || MoneyError::UnknownCurrency(code.to_owned());
        let listed = iso_currency::Currency::from_code(code).ok_or_else(unknown)?;
        let exponent = listed.exponent().ok_or_else(unknown)?;
        let code = <[u8; 3]>::try_from(code.as_bytes()).map_err(|_| unknown())?;
        Ok(Self { code, exponent: u32::from(exponent) })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An amount of one currency, in whole minor units; negative is owed to the partner (BIL-1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Money {
    /// The amount in minor units: 1190.10 EUR is 119010.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Returns an amount of minor units.
    pub const fn of_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Returns nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads a decimal amount such as `120.00`, exactly.
    ///
    /// # Errors
    ///
    /// [`MoneyError::TooManyDecimals`] (D-43), [`MoneyError::Malformed`],
    /// [`MoneyError::Overflow`].
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let malformed = || MoneyError::Malformed(amount.to_owned());
        let (sign, digits) = match amount.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, amount),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let ends_in_a_point = digits.ends_with('.');
        if whole.is_empty() || ends_in_a_point || !all_digits(whole) || !all_digits(fraction) {
            return Err(malformed());
        }
        let exponent = currency.exponent();
        let kept = fraction.trim_end_matches('0');
        let decimals = u32::try_from(kept.len()).map_err(|_| malformed())?;
        if decimals > exponent {
            return Err(MoneyError::TooManyDecimals {
                amount: amount.to_owned(),
                currency,
                exponent,
            });
        }
        let whole: i64 = whole.parse().map_err(|_| MoneyError::Overflow)?;
        let kept: i64 = if kept.is_empty() { 0 } else { kept.parse().map_err(|_| malformed())? };
        let minor = whole
            .checked_mul(currency.minor_per_major())
            .and_then(|major| major.checked_add(kept * 10_i64.pow(exponent - decimals)))
            .ok_or(MoneyError::Overflow)?;
        Ok(Self { minor: sign * minor, currency })
    }

    /// Adds two amounts of one currency.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Mixed`], [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Multiplies a price per licence by a quantity, after the price was rounded (D-11).
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`].
    pub fn checked_mul(self, quantity: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(quantity).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Returns `self × part / whole`, rounded half up to the minor unit.
    ///
    /// Only non-negative figures are rounded; credits are negated afterwards (D-43). A `whole` of
    /// zero or less gives zero.
    ///
    /// Source: D-11.
    pub fn share(self, part: i64, whole: i64) -> Self {
        if whole <= 0 {
            return Self { minor: 0, ..self };
        }
        let (amount, part, whole) = (i128::from(self.minor), i128::from(part), i128::from(whole));
        let rounded = (2 * amount * part + whole).div_euclid(2 * whole);
        Self { minor: i64::try_from(rounded).unwrap_or(i64::MAX), ..self }
    }

    /// Returns the amount with its sign turned.
    pub const fn negated(self) -> Self {
        Self { minor: self.minor.saturating_neg(), currency: self.currency }
    }
}

impl fmt::Display for Money {
    /// Writes the amount with all decimals of its currency and thousands apart: `1,190.10 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_major = self.currency.minor_per_major().unsigned_abs();
        let minor = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        let whole = grouped(minor / per_major);
        match usize::try_from(self.currency.exponent).unwrap_or(0) {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            width => write!(f, "{sign}{whole}.{:0width$} {}", minor % per_major, self.currency),
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests;
