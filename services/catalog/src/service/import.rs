//! Takes in a file that comes in pieces, and keeps it on disk. What is in it is not looked at here.

use std::convert::Infallible;
use std::fs::File as Spool;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use access::Caller;
use aws_lc_rs::digest;
use futures::{Stream, StreamExt as _};
use proto::catalog as pb;
use proto::catalog::import_catalog_request::Part;
use proto::catalog::import_catalog_with_progress_request::Part as PartWithProgress;
use replay::Once;
use rpc::Fields;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use tonic::{Response, Status};
use vocab::IdGen;

use crate::app::{App, Import, Importer, Progress};
use crate::convert;
use crate::error::Error;

/// Where files are received, and how large they may be.
#[derive(Debug, Clone)]
pub struct Reception {
    /// The largest file that is imported, in bytes.
    pub bytes_max: u64,
    /// Where files are kept while they are imported.
    pub folder: PathBuf,
    /// Names them.
    pub ids: IdGen,
}

/// A piece of an upload, as either method has it.
#[derive(Debug)]
pub enum Piece {
    /// What this import is.
    Header(pb::ImportCatalogHeader),
    /// The next bytes of the file.
    Chunk(Vec<u8>),
    /// Neither.
    Nothing,
}

impl From<pb::ImportCatalogRequest> for Piece {
    fn from(request: pb::ImportCatalogRequest) -> Self {
        match request.part {
            Some(Part::Header(header)) => Self::Header(header),
            Some(Part::Chunk(chunk)) => Self::Chunk(chunk),
            None => Self::Nothing,
        }
    }
}

impl From<pb::ImportCatalogWithProgressRequest> for Piece {
    fn from(request: pb::ImportCatalogWithProgressRequest) -> Self {
        match request.part {
            Some(PartWithProgress::Header(header)) => Self::Header(header),
            Some(PartWithProgress::Chunk(chunk)) => Self::Chunk(chunk),
            None => Self::Nothing,
        }
    }
}

/// A file as it arrived.
#[derive(Debug)]
struct Upload {
    header: pb::ImportCatalogHeader,
    file: Spool,
    sha256: String,
}

impl Reception {
    /// Receives the header and then the file.
    async fn receive<S>(
        &self,
        mut pieces: S,
        progress: &watch::Sender<Progress>,
    ) -> Result<Upload, Status>
    where
        S: Stream<Item = Result<Piece, Status>> + Unpin,
    {
        let header = match pieces.next().await.transpose()? {
            Some(Piece::Header(header)) => header,
            Some(Piece::Chunk(_) | Piece::Nothing) | None => {
                return Err(wrong("header", "must come first"));
            }
        };
        let mut file = self.create().await.map_err(unkept)?;
        let (mut hash, mut bytes) = (digest::Context::new(&digest::SHA256), 0_u64);
        while let Some(piece) = pieces.next().await.transpose()? {
            let chunk = match piece {
                Piece::Chunk(chunk) => chunk,
                Piece::Header(_) => {
                    return Err(wrong("header", "must come once, as the first part"));
                }
                Piece::Nothing => return Err(wrong("chunk", "is missing")),
            };
            bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if self.bytes_max < bytes {
                return Err(rpc::status(Error::TooLarge { bytes_max: self.bytes_max }));
            }
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(unkept)?;
            progress.send_modify(|progress| progress.received_bytes = bytes);
        }
        file.flush().await.map_err(unkept)?;
        let file = file.into_std().await;
        Ok(Upload { header, file, sha256: hex(hash.finish().as_ref()) })
    }

    /// Makes a file without a name: it is gone as soon as nobody has it open, however we end.
    async fn create(&self) -> std::io::Result<tokio::fs::File> {
        let path = self.folder.join(format!("tenure-import-{}", self.ids.uuid()));
        let mut options = tokio::fs::OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).open(&path).await?;
        tokio::fs::remove_file(&path).await?;
        Ok(file)
    }
}

fn unkept(error: std::io::Error) -> Status {
    rpc::status(Error::from(error))
}

fn wrong(field: &str, description: &str) -> Status {
    let mut fields = Fields::default();
    fields.wrong(field, description);
    match fields.finish(None::<Infallible>) {
        Ok(never) => match never {},
        Err(violations) => rpc::status(violations),
    }
}

/// Imports what is received.
pub async fn import<S>(
    app: Arc<App>,
    reception: Reception,
    caller: Caller,
    pieces: S,
    progress: watch::Sender<Progress>,
) -> Result<Response<pb::ImportCatalogResponse>, Status>
where
    S: Stream<Item = Result<Piece, Status>> + Unpin,
{
    let Upload { mut header, file, sha256 } = reception.receive(pieces, &progress).await?;
    let format = convert::import_header(&header, &sha256).map_err(rpc::status)?;
    // D-28: with its file's hash in it, the header stands for the whole request.
    header.file_sha256.clone_from(&sha256);
    let once = Once::new(&header, caller.key(), convert::imported);
    let importer = Importer(caller.subject);
    let import = Import { file, sha256, format };
    let answer = app.import(&once, importer, import, &progress).await.map_err(rpc::status)?;
    replay::respond(answer, convert::imported)
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

/// How far an import is, again and again, and then how it ended.
pub type News =
    Pin<Box<dyn Stream<Item = Result<pb::ImportCatalogWithProgressResponse, Status>> + Send>>;

/// What imports, while it does.
type Importing =
    Pin<Box<dyn Future<Output = Result<Response<pb::ImportCatalogResponse>, Status>> + Send>>;

/// Returns the news of an import, which goes on as long as somebody listens.
pub fn news(importing: Importing, progress: watch::Receiver<Progress>) -> News {
    Box::pin(futures::stream::unfold(Some((importing, progress)), |state| async {
        let (mut importing, mut progress) = state?;
        tokio::select! {
            biased;
            outcome = &mut importing => {
                let last = *progress.borrow();
                let outcome = outcome.map(|response| {
                    let is_replayed = replay::is_replayed(response.metadata());
                    convert::import_outcome(last, response.into_inner(), is_replayed)
                });
                Some((outcome, None))
            }
            Ok(()) = progress.changed() => {
                let now = *progress.borrow_and_update();
                Some((Ok(convert::import_progress(now)), Some((importing, progress))))
            }
        }
    }))
}
