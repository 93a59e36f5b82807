//! A gRPC service of which one method is asked for: what others add to the contract is not our business.

use std::pin::Pin;

/// What a service returns sooner or later.
pub type Sooner<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Makes `$service`, which answers `$method` of `$name` by a function of [`Stub`](super::stub::Stub).
macro_rules! one_method {
    ($service:ident, $name:literal, $method:literal, $answer:ident: $asked:ty => $said:ty) => {
        #[derive(Clone)]
        pub struct $service(pub Stub);

        impl tonic::server::NamedService for $service {
            const NAME: &'static str = $name;
        }

        impl tower::Service<::http::Request<tonic::body::Body>> for $service {
            type Response = ::http::Response<tonic::body::Body>;
            type Error = std::convert::Infallible;
            type Future = Sooner<Self::Response, Self::Error>;

            fn poll_ready(
                &mut self,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Result<(), Self::Error>> {
                std::task::Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: ::http::Request<tonic::body::Body>) -> Self::Future {
                assert!(request.uri().path().ends_with($method), "nothing else is asked");
                let service = self.clone();
                let codec = tonic_prost::ProstCodec::default();
                Box::pin(async move {
                    Ok(tonic::server::Grpc::new(codec).unary(service, request).await)
                })
            }
        }

        impl tonic::server::UnaryService<$asked> for $service {
            type Response = $said;
            type Future = Sooner<Response<$said>, Status>;

            fn call(&mut self, request: Request<$asked>) -> Self::Future {
                let is_known = request.metadata().contains_key("authorization");
                assert!(is_known, "services say who they are");
                let stub = self.0.clone();
                Box::pin(async move { stub.$answer(request.into_inner()).await.map(Response::new) })
            }
        }
    };
}

pub(super) use one_method;
