//! The environment variables that have a meaning here, an entry each.

/// An environment variable. An empty one counts as not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it sets.
    pub description: &'static str,
    /// What holds without it.
    pub default: &'static str,
}

const fn variable(
    name: &'static str,
    description: &'static str,
    default: &'static str,
) -> Variable {
    Variable { name, description, default }
}

/// The variables of the library. Those of bucket stores are the ones that Amazon, Google and
/// Microsoft document: every name that begins with `AWS_`, `GOOGLE_` or `AZURE_`.
pub const VARIABLES: [Variable; 10] = [
    variable("FRANCETRAVAIL_CLIENT_ID", "`client_id` of `[connector_auth]`.", ""),
    variable("FRANCETRAVAIL_CLIENT_SECRET", "`client_secret` of `[connector_auth]`.", ""),
    variable("HRFLOW_API_SECRET", "`api_secret` of `[hrflow_auth]`.", ""),
    variable("HRFLOW_API_USER", "`api_user` of `[hrflow_auth]`.", ""),
    variable(
        "FRANCETRAVAIL_API_URL",
        "Address of the API Offres d'emploi.",
        "https://api.francetravail.io/partenaire/offresdemploi",
    ),
    variable(
        "FRANCETRAVAIL_TOKEN_URL",
        "Address that issues France Travail's tokens.",
        "https://entreprise.francetravail.fr/connexion/oauth2/access_token",
    ),
    variable("HRFLOW_API_URL", "Address of the HrFlow API.", "https://api.hrflow.ai/v1"),
    variable(
        "HRFLOW_CONNECTORS_STORE_URL",
        "Where state is kept: the default of `store`.",
        "`hrflow-connectors/state.sqlite` in the data directory",
    ),
    variable(
        "HRFLOW_CONNECTORS_ALLOW_HTTP",
        "`1` allows `http://` addresses of other machines, which sends credentials unencrypted.",
        "`http://` is allowed on this machine only",
    ),
    variable(
        "HRFLOW_CONNECTORS_FUNCTION_MEMORY",
        "Memory limit of the process that evaluates jq programs, in MB.",
        "512",
    ),
];
