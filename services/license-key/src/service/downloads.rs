//! `GET /downloads/{token}`: what a download link opens, by plain HTTP. Nothing here prints a path.

use std::sync::Arc;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;

use crate::app::{App, Opened, sent_in};

/// Tells programs what the body tells people.
const REASON: HeaderName = HeaderName::from_static("tenure-reason");

/// An answer.
pub type Answer = Response<Full<Bytes>>;

/// Answers whoever opens a link: 302 to the artifact, 410 when the link does not open (any more), 404
/// for everything else. `HEAD` looks and counts nothing.
///
/// Source: DWN-2, DWN-5, DWN-6.
pub async fn answer(app: &Arc<App>, method: &Method, path: &str) -> Answer {
    let is_look = match *method {
        Method::GET => false,
        Method::HEAD => true,
        _ => return with(plain(StatusCode::METHOD_NOT_ALLOWED, "GET it"), ALLOW, "GET, HEAD"),
    };
    let Some(token) = sent_in(path) else { return unknown() };
    match app.download(&token, is_look).await {
        Ok(Opened::To(artifact)) => redirect(&artifact),
        Ok(Opened::Valid) => plain(StatusCode::OK, ""),
        Ok(Opened::Unknown) => unknown(),
        Ok(Opened::Gone(standing)) => {
            let answer = plain(StatusCode::GONE, &standing.to_string());
            with(answer, REASON, standing.reason().unwrap_or_default())
        }
        Err(error) => {
            let status = rpc::status(error);
            let is_passing = status.code() == tonic::Code::Unavailable;
            let code = if is_passing {
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                StatusCode::INTERNAL_SERVER_ERROR
            };
            with(plain(code, status.message()), RETRY_AFTER, "2")
        }
    }
}

fn unknown() -> Answer {
    plain(StatusCode::NOT_FOUND, "there is no such download link; copy it again")
}

fn redirect(artifact: &str) -> Answer {
    let Ok(location) = HeaderValue::from_str(artifact) else {
        tracing::error!("the catalog has an artifact whose address is no header value");
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error");
    };
    let mut answer = plain(StatusCode::FOUND, "");
    answer.headers_mut().insert(LOCATION, location);
    answer
}

/// Nobody on the way keeps the answer, and no other site learns of the link.
fn plain(status: StatusCode, text: &str) -> Answer {
    let line = if text.is_empty() { String::new() } else { format!("{text}\n") };
    let mut answer = Response::new(Full::new(Bytes::from(line)));
    *answer.status_mut() = status;
    let answer = with(answer, CONTENT_TYPE, "text/plain; charset=utf-8");
    with(with(answer, CACHE_CONTROL, "no-store"), REFERRER_POLICY, "no-referrer")
}

fn with(mut answer: Answer, name: HeaderName, value: &'static str) -> Answer {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}
