//! Answers that make a chain, and answers that do not.

use std::ops::Range;

use super::*;

/// A page of offers that were created one a second, the newest first, by their numbers.
fn page(first: u32, total: u64, offers: impl IntoIterator<Item = u64>) -> Look {
    let slot = |key: u64| Slot { key, created: Some(second(key)) };
    let slots = offers.into_iter().map(slot).collect();
    Look { first, total: Some(total), slots, fault: None }
}

fn second(key: u64) -> ParisSecond {
    ParisSecond::new_year(2026).plus(-i64::try_from(key).unwrap())
}

fn looks(pages: impl IntoIterator<Item = Look>) -> Looks {
    let mut looks = Looks::new(None, None);
    for page in pages {
        looks.add(page);
    }
    looks
}

/// Three pages of 400 offers.
fn three() -> [(u32, Range<u64>); 3] {
    [(0, 0..150), (149, 149..299), (298, 298..400)]
}

#[track_caller]
fn check_gap(looks: &Looks, after: Option<u32>, between: &[u32]) {
    let between = between.iter().copied().collect();
    assert_eq!(looks.chain(), Err(Gap { after, between }));
}

#[test]
fn pages_that_go_on_from_each_other_are_a_chain() {
    let looks = looks(three().map(|(first, offers)| page(first, 400, offers)));
    let chain = looks.chain().unwrap();
    assert_eq!((chain.count(), chain.room, chain.total), (400, 0, Some(400)));
    assert!(chain.is_sure);
}

#[test]
fn a_page_that_is_wrong_is_no_link_until_it_is_asked_for_again() {
    let strange = || (1_000..1_150).collect::<Vec<_>>();
    let skips = || (149..200).chain(201..300).collect::<Vec<_>>();
    let short = || (149..200).collect::<Vec<_>>();
    for (total, wrong) in [(400, strange()), (400, skips()), (200, short())] {
        let [begin, right, end] = three();
        let mut looks =
            looks([page(begin.0, 400, begin.1), page(149, total, wrong), page(end.0, 400, end.1)]);
        assert!(looks.chain().unwrap_err().between.contains(&149));
        looks.add(page(right.0, 400, right.1));
        assert_eq!(looks.chain().unwrap().count(), 400);
    }
}

#[test]
fn an_end_that_only_one_page_tells_is_none() {
    let looks = looks([page(0, 400, 0..150), page(149, 250, 149..250)]);
    check_gap(&looks, Some(0), &[0, 149]);
}

#[test]
fn where_a_list_moves_on_a_page_that_is_asked_for_twice_is_the_link() {
    // Offer 5 leaves, and 400 comes, before the third page is asked for.
    let mut looks =
        looks([page(0, 400, 0..150), page(149, 400, 149..299), page(298, 400, 299..401)]);
    check_gap(&looks, Some(149), &[149, 298]);
    looks.add(page(149, 400, 150..300));
    let chain = looks.chain().unwrap();
    assert_eq!((chain.count(), chain.room), (401, 1));
}

#[test]
fn what_moves_together_with_the_total_is_explained() {
    // One came at the top before the third page was asked for.
    let looks = looks([
        page(0, 600, 0..150),
        page(149, 600, 149..299),
        page(298, 601, 297..447),
        page(447, 601, 446..596),
        page(596, 601, 595..600),
    ]);
    let chain = looks.chain().unwrap();
    assert_eq!((chain.count(), chain.room, chain.total), (600, 1, Some(601)));
}

#[test]
fn a_part_ends_at_its_second_and_counts_what_is_newer() {
    let mut looks = Looks::new(Some(second(200)), None);
    assert!(!looks.add(page(0, 9_000, 0..150)));
    assert!(looks.add(page(149, 9_000, [149, 151, 150].into_iter().chain(152..299))));
    check_gap(&looks, Some(0), &[0, 149]);
    looks.add(page(149, 9_000, 149..299));
    assert_eq!(looks.chain().unwrap().count(), 200);
}

#[test]
fn where_order_does_not_tell_the_count_does() {
    let orderless =
        |count: u64| looks([page(0, count, 0..150), page(149, count, (0..1).chain(150..250))]);
    assert!(orderless(250).chain().is_err());
    assert_eq!(orderless(250).exactly_counted().unwrap().count(), 250);
    assert_eq!(orderless(251).exactly_counted(), None);
}
