//! Stage 1: what happens to the text between added tokens before it is cut.

use crate::aligned::{Aligned, Rewriter};
use crate::growth::check_growth;
use crate::json::{Load, Node};
use crate::legacy::{is_accent, is_bert_control, is_bert_mark, lower};
use crate::pre_tokenizer::spell_bytes;
use crate::precompiled::Precompiled;
use crate::replace::Replace;
use crate::unicode::Classes;
use crate::unicode_normal::Form;

const SUPPORTED: [&str; 14] = [
    "BertNormalizer",
    "ByteLevel",
    "Lowercase",
    "NFC",
    "NFD",
    "NFKC",
    "NFKD",
    "Nmt",
    "Precompiled",
    "Prepend",
    "Replace",
    "Sequence",
    "Strip",
    "StripAccents",
];

/// One step.
#[derive(Debug, Clone)]
enum Step {
    /// Drops control characters; white space becomes spaces.
    BertClean(Box<AsciiMap>),
    /// Spaces around Chinese characters.
    BertChinese,
    /// Drops accents, after decomposition.
    BertMarks,
    Bytes,
    Form(Form),
    Lowercase(Box<AsciiMap>),
    Nmt(Box<AsciiMap>),
    Precompiled(Precompiled),
    Prepend(String),
    Replace(Replace),
    Strip {
        left: bool,
        right: bool,
    },
    StripAccents,
}

/// All steps, in order.
#[derive(Debug, Clone, Default)]
pub struct Normalizer {
    steps: Vec<Step>,
}

impl Normalizer {
    /// Reads `normalizer`.
    pub fn load(node: Option<Node<'_>>) -> Load<Self> {
        let mut steps = Vec::new();
        if let Some(node) = node {
            read(&node, &mut steps)?;
            check_growth(&node, steps.iter().map(Step::growth))?;
        }
        Ok(Self { steps })
    }

    /// Applies the steps to one stretch of text.
    pub fn apply<'a>(&self, text: Aligned<'a>) -> Aligned<'a> {
        self.steps.iter().fold(text, |text, step| step.apply(text))
    }
}

impl Step {
    /// How many times as long a text can become, in bytes.
    fn growth(&self) -> f64 {
        match self {
            Self::BertClean(_) | Self::Nmt(_) | Self::Strip { .. } | Self::StripAccents => 1.0,
            Self::BertChinese | Self::Bytes | Self::Lowercase(_) => 2.0,
            // The longest in Unicode: U+0390 and others, U+FDFA.
            Self::BertMarks | Self::Form(Form::Nfc | Form::Nfd) => 3.0,
            Self::Form(Form::Nfkc | Form::Nfkd) => 11.0,
            Self::Precompiled(table) => table.longest() as f64,
            Self::Prepend(prefix) => 1.0 + prefix.len() as f64,
            Self::Replace(replace) => replace.growth(),
        }
    }

    fn apply<'a>(&self, text: Aligned<'a>) -> Aligned<'a> {
        match self {
            Self::BertClean(ascii) => map_chars(text, ascii, clean),
            Self::BertChinese => map_chars(text, &IDENTITY, |c, out| match is_chinese(c) {
                true => out.extend([' ', c, ' ']),
                false => out.push(c),
            }),
            Self::BertMarks => drop_chars(Form::Nfd.apply(text), is_bert_mark),
            Self::Bytes => spell_bytes(&text),
            Self::Form(form) => form.apply(text),
            Self::Lowercase(ascii) => map_chars(text, ascii, |c, out| out.extend(lower(c))),
            Self::Nmt(ascii) => map_chars(text, ascii, nmt),
            Self::Precompiled(table) => table.apply(text),
            Self::Prepend(prefix) => prepend(text, prefix),
            Self::Replace(replace) => replace.rewrite(text),
            Self::Strip { left, right } => strip(text, *left, *right),
            Self::StripAccents => drop_chars(text, is_accent),
        }
    }
}

fn lowercase_step() -> Step {
    Step::Lowercase(Box::new(ascii_map(|c, out| out.extend(lower(c)))))
}

fn read(node: &Node<'_>, steps: &mut Vec<Step>) -> Load<()> {
    let mut simple = |step: Step| {
        steps.push(step);
        node.only(&["type"])
    };
    match node.kind()? {
        "BertNormalizer" => {
            node.only(&[
                "type",
                "clean_text",
                "handle_chinese_chars",
                "strip_accents",
                "lowercase",
            ])?;
            let lowercase = node.flag("lowercase", true)?;
            let wanted = [
                (
                    node.flag("clean_text", true)?,
                    Step::BertClean(Box::new(ascii_map(clean))),
                ),
                (node.flag("handle_chinese_chars", true)?, Step::BertChinese),
                (node.flag("strip_accents", lowercase)?, Step::BertMarks),
                (lowercase, lowercase_step()),
            ];
            steps.extend(
                wanted
                    .into_iter()
                    .filter(|(on, _)| *on)
                    .map(|(_, step)| step),
            );
            Ok(())
        }
        "ByteLevel" => simple(Step::Bytes),
        "Lowercase" => simple(lowercase_step()),
        "NFC" => simple(Step::Form(Form::Nfc)),
        "NFD" => simple(Step::Form(Form::Nfd)),
        "NFKC" => simple(Step::Form(Form::Nfkc)),
        "NFKD" => simple(Step::Form(Form::Nfkd)),
        "Nmt" => simple(Step::Nmt(Box::new(ascii_map(nmt)))),
        "StripAccents" => simple(Step::StripAccents),
        "Precompiled" => {
            node.only(&["type", "precompiled_charsmap"])?;
            let table = Precompiled::load(&node.need("precompiled_charsmap")?)?;
            steps.push(Step::Precompiled(table));
            Ok(())
        }
        "Prepend" => {
            node.only(&["type", "prepend"])?;
            steps.push(Step::Prepend(node.need("prepend")?.text()?.to_owned()));
            Ok(())
        }
        "Replace" => {
            steps.push(Step::Replace(Replace::load(node)?));
            Ok(())
        }
        "Sequence" => {
            node.only(&["type", "normalizers"])?;
            for item in node.need("normalizers")?.items()? {
                read(&item, steps)?;
            }
            Ok(())
        }
        "Strip" => {
            node.only(&["type", "strip_left", "strip_right"])?;
            steps.push(Step::Strip {
                left: node.flag("strip_left", true)?,
                right: node.flag("strip_right", true)?,
            });
            Ok(())
        }
        _ => Err(node.unsupported(&SUPPORTED)),
    }
}

