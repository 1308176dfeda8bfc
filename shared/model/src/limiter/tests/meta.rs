//! Meta's side: tokens that come back steadily, up to a second's worth; what people write in takes them too.

#[derive(Clone, Debug)]
pub(super) struct Meta {
    pub(super) limit: f64,
    level: f64,
    at: f64,
    pub(super) accepted: Vec<f64>,
    pub(super) refused: Vec<f64>,
}

impl Meta {
    pub(super) fn new(limit: u32) -> Self {
        let limit = f64::from(limit);
        Self { limit, level: limit, at: 0.0, accepted: Vec::new(), refused: Vec::new() }
    }

    fn refill(&mut self, at: f64) {
        self.level = (self.level + (at - self.at) * self.limit).min(self.limit);
        self.at = at;
    }

    pub(super) fn hears(&mut self, at: f64) {
        self.refill(at);
        self.level = (self.level - 1.0).max(0.0);
    }

    pub(super) fn takes(&mut self, at: f64) -> bool {
        self.refill(at);
        let takes = self.level >= 1.0;
        if takes {
            self.level -= 1.0;
            self.accepted.push(at);
        } else {
            self.refused.push(at);
        }
        takes
    }

    /// Messages accepted within these seconds.
    pub(super) fn within(&self, from: f64, to: f64) -> usize {
        self.accepted.iter().filter(|at| (from..to).contains(*at)).count()
    }
}
