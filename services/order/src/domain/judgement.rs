//! What came out of judging an order: prices, and everything that speaks against it. How it is judged is
//! in `checkout`.

use jiff::civil::Date;
use vocab::{Money, Offer, Promotion};

use super::{
    Capacity, CoTermChoice, Confirmation, Heard, Item, ProposedLine, Quote, Refused, Rejection,
    quote,
};

/// What came out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// One for each line, in the order of the request.
    pub lines: Vec<LineJudgement>,
    /// What speaks against the order as a whole.
    pub refusals: Vec<Rejection>,
    /// The day on which the terms would start.
    pub starts_on: Date,
}

/// What came out of it for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineJudgement {
    /// What was asked for.
    pub item: Item,
    /// The offer as it is; `None` when it is not sold.
    pub offer: Option<Offer>,
    /// The promotion that lowers its price.
    pub promotion: Option<Promotion>,
    /// What one seat costs for a whole term, the promotion taken off.
    pub term_price: Option<Money>,
    /// What it costs; `None` when that cannot be said, or only lifecycle could (TRM-8).
    pub quote: Option<Quote>,
    /// The last day of its free evaluation (ORD-8).
    pub evaluation_ends_on: Option<Date>,
    /// With what its first term could end (TRM-8).
    pub choices: Vec<CoTermChoice>,
    /// What speaks against it.
    pub refusals: Vec<Rejection>,
}

impl Judgement {
    /// Returns what the first charges add up to, one for each currency.
    ///
    /// # Errors
    ///
    /// [`Rejection::AmountTooLarge`].
    pub fn totals(&self) -> Result<Vec<Money>, Rejection> {
        let charges = self.lines.iter().filter_map(|line| line.quote.map(|it| it.first_charge));
        let quantity = self.lines.iter().map(|line| line.item.quantity).sum();
        quote::totals(charges).map_err(|_| Rejection::AmountTooLarge { quantity })
    }

    /// Returns what lifecycle can be asked about, line by line.
    pub fn proposed(&self) -> Vec<Option<ProposedLine>> {
        self.lines.iter().map(|line| line.proposed(self.starts_on)).collect()
    }

    /// Adds what lifecycle said in advance, line by line; what it said of other terms is no news.
    ///
    /// Source: ORD-4, TRM-8.
    pub fn hear(&mut self, heard: Vec<Option<Heard>>) {
        for (line, heard) in self.lines.iter_mut().zip(heard) {
            if let Some(Heard { of, said }) = heard
                && line.proposed(self.starts_on) == Some(of)
            {
                line.refusals.extend(said.refusals.into_iter().map(Rejection::from));
                line.choices = said.choices;
                let aligned = said.figures.filter(|_| line.item.alignment.is_some());
                line.quote = aligned.map(Quote::from).or(line.quote);
            }
        }
    }

    /// Returns the first line whose price is not known.
    pub fn unpriced(&self) -> Option<usize> {
        self.lines.iter().position(|line| line.quote.is_none())
    }
}

impl LineJudgement {
    fn proposed(&self, starts_on: Date) -> Option<ProposedLine> {
        Some(ProposedLine {
            offer: self.offer.clone()?,
            quantity: self.item.quantity,
            promotion: self.promotion.clone(),
            alignment: self.item.alignment,
            starts_on,
        })
    }
}

/// Returns everything that speaks against an order: the order as a whole first, then line by line,
/// and last the buyer's confirmation.
///
/// Source: ORD-4, ORD-11, PAR-5.
pub fn refused_by(
    judgement: &Judgement,
    capacity: Capacity,
    confirmation: Option<&Confirmation>,
) -> Vec<Refused> {
    let whole = |why: &Rejection| Refused { line: None, why: why.clone() };
    let of_lines = judgement.lines.iter().enumerate().flat_map(|(index, line)| {
        line.refusals.iter().map(move |why| Refused { line: Some(index), why: why.clone() })
    });
    let too_much = judgement.totals().err();
    let unconfirmed = capacity.check(confirmation).err();
    let order = judgement.refusals.iter().chain(&too_much).map(whole);
    order.chain(of_lines).chain(unconfirmed.as_ref().map(whole)).collect()
}
