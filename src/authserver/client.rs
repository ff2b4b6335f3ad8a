//! Which client asks.

use super::{Inner, Refusal, redirect};
use crate::store::ClientRecord;

impl Inner {
    /// The client called `id`: one that registered itself, or one whose metadata document is at that address.
    pub(super) async fn client(&self, id: &str) -> Result<ClientRecord, Refusal> {
        if is_document(id) {
            return self.documents.client(id).await.map_err(|error| {
                // Which addresses there are behind a name is not for whoever chose the name.
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "a client's document was refused"
                );
                Refusal::Page(error.to_string())
            });
        }
        let client = self.store.client(id).await.map_err(Refusal::Store)?;
        client.ok_or_else(|| {
            Refusal::Page(
                "berth does not know this client: it may have registered long ago and not been used since, or its access was taken back. Remove its saved sign-in and connect it again".to_owned(),
            )
        })
    }
}

/// Whether a client's id is the address of its metadata document.
pub(super) fn is_document(id: &str) -> bool {
    id.starts_with("https://") || id.starts_with("http://")
}

/// The client's own redirect URI that `asked` stands for. One that says nothing means the one that it has.
pub(super) fn redirect_uri(client: &ClientRecord, asked: Option<&str>) -> Result<String, Refusal> {
    let known = &client.metadata.redirect_uris;
    let Some(asked) = asked else {
        return match known.as_slice() {
            [only] => Ok(only.clone()),
            _ => Err(Refusal::Page(
                "it does not say where the answer goes (redirect_uri)".to_owned(),
            )),
        };
    };
    if known.iter().any(|known| redirect::matches(known, asked)) {
        return Ok(asked.to_owned());
    }
    Err(Refusal::Page(
        "the answer would go to an address that this client has not registered (redirect_uri)".to_owned(),
    ))
}
