//! A bare server that knows one answer.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::host::ANY_PORT;

/// Answers whatever method of the catalog with the same message, reading the question first.
#[derive(Debug)]
struct Echo<Q, A>(A, PhantomData<fn(Q)>);

impl<Q, A: Clone> Clone for Echo<Q, A> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<Q, A> NamedService for Echo<Q, A> {
    const NAME: &'static str = "tenure.catalog.v1.CatalogService";
}

impl<Q, A: Clone> UnaryService<Q> for Echo<Q, A> {
    type Response = A;
    type Future = Ready<Result<Response<A>, Status>>;

    fn call(&mut self, _: Request<Q>) -> Self::Future {
        ready(Ok(Response::new(self.0.clone())))
    }
}

impl<Q, A> Service<http::Request<Body>> for Echo<Q, A>
where
    Q: prost::Message + Default + 'static,
    A: prost::Message + Clone + Default + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let echo = self.clone();
        let mut grpc = Grpc::new(ProstCodec::<A, Q>::default());
        Box::pin(async move { Ok(grpc.unary(echo, request).await) })
    }
}

/// Serves an answer until the token is cancelled.
pub async fn serve<Q, A>(answer: A) -> anyhow::Result<(SocketAddr, CancellationToken)>
where
    Q: prost::Message + Default + 'static,
    A: prost::Message + Clone + Default + 'static,
{
    let listener = boot::listen(ANY_PORT).await?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let echo = Echo::<Q, A>(answer, PhantomData);
    let serving = tonic::transport::Server::builder()
        .add_service(echo)
        .serve_with_incoming_shutdown(incoming, stopped);
    tokio::spawn(serving);
    Ok((address, stop))
}
