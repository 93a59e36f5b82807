//! Reads `products:`.

use std::collections::{BTreeMap, BTreeSet};

use vocab::{
    BillingType, Category, Cloud, Fulfilment, ProductId, ProductKind, PublisherType, Segment, SkuId,
};

use super::reader::{Reader, Section};
use super::{conversions, restrictions, suites};
use crate::domain::finding::Place;
use crate::domain::product::{Download, Product, Sku, SkuName};
use crate::domain::yaml::{Key, Node};

const PRODUCT_KEYS: [&str; 7] =
    ["title", "kind", "publisher", "category", "segments", "cloud", "skus"];
const SKU_KEYS: [&str; 25] = [
    "title",
    "trial",
    "becomes",
    "product_key",
    "downloads",
    "instructions",
    "conversions",
    "prerequisites",
    "closed_to_new_purchase",
    "min_quantity",
    "max_quantity",
    "cancellation_policy",
    "setup",
    "evaluation",
    "single_per_customer",
    "exclusive_to",
    "unsupported_markets",
    "in_csp",
    "runs_on",
    "add_on",
    "quantity_rule",
    "seats_capped_per_customer",
    "suite",
    "without_teams",
    "hybrid_benefit",
];
const DOWNLOAD_KEYS: [&str; 4] = ["version", "language", "file_type", "uri"];

/// The publisher whose products are the programme's own.
pub(super) const OWNER: &str = "Microsoft";

/// The product of every SKU, so that a SKU's id is enough to name it; and where it stands.
pub type Owners = BTreeMap<SkuId, (ProductId, Place)>;

/// Reads all products, and checks the paths between their SKUs; the second value tells which SKUs there are.
pub fn read(reader: &mut Reader, node: &Node) -> (BTreeMap<ProductId, Product>, Owners) {
    let entries = reader.entries(node, "products");
    let mut owners = Owners::new();
    for (key, product) in &entries {
        note_skus(reader, key, product, &mut owners);
    }
    let mut products = BTreeMap::new();
    for (key, node) in entries {
        if let Some(product) = read_product(reader, key, node, &owners) {
            products.insert(product.id.clone(), product);
        }
    }
    conversions::check(reader, node, &products);
    restrictions::check(reader, node, &products);
    (products, owners)
}

/// Every SKU is known before the first is read, since SKUs name each other.
fn note_skus(reader: &mut Reader, product: &Key, node: &Node, owners: &mut Owners) {
    let Some(skus) = node.get("skus") else { return };
    for (key, _) in reader.entries(skus, "skus") {
        let sku = SkuId(key.text.clone());
        if let Some((other, place)) = owners.get(&sku) {
            let why = format!("{sku} is a SKU of {other} already, at {place}: SKUs share no id");
            reader.wrong(key.place, why);
        } else {
            owners.insert(sku, (ProductId(product.text.clone()), key.place));
        }
    }
}

fn read_product(reader: &mut Reader, key: &Key, node: &Node, owners: &Owners) -> Option<Product> {
    let id = reader.id(key.place, &key.text);
    let section = reader.section(node, "a product", &PRODUCT_KEYS);
    let title = section.required("title", reader).and_then(|node| reader.text(node, "title"));
    let kind = section.required("kind", reader).and_then(|node| reader.parse(node, "kind"));
    let publisher = section.get("publisher").map(|node| reader.text(node, "publisher"));
    let publisher = publisher.unwrap_or_else(|| Some(OWNER.to_owned()));
    let category = section.get("category").map(|node| reader.parse(node, "category"));
    let cloud = section.get("cloud").map(|node| reader.parse(node, "cloud"));
    let segments = section.get("segments").map(|node| reader.parse_all(node, "segments"));
    let segments =
        segments.map_or_else(|| BTreeSet::from([Segment::Commercial]), BTreeSet::from_iter);
    let skus = section.required("skus", reader);
    let of = Of { kind, segments: &segments };
    let skus = skus.map(|node| read_skus(reader, node, owners, &of));

    let (publisher, kind) = (publisher?, kind?);
    Some(Product {
        id: ProductId(id?),
        title: title?,
        kind,
        publisher_type: publisher_type(&publisher),
        publisher,
        billing_type: billing_type(kind),
        category: category.unwrap_or(Some(Category::Enterprise))?,
        segments,
        cloud: cloud.unwrap_or(Some(Cloud::Commercial))?,
        skus: skus?,
    })
}

