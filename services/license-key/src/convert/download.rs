//! Downloads, between the wire and the domain.

use proto::catalog as catalog_pb;
use proto::licensekey as pb;
use rpc::{Fields, Violations, name, wire};
use uuid::Uuid;
use vocab::{CustomerId, DownloadLinkId, RequestId, SubscriptionId};

use crate::domain::{Download, DownloadLink, DownloadOption, SkuName, Standing, Wanted};

/// Reads whose downloads are asked for.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn parent(
    mut fields: Fields,
    parent: &str,
) -> Result<(CustomerId, SubscriptionId), Violations> {
    let read = fields.parse::<name::Subscription>("parent", parent);
    fields.finish(read.map(|name::Subscription(customer, id)| (customer, id)))
}

/// Reads which link is asked for: of which purchase, what it shall download, under which id.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn create_download_link(
    request: &pb::CreateDownloadLinkRequest,
) -> Result<((CustomerId, SubscriptionId), Wanted, RequestId), Violations> {
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let wanted = Wanted {
        version: text(&request.version),
        language: text(&request.language),
        file_type: text(&request.file_type),
    };
    let of = parent(Fields::of(request), &request.parent)?;
    let id = Uuid::try_parse(&request.request_id).unwrap_or_default();
    Ok((of, wanted, RequestId(id)))
}

/// Reads the name of a link.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn download_link_name(
    request: &pb::RevokeDownloadLinkRequest,
) -> Result<((CustomerId, SubscriptionId), DownloadLinkId), Violations> {
    let mut fields = Fields::of(request);
    let read = fields.parse::<name::DownloadLink>("name", &request.name);
    fields.finish(read.map(|name::DownloadLink(of, id)| ((of.0, of.1), id)))
}

/// Writes what can be downloaded, and instructions instead.
pub fn download_options(downloads: &[Download], instructions: Option<&str>) -> pb::DownloadOptions {
    pb::DownloadOptions {
        options: downloads.iter().map(|download| option(&download.option)).collect(),
        instructions_uri: instructions.unwrap_or_default().to_owned(),
    }
}

fn option(option: &DownloadOption) -> pb::DownloadOption {
    let DownloadOption { version, language, file_type } = option.clone();
    pb::DownloadOption { version, language, file_type }
}

/// Writes a link, without what opens it.
pub fn download_link((link, standing): &(DownloadLink, Standing)) -> pb::DownloadLink {
    let of = name::Subscription(link.customer, link.purchase);
    pb::DownloadLink {
        name: name::DownloadLink(of, link.id).to_string(),
        option: Some(option(&link.option)),
        state: state(*standing).into(),
        create_time: Some(wire::timestamp(link.issued_at)),
        expire_time: link.expires_at.map(wire::timestamp),
        download_count: link.download_count,
        max_download_count: link.max_download_count,
        revoke_time: link.revoked_at.map(wire::timestamp),
        policy: link.policy.clone(),
    }
}

/// Writes what there is to download with; `uri` is what opens the link, in clear: the only answer that
/// holds one.
pub fn handover(
    link: Option<&(DownloadLink, Standing)>,
    (uri, instructions_uri): (String, Option<String>),
    entry_index: Option<i64>,
) -> pb::CreateDownloadLinkResponse {
    pb::CreateDownloadLinkResponse {
        download_link: link.map(download_link),
        uri,
        instructions_uri: instructions_uri.unwrap_or_default(),
        audit_entry: entry_index.map_or_else(String::new, |index| format!("entries/{index}")),
    }
}

/// A link of a purchase that does not run is valid by itself: it opens again once the purchase runs.
const fn state(standing: Standing) -> pb::DownloadLinkState {
    match standing {
        Standing::Valid | Standing::Dormant { .. } => pb::DownloadLinkState::Valid,
        Standing::Revoked => pb::DownloadLinkState::Revoked,
        Standing::UsedUp { .. } => pb::DownloadLinkState::UsedUp,
        Standing::Expired { .. } => pb::DownloadLinkState::Expired,
    }
}

/// Reads what the catalog says of a SKU; `None` if the product has no such SKU.
pub fn downloads(product: &catalog_pb::Product, sku: &SkuName) -> Option<Vec<Download>> {
    let named = sku.to_string();
    let sku = product.skus.iter().find(|sku| sku.name == named)?;
    let download = |it: &catalog_pb::DownloadOption| Download {
        option: DownloadOption {
            version: it.version.clone(),
            language: it.language.clone(),
            file_type: it.file_type.clone(),
        },
        artifact_uri: it.artifact_uri.clone(),
    };
    Some(sku.downloads.iter().map(download).collect())
}
