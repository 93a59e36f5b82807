//! Takes in a file that comes in pieces. What is in it is not looked at here.

use std::convert::Infallible;

use access::Caller;
use aws_lc_rs::digest;
use futures::{Stream, StreamExt as _};
use proto::catalog as pb;
use proto::catalog::import_catalog_request::Part;
use replay::Once;
use rpc::Fields;
use tonic::{Response, Status};

use super::Service;
use crate::app::{Import, Importer};
use crate::convert;
use crate::error::Error;

/// A file as it arrived.
#[derive(Debug)]
pub struct Upload {
    header: pb::ImportCatalogHeader,
    file: Vec<u8>,
}

/// Receives the header and then the file.
///
/// # Errors
///
/// A header that is missing, late or sent twice; a file of more than `bytes_max` bytes.
pub async fn receive<S>(mut parts: S, bytes_max: u64) -> Result<Upload, Status>
where
    S: Stream<Item = Result<pb::ImportCatalogRequest, Status>> + Unpin,
{
    let header = match parts.next().await.transpose()?.and_then(|first| first.part) {
        Some(Part::Header(header)) => header,
        Some(Part::Chunk(_)) | None => return Err(wrong("header", "must come first")),
    };
    let mut file = vec![];
    while let Some(next) = parts.next().await.transpose()? {
        match next.part {
            Some(Part::Chunk(chunk)) => file.extend_from_slice(&chunk),
            Some(Part::Header(_)) => {
                return Err(wrong("header", "must come once, as the first part"));
            }
            None => return Err(wrong("chunk", "is missing")),
        }
        if bytes_max < u64::try_from(file.len()).unwrap_or(u64::MAX) {
            return Err(rpc::status(Error::TooLarge { bytes_max }));
        }
    }
    Ok(Upload { header, file })
}

fn wrong(field: &str, description: &str) -> Status {
    let mut fields = Fields::default();
    fields.wrong(field, description);
    match fields.finish(None::<Infallible>) {
        Ok(never) => match never {},
        Err(violations) => rpc::status(violations),
    }
}

impl Service {
    /// Imports what was received.
    pub(crate) async fn import(
        &self,
        caller: &Caller,
        Upload { mut header, file }: Upload,
    ) -> Result<Response<pb::ImportCatalogResponse>, Status> {
        let sha256 = hex(digest::digest(&digest::SHA256, &file).as_ref());
        let format = convert::import_header(&header, &sha256).map_err(rpc::status)?;
        // D-28: with its file's hash in it, the header stands for the whole request.
        header.file_sha256.clone_from(&sha256);
        let once = Once::new(&header, caller.key(), convert::imported);
        let importer = Importer(caller.subject.clone());
        let import = Import { file, sha256, format };
        let answer = self.app.import(&once, importer, import).await.map_err(rpc::status)?;
        replay::respond(answer, convert::imported)
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}
