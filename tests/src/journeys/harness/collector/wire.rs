//! The few fields of OTLP by which spans and series are known, and what Prometheus makes of their names.

use prost::Message;

use super::{Export, Kept, Labels};

impl Export for ExportTraceServiceRequest {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";

    fn keep(self, kept: &mut Kept) {
        for of_resource in self.resource_spans {
            let service = of_resource.resource.unwrap_or_default().service_name();
            for span in of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                let trace_id = tenure::import::hex(&span.trace_id);
                kept.spans.entry(trace_id).or_default().push((service.clone(), span.name));
            }
        }
    }
}

impl Export for ExportMetricsServiceRequest {
    const NAME: &'static str = "opentelemetry.proto.collector.metrics.v1.MetricsService";

    fn keep(self, kept: &mut Kept) {
        for of_resource in self.resource_metrics {
            let service = of_resource.resource.unwrap_or_default().service_name();
            for metric in of_resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
                kept.measure(&service, metric);
            }
        }
    }
}

impl Kept {
    fn measure(&mut self, service: &str, metric: Metric) {
        let names = metric.names();
        let mut labels = metric.labels();
        for of_series in &mut labels {
            of_series.insert("job".to_owned(), service.to_owned());
        }
        for name in names {
            self.series.entry(name).or_default().extend(labels.iter().cloned());
        }
    }
}

impl Metric {
    /// Returns the names under which Prometheus shows it, by the rules of OpenTelemetry.
    fn names(&self) -> Vec<String> {
        let unit = match self.unit.as_str() {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "" => "",
            unit => panic!("{} has a unit that no other has: {unit}", self.name),
        };
        let name = format!("{}{unit}", self.name.replace('.', "_"));
        if self.histogram.is_some() {
            return ["_bucket", "_count", "_sum"].map(|part| format!("{name}{part}")).into();
        }
        let is_counter = self.sum.as_ref().is_some_and(|sum| sum.is_monotonic);
        vec![if is_counter { format!("{name}_total") } else { name }]
    }

    fn labels(self) -> Vec<Labels> {
        let sum = self.sum.unwrap_or_default();
        let numbers = self.gauge.unwrap_or_default().data_points.into_iter().chain(sum.data_points);
        let distributions = self.histogram.unwrap_or_default().data_points.into_iter();
        let attributes = numbers
            .map(|point| point.attributes)
            .chain(distributions.map(|point| point.attributes));
        attributes.map(|of_point| of_point.into_iter().map(KeyValue::label).collect()).collect()
    }
}

impl KeyValue {
    fn label(self) -> (String, String) {
        (self.key.replace('.', "_"), self.value.unwrap_or_default().string_value)
    }
}

impl Resource {
    fn service_name(self) -> String {
        let name = self.attributes.into_iter().find(|attribute| attribute.key == "service.name");
        name.and_then(|name| name.value).unwrap_or_default().string_value
    }
}

#[derive(Clone, PartialEq, Message)]
pub struct ExportTraceServiceRequest {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(bytes, tag = "1")]
    trace_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct ExportMetricsServiceRequest {
    #[prost(message, repeated, tag = "1")]
    resource_metrics: Vec<ResourceMetrics>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceMetrics {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_metrics: Vec<ScopeMetrics>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeMetrics {
    #[prost(message, repeated, tag = "2")]
    metrics: Vec<Metric>,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "3")]
    unit: String,
    #[prost(message, optional, tag = "5")]
    gauge: Option<Points>,
    #[prost(message, optional, tag = "7")]
    sum: Option<Points>,
    #[prost(message, optional, tag = "9")]
    histogram: Option<Distributions>,
}

/// A gauge or a sum; a gauge never rises for ever.
#[derive(Clone, PartialEq, Message)]
struct Points {
    #[prost(message, repeated, tag = "1")]
    data_points: Vec<Point>,
    #[prost(bool, tag = "3")]
    is_monotonic: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Point {
    #[prost(message, repeated, tag = "7")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct Distributions {
    #[prost(message, repeated, tag = "1")]
    data_points: Vec<Distribution>,
}

#[derive(Clone, PartialEq, Message)]
struct Distribution {
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(string, tag = "1")]
    string_value: String,
}
