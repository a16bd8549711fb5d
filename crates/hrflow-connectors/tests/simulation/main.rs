//! The real engine, both clients and the store against the simulated services, under schedules of
//! faults, failing stores and crashes, each of which one number repeats.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::missing_panics_doc,
    reason = "a test ends at the first surprise, and says which"
)]

mod chance;
mod checks;
mod faulty_store;
mod model;
mod parts;
mod play;
mod process;
mod recorder;
mod schedule;
mod site;
mod trace;
mod transport;
mod wrong;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::play::play;
use crate::trace::Showing;

/// How many schedules are played where nobody says which.
const SCHEDULES: u64 = 2_000;
/// Numbers from here on are those of schedules in which answers are wrong, too.
pub(crate) const WRONG_ANSWERS: u64 = 1_000_000_000;
/// How many of those are played where nobody says which.
const WRONG_SCHEDULES: u64 = 600;
/// How many of them are played twice.
const REPEATED: u64 = 40;
/// How many failures are told of.
const MOST_TOLD: usize = 12;
/// Numbers that once found a bug.
const REGRESSIONS: &[u64] =
    &[10, 11, 40, 99, 158, 355, 605, 652, 659, 847, 6653, 8357, 9365, 15428, 18049];

/// Plays all of them, and says which failed, and how to see one again.
fn check(numbers: impl Iterator<Item = u64>) {
    let mut failed = Vec::new();
    for number in numbers {
        let played = catch_unwind(AssertUnwindSafe(|| play(number, Showing::Nothing)));
        if let Err(panic) = played {
            let why = panic.downcast_ref::<String>().map(String::as_str);
            let why = why.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
            let why: String = why.chars().take(400).collect();
            eprintln!("{number}: {why}");
            failed.push(format!("{number}: {why}"));
        }
        if failed.len() == MOST_TOLD {
            break;
        }
    }
    assert!(
        failed.is_empty(),
        "these schedules failed:\n{}\n\nto see one of them:\n  SIMULATION_SEED=NUMBER cargo test \
         -p hrflow-connectors --test simulation one_number -- --nocapture",
        failed.join("\n")
    );
}

/// One of as many parts of all numbers as there are tests, so that several cores share them.
fn part(index: u64, of: u64) -> impl Iterator<Item = u64> {
    let numbers = variable("SIMULATION_SEEDS").map_or(0..SCHEDULES, |range| range_of(&range));
    numbers.filter(move |number| number % of == index)
}

fn range_of(text: &str) -> Range<u64> {
    let (from, to) = text.split_once("..").expect("`SIMULATION_SEEDS` is `FROM..TO`");
    from.parse().unwrap()..to.parse().unwrap()
}

#[allow(clippy::disallowed_methods, reason = "which numbers are played is the caller's choice")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[test]
fn no_schedule_loses_anything_first_quarter() {
    check(part(0, 4));
}

#[test]
fn no_schedule_loses_anything_second_quarter() {
    check(part(1, 4));
}

#[test]
fn no_schedule_loses_anything_third_quarter() {
    check(part(2, 4));
}

#[test]
fn no_schedule_loses_anything_last_quarter() {
    check(part(3, 4));
}

/// One of two parts of the numbers with wrong answers.
fn wrong_part(index: u64) -> impl Iterator<Item = u64> {
    let numbers = WRONG_ANSWERS..WRONG_ANSWERS + WRONG_SCHEDULES;
    numbers.filter(move |number| number % 2 == index)
}

#[test]
fn no_wrong_answer_is_taken_for_the_whole_first_half() {
    check(wrong_part(0));
}

#[test]
fn no_wrong_answer_is_taken_for_the_whole_second_half() {
    check(wrong_part(1));
}

#[test]
fn what_was_mended_stays_so() {
    check(REGRESSIONS.iter().copied());
}

#[test]
fn a_number_repeats_its_schedule_exactly() {
    for number in (0..REPEATED).chain(WRONG_ANSWERS..WRONG_ANSWERS + REPEATED) {
        let [first, second] = [(); 2].map(|()| play(number, Showing::Nothing));
        assert_eq!(first, second, "{number} was played in two ways");
    }
}

#[test]
fn one_number_is_shown() {
    let number = variable("SIMULATION_SEED").and_then(|text| text.parse().ok());
    if let Some(number) = number {
        play(number, Showing::Everything);
    }
}
