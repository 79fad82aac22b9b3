//! Stage 1: what happens to the text between added tokens before it is cut.

use crate::aligned::{Aligned, Rewriter};
use crate::char_pass::CharPass;
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
pub enum Step {
    /// Drops control characters; white space becomes spaces.
    BertClean,
    /// Spaces around Chinese characters.
    BertChinese,
    /// Drops accents, after decomposition.
    BertMarks,
    /// Writes bytes in the alphabet of `ByteLevel`.
    Bytes,
    /// A normal form.
    Form(Form),
    /// Small letters.
    Lowercase,
    /// Drops control characters; some kinds of white space become spaces.
    Nmt,
    /// The table of a SentencePiece model.
    Precompiled(Precompiled),
    /// A text in front.
    Prepend(String),
    /// Matches of a pattern become something else.
    Replace(Replace),
    /// White space goes at the ends.
    Strip {
        /// At the beginning.
        left: bool,
        /// At the end.
        right: bool,
    },
    /// Drops accents.
    StripAccents,
}

/// One step, or several that look at single characters.
#[derive(Debug, Clone)]
enum Pass {
    Chars(CharPass),
    Other(Step),
}

/// All steps, in order.
#[derive(Debug, Clone, Default)]
pub struct Normalizer {
    passes: Vec<Pass>,
}

impl Normalizer {
    /// Reads `normalizer`.
    pub fn load(node: Option<Node<'_>>) -> Load<Self> {
        let mut steps = Vec::new();
        if let Some(node) = node {
            read(&node, &mut steps)?;
            check_growth(&node, steps.iter().map(Step::growth))?;
        }
        Ok(Self {
            passes: passes(steps),
        })
    }

    /// The one pass over single characters, if that is all there is to do.
    pub fn only_chars(&self) -> Option<&CharPass> {
        match &self.passes[..] {
            [Pass::Chars(only)] => Some(only),
            _ => None,
        }
    }

    /// Applies the steps to one stretch of text.
    pub fn apply<'a>(&self, text: Aligned<'a>) -> Aligned<'a> {
        self.passes.iter().fold(text, |text, pass| match pass {
            Pass::Chars(chars) => chars.apply(text),
            Pass::Other(step) => step.apply(text),
        })
    }
}

/// Puts neighbouring steps that look at single characters together, as far as one pass can do them.
fn passes(steps: Vec<Step>) -> Vec<Pass> {
    let mut passes = Vec::new();
    let mut chars: Vec<Step> = Vec::new();
    let flush = |chars: &mut Vec<Step>, passes: &mut Vec<Pass>| {
        if !chars.is_empty() {
            passes.push(Pass::Chars(CharPass::new(std::mem::take(chars))));
        }
    };
    for step in steps {
        let is_second = step.form().is_some() && chars.iter().any(|step| step.form().is_some());
        if is_second || !step.is_of_chars() {
            flush(&mut chars, &mut passes);
        }
        if step.is_of_chars() {
            chars.push(step);
        } else {
            passes.push(Pass::Other(step));
        }
    }
    flush(&mut chars, &mut passes);
    passes
}

impl Step {
    /// How many times as long a text can become, in bytes.
    fn growth(&self) -> f64 {
        match self {
            Self::BertClean | Self::Nmt | Self::Strip { .. } | Self::StripAccents => 1.0,
            Self::BertChinese | Self::Bytes | Self::Lowercase => 2.0,
            // The longest in Unicode: U+0390 and others, U+FDFA.
            Self::BertMarks | Self::Form(Form::Nfc | Form::Nfd) => 3.0,
            Self::Form(Form::Nfkc | Form::Nfkd) => 11.0,
            Self::Precompiled(table) => table.longest() as f64,
            Self::Prepend(prefix) => 1.0 + prefix.len() as f64,
            Self::Replace(replace) => replace.growth(),
        }
    }

    /// Whether what becomes of a character depends on nothing else, but for what a normal form joins to it.
    pub fn is_of_chars(&self) -> bool {
        self.form().is_some() || self.spelling().is_some()
    }

    /// The normal form that the step brings a text into, whatever it does then.
    pub fn form(&self) -> Option<Form> {
        match self {
            Self::BertMarks => Some(Form::Nfd),
            Self::Form(form) => Some(*form),
            _ => None,
        }
    }

    /// Applies the step to one stretch of text.
    pub fn apply<'a>(&self, text: Aligned<'a>) -> Aligned<'a> {
        let text = match self.form() {
            Some(form) => form.apply(text),
            None => text,
        };
        if let Some(spell) = self.spelling() {
            return map_chars(text, spell);
        }
        match self {
            Self::Bytes => spell_bytes(&text),
            Self::Precompiled(table) => table.apply(text),
            Self::Prepend(prefix) => prepend(text, prefix),
            Self::Replace(replace) => replace.rewrite(text),
            Self::Strip { left, right } => strip(text, *left, *right),
            _ => text,
        }
    }

    /// Appends what becomes of a text of a few characters to another. Only if the step [`Step::is_of_chars`].
    pub fn append(&self, text: &str, out: &mut String) {
        let formed = self
            .form()
            .map(|form| form.apply(Aligned::original(text, 0, false)).text);
        let text = formed.as_deref().unwrap_or(text);
        match self.spelling() {
            Some(spell) => text.chars().for_each(|c| spell(c, out)),
            None => out.push_str(text),
        }
    }

    /// What writes what becomes of a character behind the form, if the step is more than that and of characters.
    fn spelling(&self) -> Option<fn(char, &mut String)> {
        Some(match self {
            Self::BertClean => clean,
            Self::BertChinese => |c, out| match is_chinese(c) {
                true => out.extend([' ', c, ' ']),
                false => out.push(c),
            },
            Self::BertMarks => |c, out| out.extend((!is_bert_mark(c)).then_some(c)),
            Self::Lowercase => |c, out| out.extend(lower(c)),
            Self::Nmt => nmt,
            Self::StripAccents => |c, out| out.extend((!is_accent(c)).then_some(c)),
            _ => return None,
        })
    }
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
                (node.flag("clean_text", true)?, Step::BertClean),
                (node.flag("handle_chinese_chars", true)?, Step::BertChinese),
                (node.flag("strip_accents", lowercase)?, Step::BertMarks),
                (lowercase, Step::Lowercase),
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
        "Lowercase" => simple(Step::Lowercase),
        "NFC" => simple(Step::Form(Form::Nfc)),
        "NFD" => simple(Step::Form(Form::Nfd)),
        "NFKC" => simple(Step::Form(Form::Nfkc)),
        "NFKD" => simple(Step::Form(Form::Nfkd)),
        "Nmt" => simple(Step::Nmt),
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

/// Writes what `spell` makes of each character.
fn map_chars(text: Aligned<'_>, spell: impl Fn(char, &mut String)) -> Aligned<'_> {
    let mut out: Option<Rewriter> = None;
    let mut done = 0;
    let mut spelled = String::new();
    for (at, c) in text.text.char_indices() {
        spelled.clear();
        spell(c, &mut spelled);
        let end = at + c.len_utf8();
        if spelled != text.text[at..end] {
            let out = out.get_or_insert_with(|| Rewriter::new(&text));
            out.keep(done..at);
            out.put(&spelled, at..end);
            done = end;
        }
    }
    let Some(mut out) = out else {
        return text;
    };
    out.keep(done..text.text.len());
    out.finish()
}

/// The map of `BertClean`.
fn clean(c: char, out: &mut String) {
    if !is_bert_control(c) {
        let space = Classes::get().is_space(c);
        out.push(if space { ' ' } else { c });
    }
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
