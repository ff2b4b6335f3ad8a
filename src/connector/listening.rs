//! Hearing what a connector says outside of calls.

use tokio_util::task::AbortOnDropHandle;

use super::stdio;

/// A session that hears what belongs to no call, until this is dropped.
#[derive(Debug)]
pub(crate) struct Listening(Way);

#[derive(Debug)]
enum Way {
    Stdio { _ear: stdio::Ear },
    Task(AbortOnDropHandle<()>),
}

impl Listening {
    pub(super) fn stdio(ear: stdio::Ear) -> Self {
        Self(Way::Stdio { _ear: ear })
    }

    pub(super) fn task(task: AbortOnDropHandle<()>) -> Self {
        Self(Way::Task(task))
    }

    /// Whether nothing more will be heard: the connector does not accept the token any more, or it is gone.
    pub(crate) fn is_over(&self) -> bool {
        match &self.0 {
            Way::Stdio { .. } => false,
            Way::Task(task) => task.is_finished(),
        }
    }
}
