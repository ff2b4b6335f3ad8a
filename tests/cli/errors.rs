//! One error of each class, as people read it and as scripts do. Whoever changes a text here changes what people search
//! for; whoever changes a code breaks scripts. Exit code 10 is no error (`plans.rs`), 130 is told in `leaving.rs`.

use std::fs;

use crate::support::{
    broker::{Broker, Transport},
    program::{Output, Program},
};

/// Who asks.
#[derive(Debug, Clone, Copy)]
enum Who {
    Admin,
    Member,
    /// With a token of GitHub's.
    Mistaken,
    /// With a token that berth never made.
    Unknown,
    Nobody,
    /// Of a broker that is not there.
    Lost,
}

use Who::{Admin, Lost, Member, Mistaken, Nobody, Unknown};

/// In this order. `HERE` stands for a folder with an `archive.zip` that is none.
const CASES: &[(i32, Who, &str)] = &[
    (1, Admin, "call talker no-such-tool"),
    (2, Admin, "depoly"),
    (2, Admin, "oauth set talker"),
    (2, Admin, "deploy --bundle HERE --env novalue --env =x --yes"),
    (3, Admin, "package HERE/archive.zip --start x"),
    (4, Nobody, "list"),
    (4, Mistaken, "list"),
    (4, Unknown, "list"),
    (5, Admin, "show talkr"),
    (5, Member, "users list"),
    (6, Admin, "deploy --name broken --yes -- false"),
    (
        7,
        Admin,
        "deploy --name slow --yes --wait-timeout 1s -- sleep 600",
    ),
    (8, Lost, "list"),
    (9, Admin, "users add admin"),
];

/// What was printed, without what differs between runs.
fn shown(output: &Output, is_json: bool, broker: &Broker) -> String {
    let text = match is_json {
        true => output.stdout.clone(),
        // What was told before is the story.
        false => {
            let lines = output
                .stderr
                .lines()
                .skip_while(|line| !line.starts_with("error: "));
            lines.map(|line| format!("{line}\n")).collect()
        }
    };
    let text = text
        .replace(&broker.url, "http://BROKER")
        .replace(broker.scratch().to_str().unwrap(), "/HERE");
    let mut masked = String::new();
    let mut rest = text.as_str();
    for sign in ["(request ", "\"request_id\":\""] {
        if let Some(at) = rest.find(sign) {
            let from = at + sign.len();
            let until = rest[from..].find([')', '"']).unwrap();
            if until > 0 {
                masked.push_str(&rest[..from]);
                masked.push_str("ID");
                rest = &rest[from + until..];
            }
        }
    }
    masked + rest
}