pub(super) fn publisher_type(publisher: &str) -> PublisherType {
    if publisher == OWNER { PublisherType::Microsoft } else { PublisherType::Partner }
}

pub(super) fn billing_type(kind: ProductKind) -> BillingType {
    if kind == ProductKind::IsvSaasMetered { BillingType::Usage } else { BillingType::License }
}

/// What a SKU's product says of it.
struct Of<'a> {
    /// `None` where it could not be read.
    kind: Option<ProductKind>,
    segments: &'a BTreeSet<Segment>,
}

fn read_skus(reader: &mut Reader, node: &Node, owners: &Owners, of: &Of<'_>) -> Vec<Sku> {
    // What is wrong with the mapping itself was noted when the SKUs were.
    let skus = node.entries();
    skus.filter_map(|(key, node)| read_sku(reader, (key, node), owners, of)).collect()
}

fn read_sku(
    reader: &mut Reader,
    (key, node): (&Key, &Node),
    owners: &Owners,
    of: &Of<'_>,
) -> Option<Sku> {
    let id = reader.id(key.place, &key.text);
    let section = reader.section(node, "a SKU", &SKU_KEYS);
    let title = section.required("title", reader).and_then(|node| reader.text(node, "title"));
    let becomes = section.get("becomes").and_then(|node| read_name(reader, node, owners));
    let downloads = read_downloads(reader, &section);
    let policy = section.get("cancellation_policy").and_then(|node| read_policy(reader, node, of));
    let suite = section.get("suite").and_then(|node| suites::read(reader, node, of.segments));
    let cap = suite.as_ref().and_then(|suite| suite.max_seats);
    let (min_quantity, max_quantity) = read_quantities(reader, &section, cap);
    let instructions =
        section.get("instructions").and_then(|node| reader.text(node, "instructions"));
    let is_trial = reader.truth(section.get("trial"), "trial");
    if becomes.is_some() && !is_trial {
        reader.wrong(key.place, "only a trial becomes something: write trial: true");
    }
    let setup = section.get("setup").and_then(|node| reader.text(node, "setup"));
    let prerequisites = read_prerequisites(reader, &section, owners);
    let restrictions = restrictions::read(reader, &section, owners, (key, &prerequisites, of.kind));
    let restrictions =
        if is_trial { restrictions } else { suites::cap(restrictions, suite.as_ref()) };
    let closed = section.get("closed_to_new_purchase");
    let is_closed = reader.truth(closed, "closed_to_new_purchase");
    let is_closed_by_suite = suite.as_ref().is_some_and(|suite| suite.is_closed_to_new_purchase);
    let edition = section.get("hybrid_benefit");
    Some(Sku {
        id: SkuId(id?),
        title: title?,
        is_trial,
        becomes: becomes.map(|name| name.sku),
        fulfilment: Fulfilment {
            product_key: reader.truth(section.get("product_key"), "product_key"),
            download: !downloads.is_empty(),
            instructions_uri: instructions,
            setup_uri: setup,
        },
        downloads,
        is_without_teams: reader.truth(section.get("without_teams"), "without_teams"),
        hybrid_benefit: edition.and_then(|node| reader.parse(node, "hybrid_benefit")),
        conversions: conversions::read(reader, &section, owners),
        prerequisites,
        includes_evaluation: read_evaluation(reader, &section, of.kind, is_trial),
        is_closed_to_new_purchase: is_closed || (closed.is_none() && is_closed_by_suite),
        suite,
        min_quantity,
        max_quantity,
        cancellation_policy: policy,
        restrictions,
    })
}

