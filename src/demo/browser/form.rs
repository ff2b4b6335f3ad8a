//! Forms and titles of well-formed pages, found by a plain scan for tags.

use reqwest::Method;
use url::form_urlencoded::Serializer;

pub(crate) struct Form {
    pub(crate) method: Method,
    pub(crate) action: String,
    /// Named fields with the values that they come with, in order.
    fields: Vec<Field>,
}

struct Field {
    name: String,
    value: String,
    /// A button's value is sent only when it is the one that is pressed.
    button: bool,
}

impl Form {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// The form's body with `values` typed in; everything else as the page has it.
    pub(crate) fn filled(&self, values: &[(&str, &str)]) -> String {
        let mut body = Serializer::new(String::new());
        for field in self.fields.iter().filter(|field| !field.button) {
            let typed = values.iter().find(|(name, _)| *name == field.name);
            body.append_pair(&field.name, typed.map_or(&field.value, |(_, value)| value));
        }
        for (name, value) in values {
            if self
                .fields
                .iter()
                .any(|field| field.button && field.name == *name)
            {
                body.append_pair(name, value);
            }
        }
        body.finish()
    }
}

/// Every form of a page.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut open = false;
    for tag in tags(html) {
        match tag.name {
            "form" => {
                let post = tag
                    .get("method")
                    .is_some_and(|method| method.eq_ignore_ascii_case("post"));
                forms.push(Form {
                    method: if post { Method::POST } else { Method::GET },
                    action: tag.get("action").unwrap_or_default(),
                    fields: Vec::new(),
                });
                open = true;
            }
            "/form" => open = false,
            "input" | "button" if open => {
                if let (Some(form), Some(name)) = (forms.last_mut(), tag.get("name")) {
                    let value = tag.get("value").unwrap_or_default();
                    let button = tag.name == "button" || tag.get("type").as_deref() == Some("submit");
                    form.fields.push(Field { name, value, button });
                }
            }
            _ => {}
        }
    }
    forms
}

pub(crate) fn title(html: &str) -> String {
    let title = html
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    unescape(title.map_or("", |(title, _)| title.trim()))
}

/// A page's words, without its tags, title and styles.
pub(crate) fn text(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let words = body
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text))
        .flat_map(str::split_whitespace);
    unescape(&words.collect::<Vec<_>>().join(" "))
}

struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
}

impl Tag<'_> {
    /// An attribute's value, quoted either way.
    fn get(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() {
            let end = rest
                .find(|c: char| c == '=' || c.is_whitespace())
                .unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let (value, after) = match after.strip_prefix('=') {
                Some(after) => quoted(after),
                None => ("", after),
            };
            if name == wanted {
                return Some(unescape(value));
            }
            rest = after.trim_start();
        }
        None
    }
}

/// Splits a value, in quotes or up to the next space, from what follows it.
fn quoted(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some((value, after)) = text.strip_prefix(quote).and_then(|inner| inner.split_once(quote)) {
            return (value, after);
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// Every tag. A `>` inside of an attribute would end one early; pages that escape their values have none.
fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    html.split('<').skip(1).filter_map(|piece| {
        let (inside, _) = piece.split_once('>')?;
        let inside = inside.trim_end_matches('/');
        let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
        Some(Tag { name, attributes })
    })
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_found_and_filled() {
        let html = r#"<title>A &amp; B</title><input name="outside"><form method="post" action="/x?a=1&amp;b=2">
            <input type="hidden" name="csrf" value="&quot;t&quot;"><input name=user required>
            <button name="decision" value="allow">Yes</button><button name='decision' value='deny'>No</button></form>"#;
        let forms = forms(html);
        assert_eq!((forms.len(), title(html).as_str()), (1, "A & B"));
        let form = &forms[0];
        assert_eq!(
            (&form.method, form.action.as_str()),
            (&Method::POST, "/x?a=1&b=2")
        );
        assert!(form.has("csrf") && !form.has("outside"));
        assert_eq!(form.filled(&[("user", "al ice")]), "csrf=%22t%22&user=al+ice");
        let allowed = form.filled(&[("user", "a"), ("decision", "allow")]);
        assert_eq!(allowed, "csrf=%22t%22&user=a&decision=allow");
    }
}
