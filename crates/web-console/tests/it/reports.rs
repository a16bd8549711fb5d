//! Reports, as files and as Markdown.

use hrflow_connectors::{Runs, SavedPlan, StateStore};
use serde_json::json;
use web_console::{ENGLISH, Report, ReportFormat};

use crate::made::Made;

/// Nothing in a file leads to another one.
#[track_caller]
fn stands_alone(html: &str) {
    for outside in ["href=", "src=", "<script", "<form", "@import", "url("] {
        assert!(!html.contains(outside), "`{outside}` in:\n{html}");
    }
}

#[tokio::test]
async fn a_report_of_a_run_is_one_file_and_a_text() {
    let made = Made::empty().await;
    let run_id = made.run("paris", |record| record["result"]["message"] = "a|b".into()).await;
    let runs = Runs::open(&StateStore::Opened(made.shelf.store.clone())).await.unwrap();
    let run = runs.find(run_id.as_str()).await.unwrap().unwrap();
    let report = Report::of_run(&made.shelf, &run, &ENGLISH).await.unwrap();
    let html = report.write(ReportFormat::Html).unwrap();
    stands_alone(&html);
    assert!(html.contains("<svg class=\"flow\""), "{html}");
    let text = report.write(ReportFormat::Markdown).unwrap();
    for part in
        ["| Read: created | 7 |", "> a\\|b", "| France Travail allowed pace | 30.5 s | 50% |"]
    {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

#[tokio::test]
async fn a_workflow_is_reported_with_its_last_run() {
    let made = Made::empty().await;
    made.run("paris", |_| {}).await;
    let report = Report::of_workflow(&made.shelf, "paris", &ENGLISH).await.unwrap().unwrap();
    let html = report.write(ReportFormat::Html).unwrap();
    stands_alone(&html);
    assert!(html.contains("<h1>paris ") && html.contains("What became of the offers"), "{html}");
    assert!(Report::of_workflow(&made.shelf, "nobody", &ENGLISH).await.unwrap().is_none());
}

#[test]
fn a_plan_is_reported_whole() {
    let step = |number: usize| {
        json!({"outcome": "updated", "reference": format!("{number:06}"), "name": "<b>Baker</b>",
            "key": format!("{number:06}"), "item": {"name": "Baker"}, "held": "x", "print": null,
            "changes": [{"field": "name", "kind": "changed", "old": "Bäcker", "new": "Baker"}]})
    };
    let steps: Vec<_> = (0..3_000).map(step).collect();
    let plan = json!({"version": 1, "made_at": "2026-11-25T07:39:56Z", "workflow_id": "paris",
        "action": "a", "fingerprint": "0", "workflow": {}, "complete": true, "steps": steps});
    let plan: SavedPlan = serde_json::from_value(plan).unwrap();
    let report = Report::of_plan(&plan, &ENGLISH);
    let html = report.write(ReportFormat::Html).unwrap();
    stands_alone(&html);
    assert_eq!(html.matches("<del>Bäcker</del>").count(), 3_000);
    assert!(!html.contains("<b>Baker</b>"));
    let text = report.write(ReportFormat::Markdown).unwrap();
    assert!(text.contains("  - name: Bäcker → Baker") && text.contains("- … 2,800"), "{text}");
}
