//! What a collector of OpenTelemetry is sent, where the variables name one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::served::{Served, command};

const SECRET: &str = "s3cret-of-the-application";

/// Somebody who takes everything, and keeps what was sent to each path.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Collector {
    fn start() -> (Self, String) {
        let (collector, listener) = (Self::default(), TcpListener::bind("127.0.0.1:0").unwrap());
        let address = format!("http://{}", listener.local_addr().unwrap());
        let taking = collector.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let taking = taking.clone();
                std::thread::spawn(move || taking.take(&stream.unwrap()));
            }
        });
        (collector, address)
    }

    /// Requests of one connection, until it is closed.
    fn take(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut writer = stream;
        loop {
            let mut head = Vec::new();
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap_or(0) > 2 {
                head.push(line.trim().to_owned());
                line.clear();
            }
            let Some(first) = head.first() else { return };
            let path = first.split(' ').nth(1).unwrap().to_owned();
            let length = head.iter().find_map(|header| {
                let (name, value) = header.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
            });
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            self.0.lock().unwrap().entry(path).or_default().extend(body);
            writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    }

    fn got(&self, path: &str) -> String {
        let got = self.0.lock().unwrap();
        String::from_utf8_lossy(got.get(path).map_or(&[][..], Vec::as_slice)).into_owned()
    }
}

fn run(sandbox: &Served, variables: &[(&str, &str)]) {
    let mut command = command();
    command.envs(sandbox.1.clone()).env("FRANCETRAVAIL_CLIENT_SECRET", SECRET);
    command.env("HRFLOW_CONNECTORS_LOG", "info").envs(variables.iter().copied());
    let arguments = [
        "run",
        "francetravail.archive_jobs_in_hrflow",
        "--workflow-id",
        "observed",
        "--store",
        "memory:",
        "--push",
        "board_key=0123456789012345678901234567890123456789",
        "--output",
        "json",
    ];
    let output = command.args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("OpenTelemetry"), "{said}");
}

#[test]
fn traces_metrics_and_logs_go_to_the_collector() {
    let sandbox = Served::start(&["--offers", "50"]);
    let (collector, address) = Collector::start();
    run(&sandbox, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &address), ("OTEL_SERVICE_NAME", "boards")]);
    let traces = collector.got("/v1/traces");
    for part in ["boards", "run", "observed", "request", "peer.service", "HrFlow", "/job/indexing"]
    {
        assert!(traces.contains(part), "no {part} in the traces");
    }
    let metrics = collector.got("/v1/metrics");
    for part in
        ["hrflow_connectors_items_total", "archived", "hrflow_connectors_http_requests_total"]
    {
        assert!(metrics.contains(part), "no {part} in the metrics");
    }
    assert!(collector.got("/v1/logs").contains("run ended"));
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        assert!(!collector.got(path).contains(SECRET), "{path}");
    }
}

#[test]
fn what_is_switched_off_is_not_sent() {
    let sandbox = Served::start(&["--offers", "5"]);
    let (collector, address) = Collector::start();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str());
    run(&sandbox, &[endpoint, ("OTEL_SDK_DISABLED", "true")]);
    assert!(collector.0.lock().unwrap().is_empty());
    run(&sandbox, &[endpoint, ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none")]);
    let paths: Vec<_> = collector.0.lock().unwrap().keys().cloned().collect();
    assert_eq!(paths, ["/v1/metrics"]);
}
