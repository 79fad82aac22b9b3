//! `tokenizer.json` read in one sweep: the long lists go to tables as they come, the rest becomes a JSON value.
//! The visitors share their state, which is why they stand in one file.

use std::cell::RefCell;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use crate::json::{Load, LoadError, Node};
use crate::source::{ID_LIMIT, Lists, Merge, Source, Vocabulary};
use crate::token_table::{TokenList, TokenTable};

/// Reads the file.
pub fn read(json: &str) -> Load<Source> {
    let draft = RefCell::new(Draft::default());
    let mut reader = serde_json::Deserializer::from_str(json);
    let place = Place {
        draft: &draft,
        spot: Spot::Root,
    };
    let settings = place
        .deserialize(&mut reader)
        .and_then(|settings| reader.end().map(|()| settings));
    let draft = draft.into_inner();
    if let Some(error) = draft.error {
        return Err(error);
    }
    let settings = settings.map_err(|error| LoadError {
        path: String::new(),
        message: format!("Expected the file to be JSON: found {error}"),
    })?;
    let prefix = settings["model"]["continuing_subword_prefix"].as_str();
    let vocabulary = match draft.vocabulary {
        Some((list, scores)) => Vocabulary::new(list, scores),
        None => Vocabulary::Missing,
    };
    let merges = match &vocabulary {
        Vocabulary::Ids(tokens) => resolve(&draft.merges, tokens, prefix.map_or(0, str::len))?,
        _ => Vec::new(),
    };
    Ok(Source {
        settings,
        lists: Lists {
            vocabulary,
            merges,
            prepared: None,
        },
    })
}

/// What has been read so far.
#[derive(Default)]
struct Draft {
    vocabulary: Option<(TokenList, Option<Vec<f64>>)>,
    merges: MergeList,
    /// What is wrong with a list; stops the reading.
    error: Option<LoadError>,
}

/// Left and right texts of the merges, end to end.
#[derive(Default)]
struct MergeList {
    text: String,
    /// Two for each merge.
    ends: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    Root,
    Model,
    Vocabulary,
    Merges,
    Elsewhere,
}

/// A value of the file, and what it is for.
#[derive(Clone, Copy)]
struct Place<'d> {
    draft: &'d RefCell<Draft>,
    spot: Spot,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        match self.spot {
            Spot::Elsewhere => Value::deserialize(reader),
            _ => reader.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        if self.spot == Spot::Vocabulary {
            let list = self.read_ids(map)?;
            self.draft.borrow_mut().vocabulary = Some((list, None));
            return Ok(Value::Object(Map::new()));
        }
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let spot = match (self.spot, key.as_str()) {
                (Spot::Root, "model") => Spot::Model,
                (Spot::Model, "vocab") => Spot::Vocabulary,
                (Spot::Model, "merges") => Spot::Merges,
                _ => Spot::Elsewhere,
            };
            let value = map.next_value_seed(Self { spot, ..self })?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        match self.spot {
            Spot::Vocabulary => {
                let list = self.read_scores(seq)?;
                self.draft.borrow_mut().vocabulary = Some(list);
            }
            Spot::Merges => {
                let list = self.read_merges(seq)?;
                self.draft.borrow_mut().merges = list;
            }
            _ => {
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
            }
        }
        Ok(Value::Array(items))
    }
}

impl Place<'_> {
    /// Keeps what is wrong, and gives an error that stops the reading.
    fn stop<E: Error>(&self, path: String, found: &Value, expected: &str) -> E {
        let node = Node { value: found, path };
        self.draft.borrow_mut().error = Some(node.error(expected));
        E::custom("a list that is broken")
    }

    fn read_ids<'de, A: MapAccess<'de>>(&self, mut map: A) -> Result<TokenList, A::Error> {
        let mut list = TokenList::default();
        while map.next_key_seed(Text(&mut list.bytes))?.is_some() {
            let value: Value = map.next_value()?;
            let id = value.as_u64().filter(|&id| id < u64::from(ID_LIMIT));
            let Some(id) = id else {
                let token = list.bytes.split_off(list.end());
                let path = format!("model.vocab[\"{}\"]", String::from_utf8_lossy(&token));
                return Err(self.stop(path, &value, &format!("an id below {ID_LIMIT}")));
            };
            list.close(id as u32);
        }
        Ok(list)
    }

    fn read_scores<'de, A: SeqAccess<'de>>(
        &self,
        mut seq: A,
    ) -> Result<(TokenList, Option<Vec<f64>>), A::Error> {
        let (mut list, mut scores) = (TokenList::default(), Vec::new());
        while let Some(found) = seq.next_element_seed(Pair::Scored(&mut list.bytes))? {
            match found.map(|score| score.filter(|score| score.is_finite())) {
                Ok(Some(score)) => {
                    list.close(scores.len() as u32);
                    scores.push(score);
                }
                bad => {
                    let path = format!("model.vocab[{}]", scores.len());
                    let value = bad.err().unwrap_or_else(|| array(2));
                    return Err(self.stop(path, &value, "[token, score]"));
                }
            }
        }
        Ok((list, Some(scores)))
    }

    fn read_merges<'de, A: SeqAccess<'de>>(&self, mut seq: A) -> Result<MergeList, A::Error> {
        let mut bytes = Vec::new();
        let mut ends = Vec::new();
        while let Some(found) = seq.next_element_seed(Pair::Merged(&mut bytes, &mut ends))? {
            if let Err(value) = found {
                let path = format!("model.merges[{}]", ends.len() / 2);
                return Err(self.stop(path, &value, "\"left right\" or [left, right]"));
            }
        }
        let text = String::from_utf8(bytes).map_err(A::Error::custom)?;
        Ok(MergeList { text, ends })
    }
}

