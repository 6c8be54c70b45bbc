use std::collections::VecDeque;

use buio_types::Minute;
use serde::{Deserialize, Serialize};

/// Who failed and who recovered, minute by minute, over the last hours: each voice is one author
/// in half an hour, as the caller's memory of authors has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Votes {
    minutes: VecDeque<MinuteVotes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct MinuteVotes {
    minute: Minute,
    failing: u32,
    back: u32,
}

impl Votes {
    /// How far back questions may reach, in minutes: the fade rule asks for six hours.
    const KEPT_MINUTES: u32 = 6 * 60 + 1;

    /// Somebody fails in `minute`.
    pub fn fail(&mut self, minute: Minute) {
        self.at(minute).failing += 1;
    }

    /// Somebody is served again in `minute`.
    pub fn back(&mut self, minute: Minute) {
        self.at(minute).back += 1;
    }

    /// Those who fail and those who are served again in the `window` minutes up to and with `now`.
    #[must_use]
    pub fn within(&self, now: Minute, window: u32) -> (u32, u32) {
        self.minutes
            .iter()
            .rev()
            .take_while(|votes| now.since(votes.minute) < window)
            .fold((0, 0), |(failing, back), votes| {
                (failing + votes.failing, back + votes.back)
            })
    }

    /// A late post votes in the newest minute: it says what is known now.
    fn at(&mut self, minute: Minute) -> &mut MinuteVotes {
        let newest = self.minutes.back().map(|votes| votes.minute);
        if newest.is_none_or(|newest| newest < minute) {
            self.minutes.push_back(MinuteVotes {
                minute,
                failing: 0,
                back: 0,
            });
            while self
                .minutes
                .front()
                .is_some_and(|v| minute.since(v.minute) >= Self::KEPT_MINUTES)
            {
                self.minutes.pop_front();
            }
        }
        let last = self.minutes.len() - 1;
        &mut self.minutes[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_its_own_minutes_only() {
        let mut votes = Votes::default();
        votes.fail(Minute(100));
        votes.fail(Minute(110));
        votes.back(Minute(110));
        votes.fail(Minute(105)); // late: counted where we are
        assert_eq!(votes.within(Minute(110), 1), (2, 1));
        assert_eq!(votes.within(Minute(110), 11), (3, 1));
        assert_eq!(votes.within(Minute(125), 15), (0, 0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut votes = Votes::default();
        for minute in 0..10_000 {
            votes.fail(Minute(minute));
        }
        assert!(votes.minutes.len() <= Votes::KEPT_MINUTES as usize);
    }
}
