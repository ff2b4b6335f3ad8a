//! What becomes of things when a person presses Ctrl-C in the middle.
//!
//! A command says what it would leave behind ([`Leaving::says`]) while that holds. The first Ctrl-C ends the command and
//! tells it; only while a request is on its way whose answer decides what is true, the first waits a moment for that,
//! and the second does not.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::{
    error::{CmdError, Kind},
    ui::Ui,
};
use crate::model::ConnectorName;

/// How long the broker's answer is waited for by somebody who wants to leave.
const MOMENT: Duration = Duration::from_secs(10);

/// What is left behind at this moment; nothing that needs words where no command has said anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leaving(Arc<watch::Sender<Option<Parting>>>);

/// What somebody who leaves is told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parting {
    /// What is true: a sentence.
    what: String,
    /// How to come back to it: a sentence, or empty.
    next: String,
    details: Map<String, Value>,
    /// Whether an answer is about to make something else true.
    awaits: bool,
}

/// Takes back what was said, once it does not hold any more.
#[must_use]
pub(crate) struct Said<'a> {
    leaving: &'a Leaving,
    before: Option<Parting>,
}

impl Leaving {
    /// From now on `parting` is what is told, until the answer is dropped.
    pub(crate) fn says(&self, parting: Parting) -> Said<'_> {
        let before = self.0.send_replace(Some(parting));
        Said {
            leaving: self,
            before,
        }
    }

    /// Completes when the person wants to leave, with what is to be told; never where signals can't be waited for.
    pub(crate) async fn pressed(&self, ui: &Ui) -> Parting {
        let Ok(mut presses) = signal(SignalKind::interrupt()) else {
            return std::future::pending().await;
        };
        presses.recv().await;
        let mut now = self.0.subscribe();
        let awaits = |parting: &Option<Parting>| parting.as_ref().is_some_and(|parting| parting.awaits);
        if awaits(&now.borrow()) {
            ui.clear_key();
            ui.prompt("Waiting for the broker's answer; Ctrl-C again quits at once.");
            tokio::select! {
                biased;
                _ = presses.recv() => {}
                _ = now.wait_for(|parting| !awaits(parting)) => {}
                () = tokio::time::sleep(MOMENT) => {}
            }
        }
        let parting = now.borrow().clone();
        parting.unwrap_or_default()
    }
}

impl Drop for Said<'_> {
    fn drop(&mut self) {
        self.leaving.0.send_replace(self.before.take());
    }
}

impl Parting {
    pub(crate) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            next: next.into(),
            ..Self::default()
        }
    }

    /// The release goes on by itself.
    pub(crate) fn detached(name: &ConnectorName, release: i64) -> Self {
        Self::new(
            format!("Detached: release {release} of {name} goes on."),
            format!("`berth status {name} --wait` waits for it."),
        )
        .with_detail("connector", name.as_str())
        .with_detail("release", release)
    }

    /// A request is on its way that makes a release, and nobody knows yet whether it arrived.
    pub(crate) fn asked(name: &ConnectorName) -> Self {
        let parting = Self::new(
            format!("The broker has not answered: whether {name} gets a new release is not known."),
            format!("`berth status {name}` tells."),
        );
        Self {
            awaits: true,
            ..parting.with_detail("connector", name.as_str())
        }
    }

    pub(crate) fn with_detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The line for a person; `None` where nothing is left behind.
    pub(crate) fn line(&self) -> Option<String> {
        let line = format!("{} {}", self.what, self.next);
        (!self.what.is_empty()).then(|| line.trim_end().to_owned())
    }

    /// What the command ends with: a script reads the same in its document.
    pub(crate) fn error(self) -> CmdError {
        let mut error = CmdError::told(Kind::Interrupted).with_hint(self.next);
        if !self.what.is_empty() {
            error.message = self.what;
        }
        error.details = self.details;
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(leaving: &Leaving) -> String {
        let parting = leaving.0.borrow().clone();
        parting.unwrap_or_default().error().message
    }

    #[test]
    fn what_was_said_holds_for_as_long_as_it_is_held() {
        let leaving = Leaving::default();
        assert_eq!(told(&leaving), "it was interrupted");
        let outer = leaving.says(Parting::new("Nothing was deployed.", ""));
        {
            let name = "gong-crm".parse().unwrap();
            let _inner = leaving.says(Parting::detached(&name, 2));
            assert_eq!(told(&leaving), "Detached: release 2 of gong-crm goes on.");
        }
        assert_eq!(told(&leaving), "Nothing was deployed.");
        drop(outer);
        assert_eq!(told(&leaving), "it was interrupted");
    }
}
