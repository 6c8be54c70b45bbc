use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The lower-case slug that names a service: `whatsapp`, `t-mobile-us`.
///
/// 1..=64 characters: letters of any script in lower case, digits and inner hyphens. Catalogued
/// services use ASCII; an ad-hoc service may be written in the script its users write.
/// Cloning is cheap (the text is shared).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ServiceId(Arc<str>);

/// The text is no service slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a service id (lower-case letters, digits and inner hyphens): {0:?}")]
pub struct InvalidServiceId(pub String);

impl ServiceId {
    const MAX_CHARS: usize = 64;

    /// Takes a slug as it is.
    ///
    /// # Errors
    /// [`InvalidServiceId`] when `text` is empty, too long or holds other characters.
    pub fn parse(text: &str) -> Result<Self, InvalidServiceId> {
        let well_formed = (1..=Self::MAX_CHARS).contains(&text.chars().count())
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text
                .chars()
                .all(|c| c == '-' || (c.is_alphanumeric() && !c.is_uppercase()));
        if well_formed {
            Ok(ServiceId(text.into()))
        } else {
            Err(InvalidServiceId(
                text.chars().take(Self::MAX_CHARS).collect(),
            ))
        }
    }

    /// Makes a slug of any name: lower case, runs of other characters become one hyphen.
    /// `None` when nothing of the name is left.
    ///
    /// ```
    /// use buio_types::ServiceId;
    /// assert_eq!(ServiceId::slug("@ChipotleTweets").unwrap().as_str(), "chipotletweets");
    /// assert_eq!(ServiceId::slug("Česká spořitelna").unwrap().as_str(), "česká-spořitelna");
    /// assert_eq!(ServiceId::slug("!!"), None);
    /// ```
    #[must_use]
    pub fn slug(name: &str) -> Option<Self> {
        let mut slug = String::new();
        let mut n_chars = 0;
        for c in name.chars().flat_map(char::to_lowercase) {
            if n_chars == Self::MAX_CHARS {
                break;
            }
            if c.is_alphanumeric() && !c.is_uppercase() {
                slug.push(c);
                n_chars += 1;
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
                n_chars += 1;
            }
        }
        ServiceId::parse(slug.trim_end_matches('-')).ok()
    }

    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ServiceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ServiceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        ServiceId::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// An ISO 3166-1 alpha-2 shaped code: two capital ASCII letters. Whether the country exists is
/// the catalogue's question.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 2]);

/// The text is not two ASCII letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a two-letter country code: {0:?}")]
pub struct InvalidCountryCode(pub String);

impl CountryCode {
    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl FromStr for CountryCode {
    type Err = InvalidCountryCode;

    /// Takes two ASCII letters in either case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => Ok(CountryCode([
                a.to_ascii_uppercase(),
                b.to_ascii_uppercase(),
            ])),
            _ => Err(InvalidCountryCode(text.chars().take(8).collect())),
        }
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for CountryCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CountryCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A calibrated probability, 0..=1.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Likelihood(f32);

/// The number is not in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("not a likelihood between 0 and 1: {0}")]
pub struct NotALikelihood(pub f32);

impl Likelihood {
    /// Impossible.
    pub const ZERO: Likelihood = Likelihood(0.0);
    /// Certain.
    pub const ONE: Likelihood = Likelihood(1.0);

    /// The logistic function of `log_odds` (natural logarithm); not-a-number gives 0.
    #[must_use]
    pub fn from_log_odds(log_odds: f32) -> Self {
        let p = 1.0 / (1.0 + (-log_odds).exp());
        Likelihood(if p.is_finite() { p } else { 0.0 })
    }

    /// The probability.
    #[must_use]
    pub const fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f32> for Likelihood {
    type Error = NotALikelihood;

    fn try_from(p: f32) -> Result<Self, Self::Error> {
        if (0.0..=1.0).contains(&p) {
            Ok(Likelihood(p))
        } else {
            Err(NotALikelihood(p))
        }
    }
}

impl Serialize for Likelihood {
    /// Text formats get three decimals: more would claim a precision that calibration lacks.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_f64((f64::from(self.0) * 1000.0).round() / 1000.0)
        } else {
            serializer.serialize_f32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Likelihood {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f32::deserialize(deserializer)
            .and_then(|p| Likelihood::try_from(p).map_err(serde::de::Error::custom))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slug_is_a_service_id() {
        for name in [
            "X (Twitter)",
            "--",
            "ÇaVa!",
            "İstanbul Bank",
            "a".repeat(500).as_str(),
            "中国移动",
        ] {
            if let Some(id) = ServiceId::slug(name) {
                assert_eq!(ServiceId::parse(id.as_str()), Ok(id.clone()), "{name}");
            }
        }
    }

    #[test]
    fn codes_are_two_letters_in_capitals() {
        assert_eq!("it".parse::<CountryCode>().unwrap().as_str(), "IT");
        assert!("ITA".parse::<CountryCode>().is_err());
        assert!("Ö1".parse::<CountryCode>().is_err());
    }

    #[test]
    fn likelihoods_stay_between_zero_and_one() {
        for x in [
            f32::NEG_INFINITY,
            -200.0,
            0.0,
            200.0,
            f32::INFINITY,
            f32::NAN,
        ] {
            assert!((0.0..=1.0).contains(&Likelihood::from_log_odds(x).get()));
        }
        assert!(Likelihood::try_from(f32::NAN).is_err());
        assert!(Likelihood::try_from(1.1).is_err());
    }
}
