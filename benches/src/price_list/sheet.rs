//! Price lists that are made up: as many offers as are wanted, of the same 500 SKUs, so that only the
//! number of prices grows.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// SKUs, in products of 50.
const SKUS: u32 = 500;
const OF_A_PRODUCT: u32 = 50;
/// Plans of a SKU.
const PLANS: [&str; 4] = ["P1Y/ANNUAL", "P1M/MONTHLY", "P1Y/MONTHLY", "P3Y/MONTHLY"];
/// Currencies of a market: its own, and others.
const CURRENCIES: [&str; 10] =
    ["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD"];
/// Markets; with all plans and currencies more than 1,000,000 offers.
const MARKETS: [&str; 60] = [
    "DE", "AT", "BE", "BG", "CY", "CZ", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "CH", "NO", "IS", "LI", "GB",
    "US", "CA", "MX", "AR", "CL", "CO", "PE", "JP", "KR", "SG", "IN", "ID", "MY", "TH", "VN", "PH",
    "NZ", "ZA", "EG", "KE", "NG", "IL", "TR", "SA", "AE", "UA", "RS", "TW",
];

/// The market of the first offers, which every list has.
pub const MARKET: &str = "DE";

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As a table.
    Csv,
    /// As a document.
    Yaml,
}

/// Returns the names of the first offers.
pub fn names(count: u32) -> Vec<String> {
    let name = |sku| format!("offers/sku-{sku:04}-p1y-annual-de");
    (0..count.min(SKUS)).map(name).collect()
}

/// The places of a SKU's offers: plan, market, currency.
fn places() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    MARKETS.iter().flat_map(|market| {
        CURRENCIES.iter().flat_map(move |currency| PLANS.map(|plan| (plan, *market, *currency)))
    })
}

/// Writes a list of `offers`, all of which cost `price`.
pub fn write(path: &Path, format: Format, offers: u32, price: u32) -> anyhow::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let of_a_sku = usize::try_from(offers.div_ceil(SKUS))?;
    match format {
        Format::Csv => write_table(&mut file, of_a_sku, price)?,
        Format::Yaml => write_document(&mut file, of_a_sku, price)?,
    }
    Ok(file.flush()?)
}

fn write_table(file: &mut impl std::io::Write, of_a_sku: usize, price: u32) -> std::io::Result<()> {
    writeln!(file, "sku,plan,market,currency,price,sku_title,product,product_title,kind")?;
    for sku in 0..SKUS {
        let product = sku / OF_A_PRODUCT;
        for (number, (plan, market, currency)) in places().take(of_a_sku).enumerate() {
            write!(file, "sku-{sku:04},{plan},{market},{currency},{price}.00,")?;
            match number {
                0 => writeln!(file, "SKU {sku},product-{product},Product {product},LICENSE_BASED")?,
                _ => writeln!(file, ",,,")?,
            }
        }
    }
    Ok(())
}

fn write_document(
    file: &mut impl std::io::Write,
    of_a_sku: usize,
    price: u32,
) -> anyhow::Result<()> {
    writeln!(file, "format: 1\nmarkets:")?;
    for market in MARKETS {
        writeln!(file, "  {market}: EUR")?;
    }
    writeln!(file, "products:")?;
    for sku in 0..SKUS {
        let product = sku / OF_A_PRODUCT;
        if sku % OF_A_PRODUCT == 0 {
            writeln!(
                file,
                "  product-{product}:\n    title: Product {product}\n    kind: LICENSE_BASED\n    skus:"
            )?;
        }
        writeln!(file, "      sku-{sku:04}: {{title: SKU {sku}}}")?;
    }
    writeln!(file, "prices:\n  2026-01-01:")?;
    for sku in 0..SKUS {
        writeln!(file, "    sku-{sku:04}:")?;
        for wanted in PLANS {
            let of_plan = places().take(of_a_sku).filter(|(plan, ..)| *plan == wanted);
            let mut prices = String::new();
            for (_, market, currency) in of_plan {
                write!(prices, "{market}/{currency}: {price}.00, ")?;
            }
            if !prices.is_empty() {
                writeln!(file, "      {wanted}: {{{}}}", prices.trim_end_matches(", "))?;
            }
        }
    }
    Ok(())
}
