//! Price lists that are tables.

use rstest::rstest;
use vocab::TermLength;

use super::*;
use vocab::OfferId;

use crate::domain::file::tests::{Whole, broken, read, whole};
use crate::domain::finding::Findings;
use crate::tests::{TWO, a_file};

const NEW_YEAR: &str = "2026-01-01T00:00:00Z";

/// What is in the catalog: the SKUs basic and full of the product suites.
fn known() -> BTreeMap<ProductId, Product> {
    read(a_file(TWO).as_bytes(), None).unwrap().file.products
}

fn with(table: &str) -> Result<Whole, Findings> {
    with_bytes(table.as_bytes())
}

fn with_bytes(table: &[u8]) -> Result<Whole, Findings> {
    let mut prices = vec![];
    let sink = &mut |priced| prices.push(priced);
    let file = read_table(table, NEW_YEAR.parse().unwrap(), known(), sink).map_err(broken)?;
    Ok(whole(file, prices))
}

fn found(table: &str) -> Vec<String> {
    let findings = with(table).unwrap_err();
    findings.iter().map(|one| format!("{}: {}", one.place, one.what)).collect()
}

#[test]
fn a_table_prices_what_the_catalog_has() {
    let table = "sku,plan,market,currency,price\nfull,P1Y/ANNUAL,DE,EUR,120.00\n\
                 full,P1Y/ANNUAL,DE,USD,130\nfull,P1Y/ANNUAL,AU,AUD,200\n";
    let file = with(table).unwrap();
    assert!(!file.is_whole && file.products.is_empty());
    assert_eq!(file.dates[0].to_string(), NEW_YEAR);
    let told: Vec<_> = file.lists[0]
        .values()
        .map(|offer| (offer.id.as_str(), offer.price.to_string(), offer.tax_included))
        .collect();
    assert_eq!(
        told,
        [
            ("full-p1y-annual-au", "200.00 AUD".to_owned(), true),
            ("full-p1y-annual-de", "120.00 EUR".to_owned(), false),
            ("full-p1y-annual-de-usd", "130.00 USD".to_owned(), false),
        ]
    );
}

#[test]
fn a_table_and_a_document_make_the_same_offers() {
    let table =
        "sku,plan,market,currency,price\nbasic,P1Y/ANNUAL,DE,EUR,60\nfull,P1Y/ANNUAL,DE,EUR,120\n";
    let document = read(a_file(TWO).as_bytes(), None).unwrap();
    assert_eq!(with(table).unwrap().lists, document.lists);
}

#[test]
fn a_table_describes_what_the_catalog_lacks() {
    let header = "market,currency,price,plan,sku,sku_title,product,product_title,kind,publisher,\
                  category,segments,cloud,tax_included";
    let rows = "DE,EUR,980.5,ONE_TIME,tool,\"Tool, large\",tools,Tools,SOFTWARE_PERPETUAL,Fabrikam,\
                Small business,EDUCATION; GOVERNMENT,US_GOVERNMENT,true\n\
                DE,EUR,1,ONE_TIME,tool-2,Tool 2,tools,,,,,,,\n\
                US,USD,7,P1M/MONTHLY,extra,Extra,suites,,,,,,,\n";
    let file = with(&format!("\u{feff}{header}\r\n{rows}")).unwrap();
    let tools = &file.products[&ProductId("tools".to_owned())];
    assert_eq!((tools.title.as_str(), tools.publisher.as_str()), ("Tools", "Fabrikam"));
    assert_eq!(tools.segments, [Segment::Education, Segment::Government].into());
    let titles: Vec<_> = tools.skus.iter().map(|sku| sku.title.as_str()).collect();
    assert_eq!(titles, ["Tool, large", "Tool 2"]);
    let suites = &file.products[&ProductId("suites".to_owned())];
    assert_eq!(suites.skus.len(), 3, "what was there stays");
    let offers = &file.lists[0];
    assert!(offers[&OfferId("tool-one-time-de".to_owned())].tax_included);
    let extra = &offers[&OfferId("extra-p1m-monthly-us".to_owned())];
    assert_eq!((extra.term, extra.kind), (Some(TermLength::OneMonth), ProductKind::LicenseBased));
}

