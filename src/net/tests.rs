use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

fn policy(allow_loopback: bool, hosts: &[&str]) -> Policy {
    Policy {
        allow_loopback,
        allow_private: hosts.iter().map(|&host| host.to_owned()).collect(),
    }
}

#[test]
fn addresses_are_judged_by_their_text_first() {
    let (public, loopback) = (policy(false, &[]), policy(true, &[]));
    let check = |policy: &Policy, url: &str| policy.check(&url.parse().unwrap());
    check(&public, "https://provider.example:8443/token?x=1").unwrap();
    for refused in [
        "http://provider.example/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/",
        "https://user@provider.example/",
        "https://provider.example/#x",
        "file:///etc/passwd",
        "data:text/plain,x",
    ] {
        check(&public, refused).unwrap_err();
    }
    for fine in [
        "http://127.0.0.1:9/",
        "http://[::1]/",
        "http://192.168.1.1/",
        "http://provider.example/",
    ] {
        check(&loopback, fine).unwrap();
    }
    for refused in ["http://169.254.169.254/", "http://[fe80::1]/", "http://0.0.0.0/"] {
        check(&loopback, refused).unwrap_err();
    }
    let named = policy(false, &["10.0.0.7", "IdP.intern", "[fd00::7]"]);
    for fine in ["http://10.0.0.7/", "http://idp.intern/", "https://[fd00::7]/"] {
        check(&named, fine).unwrap();
    }
    let error = check(&named, "http://10.0.0.8/").unwrap_err();
    assert_eq!(
        error.hint(),
        "if it is meant to be reached, start the broker with --allow-private 10.0.0.8"
    );
}

#[tokio::test]
async fn a_private_address_is_refused_before_a_packet_leaves() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let http = Http::new(policy(false, &[])).unwrap();
    // By a name that means one, and by itself, which no name server is asked for.
    for name in ["localhost", "127.0.0.1"] {
        let url: Url = format!("https://{name}:{port}/").parse().unwrap();
        assert!(matches!(
            http.check_resolved(&url).await,
            Err(NetError::Private { .. })
        ));
        let request = http::Request::post(url.as_str())
            .body(b"secret".to_vec())
            .unwrap();
        let error = http.send(request).await.unwrap_err();
        assert!(
            matches!(&error, NetError::Private { host, .. } if host == name),
            "{error:?}"
        );
        assert!(error.is_unsent());
    }
    let nobody = std::future::poll_fn(|cx| std::task::Poll::Ready(listener.poll_accept(cx).is_pending()));
    assert!(nobody.await);
}

#[tokio::test]
async fn who_is_not_there_was_sent_nothing() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let http = Http::new(policy(true, &[])).unwrap();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        "http://nowhere.invalid/".to_owned(),
    ] {
        let request = http::Request::post(&url).body(Vec::new()).unwrap();
        let error = http.send(request).await.unwrap_err();
        assert!(error.is_unsent(), "{error:?}");
    }
}

/// Somebody who answers every request with `head` and then with `piece` for ever, after `pause` each. Gives the error, and
/// how many bytes were taken.
async fn endless(limits: Limits, head: &str, piece: &[u8], pause: Duration) -> (NetError, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let http = Http::with_limits(policy(true, &[]), limits).unwrap();
    let mut written = 0;
    let talk = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
        stream
            .write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes())
            .await
            .unwrap();
        while stream.write_all(piece).await.is_ok() {
            written += piece.len();
            tokio::time::sleep(pause).await;
        }
        std::future::pending().await
    };
    let request = http::Request::get(&url).body(Vec::new()).unwrap();
    let error = tokio::select! {
        answer = http.send(request) => answer.unwrap_err(),
        () = talk => unreachable!(),
        () = tokio::time::sleep(Duration::from_secs(30)) => panic!("it goes on without end"),
    };
    (error, written)
}

#[tokio::test]
async fn an_answer_is_read_no_further_than_its_limit() {
    let limits = Limits {
        body: 1 << 16,
        ..Limits::default()
    };
    let chunk = [&b"10000\r\n"[..], &[b' '; 1 << 16], b"\r\n"].concat();
    for (head, piece) in [
        ("content-length: 100000000", &chunk[..]),
        ("transfer-encoding: chunked", &chunk),
        ("connection: close", &chunk),
    ] {
        let (error, written) = endless(limits, head, piece, Duration::ZERO).await;
        assert!(matches!(error, NetError::TooLarge { .. }), "{head}: {error:?}");
        // What the machine's own buffers take.
        assert!(written < 1 << 25, "{head}: {written}");
    }
}

#[tokio::test]
async fn an_answer_that_drips_is_given_up() {
    let limits = Limits {
        total: Duration::from_millis(300),
        ..Limits::default()
    };
    let pause = Duration::from_millis(20);
    let (error, _) = endless(limits, "content-length: 100000", b" ", pause).await;
    assert!(matches!(error, NetError::TimedOut { .. }), "{error:?}");
    assert!(!error.is_unsent());
}
