"""Trains small tokenizers of every kind in use and writes what the reference makes of awkward text.

    pip install tokenizers==0.23.3
    python test/vectors/tokenizerVectors.py

Writes tokenizer-NAME.json (files as Hugging Face publishes them) and tokenizerExpected.json beside this script. The tests read
these files and need no Python. The text to train on is this repository's own documentation and the sentences below.
"""
import json
import random
import unicodedata
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
VOCAB = 2400

# Article 1 of the Universal Declaration of Human Rights.
SENTENCES = [
    "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geiste der Brüderlichkeit begegnen.",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",
    "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.",
    "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση.",
    "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميرًا وعليهم أن يعامل بعضهم بعضًا بروح الإخاء.",
    "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון.",
    "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。",
    "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler.",
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền.",
]

AWKWARD = [
    "", " ", "  ", "a", "\n", "\r\n", "\t", "Hello, world!", " Hello,  world! ", "I'm sure they'll've said 'S, 'T and I'D; it's O'Neill's.",
    "a\r\nb\r\n\r\nc\n\n\nd \n e\t\tf", "x" + " " * 100 + "y", " " * 33, "\n" * 20 + "end", "tab\t \t spaces \u00a0\u2003\u3000 wide",
    "e\u0301 a\u0300\u0323 \u0915\u094d\u0937 n\u0303o Z\u0351\u036b\u0343a\u0329\u034cl\u0336g\u0321o", "\u1e9b\u0323 \ufb01 \u2460 \u00bd \u2167 \u210c \uff21",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd \u2764\ufe0f\U0001f525 \U0001fae0",
    "人人生而自由,在尊严和权利上一律平等。", "\U00020000\U0002a6d6 漢字かな交じり文 한국어 ｶﾀｶﾅ", "שלום \u202eעולם\u202c مرحبا بالعالم \u200f!",
    "\u0000\u0001\u0002 \u001b[31mred\u001b[0m \u007f \u0085 \u009f \u00ad \u200b \u2028 \u2029", "\ufeffbom at the start and \ufeff inside\ufeff \ufeff",
    "a\u0085b \u0085 c\u0085\u0085", "12345678901234567890 3.14159 1,000,000 ٣٤٥ ४५६ 0x1F 1e-9", "snake_case camelCase __dunder__ a_b-c.d/e\\f",
    "İstanbul ISPARTA ıi ß ẞ ΑΣ ΣΑΣ ǅ ŉ", "'ſ it'ſ IT'S don't do not n't 'm 's", "\u2581literal\u2581\u2581metaspace \u2581", "<0x0A><0xE4> <0xZZ> <unk> ##ing",
    "<|endoftext|>", "before<|endoftext|>after <|endoftext|> x<|endoftext|><|endoftext|>", "<s>hello</s> <s> </s> <unk>", "<|begin_of_text|>Hi<|end_of_text|> there",
    "[CLS] a [SEP] b[MASK]c [PAD] [UNK]", "<bos>x<eos> <unused0>  <start_of_turn>user\nHi<end_of_turn>\n", "the <word> thesis<word> a<word>b <word>s", "<lone>  left \t<lone>\t right <lone>",
    "def f(x):\n    return {k: v ** 2 for k, v in x.items() if v != None}  # done\n", "https://example.org/a?b=c&d=%20#frag me@example.org", "$1,234.56 (50%) \u20ac99 \u2026 \u2014 \u201cquoted\u201d \u00abguillemets\u00bb",
    "\ufffd \ufffe \uffff \ue000 \U0010ffff \U000f0000", "…….....!!!???---===***", "a" * 300, "antidisestablishmentarianism" * 5, "ЁЖИК в тумане, Ѐѝ", "ಠ_ಠ (╯°□°)╯︵ ┻━┻", "\U0001d54f\U0001d56d 𝒜𝓑 Ａｂｃ１２３",
    "हिन्दी ไทยไม่มีช่องว่าง ខ្មែរ မြန်မာ", "line one \n line two\n\n  indented\n\ttabbed \n", "   leading", "trailing   ", "?", "a b c d e f g",
]

