//! What a picture is made of.

use super::super::life::Life;
use super::super::life::tests::a_life;
use super::{drawn, page};

#[test]
fn a_picture_shows_all_and_needs_nothing_else() {
    let picture = drawn(&a_life());
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert_eq!(picture.matches("<rect ").count(), 4, "term, cycle and two windows");
    assert_eq!(picture.matches("class=\"event\"").count(), 2, "what happened");
    assert_eq!(picture.matches("class=\"due\"").count(), 2, "what will happen");
    assert!(!picture.contains("href") && !picture.contains("<script"));
    // Two seats from the purchase on, five from the increase on, up to the present.
    assert!(picture.contains("points=\"25,212 107,212 107,170 112,170\""), "{picture}");
}

#[test]
fn a_label_is_never_markup() {
    let life = Life { title: "<script>\"&".to_owned(), ..a_life() };
    let page = page(&life, &drawn(&life));
    assert!(!page.contains("<script>"));
    assert_eq!(page.matches("&lt;script&gt;&quot;&amp;").count(), 2);
}

#[test]
fn an_instant_alone_is_a_picture() {
    let life = Life { spans: vec![], events: vec![], ..a_life() };
    assert!(drawn(&life).contains("class=\"now\" x1=\"24\""));
}
