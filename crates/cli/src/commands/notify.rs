//! `notify test`: a test message to every channel of a folder.

use hrflow_connectors::{Channel, Fleet, Problems};
use jiff::Timestamp;
use serve::{Message, Sender};

use crate::arguments::{NotifyArguments, NotifyCommand, NotifyTestArguments, OutputFormat};
use crate::commands::refusal::Refusal;
use crate::commands::run::client_options;
use crate::exit::Exit;
use crate::printable::paragraph;
use crate::{output, surroundings};

pub(crate) async fn notify(arguments: NotifyArguments) -> Exit {
    let NotifyCommand::Test(arguments) = arguments.command;
    match test(&arguments).await {
        Ok(exit) => exit,
        Err(refusal) => refusal.print(OutputFormat::Text),
    }
}

async fn test(arguments: &NotifyTestArguments) -> Result<Exit, Refusal> {
    let environment = surroundings::environment();
    let fleet = Fleet::read(&arguments.folder, &environment)?;
    fleet.check_files()?;
    let (channels, problems) = fleet.channels(&environment);
    Problems::check(problems)?;
    let channels = chosen(channels.into_values(), arguments.channel.as_deref())?;
    let sender = Sender::new(client_options()?.transport);
    let message = Message::test(&fleet.name, Timestamp::now());
    let mut exit = Exit::Success;
    for channel in channels {
        match sender.send(&channel, &message).await {
            Ok(()) => output::text(&format!("ok      {}", channel.name)),
            Err(why) => {
                output::text(&format!("failed  {}: {}", channel.name, paragraph(&why)));
                exit = Exit::Fatal;
            }
        }
    }
    Ok(exit)
}

/// The channels with a name, or all of them.
fn chosen(
    channels: impl Iterator<Item = (Channel, Vec<String>)>,
    name: Option<&str>,
) -> Result<Vec<Channel>, Refusal> {
    let channels = channels.map(|(channel, _)| channel);
    let chosen: Vec<_> =
        channels.filter(|channel| name.is_none_or(|it| it == channel.name)).collect();
    if chosen.is_empty() {
        let why = match name {
            Some(name) => format!("no channel is called `{name}`"),
            None => "the folder notifies nobody".to_owned(),
        };
        return Err(Refusal::because(why).with_hint("add a `[[notify]]` to fleet.toml"));
    }
    Ok(chosen)
}
