//! How a release runs: what it may use, how many instances of it there may be, and what it is started with.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{EnvName, Invalid};

/// What a deploy says of how its release runs; what is absent is the broker's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Run {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpus: Option<Cpus>,
    /// Processes and threads of one instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pids: Option<u32>,
    /// What an instance may keep in its home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disk: Option<Bytes>,
    /// How many instances are kept warm; for http connectors, which have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_instances: Option<u32>,
    /// How many instances may run at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_instances: Option<u32>,
    /// After how many seconds without a call an instance stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idle_timeout: Option<Seconds>,
    /// Absolute paths on the broker's machine that it may read besides its own files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) readable: Vec<String>,
    /// Placeholders for what the connector insists on at its start and nobody has given yet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) probe_env: BTreeMap<EnvName, String>,
    /// What the names of the headers begin with that carry values to an http connector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) env_header_prefix: Option<HeaderPrefix>,
}

impl Run {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What can be seen to be wrong without looking at anything else.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        const LEAST_MEMORY: u64 = 16 << 20;
        if self.memory.is_some_and(|memory| memory.0 < LEAST_MEMORY) {
            return Err(Invalid("less than 16m of memory starts no connector".into()));
        }
        if self.pids.is_some_and(|pids| pids < 8) {
            return Err(Invalid(
                "fewer than 8 pids start no connector: threads count, too".into(),
            ));
        }
        if self.max_instances == Some(0) {
            return Err(Invalid("max-instances 0 would let nothing start".into()));
        }
        if self.min_instances > self.max_instances.or(self.min_instances) {
            return Err(Invalid("min-instances is larger than max-instances".into()));
        }
        for path in &self.readable {
            if !path.starts_with('/') || path.contains('\0') {
                return Err(Invalid(format!("readable {path:?} is not an absolute path")));
            }
        }
        if self.probe_env.values().any(|value| value.contains('\0')) {
            return Err(Invalid("a placeholder has a NUL byte in it".into()));
        }
        Ok(())
    }
}

/// Whether an image's containers may write to what is in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Root {
    /// Only to /tmp, /var/tmp, /run and the image's own volumes.
    ReadOnly,
    Writable,
}

/// A size in bytes, written as `512m` or `1g` (powers of 1024), or as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(crate) struct Bytes(pub(crate) u64);

impl FromStr for Bytes {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid(format!("{text:?} is not a size: write it as 512m or 1g"));
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit: u64 = match text[number.len()..].to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" | "ki" | "kib" => 1 << 10,
            "m" | "mb" | "mi" | "mib" => 1 << 20,
            "g" | "gb" | "gi" | "gib" => 1 << 30,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let bytes = number
            .checked_mul(unit)
            .filter(|bytes| *bytes > 0 && *bytes <= 1 << 50);
        bytes.map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(30, "g"), (20, "m"), (10, "k")] {
            if self.0 >= 1 << shift && self.0.is_multiple_of(1 << shift) {
                return write!(f, "{}{unit}", self.0 >> shift);
            }
        }
        write!(f, "{}", self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Word::new("a size, such as \"512m\""))
    }
}

/// A share of processors in thousandths, written as `0.5` or `2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cpus(pub(crate) u32);

impl FromStr for Cpus {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid(format!("{text:?} is not a number of CPUs: write it as 0.5 or 2"));
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(part) || part.len() > 3 {
            return Err(wrong());
        }
        let whole: u32 = whole.parse().map_err(|_| wrong())?;
        let part: u32 = format!("{part:0<3}").parse().map_err(|_| wrong())?;
        let thousandths = whole.checked_mul(1000).and_then(|whole| whole.checked_add(part));
        match thousandths {
            Some(thousandths @ 10..=1_024_000) => Ok(Self(thousandths)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for Cpus {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cpus {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Word::new("a number of CPUs, such as \"0.5\""))
    }
}

/// A length of time in whole seconds; people write it as `90s` or `15m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(crate) struct Seconds(pub(crate) u64);

impl FromStr for Seconds {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let read = text.parse().ok().filter(|seconds| *seconds > 0);
        match read {
            Some(seconds) => Ok(Self(seconds)),
            None => super::duration(text)
                .map(|time| Self(time.as_secs()))
                .map_err(Invalid),
        }
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (seconds, unit) in [(86_400, "d"), (3600, "h"), (60, "m")] {
            if self.0 >= seconds && self.0.is_multiple_of(seconds) {
                return write!(f, "{}{unit}", self.0 / seconds);
            }
        }
        write!(f, "{}s", self.0)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Word::new("a length of time, such as \"15m\""))
    }
}

