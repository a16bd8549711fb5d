//! Every reason for which a run fails is documented, with its cause and its remedy.

use std::collections::BTreeSet;

use hrflow_connectors::Reason;

/// The rows of the table: reason, cause and remedy.
fn rows() -> Vec<[String; 3]> {
    let page = include_str!("../../../../docs/errors.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [reason, cause, remedy] = cells.as_slice() else { panic!("not three cells: {row}") };
        [reason.trim_matches('`'), cause, remedy].map(str::to_owned)
    })
    .collect()
}

#[test]
fn every_reason_has_a_cause_and_a_remedy() {
    let documented: BTreeSet<_> = rows().into_iter().map(|[reason, ..]| reason).collect();
    let known: BTreeSet<_> = Reason::all()
        .filter(|reason| *reason != Reason::None)
        .map(|reason| serde_json::to_value(reason).unwrap().as_str().unwrap().to_owned())
        .collect();
    assert_eq!(documented, known);
    for [reason, cause, remedy] in rows() {
        assert!(cause.ends_with('.') && remedy.ends_with('.'), "{reason}: {cause} {remedy}");
    }
}
