//! The line to a provider's token endpoint: whatever stands at its end acts as it does, and what is done to a request
//! or an answer is done on the way.

use std::{collections::VecDeque, io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio_util::task::TaskTracker;
use url::{Url, form_urlencoded};

use super::support::mcp::http;

/// What becomes of one token request. Where it leaves the server alone it says so.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// Cut before the server has heard of it.
    Unheard,
    /// The server acts, and the line is cut before its answer.
    Lost,
    /// The server acts, and its answer takes so long.
    Late(Duration),
}

/// A request for tokens that came by.
#[derive(Debug)]
struct Passed {
    refresh_token: Option<String>,
    /// What the server answered, if it was asked.
    status: Option<StatusCode>,
}

#[derive(Debug, Default)]
struct Books {
    faults: VecDeque<Fault>,
    /// How long each answer takes.
    pause: Duration,
    passed: Vec<Passed>,
    /// How many requests are on their way.
    open: usize,
}

#[derive(Clone)]
pub(super) struct Line {
    url: Url,
    end: Url,
    books: Arc<Mutex<Books>>,
    tasks: TaskTracker,
}

impl Line {
    /// A line to the server whose origin is `end`.
    pub(super) async fn to(end: Url, tasks: &TaskTracker) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            url: format!("http://{}", listener.local_addr().unwrap())
                .parse()
                .unwrap(),
            end,
            books: Arc::default(),
            tasks: tasks.clone(),
        };
        let accepting = line.clone();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let line = accepting.clone();
                accepting.tasks.spawn(async move {
                    let service = hyper::service::service_fn(move |request| {
                        let line = line.clone();
                        async move { line.pass(request).await }
                    });
                    // Cut is how some of these connections are meant to end.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        line
    }

    pub(super) fn at(&self, path: &str) -> Url {
        self.url.join(path).unwrap()
    }

    pub(super) fn fault(&self, fault: Fault) {
        self.books.lock().faults.push_back(fault);
    }

    pub(super) fn pause(&self, pause: Duration) {
        self.books.lock().pause = pause;
    }

    /// How often a refresh token was sent.
    pub(super) fn refreshes(&self) -> usize {
        let books = self.books.lock();
        books
            .passed
            .iter()
            .filter(|passed| passed.refresh_token.is_some())
            .count()
    }

    /// Whether the server took `token` in exchange for another one.
    pub(super) fn is_spent(&self, token: &str) -> bool {
        let books = self.books.lock();
        books.passed.iter().any(|passed| {
            passed.refresh_token.as_deref() == Some(token) && passed.status == Some(StatusCode::OK)
        })
    }

    /// Waits until nothing is on its way any more.
    pub(super) async fn quiet(&self) {
        while self.books.lock().open > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn pass(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, io::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let path = parts.uri.path().to_owned();
        let mut asked = http()
            .request(parts.method, self.end.join(&path).unwrap())
            .body(body.clone());
        for name in [header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT] {
            if let Some(value) = parts.headers.get(&name) {
                asked = asked.header(name, value);
            }
        }
        // A connection that is kept may be closed by the server just when it is used again.
        asked = asked.header(header::CONNECTION, "close");
        if path != "/token" {
            return answered(asked).await;
        }
        let refresh_token = form_urlencoded::parse(&body)
            .find(|(key, _)| key == "refresh_token")
            .map(|(_, token)| token.into_owned());
        let (number, fault, pause) = {
            let mut books = self.books.lock();
            books.passed.push(Passed {
                refresh_token,
                status: None,
            });
            books.open += 1;
            (books.passed.len() - 1, books.faults.pop_front(), books.pause)
        };
        // On a task of its own: the server goes on when whoever asked it is gone.
        let open = Open(Arc::clone(&self.books));
        let way = async move {
            let _open = open;
            if matches!(fault, Some(Fault::Unheard)) {
                return Err(io::Error::other("cut"));
            }
            let answer = answered(asked).await?;
            self.books.lock().passed[number].status = Some(answer.status());
            tokio::time::sleep(pause).await;
            match fault {
                Some(Fault::Lost) => Err(io::Error::other("cut")),
                Some(Fault::Late(wait)) => {
                    tokio::time::sleep(wait).await;
                    Ok(answer)
                }
                _ => Ok(answer),
            }
        };
        self.tasks.spawn(way).await.map_err(io::Error::other)?
    }
}

struct Open(Arc<Mutex<Books>>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().open -= 1;
    }
}

async fn answered(asked: reqwest::RequestBuilder) -> Result<Response<Full<Bytes>>, io::Error> {
    let answer = asked.send().await.map_err(io::Error::other)?;
    let mut response = Response::builder().status(answer.status());
    for name in [header::CONTENT_TYPE, header::WWW_AUTHENTICATE] {
        if let Some(value) = answer.headers().get(&name) {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await.map_err(io::Error::other)?;
    response.body(Full::new(body)).map_err(io::Error::other)
}
