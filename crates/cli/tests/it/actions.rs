//! What people ask a service for in its console.

use serde_json::Value;

use crate::fleet::{Fleet, health};
use crate::serve::{Service, add, store};

/// A fleet that never comes due by itself.
fn idle(sandbox: &[&str]) -> Fleet {
    let fleet = Fleet::beside(sandbox, &["75", "69"]);
    add(&fleet, "schedule = \"0 0 1 1 *\"\nwrite_concurrency = 4\n");
    fleet
}

/// The key of the form on a page that asks once more.
fn key_on(page: &str) -> &str {
    let (_, rest) = page.split_once("name=\"key\" value=\"").unwrap_or_else(|| panic!("{page}"));
    rest.split_once('"').unwrap().0
}

/// Asks, and answers: the status, and the page.
fn ask(service: &Service, question: &str) -> (u16, String) {
    let (status, page) = service.get(question);
    assert_eq!(status, 200, "{page}");
    let (path, query) = question.split_once('?').unwrap_or((question, ""));
    answer(service, path, &format!("key={}&{query}", key_on(&page)))
}

fn answer(service: &Service, path: &str, form: &str) -> (u16, String) {
    let headers = [
        ("Host", service.address.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    service.call(&format!("POST {path}"), &headers, form)
}

fn runs(fleet: &Fleet) -> Vec<Value> {
    let (runs, _) = fleet.json(&["runs", "list", "--store", &store(fleet), "--output", "json"]);
    runs["runs"].as_array().unwrap().clone()
}

#[test]
fn a_run_is_begun_stopped_and_resumed_by_a_person_only() {
    let sandbox = ["--offers", "3000", "--board-holds", "0", "--hrflow-latency", "50"];
    let fleet = idle(&sandbox);
    let service = Service::start(&fleet, &["--allow-actions"]);
    service.until(Service::is_active);
    service.until(|it| it.get("/workflows/75").1.contains("/workflows/75/ask/run"));
    assert_eq!(ask(&service, "/workflows/75/ask/run").0, 303);
    service.until(|it| health(&it.status()).contains(&("75", "running")));
    service.until(|it| it.get("/").1.contains("Processing "));
    let (status, page) = ask(&service, "/workflows/75/ask/run");
    assert_eq!(status, 409);
    assert!(page.contains("a run of this workflow is in progress"), "{page}");

    let written = || runs(&fleet).first().is_some_and(|run| run["state"] == "running");
    service.until(|_| written());
    assert_eq!(ask(&service, "/workflows/75/ask/stop").0, 303);
    service.until(|_| runs(&fleet)[0]["state"] == "stopped");
    let stopped = runs(&fleet)[0]["run_id"].as_str().unwrap().to_owned();
    // The schedule leaves it alone, also after the service was started anew.
    drop(service);
    let service = Service::start(&fleet, &["--allow-actions"]);
    service.until(Service::is_active);
    service.until(|it| it.get("/audit").0 == 200 && it.status()["workflows"].is_array());
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(runs(&fleet)[0]["state"], "stopped");
    let shown = format!("/workflows/75/runs/{stopped}");
    let (_, page) = service.get(&shown);
    assert!(page.contains("stopped by this machine"), "{page}");

    assert_eq!(ask(&service, &format!("/workflows/75/ask/resume?run={stopped}")).0, 303);
    service.until(|_| runs(&fleet)[0]["state"] == "ended");
    assert_eq!(runs(&fleet).len(), 1, "it is the same run");
    let (_, log) = service.get("/audit");
    for action in ["Run now", "Stop", "Resume"] {
        assert!(log.contains(action), "{action}: {log}");
    }
    assert!(log.contains("Not done: a run of this workflow is in progress."));
}

#[test]
fn a_reviewed_plan_is_applied() {
    let fleet = idle(&["--offers", "60", "--board-holds", "0"]);
    let plans = fleet.path().join("plans");
    std::fs::create_dir(&plans).unwrap();
    let (plan, workflow) = (plans.join("75.json"), fleet.path().join("75.toml"));
    let (plan, workflow) = (plan.to_str().unwrap(), workflow.to_str().unwrap());
    fleet.json(&["plan", workflow, "--out", plan, "--output", "json"]);
    let service = Service::start(&fleet, &["--allow-actions", "--plans", plans.to_str().unwrap()]);
    service.until(Service::is_active);
    service.until(|it| it.get("/plans/75").1.contains("/workflows/75/ask/apply?plan=75"));
    let (_, question) = service.get("/workflows/75/ask/apply?plan=75");
    assert!(question.contains("To create"), "{question}");
    assert_eq!(ask(&service, "/workflows/75/ask/apply?plan=75").0, 303);
    service.until(|_| runs(&fleet).first().is_some_and(|run| run["state"] == "ended"));
    assert_eq!(runs(&fleet)[0]["result"]["status"], "success");
    let (left, _) = fleet.json(&["plan", workflow, "--output", "json"]);
    assert_eq!(left["plan"]["steps"].as_array().unwrap().len(), 0, "{left}");
}

#[test]
fn nothing_is_done_for_another_site_without_a_question_or_where_it_is_not_allowed() {
    let fleet = idle(&["--offers", "10"]);
    fleet.json(&["run", ".", "--output", "json"]);
    let before = runs(&fleet).len();
    let service = Service::start(&fleet, &["--allow-actions"]);
    service.until(Service::is_active);
    service.until(|it| it.get("/workflows/75").1.contains("/ask/run"));
    let path = "/workflows/75/ask/run";
    let (_, page) = service.get(path);
    let form = format!("key={}", key_on(&page));
    let host = ("Host", service.address.as_str());
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    for origin in [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example")] {
        let (status, _) = service.call(&format!("POST {path}"), &[host, kind, origin], &form);
        assert_eq!(status, 403, "{origin:?}");
    }
    // A key opens its own question, once.
    for (path, form) in [(path, "key="), ("/workflows/69/ask/run", &form), (path, &form)] {
        let (status, page) = answer(&service, path, form);
        assert_eq!(status, 409);
        assert!(page.contains("Nothing was done"), "{page}");
    }
    assert_eq!(answer(&service, "/workflows/75/ask/delete", &form).0, 404);
    assert_eq!(service.get("/workflows/75/ask/apply?plan=..%2Ffleet").0, 404);
    assert_eq!(service.get("/workflows/75/ask/retry?run=nothing").0, 404);
    drop(service);

    let reading = Service::start(&fleet, &[]);
    reading.until(|it| it.get("/workflows/75").0 == 200);
    assert!(!reading.get("/workflows/75").1.contains("/ask/"));
    assert_eq!(reading.get(path).0, 404);
    assert_eq!(answer(&reading, path, &form).0, 404);
    assert_eq!(runs(&fleet).len(), before);
}
