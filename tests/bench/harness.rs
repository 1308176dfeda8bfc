//! What this program is when it plays a function.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use lambda_http::{Error, Request, RequestExt, service_fn};
use runtime::{Aws, Env};
use webhook::App;

/// The webhook as its `main` is, over clients that trust one more root.
pub(crate) fn webhook(root: Option<&Path>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let env = Env::process();
        runtime::logs::init(&env);
        let root = root.map(|file| std::fs::read(file).unwrap());
        let aws = Aws::trusting(root, &env).unwrap();
        let app = &App::over(aws, &env).unwrap();
        // The shipped binary does not wait longer either.
        let _: Result<(), _> = tokio::time::timeout(Duration::from_millis(300), app.warm(Timestamp::now())).await;
        let handler = service_fn(move |request: Request| async move {
            Ok::<_, Error>(webhook::handle(app, request, Timestamp::now()).await)
        });
        lambda_http::run(handler).await.unwrap();
    });
}

/// Decodes an event, checks its signature if wanted, parses and maps it, so many times.
pub(crate) fn parse(event: &Path, secret: &str, verified: bool, times: usize) {
    let event = std::fs::read_to_string(event).unwrap();
    let secrets = [secret];
    let now: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
    for _ in 0..times {
        let request = lambda_http::request::from_str(black_box(&event)).unwrap();
        let lambda_http::Body::Text(body) = request.body() else { panic!("API Gateway gives text") };
        assert_eq!(black_box(request.raw_http_path()), "/webhook");
        if verified {
            let header = request.headers().get("x-hub-signature-256").and_then(|value| value.to_str().ok());
            assert!(model::signature::verify(&secrets, header, body.as_bytes()));
        }
        black_box(ingest::plan(body.as_bytes(), now).unwrap());
    }
}