ALPHABETS = [
    "abc XYZ.,'s\n 0123", "éüßøАбвΩλ ñ\u0301\u0308", "漢字かなカナ한글、。", "אבגدهو \u200d\u200c\u200f", "\U0001f468\U0001f469\u200d\ufe0f\U0001f3fd ", "\u0000\t\r\n\u0085\u00a0\u2003\ufeff \u001c", "<|>s/unkd0x[]_#\u2581 ",
]


def texts():
    rng = random.Random(20240607)
    out = list(AWKWARD)
    for _ in range(120):
        alphabet = "".join(rng.sample(ALPHABETS, rng.randint(1, 3)))
        out.append("".join(rng.choice(alphabet) for _ in range(rng.randint(1, 40))))
    return out


def corpus():
    readmes = [ROOT / "README.md", *sorted((ROOT / "contracts").glob("README.md")), *sorted((ROOT / "client").glob("*/README.md"))]
    return [path.read_text(encoding="utf-8") for path in readmes] + SENTENCES * 3


BYTE_ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def gpt2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=VOCAB, initial_alphabet=BYTE_ALPHABET, special_tokens=["<|endoftext|>"]))
    tokenizer.add_tokens([AddedToken("<word>", single_word=True, normalized=False), AddedToken("<lone>", lstrip=True, rstrip=True, normalized=False), AddedToken("    ", normalized=False)])
    return json.loads(tokenizer.to_str())


def llama3():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=VOCAB, initial_alphabet=BYTE_ALPHABET))
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>"])
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|> $B", special_tokens=[("<|begin_of_text|>", VOCAB)])])
    return json.loads(tokenizer.to_str())


def sentence_piece_bpe(first):
    """BPE over text with metaspaces and bytes for what is unknown; `first` are the special tokens."""
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    latin = sorted({c for text in corpus() for c in unicodedata.normalize("NFC", text) if ord(c) < 0x500} - set("\n\r\t "))
    trained.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=VOCAB - 256, initial_alphabet=latin, limit_alphabet=len(latin) + 60, special_tokens=["<unk>"]))
    model = json.loads(trained.to_str())["model"]
    learnt = [token for token, _ in sorted(model["vocab"].items(), key=lambda item: item[1]) if token not in first]
    vocab = {token: index for index, token in enumerate([*first, *BYTE_TOKENS, *learnt])}
    return {**model, "vocab": vocab, "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True, "ignore_merges": False}


def special(token, index, **options):
    return {"id": index, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **options}


def llama2():
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [special("<unk>", 0), special("<s>", 1), special("</s>", 2)],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u2581"}, {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]},
        "pre_tokenizer": None,
        "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                           "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                                                     {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": sentence_piece_bpe(["<unk>", "<s>", "</s>"]),
    }


def gemma():
    first = ["<pad>", "<eos>", "<bos>", "<unk>", "<unused0>", "<start_of_turn>", "<end_of_turn>", "\n\n", "\u2581\u2581"]
    added = [special(token, index, special=index not in (4, 7, 8)) for index, token in enumerate(first)]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
        "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": sentence_piece_bpe(first),
    }