/// An array of which only the length is shown.
fn array(length: usize) -> Value {
    Value::Array(vec![Value::Null; length])
}

/// An element of a list: two values of which the first is a text. Gives the number that the second may be; or, instead, what
/// is shown of an element that is none of this.
enum Pair<'b> {
    /// `[token, score]`; the token is appended.
    Scored(&'b mut Vec<u8>),
    /// `[left, right]` or `"left right"`; both are appended, and their ends.
    Merged(&'b mut Vec<u8>, &'b mut Vec<u32>),
}

type PairResult = Result<Option<f64>, Value>;

impl<'de> DeserializeSeed<'de> for Pair<'_> {
    type Value = PairResult;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<PairResult, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pair<'_> {
    type Value = PairResult;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pair")
    }

    fn visit_str<E>(self, text: &str) -> Result<PairResult, E> {
        let cut = text
            .split_once(' ')
            .filter(|(_, right)| !right.contains(' '));
        let (Self::Merged(bytes, ends), Some((left, right))) = (self, cut) else {
            return Ok(Err(text.into()));
        };
        for part in [left, right] {
            bytes.extend_from_slice(part.as_bytes());
            ends.push(bytes.len() as u32);
        }
        Ok(Ok(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PairResult, A::Error> {
        let (bytes, ends) = match self {
            Self::Scored(bytes) => (bytes, None),
            Self::Merged(bytes, ends) => (bytes, Some(ends)),
        };
        let mut count = 0;
        let mut is_text = seq.next_element_seed(Text(bytes))?.inspect(|_| count += 1) == Some(true);
        let middle = bytes.len() as u32;
        let mut number = None;
        let second = match &ends {
            None => seq.next_element::<Value>()?.map(|value| {
                number = value.as_f64();
                number.is_some()
            }),
            Some(_) => seq.next_element_seed(Text(bytes))?,
        };
        is_text &= second.inspect(|_| count += 1) == Some(true);
        while seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        if !is_text || count != 2 {
            return Ok(Err(array(count)));
        }
        if let Some(ends) = ends {
            ends.extend([middle, bytes.len() as u32]);
        }
        Ok(Ok(number))
    }

    fn visit_unit<E>(self) -> Result<PairResult, E> {
        Ok(Err(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<PairResult, E> {
        Ok(Err(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<PairResult, E> {
        Ok(Err(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<PairResult, E> {
        Ok(Err(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<PairResult, E> {
        Ok(Err(value.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PairResult, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Err(Value::Object(Map::new())))
    }
}

/// A string whose bytes are appended; gives whether it was one.
struct Text<'b>(&'b mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        self.0.extend_from_slice(text.as_bytes());
        Ok(true)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(false)
    }
}

/// Looks the merges up. What two tokens give is the left one and the right one without its first `prefix` bytes.
fn resolve(list: &MergeList, tokens: &TokenTable, prefix: usize) -> Load<Vec<Merge>> {
    let mut merges = Vec::with_capacity(list.ends.len() / 2);
    let mut joined = String::new();
    let mut start = 0;
    for (rank, ends) in list.ends.as_chunks::<2>().0.iter().enumerate() {
        let (middle, end) = (ends[0] as usize, ends[1] as usize);
        let (left, right) = (&list.text[start..middle], &list.text[middle..end]);
        let fail = |expected: &str| {
            let value = array(2);
            let path = format!("model.merges[{rank}]");
            Node {
                value: &value,
                path,
            }
            .error(expected)
        };
        let whole = if prefix == 0 {
            &list.text[start..end]
        } else {
            let rest = right.get(prefix..);
            joined.clear();
            joined.push_str(left);
            joined.push_str(
                rest.ok_or_else(|| fail("a right token that is no shorter than the prefix"))?,
            );
            &joined
        };
        start = end;
        let id = |text: &str| tokens.get(text.as_bytes());
        let (Some(left), Some(right), Some(result)) = (id(left), id(right), id(whole)) else {
            return Err(fail(
                "two tokens of the vocabulary whose joint is in it too",
            ));
        };
        merges.push(Merge {
            left,
            right,
            result,
        });
    }
    Ok(merges)
}
