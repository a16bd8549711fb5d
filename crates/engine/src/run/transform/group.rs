//! Steps that follow each other and are of one kind, so that items can take them in one go.

use crate::{Code, Format, Logic, Pass, Role, Stage};

/// Steps that follow each other.
pub(super) enum Group {
    /// An item is taken through all of them before the next one is: a function may leave something
    /// behind for the next.
    Functions(Vec<Function>),
    /// Programs.
    Programs {
        /// The number of their pass.
        pass: usize,
        /// The stage of each.
        stages: Vec<Stage>,
    },
}

/// A function of the user.
pub(super) enum Function {
    /// With its number from 1.
    Logic(usize, Logic),
    Format(Format),
}

impl Function {
    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::Logic(number, _) => Stage::Logic(*number),
            Self::Format(_) => Stage::Format,
        }
    }
}

/// All steps in their order, and the programs of each pass.
pub(super) fn grouped<P>(
    logics: Vec<Code<Logic, P>>,
    format: Code<Format, P>,
) -> (Vec<Group>, Vec<Pass<P>>) {
    let mut grouping = Grouping { groups: Vec::new(), passes: Vec::new() };
    for (index, logic) in logics.into_iter().enumerate() {
        let number = index + 1;
        match logic {
            Code::Function(logic) => grouping.function(Function::Logic(number, logic)),
            Code::Program(program) => grouping.program(Stage::Logic(number), Role::Logic, program),
        }
    }
    match format {
        Code::Function(format) => grouping.function(Function::Format(format)),
        Code::Program(program) => grouping.program(Stage::Format, Role::Format, program),
    }
    (grouping.groups, grouping.passes)
}

struct Grouping<P> {
    groups: Vec<Group>,
    passes: Vec<Pass<P>>,
}

impl<P> Grouping<P> {
    fn function(&mut self, function: Function) {
        match self.groups.last_mut() {
            Some(Group::Functions(functions)) => functions.push(function),
            Some(Group::Programs { .. }) | None => {
                self.groups.push(Group::Functions(vec![function]));
            }
        }
    }

    fn program(&mut self, stage: Stage, role: Role, program: P) {
        match (self.groups.last_mut(), self.passes.last_mut()) {
            (Some(Group::Programs { stages, .. }), Some(programs)) => {
                stages.push(stage);
                programs.push((role, program));
            }
            (Some(Group::Functions(_) | Group::Programs { .. }) | None, _) => {
                let (pass, stages) = (self.passes.len(), vec![stage]);
                self.groups.push(Group::Programs { pass, stages });
                self.passes.push(vec![(role, program)]);
            }
        }
    }
}
