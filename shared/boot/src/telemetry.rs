//! Logs, traces and metrics: where they go.

use std::time::Duration;

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::{LogFormat, TelemetryConfig};

/// How long the last spans and metrics may take to leave: a dead collector must not hold up a stop.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// The telemetry of this process; stop it last.
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

impl Telemetry {
    /// Begins to log, and to export where an endpoint is configured. Once a process.
    ///
    /// # Errors
    ///
    /// A filter or an endpoint that cannot be read.
    pub fn start(config: &TelemetryConfig, service: &str) -> anyhow::Result<Self> {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let filter = EnvFilter::try_new(&config.log_filter)
            .with_context(|| format!("telemetry.log_filter {:?}", config.log_filter))?;
        let lines = match config.log_format {
            LogFormat::Json => fmt::layer().json().with_writer(std::io::stderr).boxed(),
            LogFormat::Human => fmt::layer().compact().with_writer(std::io::stderr).boxed(),
        };
        let traces = trace_provider(config, service)?;
        let metrics = meter_provider(config, service)?;
        // Without an exporter spans still get ids, so that a trace crosses the mailbox whole.
        let provider = traces.clone().unwrap_or_default();
        let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("tenure"));
        tracing_subscriber::registry()
            .with(spans.with_filter(EnvFilter::new("info")))
            .with(lines.with_filter(filter))
            .try_init()
            .context("telemetry was started already")?;
        if let Some(metrics) = &metrics {
            opentelemetry::global::set_meter_provider(metrics.clone());
        }
        Ok(Self { traces, metrics })
    }

    /// Sends what is left, for two seconds at most.
    pub async fn stop(self) {
        let flushed = tokio::task::spawn_blocking(move || {
            let traces = self.traces.map(|traces| traces.shutdown_with_timeout(FLUSH_TIMEOUT));
            let metrics = self.metrics.map(|metrics| metrics.shutdown_with_timeout(FLUSH_TIMEOUT));
            traces.into_iter().chain(metrics).find_map(Result::err)
        });
        if let Ok(Ok(Some(error))) = tokio::time::timeout(2 * FLUSH_TIMEOUT, flushed).await {
            tracing::warn!(error = %error, "the last telemetry could not be sent");
        }
    }
}

fn resource(service: &str) -> Resource {
    Resource::builder().with_service_name(service.to_owned()).build()
}

fn trace_provider(
    config: &TelemetryConfig,
    service: &str,
) -> anyhow::Result<Option<SdkTracerProvider>> {
    if config.otlp_endpoint.is_empty() {
        return Ok(None);
    }
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(&config.otlp_endpoint)
        .build()
        .context("telemetry.otlp_endpoint")?;
    let share = f64::from(config.trace_percent.min(100)) / 100.0;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share)));
    Ok(Some(
        SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(resource(service))
            .build(),
    ))
}

fn meter_provider(
    config: &TelemetryConfig,
    service: &str,
) -> anyhow::Result<Option<SdkMeterProvider>> {
    if config.otlp_endpoint.is_empty() {
        return Ok(None);
    }
    let exporter = opentelemetry_otlp::MetricExporter::builder()
        .with_tonic()
        .with_endpoint(&config.otlp_endpoint)
        .build()
        .context("telemetry.otlp_endpoint")?;
    Ok(Some(
        SdkMeterProvider::builder()
            .with_periodic_exporter(exporter)
            .with_resource(resource(service))
            .build(),
    ))
}
