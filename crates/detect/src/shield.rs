use serde::{Deserialize, Serialize};

/// Whether the baseline learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shield {
    /// It learns.
    Down = 0,
    /// The series' own evidence keeps it from learning.
    Own = 1,
    /// The caller keeps it from learning.
    Held = 2,
    /// The caller would, but has for too long: it learns.
    Worn = 3,
}

/// Silent minutes (0..=60) not yet folded into the baseline in the low six bits, the shield in the
/// high two: a series has one byte left for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Pending(u8);

impl Pending {
    pub(crate) fn shield(self) -> Shield {
        match self.0 >> 6 {
            0 => Shield::Down,
            1 => Shield::Own,
            2 => Shield::Held,
            _ => Shield::Worn,
        }
    }

    pub(crate) fn set_shield(&mut self, shield: Shield) {
        self.0 = (self.0 & 0x3f) | ((shield as u8) << 6);
    }

    pub(crate) fn add_minutes(&mut self, minutes: u8) {
        let sum = (self.0 & 0x3f).saturating_add(minutes).min(60);
        self.0 = (self.0 & 0xc0) | sum;
    }

    /// The minutes, which are none afterwards.
    pub(crate) fn take_minutes(&mut self) -> u8 {
        let minutes = self.0 & 0x3f;
        self.0 &= 0xc0;
        minutes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shield_and_minutes_do_not_disturb_each_other() {
        let mut pending = Pending::default();
        pending.add_minutes(59);
        for shield in [Shield::Worn, Shield::Own, Shield::Held, Shield::Down] {
            pending.set_shield(shield);
            assert_eq!(pending.shield(), shield);
            pending.add_minutes(200);
            assert_eq!(pending.take_minutes(), 60);
            assert_eq!(pending.shield(), shield);
        }
    }
}
