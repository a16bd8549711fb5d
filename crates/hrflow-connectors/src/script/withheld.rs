//! What jq has and programs of a workflow do not: it reads the machine, or ends the process.

use std::fmt;

/// A filter, a variable or a directive that is not available.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Withheld {
    /// As a program writes it.
    pub(super) name: &'static str,
    /// What it does.
    does: &'static str,
    /// What to do instead.
    pub(super) hint: &'static str,
}

impl fmt::Display for Withheld {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not available here: it {}", self.name, self.does)
    }
}

const ENDS: &str = "ends the process";
const USE_ERROR: &str = "`empty` discards an item, and `error(\"why\")` makes it fail";
const READS_ENVIRONMENT: &str = "reads the environment, which holds secrets";
const WRITE_VALUE: &str = "write the value into the program";
const READS_INPUT: &str = "reads further input";
const ONE_ITEM: &str = "a program is given one item, as `.`";
const PRINTS: &str = "prints to the terminal";
const LOOK: &str = "leave it out; `plan` shows what a program makes of each item";
const READS_FILES: &str = "reads files";
const WRITE_DEFINITIONS: &str = "write the definitions into the program itself";
const TELLS_MACHINE: &str = "tells about the machine";
const LEAVE_OUT: &str = "leave it out";

const WITHHELD: &[Withheld] = &[
    Withheld { name: "halt", does: ENDS, hint: USE_ERROR },
    Withheld { name: "halt_error", does: ENDS, hint: USE_ERROR },
    Withheld { name: "env", does: READS_ENVIRONMENT, hint: WRITE_VALUE },
    Withheld { name: "$ENV", does: READS_ENVIRONMENT, hint: WRITE_VALUE },
    Withheld { name: "input", does: READS_INPUT, hint: ONE_ITEM },
    Withheld { name: "inputs", does: READS_INPUT, hint: ONE_ITEM },
    Withheld { name: "input_filename", does: READS_INPUT, hint: ONE_ITEM },
    Withheld { name: "input_line_number", does: READS_INPUT, hint: ONE_ITEM },
    Withheld { name: "debug", does: PRINTS, hint: LOOK },
    Withheld { name: "debug_empty", does: PRINTS, hint: LOOK },
    Withheld { name: "stderr", does: PRINTS, hint: LOOK },
    Withheld { name: "stderr_empty", does: PRINTS, hint: LOOK },
    Withheld { name: "import", does: READS_FILES, hint: WRITE_DEFINITIONS },
    Withheld { name: "include", does: READS_FILES, hint: WRITE_DEFINITIONS },
    Withheld { name: "modulemeta", does: READS_FILES, hint: WRITE_DEFINITIONS },
    Withheld { name: "get_search_list", does: TELLS_MACHINE, hint: LEAVE_OUT },
    Withheld { name: "$__prog_args", does: TELLS_MACHINE, hint: LEAVE_OUT },
];

/// What is withheld under a name.
pub(super) fn find(name: &str) -> Option<&'static Withheld> {
    WITHHELD.iter().find(|withheld| withheld.name == name)
}
