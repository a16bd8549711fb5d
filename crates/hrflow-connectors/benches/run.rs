//! How fast offers are mapped and archived, and what the journal costs.
//!
//! `cargo bench --package hrflow-connectors` compares with the last time.

#![allow(missing_docs, reason = "the macros of criterion make functions that nobody calls")]
#![allow(clippy::unwrap_used, reason = "a benchmark ends at the first surprise")]

use criterion::{Criterion, Throughput, criterion_group};
use hrflow_connectors::francetravail::{
    ArchiveJobs, ConnectorAuth, SearchParameters, archive_jobs_in_hrflow, job_of_offer,
};
use hrflow_connectors::hrflow::{ArchiveParameters, HrflowAuth};
use hrflow_connectors::{
    ClientOptions, Environment, Item, JqHost, RunBuilder, Script, StateStore, Status, StoreUrl,
    WorkerCommand, run_jq_worker,
};
use sandbox::{FranceTravail, Sandbox, Settings};
use tokio::runtime::Runtime;

const WORKER: &str = "jq-worker";
const OFFERS: usize = 3_000;
const BOARD: &str = "0123456789012345678901234567890123456789";

fn archive(sandbox: &Sandbox, client_options: &ClientOptions) -> RunBuilder {
    archive_jobs_in_hrflow(ArchiveJobs {
        workflow_id: "bench".to_owned(),
        connector_auth: ConnectorAuth::new("id", "secret"),
        hrflow_auth: HrflowAuth::new("ask_", "recruiting@example.org"),
        pull_parameters: SearchParameters::new(),
        push_parameters: ArchiveParameters::new(BOARD.parse().unwrap()),
    })
    .environment(Environment::from_iter([
        ("FRANCETRAVAIL_API_URL", sandbox.francetravail_api_url()),
        ("FRANCETRAVAIL_TOKEN_URL", sandbox.francetravail_token_url()),
        ("HRFLOW_API_URL", sandbox.hrflow_api_url()),
    ]))
    .client_options(client_options.clone())
}

fn runs(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
    let settings = Settings { offers: OFFERS, francetravail, ..Settings::default() };
    let sandbox = runtime.block_on(Sandbox::start(settings)).unwrap();
    let mut client_options = ClientOptions::over_https().unwrap();
    client_options.read_rate = Some(1_000_000.0);
    let folder = tempfile::tempdir().unwrap();
    let store = StateStore::at(StoreUrl::Sqlite(folder.path().join("state.sqlite")));
    let mut group = criterion.benchmark_group("archive");
    group.throughput(Throughput::Elements(OFFERS as u64)).sample_size(20);
    let run = |builder: RunBuilder| {
        let result = runtime.block_on(builder.run()).unwrap();
        assert_eq!(result.status, Status::Success);
    };
    group.bench_function("without a journal", |bench| {
        bench.iter(|| run(archive(&sandbox, &client_options)));
    });
    group.bench_function("with a journal", |bench| {
        bench.iter(|| run(archive(&sandbox, &client_options).state(store.clone())));
    });
    group.finish();
}

fn mapping(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let settings = Settings { offers: 200, ..Settings::default() };
    let sandbox = runtime.block_on(Sandbox::start(settings)).unwrap();
    let world = sandbox.world();
    let offers: Vec<Item> = world
        .offer_ids()
        .iter()
        .map(|id| serde_json::from_value(world.offer(id).unwrap()).unwrap())
        .collect();
    let mut group = criterion.benchmark_group("mapping");
    group.throughput(Throughput::Elements(offers.len() as u64));
    group.bench_function("offers to jobs", |bench| {
        bench.iter(|| offers.iter().map(job_of_offer).collect::<Vec<_>>());
    });
    group.finish();
}

/// What it costs to evaluate jq programs in another process.
fn programs(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
    let settings = Settings { offers: OFFERS, francetravail, ..Settings::default() };
    let sandbox = runtime.block_on(Sandbox::start(settings)).unwrap();
    let mut client_options = ClientOptions::over_https().unwrap();
    client_options.read_rate = Some(1_000_000.0);
    let mut group = criterion.benchmark_group("jq");
    group.throughput(Throughput::Elements(OFFERS as u64)).sample_size(20);
    let worker = WorkerCommand::own_program([WORKER]).unwrap();
    for (name, jq) in [("thread", JqHost::Thread), ("process", JqHost::Process(worker))] {
        client_options.jq = jq;
        let run = || {
            let builder = archive(&sandbox, &client_options)
                .jq_logic(Script::compile("select(.id)").unwrap())
                .jq_format(Script::compile("{reference: .id, name: .intitule}").unwrap());
            let result = runtime.block_on(builder.run()).unwrap();
            assert_eq!(result.status, Status::Success);
        };
        group.bench_function(name, |bench| bench.iter(run));
    }
    group.finish();
}

criterion_group!(benches, runs, mapping, programs);

/// The program is its own worker.
fn main() {
    if std::env::args().nth(1).as_deref() == Some(WORKER) {
        std::process::exit(run_jq_worker().into());
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
