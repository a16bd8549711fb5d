//! Charts, drawn as SVG on the server, each with a text that says the same.

use std::fmt::Write;

use hrflow_connectors::{Outcome, RunDigest};

use crate::words::Words;

/// What a run did to the board, from the bottom of its bar to the top.
const KINDS: [(Outcome, &str); 4] = [
    (Outcome::Created, "created"),
    (Outcome::Updated, "updated"),
    (Outcome::Archived, "archived"),
    (Outcome::Failed, "failed"),
];
const BAR: u32 = 6;
const HEIGHT: u32 = 32;
/// A bar of something is never invisible.
const LEAST: u32 = 2;

/// A bar for each run, the oldest first. A run that failed as a whole has a mark below.
pub(crate) fn bars(runs: &[RunDigest], words: &Words) -> String {
    let total =
        |run: &RunDigest| -> u64 { KINDS.iter().filter_map(|(kind, _)| run.outcome(*kind)).sum() };
    let most = runs.iter().map(total).max().unwrap_or_default().max(1);
    let mut paths = KINDS.map(|_| String::new());
    let mut fatal = String::new();
    for (place, run) in runs.iter().rev().enumerate() {
        let x = u32::try_from(place).unwrap_or_default() * BAR;
        let (total, mut top) = (total(run), HEIGHT);
        let bar = height(total, most);
        for ((kind, _), path) in KINDS.iter().zip(&mut paths) {
            let height = part(count(run, *kind), total, bar).min(top);
            if height > 0 {
                top -= height;
                let _ = write!(path, "M{x} {top}h4v{height}h-4z");
            }
        }
        if matches!(run.word(), "fatal" | "interrupted") {
            let _ = write!(fatal, "M{x} {}h4v4h-4z", HEIGHT + 1);
        }
    }
    let width = u32::try_from(runs.len()).unwrap_or_default() * BAR;
    let label = summary(runs, words);
    let mut svg = format!(
        "<svg class=\"bars\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {} {}\" width=\"{}\" \
         height=\"{}\"><title>{label}</title>",
        width.max(BAR),
        HEIGHT + 5,
        width.max(BAR),
        HEIGHT + 5,
    );
    for ((_, class), path) in KINDS.iter().zip(&paths).filter(|(_, path)| !path.is_empty()) {
        let _ = write!(svg, "<path class=\"{class}\" d=\"{path}\"/>");
    }
    if !fatal.is_empty() {
        let _ = write!(svg, "<path class=\"fatal\" d=\"{fatal}\"/>");
    }
    svg.push_str("</svg>");
    svg
}

/// Failures are those of logics and formats, too.
fn count(run: &RunDigest, kind: Outcome) -> u64 {
    match kind {
        Outcome::Failed => run.failed,
        kind => run.outcome(kind).unwrap_or_default(),
    }
}

/// The height of a bar. The first run of a board is a thousand times as large as those that follow:
/// on a scale of square roots both can be seen.
fn height(total: u64, most: u64) -> u32 {
    let room = u64::from(HEIGHT * HEIGHT);
    let square = u128::from(total) * u128::from(room) / u128::from(most.max(1));
    let height = u64::try_from(square).unwrap_or(room).isqrt();
    u32::try_from(height).unwrap_or(HEIGHT).clamp(u32::from(total > 0) * LEAST, HEIGHT)
}

/// The part of a bar that some of its items take.
fn part(items: u64, total: u64, bar: u32) -> u32 {
    if items == 0 {
        return 0;
    }
    let share = u128::from(items) * u128::from(bar) / u128::from(total.max(1));
    u32::try_from(share).unwrap_or(bar).max(LEAST)
}

fn summary(runs: &[RunDigest], words: &Words) -> String {
    let mut parts = vec![format!("{} {}", runs.len(), words.runs)];
    for (kind, _) in KINDS {
        let sum: u64 = runs.iter().map(|run| count(run, kind)).sum();
        parts.push(format!("{} {}", words.number(sum), words.outcome_of(kind)));
    }
    parts.join(", ")
}

/// Where items went: how many, how it is called, and the class of its colour.
pub(crate) struct Branch {
    pub(crate) label: String,
    pub(crate) count: u64,
    pub(crate) class: &'static str,
}

const WIDTH: u32 = 480;
const FLOW: u32 = 240;
const GAP: u32 = 24;
const NODE: u32 = 12;
const RIGHT: u32 = 210;
const TEXT: u32 = RIGHT + NODE + 10;

