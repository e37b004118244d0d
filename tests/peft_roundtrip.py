#!/usr/bin/env python3
"""An adapter that Attune trained, opened by PEFT, and one that PEFT trained, opened by Attune: the same answers.

    python tests/peft_roundtrip.py --attune build/bin/attune-cli --base FOLDER --data train.csv [--rows 500] [--methods ...]

Needs torch, transformers and peft; without them it says so and ends with 77 (skipped). FOLDER is a Hugging Face folder of
a LLaMA-like model or a BERT-like encoder, the file a CSV with the columns text and label. For every method:

  1. Attune trains a few steps; its adapter folder is opened by PEFT; the logits of the labels are computed by
     transformers for the texts and compared with the scores of `attune-cli predict`.
  2. PEFT makes an adapter of the same kind with random weights and saves it; both read it and are compared in the same way.

The answers must be the same label for every row but those whose two best labels are closer than the tolerance, and no
score may differ by more than the tolerance. The last line counts what was compared; the exit code is 1 when something differs.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
try:
    import torch
    import transformers
    import peft
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

METHODS = ["lora", "rslora", "dora", "adalora", "ia3", "layernorm", "vera", "oft", "prompt_tuning", "p_tuning", "prefix_tuning"]
TOLERANCE = 2e-4  # of a label's probability


def read_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Models:
    """The base as transformers opens it, with a fresh copy for every adapter."""

    def __init__(self, folder, labels):
        self.folder = folder
        self.labels = labels
        config = transformers.AutoConfig.from_pretrained(folder)
        self.encoder = config.model_type == "bert"
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        framed, plain = tokenizer("a")["input_ids"], tokenizer("a", add_special_tokens=False)["input_ids"]
        at = next(i for i in range(len(framed)) if framed[i:i + len(plain)] == plain)
        self.before, self.after = framed[:at], framed[at + len(plain):]

    def framed(self, ids):
        return self.before + ids + self.after

    def base(self):
        if self.encoder:
            return transformers.AutoModelForSequenceClassification.from_pretrained(
                self.folder, num_labels=len(self.labels), attn_implementation="eager", dtype=torch.float32).eval()
        return transformers.AutoModelForCausalLM.from_pretrained(self.folder, attn_implementation="eager", dtype=torch.float32).eval()


@torch.no_grad()
def probabilities(model, ids, words, encoder):
    """Softmax over the labels for one row of token ids; `words`: the first token of every label."""
    out = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long))
    logits = out.logits[0] if encoder else out.logits[0, -1, words]
    return torch.softmax(logits.float(), -1).tolist()


class Attune:
    def __init__(self, program, base, work):
        self.program, self.base, self.work = program, base, work

    def run(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments), "--json"], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"attune-cli {' '.join(map(str, arguments))}: {done.stderr}")
        return json.loads(done.stdout)

    def train(self, method, data, name):
        project = self.work / f"{name}.attune"
        found = self.run("compare", "--project", project, "--data", data, "--base", self.base, "--methods", method,
                         "--max-steps", 12, "--train-rows", 192)
        folder = self.work / f"{name}-adapter"
        self.run("export-adapter", found["runs"][0]["id"], "--project", project, "--out", folder)
        return folder

    def predict(self, adapter, data, labels, template):
        answer = self.run("predict", "--base", self.base, "--adapter", adapter, "--data", data, "--text", "text",
                          "--labels", ",".join(labels), "--template", template)
        return [[row["scores"][label] for label in labels] for row in answer["predictions"]]

    def ids(self, texts):
        file = self.work / "texts.txt"
        file.write_text("\n".join(text.replace("\n", " ") for text in texts) + "\n", encoding="utf-8")
        return [row["ids"] for row in self.run("tokenize", "--base", self.base, "--file", file)["items"]]


def compare(name, mine, theirs):
    worst = max(abs(a - b) for x, y in zip(mine, theirs) for a, b in zip(x, y))
    wrong = 0
    for x, y in zip(mine, theirs):
        if max(range(len(x)), key=x.__getitem__) != max(range(len(y)), key=y.__getitem__):
            first, second = sorted(y, reverse=True)[:2]
            wrong += first - second > TOLERANCE
    print(f"{name}: {len(mine)} rows, largest difference of a probability {worst:.2e}, other answers {wrong}", flush=True)
    return worst <= TOLERANCE and wrong == 0


def peft_config(method, encoder, hidden):
    task = "SEQ_CLS" if encoder else "CAUSAL_LM"
    common = dict(task_type=task)
    if method in ("lora", "rslora", "dora"):
        return peft.LoraConfig(r=4, lora_alpha=8, use_rslora=method == "rslora", use_dora=method == "dora",
                               init_lora_weights=False, **common)
    return {
        "adalora": lambda: peft.AdaLoraConfig(init_r=4, target_r=2, total_step=10, **common),
        "ia3": lambda: peft.IA3Config(init_ia3_weights=False, **common),
        "layernorm": lambda: peft.LNTuningConfig(**({"target_modules": ["LayerNorm"]} if encoder else {}), **common),
        "vera": lambda: peft.VeraConfig(r=8, init_weights=False, **common),
        "oft": lambda: peft.OFTConfig(oft_block_size=8, **common),
        "prompt_tuning": lambda: peft.PromptTuningConfig(num_virtual_tokens=5, **common),
        "p_tuning": lambda: peft.PromptEncoderConfig(num_virtual_tokens=5, encoder_hidden_size=16, **common),
        "prefix_tuning": lambda: peft.PrefixTuningConfig(num_virtual_tokens=5, **common),
    }[method]()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attune", required=True)
    parser.add_argument("--base", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--methods", default=",".join(METHODS))
    options = parser.parse_args()
    torch.manual_seed(1)
    rows = read_rows(options.data)
    labels = sorted({row["label"] for row in rows})
    rows = rows[:options.rows]
    models = Models(options.base, labels)
    good = bad = 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        attune = Attune(options.attune, options.base, work)
        texts = work / "texts.csv"
        with open(texts, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["text"])
            writer.writerows([row["text"]] for row in rows)
        template = "{text}" if models.encoder else "{text} This is about"
        prompts = [template.replace("{text}", row["text"]) for row in rows]
        ids = attune.ids(prompts)
        words = None
        if not models.encoder:
            with_word = attune.ids([prompts[0] + " " + label.replace("_", " ") for label in labels])
            words = [row[len(ids[0])] for row in with_word]
            if len(set(words)) != len(words):
                sys.exit("the labels' first tokens are not all different: take another file")
            if models.after:
                sys.exit("a base that ends every text with a token cannot be asked for the next one")

        ids = [models.framed(row) for row in ids]

        def check(name, adapter):
            nonlocal good, bad
            model = peft.PeftModel.from_pretrained(models.base(), str(adapter)).eval()
            theirs = [probabilities(model, row, words, models.encoder) for row in ids]
            if compare(name, attune.predict(adapter, texts, labels, template), theirs):
                good += 1
            else:
                bad += 1

        for method in options.methods.split(","):
            try:
                check(f"{method}: Attune to PEFT", attune.train(method, options.data, method))
                fresh = peft.get_peft_model(models.base(), peft_config(method, models.encoder, None))
                for parameter in fresh.parameters():  # nothing may be at its neutral start
                    if parameter.requires_grad:
                        parameter.data.add_(torch.randn_like(parameter) * 0.05)
                made = work / f"{method}-peft"
                fresh.eval().save_pretrained(str(made))
                check(f"{method}: PEFT to Attune", made)
            except Exception as error:  # a combination that this PEFT does not have
                print(f"{method}: PEFT {peft.__version__} refuses: {error}", flush=True)
    print(f"{good} passed, {bad} failed")
    return 0 if good and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
