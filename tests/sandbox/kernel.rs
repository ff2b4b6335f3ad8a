//! What a malicious connector can get from the kernel.

use serde_json::json;

use crate::support::attacker::{Account, Attacker};

const EPERM: &str = "errno 1";
const ENOSYS: &str = "errno 38";

#[tokio::test]
async fn dangerous_calls_are_refused_before_anything_looks_at_them() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let said = attacker.native(&["calls"]).await;
        let outcomes: Vec<(&str, &str)> = said.lines().filter_map(|line| line.split_once(' ')).collect();
        assert!(outcomes.len() > 40, "{account:?}: {said}");
        let let_through: Vec<_> = outcomes
            .iter()
            .filter(|(name, outcome)| !is_refused(name, outcome))
            .collect();
        assert!(let_through.is_empty(), "{account:?}: {let_through:?}");
    }
}

fn is_refused(name: &str, outcome: &str) -> bool {
    match name {
        // An id that is not there in a user namespace is an invalid one.
        "setuid" | "setgid" => outcome.starts_with("errno "),
        // A call by the numbers of another architecture is no mistake: it ends the process.
        "x86-call" | "x32-call" => outcome == "signal 31" || outcome == ENOSYS,
        _ => outcome == EPERM || outcome == ENOSYS,
    }
}

#[tokio::test]
async fn it_has_no_privileges_and_gets_no_new_ones() {
    for account in Account::all() {
        let attacker = Attacker::start(account).await;
        let me = attacker.tries("whoami", json!({})).await;
        let status = me["status"].as_str().unwrap();
        let field = |name: &str| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.unwrap_or_else(|| panic!("no {name} in {status}"))
                .trim()
                .to_owned()
        };
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(field(set), "0000000000000000", "{account:?}: {set}");
        }
        assert_eq!(field("NoNewPrivs"), "1", "{account:?}");
        assert_eq!(field("Seccomp"), "2", "{account:?}");
        assert_ne!(me["uid"], 0, "{account:?}");
        assert_ne!(me["gid"], 0, "{account:?}");
        // The kernel's /proc names only the groups that this process has.
        let groups: Vec<String> = field("Groups").split_whitespace().map(str::to_owned).collect();
        assert!(groups.iter().all(|group| group != "0"), "{account:?}: {groups:?}");
        // Two users' instances are not each other's, either.
        if account == Account::Root {
            attacker.broker.add_user("bob").await;
            let token = attacker.broker.token("bob").await;
            let bob = attacker.broker.mcp("attacker", &token).await;
            let bob = crate::support::attacker::tries(&bob, "whoami", json!({})).await;
            assert_ne!(me["uid"], bob["uid"]);
        }
    }
}
