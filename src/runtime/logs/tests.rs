//! What is kept of what connectors say.

use super::*;

fn scribe(logs: &Logs, connector: &ConnectorId, secrets: &[&str]) -> Scribe {
    let hidden = Arc::new(Hidden::new(secrets.iter().copied()));
    logs.scribe(connector, 3, None, "i1".into(), hidden)
}

fn all(logs: &Logs, connector: &ConnectorId) -> Vec<LogLine> {
    logs.read(connector, &LogQuery::default()).lines
}

#[test]
fn lines_survive_a_restart_and_secrets_do_not_get_in() {
    let directory = tempfile::tempdir().unwrap();
    let connector = ConnectorId::random();
    let logs = Logs::new(directory.path().into());
    let one = scribe(&logs, &connector, &["canary-1234"]);
    one.line(b"token is canary-1234!\x1b[0m\r");
    one.line(b"two\twith tab");
    let junk = format!("canary-1234\x07{}", "x".repeat(100_000));
    assert_eq!(one.excerpt(junk.as_bytes()), format!("*** {}", "x".repeat(296)));
    let logs = Logs::new(directory.path().into());
    let lines = all(&logs, &connector);
    let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["token is ***! [0m", "two\twith tab"]);
    assert_eq!((lines[0].number, lines[0].instance.as_str()), (3, "i1"));
    logs.forget(&connector);
    assert_eq!(all(&logs, &connector), []);
    assert!(!directory.path().join(connector.as_str()).exists());
}

#[test]
fn lines_are_found_by_what_they_tell() {
    let directory = tempfile::tempdir().unwrap();
    let connector = ConnectorId::random();
    let folder = directory.path().join(connector.as_str());
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("log"),
        "1000\t1\told\tsaid\tbefore\nno line\n#x\t1\t1\t-\ti\tt\n",
    )
    .unwrap();
    let logs = Logs::new(directory.path().into());
    let (ada, bob) = (UserId::random(), UserId::random());
    for (number, user, text) in [
        (2, Some(&ada), "a2"),
        (2, Some(&bob), "b2"),
        (3, Some(&ada), "a3"),
        (3, None, "all"),
    ] {
        let scribe = logs.scribe(
            &connector,
            number,
            user.cloned(),
            "i".into(),
            Arc::new(Hidden::new(std::iter::empty::<&str>())),
        );
        scribe.line(text.as_bytes());
    }
    let logs = Logs::new(directory.path().into());
    let found = |query: LogQuery| {
        let part = logs.read(&connector, &query);
        assert!(!part.gap);
        part.lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
    };
    let any = LogQuery::default;
    assert_eq!(found(any()), ["said\tbefore", "a2", "b2", "a3", "all"]);
    assert_eq!(
        found(LogQuery {
            user: Some(ada.clone()),
            ..any()
        }),
        ["a2", "a3"]
    );
    assert_eq!(
        found(LogQuery {
            user: Some(ada),
            number: Some(3),
            ..any()
        }),
        ["a3"]
    );
    assert_eq!(
        found(LogQuery {
            number: Some(2),
            last: Some(1),
            ..any()
        }),
        ["b2"]
    );
    assert_eq!(
        found(LogQuery {
            since: Some(1001),
            last: Some(9),
            ..any()
        })
        .len(),
        4
    );
    let lines = all(&logs, &connector);
    assert_eq!(
        found(LogQuery {
            after: Some(lines[2].position),
            ..any()
        }),
        ["a3", "all"]
    );
    assert_eq!(lines[0].user, None);
}

#[test]
fn positions_grow_over_restarts_and_tell_what_was_missed() {
    let directory = tempfile::tempdir().unwrap();
    let connector = ConnectorId::random();
    let logs = Logs::new(directory.path().into());
    let one = scribe(&logs, &connector, &[]);
    one.line(b"first");
    let after = Some(logs.read(&connector, &LogQuery::default()).position);
    let logs = Logs::new(directory.path().into());
    let one = scribe(&logs, &connector, &[]);
    for n in 0..RING {
        one.line(n.to_string().as_bytes());
    }
    let query = LogQuery {
        after,
        ..LogQuery::default()
    };
    let part = logs.read(&connector, &query);
    assert_eq!((part.lines.len(), part.gap), (RING, false));
    assert!(part.lines.is_sorted_by(|one, next| one.position < next.position));
    one.line(b"one more");
    let part = logs.read(&connector, &query);
    assert_eq!((part.lines.len(), part.gap), (RING, true));
    let end = LogQuery {
        after: Some(part.position),
        ..query
    };
    assert_eq!(
        logs.read(&connector, &end),
        LogPart {
            position: part.position,
            ..LogPart::default()
        }
    );
}

#[test]
fn files_and_tails_are_capped() {
    let directory = tempfile::tempdir().unwrap();
    let connector = ConnectorId::random();
    let logs = Logs::new(directory.path().into());
    let one = scribe(&logs, &connector, &[]);
    let long = "x".repeat(LINE);
    for _ in 0..400 {
        one.line(long.as_bytes());
    }
    assert_eq!((one.tail().len(), one.tail()[0].len()), (TAIL, TAIL_LINE));
    let folder = directory.path().join(connector.as_str());
    let sizes: u64 = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().metadata().unwrap().len())
        .sum();
    assert!(sizes < 2 * FILE + 2 * LINE as u64, "{sizes}");
    let part = logs.read(
        &connector,
        &LogQuery {
            after: Some(0),
            ..LogQuery::default()
        },
    );
    let held: usize = part.lines.iter().map(|line| line.text.len()).sum();
    assert!(held <= RING_BYTES && held > RING_BYTES - 2 * LINE, "{held}");
    assert!(part.gap);
}

#[test]
fn of_a_line_as_long_as_a_message_the_beginning_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let connector = ConnectorId::random();
    let logs = Logs::new(directory.path().into());
    let one = scribe(&logs, &connector, &["canary-1234"]);
    one.long_line(format!("{}canary-1234{}", "x".repeat(LINE - 4), "y".repeat(1 << 20)).as_bytes());
    one.long_line(b"short");
    let lines = all(&logs, &connector);
    let told = format!("{} … and {} bytes more", "x".repeat(LINE - 4), 11 + (1 << 20));
    assert_eq!(lines.len(), 2);
    assert!(lines[0].text == told && lines[1].text == "short");
}
