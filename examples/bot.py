"""Decides once at each closed candle, also across restarts and kill -9: python3 bot.py [URL] [JOURNAL]

Standard library only: it asks for what closed since the last decision. One line of the journal is both the decision and the place to
go on from. For an exchange, use symbol and openTime as the order's own id: a second order of it is refused there.
"""

import json
import os
import sys
import time
import urllib.request

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
journal = sys.argv[2] if len(sys.argv) > 2 else "bot.jsonl"


def closed_since(open_time):
    query = "limit=1" if open_time is None else f"limit=500&startTime={open_time + 60_000}"
    with urllib.request.urlopen(f"{url}/klines/BTCUSDT/1m?closed=true&{query}", timeout=10) as answer:
        return json.load(answer)


with open(journal, "a+b", buffering=0) as file:
    file.seek(0)
    text = file.read()
    whole = text[: text.rfind(b"\n") + 1]  # what follows was cut while it was written
    file.truncate(len(whole))
    last = json.loads(whole.splitlines()[-1]) if whole else {"openTime": None}
    while True:
        try:
            answer = closed_since(last["openTime"])
            for kline in answer["klines"]:
                if last["openTime"] is None:
                    order = "begin"  # nothing is decided about the past
                elif kline["openTime"] != last["openTime"] + 60_000 and not answer["settled"]:
                    break  # a candle may be missing: the server is about to ask for it
                else:
                    order = "buy" if kline["close"] > last["close"] else "sell"
                last = {"openTime": kline["openTime"], "close": kline["close"], "order": order}
                file.write(json.dumps(last).encode() + b"\n")
                os.fsync(file.fileno())
        except OSError as error:
            print(f"{error}; trying again", file=sys.stderr)
        time.sleep(1)
