/// The bars that an incident's life is measured against. Each has two ways to be wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Distinct authors needed to confirm. Fewer → one angry household; more → small outages are
    /// never confirmed.
    pub confirm_authors: usize,
    /// Distinct texts needed to confirm. Fewer → a pasted text confirms; more → terse languages
    /// ("down?") are missed.
    pub confirm_texts: usize,
    /// Minutes over which words of failure and of recovery are compared. Shorter → flaps on a
    /// few posts; longer → recovery is told late.
    pub vote_window: u32,
    /// Distinct authors who must say that it works again. Fewer → one household ends a national
    /// outage; more → small incidents never recover in words.
    pub recovery_voices: u32,
    /// The same for an incident with fewer than [`Rules::small_authors`] authors.
    pub recovery_voices_small: u32,
    /// What counts as a small incident.
    pub small_authors: usize,
    /// Minutes that recovery must hold before the incident is resolved. Shorter → resolved
    /// between two waves; longer → the all-clear comes late.
    pub recovery_hold: u32,
    /// Share of the fullest half hour below which those who still fail no longer keep a
    /// recovering incident open.
    pub residue_share: f64,
    /// Minutes of covered calm after which an incident has faded (6 hours).
    pub fade_after: u32,
    /// Minutes without coverage after which an incident has expired (72 hours).
    pub expire_after: u32,
    /// Minutes after the end within which a relapse reopens the same incident.
    pub reopen_within: u32,
    /// Least minutes between two `updated` steps without a change of scope or cause.
    pub update_every: u32,
    /// A country is listed with at least this many located authors …
    pub country_authors: u64,
    /// … and at least this share of the located reports.
    pub country_share: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            confirm_authors: 5,
            confirm_texts: 3,
            vote_window: 15,
            recovery_voices: 3,
            recovery_voices_small: 2,
            small_authors: 30,
            recovery_hold: 20,
            residue_share: 0.15,
            fade_after: 6 * 60,
            expire_after: 72 * 60,
            reopen_within: 60,
            update_every: 10,
            country_authors: 3,
            country_share: 0.05,
        }
    }
}
