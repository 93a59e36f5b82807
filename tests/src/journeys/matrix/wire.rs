//! Calls any method with the bytes of any message: what there is to be called, the descriptors say.

use std::collections::BTreeMap;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use proto::common::Scope;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::super::harness::patience::eventually;
use super::super::harness::raw::Raw;
use super::sample::written;

/// What has begun to tell of changes has answered: the first of them may never come.
const FOLLOWED: [&str; 3] = ["WatchCatalog", "WatchChanges", "WatchEntries"];

/// What comes of a call.
pub type Answer = Result<DynamicMessage, Status>;

/// A method of the contract.
#[derive(Debug, Clone)]
pub struct Method {
    pub path: String,
    pub rule: access::Rule,
    pub descriptor: MethodDescriptor,
}

impl Method {
    /// Returns every method of every service, with its rule.
    pub fn all() -> Vec<Self> {
        let pool = DescriptorPool::decode(proto::DESCRIPTORS).expect("descriptors");
        let table = access::Table::read(proto::DESCRIPTORS).expect("words");
        let of = |(path, rule): (&str, &access::Rule)| {
            let (service, method) = path[1..].split_once('/').expect("a path");
            let service = pool.get_service_by_name(service).expect("a service");
            let descriptor = service.methods().find(|one| one.name() == method).expect("a method");
            Self { path: path.to_owned(), rule: rule.clone(), descriptor }
        };
        table.rules().map(of).collect()
    }

    pub fn name(&self) -> &str {
        self.descriptor.name()
    }

    /// Calls it with one message, and waits for the first of its answers. Where it is told whose things
    /// are, it is called until somebody answers.
    pub async fn call(
        &self,
        channel: Channel,
        token: Option<&str>,
        message: &DynamicMessage,
    ) -> Answer {
        let is_patient = self.rule.scope == Scope::Own;
        eventually(&self.path, || async {
            match self.ask(channel.clone(), token, message).await {
                Err(status) if is_patient && status.code() == Code::Unavailable => Err(status),
                answer => Ok(answer),
            }
        })
        .await
    }

    async fn ask(&self, channel: Channel, token: Option<&str>, message: &DynamicMessage) -> Answer {
        let mut grpc = tonic::client::Grpc::new(channel);
        grpc.ready().await.expect("a connection");
        let mut request = Request::new(tokio_stream::once(message.encode_to_vec()));
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().expect("a header value");
            request.metadata_mut().insert("authorization", value);
        }
        let path = self.path.parse().expect("a path");
        let mut answers = grpc.streaming(request, path, Raw).await?.into_inner();
        let output = self.descriptor.output();
        let first = if FOLLOWED.contains(&self.name()) { None } else { answers.message().await? };
        let bytes = first.unwrap_or_default();
        Ok(DynamicMessage::decode(output, bytes.as_slice()).expect("a message of the method"))
    }
}

/// Returns all that an answer says, without the ids that the caller sent itself.
pub fn told(answer: &Answer, request: &DynamicMessage) -> String {
    let said = match answer {
        Ok(answer) => {
            let mut answer = answer.clone();
            // It changes with each call that changes something.
            answer.clear_field_by_name("etag");
            format!("Ok {}", written(&answer))
        }
        Err(status) => {
            let details = status.get_error_details();
            let info = details.error_info();
            let metadata: Option<BTreeMap<_, _>> = info.map(|info| info.metadata.iter().collect());
            let reason = info.map(|info| &info.reason);
            let others = (
                details.resource_info(),
                details.retry_info(),
                details.precondition_failure(),
                details.bad_request(),
            );
            let (code, text) = (status.code(), status.message());
            format!("{code:?} {text} {reason:?} {metadata:?} {others:?}")
        }
    };
    let sent = written(request);
    let is_end = |one: char| !one.is_ascii_alphanumeric() && one != '-';
    let ids = sent.split(is_end).filter(|id| id.len() == 36);
    let entries = sent.split('"').filter(|name| name.starts_with("entries/"));
    let said = ids.chain(entries).fold(said, |said, id| said.replace(id, "ID"));
    // What was made has ids that nobody sent.
    if answer.is_ok() { without_ids(&said) } else { said }
}

fn without_ids(said: &str) -> String {
    let is_end = |one: char| !one.is_ascii_alphanumeric() && one != '-';
    let ids: Vec<_> = said.split(is_end).filter(|word| word.len() == 36).collect();
    ids.iter().fold(said.to_owned(), |said, id| said.replace(id, "ID"))
}
