"""Times Tokenizer.from_file of Hugging Face tokenizers; called by tokenizer_load.ts, prints one number: milliseconds.

    python tokenizer_load.py TOKENIZER.json RUNS
"""

import sys
import time
from statistics import median

from tokenizers import Tokenizer

times = []
for _ in range(int(sys.argv[2]) + 1):
    start = time.perf_counter()
    Tokenizer.from_file(sys.argv[1])
    times.append(time.perf_counter() - start)
print(median(times[1:]) * 1000)
