//! A file of variables, as `.env` files are: `NAME=value`, a line each.

use std::path::Path;

/// Reads the variables of a file, or says what is wrong with it. Values are in no message: they
/// may be secrets.
pub(crate) fn read(path: &Path) -> Result<Vec<(String, String)>, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("`--env-file`: could not read `{shown}`: {error}"))?;
    variables(&text).map_err(|line| format!("{shown}:{line}: expects NAME=value"))
}

/// The variables of a text, or the number of the line that is none.
fn variables(text: &str) -> Result<Vec<(String, String)>, usize> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(number, line)| variable(line).ok_or(number)).collect()
}

fn variable(line: &str) -> Option<(String, String)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let is_name = name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
    if name.is_empty() || !is_name {
        return None;
    }
    Some((name.to_owned(), unquoted(value.trim())?))
}

/// A value without its quotes, or without the comment after it.
fn unquoted(value: &str) -> Option<String> {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            let (inside, after) = rest.split_once(quote)?;
            let after = after.trim();
            return (after.is_empty() || after.starts_with('#')).then(|| inside.to_owned());
        }
    }
    let plain = value.split_once(" #").map_or(value, |(value, _)| value);
    Some(plain.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn variables_are_read_as_usual() {
        let text = "# credentials\n\nA=1\nexport B = two # a comment\nC=\"x # y\"\nD='z' # quoted\nE=\n\
                    F=a=b#c\n";
        let found = variables(text).unwrap();
        let found: Vec<_> = found.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        assert_eq!(found, ["A:1", "B:two", "C:x # y", "D:z", "E:", "F:a=b#c"]);
        for (text, line) in [("A=1\nB", 2), ("=x", 1), ("A B=1", 1), ("A=\"x", 1), ("A='x'y", 1)] {
            assert_eq!(variables(text), Err(line), "{text}");
        }
    }
}