def metaspace():
    """As LLaMA-2 is converted today: the metaspace before the first piece only, no words."""
    return {**llama2(), "normalizer": None, "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": False}}


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(corpus(), trainers.WordPieceTrainer(vocab_size=VOCAB, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return json.loads(tokenizer.to_str())


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(corpus(), trainers.UnigramTrainer(vocab_size=VOCAB, special_tokens=["<s>", "</s>", "<unk>"], unk_token="<unk>"))
    return json.loads(tokenizer.to_str())


def components():
    """What single components make of the texts: the configuration as it stands in a file, and the result for each text."""
    some = [text for text in texts()[:70] if text]
    split = [pre_tokenizers.Split(pattern, behavior, invert)
             for pattern in (Regex(r"\w+"), " ") for behavior in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous") for invert in (False, True)]
    parts = {
        "normalizers": [normalizers.NFC(), normalizers.NFD(), normalizers.NFKC(), normalizers.NFKD(), normalizers.Lowercase(), normalizers.Strip(), normalizers.Strip(True, False),
                        normalizers.StripAccents(), normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]), normalizers.Prepend("\u2581"), normalizers.Replace("a", "bb"),
                        normalizers.Replace(Regex(r"\s+"), " "), normalizers.BertNormalizer(), normalizers.BertNormalizer(lowercase=False, strip_accents=True),
                        normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, lowercase=False)],
        "preTokenizers": [pre_tokenizers.ByteLevel(add_prefix_space=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False), pre_tokenizers.Whitespace(), pre_tokenizers.WhitespaceSplit(),
                          pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Metaspace(), pre_tokenizers.Metaspace(prepend_scheme="never"), pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
                          pre_tokenizers.Digits(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation(), pre_tokenizers.Punctuation("contiguous"),
                          pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="first")]),
                          pre_tokenizers.Sequence([pre_tokenizers.Punctuation(), pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)]), *split],
    }
    result = {"texts": some}
    for name, made in parts.items():
        cases = []
        for part in made:
            carrier = Tokenizer(models.BPE())
            setattr(carrier, "normalizer" if name == "normalizers" else "pre_tokenizer", part)
            config = json.loads(carrier.to_str())["normalizer" if name == "normalizers" else "pre_tokenizer"]
            results = [part.normalize_str(text) if name == "normalizers" else [piece for piece, _ in part.pre_tokenize_str(text)] for text in some]
            cases.append({"config": config, "results": results})
        result[name] = cases
    rows = [["Hel", "lo"], ["\u2581Hi", "\u2581there", "\u2581"], ["\u2581\u2581a", "\u2581\u2581b\u2581"], ["<0xE4>", "<0xBA>", "<0xBA>", "x", "<0xE4>"], ["<0xEF>", "<0xBB>", "<0xBF>", "\u2581"], ["<0xC3>", "<0xFF>", "<0xC3>", "<0xA9>"],
            ["play", "##ing", ".", "do", "##n", "'", "t", "!", "##", "I", "'m", "n't", " do not"], ["low</w>", "er</w>", "est"], ["\u00e4\u00ba\u00ba", "\u0120world", "\u00e4", "\u00c3"], ["a b", "\u0120", "\U0001f600"], [], [""]]
    chains = [decoders.ByteLevel(), decoders.ByteFallback(), decoders.Fuse(), decoders.Metaspace(), decoders.Metaspace(prepend_scheme="never"), decoders.WordPiece(), decoders.WordPiece(cleanup=False), decoders.BPEDecoder(),
              decoders.Strip(" ", 1, 0), decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])]
    result["decoders"] = []
    for part in chains:
        carrier = Tokenizer(models.BPE())
        carrier.decoder = part
        result["decoders"].append({"config": json.loads(carrier.to_str())["decoder"], "results": [part.decode(row) for row in rows]})
    result["rows"] = rows
    return result


def expected(config, all_texts):
    tokenizer = Tokenizer.from_str(json.dumps(config))
    rng = random.Random(7)
    size = tokenizer.get_vocab_size()
    rows = [[rng.randrange(size) for _ in range(rng.randint(1, 30))] for _ in range(40)]
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in all_texts]
    decoded = [tokenizer.decode(row) for row in ids]
    tokenizer.encode_special_tokens = True
    plain = {index: row for index, text in enumerate(all_texts) if (row := tokenizer.encode(text, add_special_tokens=False).ids) != ids[index]}
    return {"vocabSize": size, "ids": ids, "decoded": decoded, "asText": plain, "rows": rows, "rowTexts": [tokenizer.decode(row) for row in rows]}


def write(name, value, **options):
    (HERE / name).write_text(json.dumps(value, separators=(",", ":"), **options) + "\n", encoding="utf-8")


def main():
    kinds = {"gpt2": gpt2(), "llama3": llama3(), "llama2": llama2(), "gemma": gemma(), "metaspace": metaspace(), "wordPiece": word_piece(), "unigram": unigram()}
    all_texts = texts()
    for name, config in kinds.items():
        write(f"tokenizer-{name}.json", config, ensure_ascii=False)
    write("tokenizerExpected.json", {"texts": all_texts, "tokenizers": {name: expected(config, all_texts) for name, config in kinds.items()}})
    write("tokenizerComponents.json", components())


main()
