//! The one grammar of filters: `field op value` joined by `AND` (a subset of AIP-160).

use std::str::FromStr;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `:`, contains
    Has,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The field's name.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what; quotes removed.
    pub value: String,
}

/// Conditions that must all hold; none at all lets everything pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(pub Vec<Condition>);

/// A filter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Not `field op value`.
    #[error("is wrong at character {at}: {expected} is expected there")]
    Syntax {
        /// Counted from 1.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// A field that this list cannot be filtered by.
    #[error("names {field}; this list can be filtered by {known}")]
    UnknownField {
        /// What was named.
        field: String,
        /// The fields that can be.
        known: String,
    },
}

impl Filter {
    /// Reads a filter whose fields must be among `known`.
    ///
    /// # Errors
    ///
    /// [`FilterError`], which says where and what.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, FilterError> {
        let filter: Self = text.parse()?;
        match filter.0.iter().find(|one| !known.contains(&one.field.as_str())) {
            None => Ok(filter),
            Some(unknown) => Err(FilterError::UnknownField {
                field: unknown.field.clone(),
                known: known.join(", "),
            }),
        }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut reader = Reader { text, at: 0 };
        let mut conditions = vec![];
        reader.skip_blanks();
        while !reader.rest().is_empty() {
            if !conditions.is_empty() {
                reader.joiner()?;
            }
            conditions.push(reader.condition()?);
            reader.skip_blanks();
        }
        Ok(Self(conditions))
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn expected(&self, expected: &'static str) -> FilterError {
        let before = self.text.get(..self.at).unwrap_or_default();
        FilterError::Syntax { at: before.chars().count() + 1, expected }
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Takes everything up to the first character that `is_part` refuses.
    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn joiner(&mut self) -> Result<(), FilterError> {
        match self.rest().strip_prefix("AND") {
            Some(after) if after.starts_with(char::is_whitespace) => {
                self.at += "AND".len();
                self.skip_blanks();
                Ok(())
            }
            _ => Err(self.expected("AND")),
        }
    }

    fn condition(&mut self) -> Result<Condition, FilterError> {
        let field = self.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if field.is_empty() {
            return Err(self.expected("the name of a field"));
        }
        self.skip_blanks();
        let operator = self.operator()?;
        self.skip_blanks();
        Ok(Condition { field: field.to_owned(), operator, value: self.value()? })
    }

    fn operator(&mut self) -> Result<Operator, FilterError> {
        const SPELLINGS: [(&str, Operator); 7] = [
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("=", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
            (":", Operator::Has),
        ];
        let rest = self.rest();
        let found = SPELLINGS.into_iter().find(|(spelling, _)| rest.starts_with(spelling));
        let (spelling, operator) = found.ok_or_else(|| self.expected("one of = != < <= > >= :"))?;
        self.at += spelling.len();
        Ok(operator)
    }

    fn value(&mut self) -> Result<String, FilterError> {
        if self.rest().starts_with('"') {
            self.at += 1;
            let value = self.take_while(|letter| letter != '"');
            if self.rest().is_empty() {
                return Err(self.expected("a closing quote"));
            }
            self.at += 1;
            return Ok(value.to_owned());
        }
        let value = self.take_while(|letter| !letter.is_whitespace() && letter != '"');
        if value.is_empty() { Err(self.expected("a value")) } else { Ok(value.to_owned()) }
    }
}