/// What a header's name begins with, up to the value's name: `X-Berth-Env-`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct HeaderPrefix(String);

impl HeaderPrefix {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for HeaderPrefix {
    fn default() -> Self {
        Self("X-Berth-Env-".to_owned())
    }
}

impl FromStr for HeaderPrefix {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        // What it begins with decides whether it could be one of the transport's own headers.
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let own = text.to_ascii_lowercase();
        if !own.starts_with("x-") || own.len() < 4 || own.len() > 64 || !own.bytes().all(plain) {
            return Err(Invalid(format!(
                "{text:?} can't begin the name of a header: write it as X-Berth-Env-"
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for HeaderPrefix {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<HeaderPrefix> for String {
    fn from(prefix: HeaderPrefix) -> Self {
        prefix.0
    }
}

/// Reads a value that people write as a text or as a plain number.
struct Word<T> {
    expected: &'static str,
    value: std::marker::PhantomData<T>,
}

impl<T> Word<T> {
    fn new(expected: &'static str) -> Self {
        Self {
            expected,
            value: std::marker::PhantomData,
        }
    }
}

impl<T: FromStr<Err = Invalid>> de::Visitor<'_> for Word<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        number.to_string().parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        number.to_string().parse().map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        number.to_string().parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_written() {
        let bytes = |text: &str| text.parse::<Bytes>();
        assert_eq!(bytes("512m").unwrap().0, 512 << 20);
        assert_eq!(bytes("1GiB").unwrap().to_string(), "1g");
        assert_eq!(bytes("1000").unwrap().to_string(), "1000");
        let cpus = |text: &str| text.parse::<Cpus>();
        assert_eq!(cpus("0.5").unwrap().0, 500);
        assert_eq!(cpus("2").unwrap().to_string(), "2");
        assert_eq!(cpus("1.25").unwrap().to_string(), "1.25");
        assert_eq!("15m".parse::<Seconds>().unwrap().to_string(), "15m");
        for bad in ["", "0", "-1", "1x", "99999999999999999999"] {
            bytes(bad).unwrap_err();
            cpus(bad).unwrap_err();
            bad.parse::<Seconds>().unwrap_err();
        }
        for bad in ["", "x-", "Authorization", "X-A b", "X-A:"] {
            bad.parse::<HeaderPrefix>().unwrap_err();
        }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let run = Run {
            memory: Some(Bytes(1 << 30)),
            cpus: Some(Cpus(500)),
            idle_timeout: Some(Seconds(90)),
            env_header_prefix: Some(HeaderPrefix::default()),
            ..Run::default()
        };
        let text = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<Run>(&text).unwrap(), run);
        assert_eq!(serde_json::to_string(&Run::default()).unwrap(), "{}");
    }

    #[test]
    fn impossible_limits_are_refused() {
        let check = |json: &str| serde_json::from_str::<Run>(json).unwrap().check();
        check(r#"{"memory":"64m","min-instances":1,"max-instances":1,"readable":["/srv"]}"#).unwrap();
        for bad in [
            r#"{"memory":"1m"}"#,
            r#"{"pids":1}"#,
            r#"{"max-instances":0}"#,
            r#"{"min-instances":3,"max-instances":2}"#,
            r#"{"readable":["srv"]}"#,
        ] {
            check(bad).unwrap_err();
        }
    }
}
