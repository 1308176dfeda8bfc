//! What a process prints, read while it runs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::task::JoinSet;

/// Both streams of one process. Clones show the same.
#[derive(Clone, Default)]
pub(crate) struct Output {
    text: Arc<Mutex<String>>,
    readers: Arc<tokio::sync::Mutex<JoinSet<()>>>,
}

impl Output {
    /// What a child prints on pipes of ours.
    pub(crate) async fn of(child: &mut Child) -> Self {
        let output = Self::default();
        output.read(child.stdout.take()).await;
        output.read(child.stderr.take()).await;
        output
    }

    async fn read(&self, pipe: Option<impl AsyncRead + Unpin + Send + 'static>) {
        let pipe = pipe.expect("a pipe");
        let text = Arc::clone(&self.text);
        self.readers.lock().await.spawn(async move {
            let mut lines = BufReader::new(pipe).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let mut text = text.lock().expect("output");
                text.push_str(&line);
                text.push('\n');
            }
        });
    }

    /// Everything so far.
    pub(crate) fn so_far(&self) -> String {
        self.text.lock().expect("output").clone()
    }

    /// Everything, once the process has ended: its pipes may still hold lines then.
    pub(crate) async fn whole(&self) -> String {
        let mut readers = self.readers.lock().await;
        let all = async { while readers.join_next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(10), all).await.expect("a process still holds its output open");
        self.so_far()
    }
}