#[tokio::test]
async fn each_class_of_errors_reads_well() {
    let broker = Broker::start().await;
    broker.deploy("talker", Transport::Stdio, &[]).await;
    broker.add_user("ada").await;
    let member = broker.token("ada").await;
    let here = broker.scratch();
    fs::write(here.join("archive.zip"), "none").unwrap();
    let mut all = String::new();
    for (status, who, words) in CASES {
        let words = words.replace("HERE", here.to_str().unwrap());
        for format in ["text", "json"] {
            let mut command = broker.command();
            let token = match who {
                Admin => None,
                Member => Some(member.as_str()),
                Mistaken => Some("ghp_0123456789abcdefghijklmnopqrstuvwxyzAB"),
                Unknown => Some("berth_0000000000000000000000000000000000000000000"),
                Lost => Some(member.as_str()),
                Nobody => Some(""),
            };
            if let Some(token) = token {
                command
                    .env("BERTH_CONFIG_DIR", here.join("no-config"))
                    .env(
                        "BERTH_URL",
                        if matches!(who, Lost) {
                            "http://127.0.0.1:1"
                        } else {
                            &broker.url
                        },
                    )
                    .env("BERTH_TOKEN", token);
            }
            command.args(["--output", format]).args(words.split(' '));
            let output = Program::start(&mut command).finish().await;
            assert_eq!(output.status, Some(*status), "{words}: {output:#?}");
            let text = shown(&output, format == "json", &broker);
            match format {
                "text" => all.push_str(&format!("\n{status}: {words}\n{}\n", text.trim_end())),
                _ => all.push_str(&format!("{}\n", text.trim_end())),
            }
        }
    }
    let all = all.replace(here.to_str().unwrap(), "/HERE");
    insta::assert_snapshot!(all, @r#"
    1: call talker no-such-tool
    error: the call was refused (-32602): no tool no-such-tool
    hint: `berth tools talker` lists its tools
    {"schema":"berth.error/v1","ok":false,"code":"FAILED","message":"the call was refused (-32602): no tool no-such-tool","hint":"`berth tools talker` lists its tools","request_id":""}

    2: depoly
    error: unrecognized subcommand 'depoly'

      tip: some similar subcommands exist: 'demo', 'deploy'

    Usage: berth [OPTIONS] <COMMAND>

    For more information, try '--help'.
    {"schema":"berth.error/v1","ok":false,"code":"USAGE","message":"unrecognized subcommand 'depoly'\n\n  tip: some similar subcommands exist: 'demo', 'deploy'\n\nUsage: berth [OPTIONS] <COMMAND>\n\nFor more information, try '--help'.","hint":"","request_id":""}

    2: oauth set talker
    error: --auth-url, --token-url, --client-id, --header, --env or --file are needed (stdin is not a terminal)
    hint: --preset NAME or --issuer URL stands for the addresses: `berth oauth presets` and `berth oauth discover` help to find it
    {"schema":"berth.error/v1","ok":false,"code":"USAGE","message":"--auth-url, --token-url, --client-id, --header, --env or --file are needed (stdin is not a terminal)","hint":"--preset NAME or --issuer URL stands for the addresses: `berth oauth presets` and `berth oauth discover` help to find it","request_id":""}

    2: deploy --bundle /HERE --env novalue --env =x --yes
    error: 2 things are wrong:
      - --start is needed: nothing says what starts the bundle
          --start 'node server.js', or `start` in its berth.toml
      - -e (number 1 of 2) has no '=': it takes KEY=VALUE
          for a value that is secret use --secret KEY, which takes it from the environment
    {"schema":"berth.error/v1","ok":false,"code":"USAGE","message":"2 things are wrong:\n  - --start is needed: nothing says what starts the bundle\n      --start 'node server.js', or `start` in its berth.toml\n  - -e (number 1 of 2) has no '=': it takes KEY=VALUE\n      for a value that is secret use --secret KEY, which takes it from the environment","hint":"","request_id":"","problems":[{"hint":"--start 'node server.js', or `start` in its berth.toml","message":"--start is needed: nothing says what starts the bundle"},{"hint":"for a value that is secret use --secret KEY, which takes it from the environment","message":"-e (number 1 of 2) has no '=': it takes KEY=VALUE"}]}

    3: package /HERE/archive.zip --start x
    error: /HERE/archive.zip is not a zip file
    hint: give a folder or a .zip file
    {"schema":"berth.error/v1","ok":false,"code":"BUILD_FAILED","message":"/HERE/archive.zip is not a zip file","hint":"give a folder or a .zip file","request_id":""}

    4: list
    error: there is no credential for http://BROKER/
    hint: sign in with `berth login http://BROKER`, or set BERTH_TOKEN or BERTH_TOKEN_FILE
    {"schema":"berth.error/v1","ok":false,"code":"AUTHENTICATION","message":"there is no credential for http://BROKER/","hint":"sign in with `berth login http://BROKER`, or set BERTH_TOKEN or BERTH_TOKEN_FILE","request_id":""}

    4: list
    error: what came from BERTH_TOKEN is a token of another service (GitHub), not a token of berth's control API
    hint: a token of berth's starts with berth_: `berth token create` makes one, `berth login URL` signs in
    {"schema":"berth.error/v1","ok":false,"code":"AUTHENTICATION","message":"what came from BERTH_TOKEN is a token of another service (GitHub), not a token of berth's control API","hint":"a token of berth's starts with berth_: `berth token create` makes one, `berth login URL` signs in","request_id":""}

    4: list
    error: the token is wrong, expired or revoked
    hint: the token came from BERTH_TOKEN: put a good one there (`berth token create` makes it), or unset it to use a sign-in
    (request ID)
    {"schema":"berth.error/v1","ok":false,"code":"AUTHENTICATION","message":"the token is wrong, expired or revoked","hint":"the token came from BERTH_TOKEN: put a good one there (`berth token create` makes it), or unset it to use a sign-in","request_id":"ID"}

    5: show talkr
    error: there is no connector talkr
    hint: did you mean `talker`?
    (request ID)
    {"schema":"berth.error/v1","ok":false,"code":"NOT_FOUND","message":"there is no connector talkr","hint":"did you mean `talker`?","request_id":"ID"}

    5: users list
    error: ada is not allowed to do this: it takes the role admin
    hint: ask an admin for the role
    (request ID)
    {"schema":"berth.error/v1","ok":false,"code":"FORBIDDEN","message":"ada is not allowed to do this: it takes the role admin","hint":"ask an admin for the role","request_id":"ID"}

    6: deploy --name broken --yes -- false
    error: release 1 of broken failed: it exited with status 1 before it was ready (no release serves yet)
    hint: if it needs a value to start, give it one with -e KEY=VALUE or --secret KEY
    {"schema":"berth.error/v1","ok":false,"code":"PROBE_FAILED","message":"release 2 of broken failed: it exited with status 1 before it was ready (no release serves yet)","hint":"if it needs a value to start, give it one with -e KEY=VALUE or --secret KEY","request_id":"","connector":"broken","release":2,"serving":null,"stderr":[]}

    7: deploy --name slow --yes --wait-timeout 1s -- sleep 600
    error: release 1 of slow is not live after 1s
    hint: it goes on by itself: `berth status slow --wait` comes back to it
    {"schema":"berth.error/v1","ok":false,"code":"TIMED_OUT","message":"release 2 of slow is not live after 1s","hint":"it goes on by itself: `berth status slow --wait` comes back to it","request_id":"","connector":"slow","release":2}

    8: list
    error: there is no berth broker to be reached at http://127.0.0.1:1/: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)
    hint: is it running (`berth serve`), and is the address right (`berth whoami` tells which is used)?
    {"schema":"berth.error/v1","ok":false,"code":"UNAVAILABLE","message":"there is no berth broker to be reached at http://127.0.0.1:1/: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)","hint":"is it running (`berth serve`), and is the address right (`berth whoami` tells which is used)?","request_id":""}

    9: users add admin
    error: there is one of that name already
    (request ID)
    {"schema":"berth.error/v1","ok":false,"code":"CONFLICT","message":"there is one of that name already","hint":"","request_id":"ID"}
    "#);
}
