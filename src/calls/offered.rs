//! What an admin keeps back of a connector's tools: neither listed nor called, through whichever door.

use std::{borrow::Cow, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Answer, CallError, Calls, Session};
use crate::{
    mcp::{Kind, Message},
    model::ToolRules,
};

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    tools: &'a RawValue,
}

impl Calls {
    /// The rules that a request is under: none for what is not about tools, nor where every tool is offered.
    pub(super) fn rules(&self, session: &Session, request: &Message) -> Option<Arc<ToolRules>> {
        match request.method() {
            Some("tools/call" | "tools/list") => self.releases.tool_rules(&session.connector),
            _ => None,
        }
    }
}

/// Refuses a call of a tool that is not offered, and one whose tool can't be told.
pub(super) fn check(rules: &ToolRules, request: &Message) -> Result<(), CallError> {
    if request.method() != Some("tools/call") {
        return Ok(());
    }
    match request.params_as::<Named<'_>>() {
        Ok(named) if rules.offers(&named.name) => Ok(()),
        Ok(named) => Err(CallError::NotOffered(named.name.into_owned())),
        // Two names, of which the connector might take the other one, among others.
        Err(_) => Err(CallError::NotOffered("?".to_owned())),
    }
}

/// The answer to a `tools/list` without the tools that are not offered. It has to be there whole for that.
pub(super) async fn filter(rules: &ToolRules, answer: Answer) -> Result<Answer, CallError> {
    let list = match answer {
        Answer::Reply(reply) => reply.response().await?,
        Answer::Remembered(list) => list,
        needed @ Answer::ConsentNeeded(_) => return Ok(needed),
    };
    Ok(Answer::Remembered(without_hidden(rules, &list)))
}

/// `list` with every byte as it was but for the tools that are left out.
pub(super) fn without_hidden(rules: &ToolRules, list: &Message) -> Message {
    if list.kind() != Kind::Result {
        return list.clone();
    }
    let result = list.outcome().unwrap_or_default();
    let tools = serde_json::from_str::<List<'_>>(result).map(|list| list.tools.get());
    let Ok(tools) = tools else {
        // No list that a client could read either.
        return list.clone();
    };
    let kept = match serde_json::from_str::<Vec<&RawValue>>(tools) {
        Ok(items) => items
            .into_iter()
            .map(RawValue::get)
            .filter(|item| serde_json::from_str::<Named<'_>>(item).is_ok_and(|tool| rules.offers(&tool.name)))
            .collect::<Vec<_>>(),
        Err(_) => Vec::new(),
    };
    list.with_part(tools, &format!("[{}]", kept.join(",")))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn message(text: &str) -> Message {
        Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    fn rules(hide: &str) -> ToolRules {
        ToolRules {
            hide: [hide.parse().unwrap()].into(),
            ..ToolRules::default()
        }
    }

    #[test]
    fn what_is_kept_is_as_the_connector_wrote_it() {
        let list = r#"{"jsonrpc":"2.0","id":"x","result":{"_meta":{"tools":1}, "tools":[ {"z":1.0,"name":"a"}, {"name":"del\u0065te"},{"name":7} ],"nextCursor":"n"}}"#;
        let kept = without_hidden(&rules("delete"), &message(list));
        assert_eq!(
            kept.bytes(),
            r#"{"jsonrpc":"2.0","id":"x","result":{"_meta":{"tools":1}, "tools":[{"z":1.0,"name":"a"}],"nextCursor":"n"}}"#
        );
        assert_eq!((kept.id(), kept.kind()), (Some("\"x\""), Kind::Result));
        let refused = r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}"#;
        assert_eq!(without_hidden(&rules("a"), &message(refused)).bytes(), refused);
    }

    #[test]
    fn no_spelling_of_its_name_calls_what_is_hidden() {
        let check = |params: &str, passes: bool| {
            let request = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#);
            let checked = check(&rules("delete*"), &message(&request));
            assert_eq!(checked.is_ok(), passes, "{params}");
        };
        check(r#"{"name":"get"}"#, true);
        check(r#"{"name":"delete"}"#, false);
        check(r#"{"n\u0061me":"\u0064elete_all"}"#, false);
        check(r#"{"name":"get","name":"delete"}"#, false);
        check(r#"{"name":["get"]}"#, false);
        check("{}", false);
    }
}
