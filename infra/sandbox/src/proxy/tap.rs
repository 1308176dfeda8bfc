//! A body that is counted, and copied if wanted, while it passes.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// No answer of DynamoDB is larger.
const LARGEST_COPY: usize = 20 * 1024 * 1024;

/// What passed.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) bytes: u64,
    /// The content, when a copy was wanted.
    pub(super) copy: Vec<u8>,
}

/// Reports once: when the body has ended or nobody reads it any longer.
pub(super) struct Tap {
    body: Body,
    passed: Passed,
    wants_copy: bool,
    report: Option<Box<dyn FnOnce(Passed) + Send>>,
}

impl Tap {
    pub(super) fn on(body: Body, wants_copy: bool, report: impl FnOnce(Passed) + Send + 'static) -> Body {
        let passed = Passed::default();
        Body::new(Self { body, passed, wants_copy, report: Some(Box::new(report)) })
    }
}

impl HttpBody for Tap {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(bytes) = frame.data_ref()
        {
            self.passed.bytes += bytes.len() as u64;
            if self.wants_copy && self.passed.copy.len() + bytes.len() <= LARGEST_COPY {
                self.passed.copy.extend_from_slice(bytes);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if let Some(report) = self.report.take() {
            report(std::mem::take(&mut self.passed));
        }
    }
}
