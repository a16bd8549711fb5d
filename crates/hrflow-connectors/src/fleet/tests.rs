use std::fs;

use tempfile::TempDir;

use super::*;
use crate::{Assessment, ChannelKind, Share};

const BOARD: &str = "0123456789012345678901234567890123456789";

/// A folder of files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn environment() -> Environment {
    Environment::from_iter([("SECRET", "s3cret")])
}

/// A mirror with its own id and search.
fn mirror(id: &str, departement: &str) -> String {
    format!(
        "workflow_id = \"{id}\"\naction = \"francetravail.sync_jobs_in_hrflow\"\n\
         [pull_parameters]\ndepartement = \"{departement}\"\n\
         [push_parameters]\nboard_key = \"{BOARD}\"\n"
    )
}

const SHARED: &str = "store = \"memory:\"\njobs = 3\n\
    [connector_auth]\nclient_id = \"id\"\nclient_secret = { env = \"SECRET\" }\n\
    [hrflow_auth]\napi_secret = \"ask\"\napi_user = \"recruiting@example.org\"\n";

fn read(files: &[(&str, &str)]) -> Result<Fleet, Problems> {
    let folder = folder(files);
    Fleet::read(folder.path(), &environment())
}

fn planned(files: &[(&str, &str)]) -> Result<Vec<String>, Problems> {
    let options = ClientOptions::over_https().unwrap();
    let checked = read(files)?.check(&Settings::default(), &environment(), &options)?;
    Ok(checked.into_iter().map(|checked| checked.workflow_id).collect())
}

/// The problems, without the folder that they lie in.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let problems = planned(files).unwrap_err();
    let text = |problem: &Problem| match problem.place.rsplit_once('/') {
        Some((_, place)) => format!("{place}: {}", problem.message),
        None => format!("{}: {}", problem.place, problem.message),
    };
    problems.iter().map(text).collect()
}

#[test]
fn every_workflow_file_of_a_folder_takes_over_what_the_fleet_shares() {
    let (paris, lyon) = (mirror("paris", "75"), mirror("lyon", "75"));
    let files = [("b.toml", &paris[..]), ("a.toml", &lyon), ("fleet.toml", SHARED), ("c.txt", "x")];
    assert_eq!(planned(&files).unwrap(), ["lyon", "paris"]);
    assert_eq!(read(&files).unwrap().jobs, 3);
    let own = format!("store = \"sqlite:own\"\n{paris}");
    let fleet = read(&[("a.toml", &own), ("b.toml", &lyon), ("fleet.toml", SHARED)]).unwrap();
    let stores: Vec<_> =
        fleet.workflows.iter().map(|it| it.settings.get(SettingKey::Store)).collect();
    assert_ne!(stores[0], stores[1], "a workflow's own word wins");
}

#[test]
fn a_workflow_file_alone_takes_over_what_its_fleet_shares() {
    let folder = folder(&[("a.toml", &mirror("a", "75")), ("fleet.toml", SHARED)]);
    let path = folder.path().join("a.toml");
    let settings = Settings::from_file(&path, &environment()).unwrap();
    let run = settings.plan(&environment(), &ClientOptions::over_https().unwrap()).unwrap();
    assert_eq!(run.workflow_id(), "a");
}

#[test]
fn every_mistake_of_every_file_is_told_with_its_place() {
    let files = [
        ("a.toml", &mirror("same", "75")[..]),
        ("b.toml", &mirror("same", "00")),
        (
            "fleet.toml",
            "workflow_id = \"x\"\njobs = 0\nstore = \"memory:\"\nhelth = 1\n[health]\nlate = \"2h\"\nslow = 0.5\n",
        ),
    ];
    assert_eq!(
        problems(&files),
        [
            "fleet.toml:4:1: `helth`: unknown key",
            "fleet.toml:1:1: `workflow_id`: each workflow has its own",
            "fleet.toml:2:1: `jobs`: must be a whole number from 1 to 256",
            "fleet.toml:6:1: `health.late`: `[health]` has no `late`",
            "fleet.toml:7:1: `health.slow`: must be a number of times the usual, such as `3`",
            "b.toml:1:1: `workflow_id`: `a.toml` has the workflow id `same`, too",
            "`connector_auth`: `client_id` is missing",
            "`connector_auth`: `client_secret` is missing",
            "`hrflow_auth`: `api_secret` is missing",
            "`hrflow_auth`: `api_user` is missing",
            "b.toml:4:1: `pull_parameters.departement`: `00` is not a département: `01` to `95`, \
             `2A`, `2B`, `971` to `974` or `976`",
        ]
    );
}