const HEADER: &str = "sku,plan,market,currency,price";

#[rstest]
#[case::no_columns("", &["line 1, column 1: the column currency is missing", "the column market is missing", "the column plan is missing", "the column price is missing", "the column sku is missing"])]
#[case::a_wrong_column("sku,plan,market,currency,cost\n", &["line 1, column 1: the column price is missing", "line 1, column 26: there is no column \"cost\""])]
#[case::a_column_twice("sku,plan,market,currency,price,sku\n", &["line 1, column 32: the column sku stands here twice"])]
#[case::semicolons("sku;plan;market;currency;price\n", &["is missing", "is missing", "is missing", "is missing", "is missing", "there is no column \"sku;plan"])]
fn a_broken_header_is_told(#[case] table: &str, #[case] expected: &[&str]) {
    let found = found(table);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[rstest]
#[case::a_cell_too_few("full,P1Y/ANNUAL,DE,EUR", &["line 2, column 1: this row has 4 cells, and the header 5"])]
#[case::a_cell_too_many("full,P1Y/ANNUAL,DE,EUR,1,2", &["line 2, column 1: this row has 6 cells, and the header 5"])]
#[case::a_dangling_sku("fuller,P1Y/ANNUAL,DE,EUR,1", &["line 2, column 1: there is no SKU fuller in the catalog"])]
#[case::an_empty_price("full,P1Y/ANNUAL,DE,EUR,", &["line 2, column 1: price is missing"])]
#[case::d_43_too_many_decimals("full,P1Y/ANNUAL,DE,EUR,1.234", &["line 2, column 24: 1.234 has more than 2 decimals"])]
#[case::d_43_yen_have_none("full,P1Y/ANNUAL,JP,JPY,1.5", &["line 2, column 24: 1.5 has more than 0 decimals"])]
#[case::d_43_an_unlisted_currency("full,P1Y/ANNUAL,DE,EURO,1", &["line 2, column 20: \"EURO\" is not a currency"])]
#[case::trp_44_no_market("full,P1Y/ANNUAL,Kosovo,EUR,1", &["line 2, column 17: \"Kosovo\" is not a Market"])]
#[case::a_negative_price("full,P1Y/ANNUAL,DE,EUR,-1", &["line 2, column 24: the price -1 is negative"])]
#[case::trm_4_a_plan_that_is_not_sold("full,P1M/ANNUAL,DE,EUR,1", &["line 2, column 6: P1M/ANNUAL is not sold"])]
#[case::trm_1_a_suite_bought_once("full,ONE_TIME,DE,EUR,1", &["line 2, column 6: full has terms"])]
#[case::everything_at_once("fuller,P1Y/ANNUAL,DE,EUR,1\nfull,P9Y,DE,EUR,x", &["line 2, column 1", "line 3, column 6: P9Y is no plan", "line 3, column 17: \"x\" is not a decimal"])]
#[case::an_open_quote("full,P1Y/ANNUAL,DE,EUR,1\n\"full,P1Y", &["line 3, column 1: this quote is never closed"])]
fn a_broken_row_is_told_with_line_and_column(#[case] rows: &str, #[case] expected: &[&str]) {
    let found = found(&format!("{HEADER}\n{rows}\n"));
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[rstest]
#[case::another_title(
    "sku_title",
    "Fuller",
    "sku_title is \"Full\" already, and a table does not change it"
)]
#[case::another_kind("kind", "ESU", "kind is \"LICENSE_BASED\" already")]
#[case::another_product("product", "suits", "product is \"suites\" already")]
fn a_table_does_not_change_what_is_there(
    #[case] column: &str,
    #[case] said: &str,
    #[case] expected: &str,
) {
    let table = format!("{HEADER},{column}\nfull,P1Y/ANNUAL,DE,EUR,1,{said}\n");
    let found = found(&table);
    assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    assert!(found[0].starts_with("line 2, column 26: "), "{found:?}");
}

#[test]
fn what_is_no_text_is_told() {
    let findings = with_bytes(b"sku,plan,market,currency,price\n\xff").unwrap_err();
    assert_eq!(findings.first.place, Place { line: 2, column: 1 });
}