/// Bands from what there was to what became of it, as wide as they are many.
pub(crate) fn flow(sources: &[(String, Vec<Branch>)], words: &Words) -> String {
    let branches = || sources.iter().flat_map(|(_, branches)| branches);
    let total: u64 = branches().map(|branch| branch.count).sum();
    if total == 0 {
        return String::new();
    }
    let share = |count: u64| {
        u32::try_from(u128::from(count) * u128::from(FLOW) / u128::from(total))
            .unwrap_or(FLOW)
            .max(3)
    };
    let mut body = String::new();
    let (mut left, mut right) = (8, 8);
    for (label, branches) in sources {
        let count: u64 = branches.iter().map(|branch| branch.count).sum();
        if count == 0 {
            continue;
        }
        let start = left;
        for branch in branches.iter().filter(|branch| branch.count > 0) {
            let height = share(branch.count);
            band(&mut body, (left, right), height, branch.class);
            let middle = right + height / 2 + 5;
            let (name, number) = (escaped(&branch.label), words.number(branch.count));
            let _ = write!(
                body,
                "<rect class=\"{}\" x=\"{RIGHT}\" y=\"{right}\" width=\"{NODE}\" height=\"{height}\"/>\
                 <text x=\"{TEXT}\" y=\"{middle}\">{number} {name}</text>",
                branch.class
            );
            left += height;
            right += height + GAP.saturating_sub(height).max(4);
        }
        let _ = write!(
            body,
            "<rect class=\"source\" x=\"0\" y=\"{start}\" width=\"{NODE}\" height=\"{}\"/>\
             <text x=\"{}\" y=\"{}\">{} {}</text>",
            left - start,
            NODE + 8,
            start + (left - start) / 2 + 5,
            words.number(count),
            escaped(label),
        );
        left = left.max(right) + GAP;
        right = left;
    }
    let height = left.max(right);
    let label: Vec<_> = branches()
        .filter(|branch| branch.count > 0)
        .map(|branch| format!("{} {}", words.number(branch.count), escaped(&branch.label)))
        .collect();
    let label = label.join(", ");
    format!(
        "<svg class=\"flow\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {WIDTH} {height}\">\
         <title>{label}</title>{body}</svg>"
    )
}

fn band(body: &mut String, (left, right): (u32, u32), height: u32, class: &str) {
    let (start, end, middle) = (NODE, RIGHT, NODE.midpoint(RIGHT));
    let (low_left, low_right) = (left + height, right + height);
    let _ = write!(
        body,
        "<path class=\"band {class}\" d=\"M{start} {left}C{middle} {left} {middle} {right} {end} \
         {right}V{low_right}C{middle} {low_right} {middle} {low_left} {start} {low_left}z\"/>"
    );
}

/// One minute of calls.
#[derive(Clone, Copy, Default)]
pub(crate) struct Minute {
    pub(crate) good: u64,
    pub(crate) refused: u64,
    pub(crate) failed: u64,
}

/// A bar for each minute.
pub(crate) fn minutes(minutes: &[Minute], label: &str) -> String {
    let sum = |it: &Minute| it.good + it.refused + it.failed;
    let most = minutes.iter().map(sum).max().unwrap_or_default().max(1);
    let (mut good, mut refused, mut failed) = (String::new(), String::new(), String::new());
    for (place, minute) in minutes.iter().enumerate() {
        let x = u32::try_from(place).unwrap_or_default() * BAR;
        let (total, mut top) = (sum(minute), HEIGHT);
        let bar = height(total, most);
        for (count, path) in
            [(minute.good, &mut good), (minute.refused, &mut refused), (minute.failed, &mut failed)]
        {
            let height = part(count, total, bar).min(top);
            if height > 0 {
                top -= height;
                let _ = write!(path, "M{x} {top}h4v{height}h-4z");
            }
        }
    }
    let width = u32::try_from(minutes.len()).unwrap_or_default() * BAR;
    let label = escaped(label);
    format!(
        "<svg class=\"bars wide\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {width} {HEIGHT}\">\
         <title>{label}</title><path class=\"created\" d=\"{good}\"/>\
         <path class=\"updated\" d=\"{refused}\"/><path class=\"failed\" d=\"{failed}\"/></svg>"
    )
}

/// A share of a whole as a bar.
pub(crate) fn meter(part: u64, whole: u64) -> String {
    let width = part.saturating_mul(100).checked_div(whole).unwrap_or_default().min(100);
    format!(
        "<svg class=\"meter\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"track\" width=\"100\" height=\"8\"/>\
         <rect class=\"updated\" width=\"{width}\" height=\"8\"/></svg>"
    )
}

/// Text that is nothing else in HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            sign => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::ENGLISH;

    fn branch(label: &str, count: u64) -> Branch {
        Branch { label: label.to_owned(), count, class: "created" }
    }

    #[test]
    fn a_flow_says_in_words_what_it_shows() {
        let sources = vec![("Read".to_owned(), vec![branch("created", 1_200), branch("<b>", 1)])];
        let svg = flow(&sources, &ENGLISH);
        assert!(svg.contains("aria-label=\"1,200 created, 1 &lt;b&gt;\""), "{svg}");
        assert!(!svg.contains("<b>"));
        assert_eq!(flow(&[("Read".to_owned(), vec![branch("created", 0)])], &ENGLISH), "");
    }

    #[test]
    fn what_is_there_is_seen_and_nothing_leaves_the_chart() {
        assert_eq!((height(0, 100), height(100, 100)), (0, HEIGHT));
        assert_eq!(height(1, 1_000_000), LEAST);
        assert_eq!(height(25, 100), HEIGHT / 2);
        assert_eq!(height(u64::MAX, u64::MAX), HEIGHT);
        assert_eq!((part(0, 10, 30), part(1, 1_000, 30), part(5, 10, 30)), (0, LEAST, 15));
    }
}
