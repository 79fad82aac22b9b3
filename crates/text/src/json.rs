//! A JSON value that knows its path, so that every complaint can name it.

use serde_json::{Map, Value};

/// Why a `tokenizer.json` was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// JSON path of the value at fault, such as `normalizer.normalizers[1].type`; empty for the file itself.
    pub path: String,
    /// What was expected, a colon, what was found.
    pub message: String,
}

/// Result of everything that loads.
pub type Load<T> = Result<T, LoadError>;

/// A value and where it lies.
#[derive(Clone)]
pub struct Node<'a> {
    /// The value.
    pub value: &'a Value,
    /// Its JSON path.
    pub path: String,
}

impl<'a> Node<'a> {
    /// The root of a document.
    pub fn root(value: &'a Value) -> Self {
        Self {
            value,
            path: String::new(),
        }
    }

    /// An error about this value: `expected` is a phrase such as "a string".
    pub fn error(&self, expected: &str) -> LoadError {
        let message = format!(
            "Expected `{}` to be {expected}: found {}",
            self.path,
            brief(self.value)
        );
        LoadError {
            path: self.path.clone(),
            message,
        }
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self {
            value,
            path: format!("{}{dot}{key}", self.path),
        }
    }

    /// The members of an object.
    pub fn object(&self) -> Load<&'a Map<String, Value>> {
        self.value
            .as_object()
            .ok_or_else(|| self.error("an object"))
    }

    /// A member that is there and not null.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key)?;
        (!value.is_null()).then(|| self.child(key, value))
    }

    /// A member that must be there.
    pub fn need(&self, key: &str) -> Load<Node<'a>> {
        self.get(key).ok_or_else(|| {
            let missing = self.child(key, &Value::Null);
            LoadError {
                message: format!("Expected `{}` to be there: found nothing", missing.path),
                path: missing.path,
            }
        })
    }

    /// The elements of an array.
    pub fn items(&self) -> Load<Vec<Node<'a>>> {
        let array = self
            .value
            .as_array()
            .ok_or_else(|| self.error("an array"))?;
        let element = |(index, value)| Node {
            value,
            path: format!("{}[{index}]", self.path),
        };
        Ok(array.iter().enumerate().map(element).collect())
    }

    /// An element of an array, whatever it is.
    pub fn element(&self, index: usize) -> Node<'a> {
        Node {
            value: self.value.get(index).unwrap_or(&Value::Null),
            path: format!("{}[{index}]", self.path),
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Load<&'a str> {
        self.value.as_str().ok_or_else(|| self.error("a string"))
    }

    /// A string of exactly one character.
    pub fn char(&self) -> Load<char> {
        let mut chars = self.text()?.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(c),
            _ => Err(self.error("one character")),
        }
    }

    /// A whole number of 32 bits.
    pub fn number(&self) -> Load<u32> {
        let found = self.value.as_u64().and_then(|n| u32::try_from(n).ok());
        found.ok_or_else(|| self.error("a whole number below 4294967296"))
    }

    /// A member that is a truth value; `default` if it is missing.
    pub fn flag(&self, key: &str, default: bool) -> Load<bool> {
        self.get(key).map_or(Ok(default), |node| {
            node.value
                .as_bool()
                .ok_or_else(|| node.error("true or false"))
        })
    }

    /// Refuses members that nothing here reads, because to skip them would be to tokenize otherwise without a word.
    pub fn only(&self, known: &[&str]) -> Load<()> {
        match self
            .object()?
            .iter()
            .find(|(key, _)| !known.contains(&key.as_str()))
        {
            None => Ok(()),
            Some((key, value)) => {
                let path = self.child(key, value).path;
                let message = format!("Expected one of {} here: found `{path}`", known.join(", "));
                Err(LoadError { path, message })
            }
        }
    }

    /// The `type` of a component.
    pub fn kind(&self) -> Load<&'a str> {
        self.need("type")?.text()
    }

    /// The error for a component of a type that is not supported.
    pub fn unsupported(&self, supported: &[&str]) -> LoadError {
        match self.need("type") {
            Ok(kind) => kind.error(&format!("one of {}", supported.join(", "))),
            Err(error) => error,
        }
    }
}

/// What is shown of a value that was not expected.
fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", text.chars().take(120).collect::<String>()),
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    }
}
