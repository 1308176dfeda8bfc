//! A request body that knows whether it was wholly handed to the connection.
//!
//! The difference decides whether a send may be repeated: a body of which the connection never took the last piece
//! cannot have arrived whole, so Meta cannot have accepted it. `Content-Length` is fixed by the size hint, so a server
//! sees such a request as incomplete.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// One TCP window's worth: a small body is one piece, a large one is written while it is asked for.
const PIECE: usize = 16 * 1024;

/// Becomes true when the last piece was taken.
#[derive(Clone, Default)]
pub(crate) struct Delivery(Arc<AtomicBool>);

impl Delivery {
    pub(crate) fn body(&self, bytes: impl Into<Bytes>) -> reqwest::Body {
        reqwest::Body::wrap(Tracked { rest: bytes.into(), delivery: self.clone() })
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

struct Tracked {
    rest: Bytes,
    delivery: Delivery,
}

impl Body for Tracked {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            self.delivery.0.store(true, Ordering::Release);
            return Poll::Ready(None);
        }
        let size = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(size);
        if self.rest.is_empty() {
            self.delivery.0.store(true, Ordering::Release);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
