//! Calls whose person takes longer than a call may be held. The broker holds them for a second here.

use serde_json::{Value, json};

use crate::{
    journeys::oauth::{NAME, Setting},
    support::{
        broker::Transport,
        mcp::{Mcp, text_of},
        modern::Modern,
    },
};

async fn impatient(transport: Transport) -> Option<Setting> {
    Setting::with(&["--hold", "1"], transport, 3600).await
}

#[tokio::test]
async fn form_a_goes_from_leg_to_leg_until_its_person_is_done() {
    for transport in Transport::BOTH {
        let Some(setting) = impatient(transport).await else {
            return;
        };
        let mut alice = setting.user("alice").await;
        let endpoint = setting.broker.endpoint(NAME);
        let client = Modern::new(&endpoint, &alice.token, json!({"elicitation": {"url": {}}}));
        let call = json!({"name": "whoami", "arguments": {}});
        let leg = |state: &Value, answers: Option<Value>| {
            let mut params = call.clone();
            params["requestState"] = state.clone();
            if let Some(answers) = answers {
                params["inputResponses"] = answers;
            }
            client.result("tools/call", params)
        };
        let waits = |result: &Value| {
            assert_eq!(result["resultType"], "input_required", "{result}");
            assert!(result.get("inputRequests").is_none(), "{result}");
            result["requestState"].clone()
        };
        let asked = client.result("tools/call", call.clone()).await;
        let link = asked["inputRequests"]["authorize"]["params"]["url"]
            .as_str()
            .unwrap();
        let accepted = json!({"authorize": {"action": "accept"}});
        let mut state = waits(&leg(&asked["requestState"], Some(accepted)).await);
        // A client that has nothing to ask its person goes on with the state alone.
        state = waits(&leg(&state, None).await);
        let legs = async {
            loop {
                let result = leg(&state, None).await;
                if result["resultType"] == "complete" {
                    return result;
                }
                state = waits(&result);
            }
        };
        let (result, _) = tokio::join!(legs, alice.browser.connect(link, "alice"));
        assert_eq!(result["content"][0]["text"], "alice");

        // A state goes with one call of one person; whoever else brings it is asked anew.
        let bob = setting.user("bob").await;
        let other = Modern::new(&endpoint, &bob.token, json!({"elicitation": {"url": {}}}));
        let mut params = call.clone();
        params["requestState"] = state;
        let asked = other.result("tools/call", params).await;
        assert!(asked["inputRequests"]["authorize"].is_object(), "{asked}");
    }
}

#[tokio::test]
async fn form_b2_ends_with_the_link_that_the_next_call_needs_no_more() {
    for transport in Transport::BOTH {
        let Some(setting) = impatient(transport).await else {
            return;
        };
        let mut alice = setting.user("alice").await;
        let capabilities = json!({"elicitation": {"url": {}}});
        let mcp = Mcp::connect(&setting.broker.endpoint(NAME), &alice.token, capabilities).await;
        let params = json!({"name": "whoami", "arguments": {}});
        let (id, mut answer) = mcp.send("tools/call", params).await;
        let asked = answer.next().await.unwrap();
        assert_eq!(asked["method"], "elicitation/create", "{asked}");
        let accepted = json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "accept"}});
        assert_eq!(mcp.post(&accepted.to_string()).await.status, 202);
        let told = answer.message().await;
        assert_eq!(
            (&told["id"], &told["error"]["code"]),
            (&json!(id), &json!(-32042)),
            "{told}"
        );
        // It is the question that the client knows already, so that it is not asked twice.
        let again = &told["error"]["data"]["elicitations"][0];
        for field in ["elicitationId", "url", "mode"] {
            assert_eq!(again[field], asked["params"][field], "{told}");
        }
        alice
            .browser
            .connect(again["url"].as_str().unwrap(), "alice")
            .await;
        assert_eq!(text_of(&mcp.call("whoami", json!({})).await), "alice");
    }
}
