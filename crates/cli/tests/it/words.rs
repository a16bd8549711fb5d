//! Help and descriptions say things in the words of the field.

use crate::served::command;

/// What was said before, and is said more plainly now.
const AVOIDED: [&str; 24] = [
    "under way",
    "what it was",
    "fits the world",
    "world has moved",
    "broken off",
    "goes on with",
    "begin anew",
    "what becomes of",
    "knows you",
    "the same holds",
    "same advice",
    "remembers",
    "is remembered",
    "would help",
    "so many",
    "as many as come",
    "the most ",
    "lets go",
    "in flight",
    "makes of an item",
    "of its own",
    "all that is listed",
    "there already",
    "asked again",
];

fn printed(arguments: &[&str]) -> String {
    let output = command().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Words in one line, however they were wrapped.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[test]
fn help_is_plain_and_imperative() {
    let overview = printed(&["--help"]);
    let commands = overview.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let names: Vec<_> =
        commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"run") && names.contains(&"completions"), "{names:?}");
    for line in commands.lines().filter(|line| !line.trim().is_empty()) {
        let summary = line.split_whitespace().nth(1).unwrap();
        assert!(!summary.ends_with('s'), "not imperative: {line}");
    }
    for name in names.into_iter().filter(|name| *name != "help") {
        let text = unwrapped(&printed(&[name, "--help"]));
        let said = AVOIDED.iter().filter(|words| text.contains(**words)).collect::<Vec<_>>();
        assert!(said.is_empty(), "{name} --help says {said:?}");
    }
}

#[test]
fn descriptions_of_settings_are_plain() {
    for action in ["archive", "create", "sync", "update"] {
        let action = format!("francetravail.{action}_jobs_in_hrflow");
        let json = printed(&["describe", &action, "--output", "json"]);
        let description: serde_json::Value = serde_json::from_str(&json).unwrap();
        for section in ["other_parameters", "push_parameters", "hrflow_auth"] {
            let fields = &description[section];
            assert!(fields.is_array(), "{section}");
            let text = unwrapped(&fields.to_string());
            let said = AVOIDED.iter().filter(|words| text.contains(**words)).collect::<Vec<_>>();
            assert!(said.is_empty(), "{action}, {section}: {said:?}");
        }
    }
}
