//! A report as Markdown.

use std::fmt::Write;

use super::Body;
use crate::Words;
use crate::pages::overview::OverviewBody;
use crate::pages::run::RunBody;
use crate::pages::{PlanBody, WorkflowBody};

/// So many changes of a plan are listed.
const LISTED: usize = 200;

pub(super) fn report(title: &str, bodies: &[Body], words: &Words) -> String {
    let mut text = format!("# {}\n", plain(title));
    for body in bodies {
        match body {
            Body::Overview(body) => overview(&mut text, body, words),
            Body::Workflow(body) => workflow(&mut text, body, words),
            Body::Run(body) => run(&mut text, body, words),
            Body::Plan(body) => plan(&mut text, body, words),
        }
    }
    text
}

fn overview(text: &mut String, body: &OverviewBody, words: &Words) {
    table(
        text,
        &[words.name, words.health, words.last_run, words.last_success, words.jobs],
        body.rows.iter().map(|row| {
            let health = std::iter::once(row.word.to_owned()).chain(row.reasons.clone());
            let last = row.last_run.as_ref().map(|(_, when, status)| format!("{when}, {status}"));
            vec![
                row.name.clone(),
                health.collect::<Vec<_>>().join("; "),
                last.unwrap_or_default(),
                row.last_success.clone(),
                row.jobs.clone(),
            ]
        }),
    );
}

fn workflow(text: &mut String, body: &WorkflowBody, words: &Words) {
    let _ = writeln!(text, "\n**{}**", body.row.word);
    for reason in &body.row.reasons {
        let _ = writeln!(text, "- {}", plain(reason));
    }
    facts(text, body.facts.iter().map(|(name, value)| (*name, value.as_str())));
    let _ = writeln!(text, "\n## {}", words.history);
    table(
        text,
        &[words.started, words.ended_as, words.took, words.read, "+", "~", "−", "✗"],
        body.runs.iter().map(|run| {
            let mut cells =
                vec![run.started.clone(), run.status.clone(), run.took.clone(), run.read.clone()];
            cells.extend(run.counts.clone());
            cells
        }),
    );
}

fn run(text: &mut String, body: &RunBody, words: &Words) {
    let _ = writeln!(text, "\n## {}: {}", plain(&body.title), body.status);
    for line in &body.message {
        let _ = writeln!(text, "\n> {}", plain(line));
    }
    for (why, command) in &body.commands {
        let _ = writeln!(text, "\n{why}\n\n    {command}");
    }
    facts(text, body.facts.iter().map(|(name, value)| (*name, value.as_str())));
    let counts = body.counts.iter().map(|(name, count)| vec![name.clone(), count.clone()]);
    table(text, &[words.way, ""], counts);
    let spent = body.spent.iter().map(|share| {
        vec![format!("{} {}", share.name, share.cause), share.time.clone(), share.percent.clone()]
    });
    table(text, &[words.time_spent, words.took, words.share], spent);
    for failure in &body.failures {
        let _ = writeln!(text, "\n- **{}** {}", failure.count, plain(&failure.reason));
        for example in &failure.examples {
            let _ = writeln!(text, "  - {}", plain(&example.key));
        }
    }
}

fn plan(text: &mut String, body: &PlanBody, words: &Words) {
    let counts: Vec<_> = body.tabs.iter().map(|(label, ..)| plain(label)).collect();
    let _ = writeln!(text, "\n{}: {}. {}: {}.\n", words.made, body.made, words.read, body.whole);
    let _ = writeln!(text, "{}\n", counts.join(", "));
    for step in body.steps.iter().take(LISTED) {
        let name = format!("{} {} {}", step.sign, step.reference, step.name);
        let _ = writeln!(text, "- {}", plain(name.trim_end()));
        for (field, old, new) in &step.changes {
            let _ = writeln!(text, "  - {}: {} → {}", plain(field), plain(old), plain(new));
        }
    }
    if body.steps.len() > LISTED {
        let _ = writeln!(text, "- … {}", words.number((body.steps.len() - LISTED) as u64));
    }
}

fn facts<'a>(text: &mut String, facts: impl Iterator<Item = (&'a str, &'a str)>) {
    text.push('\n');
    for (name, value) in facts {
        let _ = writeln!(text, "- {name}: {}", plain(value));
    }
}

fn table(text: &mut String, heading: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = writeln!(text, "\n| {} |", heading.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(heading.len()));
    for row in rows {
        let cells: Vec<_> = row.iter().map(|cell| plain(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
}

/// Text on one line that is nothing but text in Markdown.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' => {
                plain.push('\\');
                plain.push(sign);
            }
            sign if sign.is_control() => plain.push(' '),
            sign => plain.push(sign),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn text_is_nothing_but_text() {
        assert_eq!(plain("a|b\n<script>[x](y)"), r"a\|b \<script\>\[x\](y)");
    }
}
