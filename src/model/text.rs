//! Values that are written as they are typed.

/// Has each type, which parses and shows itself, serialise as that text.
macro_rules! as_text {
    ($($type:ident),*) => { $(
        impl TryFrom<String> for $type {
            type Error = $crate::model::Invalid;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    )* };
}
pub(super) use as_text;
