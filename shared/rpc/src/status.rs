//! The only place that builds a `tonic::Status`.

use std::collections::HashMap;

use opentelemetry::trace::TraceContextExt;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::error::{Classify, Kind};

/// The domain of every `ErrorInfo`.
pub const DOMAIN: &str = "tenure.dev";

/// Turns an error into the status that the caller sees, and logs it once.
///
/// The details hold `ErrorInfo` always, `BadRequest` for malformed fields, `PreconditionFailure`
/// for rules, `RetryInfo` where a retry helps, `ResourceInfo` for what was not found. An internal
/// error shows a trace id and nothing else.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub fn status<E: Classify>(error: E) -> Status {
    let kind = error.kind();
    log(&error, kind);
    let is_ours = kind == Kind::Internal;
    let message = if is_ours { "internal error".to_owned() } else { error.to_string() };
    Status::with_error_details(code(kind, error.reason()), message, details(&error, kind))
}

/// Returns gRPC's own answer for what there is not; no error of ours, so it has no details.
pub fn unimplemented(path: &str) -> Status {
    Status::unimplemented(format!("there is no method {path}"))
}

/// Returns the code that the rulebook gives to a refusal, where it is not its kind's.
fn code_of_refusal(reason: &str) -> Option<Code> {
    match reason {
        "RENEWAL_PENDING_RETRY" => Some(Code::Aborted),
        "ROLE_REQUIRED" | "CONTACT_INDIRECT_PROVIDER" => Some(Code::PermissionDenied),
        "SEAT_LIMIT" | "TENANT_SUBSCRIPTION_LIMIT" | "UPDATE_LIMIT_1200" => {
            Some(Code::ResourceExhausted)
        }
        "KMS_NOT_OFFERED" | "QUANTITY_INVALID" => Some(Code::InvalidArgument),
        _ => None,
    }
}

fn code(kind: Kind, reason: &str) -> Code {
    match kind {
        Kind::Invalid => Code::InvalidArgument,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::Forbidden => Code::PermissionDenied,
        Kind::NotFound => Code::NotFound,
        Kind::Exists => Code::AlreadyExists,
        Kind::Rejected => code_of_refusal(reason).unwrap_or(Code::FailedPrecondition),
        Kind::Conflict => Code::Aborted,
        Kind::OutOfRange => Code::OutOfRange,
        Kind::Exhausted => Code::ResourceExhausted,
        Kind::TooLate => Code::DeadlineExceeded,
        Kind::Unavailable => Code::Unavailable,
        Kind::Internal => Code::Internal,
    }
}

fn details<E: Classify>(error: &E, kind: Kind) -> ErrorDetails {
    let mut details = ErrorDetails::new();
    if kind == Kind::Internal {
        let trace = HashMap::from([("trace_id".to_owned(), trace_id())]);
        details.set_error_info("INTERNAL", DOMAIN, trace);
        return details;
    }
    let mut metadata: HashMap<String, String> =
        error.metadata().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(rule) = error.rule() {
        metadata.insert("rule".to_owned(), rule.to_owned());
    }
    let refusals = error.refusals();
    if !refusals.is_empty() {
        let each = refusals.into_iter();
        details.set_precondition_failure(
            each.map(|one| PreconditionViolation::new(one.reason, one.rule, one.message))
                .collect::<Vec<_>>(),
        );
    }
    details.set_error_info(error.reason(), DOMAIN, metadata);
    if !error.violations().is_empty() {
        let each = error.violations().iter();
        details.set_bad_request(
            each.map(|one| FieldViolation::new(&*one.field, &*one.description)).collect::<Vec<_>>(),
        );
    }
    if let Some((kind, name)) = error.resource() {
        details.set_resource_info(kind, name, "", error.to_string());
    }
    if let Some(after) = error.retry_after() {
        details.set_retry_info(Some(after));
    }
    details
}

fn log<E: Classify>(error: &E, kind: Kind) {
    let reason = error.reason();
    match kind {
        Kind::Internal => tracing::error!(reason, error = %chain(error), "call failed"),
        Kind::Unavailable => tracing::warn!(reason, error = %chain(error), "call failed"),
        Kind::Conflict => tracing::info!(reason, "call refused"),
        Kind::Invalid
        | Kind::Unauthenticated
        | Kind::Forbidden
        | Kind::NotFound
        | Kind::Exists
        | Kind::Rejected
        | Kind::OutOfRange
        | Kind::Exhausted
        | Kind::TooLate => tracing::debug!(reason, "call refused"),
    }
}

/// Returns the error with all that caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Returns the id of the trace in which the fault is found.
fn trace_id() -> String {
    let context = tracing::Span::current().context();
    context.span().span_context().trace_id().to_string()
}