/// Puts `prefix` in front of a text that is not empty; it counts as part of the first character.
pub fn prepend<'a>(text: Aligned<'a>, prefix: &str) -> Aligned<'a> {
    let Some(first) = text.text.chars().next() else {
        return text;
    };
    let mut out = Rewriter::new(&text);
    out.put(prefix, 0..first.len_utf8());
    out.keep(0..text.text.len());
    out.finish()
}

/// What the character map of a step makes of each byte of ASCII; [`DROPPED`] for what goes.
type AsciiMap = [u8; 128];

const DROPPED: u8 = 0xff;
/// A map that leaves ASCII alone.
const IDENTITY: AsciiMap = {
    let mut map = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        map[byte] = byte as u8;
        byte += 1;
    }
    map
};

/// Writes what `spell` makes of each character. `ascii` says the same of ASCII.
fn map_chars<'a>(
    text: Aligned<'a>,
    ascii: &AsciiMap,
    spell: impl Fn(char, &mut String),
) -> Aligned<'a> {
    let bytes = text.text.as_bytes();
    let mut out = Rewriter::new(&text);
    let (mut done, mut at) = (0, 0);
    let mut spelled = String::new();
    loop {
        let rest = bytes[at..].iter();
        let same = rest.take_while(|&&byte| byte < 128 && ascii[usize::from(byte)] == byte);
        at += same.count();
        let Some(&byte) = bytes.get(at) else { break };
        if byte < 128 {
            let mapped = ascii[usize::from(byte)];
            out.keep(done..at);
            if mapped != DROPPED {
                let mut buffer = [0; 4];
                out.put(char::from(mapped).encode_utf8(&mut buffer), at..at + 1);
            }
            at += 1;
            done = at;
            continue;
        }
        let Some(c) = text.text[at..].chars().next() else {
            break;
        };
        spelled.clear();
        spell(c, &mut spelled);
        let end = at + c.len_utf8();
        if spelled != text.text[at..end] {
            out.keep(done..at);
            out.put(&spelled, at..end);
            done = end;
        }
        at = end;
    }
    if done == 0 {
        return text;
    }
    out.keep(done..text.text.len());
    out.finish()
}

/// The map of ASCII that `spell` makes, which must give one character of ASCII for each, or nothing.
fn ascii_map(spell: impl Fn(char, &mut String)) -> AsciiMap {
    std::array::from_fn(|byte| {
        let mut spelled = String::new();
        spell(char::from(byte as u8), &mut spelled);
        spelled.bytes().next().unwrap_or(DROPPED)
    })
}

/// The map of `BertClean`.
fn clean(c: char, out: &mut String) {
    if !is_bert_control(c) {
        let space = Classes::get().is_space(c);
        out.push(if space { ' ' } else { c });
    }
}

fn drop_chars<'a>(text: Aligned<'a>, bad: impl Fn(char) -> bool) -> Aligned<'a> {
    map_chars(text, &IDENTITY, |c, out| {
        if !bad(c) {
            out.push(c);
        }
    })
}

fn strip(text: Aligned<'_>, left: bool, right: bool) -> Aligned<'_> {
    let is_space = |c| Classes::get().is_space(c);
    let mut range = 0..text.text.len();
    if right {
        range.end = text.text.trim_end_matches(is_space).len();
    }
    if left {
        let rest = text.text[..range.end].trim_start_matches(is_space);
        range.start = range.end - rest.len();
    }
    text.cut(range)
}

/// The blocks that BERT counts as Chinese.
fn is_chinese(c: char) -> bool {
    matches!(c as u32,
        0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x20000..=0x2a6df | 0x2a700..=0x2b73f | 0x2b740..=0x2b81f
        | 0x2b920..=0x2ceaf | 0xf900..=0xfaff | 0x2f800..=0x2fa1f)
}

/// The rules of `Nmt`: some control characters go, some kinds of white space become spaces.
fn nmt(c: char, out: &mut String) {
    match c as u32 {
        0x1..=0x8 | 0xb | 0xe..=0x1f | 0x7f | 0x8f | 0x9f => {}
        0x9
        | 0xa
        | 0xc
        | 0xd
        | 0x1680
        | 0x200b..=0x200f
        | 0x2028
        | 0x2029
        | 0x2581
        | 0xfeff
        | 0xfffd => out.push(' '),
        _ => out.push(c),
    }
}
