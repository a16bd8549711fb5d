//! A connector that there is not: it shows what another one takes, which is this folder and a line of
//! the catalog.

mod origin;

use engine::ActionFormat;

use self::origin::Vacancies;
use crate::Item;
use crate::describe::{Endpoint, Field, Kind};
use crate::jobs::{Connector, JobAction, job_actions};
use crate::settings::{FieldReader, SectionName};

/// The actions on vacancies.
pub(crate) static ACTIONS: [JobAction; 4] = job_actions(
    &CONNECTOR,
    [
        "made_up.create_jobs_in_hrflow",
        "made_up.update_jobs_in_hrflow",
        "made_up.archive_jobs_in_hrflow",
        "made_up.sync_jobs_in_hrflow",
    ],
);

static CONNECTOR: Connector = Connector {
    item: "opening",
    source: "a list",
    endpoint: Endpoint { name: "List", method: "GET", url: "https://example.org/vacancies" },
    variables: &[("token", "MADE_UP_TOKEN")],
    auth_fields: || vec![Field::required("token", Kind::String, "The token of your account.")],
    pull_fields: || vec![Field::optional("city", Kind::String, "Only vacancies of this city.")],
    origin: |_, sections, environment, _| {
        let mut auth =
            FieldReader::new(&sections.connector_auth, SectionName::ConnectorAuth, &["token"]);
        let token = auth.required::<String>("token");
        let mut pull =
            FieldReader::new(&sections.pull_parameters, SectionName::PullParameters, &["city"]);
        let city = pull.optional::<String>("city");
        let problems: Vec<_> = auth.problems.into_iter().chain(pull.problems).collect();
        match token {
            Some(_) if problems.is_empty() => {
                let list = environment.get("MADE_UP_VACANCIES").unwrap_or_default();
                Ok((Box::new(Vacancies::of(list, city)), Vec::new()))
            }
            Some(_) | None => Err(problems),
        }
    },
    format: |_| ActionFormat::plain(Box::new(|vacancy| Ok(job_of(&vacancy)))),
};

fn job_of(vacancy: &Item) -> Item {
    let place = serde_json::json!({"text": vacancy["city"]});
    Item::from_iter([
        ("reference".to_owned(), vacancy["id"].clone()),
        ("name".to_owned(), vacancy["id"].clone()),
        ("url".to_owned(), format!("https://example.org/{}", vacancy["id"]).into()),
        ("location".to_owned(), place),
    ])
}

#[cfg(test)]
mod tests {
    use sandbox::{Sandbox, Share};

    use crate::{
        ClientOptions, Environment, Outcome, RunResult, Settings, Side, Status, find_action,
    };

    const BOARD: &str = "0123456789012345678901234567890123456789";

    struct World {
        sandbox: Sandbox,
        folder: tempfile::TempDir,
    }

    impl World {
        async fn empty() -> Self {
            let settings =
                sandbox::Settings { board_holds: Share(0.0), ..sandbox::Settings::default() };
            let sandbox = Sandbox::start(settings).await.unwrap();
            Self { sandbox, folder: tempfile::tempdir().unwrap() }
        }

        async fn run(&self, mode: &str, vacancies: &str) -> RunResult {
            let store = format!("sqlite:{}", self.folder.path().join("state.sqlite").display());
            let environment = Environment::from_iter([
                ("HRFLOW_API_URL", self.sandbox.hrflow_api_url()),
                ("HRFLOW_API_SECRET", "ask_".to_owned()),
                ("HRFLOW_API_USER", "recruiting@example.org".to_owned()),
                ("HRFLOW_CONNECTORS_STORE_URL", store),
                ("MADE_UP_TOKEN", "token".to_owned()),
                ("MADE_UP_VACANCIES", vacancies.to_owned()),
            ]);
            let text = format!(
                "workflow_id = \"made up\"\naction = \"made_up.{mode}_jobs_in_hrflow\"\n\
                 [pull_parameters]\ncity = \"Lyon\"\n[push_parameters]\nboard_key = \"{BOARD}\"\n"
            );
            let settings = Settings::from_toml(&text, "made_up.toml", &environment);
            let run = settings.plan(&environment, &ClientOptions::over_https().unwrap()).unwrap();
            run.run().await
        }
    }

    #[tokio::test]
    async fn it_is_created_mirrored_and_archived_as_any_other() {
        let world = World::empty().await;
        let [all, fewer] = ["baker@Lyon,cook@Lyon,smith@Nice", "cook@Lyon"];
        let created = world.run("create", all).await;
        assert_eq!(created.outcomes.count(Outcome::Created), 2, "{created:?}");
        let mirrored = world.run("archive", "baker@Lyon").await;
        assert_eq!(mirrored.outcomes.count(Outcome::Archived), 1, "{mirrored:?}");
        assert_eq!(world.run("update", fewer).await.outcomes.count(Outcome::Updated), 1);
        assert_eq!(world.run("update", fewer).await.status, Status::Success);
    }

    #[tokio::test]
    async fn a_mirror_of_it_archives_what_vanished() {
        let world = World::empty().await;
        let all: Vec<_> = (0..20).map(|number| format!("v{number}@Lyon")).collect();
        let created = world.run("sync", &all.join(",")).await;
        assert_eq!(created.outcomes.count(Outcome::Created), 20, "{created:?}");
        let fewer = all[2..].join(",");
        assert_eq!(world.run("sync", &fewer).await.pending, 2);
        let last = world.run("sync", &fewer).await;
        assert_eq!(last.outcomes.count(Outcome::Archived), 2, "{last:?}");
    }

    #[test]
    fn what_is_wrong_with_it_is_told_by_its_place() {
        let text = "workflow_id = \"x\"\naction = \"made_up.sync_jobs_in_hrflow\"\n\
                    [pull_parameters]\ntown = \"Lyon\"\n";
        let environment = Environment::default();
        let settings = Settings::from_toml(text, "x.toml", &environment);
        let problems =
            settings.plan(&environment, &ClientOptions::over_https().unwrap()).unwrap_err();
        let origin: Vec<_> =
            problems.iter().filter(|problem| problem.side == Side::Origin).collect();
        assert_eq!(origin.len(), 2, "{problems}");
        assert!(problems.to_string().contains("`pull_parameters` has no `town`"), "{problems}");
        let description = find_action("made_up.create_jobs_in_hrflow").unwrap().describe();
        assert!(description.description.contains("each opening of a list"));
    }
}