#[test]
fn a_folder_without_workflows_is_refused() {
    let text = read(&[("fleet.toml", SHARED)]).unwrap_err().to_string();
    assert!(text.contains("has no workflow file"), "{text}");
    let text = Fleet::read(Path::new("/nowhere"), &environment()).unwrap_err().to_string();
    assert!(text.contains("/nowhere: could not be read"), "{text}");
}

#[test]
fn two_searches_in_one_board_are_somebodys_wish() {
    let (one, other) = (mirror("one", "75"), mirror("other", "69"));
    let files =
        |shared| [("a.toml", one.clone()), ("b.toml", other.clone()), ("fleet.toml", shared)];
    let borrowed = |files: &[(&'static str, String); 3]| {
        planned(&files.each_ref().map(|(name, text)| (*name, &text[..])))
    };
    let refused = borrowed(&files(SHARED.to_owned())).unwrap_err().to_string();
    assert!(refused.contains("mirrors another search into the same board"), "{refused}");
    assert!(refused.contains(&format!("shared_boards = [\"{BOARD}\"]")), "{refused}");
    let shared = format!("shared_boards = [\"{BOARD}\"]\n{SHARED}");
    assert_eq!(borrowed(&files(shared)).unwrap().len(), 2);
}

#[test]
fn thresholds_can_be_set_and_switched_off() {
    let shared =
        format!("{SHARED}[health]\nlate_after = \"2d\"\nfailures = false\nvolume_change = 0.2\n");
    let own = mirror("a", "1") + "[health]\nlate_after = \"3d\"\n";
    let fleet =
        read(&[("a.toml", &own), ("b.toml", &mirror("b", "2")), ("fleet.toml", &shared)]).unwrap();
    let [own, shared] = [0, 1].map(|index| fleet.workflows[index].thresholds.clone());
    assert_eq!(shared.late_after, Some(jiff::SignedDuration::from_hours(48)));
    assert_eq!((shared.failures, shared.volume), (None, Some(Share::percent(20))));
    assert_eq!(shared.slow, crate::Thresholds::default().slow);
    // A workflow's own word wins, and leaves the others as they are.
    assert_eq!(own.late_after, Some(jiff::SignedDuration::from_hours(72)));
    assert_eq!(own.volume, shared.volume);
}

#[test]
fn a_schedule_is_shared_and_a_workflows_own_wins() {
    let shared = format!("schedule = \"15 4 * * *\"\ntimezone = \"Europe/Paris\"\n{SHARED}");
    let own = format!("schedule = \"0 6 * * *\"\n{}", mirror("a", "01"));
    let fleet =
        read(&[("a.toml", &own), ("b.toml", &mirror("b", "02")), ("fleet.toml", &shared)]).unwrap();
    let schedules = fleet.workflows.iter().map(|it| it.schedule.as_ref().unwrap().to_string());
    let schedules: Vec<_> = schedules.collect();
    assert_eq!(schedules, ["0 6 * * * (Europe/Paris)", "15 4 * * * (Europe/Paris)"]);
    assert_eq!(fleet.name.len(), fleet.name.trim().len());
}

#[test]
fn who_is_told_is_read_with_every_mistake() {
    let good = format!(
        "{SHARED}[ping]\nsuccess = {{ env = \"SECRET_URL\" }}\n\
         [[notify]]\nkind = \"webhook\"\nurl = {{ env = \"SECRET_URL\" }}\nkey = \"k\"\n\
         on = [\"failing\", \"recovered\"]\nremind_after = false\n\
         [[notify]]\nkind = \"email\"\nserver = \"mail.example.org\"\n\
         from = \"boards@example.org\"\nto = \"ops@example.org\"\nencryption = \"starttls\"\n"
    );
    let environment =
        Environment::from_iter([("SECRET", "s3cret"), ("SECRET_URL", "https://example.org/t0ken")]);
    let folder = folder(&[("a.toml", &mirror("a", "01")), ("fleet.toml", &good)]);
    let fleet = Fleet::read(folder.path(), &environment).unwrap();
    let settings = &fleet.workflows[0].settings;
    let channels = settings.channels(&environment).unwrap();
    let shown = format!("{channels:?} {:?}", settings.ping(&environment).unwrap());
    assert!(!shown.contains("t0ken"), "{shown}");
    let names: Vec<_> = channels.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["webhook", "email-2"]);
    assert_eq!((channels[0].on.len(), channels[0].remind_after), (2, None));
    let ChannelKind::Email(email) = &channels[1].kind else { panic!() };
    assert_eq!((email.port, email.to.len()), (587, 1));

    let bad = format!(
        "schedule = \"61 4 * * *\"\ntimezone = \"Paris\"\njitter = \"soon\"\n{SHARED}\
         [ping]\nsucces = \"https://example.org\"\nstart = \"http://example.org/t0ken\"\n\
         [[notify]]\nkind = \"pager\"\n\
         [[notify]]\nkind = \"slack\"\non = \"broken\"\n\
         [[notify]]\nkind = \"email\"\nto = [\"nobody\"]\nuser = \"me\"\nurl = \"x\"\n"
    );
    let files =
        [("a.toml", &mirror("a", "01")[..]), ("b.toml", &mirror("b", "02")), ("fleet.toml", &bad)];
    insta::assert_snapshot!(problems(&files).join("\n"), @r"
    fleet.toml:2:1: `timezone`: `Paris` is not a time zone
    fleet.toml:3:1: `jitter`: must be a length of time such as `48h` or `30m`
    fleet.toml:1:1: `schedule`: `61 4 * * *` is not a schedule: value must be in range 0..=59; found 61
    fleet.toml:13:1: `ping.succes`: `[ping]` has no `succes`
    fleet.toml:14:1: `ping.start`: http:// would be unencrypted on its way
    fleet.toml:16:1: `notify[0].kind`: `pager` is not a kind of channel
    fleet.toml:19:1: `notify[1].on`: `broken` is not one of `failing`, `late`, `degraded`, `recovered`
    fleet.toml:17:1: `notify[1]`: `url` is missing
    fleet.toml:24:1: `notify[2].url`: a channel of kind `email` has no `url`
    fleet.toml:20:1: `notify[2]`: `server` is missing
    fleet.toml:20:1: `notify[2]`: `from` is missing
    fleet.toml:22:1: `notify[2].to`: `nobody` is not a mail address
    fleet.toml:23:1: `notify[2].user`: requires `password`
    ");
}

#[test]
fn patterns_choose_and_exclude() {
    let takes = |patterns: &[&str], name: &str| {
        let patterns: Vec<_> = patterns.iter().map(|it| (*it).to_owned()).collect();
        Selection::parse(&patterns).unwrap().takes(name)
    };
    assert!(takes(&[], "paris"));
    assert!(takes(&["par*"], "paris") && !takes(&["par*"], "lyon"));
    assert!(takes(&["paris", "lyon"], "lyon"));
    assert!(takes(&["!*-test"], "paris") && !takes(&["!*-test"], "paris-test"));
    assert!(!takes(&["par*", "!*-test"], "paris-test"));
    assert!(Selection::parse(&["[".to_owned()]).is_err());
}

#[test]
fn an_assessment_is_json_for_scripts() {
    let assessed: Assessment =
        crate::assess(&[], &Thresholds::default(), jiff::Timestamp::UNIX_EPOCH);
    let json = serde_json::to_value(&assessed).unwrap();
    assert_eq!(json["health"], "never_ran");
}
