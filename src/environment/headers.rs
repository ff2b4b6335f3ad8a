//! Values as headers, for http connectors: one process serves everybody, and its environment can't hold each user's.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Own;
use crate::{
    model::{EnvName, HeaderPrefix, unfit_for_header},
    secret::Secret,
    store::Values,
};

/// All values of a request together, with their headers' names, in bytes: servers take 8 to 16 KiB for all the headers.
const LARGEST: usize = 6 << 10;

/// The headers that carry `values` and what a user gave, marked sensitive. What can't stand in a header is left out:
/// [`unfit`] tells what that is.
pub(crate) fn into_headers(prefix: &HeaderPrefix, values: &Values, own: &Own) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut room = LARGEST;
    // A user's first: these have no other way.
    for (name, text) in own.values().chain(shared(values)) {
        let header = format!("{}{name}", prefix.as_str());
        let Some(left) = room.checked_sub(header.len() + text.expose().len()) else {
            continue;
        };
        if unfit_for_header(text.expose()).is_some() {
            continue;
        }
        let (Ok(header), Ok(mut value)) =
            (header.parse::<HeaderName>(), HeaderValue::from_str(text.expose()))
        else {
            continue;
        };
        value.set_sensitive(true);
        headers.insert(header, value);
        room = left;
    }
    headers
}

/// Whether a user's values, by name, are not too much for the headers of one request.
pub(super) fn fit<'a>(prefix: &HeaderPrefix, own: impl Iterator<Item = (&'a EnvName, &'a str)>) -> bool {
    let sizes = own.map(|(name, text)| prefix.as_str().len() + name.as_str().len() + text.len());
    sizes.sum::<usize>() <= LARGEST
}

/// Why one of the values that are for everybody is in no header; `None` when it is. To be read behind "it".
pub(crate) fn unfit(prefix: &HeaderPrefix, values: &Values, name: &EnvName) -> Option<&'static str> {
    let text = values.get(name)?.shared()?;
    if let Some(why) = unfit_for_header(text.expose()) {
        return Some(why);
    }
    let headers = into_headers(prefix, values, &Own::default());
    let header = format!("{}{name}", prefix.as_str());
    (!headers.contains_key(&header)).then_some("does not fit beside the others: 6 KiB is the most for all")
}

fn shared(values: &Values) -> impl Iterator<Item = (&EnvName, &Secret<String>)> {
    let values = values.iter();
    values.filter_map(|(name, value)| Some((name, value.shared()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Value;

    #[test]
    fn what_fits_is_there_and_the_rest_is_told() {
        let text = |text: &str| Secret::new(text.to_owned());
        let values: Values = [
            ("REGION", Value::Plain(text("eu"))),
            ("KEY", Value::Secret(text("canary"))),
            ("PEM", Value::Secret(text("a\nb"))),
            ("MINE", Value::PerUser(text("your key"))),
            ("X1", Value::Plain(text(&"x".repeat(4000)))),
            ("X2", Value::Plain(text(&"x".repeat(4000)))),
        ]
        .map(|(name, value)| (name.parse().unwrap(), value))
        .into();
        let prefix = HeaderPrefix::default();
        let headers = into_headers(&prefix, &values, &Own::default());
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["x-berth-env-key", "x-berth-env-region", "x-berth-env-x1"]);
        assert!(headers.values().all(HeaderValue::is_sensitive));
        let why = |name: &str| unfit(&prefix, &values, &name.parse().unwrap());
        assert_eq!((why("KEY"), why("X1"), why("MINE")), (None, None, None));
        assert_eq!(why("PEM"), Some("has more than one line"));
        assert!(why("X2").unwrap().starts_with("does not fit"));
    }
}
