//! `schema`: the JSON Schema of a workflow file, or of a fleet's file.

use hrflow_connectors::{fleet_schema, workflow_schema};

use crate::arguments::{SchemaArguments, SchemaOf};
use crate::exit::Exit;
use crate::output;

pub(crate) fn schema(arguments: &SchemaArguments) -> Exit {
    output::text(&text(arguments.of));
    Exit::Success
}

/// The schema, as it stands in a file.
pub(crate) fn text(of: SchemaOf) -> String {
    let schema = match of {
        SchemaOf::Workflow => workflow_schema(),
        SchemaOf::Fleet => fleet_schema(),
    };
    // A schema is names, numbers and text: there is nothing that JSON could not hold.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