/// Reads whether a SKU begins with a free evaluation: an ISV's, and none that is free as it is.
///
/// Source: ORD-8, TRI-10.
fn read_evaluation(
    reader: &mut Reader,
    section: &Section<'_>,
    kind: Option<ProductKind>,
    is_trial: bool,
) -> bool {
    let node = section.get("evaluation");
    let includes = reader.truth(node, "evaluation");
    let Some(node) = node.filter(|_| includes) else { return false };
    let is_isv = |kind| matches!(kind, ProductKind::IsvSaasLicense | ProductKind::IsvSaasMetered);
    if let Some(kind) = kind.filter(|kind| !is_isv(*kind)) {
        let why = format!("{kind} has no evaluation, only ISV_SAAS_LICENSE and ISV_SAAS_METERED");
        reader.wrong(node.place, why);
    }
    if is_trial {
        reader.wrong(node.place, "a trial is free as it is: leave out evaluation");
    }
    true
}

/// Reads the policy that wins over the kind's; no policy lets plans for Linux be cancelled (CAT-17).
fn read_policy(reader: &mut Reader, node: &Node, of: &Of<'_>) -> Option<String> {
    if of.kind == Some(ProductKind::LinuxPlan) {
        reader.wrong(node.place, "a LINUX_PLAN cannot be cancelled: leave out cancellation_policy");
    }
    let text = reader.scalar(node, "cancellation_policy")?;
    reader.id(node.place, text)
}

/// Reads the fewest and the most seats; `cap` is that of the suite, which holds unless the file says
/// less (CAT-9).
fn read_quantities(
    reader: &mut Reader,
    section: &Section<'_>,
    cap: Option<i64>,
) -> (i64, Option<i64>) {
    let min = section.get("min_quantity").and_then(|node| reader.count(node, "min_quantity"));
    let min = min.unwrap_or(1);
    let node = section.get("max_quantity");
    let max = node.and_then(|node| reader.count(node, "max_quantity"));
    if let (Some(node), Some(max)) = (node, max)
        && max < min
    {
        reader.wrong(node.place, format!("max_quantity {max} is below min_quantity {min}"));
    }
    if let (Some(node), Some(max), Some(cap)) = (node, max, cap)
        && cap < max
    {
        reader.wrong(node.place, format!("max_quantity {max} is above {cap}, the suite's limit"));
    }
    (min, max.or(cap))
}

/// Reads what can be downloaded; no two downloads are the same choice (CAT-12).
fn read_downloads(reader: &mut Reader, section: &Section<'_>) -> Vec<Download> {
    let Some(node) = section.get("downloads") else { return vec![] };
    let mut downloads: Vec<Download> = vec![];
    for item in reader.list(node, "downloads") {
        let Some(download) = read_download(reader, item) else { continue };
        if downloads.iter().any(|one| one.choice() == download.choice()) {
            let (version, language, file_type) = download.choice();
            let why = format!("{version}, {language}, {file_type} is a choice of this SKU already");
            reader.wrong(item.place, why);
        }
        downloads.push(download);
    }
    downloads
}

fn read_download(reader: &mut Reader, node: &Node) -> Option<Download> {
    let section = reader.section(node, "a download", &DOWNLOAD_KEYS);
    let mut text =
        |key: &str| section.required(key, reader).and_then(|node| reader.text(node, key));
    let (version, language) = (text("version"), text("language"));
    let (file_type, artifact_uri) = (text("file_type"), text("uri"));
    Some(Download {
        version: version?,
        language: language?,
        file_type: file_type?,
        artifact_uri: artifact_uri?,
    })
}

fn read_prerequisites(reader: &mut Reader, section: &Section<'_>, owners: &Owners) -> Vec<SkuName> {
    let Some(node) = section.get("prerequisites") else { return vec![] };
    let items = reader.list(node, "prerequisites");
    items.iter().filter_map(|item| read_name(reader, item, owners)).collect()
}

/// Finds the SKU that a node names.
pub(super) fn read_name(reader: &mut Reader, node: &Node, owners: &Owners) -> Option<SkuName> {
    let text = reader.scalar(node, "the id of a SKU")?;
    name(reader, node.place, text, owners)
}

/// Finds the SKU that a text names.
pub(super) fn name(
    reader: &mut Reader,
    place: Place,
    text: &str,
    owners: &Owners,
) -> Option<SkuName> {
    let sku = SkuId(text.to_owned());
    let Some((product, _)) = owners.get(&sku) else {
        reader.wrong(place, format!("there is no SKU {text} in this file"));
        return None;
    };
    Some(SkuName { product: product.clone(), sku })
}
